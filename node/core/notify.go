package core

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"dashmp/ipc"
	"dashmp/node"
)

// maxQueue is how many tips a follower may be behind before it is dropped: it
// has to register again and learn the tip anew. At one block in 2.5 minutes
// that is a week; in a long synchronisation it bounds memory.
const maxQueue = 4096

// maxFollowers bounds the registrations. The wallet role needs one.
const maxFollowers = 64

// ErrFollowers is returned when there are too many registrations, or when the
// core is stopping.
const ErrFollowers = ipc.Kind("core.followers")

// followers are those who are told about new tips.
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

	mu    sync.Mutex // guards queue
	queue []node.BlockRef
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
		set: s, target: n, queue: []node.BlockRef{tip},
		more: make(chan struct{}, 1), cancel: cancel, gone: make(chan struct{}),
	}
	f.more <- struct{}{}
	s.all[f] = struct{}{}
	s.running.Go(func() { f.run(ctx) })
	return f, nil
}

// publish tells every follower a new tip. It does not wait for them.
func (s *followers) publish(tip node.BlockRef) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range s.all {
		f.push(tip)
	}
}

func (f *follower) push(tip node.BlockRef) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) >= maxQueue {
		f.set.log.Warn("a follower of the chain is too slow; its registration ends")
		f.cancel()
		return
	}
	f.queue = append(f.queue, tip)
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
		for _, tip := range f.take() {
			if ctx.Err() != nil {
				return
			}
			if err := f.target.UpdatedBlockTip(ctx, tip); err != nil {
				if !errors.Is(err, ipc.ErrDisconnected) && ctx.Err() == nil {
					f.set.log.Warn("a follower of the chain failed; its registration ends", "error", err.Error())
				}
				return
			}
		}
	}
}

func (f *follower) take() []node.BlockRef {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := f.queue
	f.queue = nil
	return q
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
