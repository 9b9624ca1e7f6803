package mempool

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"dashmp/node/wire"
)

// dumpVersion is the version of mempool.dat (MEMPOOL_DUMP_VERSION).
const dumpVersion = 1

// ErrDump: the data is no mempool.dat, or one of another version.
var ErrDump = errors.New("mempool: malformed dump")

// Dump writes the pool in the form of Dash Core's mempool.dat: version and
// number of transactions in 64 bits, each with time and fee delta; then fee
// deltas of other transactions, then the ids of what was not broadcast. All
// numbers are little-endian (DumpMempool).
func (p *Pool) Dump(w io.Writer) error {
	p.mu.Lock()
	list, unbroadcast, deltas := p.infoAll(), p.unbroadcastIDs(), maps.Clone(p.deltas)
	p.mu.Unlock()
	out := bufio.NewWriterSize(w, 1<<20)
	b := binary.LittleEndian.AppendUint64(nil, dumpVersion)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(list)))
	for i := range list {
		b = list[i].Tx.Append(b)
		b = binary.LittleEndian.AppendUint64(b, uint64(list[i].Time))
		b = binary.LittleEndian.AppendUint64(b, uint64(list[i].FeeDelta))
		if _, err := out.Write(b); err != nil {
			return err
		}
		delete(deltas, list[i].ID)
		b = b[:0]
	}
	b = wire.AppendCompactSize(b, uint64(len(deltas)))
	for _, id := range slices.SortedFunc(maps.Keys(deltas), wire.Hash.Compare) {
		b = append(b, id[:]...)
		b = binary.LittleEndian.AppendUint64(b, uint64(deltas[id]))
	}
	p.o.Log.Info(fmt.Sprintf("Writing %d unbroadcast transactions to disk.", len(unbroadcast)))
	b = wire.AppendCompactSize(b, uint64(len(unbroadcast)))
	for _, id := range unbroadcast {
		b = append(b, id[:]...)
	}
	if _, err := out.Write(b); err != nil {
		return err
	}
	return out.Flush()
}

// Saved is a transaction of a mempool.dat.
type Saved struct {
	Tx *wire.Tx
	// Time is when it came, in seconds; FeeDelta is in duffs.
	Time, FeeDelta int64
}

// ReadDump reads what Dump or Dash Core wrote, and calls f with each transaction,
// which shares data, until it fails. What follows the transactions it returns:
// fee deltas in duffs of others, and what was not broadcast.
func ReadDump(data []byte, f func(Saved) error) (deltas map[wire.Hash]int64, unbroadcast []wire.Hash, err error) {
	r := wire.NewReader(data)
	if v := r.Uint64(); r.Err() == nil && v != dumpVersion {
		return nil, nil, fmt.Errorf("%w: version %d", ErrDump, v)
	}
	for n := r.Uint64(); n > 0 && r.Err() == nil; n-- {
		s := Saved{Tx: wire.ReadTx(r), Time: int64(r.Uint64()), FeeDelta: int64(r.Uint64())}
		if r.Err() != nil {
			break
		}
		if err := f(s); err != nil {
			return nil, nil, err
		}
	}
	deltas = map[wire.Hash]int64{}
	for n := r.Count(wire.HashSize + 8); n > 0; n-- {
		id := r.Hash()
		deltas[id] = int64(r.Uint64())
	}
	for n := r.Count(wire.HashSize); n > 0; n-- {
		unbroadcast = append(unbroadcast, r.Hash())
	}
	if err := r.Err(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDump, err)
	}
	return deltas, unbroadcast, nil
}

// tally counts what became of saved transactions.
type tally struct{ accepted, failed, expired, already int }

// Load lets in again what Dump wrote, as far as it is still right and not too
// old. What came before a place where data is damaged stays (LoadMempool). The
// end of ctx is an error.
func (p *Pool) Load(ctx context.Context, data []byte) error {
	var n tally
	deltas, unbroadcast, err := ReadDump(data, func(s Saved) error { return p.restore(ctx, s, &n) })
	if err != nil {
		return err
	}
	for id, d := range deltas {
		p.Prioritise(id, d)
	}
	for _, id := range unbroadcast {
		p.AddUnbroadcast(id)
	}
	p.o.Log.Info(fmt.Sprintf("Imported mempool transactions from disk: %d succeeded, %d failed, %d expired, %d already there, %d waiting for initial broadcast",
		n.accepted, n.failed, n.expired, n.already, len(unbroadcast)))
	return nil
}

func (p *Pool) restore(ctx context.Context, s Saved, n *tally) error {
	tx := s.Tx.Clone() // so that it does not hold the file in memory
	if s.FeeDelta != 0 {
		p.Prioritise(tx.ID(), s.FeeDelta)
	}
	if s.Time <= p.now()-p.o.Limits.Expiry {
		n.expired++
		return ctx.Err()
	}
	r, err := p.acceptAt(ctx, tx, How{}, s.Time)
	switch {
	case err != nil:
		return err
	case r.Err == nil:
		n.accepted++
	case p.Has(r.ID):
		n.already++
	default:
		n.failed++
	}
	return ctx.Err()
}
