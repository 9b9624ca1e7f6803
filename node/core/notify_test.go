package core

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"dashmp/ipc"
	"dashmp/node"
)

// recorder hears tips. before, if set, runs in each callback.
type recorder struct {
	before func(ctx context.Context, tip node.BlockRef) error

	mu     sync.Mutex // guards all below
	heard  []int32
	events []string
	inside int
	most   int
	closed bool
}

func (r *recorder) UpdatedBlockTip(ctx context.Context, tip node.BlockRef) error {
	r.mu.Lock()
	r.inside++
	r.most = max(r.most, r.inside)
	r.heard = append(r.heard, tip.Height)
	r.mu.Unlock()
	defer func() { r.mu.Lock(); r.inside--; r.mu.Unlock() }()
	if r.before != nil {
		return r.before(ctx, tip)
	}
	return nil
}

func (r *recorder) BlockConnected(_ context.Context, b node.BlockRef, data []byte) error {
	r.event("connected", b.Height, data)
	return nil
}

func (r *recorder) BlockDisconnected(_ context.Context, b node.BlockRef, data []byte) error {
	r.event("disconnected", b.Height, data)
	return nil
}

func (r *recorder) TransactionAdded(_ context.Context, tx []byte) error {
	r.event("added", 0, tx)
	return nil
}

func (r *recorder) TransactionRemoved(_ context.Context, tx []byte, _ node.RemovalReason) error {
	r.event("removed", 0, tx)
	return nil
}

func (r *recorder) event(what string, height int32, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, fmt.Sprintf("%s %d, %d bytes", what, height, len(data)))
}

func (r *recorder) Close() error { r.mu.Lock(); defer r.mu.Unlock(); r.closed = true; return nil }

func (r *recorder) list() []int32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]int32{}, r.heard...)
}

func TestFollowersHearTipsInOrderOneAtATime(t *testing.T) {
	c := regtest().open(t, t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		s := newFollowers(c.o.Log)
		c := &Core{o: c.o, followers: s, chain: c.chain}
		slow, fast := &recorder{}, &recorder{}
		hold := make(chan struct{})
		slow.before = func(context.Context, node.BlockRef) error { <-hold; return nil }
		var handlers []ipc.Handler
		for _, r := range []*recorder{slow, fast} {
			h, err := c.HandleNotifications(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			handlers = append(handlers, h)
		}
		for height := range int32(100) {
			s.publish(notice{block: node.BlockRef{Height: height + 1}})
		}
		synctest.Wait()
		if got := fast.list(); len(got) != 101 {
			t.Errorf("the slow one holds up the fast one, who heard %d", len(got))
		}
		close(hold)
		synctest.Wait()
		for _, r := range []*recorder{slow, fast} {
			got := r.list()
			if len(got) != 101 || r.most != 1 {
				t.Errorf("heard %d tips, %d at once", len(got), r.most)
			}
			for i, height := range got {
				if int(height) != i {
					t.Fatalf("tip %d came as number %d", height, i)
				}
			}
		}
		for i, h := range handlers {
			if err := errors.Join(h.Disconnect(t.Context()), h.Disconnect(t.Context())); err != nil {
				t.Errorf("handler %d: %v", i, err)
			}
		}
		s.publish(notice{block: node.BlockRef{Height: 1000}})
		synctest.Wait()
		if got := fast.list(); len(got) != 101 || !fast.closed {
			t.Errorf("heard %d after the end, given up: %v", len(got), fast.closed)
		}
		s.close()
	})
}

func TestDisconnectWaitsForTheCallback(t *testing.T) {
	c := regtest().open(t, t.TempDir())
	entered, leave := make(chan struct{}), make(chan struct{})
	r := &recorder{before: func(ctx context.Context, _ node.BlockRef) error {
		close(entered)
		<-ctx.Done() // the callback's context ends with the registration
		<-leave
		return ctx.Err()
	}}
	h, err := c.HandleNotifications(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	<-entered
	ended := make(chan error)
	go func() { ended <- h.Disconnect(context.Background()) }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Disconnect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Disconnect returned %v while the callback ran", err)
	}
	select {
	case err := <-ended:
		t.Errorf("Disconnect returned %v while the callback ran", err)
	default:
	}
	close(leave)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestFailingFollowerIsDropped(t *testing.T) {
	c := regtest().open(t, t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		s := newFollowers(c.o.Log)
		for _, err := range []error{errors.New("boom"), ipc.Errorf(ipc.ErrDisconnected, "gone")} {
			r := &recorder{before: func(context.Context, node.BlockRef) error { return err }}
			if _, err := s.add(t.Context(), r, node.BlockRef{}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			s.publish(notice{block: node.BlockRef{Height: 1}})
			synctest.Wait()
			if got := r.list(); len(got) != 1 || len(s.all) != 0 {
				t.Errorf("%v: heard %d, %d registered", err, len(got), len(s.all))
			}
		}
		s.close()
	})
}

func TestFollowersAreBounded(t *testing.T) {
	c := regtest().open(t, t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		s := newFollowers(c.o.Log)
		stuck := &recorder{before: func(ctx context.Context, _ node.BlockRef) error { <-ctx.Done(); return nil }}
		for i := range maxFollowers + 1 {
			_, err := s.add(t.Context(), stuck, node.BlockRef{})
			if (err == nil) != (i < maxFollowers) || (err != nil && !errors.Is(err, ErrFollowers)) {
				t.Errorf("registration %d: %v", i, err)
			}
		}
		synctest.Wait() // all are in their first callback
		for height := range maxQueue + 1 {
			s.publish(notice{block: node.BlockRef{Height: int32(height)}})
		}
		synctest.Wait()
		if len(s.all) != 0 {
			t.Errorf("%d followers are kept that are %d tips behind", len(s.all), maxQueue)
		}
		s.close()
		if _, err := s.add(t.Context(), stuck, node.BlockRef{}); !errors.Is(err, ErrFollowers) {
			t.Errorf("registration after the end: %v", err)
		}
	})
	if _, err := c.HandleNotifications(t.Context(), nil); !errors.Is(err, ErrFollowers) {
		t.Errorf("no object: %v", err)
	}
}

func TestTip(t *testing.T) {
	c := regtest().open(t, t.TempDir())
	tip, err := c.Tip(t.Context())
	if err != nil || tip.Height != 0 || tip.Time != 1417713337 || fmt.Sprint(tip.Hash[31], tip.Hash[30], tip.Hash[29]) != "0 0 8" {
		t.Errorf("%+v, %v", tip, err)
	}
}
