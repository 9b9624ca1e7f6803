package mempool

import (
	"slices"

	"dashmp/node/wire"
)

// graph is the entries and how they depend on each other. It belongs to the
// pool's lock.
type graph struct {
	entries map[wire.Hash]*entry
	// spends are the outputs that entries spend (mapNextTx).
	spends map[wire.OutPoint]*entry
	// deltas are what operators added to fees, of transactions not yet here too.
	deltas   map[wire.Hash]int64
	eviction index // by evictBefore
	age      index // by time
	hashes   hashList

	inserted   uint64 // entries that ever were
	size, fees int64  // sums of entry.size and entry.fee
	inner      int64  // memory of entries and links
}

func newGraph() graph {
	return graph{
		entries: map[wire.Hash]*entry{}, spends: map[wire.OutPoint]*entry{}, deltas: map[wire.Hash]int64{},
		eviction: index{less: evictBefore, slot: func(e *entry) *int { return &e.byScore }},
		age: index{
			less: func(a, b *entry) bool { return a.time < b.time },
			slot: func(e *entry) *int { return &e.byTime },
		},
	}
}

// usage is an estimate of the memory used (DynamicMemoryUsage).
func (g *graph) usage() int64 {
	n := int64(len(g.entries))
	return alloc(sizeEntry)*n + alloc(sizeSpendNode)*int64(len(g.spends)) + alloc(sizeDeltaNode)*int64(len(g.deltas)) +
		alloc(g.hashes.capacity*sizeHashEntry) + g.inner
}

// insert adds an entry below its ancestors. That it has no descendants is
// assumed; adopt makes good for one that does (addUnchecked).
func (g *graph) insert(e *entry, ancestors set) {
	e.begin()
	g.inserted++
	e.order = g.inserted
	if d := g.deltas[e.id]; d != 0 {
		e.addFee(d)
	}
	g.entries[e.id] = e
	g.inner += e.usage
	for i := range e.tx.Inputs {
		g.spends[e.tx.Inputs[i].PrevOut] = e
		if parent := g.entries[e.tx.Inputs[i].PrevOut.Hash]; parent != nil {
			g.link(parent, e)
		}
	}
	for a := range ancestors {
		a.desc.add(Sums{Count: 1, Size: int64(e.size), Fees: e.modified}, 1)
		g.eviction.fix(a)
		e.anc.add(a.own(), 1)
	}
	g.eviction.add(e)
	g.age.add(e)
	g.hashes.grow()
	g.size += int64(e.size)
	g.fees += e.fee
}

func (g *graph) link(parent, child *entry) {
	if !parent.children.has(child) {
		parent.children[child] = struct{}{}
		g.inner += alloc(sizeLinkNode)
	}
	if !child.parents.has(parent) {
		child.parents[parent] = struct{}{}
		g.inner += alloc(sizeLinkNode)
	}
}

// forget removes one entry whose links were cut (removeUnchecked).
func (g *graph) forget(e *entry) {
	for i := range e.tx.Inputs {
		delete(g.spends, e.tx.Inputs[i].PrevOut)
	}
	g.hashes.shrink()
	g.size -= int64(e.size)
	g.fees -= e.fee
	g.inner -= e.usage + alloc(sizeLinkNode)*int64(len(e.parents)+len(e.children))
	g.eviction.remove(e)
	g.age.remove(e)
	delete(g.entries, e.id)
}

// cut takes entries out of the sums and links of those that stay. If they were
// mined their descendants stay and have fewer ancestors; else their descendants
// are among them (UpdateForRemoveFromMempool).
func (g *graph) cut(list []*entry, mined bool) {
	if mined {
		for _, e := range list {
			for d := range g.descendants(e) {
				if d != e {
					d.anc.add(e.own(), -1)
				}
			}
		}
	}
	for _, e := range list {
		// By links, not by inputs: in the middle of a reorganisation an entry that
		// came back is not yet linked to its children.
		for a := range g.ancestors(e) {
			a.desc.add(Sums{Count: 1, Size: int64(e.size), Fees: e.modified}, -1)
			g.eviction.fix(a)
		}
		for parent := range e.parents {
			delete(parent.children, e)
			g.inner -= alloc(sizeLinkNode)
		}
	}
	for _, e := range list {
		for child := range e.children {
			delete(child.parents, e)
			g.inner -= alloc(sizeLinkNode)
		}
	}
}

// ancestors are all that e depends on, by links.
func (g *graph) ancestors(e *entry) set {
	found, stage := set{}, []*entry{e}
	for len(stage) > 0 {
		last := stage[len(stage)-1]
		stage = stage[:len(stage)-1]
		for p := range last.parents {
			if !found.has(p) {
				found[p] = struct{}{}
				stage = append(stage, p)
			}
		}
	}
	return found
}

// descendants are e and all that depends on it (CalculateDescendants).
func (g *graph) descendants(list ...*entry) set {
	found, stage := set{}, slices.Clone(list)
	for _, e := range list {
		found[e] = struct{}{}
	}
	for len(stage) > 0 {
		last := stage[len(stage)-1]
		stage = stage[:len(stage)-1]
		for c := range last.children {
			if !found.has(c) {
				found[c] = struct{}{}
				stage = append(stage, c)
			}
		}
	}
	return found
}

// byID are the members of a set in the order in which Dash Core walks it.
func (s set) byID() []*entry {
	list := make([]*entry, 0, len(s))
	for e := range s {
		list = append(list, e)
	}
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b *entry) int { return a.id.Compare(b.id) })
	}
	return list
}

// spenders are the entries that spend outputs of a transaction, each once, in
// the order of the outputs.
func (g *graph) spenders(tx *wire.Tx, id wire.Hash) (list []*entry) {
	for i := range tx.Outputs {
		if e := g.spends[wire.OutPoint{Hash: id, Index: uint32(i)}]; e != nil && !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// adopt links entries that came back from blocks, parents first, to their
// children that were here, and returns those which now have too many or too
// large ancestors (UpdateTransactionsFromBlock).
func (g *graph) adopt(back []*entry, limits Limits) (excess []*entry) {
	came := set{}
	for _, e := range back {
		came[e] = struct{}{}
	}
	over := set{}
	for _, e := range slices.Backward(back) {
		for _, child := range g.spenders(e.tx, e.id) {
			if !came.has(child) { // else insert did it
				g.link(e, child)
			}
		}
		for d := range g.descendants(e) {
			if came.has(d) {
				continue
			}
			e.desc.add(Sums{Count: 1, Size: int64(d.size), Fees: d.modified}, 1)
			d.anc.add(e.own(), 1)
			if d.anc.Count > limits.AncestorCount || d.anc.Size > limits.AncestorSize {
				over[d] = struct{}{}
			}
		}
		g.eviction.fix(e)
	}
	return over.byID()
}

// addDelta changes the fee of a transaction as an operator wishes
// (PrioritiseTransaction).
func (g *graph) addDelta(id wire.Hash, delta int64) (here bool) {
	g.deltas[id] = saturate(g.deltas[id], delta)
	e := g.entries[id]
	if e == nil {
		return false
	}
	e.addFee(delta)
	g.eviction.fix(e)
	for a := range g.ancestors(e) {
		a.desc.Fees = saturate(a.desc.Fees, delta)
		g.eviction.fix(a)
	}
	for d := range g.descendants(e) {
		if d != e {
			d.anc.Fees = saturate(d.anc.Fees, delta)
		}
	}
	return true
}
