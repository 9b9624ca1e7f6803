package ipc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"capnproto.org/go/capnp/v3"
)

// goroutineID names the calling goroutine: what the package does without, its
// tests need to tell on which goroutine a callback ran.
func goroutineID() string {
	b := make([]byte, 64)
	return string(bytes.Fields(b[:runtime.Stack(b, false)])[1])
}

// settled waits until neither end holds anything but what the arguments allow.
func settled(t *testing.T, c *Conn, exports, imports int) {
	t.Helper()
	eventually(t, "tables are empty", func() bool {
		s := c.Stats()
		return s.Questions == 0 && s.Answers == 0 && s.FDsHeld == 0 &&
			s.Exports <= exports && s.Imports <= imports
	})
}

func TestEcho(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for _, text := range []string{"", "hello", strings.Repeat("x", 3<<20)} {
		got, err := callEcho(ctx, r, text)
		if err != nil || got != text {
			t.Fatalf("echo of %d bytes: %d bytes, %v", len(text), len(got), err)
		}
	}
	if s := server.Stats(); s.Threads != 1 {
		t.Errorf("server threads %d, want 1", s.Threads)
	}
	// Bootstrap object and thread map; the thread's own end.
	settled(t, server, 3, 2)
	settled(t, client, 2, 3)
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

func TestCancelReachesTheCallee(t *testing.T) {
	entered, left := make(chan struct{}), make(chan error, 1)
	client, server := connect(t, probe(func(ctx context.Context, _ *ServerCall) error {
		close(entered)
		<-ctx.Done()
		left <- ctx.Err()
		return ctx.Err()
	}, echoHandler))
	r := bootstrapRef(t, client)
	ctx, cancel := context.WithCancel(WithThread(context.Background(), "main"))
	go func() {
		<-entered
		cancel()
	}()
	err := invoke(ctx, r, 0, nil, nil)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrFailed) {
		t.Errorf("error %v, want a cancelled call", err)
	}
	if err := receive(t, "the handler's context", left); !errors.Is(err, context.Canceled) {
		t.Errorf("handler's context: %v", err)
	}
	settled(t, server, 3, 2)
	settled(t, client, 2, 3)
	if err := invoke(ctx, r, 1, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("call with a cancelled context: %v", err)
	}
}

func TestCancelBeforeTheCalleeBegins(t *testing.T) {
	gate, ran := make(chan struct{}), atomic.Bool{}
	client, server := connect(t, probe(
		func(context.Context, *ServerCall) error { <-gate; return nil },
		func(context.Context, *ServerCall) error { ran.Store(true); return nil },
	))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	first := make(chan error, 1)
	go func() { first <- invoke(ctx, r, 0, nil, nil) }()
	eventually(t, "the first call is in progress", func() bool { return server.Stats().Answers == 1 })
	second, cancel := context.WithCancel(ctx)
	result := make(chan error, 1)
	go func() { result <- invoke(second, r, 1, nil, nil) }()
	eventually(t, "the second call is queued", func() bool { return server.Stats().Answers == 2 })
	cancel()
	if err := receive(t, "the cancelled call", result); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// Cancelled here; the Finish has yet to be read there.
	eventually(t, "Finish has arrived", func() bool {
		server.mu.Lock()
		defer server.mu.Unlock()
		for _, a := range server.answers {
			if a.finished {
				return true
			}
		}
		return false
	})
	close(gate)
	if err := receive(t, "the first call", first); err != nil {
		t.Fatal(err)
	}
	settled(t, server, 3, 2)
	if ran.Load() {
		t.Error("a call ran that was cancelled while it was queued")
	}
}

func TestHandlerContextEndsWithTheCall(t *testing.T) {
	after := make(chan struct{})
	var kept context.Context
	client, _ := connect(t, probe(func(ctx context.Context, _ *ServerCall) error {
		kept = ctx
		child, cancel := context.WithCancel(ctx)
		_ = cancel
		context.AfterFunc(child, func() { close(after) })
		return nil
	}))
	r := bootstrapRef(t, client)
	if err := invoke(WithThread(context.Background(), "main"), r, 0, nil, nil); err != nil {
		t.Fatal(err)
	}
	receive(t, "AfterFunc", after)
	if kept.Err() == nil {
		t.Error("the handler's context outlives the call")
	}
	select {
	case <-kept.Done():
	default:
		t.Error("Done is open")
	}
}

func TestErrorsTravelByKind(t *testing.T) {
	secretPath := errors.New("open /home/operator/wallet.dat: permission denied")
	var log buffer
	kinds := []error{
		&Error{Kind: "policy.fee.max", Text: "fee 10 above 5"},
		fmt.Errorf("signing: %w", &Error{Kind: "policy.fee.max", Peer: "signer", Text: "fee 10 above 5"}),
		secretPath,
		ErrDescriptor,
		&Error{Kind: ErrUnimplemented, Text: "not today"},
		&Error{Kind: ErrLimit, Text: "bad\x1b[2J\ntext" + strings.Repeat("y", 5000)},
	}
	client, _ := connectWith(t, Options{}, Options{
		Bootstrap: probe(func(_ context.Context, sc *ServerCall) error { return kinds[sc.Params().Uint64(0)] }),
		Logger:    slog.New(slog.NewTextHandler(&log, nil)),
	})
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for i, want := range []struct {
		kind Kind
		text string
	}{
		{"policy.fee.max", "core: fee 10 above 5"},
		{"policy.fee.max", "core: signer: fee 10 above 5"},
		{ErrFailed, "core: Probe.m0 failed"},
		{ErrDescriptor, "core: Probe.m0 failed"},
		{ErrUnimplemented, "core: not today"},
		{ErrLimit, "core: bad?[2J?text" + strings.Repeat("y", maxReasonBytes-len("bad?[2J?text…")) + "…"},
	} {
		err := invoke(ctx, r, 0, func(s capnp.Struct, _ *Caps) error { s.SetUint64(0, uint64(i)); return nil }, nil)
		if !errors.Is(err, want.kind) {
			t.Errorf("%v: kind of %v", want.kind, err)
		}
		if err.Error() != want.text {
			t.Errorf("text %.80q… of %d bytes, want %.80q… of %d", err, len(err.Error()), want.text, len(want.text))
		}
	}
	if !strings.Contains(log.String(), "wallet.dat") {
		t.Error("the error that does not travel is not logged either")
	}
}

func TestPanicFailsOneCall(t *testing.T) {
	var log buffer
	client, _ := connectWith(t, Options{}, Options{
		Bootstrap: probe(func(_ context.Context, sc *ServerCall) error {
			if sc.Params().Uint64(0) == 1 {
				panic("no such block: deadbeef")
			}
			return echoHandler(context.Background(), sc)
		}),
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	err := invoke(ctx, r, 0, func(s capnp.Struct, _ *Caps) error { s.SetUint64(0, 1); return nil }, nil)
	wantKind(t, err, ErrFailed)
	if strings.Contains(err.Error(), "deadbeef") {
		t.Errorf("the panic's text travelled: %v", err)
	}
	if !strings.Contains(log.String(), "deadbeef") || !strings.Contains(log.String(), "conn_test.go") {
		t.Error("the panic was not logged with its stack")
	}
	if _, err := callEcho(ctx, r, "x"); err != nil {
		t.Fatal(err)
	}
}

func TestUnimplemented(t *testing.T) {
	client, _ := connect(t, probe(nil))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for _, m := range []*Method{
		probeMethod(0), // nil in the table
		probeMethod(9), // beyond the table
		{Interface: 1, Name: "Other.method", Context: 0, Params: probeSize},
	} {
		err := invokeMethod(ctx, r, m, nil, nil)
		wantKind(t, err, ErrUnimplemented)
	}
}

func TestBootstrapOffersNothing(t *testing.T) {
	client, _ := connect(t, nil)
	_, err := client.Bootstrap(context.Background())
	wantKind(t, err, ErrUnimplemented)
	if _, err := client.Bootstrap(context.Background()); !errors.Is(err, ErrUnimplemented) {
		t.Error(err)
	}
	settled(t, client, 2, 0)
}

func TestBothEndsBootstrap(t *testing.T) {
	a, b := socketPair(t)
	left := newConn(t, a, Options{Name: "l", Peer: "r", Bootstrap: probe(echoHandler)})
	right := newConn(t, b, Options{Name: "r", Peer: "l", Bootstrap: probe(echoHandler)})
	var wg sync.WaitGroup
	for _, c := range []*Conn{left, right} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r, err := c.Bootstrap(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Release()
			ctx := WithThread(context.Background(), "main")
			for range 200 {
				if got, err := callEcho(ctx, r, "ping"); err != nil || got != "ping" {
					t.Errorf("%q, %v", got, err)
					return
				}
			}
		}()
	}
	wg.Wait()
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

func TestManyCallers(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ctx := context.Background()
			if i%2 == 0 {
				ctx = WithThread(ctx, fmt.Sprint(i))
			}
			for j := range 100 {
				text := fmt.Sprint(i, "-", j)
				if got, err := callEcho(ctx, r, text); err != nil || got != text {
					t.Errorf("%q, %v", got, err)
					return
				}
			}
			runtime.KeepAlive(ctx)
		}()
	}
	wg.Wait()
	if n := server.Stats().Threads; n > 32 {
		t.Errorf("%d server threads for 32 callers", n)
	}
	settled(t, server, 40, 40)
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

func TestLogDiscard(t *testing.T) {
	// A nil Logger must not be used before it is replaced.
	a, b := socketPair(t)
	b.Close()
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	defer slog.SetDefault(old)
	c, err := NewConn(a, Options{Name: "x", Peer: "y"})
	if err != nil {
		t.Fatal(err)
	}
	receive(t, "the end", c.Done())
	wantKind(t, c.Err(), ErrDisconnected)
	c.Close()
}
