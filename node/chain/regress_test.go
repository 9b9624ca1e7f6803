package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"dashmp/node/consensus"
	"dashmp/node/script"
	"dashmp/node/storage"
	"dashmp/node/wire"
)

// TestInvalidTipAtLoad: the index says that the block the coins rest on is
// invalid, as a crash between the two writes leaves it.
func TestInvalidTipAtLoad(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	n.extend(t, 5, 0)
	n.stop(t)
	db, err := d.db("blockindex.bolt")
	if err != nil {
		t.Fatal(err)
	}
	x := n.ActiveAt(4)
	x.status |= FailedValid
	if err := db.Update(func(tx *storage.Tx) error { return tx.Put(bucketBlock, x.hash[:], x.encode(nil)) }); err != nil {
		t.Fatal(err)
	}
	db.Close()
	n = d.run(t)
	if n.Tip().Height() != 3 || len(n.coinSet(t)) != 3 {
		t.Errorf("the tip is at %d", n.Tip().Height())
	}
	n.verify(t)
	n.stop(t)
}

// TestOrphanAfterCrash: a block whose parent is only a header outlasts a kill.
func TestOrphanAfterCrash(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	first := mine(d.p, after(n.Tip()), 0)
	second := mine(d.p, afterBlock(first, 1), 0)
	if _, err := n.ProcessHeaders(t.Context(), []wire.Header{first.Header}); err != nil {
		t.Fatal(err)
	}
	n.accept(t, second)
	n.crash()
	n = d.run(t)
	x := n.Lookup(second.Header.Hash())
	if x == nil || n.Info(x).Status&HaveData == 0 {
		t.Fatal("the block is gone")
	}
	n.accept(t, first)
	if n.Tip() != x {
		t.Errorf("the tip is at %d", n.Tip().Height())
	}
	n.stop(t)
}

// TestInvalidDescendants: no block is taken on a branch that an operator
// refused, even where the branch was fully valid before.
func TestInvalidDescendants(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	n.extend(t, 3, 0)
	side := n.Tip()
	at := after(n.ActiveAt(1))
	for i := range 3 { // the side was active, and is left
		b := mine(d.p, at, 1)
		n.accept(t, b)
		at = afterBlock(b, 2+i)
	}
	if n.Tip().Hash() != at.hash {
		t.Fatal("no reorganisation")
	}
	if err := n.Invalidate(t.Context(), side.Parent()); err != nil {
		t.Fatal(err)
	}
	_, err := n.ProcessBlock(t.Context(), mine(d.p, after(side), 2), true)
	if e := refusal(err); e == nil || e.Reject != "bad-prevblk" {
		t.Errorf("a block on a refused branch: %v", err)
	}
	n.stop(t)
}

// TestAssumeValid: scripts of blocks deep below the named one are not looked
// at, those near the best header are.
func TestAssumeValid(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	n.extend(t, 103, 0)
	source, err := n.Block(t.Context(), n.ActiveAt(1))
	if err != nil {
		t.Fatal(err)
	}
	bad := spend(wire.OutPoint{Hash: source.Txs[0].ID()}, source.Txs[0].Outputs[0].Value, 1)
	bad.Inputs[0].ScriptSig = []byte{byte(script.OpReturn)} // no signature script may do this
	b := mine(d.p, after(n.Tip()), 0, bad)
	chain := []*wire.Block{b}
	headers := []wire.Header{b.Header}
	// Regtest's spacing of 150 seconds makes two weeks of 8064 blocks.
	for at := afterBlock(b, 104); len(chain) < 8100; {
		next := &wire.Block{Header: wire.Header{Version: 0x20000000, PrevBlock: at.hash, Time: at.time + 1, Bits: at.bits}}
		solve(d.p, next)
		chain, headers = append(chain, next), append(headers, next.Header)
		at = afterBlock(next, at.height+1)
	}
	n.o.AssumeValid = headers[10].Hash()
	if err := n.TestBlock(t.Context(), b, consensus.AllChecks); refusal(err) == nil {
		t.Errorf("without its successors: %v", err)
	}
	if _, err := n.ProcessHeaders(t.Context(), headers); err != nil {
		t.Fatal(err)
	}
	n.o.MinimumChainWork = n.BestHeader().Work().Add(workOf(1))
	if n.assumedValid(n.Lookup(headers[0].Hash())) {
		t.Error("assumed valid with too little work")
	}
	n.o.MinimumChainWork = workOf(0)
	if !n.assumedValid(n.Lookup(headers[0].Hash())) || n.assumedValid(n.Lookup(headers[11].Hash())) {
		t.Error("not exactly the ancestors are assumed valid")
	}
	if x := n.accept(t, b); n.Tip() != x {
		t.Error("the block is not connected")
	}
	n.stop(t)
}

func TestScriptCache(t *testing.T) {
	seed := [32]byte{1}
	c, err := NewScriptCache(1<<16, rand.NewChaCha8(seed))
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewScriptCache(1<<16, rand.NewChaCha8([32]byte{2}))
	if err != nil {
		t.Fatal(err)
	}
	hash, key, sig := wire.Hash{1}, []byte{2, 3}, []byte{4}
	c.Add(hash, key, sig)
	if !c.Has(hash, key, sig) || other.Has(hash, key, sig) {
		t.Error("a signature is not where it was put")
	}
	if c.Has(hash, []byte{2}, []byte{3, 4}) || c.Has(wire.Hash{2}, key, sig) || c.HasTransaction(hash, 0) {
		t.Error("something else is taken for it")
	}
	if c.signature(hash, key, sig) == other.signature(hash, key, sig) {
		t.Error("the salt is of no consequence")
	}
	readOnly{c}.Add(wire.Hash{9}, key, sig)
	if c.Has(wire.Hash{9}, key, sig) {
		t.Error("what must not be remembered is")
	}
	c.AddTransaction(hash, 5)
	if !c.HasTransaction(hash, 5) || c.HasTransaction(hash, 4) {
		t.Error("the rules of a transaction are not distinguished")
	}
	size := len(c.signatures.slots)
	kept := 0
	for i := range uint32(20_000) {
		c.Add(wire.Hash(sha256.Sum256(binary.LittleEndian.AppendUint32(nil, i))), key, sig)
	}
	for i := range uint32(20_000) {
		if c.Has(wire.Hash(sha256.Sum256(binary.LittleEndian.AppendUint32(nil, i))), key, sig) {
			kept++
		}
	}
	if len(c.signatures.slots) != size || kept < size*9/10 || kept > size {
		t.Errorf("%d places hold %d of 20000", size, kept)
	}
	empty, err := NewScriptCache(0, rand.NewChaCha8(seed))
	if err != nil {
		t.Fatal(err)
	}
	empty.Add(hash, key, sig)
	if empty.Has(hash, key, sig) {
		t.Error("a cache without memory remembers")
	}
	if _, err := NewScriptCache(0, bytes.NewReader(nil)); err == nil {
		t.Error("a cache without salt")
	}
}

// TestKnownScripts: what the cache says verified is not verified again.
func TestKnownScripts(t *testing.T) {
	d := newDisk(t, t.TempDir())
	cache, err := NewScriptCache(1<<16, rand.NewChaCha8([32]byte{3}))
	if err != nil {
		t.Fatal(err)
	}
	d.change = func(o *Options) { o.Scripts = cache }
	n := d.run(t)
	n.extend(t, 102, 0)
	source, err := n.Block(t.Context(), n.ActiveAt(1))
	if err != nil {
		t.Fatal(err)
	}
	tx := spend(wire.OutPoint{Hash: source.Txs[0].ID()}, source.Txs[0].Outputs[0].Value, 1)
	tx.Inputs[0].ScriptSig = []byte{byte(script.Op0), byte(script.OpVerify)}
	b := mine(d.p, after(n.Tip()), 0, tx)
	if err := n.TestBlock(t.Context(), b, consensus.AllChecks); refusal(err) == nil {
		t.Fatal(err)
	}
	cache.AddTransaction(tx.ID(), d.rules.(*Consensus).r.ScriptFlags(103))
	if err := n.TestBlock(t.Context(), b, consensus.AllChecks); err != nil {
		t.Error(err)
	}
	n.stop(t)
}

func FuzzDecodeStored(f *testing.F) {
	x := newIndex(wire.Hash{1}, &wire.Header{Bits: 0x207fffff, Time: 5}, nil)
	x.status, x.txs = ValidScripts|HaveData, 3
	f.Add(x.hash[:], x.encode(nil))
	f.Add([]byte{1}, []byte{2})
	f.Fuzz(func(t *testing.T, key, value []byte) {
		s, err := decodeStored(key, value)
		if err != nil {
			return
		}
		var parent *Index
		if !s.header.PrevBlock.IsZero() {
			parent = newIndex(s.header.PrevBlock, &wire.Header{}, nil)
		}
		x := newIndex(s.hash, &s.header, parent)
		s.apply(x)
		again := x.encode(nil)
		// The height comes from the parent, and flags of no meaning are dropped.
		want := slices.Clone(value)
		binary.LittleEndian.PutUint32(want[wire.HeaderSize:], uint32(x.height))
		status := binary.LittleEndian.Uint32(want[wire.HeaderSize+4:]) & uint32(storedMask)
		binary.LittleEndian.PutUint32(want[wire.HeaderSize+4:], status)
		if !bytes.Equal(again, want) {
			t.Fatalf("%x became %x", want, again)
		}
	})
}
