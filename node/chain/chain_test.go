package chain

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dashmp/node/consensus"
	"dashmp/node/script"
	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
)

func TestAncestors(t *testing.T) {
	var list []*Index
	var parent *Index
	for i := range 3000 {
		parent = newIndex(wire.Hash{byte(i), byte(i >> 8)}, &wire.Header{Bits: 0x207fffff}, parent)
		list = append(list, parent)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		from := random.IntN(len(list))
		to := random.IntN(from + 1)
		if got := list[from].AncestorAt(to); got != list[to] {
			t.Fatalf("ancestor of %d at %d is at %d", from, to, got.Height())
		}
	}
	if list[5].AncestorAt(6) != nil || list[5].AncestorAt(-1) != nil || list[0].Prev() != nil || list[5].Ancestor(6) != nil {
		t.Error("there are blocks where none can be")
	}
	if list[2999].Work() != workOf(3000) {
		t.Errorf("work %s", list[2999].Work())
	}
	steps := 0
	for x := list[2999]; x.height > 1; steps++ {
		if x.skip != nil && x.skip.height >= 1 {
			x = x.skip
		} else {
			x = x.parent
		}
	}
	if steps > 120 {
		t.Errorf("%d steps from 2999 to 1", steps)
	}
}

func TestGenesisOnly(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	if n.Tip().Hash() != d.p.GenesisHash || len(n.coinSet(t)) != 0 {
		t.Error("the chain does not begin with the genesis block")
	}
	n.stop(t)
	n = d.run(t)
	if n.Tip().Hash() != d.p.GenesisHash {
		t.Error("the genesis block is not the tip after a restart")
	}
	n.stop(t)
	blk, err := os.ReadFile(filepath.Join(d.dir, "blk00000.dat"))
	if err != nil {
		t.Fatal(err)
	}
	genesis := d.p.Genesis.Append(nil)
	if !bytes.HasPrefix(blk[8:], genesis) || bytes.Count(blk, genesis) != 1 {
		t.Error("blk00000.dat does not hold the genesis block once")
	}
}

// TestForeignFile: what is not ours is not overwritten.
func TestForeignFile(t *testing.T) {
	d := newDisk(t, t.TempDir())
	content := []byte("something else")
	if err := os.WriteFile(filepath.Join(d.dir, "blk00000.dat"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.start(t.Context()); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
	if got, _ := os.ReadFile(filepath.Join(d.dir, "blk00000.dat")); !bytes.Equal(got, content) {
		t.Errorf("now it is %q", got)
	}
}

func TestOtherNetwork(t *testing.T) {
	d := newDisk(t, t.TempDir())
	d.run(t).stop(t)
	d.change = func(o *Options) { o.Network = []byte("other") }
	if _, err := d.start(t.Context()); !errors.Is(err, ErrNetwork) {
		t.Error(err)
	}
}

// TestRefusals holds the reasons that acceptance itself gives.
func TestRefusals(t *testing.T) {
	n := newDisk(t, t.TempDir()).run(t)
	defer n.stop(t)
	n.extend(t, 3, 0)
	p, good := n.o.Params, mine(n.o.Params, after(n.Tip()), 1)
	process := func(b *wire.Block) error {
		_, err := n.ProcessBlock(t.Context(), b, true)
		return err
	}
	refused := func(title, reject string, err error) {
		t.Helper()
		if e := refusal(err); e == nil || e.Reject != reject {
			t.Errorf("%s: %v, want %s", title, err, reject)
		}
	}
	orphan := mine(p, parentOf{wire.Hash{1}, 4, 1_500_000_000, good.Header.Bits}, 0)
	refused("no parent", "prev-blk-not-found", process(orphan))
	mutated := &wire.Block{Header: good.Header, Txs: []*wire.Tx{good.Txs[0], good.Txs[0]}}
	refused("other transactions", "bad-txnmrklroot", process(mutated))
	if n.Lookup(good.Header.Hash()) != nil {
		t.Error("the header of a mutated block is known")
	}
	bad := mine(p, after(n.Tip()), 2)
	bad.Txs[0].Outputs[0].Value++
	solve(p, bad)
	var checked error
	cancel := n.Subscribe(func(e Event) {
		if e.Kind == BlockChecked {
			checked = e.Err
		}
	})
	defer cancel()
	if err := process(bad); err != nil { // found only when it is connected
		t.Error(err)
	}
	refused("too much reward", "bad-cb-amount", checked)
	refused("twice", "duplicate", process(bad))
	refused("its child", "bad-prevblk", process(mine(p, afterBlock(bad, 4), 0)))
	late := mine(p, after(n.Tip()), 3)
	late.Header.Time = startTime + 7201
	solve(p, late)
	refused("future", "time-too-new", process(late))
	if _, err := n.ProcessHeaders(t.Context(), []wire.Header{late.Header}); refusal(err) == nil {
		t.Error("a header of the future is taken")
	}
	n.accept(t, good)
	if isNew, err := n.ProcessBlock(t.Context(), good, true); isNew || err != nil {
		t.Error("a known block is new", err)
	}
	// Less work, and not asked for.
	if isNew, err := n.ProcessBlock(t.Context(), mine(p, after(n.ActiveAt(1)), 9), false); isNew || err != nil {
		t.Error("a block of no use is taken", err)
	}
	if err := n.Invalidate(t.Context(), n.ActiveAt(0)); !errors.Is(err, ErrGenesis) {
		t.Error(err)
	}
	if err := n.TestBlock(t.Context(), good, consensus.AllChecks); !errors.Is(err, ErrTip) {
		t.Error(err)
	}
	if err := n.TestBlock(t.Context(), mine(p, after(n.Tip()), 5), consensus.AllChecks); err != nil {
		t.Error(err)
	}
}

// TestHeadersFirst: blocks arrive in any order after their headers.
func TestHeadersFirst(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	var blocks []*wire.Block
	var headers []wire.Header
	for at := after(n.Tip()); len(blocks) < 40; at = afterBlock(blocks[len(blocks)-1], len(blocks)) {
		b := mine(d.p, at, 0)
		blocks, headers = append(blocks, b), append(headers, b.Header)
	}
	last, err := n.ProcessHeaders(t.Context(), headers)
	if err != nil || last != n.BestHeader() || last.Height() != 40 || n.Tip().Height() != 0 {
		t.Fatal(last, err)
	}
	if tips := n.Tips(); len(tips) != 2 || !slices.ContainsFunc(tips, func(c ChainTip) bool {
		return c == ChainTip{last, 40, "headers-only"}
	}) {
		t.Errorf("%+v", tips)
	}
	n.stop(t)
	n = d.run(t)
	order := rand.New(rand.NewPCG(2, 2)).Perm(40)
	for i, k := range order {
		if i == 20 { // blocks that wait for others survive a restart
			n.stop(t)
			n = d.run(t)
		}
		n.accept(t, blocks[k])
	}
	if n.Tip().Hash() != headers[39].Hash() {
		t.Errorf("the tip is at %d", n.Tip().Height())
	}
	info := n.Info(n.Tip())
	if info.ChainTransactions != 41 || info.Transactions != 1 || info.Status != ValidScripts|HaveData|HaveUndo {
		t.Errorf("%+v", info)
	}
	n.verify(t)
	n.stop(t)
}

// TestReorganise follows the events and coins of a reorganisation with spends,
// an invalidation, a reconsideration and a preference.
func TestReorganise(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	n.extend(t, 110, 0)
	fork := n.Tip()
	first, err := n.Block(t.Context(), n.ActiveAt(1))
	if err != nil {
		t.Fatal(err)
	}
	source := wire.OutPoint{Hash: first.Txs[0].ID()}
	value := first.Txs[0].Outputs[0].Value
	a1 := n.accept(t, mine(d.p, after(fork), 1, spend(source, value, 3)))
	before := n.coinSet(t)
	if _, ok := before[source]; ok {
		t.Error("a spent coin is there")
	}
	undo, err := n.Undo(t.Context(), a1)
	if err != nil || len(undo) != 1 || undo[0][0].Out.Value != value || undo[0][0].Height != 1 {
		t.Errorf("%+v, %v", undo, err)
	}
	var log []string
	cancel := n.Subscribe(func(e Event) {
		if n.Tip() == nil {
			t.Error("no tip")
		}
		name := map[wire.Hash]string{a1.Hash(): "a1", fork.Hash(): "fork"}[e.Index.Hash()]
		if name == "" {
			name = "b" + string(rune('0'+e.Index.Height()-fork.Height()))
		}
		switch e.Kind {
		case BlockConnected:
			log = append(log, "+"+name)
		case BlockDisconnected:
			log = append(log, "-"+name)
		case UpdatedTip:
			log = append(log, "="+name)
		}
	})
	defer cancel()
	expect := func(want ...string) {
		t.Helper()
		if d := cmp.Diff(want, log); d != "" {
			t.Error(d)
		}
		log = nil
	}
	b1 := n.accept(t, mine(d.p, after(fork), 2))
	expect()
	b2 := n.accept(t, mine(d.p, after(b1), 2))
	expect("-a1", "+b1", "+b2", "=b2")
	if _, ok := n.coinSet(t)[source]; !ok {
		t.Error("a coin is not back")
	}
	if err := n.Invalidate(t.Context(), b1); err != nil {
		t.Fatal(err)
	}
	// Back on the fork, before anything else is connected; then the other branch.
	expect("-b2", "-b1", "=fork", "+a1", "=a1")
	if d := cmp.Diff(before, n.coinSet(t)); d != "" {
		t.Error(d)
	}
	if s := n.Info(b2).Status; s&FailedChild == 0 || s&FailedValid != 0 {
		t.Errorf("status %b of a child", s)
	}
	n.stop(t)
	n = d.run(t)
	b1, b2, a1 = n.Lookup(b1.Hash()), n.Lookup(b2.Hash()), n.Lookup(a1.Hash())
	if n.Tip() != a1 || n.Info(b1).Status&FailedValid == 0 {
		t.Error("an invalidation did not outlast a restart")
	}
	if err := n.Reconsider(t.Context(), b2); err != nil || n.Tip() != b2 {
		t.Fatal(n.Tip().Height(), err)
	}
	a2 := n.accept(t, mine(d.p, after(a1), 1))
	if n.Tip() != b2 {
		t.Error("the second of two was preferred")
	}
	if err := n.Precious(t.Context(), a2); err != nil || n.Tip() != a2 {
		t.Error("the precious block is not the tip", err)
	}
	if err := n.Precious(t.Context(), b2); err != nil || n.Tip() != b2 {
		t.Error("the other precious block is not the tip", err)
	}
	n.verify(t)
	n.stop(t)
}

// TestBadReorganisation leads to a branch whose last block is invalid.
func TestBadReorganisation(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	defer n.stop(t)
	n.extend(t, 105, 0)
	good := n.Tip()
	set := n.coinSet(t)
	at := after(n.ActiveAt(103))
	for i := range 4 {
		var txs []*wire.Tx
		if i == 1 { // spends what is not there
			txs = append(txs, spend(wire.OutPoint{Hash: wire.Hash{1}}, 5, 1))
		}
		b := mine(d.p, at, 7, txs...)
		n.ProcessBlock(t.Context(), b, true)
		at = afterBlock(b, at.height+1)
	}
	if n.Tip() != good {
		t.Fatalf("the tip is %d", n.Tip().Height())
	}
	if d := cmp.Diff(set, n.coinSet(t)); d != "" {
		t.Error(d)
	}
	n.verify(t)
}

// TestScripts: a wrong script is found, with one thread by its name.
func TestScripts(t *testing.T) {
	for threads, want := range map[int]string{
		1: "mandatory-script-verify-flag-failed (Script evaluated without error but finished with a false/empty top stack element)",
		4: "block-validation-failed",
	} {
		d := newDisk(t, t.TempDir())
		d.change = func(o *Options) { o.Threads = threads }
		n := d.run(t)
		n.extend(t, 120, 0)
		var txs []*wire.Tx
		for h := 1; h <= 15; h++ {
			b, err := n.Block(t.Context(), n.ActiveAt(h))
			if err != nil {
				t.Fatal(err)
			}
			tx := spend(wire.OutPoint{Hash: b.Txs[0].ID()}, b.Txs[0].Outputs[0].Value, 1)
			if h == 8 {
				tx.Outputs[0].ScriptPubKey = []byte{byte(script.Op0)}
				txs = append(txs, tx)
				tx = spend(wire.OutPoint{Hash: tx.ID()}, tx.Outputs[0].Value, 1)
			}
			txs = append(txs, tx)
		}
		var checked error
		cancel := n.Subscribe(func(e Event) { checked = e.Err })
		b := mine(d.p, after(n.Tip()), 0, txs...)
		if err := n.TestBlock(t.Context(), b, consensus.AllChecks); refusal(err) == nil || refusal(err).Reject != want {
			t.Errorf("%d threads: %v", threads, err)
		}
		if _, err := n.ProcessBlock(t.Context(), b, true); err != nil {
			t.Error(err)
		}
		if e := refusal(checked); e == nil || e.Reject != want {
			t.Errorf("%d threads: %v", threads, checked)
		}
		cancel()
		n.stop(t)
	}
}

// TestUnverified: what this build cannot verify is not connected, not marked,
// and tried again after a restart.
func TestUnverified(t *testing.T) {
	d := newDisk(t, t.TempDir())
	real := d.rules
	d.rules = strict{real}
	n := d.run(t)
	n.extend(t, 3, 0)
	good := n.Tip()
	at := after(good)
	var last *Index
	for i := range 3 {
		b := mine(d.p, at, tagUnverified)
		last = n.accept(t, b)
		at = afterBlock(b, 4+i)
	}
	if n.Tip() != good || n.Info(last).Status&failedMask != 0 || n.Info(last.Parent().Parent()).Status&failedMask != 0 {
		t.Errorf("tip %d, status %b", n.Tip().Height(), n.Info(last).Status)
	}
	n.stop(t)
	d.rules = real
	n = d.run(t)
	if n.Tip().Hash() != last.Hash() {
		t.Error("a build that can verify does not")
	}
	n.stop(t)
}

const tagUnverified = 0x77

// strict cannot verify blocks with a certain tag.
type strict struct{ Rules }

func (s strict) Connect(b *wire.Block, x *Index, c Context) (Connection, error) {
	sig := b.Txs[0].Inputs[0].ScriptSig
	if sig[len(sig)-1] == tagUnverified {
		return nil, refuse(consensus.KindUnverified, consensus.Unverified)
	}
	return s.Rules.Connect(b, x, c)
}

// TestFlushAndLargeCache: a small cache is written while blocks are connected.
func TestSmallCache(t *testing.T) {
	d := newDisk(t, t.TempDir())
	d.change = func(o *Options) { o.CacheBytes, o.BatchBytes = 500, 100 }
	n := d.run(t)
	flushed := 0
	cancel := n.Subscribe(func(e Event) {
		if e.Kind == Flushed {
			flushed++
		}
	})
	n.extend(t, 50, 0)
	cancel()
	if flushed < 10 || n.coins.Bytes() > 2000 {
		t.Errorf("flushed %d times, %d bytes in the cache", flushed, n.coins.Bytes())
	}
	n.crash()
	n = d.run(t)
	if n.Tip().Height() != 50 || len(n.coinSet(t)) != 50 {
		t.Errorf("height %d after a crash", n.Tip().Height())
	}
	n.stop(t)
}
