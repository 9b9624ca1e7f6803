package ipc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"capnproto.org/go/capnp/v3"
)

// goroutineID names the calling goroutine: what the package does without, its
// tests need to tell on which goroutine a callback ran.
func goroutineID() string {
	b := make([]byte, 64)
	return string(bytes.Fields(b[:runtime.Stack(b, false)])[1])
}

func TestThreadsAreOneToOne(t *testing.T) {
	who := func(_ context.Context, sc *ServerCall) error {
		r, err := sc.NewResults()
		if err != nil {
			return err
		}
		return r.SetNewText(1, goroutineID())
	}
	client, server := connect(t, probe(who))
	r := bootstrapRef(t, client)
	seen := make(map[string]bool)
	for i := range 5 {
		ctx := WithThread(context.Background(), fmt.Sprint("caller", i))
		first, err := callEcho(ctx, r, "")
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if again, err := callEcho(ctx, r, ""); err != nil || again != first {
				t.Fatalf("served by goroutine %q, before by %q, err %v", again, first, err)
			}
		}
		if seen[first] {
			t.Errorf("two callers share goroutine %s", first)
		}
		seen[first] = true
		runtime.KeepAlive(ctx)
	}
	if n := server.Stats().Threads; n != 5 {
		t.Errorf("%d server threads, want 5", n)
	}
}

func TestThreadsEndWithTheirCallers(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	func() {
		ctx := WithThread(context.Background(), "short-lived")
		if _, err := callEcho(ctx, r, "x"); err != nil {
			t.Fatal(err)
		}
		runtime.KeepAlive(ctx)
	}()
	eventually(t, "the server thread has ended", func() bool {
		runtime.GC()
		return server.Stats().Threads == 0
	})
}

func TestThreadName(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "b-\x1b[31mthread")
	if _, err := callEcho(ctx, r, ""); err != nil {
		t.Fatal(err)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	for th := range server.threads {
		if want := "core (from b-?[31mthread)"; th.name != want {
			t.Errorf("thread name %q, want %q", th.name, want)
		}
	}
	runtime.KeepAlive(ctx)
}

func TestCallsOfOneThreadRunInOrder(t *testing.T) {
	var mu sync.Mutex
	var order []uint64
	gate := make(chan struct{})
	client, _ := connect(t, probe(func(_ context.Context, sc *ServerCall) error {
		n := sc.Params().Uint64(0)
		if n == 0 {
			<-gate
		}
		mu.Lock()
		order = append(order, n)
		mu.Unlock()
		return nil
	}))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	const n = 50
	errs := make(chan error, n)
	for i := range n {
		// One identity, many goroutines: sent in order, since each send is seen
		// before the next begins.
		go func() {
			errs <- invoke(ctx, r, 0, func(s capnp.Struct, _ *Caps) error {
				s.SetUint64(0, uint64(i))
				return nil
			}, nil)
		}()
		eventually(t, "the call was sent", func() bool { return client.Stats().Questions == i+1 })
	}
	close(gate)
	for range n {
		if err := receive(t, "a call", errs); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for i, got := range order {
		if got != uint64(i) {
			t.Fatalf("order %v", order)
		}
	}
}

func TestSlowCallHoldsUpNobodyElse(t *testing.T) {
	gate := make(chan struct{})
	client, _ := connect(t, probe(echoHandler, func(ctx context.Context, _ *ServerCall) error {
		<-gate
		return nil
	}))
	r := bootstrapRef(t, client)
	slow := make(chan error, 1)
	go func() { slow <- invoke(WithThread(context.Background(), "slow"), r, 1, nil, nil) }()
	ctx := WithThread(context.Background(), "quick")
	for range 100 {
		if _, err := callEcho(ctx, r, "x"); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-slow:
		t.Fatalf("the slow call returned %v before it was let go", err)
	default:
	}
	close(gate)
	if err := receive(t, "the slow call", slow); err != nil {
		t.Fatal(err)
	}
}

// caller is a handler that calls back the object in pointer 1.
func caller(times int) handler {
	return func(ctx context.Context, sc *ServerCall) error {
		back, err := sc.ParamCaps().TakeRef(sc.Params(), 1)
		if err != nil {
			return err
		}
		defer back.Release()
		for i := range times {
			err := invoke(ctx, back, 0, func(s capnp.Struct, _ *Caps) error {
				s.SetUint64(0, uint64(i))
				return nil
			}, nil)
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func TestCallbackRunsOnTheWaitingGoroutine(t *testing.T) {
	client, server := connect(t, probe(caller(3)))
	r := bootstrapRef(t, client)
	for _, name := range []string{"with identity", "borrowed identity"} {
		ctx := context.Background()
		if name == "with identity" {
			ctx = WithThread(ctx, "main")
		}
		self, calls := goroutineID(), 0
		back := probe(func(context.Context, *ServerCall) error {
			calls++
			if id := goroutineID(); id != self {
				t.Errorf("%s: callback on goroutine %s, the caller is %s", name, id, self)
			}
			return nil
		})
		err := invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error { return c.PutObject(s, 1, back) }, nil)
		if err != nil || calls != 3 {
			t.Fatalf("%s: %d callbacks, %v", name, calls, err)
		}
		runtime.KeepAlive(ctx)
	}
	settled(t, server, 6, 6)
}

// TestNestedCallbacks bounces between the two ends until the depth is reached:
// every level waits for the one below on the same two goroutines.
func TestNestedCallbacks(t *testing.T) {
	const depth = 60
	var threads sync.Map
	var bounce handler
	bounce = func(ctx context.Context, sc *ServerCall) error {
		threads.Store(goroutineID(), true)
		n := sc.Params().Uint64(0)
		if n == depth {
			return nil
		}
		back, err := sc.ParamCaps().TakeRef(sc.Params(), 1)
		if err != nil {
			return err
		}
		defer back.Release()
		return invoke(ctx, back, 0, func(s capnp.Struct, c *Caps) error {
			s.SetUint64(0, n+1)
			return c.PutObject(s, 1, probe(bounce))
		}, nil)
	}
	client, server := connect(t, probe(bounce))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for range 3 {
		err := invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error { return c.PutObject(s, 1, probe(bounce)) }, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	threads.Range(func(any, any) bool { n++; return true })
	if n != 2 {
		t.Errorf("the bounces ran on %d goroutines, want 2", n)
	}
	runtime.KeepAlive(ctx)
	settled(t, client, 3, 3)
	settled(t, server, 3, 3)
}

// TestCallbackWhileWaitingElsewhere has a thread wait on one connection while
// the callback for it arrives on another.
func TestCallbackWhileWaitingElsewhere(t *testing.T) {
	release := make(chan struct{})
	slow, _ := connect(t, probe(func(context.Context, *ServerCall) error { <-release; return nil }))
	other, _ := connect(t, probe(caller(1)))
	slowRef, otherRef := bootstrapRef(t, slow), bootstrapRef(t, other)
	ctx := WithThread(context.Background(), "main")
	self := ""
	back := probe(func(inner context.Context, _ *ServerCall) error {
		if id := goroutineID(); id != self {
			t.Errorf("callback on %s, want %s", id, self)
		}
		close(release)
		return nil
	})
	done := make(chan error, 2)
	started := make(chan string)
	go func() {
		id := goroutineID()
		started <- id
		done <- invoke(ctx, slowRef, 0, nil, nil)
	}()
	self = <-started
	eventually(t, "the goroutine waits for the slow peer", func() bool { return slow.Stats().Questions == 1 })
	// Another goroutine with the same identity has the other peer call back;
	// it makes itself scarce, so only the first can serve it.
	th := ctx.Value(threadKey{}).(*handle).t
	go func() {
		call, err := otherRef.Begin(ctx, probeMethod(0))
		if err == nil {
			err = call.ParamCaps().PutObject(call.Params(), 1, back)
		}
		if err == nil {
			if _, err = call.transmit(); err == nil {
				th.leave(&call.waiter)
				call.await(nil)
				err = call.err
			}
		}
		call.leaveThread()
		call.Done()
		done <- err
	}()
	for range 2 {
		if err := receive(t, "both calls", done); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNoThread(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	m := probeMethod(0)
	m.Context = -1 // the server's method has one
	err := invokeMethod(context.Background(), r, m, nil, nil)
	wantKind(t, err, ErrFailed)
	if !strings.Contains(err.Error(), "no thread specified") {
		t.Errorf("error %q", err)
	}
	if _, err := callEcho(context.Background(), r, "still there"); err != nil {
		t.Fatal(err)
	}
	_ = server
}

func TestMethodWithoutContext(t *testing.T) {
	client, server := connect(t, probeWith(nil, -1, echoHandler))
	r := bootstrapRef(t, client)
	m := probeMethod(0)
	m.Context = -1
	err := invokeMethod(context.Background(), r, m, func(s capnp.Struct, _ *Caps) error {
		s.SetUint64(0, 42)
		return nil
	}, func(s capnp.Struct, _ *Caps) error {
		if s.Uint64(0) != 42 {
			return errors.New("wrong result")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := server.Stats().Threads; n != 0 {
		t.Errorf("%d threads for a method without a Context", n)
	}
}

// TestServerCallsWithoutBootstrap: the end that was asked has the caller's
// thread map from construct, and calls the caller's objects from a goroutine of
// its own.
func TestServerCallsWithoutBootstrap(t *testing.T) {
	kept := make(chan *Ref, 1)
	client, _ := connect(t, probe(func(_ context.Context, sc *ServerCall) error {
		r, err := sc.ParamCaps().TakeRef(sc.Params(), 1)
		kept <- r
		return err
	}))
	r := bootstrapRef(t, client)
	notified := make(chan uint64, 10)
	object := probe(func(_ context.Context, sc *ServerCall) error {
		notified <- sc.Params().Uint64(0)
		return nil
	})
	err := invoke(WithThread(context.Background(), "main"), r, 0,
		func(s capnp.Struct, c *Caps) error { return c.PutObject(s, 1, object) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	back := receive(t, "the object", kept)
	defer back.Release()
	for i := range uint64(5) {
		err := invoke(context.Background(), back, 0, func(s capnp.Struct, _ *Caps) error { s.SetUint64(0, i); return nil }, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := receive(t, "the notification", notified); got != i {
			t.Fatalf("notified of %d, want %d", got, i)
		}
	}
}

func TestThreadsAreEvictedWhenTheyAreTooMany(t *testing.T) {
	limits := Limits{Threads: 4}
	client, server := connectWith(t, Options{Limits: limits}, Options{Limits: limits, Bootstrap: probe(echoHandler)})
	r := bootstrapRef(t, client)
	var ctxs []context.Context
	for i := range 20 {
		ctxs = append(ctxs, WithThread(context.Background(), fmt.Sprint(i)))
	}
	for range 3 {
		for _, ctx := range ctxs {
			if _, err := callEcho(ctx, r, "x"); err != nil {
				t.Fatal(err)
			}
			// The peer's count must have come down before the next is made.
			eventually(t, "threads within the limit", func() bool { return server.Stats().Threads <= 4 })
		}
	}
}
