package ipc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"capnproto.org/go/capnp/v3"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(benchChildEnv); mode != "" {
		benchChild(mode)
		return
	}
	if filepath.Base(os.Args[0]) == "dash-node" {
		serveDashCore(os.Args[1:])
		return
	}
	goleak.VerifyTestMain(m)
}

// patience bounds every wait in a test: long enough for a loaded machine, and
// never reached by one that works.
const patience = 30 * time.Second

// probeID is the schema id of the interface that tests make up.
const probeID = 0xf00dfeedf00dfeed

// probeSize is the size of parameters and results of every probe method:
// pointer 0 is the Context, the others are free.
var probeSize = capnp.ObjectSize{DataSize: 16, PointerCount: 4}

type handler = func(ctx context.Context, sc *ServerCall) error

// probe makes an object whose methods are the handlers, by ordinal. A nil
// handler is a method that is not offered.
func probe(hs ...handler) *Object { return probeWith(nil, 0, hs...) }

func probeWith(release func(), contextSlot int, hs ...handler) *Object {
	t := &InterfaceTable{ID: probeID, Name: "Probe"}
	for i, h := range hs {
		m := probeMethod(uint16(i))
		m.Context = contextSlot
		m.Handle = nil
		if h != nil {
			m.Handle = func(ctx context.Context, _ any, sc *ServerCall) error { return h(ctx, sc) }
		}
		t.Methods = append(t.Methods, m)
	}
	return NewObject("probe", release, t)
}

// probeMethod is method ordinal of the probe interface, as a client calls it.
func probeMethod(ordinal uint16) *Method {
	return &Method{
		Interface: probeID, Ordinal: ordinal, Name: "Probe.m" + string(rune('0'+ordinal)),
		Params: probeSize, Results: probeSize,
		ParamFields:  []Field{{"context", KindContext, 0}, {"text", KindText, 1}, {"n", KindUint64, 0}},
		ResultFields: []Field{{"text", KindText, 1}, {"n", KindUint64, 0}},
	}
}

// invoke calls method ordinal of r. fill and read may be nil.
func invoke(ctx context.Context, r *Ref, ordinal uint16, fill, read func(s capnp.Struct, t *Caps) error) error {
	return invokeMethod(ctx, r, probeMethod(ordinal), fill, read)
}

func invokeMethod(ctx context.Context, r *Ref, m *Method, fill, read func(s capnp.Struct, t *Caps) error) error {
	call, err := r.Begin(ctx, m)
	if err != nil {
		return err
	}
	defer call.Done()
	if fill != nil {
		if err := fill(call.Params(), call.ParamCaps()); err != nil {
			return err
		}
	}
	if err := call.Send(); err != nil {
		return err
	}
	if read != nil {
		return read(call.Results(), call.ResultCaps())
	}
	return nil
}

// echoHandler answers with pointer 1 and the first data word of its parameters.
func echoHandler(_ context.Context, sc *ServerCall) error {
	r, err := sc.NewResults()
	if err != nil {
		return err
	}
	p, err := sc.Params().Ptr(1)
	if err != nil {
		return err
	}
	r.SetUint64(0, sc.Params().Uint64(0))
	return r.SetNewText(1, p.Text())
}

func callEcho(ctx context.Context, r *Ref, text string) (string, error) {
	got := ""
	err := invoke(ctx, r, 0, func(s capnp.Struct, _ *Caps) error {
		return s.SetNewText(1, text)
	}, func(s capnp.Struct, _ *Caps) error {
		p, err := s.Ptr(1)
		got = p.Text()
		return err
	})
	return got, err
}

// socketPair returns two connected sockets.
func socketPair(t testing.TB) (a, b *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fds[0]), "a"), os.NewFile(uintptr(fds[1]), "b")
}

// connect returns a client whose peer, a Conn too, offers boot.
func connect(t testing.TB, boot *Object) (client, server *Conn) {
	t.Helper()
	return connectWith(t, Options{}, Options{Bootstrap: boot})
}

func connectWith(t testing.TB, co, so Options) (client, server *Conn) {
	t.Helper()
	a, b := socketPair(t)
	co.Name, co.Peer, so.Name, so.Peer = "rpc", "core", "core", "rpc"
	return newConn(t, a, co), newConn(t, b, so)
}

func newConn(t testing.TB, f *os.File, o Options) *Conn {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	c, err := NewConn(f, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// bootstrapRef is the peer's bootstrap object, released when the test ends.
func bootstrapRef(t testing.TB, c *Conn) *Ref {
	t.Helper()
	r, err := c.Bootstrap(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return r
}

// eventually waits until ok holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		time.Sleep(time.Millisecond)
	}
}

// receive takes a value from ch.
func receive[T any](t testing.TB, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: not within %v", what, patience)
		panic("unreachable")
	}
}

func wantKind(t testing.TB, err error, kind Kind) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("error %v, want kind %s", err, kind)
	}
}

// openFDs counts the descriptors of this process.
func openFDs(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc:", err)
	}
	return len(entries) - 1 // the directory itself
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
