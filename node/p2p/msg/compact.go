package msg

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"dashmp/node/wire"
)

// shortIDSize is the length of a short transaction id in bytes.
const shortIDSize = 6

// minTx is the shortest encoding of a transaction in bytes.
const minTx = 10

// Prefilled is a transaction that a compact block holds whole.
type Prefilled struct {
	// Index is its place in the block.
	Index uint16
	Tx    *wire.Tx
}

// CompactBlock is a block of which most transactions are named only by six bytes
// of a keyed hash of their id (cmpctblock, BIP152).
type CompactBlock struct {
	Header wire.Header
	Nonce  uint64
	// ShortIDs name, in order, the transactions that are not prefilled; each is
	// below 2^48.
	ShortIDs []uint64
	// Prefilled are in ascending order of their index. Dash Core finds an index
	// that is beyond the block only when it reconstructs; so does the caller.
	Prefilled []Prefilled
}

// Transactions is how many the block has.
func (c *CompactBlock) Transactions() int { return len(c.ShortIDs) + len(c.Prefilled) }

// Keys are the keys of SipHash-2-4 for the short ids of this message: the first
// 16 bytes of SHA-256 over header and nonce.
func (c *CompactBlock) Keys() (k0, k1 uint64) {
	h := sha256.Sum256(binary.LittleEndian.AppendUint64(c.Header.Append(nil), c.Nonce))
	return binary.LittleEndian.Uint64(h[:8]), binary.LittleEndian.Uint64(h[8:16])
}

// DecodeCompactBlock decodes a cmpctblock message.
//
// Source: CBlockHeaderAndShortTxIDs in Dash Core's src/blockencodings.h.
func DecodeCompactBlock(p []byte) (*CompactBlock, error) {
	r := wire.NewReader(p)
	c := &CompactBlock{Header: wire.ReadHeader(r), Nonce: r.Uint64()}
	c.ShortIDs = make([]uint64, r.Count(shortIDSize))
	for i := range c.ShortIDs {
		var id [8]byte
		copy(id[:], r.Bytes(shortIDSize))
		c.ShortIDs[i] = binary.LittleEndian.Uint64(id[:])
	}
	n := r.Count(1 + minTx)
	if len(c.ShortIDs)+n > math.MaxUint16 {
		return nil, fmt.Errorf("%w: indexes overflowed 16 bits", ErrIndex)
	}
	c.Prefilled = make([]Prefilled, n)
	for i, next := 0, uint64(0); i < n; i++ {
		step := r.CompactSize()
		if step > math.MaxUint16 || next+step > math.MaxUint16 {
			return nil, fmt.Errorf("%w: prefilled transaction %d", ErrIndex, i)
		}
		next += step
		c.Prefilled[i] = Prefilled{uint16(next), wire.ReadTx(r)}
		next++
		if r.Err() != nil {
			break
		}
	}
	return c, r.Err()
}

// Append appends the encoding of c.
func (c *CompactBlock) Append(b []byte) []byte {
	b = c.Header.Append(b)
	b = binary.LittleEndian.AppendUint64(b, c.Nonce)
	b = wire.AppendCompactSize(b, uint64(len(c.ShortIDs)))
	for _, id := range c.ShortIDs {
		var full [8]byte
		binary.LittleEndian.PutUint64(full[:], id)
		b = append(b, full[:shortIDSize]...)
	}
	b = wire.AppendCompactSize(b, uint64(len(c.Prefilled)))
	next := 0
	for _, f := range c.Prefilled {
		b = wire.AppendCompactSize(b, uint64(int(f.Index)-next))
		b = f.Tx.Append(b)
		next = int(f.Index) + 1
	}
	return b
}

// GetBlockTxn asks for transactions of a compact block by their places, in
// ascending order.
type GetBlockTxn struct {
	Block   wire.Hash
	Indexes []uint16
}

// DecodeGetBlockTxn decodes a getblocktxn message.
func DecodeGetBlockTxn(p []byte) (*GetBlockTxn, error) {
	r := wire.NewReader(p)
	g := &GetBlockTxn{Block: r.Hash()}
	g.Indexes = make([]uint16, r.Count(1))
	next := uint64(0)
	for i := range g.Indexes {
		if next += r.CompactSize(); next > math.MaxUint16 {
			return nil, fmt.Errorf("%w: differential value overflow", ErrIndex)
		}
		g.Indexes[i] = uint16(next)
		next++
	}
	return g, r.Err()
}

// Append appends the encoding of g.
func (g *GetBlockTxn) Append(b []byte) []byte {
	b = append(b, g.Block[:]...)
	b = wire.AppendCompactSize(b, uint64(len(g.Indexes)))
	next := 0
	for _, i := range g.Indexes {
		b = wire.AppendCompactSize(b, uint64(int(i)-next))
		next = int(i) + 1
	}
	return b
}

// BlockTxn answers GetBlockTxn.
type BlockTxn struct {
	Block wire.Hash
	Txs   []*wire.Tx
}

// DecodeBlockTxn decodes a blocktxn message.
func DecodeBlockTxn(p []byte) (*BlockTxn, error) {
	r := wire.NewReader(p)
	t := &BlockTxn{Block: r.Hash()}
	t.Txs = make([]*wire.Tx, r.Count(minTx))
	for i := range t.Txs {
		if t.Txs[i] = wire.ReadTx(r); r.Err() != nil {
			break
		}
	}
	return t, r.Err()
}

// Append appends the encoding of t.
func (t *BlockTxn) Append(b []byte) []byte {
	b = append(b, t.Block[:]...)
	b = wire.AppendCompactSize(b, uint64(len(t.Txs)))
	for _, tx := range t.Txs {
		b = tx.Append(b)
	}
	return b
}
