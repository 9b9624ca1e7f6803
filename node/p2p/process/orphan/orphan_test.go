package orphan

import (
	"encoding/binary"
	"io"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"dashmp/node/wire"
)

func newPool() (*Pool, time.Time) {
	return New(slog.New(slog.NewTextHandler(io.Discard, nil)), rand.New(rand.NewPCG(1, 2))), time.Unix(1700000000, 0)
}

// spend is a transaction of about size bytes that spends output 0 of parents.
func spend(nonce, size int, parents ...wire.Hash) *wire.Tx {
	tx := &wire.Tx{Version: 2, LockTime: uint32(nonce), Outputs: []wire.TxOut{{Value: 1, ScriptPubKey: make([]byte, size)}}}
	for _, h := range parents {
		tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: wire.OutPoint{Hash: h}})
	}
	return tx
}

func parent(i int) (h wire.Hash) {
	binary.LittleEndian.PutUint32(h[:], uint32(i)+1)
	return h
}

// check holds the pool to its invariants.
func check(t *testing.T, p *Pool) {
	t.Helper()
	size, spending := 0, 0
	for i, e := range p.list {
		if e.place != i || p.byID[e.id] != e {
			t.Fatalf("entry %d is misplaced", i)
		}
		size += e.size
		spending += len(e.tx.Inputs)
	}
	n := 0
	for _, m := range p.spending {
		n += len(m)
	}
	if size != p.size || len(p.list) != len(p.byID) || n != spending {
		t.Fatalf("size %d, %d; entries %d, %d; inputs %d, %d", size, p.size, len(p.list), len(p.byID), n, spending)
	}
}

func TestFamily(t *testing.T) {
	p, now := newPool()
	mother := spend(1, 10)
	child := spend(2, 10, mother.ID(), parent(7))
	grandchild := spend(3, 10, child.ID())
	for _, tx := range []*wire.Tx{child, grandchild} {
		if !p.Add(tx, 5, now) || p.Add(tx, 6, now) {
			t.Fatal("added wrongly")
		}
	}
	p.AddChildren(mother, 9)
	if tx, sender := p.Next(9); tx != child || sender != 5 || p.More(9) {
		t.Fatal("not the child")
	}
	p.AddChildren(child, 9)
	if tx, _ := p.Next(9); tx != grandchild {
		t.Fatal("not the grandchild")
	}
	if tx, _ := p.Next(9); tx != nil {
		t.Fatal("work without end")
	}
	p.SetWork(&wire.Block{Txs: []*wire.Tx{mother}})
	if !p.More(Nobody) {
		t.Fatal("a block makes no work")
	}
	p.Erase(child.ID())
	if tx, _ := p.Next(Nobody); tx != nil {
		t.Fatal("an erased orphan came back")
	}
	check(t, p)
}

func TestEraseForBlockAndPeer(t *testing.T) {
	p, now := newPool()
	for i := range 20 {
		p.Add(spend(i, 10, parent(i)), int64(i%2), now)
	}
	p.EraseForBlock(&wire.Block{Txs: []*wire.Tx{spend(99, 10, parent(0), parent(1), parent(50))}})
	if p.Len() != 18 {
		t.Errorf("%d after the block", p.Len())
	}
	p.EraseForPeer(1)
	if p.Len() != 9 {
		t.Errorf("%d after the peer", p.Len())
	}
	check(t, p)
}

// TestBounds: whatever a peer sends, the pool stays below its limit; large ones
// are not kept; all go after 20 minutes.
func TestBounds(t *testing.T) {
	p, now := newPool()
	if p.Add(spend(0, maxSize, parent(1)), 1, now) || !p.Add(spend(0, maxSize-100, parent(1)), 1, now) {
		t.Error("limit of one transaction")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 3000 {
		p.Add(spend(i, r.IntN(20000), parent(i), parent(i/2)), int64(i%7), now)
		p.Limit(1000000, now)
		if p.size > 1000000 {
			t.Fatal("too large")
		}
	}
	check(t, p)
	if p.Len() < 50 {
		t.Errorf("%d left", p.Len())
	}
	p.Limit(1000000, now.Add(expireAfter+sweepInterval))
	if p.Len() != 0 || p.size != 0 || len(p.spending) != 0 {
		t.Errorf("%d survived", p.Len())
	}
}
