package conn

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"dashmp/node/p2p/netaddr"
	"dashmp/node/params"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// network is what a Manager under test reaches: each Dial makes a pair of
// sockets and hands the other end to the test.
type network struct {
	mu    sync.Mutex
	far   chan *os.File
	names map[string][]netip.Addr
	fail  error
	dials int
}

func (n *network) Dial(_ context.Context, _ netip.AddrPort, _ Kind) (*os.File, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials++
	if n.fail != nil {
		return nil, n.fail
	}
	near, far, err := pair()
	if err == nil {
		n.far <- far
	}
	return near, err
}

func (n *network) Resolve(_ context.Context, name string) ([]netip.Addr, error) {
	if list, ok := n.names[name]; ok {
		return list, nil
	}
	return nil, fs.ErrNotExist
}

// pair is two ends of a connection, non-blocking as the broker's are.
func pair() (near, far *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "near"), os.NewFile(uintptr(fds[1]), "far"), nil
}

// files are in memory.
type files struct {
	mu sync.Mutex
	m  map[File][]byte
}

func (f *files) Load(_ context.Context, name File) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b, ok := f.m[name]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}

func (f *files) Store(_ context.Context, name File, b []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.m[name] = bytes.Clone(b)
	return nil
}

func (f *files) Retire(_ context.Context, name File, _ bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.m, name)
	return nil
}

// recorder is a Processor that notes what it is called with.
type recorder struct {
	events chan string
	// hold, if not nil, keeps Message until it gives an element.
	hold chan struct{}
	on   func(p *Peer, m Message)
	work sync.Mutex // held during a call: there is one at a time
}

func (r *recorder) call(t string) {
	if !r.work.TryLock() {
		panic("two calls at a time")
	}
	defer r.work.Unlock()
	if t != "" {
		r.events <- t
	}
}

func (r *recorder) Connected(p *Peer)    { r.call("connected " + p.Kind().String()) }
func (r *recorder) Backlog(*Peer) bool   { r.call(""); return false }
func (r *recorder) Tick(*Peer)           { r.call("") }
func (r *recorder) Disconnected(p *Peer) { r.call("disconnected " + p.Kind().String()) }
func (r *recorder) Message(p *Peer, m Message) {
	if r.hold != nil {
		<-r.hold
	}
	if r.on != nil {
		r.on(p, m)
		return
	}
	r.call(m.Type + " " + string(m.Payload[:min(len(m.Payload), 20)]))
}

// world is a Manager under test.
type world struct {
	*Manager
	t     *testing.T
	net   *network
	files *files
	proc  *recorder
	log   *logBuffer
	clock struct {
		sync.Mutex
		ahead time.Duration
	}
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (w *world) now() time.Time {
	w.clock.Lock()
	defer w.clock.Unlock()
	return time.Now().Add(w.clock.ahead)
}

func (w *world) later(d time.Duration) {
	w.clock.Lock()
	defer w.clock.Unlock()
	w.clock.ahead += d
}

// newWorld starts a Manager on regtest that makes no connection by itself.
func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, net: &network{far: make(chan *os.File, 100)}, files: &files{m: map[File][]byte{}}, log: &logBuffer{},
		proc: &recorder{events: make(chan string, 10000)},
	}
	cfg := Config{
		MaxConnections: 20, Reachable: map[netaddr.Network]bool{netaddr.IPv4: true, netaddr.IPv6: true}, NetworkActive: true,
		Listen: true, ListenPort: 19899, PeerTimeout: time.Minute, MaxSendBuffer: 1_000_000, MaxReceiveBuffer: 5_000_000, LogIPs: true,
	}
	if change != nil {
		change(&cfg)
	}
	w.Manager = New(Options{
		Params: p, Services: 1, UserAgent: "/test/", Network: w.net, Files: w.files, Config: cfg, Now: w.now, WallClock: time.Now,
		Seed: [32]byte{7}, Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err := w.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(w.proc); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(w.log.String())
		}
	})
	return w
}

// expect waits for an event.
func (w *world) expect(want string) {
	w.t.Helper()
	select {
	case got := <-w.proc.events:
		if got != want {
			w.t.Fatalf("got %q, want %q", got, want)
		}
	case <-time.After(patience):
		w.t.Fatalf("%q did not happen", want)
	}
}

// eventually waits for a condition.
func (w *world) eventually(what string, cond func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("never: %s", what)
		}
	}
}

// inbound connects a stranger and returns its end.
func (w *world) inbound(from string) (*os.File, bool) {
	w.t.Helper()
	near, far, err := pair()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { far.Close() })
	s, ok := netaddr.ParseService(from, 1)
	if !ok {
		w.t.Fatal(from)
	}
	if !w.admit(near, s, 0) {
		near.Close()
		return far, false
	}
	return far, true
}

// message is a framed message of regtest.
func message(t *testing.T, msgType string, payload []byte) []byte {
	t.Helper()
	return append(appendHeader(nil, regtestMagic, msgType, payload), payload...)
}

var regtestMagic = [4]byte{0xfc, 0xc1, 0xb7, 0xdc}

// write sends bytes and does not mind that the other side has gone.
func write(t *testing.T, f *os.File, b []byte) {
	t.Helper()
	if _, err := f.Write(b); err != nil {
		t.Logf("write: %v", err)
	}
}

// next reads one message.
func next(t *testing.T, f *os.File) (string, []byte) {
	t.Helper()
	if err := f.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var h [headerSize]byte
	if _, err := io.ReadFull(f, h[:]); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, binary.LittleEndian.Uint32(h[16:]))
	if _, err := io.ReadFull(f, p); err != nil {
		t.Fatal(err)
	}
	return typeOf(h), p
}

// closed reports that the other side ends the connection.
func closed(t *testing.T, f *os.File) bool {
	t.Helper()
	if err := f.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, err := io.Copy(io.Discard, struct{ io.Reader }{f})
	return err == nil || !os.IsTimeout(err)
}
