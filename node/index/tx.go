package index

import (
	"context"
	"encoding/binary"
	"fmt"

	"dashmp/node/chain"
	"dashmp/node/wire"
)

// txBucket holds, by transaction id, the hash of the block and the offset in it.
const txBucket = "tx"

// Tx finds transactions by their ids (TxIndex). It knows none of the genesis
// block, whose outputs cannot be spent.
type Tx struct{ *follower }

// NewTx opens the index; Start begins it. The error of kind ErrPruned has a text
// for operators.
func NewTx(o Options) (*Tx, error) {
	s := newStore(o.DB)
	f, err := newFollower(o, &txContent{s}, s)
	if err != nil {
		return nil, err
	}
	return &Tx{f}, nil
}

// Transaction returns a transaction and the hash of its block; nil if the index
// has none. The block need not be in the active chain any more.
func (t *Tx) Transaction(ctx context.Context, id wire.Hash) (*wire.Tx, wire.Hash, error) {
	v, ok, err := t.s.get(txBucket, id[:])
	if err != nil || !ok {
		return nil, wire.Hash{}, err
	}
	if len(v) != wire.HashSize+4 {
		return nil, wire.Hash{}, fmt.Errorf("txindex: %w", ErrState)
	}
	hash, offset := wire.Hash(v[:wire.HashSize]), int(binary.LittleEndian.Uint32(v[wire.HashSize:]))
	x := t.o.Chain.Lookup(hash)
	if x == nil {
		return nil, wire.Hash{}, nil // of a block that the chain has lost since
	}
	raw, err := t.o.Chain.RawBlock(ctx, x)
	if err != nil {
		return nil, wire.Hash{}, err
	}
	if offset > len(raw) {
		return nil, wire.Hash{}, fmt.Errorf("txindex: %w", ErrState)
	}
	r := wire.NewReader(raw[offset:])
	tx := wire.ReadTx(r)
	if err := r.Err(); err != nil {
		return nil, wire.Hash{}, err
	}
	if tx.ID() != id {
		return nil, wire.Hash{}, fmt.Errorf("txindex: txid mismatch: %w", ErrState)
	}
	return tx, hash, nil
}

// txContent writes the records.
type txContent struct{ s *store }

func (*txContent) name() string                         { return "txindex" }
func (*txContent) load(*chain.Index) (bool, error)      { return true, nil }
func (*txContent) disconnect(*chain.Index, block) error { return nil }
func (*txContent) state() map[string][]byte             { return nil }
func (*txContent) needs() needs                         { return needs{} }

func (t *txContent) connect(x *chain.Index, b block) error {
	if x.Height() == 0 {
		return nil
	}
	hash := x.Hash()
	offset := wire.HeaderSize + wire.CompactSizeLen(uint64(len(b.Txs)))
	for _, tx := range b.Txs {
		id := tx.ID()
		value := append(make([]byte, 0, wire.HashSize+4), hash[:]...)
		t.s.put(txBucket, id[:], binary.LittleEndian.AppendUint32(value, uint32(offset)))
		offset += tx.Size()
	}
	return nil
}
