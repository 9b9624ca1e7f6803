package ipc

import (
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
