package index

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/storage"
	"dashmp/node/wire"
)

const (
	// reportEvery and commitEvery are intervals while an index catches up
	// (SYNC_LOG_INTERVAL, SYNC_LOCATOR_WRITE_INTERVAL).
	reportEvery = 30 * time.Second
	commitEvery = 30 * time.Second
	// maxRecent is how many blocks of chain events are kept for the worker; it
	// reads others from disk.
	maxRecent = 32
)

// Options are what an index works with.
type Options struct {
	Chain *chain.Manager
	// DB is the index's own; it stays the caller's.
	DB  *storage.DB
	Log *slog.Logger
	// Fatal hears of an error after which the index stands still; the node
	// should stop.
	Fatal func(error)
}

// Summary is the state of an index, as getindexinfo shows it.
type Summary struct {
	Name   string
	Synced bool
	// Height is that of the last block in the index, 0 if there is none.
	Height int
}

// content is what an index makes of blocks. The worker alone calls it, but for
// name.
type content interface {
	// name is the index's in messages and RPCs.
	name() string
	// load prepares for going on after best, nil for the beginning. ok is false
	// if the records do not allow it.
	load(best *chain.Index) (ok bool, err error)
	// connect adds a block, and disconnect takes the last one off again.
	connect(x *chain.Index, b block) error
	disconnect(x *chain.Index, b block) error
	// state is what else must be known to go on after the last block.
	state() map[string][]byte
	// needs says what connect looks at besides the block itself.
	needs() needs
}

// needs of an index.
type needs struct {
	// undo: what a block spent.
	undo bool
	// reverse: disconnect looks at the block.
	reverse bool
}

// block is a block with what it spent.
type block struct {
	*wire.Block
	undo coins.BlockUndo
}

// follower moves an index along the chain.
type follower struct {
	o Options
	c content
	s *store

	wake    chan struct{} // holds one
	stop    context.CancelFunc
	running sync.WaitGroup
	cancel  func() // ends the subscription

	// mu guards what follows; changed tells of every change.
	mu      sync.Mutex
	changed *sync.Cond
	best    *chain.Index // the last block in the index, nil for none
	synced  bool         // latches: the index had caught up
	failed  bool         // it moves no more
	flushed bool         // the chain is on disk: so should the index be
	recent  map[*chain.Index]block
}

func newFollower(o Options, c content, s *store) (*follower, error) {
	f := &follower{o: o, c: c, s: s, wake: make(chan struct{}, 1), recent: map[*chain.Index]block{}}
	f.changed = sync.NewCond(&f.mu)
	if err := f.load(); err != nil {
		return nil, err
	}
	return f, nil
}

// load finds out where to go on (BaseIndex::Init).
func (f *follower) load() error {
	locator, err := f.s.best()
	if err != nil {
		return fmt.Errorf("%s: %w", f.c.name(), err)
	}
	for _, hash := range locator {
		if f.best = f.o.Chain.Lookup(hash); f.best != nil {
			break
		}
	}
	ok, err := f.c.load(f.best)
	if err == nil && !ok {
		f.o.Log.Warn(fmt.Sprintf("%s: the state does not belong to a known block; starting from the genesis block", f.c.name()))
		f.best = nil
		_, err = f.c.load(nil)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.c.name(), err)
	}
	tip := f.o.Chain.Tip()
	f.synced = tip != nil && f.best == tip
	return f.checkPruned(tip)
}

// checkPruned refuses to go on over blocks that were deleted. Blocks are deleted
// from the lowest up.
func (f *follower) checkPruned(tip *chain.Index) error {
	if tip == nil || f.synced {
		return nil
	}
	height := 0
	if fork := forkOf(f.best, tip); fork != nil {
		height = fork.Height() + 1
	}
	if next := tip.AncestorAt(height); next != nil && f.o.Chain.Info(next).Status&chain.HaveData == 0 {
		return &startError{ErrPruned, fmt.Sprintf("%s best block of the index goes beyond pruned data. Please disable the index or reindex (which will download the whole blockchain again)", f.c.name())}
	}
	return nil
}

// forkOf is where the ways to two blocks part, nil if one of them is.
func forkOf(a, b *chain.Index) *chain.Index {
	if a == nil || b == nil {
		return nil
	}
	return chain.Fork(a, b)
}

// Start begins to follow the chain.
func (f *follower) Start() {
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	f.cancel = f.o.Chain.Subscribe(f.event)
	f.running.Go(func() { f.run(ctx) })
	f.poke()
}

// Stop ends the worker, which writes down what it has, and waiting for it. The
// index still answers.
func (f *follower) Stop() {
	if f.stop != nil {
		f.cancel()
		f.stop()
		f.running.Wait()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = true
	f.changed.Broadcast()
}

func (f *follower) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// event hears of the chain, and keeps blocks while the worker is close behind.
func (f *follower) event(ev chain.Event) {
	f.mu.Lock()
	switch ev.Kind {
	case chain.BlockConnected, chain.BlockDisconnected:
		if f.synced && len(f.recent) < maxRecent {
			f.recent[ev.Index] = block{ev.Block, ev.Undo}
		}
	case chain.Flushed:
		f.flushed = true
	}
	f.mu.Unlock()
	f.poke()
}

// run is the worker.
func (f *follower) run(ctx context.Context) {
	err := f.catchUp(ctx)
	if err == nil {
		f.announce()
	}
	for err == nil && ctx.Err() == nil {
		select {
		case <-f.wake:
			err = f.catchUp(ctx)
		case <-ctx.Done():
		}
	}
	if err == nil || ctx.Err() != nil {
		err = f.commit()
	}
	if err == nil {
		return
	}
	f.o.Log.Error("*** " + err.Error())
	f.mu.Lock()
	f.failed = true
	f.changed.Broadcast()
	f.mu.Unlock()
	if f.o.Fatal != nil {
		f.o.Fatal(err)
	}
}

// announce says that the index is there.
func (f *follower) announce() {
	f.mu.Lock()
	f.synced = true
	best := f.best
	f.changed.Broadcast()
	f.mu.Unlock()
	if best == nil {
		f.o.Log.Info(f.c.name() + " is enabled")
		return
	}
	f.o.Log.Info(fmt.Sprintf("%s is enabled at height %d", f.c.name(), best.Height()))
}

// catchUp moves to the tip, or until ctx ends.
func (f *follower) catchUp(ctx context.Context) error {
	reported, committed := time.Time{}, time.Now()
	for ctx.Err() == nil {
		tip := f.o.Chain.Tip()
		fork := forkOf(f.best, tip)
		if tip == nil || tip == fork {
			break // there, or where the chain goes on from is not known yet
		}
		if fork != f.best {
			if err := f.rewind(ctx, fork); err != nil {
				return fmt.Errorf("ThreadSync: Failed to rewind index %s to a previous chain tip: %w", f.c.name(), err)
			}
		}
		height := 0
		if fork != nil {
			height = fork.Height() + 1
		}
		if err := f.connect(ctx, tip.AncestorAt(height)); err != nil {
			return err
		}
		if now := time.Now(); !f.isSynced() && now.Sub(reported) >= reportEvery {
			f.o.Log.Info(fmt.Sprintf("Syncing %s with block chain from height %d", f.c.name(), height))
			reported = now
		}
		if f.s.full() || !f.isSynced() && time.Since(committed) >= commitEvery {
			if err := f.commit(); err != nil {
				return err
			}
			committed = time.Now()
		}
	}
	f.mu.Lock()
	flush := f.flushed || !f.synced
	f.flushed = false
	clear(f.recent)
	f.mu.Unlock()
	if flush {
		return f.commit()
	}
	return nil
}

func (f *follower) isSynced() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.synced
}

// fetch finds a block, in memory or on disk.
func (f *follower) fetch(ctx context.Context, x *chain.Index) (b block, err error) {
	f.mu.Lock()
	b, ok := f.recent[x]
	delete(f.recent, x)
	f.mu.Unlock()
	if ok {
		return b, nil
	}
	if b.Block, err = f.o.Chain.Block(ctx, x); err == nil && f.c.needs().undo && x.Parent() != nil {
		b.undo, err = f.o.Chain.Undo(ctx, x)
	}
	if err != nil {
		err = fmt.Errorf("ThreadSync: Failed to read block %s from disk: %w", x.Hash(), err)
	}
	return b, err
}

func (f *follower) connect(ctx context.Context, x *chain.Index) error {
	b, err := f.fetch(ctx, x)
	if err != nil {
		return err
	}
	if err := f.c.connect(x, b); err != nil {
		return fmt.Errorf("ThreadSync: Failed to write block %s to index database: %w", x.Hash(), err)
	}
	f.setBest(x)
	return nil
}

// rewind goes back to an ancestor of the best block, nil for before the genesis
// block.
func (f *follower) rewind(ctx context.Context, to *chain.Index) error {
	for x := f.best; x != to; x = x.Parent() {
		b := block{}
		if f.c.needs().reverse {
			var err error
			if b, err = f.fetch(ctx, x); err != nil {
				return err
			}
		}
		if err := f.c.disconnect(x, b); err != nil {
			return err
		}
		f.setBest(x.Parent())
	}
	return f.commit()
}

func (f *follower) setBest(x *chain.Index) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.best = x
	f.changed.Broadcast()
}

// commit writes the records and where they end.
func (f *follower) commit() error {
	if f.best == nil {
		return nil // nothing has been indexed yet
	}
	meta := f.c.state()
	if meta == nil {
		meta = map[string][]byte{}
	}
	meta[bestKey] = locator(f.best)
	if err := f.s.commit(meta); err != nil {
		return fmt.Errorf("commit: failed to write the latest %s state: %w", f.c.name(), err)
	}
	return nil
}

// locator are the hashes of a block and of its ancestors in growing steps, down
// to the genesis block (CChain::GetLocator).
func locator(x *chain.Index) (list []byte) {
	for step, n := 1, 0; x != nil; n++ {
		h := x.Hash()
		list = append(list, h[:]...)
		if x.Height() == 0 {
			break
		}
		if n >= 10 {
			step *= 2
		}
		x = x.AncestorAt(max(x.Height()-step, 0))
	}
	return list
}

// Summary tells how far the index is.
func (f *follower) Summary() Summary {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Summary{Name: f.c.name(), Synced: f.synced}
	if f.best != nil {
		s.Height = f.best.Height()
	}
	return s
}

// WaitSynced waits until the index knows the chain as it is at the time of the
// call. It reports false at once if the index has not caught up with the chain
// since the start, and when it cannot any more (BlockUntilSyncedToCurrentChain).
func (f *follower) WaitSynced(ctx context.Context) bool {
	tip := f.o.Chain.Tip()
	defer context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.changed.Broadcast()
	})()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.synced || f.failed {
		return false
	}
	for said := false; !f.failed && ctx.Err() == nil; f.changed.Wait() {
		if f.best != nil && f.best.AncestorAt(tip.Height()) == tip {
			return true
		}
		if !said {
			said = true
			f.o.Log.Info(fmt.Sprintf("BlockUntilSyncedToCurrentChain: %s is catching up on block notifications", f.c.name()))
		}
		if now := f.o.Chain.Tip(); now.AncestorAt(tip.Height()) != tip {
			tip = now // the chain has left it, and the index may never see it
		}
	}
	return false
}

// corrupt is Dash Core's text for a state that cannot be gone on from.
func corrupt(name string, err error) error {
	return &startError{ErrState, "Cannot read current " + name + " state; index may be corrupted (" + err.Error() + ")"}
}
