package mempool_test

import (
	"testing"

	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/wire"

	"pgregory.net/rapid"
)

// machine does at random what peers, miners and operators do, and checks the
// pool after each step.
type machine struct {
	t     testing.TB
	f     *fixture
	coins []coin // that some transaction or block made; some are spent
	seen  []*wire.Tx
}

func (m *machine) pick(r *rapid.T) coin {
	// Young ones are more often unspent.
	i := rapid.IntRange(0, min(len(m.coins), 40)-1).Draw(r, "coin")
	return m.coins[len(m.coins)-1-i]
}

// spend offers a transaction; conflicts and orphans are among them.
func (m *machine) spend(r *rapid.T) {
	var from []coin
	for range rapid.IntRange(1, 3).Draw(r, "inputs") {
		from = append(from, m.pick(r))
	}
	outs := rapid.IntRange(1, 4).Draw(r, "outputs")
	fee := rapid.SampledFrom([]int64{0, 300, 500, 1000, 1000, 5000, 50_000}).Draw(r, "fee")
	tx := spend(fee, outs, from...)
	if tx.Outputs[0].Value < 1000 {
		return
	}
	if rapid.IntRange(0, 5).Draw(r, "lock") == 0 {
		tx.LockTime, tx.Inputs[0].Sequence = uint32(m.f.chain.Tip().Height()-rapid.IntRange(0, 2).Draw(r, "ago")), 1
	}
	res, err := m.f.Accept(m.t.Context(), tx, mempool.How{Test: rapid.IntRange(0, 9).Draw(r, "test") == 0})
	if err != nil {
		r.Fatal(err)
	}
	if res.Err == nil && m.f.Has(res.ID) {
		m.coins, m.seen = append(m.coins, outputs(tx)...), append(m.seen, tx)
	}
}

// again offers what was there before.
func (m *machine) again(r *rapid.T) {
	if len(m.seen) == 0 {
		return
	}
	tx := rapid.SampledFrom(m.seen).Draw(r, "tx")
	if _, err := m.f.Accept(m.t.Context(), tx, mempool.How{}); err != nil {
		r.Fatal(err)
	}
}

// pack offers a parent that pays nothing and a child that pays for both.
func (m *machine) pack(r *rapid.T) {
	parent := spend(0, 2, m.pick(r))
	child := spend(rapid.SampledFrom([]int64{0, 400, 10_000}).Draw(r, "fee"), 1, outputs(parent)...)
	if child.Outputs[0].Value < 1000 {
		return
	}
	if _, err := m.f.AcceptPackage(m.t.Context(), []*wire.Tx{parent, child}); err != nil {
		r.Fatal(err)
	}
	if m.f.Has(child.ID()) {
		m.coins = append(m.coins, outputs(child)...)
	}
}

func (m *machine) prioritise(r *rapid.T) {
	if len(m.seen) == 0 {
		return
	}
	m.f.Prioritise(rapid.SampledFrom(m.seen).Draw(r, "tx").ID(), rapid.Int64Range(-3000, 3000).Draw(r, "delta"))
}

func (m *machine) mine(r *rapid.T) {
	m.coins = append(m.coins, m.f.mine(m.t, rapid.IntRange(1, 3).Draw(r, "blocks"))...)
	// They are too young; an old one instead, which may be spent already.
	m.coins[len(m.coins)-1], m.coins[0] = m.coins[0], m.coins[len(m.coins)-1]
}

// mineSome mines what is in the pool and one that conflicts with it.
func (m *machine) mineSome(r *rapid.T) {
	c := m.pick(r)
	tx := spend(7777, 1, c)
	if m.f.Has(tx.ID()) || tx.Outputs[0].Value < 1000 {
		return
	}
	m.f.clock(m.f.time().Unix() + 30)
	if _, err := m.f.miner.GenerateWith(m.t.Context(), anyone(), []*wire.Tx{tx}); err == nil {
		m.coins = append(m.coins, outputs(tx)...)
	}
}

func (m *machine) invalidate(r *rapid.T) {
	tip := m.f.chain.Tip().Height()
	x := m.f.chain.ActiveAt(tip - rapid.IntRange(0, 4).Draw(r, "depth"))
	if x.Height() < consensus.CoinbaseMaturity+20 {
		return
	}
	if err := m.f.chain.Invalidate(m.t.Context(), x); err != nil {
		r.Fatal(err)
	}
	if rapid.Bool().Draw(r, "reconsider") {
		m.mine(r) // another branch
		if err := m.f.chain.Reconsider(m.t.Context(), x); err != nil {
			r.Fatal(err)
		}
	}
}

func (m *machine) wait(r *rapid.T) {
	m.f.clock(m.f.time().Unix() + rapid.Int64Range(1, 4000).Draw(r, "seconds"))
}

// TestMachine lets families of transactions grow, be mined, evicted and put
// back. The pool's own check runs after each step; what it verifies is in
// doc.go. In the end all that is left can be mined.
func TestMachine(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := newFixture(t, func(s *settings) {
			s.pool.Limits.MaxUsage, s.pool.Limits.Expiry = 40_000, 20_000
			s.pool.Limits.AncestorCount, s.pool.Limits.DescendantCount = 6, 7
		})
		m := &machine{t: t, f: f, coins: f.funds(t, 25)}
		r.Repeat(map[string]func(*rapid.T){
			"spend": m.spend, "spend more": m.spend, "spend much": m.spend, "again": m.again,
			"package": m.pack, "prioritise": m.prioritise, "mine": m.mine, "mine some": m.mineSome,
			"invalidate": m.invalidate, "wait": m.wait,
			"": func(r *rapid.T) {
				if err := f.Verify(); err != nil {
					r.Fatal(err)
				}
				if s := f.Status(); s.Usage > s.MaxUsage {
					r.Fatalf("%d bytes are used", s.Usage)
				}
			},
		})
		for i := 0; f.Status().Count > 0; i++ {
			if i > 3 {
				r.Fatalf("%d are left after %d blocks", f.Status().Count, i)
			}
			for _, e := range f.Snapshot().Entries {
				f.Prioritise(e.ID, 100_000)
			}
			f.mine(t, 1)
		}
	})
}
