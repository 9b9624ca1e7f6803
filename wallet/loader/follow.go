package loader

import (
	"context"
	"sync/atomic"

	"dashmp/ipc"
	"dashmp/node"
)

// following is one registration at the core.
type following struct {
	l       *Loader
	handler ipc.Handler
	// ended is set when the registration is given up or replaced; a tip that
	// still comes through it is ignored.
	ended atomic.Bool
}

// Follow registers at the core; wallets hear tips from then on. It replaces an
// earlier registration, whose connection has ended.
func (l *Loader) Follow(ctx context.Context, chain node.Chain) error {
	tip, err := chain.Tip(ctx)
	if err != nil {
		return err
	}
	f := &following{l: l}
	l.mu.Lock()
	previous := l.follow
	l.follow, l.tip = f, &tip
	l.mu.Unlock()
	if previous != nil {
		previous.ended.Store(true)
	}
	h, err := chain.HandleNotifications(ctx, f)
	if err != nil {
		l.lost(f)
		return err
	}
	l.mu.Lock()
	f.handler = h
	l.mu.Unlock()
	return nil
}

// Lost tells that the connection to the core has ended. Wallets stay loaded;
// what needs the chain is refused until Follow is called again.
func (l *Loader) Lost() {
	l.mu.RLock()
	f := l.follow
	l.mu.RUnlock()
	if f != nil {
		l.lost(f)
	}
}

func (l *Loader) lost(f *following) {
	f.ended.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.follow == f {
		l.follow, l.tip = nil, nil
	}
}

// Unfollow ends the registration in an orderly way.
func (l *Loader) Unfollow(ctx context.Context) error {
	l.mu.RLock()
	f := l.follow
	var h ipc.Handler
	if f != nil {
		h = f.handler
	}
	l.mu.RUnlock()
	if f == nil {
		return nil
	}
	l.lost(f)
	if h == nil {
		return nil
	}
	return h.Disconnect(ctx)
}

func (l *Loader) currentTip() (node.BlockRef, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.tip == nil {
		return node.BlockRef{}, false
	}
	return *l.tip, true
}

// UpdatedBlockTip is called by the core, in order, one at a time. A wallet that
// cannot be written does not keep the others from hearing of the tip.
func (f *following) UpdatedBlockTip(_ context.Context, tip node.BlockRef) error {
	l := f.l
	l.telling.Lock()
	defer l.telling.Unlock()
	l.mu.Lock()
	if f.ended.Load() {
		l.mu.Unlock()
		return nil
	}
	l.tip = &tip
	l.mu.Unlock()
	for _, w := range l.list() {
		if err := w.setBest(tip); err != nil {
			l.o.Log.Error(err.Error())
		}
	}
	return nil
}

// BlockConnected is not needed yet: wallets follow the tip only.
func (f *following) BlockConnected(context.Context, node.BlockRef, []byte) error { return nil }

// BlockDisconnected is not needed yet.
func (f *following) BlockDisconnected(context.Context, node.BlockRef, []byte) error { return nil }

// TransactionAdded is not needed yet.
func (f *following) TransactionAdded(context.Context, []byte) error { return nil }

// TransactionRemoved is not needed yet.
func (f *following) TransactionRemoved(context.Context, []byte, node.RemovalReason) error { return nil }
