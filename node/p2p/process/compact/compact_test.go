package compact

import (
	"testing"

	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

func block(n int) *wire.Block {
	b := &wire.Block{Header: wire.Header{Bits: 1}}
	for i := range n {
		b.Txs = append(b.Txs, &wire.Tx{Version: 2, LockTime: uint32(i), Inputs: []wire.TxIn{{}}, Outputs: []wire.TxOut{{Value: int64(i)}}})
	}
	b.Header.MerkleRoot, _ = b.MerkleRoot()
	return b
}

func list(txs ...*wire.Tx) (l []Tx) {
	for _, tx := range txs {
		l = append(l, Tx{tx.ID(), tx})
	}
	return l
}

// TestSipHash: the vector of SipHash's authors for 32 bytes 00 01 … 1f under the
// key 00 01 … 0f.
func TestSipHash(t *testing.T) {
	var h wire.Hash
	for i := range h {
		h[i] = byte(i)
	}
	if got := sipHash(0x0706050403020100, 0x0f0e0d0c0b0a0908, &h); got != 0x7127512f72f27cce {
		t.Errorf("%x", got)
	}
}

func TestRebuild(t *testing.T) {
	b := block(10)
	other := block(30).Txs[20:]
	for name, c := range map[string]struct {
		pool, extra []Tx
		missing     []uint16
		counts      Counts
	}{
		"nothing here": {nil, nil, []uint16{1, 2, 3, 4, 5, 6, 7, 8, 9}, Counts{Prefilled: 1}},
		"all here":     {list(append(other, b.Txs...)...), nil, nil, Counts{1, 9, 0}},
		"extra":        {list(b.Txs[1:5]...), list(append(other, b.Txs[4:8]...)...), []uint16{8, 9}, Counts{1, 7, 3}},
	} {
		m, err := msg.DecodeCompactBlock(New(b, 77).Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		p, status := Begin(m, c.pool, c.extra)
		if status != OK || p.Counts != c.counts || len(p.Missing()) != len(c.missing) {
			t.Errorf("%s: %d, %+v, %v", name, status, p.Counts, p.Missing())
			continue
		}
		var rest []*wire.Tx
		for i, at := range p.Missing() {
			if at != c.missing[i] {
				t.Errorf("%s: %d is missing", name, at)
			}
			rest = append(rest, b.Txs[at])
		}
		got, status := p.Finish(rest)
		if status != OK || string(got.Append(nil)) != string(b.Append(nil)) {
			t.Errorf("%s: rebuilt wrongly (%d)", name, status)
		}
		if _, status := p.Finish(rest); status != Invalid {
			t.Errorf("%s: finished twice", name)
		}
	}
}

func TestRefused(t *testing.T) {
	b := block(5)
	with := func(change func(*msg.CompactBlock)) Status {
		c := New(b, 1)
		change(c)
		_, status := Begin(c, nil, nil)
		return status
	}
	for name, c := range map[string]struct{ got, want Status }{
		"sound":         {with(func(*msg.CompactBlock) {}), OK},
		"empty":         {with(func(c *msg.CompactBlock) { c.ShortIDs, c.Prefilled = nil, nil }), Invalid},
		"null header":   {with(func(c *msg.CompactBlock) { c.Header = wire.Header{} }), Invalid},
		"null tx":       {with(func(c *msg.CompactBlock) { c.Prefilled[0].Tx = &wire.Tx{} }), Invalid},
		"beyond":        {with(func(c *msg.CompactBlock) { c.Prefilled[0].Index = 5 }), Invalid},
		"same short id": {with(func(c *msg.CompactBlock) { c.ShortIDs[1] = c.ShortIDs[0] }), Failed},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d", name, c.got)
		}
	}
	for name, c := range map[string]struct {
		missing []*wire.Tx
		want    Status
	}{
		"too few":  {b.Txs[1:4], Invalid},
		"too many": {append(b.Txs[1:5:5], b.Txs[1]), Invalid},
		"wrong":    {append(b.Txs[1:4:4], b.Txs[1]), Failed},
	} {
		p, _ := Begin(New(b, 1), nil, nil)
		if _, status := p.Finish(c.missing); status != c.want {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// TestClash: two transactions with one short id are both asked for. The clash is
// made by naming the same transaction under another id.
func TestClash(t *testing.T) {
	b := block(3)
	c := New(b, 1)
	p, _ := Begin(c, []Tx{{b.Txs[1].ID(), b.Txs[2]}, {b.Txs[1].ID(), b.Txs[1]}}, nil)
	if m := p.Missing(); len(m) != 2 {
		t.Errorf("missing %v", m)
	}
}
