package chain

import (
	"maps"
	"os"
	"slices"
	"testing"

	"dashmp/node/arith"
	"dashmp/node/blockfile"
	"dashmp/node/coins"
	"dashmp/node/wire"

	"pgregory.net/rapid"
)

// modelBlock is a block in a model that has no cache, no undo data and no
// order of steps: each block has its whole set of coins.
type modelBlock struct {
	b      *wire.Block
	parent *modelBlock
	height int
	// coins is what is unspent after it; nil if the block is invalid.
	coins map[wire.OutPoint]int64
	// here: the node has taken it. refused: an operator said it is invalid.
	here, refused bool
}

func (m *modelBlock) hash() wire.Hash { return m.b.Header.Hash() }

// usable reports whether the chain up to m may be active.
func (m *modelBlock) usable() bool {
	for ; m != nil; m = m.parent {
		if !m.here || m.refused || m.coins == nil {
			return false
		}
	}
	return true
}

// permitted reports whether a block after m must be taken.
func (m *modelBlock) permitted() bool {
	for ; m != nil; m = m.parent {
		if m.refused || m.coins == nil {
			return false
		}
	}
	return true
}

// world is the model and the node beside it.
type world struct {
	t      *rapid.T
	d      *disk
	n      *node
	blocks []*modelBlock
	names  map[wire.OutPoint]bool
	// young coins are not spent: coinbases that need not be mature.
	young map[wire.OutPoint]bool
	tag   byte
	tip   *modelBlock
	// moved: an operator may have changed the preference among equals.
	moved bool
	heard []wire.Hash
}

func (w *world) listen() {
	w.heard = lineage(w.n.Tip())
	w.n.Subscribe(func(e Event) {
		switch e.Kind {
		case BlockConnected:
			if e.Block.Header.PrevBlock != w.heard[len(w.heard)-1] {
				w.t.Fatalf("block %s does not follow what was heard", e.Index.Hash())
			}
			w.heard = append(w.heard, e.Index.Hash())
		case BlockDisconnected:
			if w.heard[len(w.heard)-1] != e.Index.Hash() {
				w.t.Fatalf("block %s was not the tip", e.Index.Hash())
			}
			w.heard = w.heard[:len(w.heard)-1]
		}
	})
}

// add makes a model block with transactions on a parent.
func (w *world) add(parent *modelBlock, b *wire.Block) *modelBlock {
	m := &modelBlock{b: b, parent: parent, height: parent.height + 1}
	if parent.coins != nil {
		m.coins = maps.Clone(parent.coins)
	}
	for i, tx := range b.Txs {
		if m.coins == nil {
			break
		}
		for _, in := range tx.Inputs {
			if i == 0 {
				break
			}
			if _, ok := m.coins[in.PrevOut]; !ok {
				m.coins = nil
				break
			}
			delete(m.coins, in.PrevOut)
		}
		id := tx.ID()
		for j, out := range tx.Outputs {
			o := wire.OutPoint{Hash: id, Index: uint32(j)}
			w.names[o] = true
			if m.coins != nil {
				m.coins[o] = out.Value
			}
		}
	}
	w.blocks = append(w.blocks, m)
	return m
}

// pick draws an element by its number, which prints shorter.
func pick[T any](t *rapid.T, list []T, what string) T {
	return list[rapid.IntRange(0, len(list)-1).Draw(t, what)]
}

// mature is the height where branches begin: the lowest new block, twelve below
// it, may spend the coinbases up to oldest.
const (
	mature = 120
	oldest = mature - 12 - 100
)

func (w *world) mine(t *rapid.T) {
	parent := pick(t, w.blocks[max(0, len(w.blocks)-12):], "parent")
	w.tag++
	var txs []*wire.Tx
	from := parent
	for from.coins == nil {
		from = from.parent
	}
	var spendable []wire.OutPoint
	for o := range from.coins {
		spendable = append(spendable, o)
	}
	slices.SortFunc(spendable, func(a, b wire.OutPoint) int { return a.Hash.Compare(b.Hash)*2 + int(a.Index) - int(b.Index) })
	used := map[wire.OutPoint]bool{}
	for range rapid.IntRange(0, 3).Draw(t, "transactions") {
		o := pick(t, spendable, "coin")
		if used[o] || w.young[o] {
			continue
		}
		used[o] = true
		txs = append(txs, spend(o, from.coins[o], rapid.IntRange(1, 3).Draw(t, "outputs")))
	}
	if rapid.IntRange(0, 7).Draw(t, "bad") == 0 {
		txs = append(txs, spend(wire.OutPoint{Hash: wire.Hash{w.tag}, Index: 7}, 100, 1))
	}
	b := mine(w.d.p, afterBlock(parent.b, parent.height), w.tag, txs...)
	m := w.add(parent, b)
	w.young[wire.OutPoint{Hash: b.Txs[0].ID()}] = true
	switch rapid.IntRange(0, 5).Draw(t, "how") {
	case 0: // later
	case 1:
		w.n.ProcessHeaders(t.Context(), []wire.Header{b.Header})
	default:
		w.deliver(t, m)
	}
}

// deliver hands a block over, after the headers of its ancestors.
func (w *world) deliver(t *rapid.T, m *modelBlock) {
	var path []wire.Header
	for p := m.parent; p != nil && w.n.Lookup(p.hash()) == nil; p = p.parent {
		path = append([]wire.Header{p.b.Header}, path...)
	}
	if _, err := w.n.ProcessHeaders(t.Context(), path); err != nil && m.permitted() {
		t.Fatalf("headers: %v", err)
	}
	permitted := m.parent.permitted()
	_, err := w.n.ProcessBlock(t.Context(), m.b, true)
	if err != nil && permitted && !m.refused && !(m.coins == nil && refusal(err) != nil && refusal(err).Reject == "duplicate") {
		t.Fatalf("block at %d: %v", m.height, err)
	}
	if permitted && err == nil {
		m.here = true
	}
}

// restart ends the node, in order or not, and starts it again.
func (w *world) restart(t *rapid.T, orderly bool) {
	if orderly {
		if err := w.n.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.n.crash()
	n, err := w.d.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.n, w.moved = n, !orderly
	w.listen()
}

// check compares the node with the model.
func (w *world) check(t *rapid.T) {
	var most arith.Uint256
	var tip *modelBlock
	hash := w.n.Tip().Hash()
	for _, m := range w.blocks {
		x := w.n.Lookup(m.hash())
		if m.here && (x == nil || w.n.Info(x).Status&HaveData == 0) {
			t.Fatalf("the block at %d, %s, is gone", m.height, m.hash())
		}
		if m.hash() == hash {
			tip = m
		}
		// A block on a bad branch may have been taken before it was known, and
		// be forgotten by a crash.
		if x != nil && w.n.Info(x).Status&HaveData != 0 && m.parent.permitted() {
			m.here = true
		}
		if m.usable() && x.Work().Cmp(most) > 0 {
			most = x.Work()
		}
	}
	if tip == nil || !tip.usable() {
		t.Fatalf("the tip %s cannot be one", hash)
	}
	if got := w.n.Tip().Work(); got != most {
		t.Fatalf("the tip has height %d, work %s; there is a chain with %s", tip.height, got, most)
	}
	if w.tip != nil && tip != w.tip && !w.moved && w.tip.usable() && w.n.Lookup(w.tip.hash()).Work() == most {
		t.Fatalf("the tip moved from %s to %s with the same work", w.tip.hash(), hash)
	}
	w.tip, w.moved = tip, false
	if got := lineage(w.n.Tip()); !slices.Equal(got, w.heard) {
		t.Fatalf("subscribers heard of a chain of %d blocks, it has %d", len(w.heard), len(got))
	}
	w.n.With(func(_ *Index, v coins.View) error {
		for o := range w.names {
			c, ok, err := v.Coin(o)
			want, exists := tip.coins[o]
			if err != nil || ok != exists || ok && c.Out.Value != want {
				t.Fatalf("coin %s:%d: %v, %v, %v; want %v, %v", o.Hash, o.Index, c.Out.Value, ok, err, want, exists)
			}
		}
		return nil
	})
}

func (w *world) known(t *rapid.T) (*modelBlock, *Index) {
	m := pick(t, w.blocks[mature:], "block")
	x := w.n.Lookup(m.hash())
	if x == nil {
		t.Skip()
	}
	return m, x
}

// TestAgainstModel does everything that can happen to a chain, in any order,
// and compares tip, coins and events with a model after each step.
func TestAgainstModel(t *testing.T) {
	root := t.TempDir()
	base := newDisk(t, root)
	var chain []*wire.Block
	for at := (parentOf{base.p.GenesisHash, 0, base.p.Genesis.Header.Time, base.p.Genesis.Header.Bits}); len(chain) < mature; {
		chain = append(chain, mine(base.p, at, 0))
		at = afterBlock(chain[len(chain)-1], len(chain))
	}
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(root, "run")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := newWorld(rt, diskOf(dir, base.p), chain)
		defer func() { w.n.crash() }()
		rt.Repeat(w.actions())
		if err := w.n.Verify(rt.Context(), 4, 0); err != nil {
			rt.Fatal(err)
		}
	})
}

func newWorld(rt *rapid.T, d *disk, chain []*wire.Block) *world {
	small := rapid.Bool().Draw(rt, "small cache")
	d.change = func(o *Options) {
		o.Sizes = blockfile.Sizes{File: 4000, BlockChunk: 512, UndoChunk: 512}
		if small {
			o.CacheBytes, o.BatchBytes = 30_000, 1000
		}
	}
	n, err := d.start(rt.Context())
	if err != nil {
		rt.Fatal(err)
	}
	w := &world{t: rt, d: d, n: n, names: map[wire.OutPoint]bool{}, young: map[wire.OutPoint]bool{}}
	w.listen()
	parent := &modelBlock{b: d.p.Genesis, coins: map[wire.OutPoint]int64{}, here: true}
	w.blocks = append(w.blocks, parent)
	for i, b := range chain {
		parent = w.add(parent, b)
		w.deliver(rt, parent)
		w.young[wire.OutPoint{Hash: b.Txs[0].ID()}] = i+1 > oldest
	}
	return w
}

func (w *world) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"mine":  w.mine,
		"mine2": w.mine,
		"deliver": func(t *rapid.T) {
			var held []*modelBlock
			for _, m := range w.blocks {
				if !m.here {
					held = append(held, m)
				}
			}
			if len(held) == 0 {
				t.Skip()
			}
			w.deliver(t, pick(t, held, "held"))
		},
		"invalidate": func(t *rapid.T) {
			m, x := w.known(t)
			if err := w.n.Invalidate(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			m.refused, w.moved = true, true
		},
		"reconsider": func(t *rapid.T) {
			m, x := w.known(t)
			if !m.refused || !m.parent.permitted() {
				t.Skip()
			}
			if err := w.n.Reconsider(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			for _, c := range w.blocks {
				for p := c; p != nil; p = p.parent {
					if p == m {
						c.refused = false
					}
				}
			}
			w.moved = true
		},
		"precious": func(t *rapid.T) {
			m, x := w.known(t)
			if err := w.n.Precious(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			if x.Work() == w.n.Tip().Work() && m.usable() && w.n.Tip() != x {
				t.Fatal("a precious block is not the tip")
			}
			w.moved = true
		},
		"flush": func(t *rapid.T) {
			mode := rapid.SampledFrom([]FlushMode{FlushIndex, FlushAlways, FlushPeriodic}).Draw(t, "mode")
			if err := w.n.Flush(mode); err != nil {
				t.Fatal(err)
			}
		},
		"restart": func(t *rapid.T) { w.restart(t, true) },
		"crash":   func(t *rapid.T) { w.restart(t, false) },
		"":        w.check,
	}
}

// TestReconsiderAhead: what was invalidated on the tip comes back, what was
// beside it does not.
func TestReconsiderAhead(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	n.extend(t, 6, 1)
	tip, third := n.Tip(), n.ActiveAt(3)
	if err := n.Invalidate(t.Context(), third); err != nil || n.Tip().Height() != 2 {
		t.Fatal(n.Tip().Height(), err)
	}
	n.stop(t)
	n = d.run(t)
	if n.Tip().Height() != 2 {
		t.Fatalf("a restart alone brings it back: %d", n.Tip().Height())
	}
	if err := n.ReconsiderAhead(); err != nil {
		t.Fatal(err)
	}
	if err := n.Activate(t.Context()); err != nil || n.Tip().Hash() != tip.Hash() {
		t.Errorf("the tip is at %d, %v", n.Tip().Height(), err)
	}
	if err := n.Invalidate(t.Context(), n.ActiveAt(3)); err != nil {
		t.Fatal(err)
	}
	n.extend(t, 2, 9)
	if err := n.ReconsiderAhead(); err != nil || n.Info(n.Lookup(tip.Hash())).Status&failedMask == 0 {
		t.Errorf("what is beside the tip is forgiven: %v", err)
	}
	n.stop(t)
}
