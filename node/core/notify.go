package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/wire"
)

const (
	// maxQueue is how many notices a follower may be behind before it is
	// dropped: it has to register again and catch up by itself. At one block in
	// 2.5 minutes that is days; in a long synchronisation it bounds memory.
	maxQueue = 4096
	// maxQueueBytes bounds what the notices of one follower hold.
	maxQueueBytes = 64 << 20
	// maxFollowers bounds the registrations. The wallet role needs one.
	maxFollowers = 64
)

// ErrFollowers is returned when there are too many registrations, or when the
// core is stopping.
const ErrFollowers = ipc.Kind("core.followers")

type noticeKind uint8

const (
	updatedTip noticeKind = iota
	blockConnected
	blockDisconnected
	txAdded
	txRemoved
	// synced only marks a place in the queue.
	synced
)

// notice is something that followers are told.
type notice struct {
	kind  noticeKind
	block node.BlockRef
	// source is a block's; data is that of a transaction.
	source *wire.Block
	data   []byte
	reason node.RemovalReason
	passed chan struct{} // of synced: closed when the queue is there
}

// size estimates the memory that a notice holds.
func (n *notice) size() int {
	if n.source == nil {
		return len(n.data)
	}
	return n.source.Size()
}

func (n *notice) tell(ctx context.Context, to node.Notifications) error {
	switch n.kind {
	case updatedTip:
		return to.UpdatedBlockTip(ctx, n.block)
	case blockConnected:
		return to.BlockConnected(ctx, n.block, n.source.Append(nil))
	case blockDisconnected:
		return to.BlockDisconnected(ctx, n.block, n.source.Append(nil))
	case txAdded:
		return to.TransactionAdded(ctx, n.data)
	case txRemoved:
		return to.TransactionRemoved(ctx, n.data, n.reason)
	case synced:
		close(n.passed)
		return nil
	}
	return fmt.Errorf("a notice of unknown kind %d", n.kind)
}

// followers are those who are told about the chain.
type followers struct {
	log *slog.Logger

	mu   sync.Mutex // guards all, done
	all  map[*follower]struct{}
	done bool
	// running counts the goroutines of followers.
	running sync.WaitGroup
}

func newFollowers(log *slog.Logger) *followers {
	return &followers{log: log, all: map[*follower]struct{}{}}
}

// follower is one registration. It implements ipc.Handler.
type follower struct {
	set    *followers
	target node.Notifications

	mu    sync.Mutex // guards queue, bytes
	queue []notice
	bytes int
	// more has a token while there may be something in queue.
	more chan struct{}
	// cancel ends the goroutine and a callback in progress; gone is closed when
	// both are over.
	cancel context.CancelFunc
	gone   chan struct{}
}

// HandleNotifications registers n until the handler is disconnected. It hears
// the current tip at once.
func (c *Core) HandleNotifications(ctx context.Context, n node.Notifications) (ipc.Handler, error) {
	if n == nil {
		return nil, ipc.Errorf(ErrFollowers, "no object to notify")
	}
	return c.followers.add(ctx, n, ref(c.chain.Tip()))
}

func (s *followers) add(ctx context.Context, n node.Notifications, tip node.BlockRef) (*follower, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || len(s.all) >= maxFollowers {
		return nil, ipc.Errorf(ErrFollowers, "no further follower of the chain is taken")
	}
	// The registration outlives the call that made it, and its callbacks are a
	// thread of execution of their own.
	ctx, cancel := context.WithCancel(ipc.WithThread(context.WithoutCancel(ctx), "notify"))
	f := &follower{
		set: s, target: n, queue: []notice{{kind: updatedTip, block: tip}},
		more: make(chan struct{}, 1), cancel: cancel, gone: make(chan struct{}),
	}
	f.more <- struct{}{}
	s.all[f] = struct{}{}
	s.running.Go(func() { f.run(ctx) })
	return f, nil
}

// publish tells every follower. It does not wait for them.
func (s *followers) publish(n notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return
	}
	size := n.size()
	for f := range s.all {
		f.push(n, size)
	}
}

// sync waits until every follower of now has been told what is in its queue, or
// has gone.
func (s *followers) sync(ctx context.Context) error {
	s.mu.Lock()
	waits := map[*follower]chan struct{}{}
	for f := range s.all {
		waits[f] = make(chan struct{})
		f.push(notice{kind: synced, passed: waits[f]}, 0)
	}
	s.mu.Unlock()
	for f, passed := range waits {
		select {
		case <-passed:
		case <-f.gone:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (f *follower) push(n notice, size int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) >= maxQueue || f.bytes+size > maxQueueBytes {
		f.set.log.Warn("a follower of the chain is too slow; its registration ends")
		f.cancel()
		return
	}
	f.queue = append(f.queue, n)
	f.bytes += size
	select {
	case f.more <- struct{}{}:
	default:
	}
}

// run makes the calls, one at a time, until the registration ends.
func (f *follower) run(ctx context.Context) {
	defer f.end()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.more:
		}
		for n, ok := f.take(); ok; n, ok = f.take() {
			if ctx.Err() != nil {
				return
			}
			if err := n.tell(ctx, f.target); err != nil {
				if !errors.Is(err, ipc.ErrDisconnected) && ctx.Err() == nil {
					f.set.log.Warn("a follower of the chain failed; its registration ends", "error", err.Error())
				}
				return
			}
		}
	}
}

func (f *follower) take() (n notice, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		f.bytes = 0
		return n, false
	}
	n = f.queue[0]
	f.queue[0] = notice{}
	f.queue = f.queue[1:]
	f.bytes -= n.size()
	return n, true
}

// end removes the registration and gives the target up, if it can be.
func (f *follower) end() {
	f.cancel()
	f.set.mu.Lock()
	delete(f.set.all, f)
	f.set.mu.Unlock()
	if c, ok := f.target.(interface{ Close() error }); ok {
		c.Close()
	}
	close(f.gone)
}

// Disconnect ends the registration. It returns when no callback is running and
// none will come, or when ctx ends. It must not be called from a callback with
// another context than the callback's own, which ends with the registration.
func (f *follower) Disconnect(ctx context.Context) error {
	f.cancel()
	select {
	case <-f.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends all registrations and waits for their callbacks.
func (s *followers) close() {
	s.mu.Lock()
	s.done = true
	for f := range s.all {
		f.cancel()
	}
	s.mu.Unlock()
	s.running.Wait()
}
