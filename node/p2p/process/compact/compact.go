package compact

import (
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

// maxTxs is how many transactions a block may have: MaxBlockSize of DIP1 over
// the shortest transaction, both in bytes.
const maxTxs = 2000000 / 10

const shortIDMask = 1<<48 - 1

// New makes the compact form of a block, of which only the coinbase is whole.
func New(b *wire.Block, nonce uint64) *msg.CompactBlock {
	c := &msg.CompactBlock{
		Header: b.Header, Nonce: nonce, ShortIDs: make([]uint64, len(b.Txs)-1),
		Prefilled: []msg.Prefilled{{Index: 0, Tx: b.Txs[0]}},
	}
	k0, k1 := c.Keys()
	for i, tx := range b.Txs[1:] {
		id := tx.ID()
		c.ShortIDs[i] = sipHash(k0, k1, &id) & shortIDMask
	}
	return c
}

// Status is what came of an attempt (ReadStatus).
type Status uint8

const (
	// OK: it went well.
	OK Status = iota
	// Invalid: no honest peer sends this.
	Invalid
	// Failed: the short ids clash; the block must be asked for whole.
	Failed
)

// Tx is a transaction that may be in a block.
type Tx struct {
	ID wire.Hash
	Tx *wire.Tx
}

// Counts tell where a block's transactions came from.
type Counts struct {
	// Prefilled were in the message, Pool here already (Extra of these not in
	// the mempool).
	Prefilled, Pool, Extra int
}

// Partial is a block of which transactions are missing.
type Partial struct {
	Counts Counts
	header wire.Header
	txs    []*wire.Tx
}

// Begin makes a Partial of a message and finds its transactions among those of
// the mempool and some extra ones.
//
// Source: PartiallyDownloadedBlock::InitData.
func Begin(c *msg.CompactBlock, pool, extra []Tx) (*Partial, Status) {
	if c.Transactions() == 0 || c.Transactions() > maxTxs || c.Header.Bits == 0 {
		return nil, Invalid
	}
	p := &Partial{header: c.Header, txs: make([]*wire.Tx, c.Transactions())}
	for i, f := range c.Prefilled {
		if len(f.Tx.Inputs) == 0 && len(f.Tx.Outputs) == 0 || int(f.Index) > len(c.ShortIDs)+i {
			return nil, Invalid
		}
		p.txs[f.Index] = f.Tx
	}
	p.Counts.Prefilled = len(c.Prefilled)
	places := make(map[uint64]int, len(c.ShortIDs))
	at := 0
	for _, id := range c.ShortIDs {
		for p.txs[at] != nil {
			at++
		}
		places[id] = at
		at++
	}
	if len(places) != len(c.ShortIDs) {
		return nil, Failed
	}
	f := finder{Partial: p, places: places, tried: make([]bool, len(p.txs))}
	f.k0, f.k1 = c.Keys()
	f.find(pool, false)
	f.find(extra, true)
	return p, OK
}

// finder puts transactions in their places.
type finder struct {
	*Partial
	places map[uint64]int
	// tried marks places for which a transaction was found, be it that another
	// one had the same short id and both were dropped.
	tried  []bool
	k0, k1 uint64
}

func (f *finder) find(list []Tx, extra bool) {
	for i := range list {
		if f.Counts.Pool == len(f.places) {
			return
		}
		at, ok := f.places[sipHash(f.k0, f.k1, &list[i].ID)&shortIDMask]
		switch {
		case !ok:
		case !f.tried[at]:
			f.txs[at], f.tried[at] = list[i].Tx, true
			f.count(extra, 1)
		case f.txs[at] != nil && f.txs[at].ID() != list[i].ID:
			f.txs[at] = nil // one of the two is wrong: ask
			f.count(extra, -1)
		}
	}
}

func (f *finder) count(extra bool, n int) {
	f.Counts.Pool += n
	if extra {
		f.Counts.Extra += n
	}
}

// Missing are the places of what is not here.
func (p *Partial) Missing() (list []uint16) {
	for i, tx := range p.txs {
		if tx == nil {
			list = append(list, uint16(i))
		}
	}
	return list
}

// Finish puts the missing transactions in and returns the block, whose merkle
// root is right. It can be called once.
//
// Source: PartiallyDownloadedBlock::FillBlock. The other rules of a block are
// for whoever takes it.
func (p *Partial) Finish(missing []*wire.Tx) (*wire.Block, Status) {
	if p.txs == nil {
		return nil, Invalid
	}
	b := &wire.Block{Header: p.header, Txs: p.txs}
	p.txs = nil
	for i, tx := range b.Txs {
		if tx != nil {
			continue
		}
		if len(missing) == 0 {
			return nil, Invalid
		}
		b.Txs[i], missing = missing[0], missing[1:]
	}
	if len(missing) > 0 {
		return nil, Invalid
	}
	if root, mutated := b.MerkleRoot(); root != b.Header.MerkleRoot || mutated {
		return nil, Failed
	}
	return b, OK
}
