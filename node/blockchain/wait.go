package blockchain

import (
	"context"
	"sync"
	"time"

	"dashmp/node/chain"
	"dashmp/node/rpccall"
	"dashmp/node/wire"
)

// latest is the tip as the last event told it.
type latest struct {
	mu  sync.Mutex // guards the rest
	tip *chain.Index
	// changed is closed and replaced with every new tip, and closed at the end.
	changed chan struct{}
	closed  bool
}

func newLatest(tip *chain.Index) *latest {
	return &latest{tip: tip, changed: make(chan struct{})}
}

func (l *latest) set(tip *chain.Index) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || tip == l.tip {
		return
	}
	l.tip = tip
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *latest) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.changed)
	}
}

func (l *latest) get() (tip *chain.Index, changed <-chan struct{}, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tip, l.changed, l.closed
}

// wait returns the tip once it is the one that is waited for, after
// milliseconds if that is not 0, or when the node stops.
func (l *latest) wait(ctx context.Context, milliseconds int, arrived func(*chain.Index) bool) (any, error) {
	var timeout <-chan time.Time
	if milliseconds != 0 {
		t := time.NewTimer(time.Duration(milliseconds) * time.Millisecond)
		defer t.Stop()
		timeout = t.C
	}
	for {
		tip, changed, closed := l.get()
		if closed || arrived(tip) {
			return tipResult(tip), nil
		}
		select {
		case <-changed:
		case <-timeout:
			tip, _, _ = l.get()
			return tipResult(tip), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func tipResult(tip *chain.Index) object {
	return object{{Key: "hash", Value: tip.Hash().String()}, {Key: "height", Value: tip.Height()}}
}

func (r *RPCs) waitForNewBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 1); err != nil {
		return nil, err
	}
	timeout, err := intOr(call, 0, 0)
	if err != nil {
		return nil, err
	}
	first, _, _ := r.latest.get()
	return r.latest.wait(ctx, timeout, func(tip *chain.Index) bool { return tip != first })
}

func (r *RPCs) waitForBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	h, err := hash(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	timeout, err := intOr(call, 1, 0)
	if err != nil {
		return nil, err
	}
	return r.latest.wait(ctx, timeout, func(tip *chain.Index) bool { return tip.Hash() == wire.Hash(h) })
}

func (r *RPCs) waitForBlockHeight(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	height, err := call.Int(0)
	if err != nil {
		return nil, err
	}
	timeout, err := intOr(call, 1, 0)
	if err != nil {
		return nil, err
	}
	return r.latest.wait(ctx, timeout, func(tip *chain.Index) bool { return tip.Height() >= height })
}

// syncWithQueue returns once what was queued when it was called has been
// delivered. Subscribers of the chain hear of a change before the call that
// made it returns, so there is no queue to wait for.
func (r *RPCs) syncWithQueue(_ context.Context, call *rpccall.Call) (any, error) {
	return nil, call.Count(0, 0)
}
