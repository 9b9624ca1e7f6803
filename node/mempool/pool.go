package mempool

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/mempool/fees"
	"dashmp/node/mempool/policy"
	"dashmp/node/wire"
)

// Options are what a Pool works with.
type Options struct {
	Chain *chain.Manager
	Rules *consensus.Rules
	// Scripts remembers what verified; nil means nothing is remembered.
	Scripts *chain.ScriptCache
	Policy  policy.Policy
	Limits  Limits
	// Fees learns from what is mined; nil means nobody does.
	Fees *fees.Estimator
	// CheckEvery: on average every so many changes the pool checks itself
	// (-checkmempool); 0 means never.
	CheckEvery int
	// Now is the node's clock, which follows mock time.
	Now func() time.Time
	Log *slog.Logger
}

// Pool is the mempool. New makes one.
type Pool struct {
	o      Options
	events events
	cancel func()

	// memory is graph.usage, for those who hold the chain's lock.
	memory atomic.Int64
	relay  atomic.Pointer[func(wire.Hash)]

	mu sync.Mutex // guards what follows; taken before the chain's
	graph
	tip *chain.Index
	// moved is closed and replaced when the pool followed the chain.
	moved chan struct{}
	// stale: blocks were disconnected, and what was in them waits in pending.
	stale   bool
	pending pending
	// failed ends all judging: the pool was closed, or could not follow the chain.
	failed error
	// left counts blocks that were disconnected one by one, without others in
	// their place: an invalidation.
	left int

	loaded      bool
	unbroadcast map[wire.Hash]struct{}
	// sequence is the number of the next change (mempool_sequence).
	sequence uint64
	updates  uint64

	rolling rollingFee
}

// New makes an empty pool at the chain's tip, which follows it from then on.
// The chain must not move before New returns.
func New(o Options) *Pool {
	p := &Pool{
		o: o, graph: newGraph(), moved: make(chan struct{}), unbroadcast: map[wire.Hash]struct{}{}, sequence: 1,
		tip: o.Chain.Tip(),
	}
	p.rolling.start(o.Now().Unix())
	p.cancel = o.Chain.Subscribe(p.follow)
	return p
}

// ErrClosed: the pool is closed.
var ErrClosed = errors.New("mempool: closed")

// Close ends following the chain and judging transactions; what is in the pool
// can still be read.
func (p *Pool) Close() {
	p.cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = ErrClosed
	p.wake()
}

// wake has those look again who wait for the pool to reach the chain's tip.
func (p *Pool) wake() {
	close(p.moved)
	p.moved = make(chan struct{})
}

// SetRelay names who announces transactions that RPCs submit; f is called
// without a lock and may ask the pool.
func (p *Pool) SetRelay(f func(wire.Hash)) { p.relay.Store(&f) }

// announce has a transaction told to peers.
func (p *Pool) announce(id wire.Hash) {
	if f := p.relay.Load(); f != nil {
		(*f)(id)
	}
}

// Subscribe has f called with every change from now on, in order, each before
// the call that caused it returns. f may ask the pool but must not change it.
// After cancel returns f is not called any more; f must not call it.
func (p *Pool) Subscribe(f func(Event)) (cancel func()) { return p.events.subscribe(f) }

// errMoved: the chain moved on, and its events are on their way.
var errMoved = errors.New("mempool: the chain moved")

// atTip runs f with the lock held and the pool at the chain's tip, again if f
// finds that the chain has moved meanwhile (errMoved). Then it tells
// subscribers what f changed.
func (p *Pool) atTip(ctx context.Context, f func() error) error {
	defer p.events.deliver()
	for {
		p.mu.Lock()
		moved, err := p.moved, errMoved
		switch {
		case p.failed != nil:
			err = p.failed
		case !p.stale && p.tip == p.o.Chain.Tip():
			err = f()
			p.memory.Store(p.usage())
		}
		p.mu.Unlock()
		if !errors.Is(err, errMoved) {
			return err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// now is the node's clock in seconds.
func (p *Pool) now() int64 { return p.o.Now().Unix() }

// nextSequence is the number of a change.
func (p *Pool) nextSequence() uint64 {
	p.sequence++
	return p.sequence - 1
}

// dice decides whether this change is checked.
func (p *Pool) dice() bool { return p.o.CheckEvery > 0 && rand.IntN(p.o.CheckEvery) == 0 }

// remove takes entries out, all with their descendants unless they were mined
// (RemoveStaged).
func (p *Pool) remove(list []*entry, reason Reason) {
	p.cut(list, reason == ReasonBlock)
	for _, e := range list {
		n := p.nextSequence()
		if reason != ReasonBlock {
			p.events.add(Event{Tx: e.tx, ID: e.id, Reason: reason, Sequence: n, Fee: e.fee, Size: e.size})
		}
		if _, was := p.unbroadcast[e.id]; was {
			p.debug("Removed %v from set of unbroadcast txns before confirmation that txn was sent out", e.id)
			delete(p.unbroadcast, e.id)
		}
		p.forget(e)
		p.updates++
		if p.o.Fees != nil {
			p.o.Fees.Remove(e.id)
		}
	}
}

// removeTree takes a transaction and its descendants out; if it is not here,
// then those of its children that are (removeRecursive).
func (p *Pool) removeTree(tx *wire.Tx, id wire.Hash, reason Reason) {
	roots := []*entry{p.entries[id]}
	if roots[0] == nil {
		roots = p.spenders(tx, id)
	}
	if len(roots) > 0 {
		p.remove(p.descendants(roots...).byID(), reason)
	}
}
