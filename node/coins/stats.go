package coins

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
	"runtime"
	"slices"
	"sync"

	"dashmp/node/muhash"
	"dashmp/node/wire"
)

// HashKind is a digest of the whole set.
type HashKind uint8

const (
	// HashNone leaves the digest out.
	HashNone HashKind = iota
	// HashSerialized2 is Dash Core's hash_serialized_2: it depends on the order
	// and on the best block.
	HashSerialized2
	// HashMuhash is muhash: it depends on neither.
	HashMuhash
)

// Stats describe the whole set (Dash Core: src/kernel/coinstats.cpp).
type Stats struct {
	BestBlock wire.Hash
	// Transactions is the number of those with an unspent output, Outputs that
	// of unspent outputs.
	Transactions, Outputs uint64
	// Bogo is a measure of size that does not depend on the database.
	Bogo uint64
	// DiskSize is the size of keys and values in bytes.
	DiskSize uint64
	// Amount is the sum in duffs; HasAmount is false if it overflowed.
	Amount    int64
	HasAmount bool
	// Hash is zero with HashNone.
	Hash wire.Hash
}

// BogoSize is what an output with this script adds to Stats.Bogo.
func BogoSize(script []byte) uint64 {
	const (
		txid, index, height, amount, length = 32, 4, 4, 8, 2
	)
	return txid + index + height + amount + length + uint64(len(script))
}

// AppendElement appends the form in which muhash knows a coin: outpoint, height
// and coinbase flag in 32 bits, output (TxOutSer).
func AppendElement(b []byte, o wire.OutPoint, c *Coin) []byte {
	b = o.Append(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(c.code()))
	return c.Out.Append(b)
}

// digester takes the coins of one transaction after the other.
type digester interface {
	add(txid wire.Hash, outs []indexed)
	sum() wire.Hash
}

type indexed struct {
	n    uint32
	coin Coin
}

// Stats walks over the whole set. The best block is that of the state walked
// over only if nobody writes meanwhile.
func (s *Store) Stats(ctx context.Context, kind HashKind) (Stats, error) {
	st := Stats{BestBlock: s.BestBlock(), HasAmount: true}
	var d digester = none{}
	switch kind {
	case HashSerialized2:
		d = newSerialized(st.BestBlock)
	case HashMuhash:
		d = newParallelMuhash()
	}
	var txid wire.Hash
	var outs []indexed
	finish := func() {
		if len(outs) == 0 {
			return
		}
		slices.SortFunc(outs, func(a, b indexed) int { return int(int64(a.n) - int64(b.n)) })
		st.Transactions++
		d.add(txid, outs)
		outs = outs[:0]
	}
	err := s.ForEach(func(o wire.OutPoint, c Coin, size int) error {
		if o.Hash != txid {
			finish()
			txid = o.Hash
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		outs = append(outs, indexed{o.Index, c})
		st.count(&c, size)
		return nil
	})
	finish()
	st.Hash = d.sum() // ends its goroutines
	return st, err
}

func (st *Stats) count(c *Coin, size int) {
	st.Outputs++
	st.Bogo += BogoSize(c.Out.ScriptPubKey)
	st.DiskSize += uint64(size)
	v := c.Out.Value
	if v > 0 && st.Amount > math.MaxInt64-v || v < 0 && st.Amount < math.MinInt64-v {
		st.HasAmount = false
	}
	st.Amount += v
}

type none struct{}

func (none) add(wire.Hash, []indexed) {}
func (none) sum() wire.Hash           { return wire.Hash{} }

// serialized is hash_serialized_2.
type serialized struct {
	h hash.Hash
	b []byte
}

func newSerialized(best wire.Hash) *serialized {
	s := &serialized{h: sha256.New()}
	s.h.Write(best[:])
	return s
}

// add writes what Dash Core's ApplyHash writes. In its
// VARINT(height * 2 + coinbase ? 1 : 0) the sum is the condition, so that height
// and flag do not enter: the number is 1 unless both are 0.
func (s *serialized) add(txid wire.Hash, outs []indexed) {
	b := append(s.b[:0], txid[:]...)
	flag := uint64(0)
	if outs[0].coin.code() != 0 {
		flag = 1
	}
	b = AppendVarInt(b, flag)
	for i := range outs {
		out := &outs[i].coin.Out
		b = AppendVarInt(b, uint64(outs[i].n)+1)
		b = wire.AppendVarBytes(b, out.ScriptPubKey)
		b = AppendVarInt(b, uint64(out.Value))
	}
	s.b = AppendVarInt(b, 0)
	s.h.Write(s.b)
}

func (s *serialized) sum() wire.Hash { return sha256.Sum256(s.h.Sum(nil)) }

// parallelMuhash spreads the multiplications over all cores.
type parallelMuhash struct {
	batch [][]byte
	work  chan [][]byte
	group sync.WaitGroup
	parts []*muhash.Set
}

// muhashBatch is how many elements a worker takes at a time.
const muhashBatch = 256

func newParallelMuhash() *parallelMuhash {
	p := &parallelMuhash{work: make(chan [][]byte, 2*runtime.GOMAXPROCS(0))}
	for range runtime.GOMAXPROCS(0) {
		set := muhash.New()
		p.parts = append(p.parts, set)
		p.group.Go(func() {
			for batch := range p.work {
				for _, element := range batch {
					set.Insert(element)
				}
			}
		})
	}
	return p
}

func (p *parallelMuhash) add(txid wire.Hash, outs []indexed) {
	for i := range outs {
		o := wire.OutPoint{Hash: txid, Index: outs[i].n}
		p.batch = append(p.batch, AppendElement(nil, o, &outs[i].coin))
	}
	if len(p.batch) >= muhashBatch {
		p.work <- p.batch
		p.batch = nil
	}
}

func (p *parallelMuhash) sum() wire.Hash {
	p.work <- p.batch
	close(p.work)
	p.group.Wait()
	for _, part := range p.parts[1:] {
		p.parts[0].Union(part)
	}
	return p.parts[0].Sum()
}
