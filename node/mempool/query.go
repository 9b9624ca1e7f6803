package mempool

import (
	"slices"

	"dashmp/node/wire"
)

// Has reports whether a transaction is in the pool.
func (p *Pool) Has(id wire.Hash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.entries[id] != nil
}

// Get returns a transaction of the pool, nil if it is not there. It must not be
// changed.
func (p *Pool) Get(id wire.Hash) *wire.Tx {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.entries[id]; e != nil {
		return e.tx
	}
	return nil
}

// Entry returns what the pool knows of a transaction; ok is false if it is not
// there.
func (p *Pool) Entry(id wire.Hash) (_ Entry, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[id]
	if e == nil {
		return Entry{}, false
	}
	return p.copyOf(e), true
}

// copyOf is an entry as others see it.
func (p *Pool) copyOf(e *entry) Entry {
	_, unbroadcast := p.unbroadcast[e.id]
	return Entry{
		Tx: e.tx, ID: e.id, Fee: e.fee, ModifiedFee: e.modified, Size: e.size, SigOps: e.sigOps, Time: e.time, Height: e.height,
		SpendsCoinbase: e.spendsCoinbase, Locks: e.locks, Ancestors: e.anc, Descendants: e.desc,
		Parents: ids(e.parents.byID()), Children: ids(e.children.byID()), Unbroadcast: unbroadcast,
	}
}

func ids(list []*entry) []wire.Hash {
	if len(list) == 0 {
		return nil
	}
	out := make([]wire.Hash, len(list))
	for i, e := range list {
		out[i] = e.id
	}
	return out
}

func (p *Pool) copies(list []*entry) []Entry {
	out := make([]Entry, len(list))
	for i, e := range list {
		out[i] = p.copyOf(e)
	}
	return out
}

// Info returns what relay needs of a transaction; ok is false if it is not there.
func (p *Pool) Info(id wire.Hash) (_ Info, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[id]
	if e == nil {
		return Info{}, false
	}
	return e.info(), true
}

func (e *entry) info() Info {
	return Info{
		Tx: e.tx, ID: e.id, Time: e.time, Fee: e.fee, FeeDelta: e.modified - e.fee, Size: e.size, Sequence: e.sequence,
	}
}

// InfoAll returns all, parents before children, then by fee rate (infoAll).
func (p *Pool) InfoAll() []Info {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.infoAll()
}

func (p *Pool) infoAll() []Info {
	list := p.announceOrder()
	out := make([]Info, len(list))
	for i, e := range list {
		out[i] = e.info()
	}
	return out
}

func (p *Pool) announceOrder() []*entry { return p.ordered(announceBefore) }

func (p *Pool) ordered(order func(a, b *entry) int) []*entry {
	list := make([]*entry, 0, len(p.entries))
	for _, e := range p.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, order)
	return list
}

// Before orders two transactions for announcing: parents first, then by fee
// rate; what is not in the pool any more comes first (CompareDepthAndScore).
func (p *Pool) Before(a, b wire.Hash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	x, y := p.entries[a], p.entries[b]
	switch {
	case y == nil:
		return false
	case x == nil:
		return true
	}
	return announceBefore(x, y) < 0
}

// ForMining is the pool in the order in which blocks take from it: by the fee
// rate with ancestors, the best first, of equal ones by id (ancestor_score).
func (p *Pool) ForMining() Snapshot { return p.snapshot(mineBefore) }

// Snapshot is the pool in the order of InfoAll.
func (p *Pool) Snapshot() Snapshot { return p.snapshot(announceBefore) }

func (p *Pool) snapshot(order func(a, b *entry) int) Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Snapshot{Tip: p.tip, Sequence: p.sequence, Entries: p.copies(p.ordered(order))}
}

// Family returns the ancestors of a transaction in the pool, or its descendants,
// without itself, ordered by id; ok is false if it is not there.
func (p *Pool) Family(id wire.Hash, descendants bool) (list []Entry, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[id]
	if e == nil {
		return nil, false
	}
	found := p.ancestors(e)
	if descendants {
		found = p.descendants(e)
		delete(found, e)
	}
	return p.copies(found.byID()), true
}

// Ancestry returns how many ancestors a transaction has, and how many
// descendants that of its ancestors has which has most, itself included; 0 if it
// is not there (GetTransactionAncestry).
func (p *Pool) Ancestry(id wire.Hash) (ancestors, descendants int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[id]
	if e == nil {
		return 0, 0
	}
	for a := range p.ancestors(e) {
		if len(a.parents) == 0 {
			descendants = max(descendants, a.desc.Count)
		}
	}
	if len(e.parents) == 0 {
		descendants = e.desc.Count
	}
	return e.anc.Count, descendants
}

// Spender returns the id of the entry that spends an output; ok is false if none
// does (GetConflictTx).
func (p *Pool) Spender(o wire.OutPoint) (id wire.Hash, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.spends[o]; e != nil {
		return e.id, true
	}
	return wire.Hash{}, false
}

// Prioritise adds to the fee by which a transaction is mined, which need not be
// here yet; delta is in duffs and may be negative (PrioritiseTransaction).
func (p *Pool) Prioritise(id wire.Hash, delta int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.addDelta(id, delta) {
		p.updates++
	}
	p.memory.Store(p.usage())
	p.debug("PrioritiseTransaction: %v fee += %s", id, money(delta))
}

// AddUnbroadcast marks a transaction of the pool as not yet asked for by a peer.
func (p *Pool) AddUnbroadcast(id wire.Hash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries[id] != nil {
		p.unbroadcast[id] = struct{}{}
	}
}

// RemoveUnbroadcast takes the mark off: a peer asked for it.
func (p *Pool) RemoveUnbroadcast(id wire.Hash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.unbroadcast[id]; ok {
		p.debug("Removed %v from set of unbroadcast txns", id)
		delete(p.unbroadcast, id)
	}
}

// Unbroadcast returns the transactions with the mark, by id.
func (p *Pool) Unbroadcast() []wire.Hash {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unbroadcastIDs()
}

func (p *Pool) unbroadcastIDs() []wire.Hash {
	out := make([]wire.Hash, 0, len(p.unbroadcast))
	for id := range p.unbroadcast {
		out = append(out, id)
	}
	slices.SortFunc(out, wire.Hash.Compare)
	return out
}

// Status returns the figures of getmempoolinfo.
func (p *Pool) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Status{
		Loaded: p.loaded, Count: len(p.entries), Bytes: p.size, Usage: p.usage(), TotalFee: p.fees, MaxUsage: p.o.Limits.MaxUsage,
		MinFeeRate: max(p.minFeeRate(), p.o.Policy.MinRelayFee), MinRelayFeeRate: p.o.Policy.MinRelayFee,
		Unbroadcast: len(p.unbroadcast),
	}
}

// MinFeeRate is the lowest fee rate that enters, in duffs per 1000 bytes: what a
// fee filter tells peers (BIP 133) is the higher of it and -minrelaytxfee.
func (p *Pool) MinFeeRate() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.minFeeRate()
}

// Updates counts changes that matter to block templates (GetTransactionsUpdated).
func (p *Pool) Updates() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.updates
}

// Loaded reports whether what was saved has been loaded, or need not be.
func (p *Pool) Loaded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.loaded
}

// SetLoaded says that what was saved has been loaded, or will not be.
func (p *Pool) SetLoaded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loaded = true
}

// Spare is what of MaxUsage is not used, in bytes. It takes no lock and may be
// called under the chain's.
func (p *Pool) Spare() int64 { return max(p.o.Limits.MaxUsage-p.memory.Load(), 0) }
