package loader

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/wire"
)

// following is one registration at the core.
type following struct {
	l       *Loader
	chain   node.Chain
	handler ipc.Handler
	// ended is set when the registration is given up or replaced; what still
	// comes through it is ignored.
	ended atomic.Bool
}

// Follow registers at the core; wallets hear of blocks and of the mempool from
// then on. It replaces an earlier registration, whose connection has ended.
// chain must stay usable until Lost or Unfollow.
func (l *Loader) Follow(ctx context.Context, chain node.Chain) error {
	tip, err := chain.Tip(ctx)
	if err != nil {
		return err
	}
	f := &following{l: l, chain: chain}
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
	if err := chain.RequestMempool(ctx, f); err != nil && !errors.Is(err, node.ErrNoPool) {
		return err
	}
	return l.resubmit(ctx)
}

// resubmit hands the core the wallets' transactions that it does not have.
func (l *Loader) resubmit(ctx context.Context) error {
	f := l.current()
	if f == nil {
		return nil
	}
	for _, w := range l.list() {
		for _, tx := range w.Unconfirmed() {
			out, err := f.chain.BroadcastTransaction(ctx, tx.Append(nil), 0, false)
			if errors.Is(err, node.ErrNoPool) {
				return nil
			}
			if err != nil {
				return err
			}
			if out.Reject != "" {
				l.o.Log.Debug(fmt.Sprintf("wallet %q: transaction %s is not in the mempool: %s", w.name, tx.ID(), out.Reject))
			}
		}
	}
	return nil
}

// Lost tells that the connection to the core has ended. Wallets stay loaded;
// what needs the chain is refused until Follow is called again.
func (l *Loader) Lost() {
	if f := l.current(); f != nil {
		l.lost(f)
	}
}

func (l *Loader) lost(f *following) {
	f.ended.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.follow == f {
		l.follow, l.tip = nil, nil
		for _, w := range l.loaded {
			w.ForgetPool()
		}
	}
}

// current is the registration, nil while the core is not there.
func (l *Loader) current() *following {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.follow
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

// each runs f for every loaded wallet, unless the registration has ended. A
// wallet that cannot be written does not keep the others from hearing.
func (f *following) each(do func(w *openWallet) error) error {
	l := f.l
	l.telling.Lock()
	defer l.telling.Unlock()
	if f.ended.Load() {
		return nil
	}
	for _, w := range l.list() {
		if err := do(w); err != nil {
			l.o.Log.Error(fmt.Sprintf("wallet %q: %v", w.name, err))
		}
	}
	return nil
}

// UpdatedBlockTip tells the tip; a wallet that is elsewhere catches up.
func (f *following) UpdatedBlockTip(ctx context.Context, tip node.BlockRef) error {
	l := f.l
	l.mu.Lock()
	if f.ended.Load() {
		l.mu.Unlock()
		return nil
	}
	l.tip = &tip
	l.mu.Unlock()
	return f.each(func(w *openWallet) error { return f.catchUp(ctx, w, tip) })
}

// BlockConnected tells of the next block.
func (f *following) BlockConnected(_ context.Context, ref node.BlockRef, data []byte) error {
	block, err := wire.DecodeBlock(data)
	if err != nil {
		return err
	}
	return f.each(func(w *openWallet) error {
		if w.Best().Hash != node.Hash(block.Header.PrevBlock) {
			return nil // it catches up with the tip
		}
		return w.BlockConnected(ref, block)
	})
}

// BlockDisconnected tells that a block is not in the active chain any more.
func (f *following) BlockDisconnected(ctx context.Context, ref node.BlockRef, data []byte) error {
	block, err := wire.DecodeBlock(data)
	if err != nil {
		return err
	}
	parent, err := f.chain.FindBlock(ctx, node.Hash(block.Header.PrevBlock))
	if err != nil {
		return err
	}
	return f.each(func(w *openWallet) error {
		if w.Best().Hash != ref.Hash {
			return nil
		}
		return w.BlockDisconnected(ref, refOf(parent))
	})
}

// TransactionAdded tells of a transaction in the mempool.
func (f *following) TransactionAdded(_ context.Context, data []byte) error {
	tx, err := wire.DecodeTx(data)
	if err != nil {
		return err
	}
	return f.each(func(w *openWallet) error { return w.PoolAdded(tx) })
}

// TransactionRemoved tells that one has left it.
func (f *following) TransactionRemoved(_ context.Context, data []byte, _ node.RemovalReason) error {
	tx, err := wire.DecodeTx(data)
	if err != nil {
		return err
	}
	return f.each(func(w *openWallet) error { return w.PoolRemoved(tx.ID()) })
}

func refOf(b node.BlockInfo) node.BlockRef {
	return node.BlockRef{Hash: b.Hash, Height: b.Height, Time: b.Time}
}

// catchUp leads a wallet from where it is to the tip: back to where the chain
// parted, then block by block.
func (f *following) catchUp(ctx context.Context, w *openWallet, tip node.BlockRef) error {
	best := w.Best()
	if best.Hash == tip.Hash {
		return nil
	}
	if !w.HasDescriptors() {
		return w.SetBest(tip)
	}
	fork, err := f.chain.FindFork(ctx, best.Hash)
	if errors.Is(err, node.ErrUnknownBlock) {
		// The chain is another than the wallet knew: from the start.
		if fork, err = f.chain.BlockAt(ctx, 0); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if fork.Hash != best.Hash {
		if err := w.Rewind(refOf(fork)); err != nil {
			return err
		}
	}
	for height := fork.Height + 1; height <= tip.Height; height++ {
		if f.ended.Load() {
			return nil
		}
		ref, block, err := readBlock(ctx, f.chain, height)
		if err != nil {
			return fmt.Errorf("block %d: %w", height, err)
		}
		if err := w.BlockConnected(ref, block); err != nil {
			return err
		}
	}
	return nil
}

func readBlock(ctx context.Context, chain node.Chain, height int32) (node.BlockRef, *wire.Block, error) {
	info, err := chain.BlockAt(ctx, height)
	if err != nil {
		return node.BlockRef{}, nil, err
	}
	data, err := chain.ReadBlock(ctx, info.Hash)
	if err != nil {
		return node.BlockRef{}, nil, err
	}
	block, err := wire.DecodeBlock(data)
	if err == nil && node.Hash(block.Header.Hash()) != info.Hash {
		err = errors.New("the core sent another block")
	}
	return refOf(info), block, err
}
