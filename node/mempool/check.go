package mempool

import (
	"fmt"
	"slices"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/wire"
)

// checkSometimes checks the pool as often as -checkmempool says. A failure is a
// broken invariant of the pool.
func (p *Pool) checkSometimes() error {
	if !p.dice() {
		return nil
	}
	err := p.verify()
	if _, broken := err.(*inconsistency); broken {
		panic(err)
	}
	return err
}

// inconsistency is a broken invariant.
type inconsistency struct{ text string }

func (e *inconsistency) Error() string { return "mempool: " + e.text }

func broken(format string, args ...any) error { return &inconsistency{fmt.Sprintf(format, args...)} }

// verify verifies the package's invariants with the lock held
// (CTxMemPool::check).
func (p *Pool) verify() error {
	p.debug("Checking mempool with %d transactions and %d inputs", len(p.entries), len(p.spends))
	var size, fees, inner int64
	inputs := 0
	for _, e := range p.entries {
		size, fees = size+int64(e.size), fees+e.fee
		inner += e.usage + alloc(sizeLinkNode)*int64(len(e.parents)+len(e.children))
		inputs += len(e.tx.Inputs)
		if err := p.checkEntry(e); err != nil {
			return err
		}
	}
	switch {
	case inputs != len(p.spends):
		return broken("%d outputs are spent by %d inputs", len(p.spends), inputs)
	case size != p.size || fees != p.fees || inner != p.inner:
		return broken("sums are %d, %d, %d, not %d, %d, %d", p.size, p.fees, p.inner, size, fees, inner)
	case len(p.eviction.list) != len(p.entries) || len(p.age.list) != len(p.entries) || p.hashes.length != len(p.entries):
		return broken("an index has another length than %d", len(p.entries))
	}
	if err := p.checkHeaps(); err != nil {
		return err
	}
	return p.checkCoins()
}

func (p *Pool) checkHeaps() error {
	for _, x := range []*index{&p.eviction, &p.age} {
		for i, e := range x.list {
			if *x.slot(e) != i || i > 0 && x.less(e, x.list[(i-1)/2]) {
				return broken("a heap is out of order at %s", e.id)
			}
		}
	}
	return nil
}

// checkEntry verifies an entry's links and sums.
func (p *Pool) checkEntry(e *entry) error {
	parents := set{}
	for i := range e.tx.Inputs {
		out := e.tx.Inputs[i].PrevOut
		if p.spends[out] != e {
			return broken("%s does not own what it spends", e.id)
		}
		if parent := p.entries[out.Hash]; parent != nil {
			parents[parent] = struct{}{}
		}
	}
	children := set{}
	for _, c := range p.spenders(e.tx, e.id) {
		children[c] = struct{}{}
	}
	if !same(parents, e.parents) || !same(children, e.children) {
		return broken("%s has the wrong parents or children", e.id)
	}
	anc := e.own()
	for a := range p.ancestors(e) {
		anc.add(a.own(), 1)
	}
	desc := Sums{}
	for d := range p.descendants(e) {
		desc.add(Sums{Count: 1, Size: int64(d.size), Fees: d.modified}, 1)
	}
	if anc != e.anc || desc != e.desc {
		return broken("%s has sums %+v and %+v, not %+v and %+v", e.id, e.anc, e.desc, anc, desc)
	}
	return nil
}

func same(a, b set) bool {
	for e := range a {
		if !b.has(e) {
			return false
		}
	}
	return len(a) == len(b)
}

// checkCoins verifies that all could be mined, one after the other.
func (p *Pool) checkCoins() error {
	list := p.announceOrder()
	if !slices.IsSortedFunc(list, func(a, b *entry) int { return a.anc.Count - b.anc.Count }) {
		return broken("entries are not ordered by ancestors")
	}
	return p.o.Chain.With(func(tip *chain.Index, view coins.View) error {
		if tip != p.tip {
			return nil // the chain moved; the next check will do
		}
		made := map[wire.OutPoint]bool{}
		for _, e := range list {
			var spent []consensus.Coin
			for i := range e.tx.Inputs {
				out := e.tx.Inputs[i].PrevOut
				c, ok, err := p.coin(out, nil, view)
				if err != nil {
					return err
				}
				if _, here := p.entries[out.Hash]; !ok || here && !made[out] {
					return broken("%s spends %v, which is not there", e.id, out)
				}
				spent = append(spent, c)
			}
			if _, err := consensus.CheckTxInputs(e.tx, spent, tip.Height()+1); err != nil {
				return broken("%s may not be mined: %v", e.id, err)
			}
			for i := range e.tx.Outputs {
				made[wire.OutPoint{Hash: e.id, Index: uint32(i)}] = true
			}
		}
		return nil
	})
}
