package role

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/policy"
	"dashmp/sandbox/logd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParseArgs(t *testing.T) {
	for _, c := range []struct {
		args string
		fd   int
	}{
		{"-ipcfd 3", 3}, {"-ipcfd 65535", 65535},
		{"", 0}, {"-ipcfd", 0}, {"-ipcfd 2", 0}, {"-ipcfd -3", 0}, {"-ipcfd x", 0}, {"-ipcfd 65536", 0},
		{"-ipcfd 3 -regtest", 0}, {"-regtest -ipcfd 3", 0}, {"--ipcfd 3", 0}, {"-ipcfd=3", 0},
	} {
		got, err := parseArgs(policy.Core, strings.Fields(c.args))
		if got != c.fd || (err == nil) != (c.fd != 0) {
			t.Errorf("%q: got %d, %v", c.args, got, err)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "dash-node-core: ") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q: %v", c.args, err)
		}
	}
}

func TestUsageIsOneLineAndExitCode1(t *testing.T) {
	var stderr bytes.Buffer
	if code := (Program{Role: policy.Signer}).Run(t.Context(), nil, &stderr); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if s := stderr.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "started by dash-node") {
		t.Errorf("stderr %q", s)
	}
}

// events is a Service that records what it is told.
type events struct {
	mu   sync.Mutex
	list []string
}

func (e *events) add(format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, fmt.Sprintf(format, args...))
}

func (e *events) get() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.list...)
}

func (e *events) Bootstrap(policy.Role) *ipc.Object       { return initproxy.NewInitObject(makeEcho{}, nil) }
func (e *events) Connected(peer policy.Role, _ *ipc.Conn) { e.add("connected %s", peer) }
func (e *events) Disconnected(peer policy.Role)           { e.add("disconnected %s", peer) }
func (e *events) Stop(context.Context) error              { e.add("stop"); return nil }

// started makes a runtime whose component runs.
func started(t *testing.T, role policy.Role) (*runtime, *events) {
	t.Helper()
	r, e := newRuntime(role, slog.New(slog.DiscardHandler), logd.NewSwitch(logd.Filter{})), &events{}
	r.service = e
	close(r.started)
	t.Cleanup(r.closePeers)
	return r, e
}

// pair makes a socket pair: an end to hand over and one to keep.
func pair(t *testing.T) (ipc.FD, *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	return ipc.NewFD(fds[0]), os.NewFile(uintptr(fds[1]), "peer")
}

// echoThrough is a sibling that uses what it is offered.
func echoThrough(t *testing.T, socket *os.File) *ipc.Conn {
	t.Helper()
	conn, err := ipc.NewConn(socket, ipc.Options{Name: "sibling", Peer: "role"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	i, err := initproxy.BootstrapInit(ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close() //nolint:errcheck // the connection goes with it
	e, err := i.MakeEcho(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Echo(ctx, "x"); err != nil || got != "x" {
		t.Fatalf("echo: %q, %v", got, err)
	}
	return conn
}

// A sibling that comes anew replaces the old connection, and the component sees
// the end of the one before the beginning of the other.
func TestSiblingIsReplacedInOrder(t *testing.T) {
	r, e := started(t, policy.Core)
	for range 3 {
		fd, peer := pair(t)
		if err := r.Connect(t.Context(), "wallet", fd); err != nil {
			t.Fatal(err)
		}
		echoThrough(t, peer)
	}
	r.closePeers()
	want := []string{
		"connected wallet", "disconnected wallet", "connected wallet", "disconnected wallet",
		"connected wallet", "disconnected wallet",
	}
	if d := cmp.Diff(want, e.get()); d != "" {
		t.Error(d)
	}
}

func TestSiblingThatGoes(t *testing.T) {
	r, e := started(t, policy.RPC)
	fd, peer := pair(t)
	if err := r.Connect(t.Context(), "core", fd); err != nil {
		t.Fatal(err)
	}
	_ = echoThrough(t, peer).Close()
	for end := time.Now().Add(10 * time.Second); len(e.get()) < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the component was not told")
		}
	}
	if d := cmp.Diff([]string{"connected core", "disconnected core"}, e.get()); d != "" {
		t.Error(d)
	}
}

// Pairs that the process graph does not join are refused, whoever asks, and the
// descriptor is closed.
func TestConnectFollowsTheGraph(t *testing.T) {
	allowed := map[policy.Role]string{
		policy.Core: "rpc wallet", policy.RPC: "core wallet signer", policy.Wallet: "rpc core signer", policy.Signer: "rpc wallet", policy.Echo: "",
	}
	for role, list := range allowed {
		for _, other := range []string{"core", "rpc", "wallet", "signer", "echo", "supervisor", "", "nobody\n"} {
			r, e := started(t, role)
			fd, peer := pair(t)
			err := r.Connect(t.Context(), other, fd)
			want := strings.Contains(" "+list+" ", " "+other+" ") && other != ""
			if (err == nil) != want {
				t.Errorf("%s to %q: %v", role, other, err)
			}
			if err != nil {
				if !errors.Is(err, ipc.ErrUnimplemented) || len(e.get()) != 0 || fd.IsValid() {
					t.Errorf("%s to %q: %v, told %q, descriptor open %v", role, other, err, e.get(), fd.IsValid())
				}
			}
			peer.Close()
			r.closePeers()
		}
	}
}

func TestConnectWaitsForTheComponentAndEndsWithTheRole(t *testing.T) {
	r := newRuntime(policy.Core, slog.New(slog.DiscardHandler), logd.NewSwitch(logd.Filter{}))
	r.service = &events{}
	fd, peer := pair(t)
	defer peer.Close()
	done := make(chan error)
	go func() { done <- r.Connect(t.Context(), "rpc", fd) }()
	select {
	case err := <-done:
		t.Fatalf("returned %v before the component had started", err)
	case <-time.After(20 * time.Millisecond):
	}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, ipc.ErrDisconnected) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newRuntime(policy.Core, r.log, logd.NewSwitch(logd.Filter{})).Started(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What a peer may send is what the role's dynamic classes say of that peer.
func TestCheckFD(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	dup := func(f *os.File) ipc.FD {
		fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		return ipc.NewFD(fd)
	}
	rdonly, err := os.Open(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer rdonly.Close()
	defer file.Close()
	sock, peer := pair(t)
	defer peer.Close()
	for _, c := range []struct {
		name  string
		role  policy.Role
		from  policy.Role
		class string
		fd    ipc.FD
		ok    bool
	}{
		{"a block file", policy.Core, policy.Supervisor, ipc.ClassFD, dup(file), true},
		{"a wallet, read-only", policy.Wallet, policy.Supervisor, ipc.ClassFD, dup(rdonly), false},
		{"a file from a sibling", policy.Core, policy.RPC, ipc.ClassFD, dup(file), false},
		{"a sibling's socket", policy.Core, policy.Supervisor, ipc.ClassFD, sock, true},
		{"a file to the rpc role", policy.RPC, policy.Supervisor, ipc.ClassFD, dup(file), false},
		{"a file as a secret", policy.Signer, policy.RPC, ipc.ClassSecret, dup(file), false},
		{"a secret from the supervisor", policy.Signer, policy.Supervisor, ipc.ClassSecret, dup(file), false},
		{"a file as bulk", policy.RPC, policy.Core, ipc.ClassBulk, dup(file), false},
	} {
		err := newRuntime(c.role, nil, logd.NewSwitch(logd.Filter{})).checkFD(c.from)(c.class, c.fd)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		_ = c.fd.Close()
	}
}
