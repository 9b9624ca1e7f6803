package mempool_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"dashmp/node/chain"
	"dashmp/node/mempool"
	"dashmp/node/wire"
)

// chainOf makes n transactions, each spending the one before.
func chainOf(from coin, n int) (list []*wire.Tx) {
	for range n {
		tx := spend(1000, 1, from)
		list, from = append(list, tx), outputs(tx)[0]
	}
	return list
}

// TestChains holds chains to their limits, with the exception for one more.
func TestChains(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 2)
	list := chainOf(coins[0], 26)
	f.add(t, list[:25]...)
	want := "too-long-mempool-chain, too many unconfirmed ancestors [limit: 25]"
	if got := f.judge(t, list[25], mempool.How{}); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	parent := spend(5000, 30, coins[1])
	f.add(t, parent)
	outs := outputs(parent)
	for _, c := range outs[:24] {
		f.add(t, spend(1000, 1, c))
	}
	more := spend(1000, 1, outs[24]) // a small one with one ancestor
	f.add(t, more)
	want = "too-long-mempool-chain, too many descendants for tx " + parent.ID().String() + " [limit: 25]"
	if got := f.judge(t, spend(1000, 1, outs[25]), mempool.How{}); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if a, d := f.Ancestry(more.ID()); a != 2 || d != 26 {
		t.Errorf("%d ancestors, %d descendants", a, d)
	}
	f.verify(t)
}

// TestEviction fills the pool: the worst go with their descendants, and what
// follows must pay more.
func TestEviction(t *testing.T) {
	f := newFixture(t, func(s *settings) { s.pool.Limits.MaxUsage = 20_000 })
	coins := f.funds(t, 40)
	poor := spend(200, 1, coins[0])
	child := spend(200, 1, outputs(poor)...)
	f.add(t, poor, child)
	n := 1
	for ; f.Has(poor.ID()); n++ {
		f.add(t, spend(int64(1000+10*n), 1, coins[n]))
	}
	if f.Has(child.ID()) {
		t.Error("a child outlived its parent")
	}
	s := f.Status()
	if s.Usage > s.MaxUsage || s.Count != n-1 {
		t.Errorf("%+v after %d", s, n)
	}
	if want := int64(400*1000/(85*2) + 1000); s.MinFeeRate != want {
		t.Errorf("lowest fee rate %d, want %d", s.MinFeeRate, want)
	}
	if got := f.judge(t, poor, mempool.How{}); got != "mempool min fee not met, 200 < 285" {
		t.Error(got)
	}
	// The rate stays until a block comes; then it halves every quarter of twelve
	// hours while the pool is nearly empty.
	f.mine(t, 1)
	f.clock(f.time().Unix() + 3*60*60)
	if got := f.MinFeeRate(); got < 1670 || got > 1680 {
		t.Errorf("lowest fee rate %d after three hours", got)
	}
	f.clock(f.time().Unix() + 6*60*60)
	if got := f.MinFeeRate(); got != 0 {
		t.Errorf("lowest fee rate %d after nine hours", got)
	}
	f.verify(t)
}

// TestExpiry drops what is too old with what depends on it.
func TestExpiry(t *testing.T) {
	f := newFixture(t, func(s *settings) { s.pool.Limits.Expiry = 3600 })
	coins := f.funds(t, 3)
	old := spend(1000, 1, coins[0])
	f.add(t, old)
	f.clock(f.time().Unix() + 3600)
	child, other := spend(1000, 1, outputs(old)...), spend(1000, 1, coins[1])
	f.add(t, child, other)
	if !f.Has(old.ID()) {
		t.Error("expired too early")
	}
	f.clock(f.time().Unix() + 1)
	f.heard = nil
	f.add(t, spend(1000, 1, coins[2]))
	if f.Has(old.ID()) || f.Has(child.ID()) || !f.Has(other.ID()) {
		t.Error("what expired is there, or other things are not")
	}
	reasons := []mempool.Reason{}
	for _, ev := range f.heard {
		if !ev.Added {
			reasons = append(reasons, ev.Reason)
		}
	}
	if !slices.Equal(reasons, []mempool.Reason{mempool.ReasonExpiry, mempool.ReasonExpiry}) {
		t.Errorf("heard %v", reasons)
	}
}

// TestBlocks takes out what is mined and what conflicts with it, and puts back
// what is not mined any more.
func TestBlocks(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 3)
	parent, rival := spend(1000, 1, coins[0]), spend(2000, 1, coins[0])
	child := spend(1000, 1, outputs(parent)...)
	other := spend(1000, 1, coins[1])
	f.add(t, parent, child, other)
	f.Prioritise(child.ID(), 5000)
	f.clock(f.time().Unix() + 30)
	hash, err := f.miner.GenerateWith(t.Context(), anyone(), []*wire.Tx{parent, other})
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := f.Entry(child.ID()); !ok || e.Ancestors.Count != 1 || len(e.Parents) != 0 || e.Ancestors.Fees != 6000 {
		t.Errorf("child %+v", e)
	}
	if s := f.Status(); s.Count != 1 {
		t.Errorf("%d are left", s.Count)
	}
	if err := f.chain.Invalidate(t.Context(), f.chain.Lookup(hash)); err != nil {
		t.Fatal(err)
	}
	e, ok := f.Entry(child.ID())
	if !ok || e.Ancestors.Count != 2 || e.Ancestors.Fees != 7000 || !slices.Equal(e.Parents, []wire.Hash{parent.ID()}) || !f.Has(other.ID()) {
		t.Errorf("child %+v", e)
	}
	f.verify(t)
	f.heard = nil
	f.clock(f.time().Unix() + 30)
	if _, err := f.miner.GenerateWith(t.Context(), anyone(), []*wire.Tx{rival}); err != nil {
		t.Fatal(err)
	}
	if f.Has(parent.ID()) || f.Has(child.ID()) || !f.Has(other.ID()) {
		t.Error("what conflicts with a block is there")
	}
	for _, ev := range f.heard {
		if ev.Reason != mempool.ReasonConflict {
			t.Errorf("heard %+v", ev)
		}
	}
	f.verify(t)
}

// TestReorganisation lets a longer branch take the place of blocks: coinbases
// that become young again, and what spends them, go.
func TestReorganisation(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 3)
	kept := spend(1000, 1, coins[0])
	f.add(t, kept)
	f.mine(t, 1) // mines kept
	onKept := spend(1000, 1, outputs(kept)...)
	locked := spend(1000, 1, coins[1])
	locked.LockTime, locked.Inputs[0].Sequence = uint32(f.chain.Tip().Height()), 0
	just := spend(1000, 1, coins[2]) // matured with the last block but two
	f.add(t, onKept, locked, just)
	height := f.chain.Tip().Height()
	if err := f.chain.Invalidate(t.Context(), f.chain.ActiveAt(height)); err != nil {
		t.Fatal(err)
	}
	if !f.Has(kept.ID()) || !f.Has(onKept.ID()) || f.Has(locked.ID()) || !f.Has(just.ID()) {
		t.Errorf("after one block: kept %v, its child %v, locked %v, just mature %v", f.Has(kept.ID()), f.Has(onKept.ID()), f.Has(locked.ID()), f.Has(just.ID()))
	}
	f.verify(t)
	if err := f.chain.Invalidate(t.Context(), f.chain.ActiveAt(height-2)); err != nil {
		t.Fatal(err)
	}
	if f.Has(just.ID()) || !f.Has(onKept.ID()) {
		t.Errorf("after three blocks: just mature %v, child %v", f.Has(just.ID()), f.Has(onKept.ID()))
	}
	f.verify(t)
}

// TestDeepInvalidation does not put back what was in the blocks below the tenth.
func TestDeepInvalidation(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 12)
	var list []*wire.Tx
	for _, c := range coins {
		tx := spend(1000, 1, c)
		f.add(t, tx)
		f.mine(t, 1)
		list = append(list, tx)
	}
	f.mine(t, 100) // so that what they spent stays mature
	if err := f.chain.Invalidate(t.Context(), f.chain.ActiveAt(f.chain.Tip().Height()-100-1)); err != nil {
		t.Fatal(err)
	}
	if f.Has(list[11].ID()) || f.Has(list[10].ID()) {
		t.Error("a hundred blocks deep, transactions are put back")
	}
	f.verify(t)
}

// TestPrioritise counts what operators add for a transaction and its family, and
// before it comes.
func TestPrioritise(t *testing.T) {
	f := newFixture(t, nil)
	c := f.funds(t, 1)[0]
	list := chainOf(c, 3)
	f.Prioritise(list[1].ID(), 700)
	f.add(t, list...)
	f.Prioritise(list[1].ID(), -200)
	for i, want := range []struct{ modified, ancestors, descendants int64 }{{1000, 1000, 3500}, {1500, 2500, 2500}, {1000, 3500, 1000}} {
		e, _ := f.Entry(list[i].ID())
		if e.ModifiedFee != want.modified || e.Ancestors.Fees != want.ancestors || e.Descendants.Fees != want.descendants {
			t.Errorf("%d: %d, %d, %d, want %+v", i, e.ModifiedFee, e.Ancestors.Fees, e.Descendants.Fees, want)
		}
	}
	free := spend(0, 1, outputs(list[2])...)
	if got := f.judge(t, free, mempool.How{}); got != "min relay fee not met, 0 < 85" {
		t.Error(got)
	}
	f.Prioritise(free.ID(), 1000)
	f.add(t, free)
	f.mine(t, 1)
	if f.Status().Count != 0 {
		t.Error("not all were mined")
	}
	// What was mined comes back whatever it pays.
	if err := f.chain.Invalidate(t.Context(), f.chain.Tip()); err != nil {
		t.Fatal(err)
	}
	if e, ok := f.Entry(free.ID()); !ok || e.ModifiedFee != 0 {
		t.Errorf("after the block is gone: %v %+v", ok, e)
	}
	f.verify(t)
}

// TestBothBranches keeps what depends on a transaction that both branches hold.
func TestBothBranches(t *testing.T) {
	f := newFixture(t, nil)
	parent := spend(1000, 1, f.funds(t, 1)...)
	child := spend(1000, 1, outputs(parent)...)
	block := func() *chain.Index {
		f.clock(f.time().Unix() + 30)
		h, err := f.miner.GenerateWith(t.Context(), anyone(), []*wire.Tx{parent})
		if err != nil {
			t.Fatal(err)
		}
		return f.chain.Lookup(h)
	}
	a := block()
	f.add(t, child)
	if err := f.chain.Invalidate(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	b := block()
	for _, err := range []error{f.chain.Reconsider(t.Context(), a), f.chain.Precious(t.Context(), b), f.chain.Precious(t.Context(), a)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if f.chain.Tip() != a {
		t.Fatal("no reorganisation")
	}
	if e, ok := f.Entry(child.ID()); !ok || e.Ancestors.Count != 1 || f.Has(parent.ID()) {
		t.Errorf("child %v %+v, parent %v", ok, e, f.Has(parent.ID()))
	}
	f.verify(t)
}

// TestUnbroadcast keeps the marks of what is there.
func TestUnbroadcast(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 2)
	told := []wire.Hash{}
	f.SetRelay(func(id wire.Hash) { told = append(told, id) })
	a, b := spend(1000, 1, coins[0]), spend(1000, 1, coins[1])
	for _, tx := range []*wire.Tx{a, b} {
		if err := f.Broadcast(t.Context(), tx, 0, true, false); err != nil {
			t.Fatal(err)
		}
	}
	f.RemoveUnbroadcast(a.ID())
	if got := f.Unbroadcast(); !slices.Equal(got, []wire.Hash{b.ID()}) || !slices.Equal(told, []wire.Hash{a.ID(), b.ID()}) {
		t.Errorf("marked %v, told %v", got, told)
	}
	if err := f.Broadcast(t.Context(), a, 0, true, false); err != nil || len(told) != 3 {
		t.Errorf("again: %v, told %d times", err, len(told))
	}
	f.mine(t, 1)
	if got := f.Unbroadcast(); len(got) != 0 {
		t.Errorf("mined, and marked: %v", got)
	}
	if err := f.Broadcast(t.Context(), a, 0, true, false); err == nil || err.Error() != "Transaction already in block chain (code -27)" {
		t.Errorf("mined: %v", err)
	}
}

// TestSequence numbers every change.
func TestSequence(t *testing.T) {
	f := newFixture(t, nil)
	c := f.funds(t, 1)[0]
	if n := f.Snapshot().Sequence; n != 1 {
		t.Errorf("begins with %d", n)
	}
	list := chainOf(c, 2)
	f.add(t, list...)
	i, _ := f.Info(list[1].ID())
	if n := f.Snapshot().Sequence; n != 3 || i.Sequence != 2 {
		t.Errorf("%d after two, the second has %d", n, i.Sequence)
	}
	f.mine(t, 1)
	if n := f.Snapshot().Sequence; n != 5 {
		t.Errorf("%d after a block", n)
	}
}

// TestNoEstimates answers as Dash Core does with -blocksonly.
func TestNoEstimates(t *testing.T) {
	f := newFixture(t, func(s *settings) { s.pool.Fees = nil })
	f.add(t, spend(1000, 1, f.funds(t, 1)...))
	f.mine(t, 1)
	for _, method := range []string{"estimatesmartfee", "estimaterawfee"} {
		if err := f.call(t, nil, method, 6); err == nil || err.Error() != "Fee estimation disabled (code -32603)" {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// TestConcurrent lets transactions come while the chain moves to and fro.
func TestConcurrent(t *testing.T) {
	f := newFixture(t, func(s *settings) { s.pool.CheckEvery = 7 })
	coins := f.funds(t, 60)
	var group sync.WaitGroup
	for n := range 3 {
		group.Go(func() {
			for _, c := range coins[20*n : 20*n+20] {
				for _, tx := range chainOf(c, 5) {
					if _, err := f.Accept(t.Context(), tx, mempool.How{}); err != nil {
						t.Error(err)
						return
					}
					f.Status()
					f.ForMining()
				}
			}
		})
	}
	for range 10 {
		f.mine(t, 2)
		if err := f.chain.Invalidate(t.Context(), f.chain.Tip()); err != nil {
			t.Fatal(err)
		}
	}
	group.Wait()
	f.verify(t)
	f.mine(t, 1)
	if n := f.Status().Count; n != 0 {
		t.Errorf("%d are left", n)
	}
}

// TestClose ends judging, not reading.
func TestClose(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 2)
	tx := spend(1000, 1, coins[0])
	f.add(t, tx)
	f.Pool.Close()
	if _, err := f.Accept(t.Context(), spend(1000, 1, coins[1]), mempool.How{}); !errors.Is(err, mempool.ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
	if !f.Has(tx.ID()) {
		t.Error("closing has emptied the pool")
	}
}
