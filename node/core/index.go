package core

import (
	"encoding/binary"
	"errors"
	"fmt"

	"dashmp/node/arith"
	"dashmp/node/storage"
	"dashmp/node/wire"
)

// The records of the two databases. Numbers are little-endian.
//
//	blockindex:  meta/schema  version of this layout (uint32)
//	             meta/network name and genesis hash
//	             meta/count   number of entries (uint32)
//	             block/HASH   height, file, offset, size, transactions (uint32 each),
//	             header (80 bytes)
//	chainstate:  meta/schema, meta/network as above
//	             meta/best    hash of the block that the state is that of
//
// The count makes an index of which entries are missing recognisable.
const (
	schema = 1

	bucketMeta  = "meta"
	bucketBlock = "block"

	keySchema  = "schema"
	keyNetwork = "network"
	keyCount   = "count"
	keyBest    = "best"

	entrySize = 5*4 + wire.HeaderSize
)

// entry is a block that is known.
type entry struct {
	hash   wire.Hash
	header wire.Header
	height int
	pos    filePos
	// size is the length of the block in bytes.
	size uint32
	// txs is the number of transactions.
	txs int
	// work is that of the chain up to this block.
	work arith.Uint256
	// parent is nil for the genesis block.
	parent *entry
}

func (e *entry) encode() []byte {
	b := make([]byte, 0, entrySize)
	for _, n := range []uint32{uint32(e.height), e.pos.file, e.pos.offset, e.size, uint32(e.txs)} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return e.header.Append(b)
}

func decodeEntry(key, value []byte) (*entry, error) {
	if len(key) != wire.HashSize || len(value) != entrySize {
		return nil, fmt.Errorf("an entry has %d and %d bytes", len(key), len(value))
	}
	le := binary.LittleEndian
	h, err := wire.DecodeHeader(value[20:])
	if err != nil {
		return nil, err
	}
	e := &entry{
		hash: wire.Hash(key), header: h, height: int(le.Uint32(value)),
		pos: filePos{le.Uint32(value[4:]), le.Uint32(value[8:])}, size: le.Uint32(value[12:]), txs: int(le.Uint32(value[16:])),
	}
	return e, nil
}

// medianTime is the median time past: of this block and its ten ancestors.
func (e *entry) medianTime() int64 {
	const span = 11
	var times []uint32
	for p := e; p != nil && len(times) < span; p = p.parent {
		at := 0
		for at < len(times) && times[at] < p.header.Time {
			at++
		}
		times = append(times[:at], append([]uint32{p.header.Time}, times[at:]...)...)
	}
	return int64(times[len(times)/2])
}

// proof is the expected number of hashes that a block with these bits takes:
// 2^256 / (target + 1) (Dash Core: GetBlockProof).
func proof(bits uint32) arith.Uint256 {
	target, negative, overflow := arith.FromCompact(bits)
	if negative || overflow || target.IsZero() {
		return arith.Uint256{}
	}
	one := arith.FromUint64(1)
	return target.Not().Div(target.Add(one)).Add(one)
}

// difficulty is the target as a multiple of the one with bits 1d00ffff (Dash
// Core: ConvertBitsToDouble, whose order of operations decides the last digit).
func difficulty(bits uint32) float64 {
	d := float64(0x0000ffff) / float64(bits&0x00ffffff)
	for shift := int(bits >> 24); shift < 29; shift++ {
		d *= 256
	}
	for shift := int(bits >> 24); shift > 29; shift-- {
		d /= 256
	}
	return d
}

// network is what both databases say they belong to.
func network(name string, genesis wire.Hash) []byte {
	return append([]byte(name+"\x00"), genesis[:]...)
}

// putMeta writes what every database begins with.
func putMeta(tx *storage.Tx, net []byte) error {
	return errors.Join(
		tx.Put(bucketMeta, []byte(keySchema), binary.LittleEndian.AppendUint32(nil, schema)),
		tx.Put(bucketMeta, []byte(keyNetwork), net),
	)
}

// checkMeta compares it: another schema is ErrVersion, another network
// ErrGenesis, anything else missing is of kind otherwise.
func checkMeta(tx *storage.Tx, net []byte, otherwise ErrorKind) error {
	v, err := tx.Get(bucketMeta, []byte(keySchema))
	if err != nil || len(v) != 4 {
		return startError(otherwise, "schema: %w", errOr(err, "wrong length"))
	}
	if n := binary.LittleEndian.Uint32(v); n != schema {
		return startError(ErrVersion, "the schema is %d, not %d", n, schema)
	}
	got, err := tx.Get(bucketMeta, []byte(keyNetwork))
	if err != nil {
		return startError(otherwise, "network: %w", err)
	}
	if string(got) != string(net) {
		return startError(ErrGenesis, "the database is that of another network")
	}
	return nil
}

func errOr(err error, text string) error {
	if err != nil {
		return err
	}
	return errors.New(text)
}

// writeIndex stores the first entries, all in one transaction.
func writeIndex(db *storage.DB, net []byte, entries []*entry) error {
	return db.Update(func(tx *storage.Tx) error {
		if err := putMeta(tx, net); err != nil {
			return err
		}
		for _, e := range entries {
			if err := tx.Put(bucketBlock, e.hash[:], e.encode()); err != nil {
				return err
			}
		}
		return tx.Put(bucketMeta, []byte(keyCount), binary.LittleEndian.AppendUint32(nil, uint32(len(entries))))
	})
}

// loadIndex reads all entries and links them.
func loadIndex(db *storage.DB, net []byte) (map[wire.Hash]*entry, error) {
	all := map[wire.Hash]*entry{}
	err := db.View(func(tx *storage.Tx) error {
		if err := checkMeta(tx, net, ErrLoad); err != nil {
			return err
		}
		count, err := tx.Get(bucketMeta, []byte(keyCount))
		if err != nil || len(count) != 4 {
			return startError(ErrLoad, "count: %w", errOr(err, "wrong length"))
		}
		err = tx.ForEach(bucketBlock, func(key, value []byte) error {
			e, err := decodeEntry(key, value)
			if err == nil {
				all[e.hash] = e
			}
			return err
		})
		if err != nil {
			return startError(ErrLoad, "entries: %w", err)
		}
		if n := binary.LittleEndian.Uint32(count); int64(n) != int64(len(all)) {
			return startError(ErrLoad, "there are %d entries, not %d", len(all), n)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, link(all)
}

// link sets parents and work. Each parent must be known and one lower, so the
// chains of parents end at height 0.
func link(all map[wire.Hash]*entry) error {
	byHeight := map[int][]*entry{}
	for _, e := range all {
		if e.height < 0 || e.height >= len(all) {
			return startError(ErrLoad, "block %s has height %d among %d blocks", e.hash, e.height, len(all))
		}
		byHeight[e.height] = append(byHeight[e.height], e)
	}
	for height := range len(all) {
		for _, e := range byHeight[height] {
			e.work = proof(e.header.Bits)
			if height == 0 {
				continue
			}
			parent := all[e.header.PrevBlock]
			if parent == nil || parent.height != height-1 {
				return startError(ErrLoad, "block %s has no parent", e.hash)
			}
			e.parent, e.work = parent, parent.work.Add(e.work)
		}
	}
	return nil
}
