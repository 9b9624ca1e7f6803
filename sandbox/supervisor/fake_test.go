package supervisor

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/notify"
	"dashmp/sandbox/logd"
)

func TestMain(m *testing.M) {
	if os.Getenv(naiveVar) != "" {
		fmt.Println(naive())
		return
	}
	if os.Getenv(shrinkVar) != "" {
		fmt.Println(naiveView())
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		removeRealPrograms()
		os.Exit(code)
	}))
}

// world is an outside without processes. Its zero values let everything succeed.
type world struct {
	t *testing.T

	mu      sync.Mutex
	nextPID int
	procs   []*fakeProc
	events  []string // "stop core", "connect rpc core" …

	// fault, if set, decides per role what goes wrong.
	unready   map[policy.Role]error             // AwaitReady
	faults    map[policy.Role][]string          // Verify
	hung      map[policy.Role]bool              // Stop is not obeyed
	slow      map[policy.Role]chan struct{}     // Connect waits for it: the component starts slowly
	mute      map[policy.Role]chan struct{}     // Started waits for it once the component has started
	says      map[policy.Role]string            // on stderr, before it dies
	diesOnce  map[policy.Role]sandbox.ExitState // right after the first link
	violation map[int]sandbox.Violation         // by pid
}

func newWorld(t *testing.T) *world {
	return &world{
		t: t, nextPID: 1000,
		unready: map[policy.Role]error{}, faults: map[policy.Role][]string{}, hung: map[policy.Role]bool{},
		slow: map[policy.Role]chan struct{}{}, mute: map[policy.Role]chan struct{}{}, says: map[policy.Role]string{},
		diesOnce: map[policy.Role]sandbox.ExitState{}, violation: map[int]sandbox.Violation{},
	}
}

func (w *world) outside() outside {
	return outside{
		start: w.start,
		observe: func(pid int) (sandbox.Observation, error) {
			return sandbox.Observation{PID: pid, Threads: []sandbox.ThreadState{{TID: pid, Seccomp: 2}}}, nil
		},
		verify: func(_ sandbox.Observation, s *policy.Spec, _ sandbox.Mode) []string {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.faults[s.Role]
		},
		verifyReport: func(sandbox.SelfReport, sandbox.Grant, sandbox.Observation) []string { return nil },
		decode: func(_ context.Context, pid int) (sandbox.Violation, bool) {
			w.mu.Lock()
			defer w.mu.Unlock()
			v, ok := w.violation[pid]
			return v, ok
		},
		dial:  w.dial,
		close: func() { w.event("closed") },
	}
}

func (w *world) event(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, fmt.Sprintf(format, args...))
}

func (w *world) eventsWith(prefix string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, e := range w.events {
		if strings.HasPrefix(e, prefix) {
			list = append(list, e)
		}
	}
	return list
}

// last returns the newest process of a role.
func (w *world) last(r policy.Role) *fakeProc {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range slices.Backward(w.procs) {
		if p.role == r {
			return p
		}
	}
	return nil
}

func (w *world) count(r policy.Role) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, p := range w.procs {
		if p.role == r {
			n++
		}
	}
	return n
}

func (w *world) start(_ context.Context, c sandbox.Command) (process, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	stderr, err := syscall.Dup(int(c.Stderr.Fd()))
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(stderr)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nextPID++
	p := &fakeProc{
		w: w, pid: w.nextPID, role: roleOf(c.Name), socket: os.NewFile(uintptr(fds[0]), "ours"),
		theirs: os.NewFile(uintptr(fds[1]), "theirs"), stderr: os.NewFile(uintptr(stderr), "stderr"),
		done: make(chan struct{}), ends: map[string]*os.File{},
	}
	w.procs = append(w.procs, p)
	return p, nil
}

func roleOf(program string) policy.Role {
	for _, s := range policy.All() {
		if s.Program == program {
			return s.Role
		}
	}
	return ""
}

func (w *world) dial(r policy.Role, socket *os.File, offer *ipc.Object) (link, error) {
	if offer == nil {
		w.t.Errorf("%s has no broker", r)
	}
	w.mu.Lock()
	exit, dies := w.diesOnce[r]
	delete(w.diesOnce, r)
	w.mu.Unlock()
	p := w.last(r)
	if dies {
		p.die(exit)
	}
	return &fakeLink{p, socket}, nil
}

// fakeProc is a process; die ends it.
type fakeProc struct {
	w              *world
	pid            int
	role           policy.Role
	socket, theirs *os.File
	stderr         *os.File
	grant          sandbox.Grant
	files          []string

	mu    sync.Mutex
	exit  sandbox.ExitState
	done  chan struct{}
	dead  bool
	ends  map[string]*os.File // of siblings
	close bool
}

func (p *fakeProc) die(exit sandbox.ExitState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return
	}
	p.dead, p.exit = true, exit
	p.w.mu.Lock()
	fmt.Fprint(p.stderr, p.w.says[p.role])
	p.w.mu.Unlock()
	p.stderr.Close()
	p.theirs.Close()
	for _, f := range p.ends {
		f.Close()
	}
	close(p.done)
}

func (p *fakeProc) PID() int             { return p.pid }
func (p *fakeProc) TakeSocket() *os.File { return p.socket }
func (p *fakeProc) Send(_ context.Context, g sandbox.Grant) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grant = g
	for _, f := range g.FDs {
		if _, err := f.File.Stat(); err != nil {
			p.w.t.Errorf("%s: granted descriptor %s: %v", p.role, f.Name, err)
		}
		p.files = append(p.files, f.Name)
	}
	return nil
}

func (p *fakeProc) AwaitReady(context.Context) (sandbox.SelfReport, error) {
	p.w.mu.Lock()
	err := p.w.unready[p.role]
	p.w.mu.Unlock()
	return sandbox.SelfReport{Role: p.role, PID: p.pid, Build: p.grant.Build}, err
}
func (p *fakeProc) Done() <-chan struct{} { return p.done }
func (p *fakeProc) Wait(context.Context) (sandbox.ExitState, error) {
	<-p.done
	return p.exit, nil
}

func (p *fakeProc) Kill() error {
	p.die(sandbox.ExitState{Code: -1, Signal: syscall.SIGKILL})
	return nil
}

func (p *fakeProc) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close = true
	return p.socket.Close()
}

// fakeLink is a connection to a fakeProc.
type fakeLink struct {
	p      *fakeProc
	socket *os.File
}

func (l *fakeLink) Started(ctx context.Context) error {
	l.p.w.mu.Lock()
	slow, mute := l.p.w.slow[l.p.role], l.p.w.mute[l.p.role]
	l.p.w.mu.Unlock()
	for _, gate := range []chan struct{}{slow, mute} {
		if gate == nil {
			continue
		}
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (l *fakeLink) Connect(ctx context.Context, peer string, socket ipc.FD) error {
	if err := l.Started(ctx); err != nil {
		_ = socket.Close()
		return err
	}
	l.p.w.event("connect %s %s", l.p.role, peer)
	f := socket.File("sibling " + peer)
	if f == nil {
		return fmt.Errorf("no socket")
	}
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if l.p.dead {
		f.Close()
		return ipc.Errorf(ipc.ErrDisconnected, "dead")
	}
	if old := l.p.ends[peer]; old != nil {
		old.Close()
	}
	l.p.ends[peer] = f
	return nil
}

func (l *fakeLink) Stop(context.Context) error {
	l.p.w.event("stop %s", l.p.role)
	l.p.w.mu.Lock()
	hung := l.p.w.hung[l.p.role]
	l.p.w.mu.Unlock()
	if !hung {
		l.p.die(sandbox.ExitState{})
	}
	return nil
}

func (l *fakeLink) SetLogging(_ context.Context, enabled []string) error {
	l.p.w.event("logging %s %s", l.p.role, strings.Join(enabled, ","))
	return nil
}

func (l *fakeLink) SetMockTime(_ context.Context, seconds int64) error {
	l.p.w.event("mocktime %s %d", l.p.role, seconds)
	return nil
}

func (l *fakeLink) Close() error { return l.socket.Close() }

// buffer is a log that may be read while it is written.
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

// fixture is a tree in a world.
type fixture struct {
	*Tree
	w    *world
	log  *buffer
	hold Holdings
}

func fourRoles() []policy.Role {
	return []policy.Role{policy.Core, policy.Signer, policy.Wallet, policy.RPC}
}

// setup makes a tree; with no roles it has all four.
func setup(t *testing.T, w *world, mode sandbox.Mode, roles ...policy.Role) *fixture {
	t.Helper()
	if len(roles) == 0 {
		roles = fourRoles()
	}
	var log buffer
	service := logd.New(logd.Options{Console: &log})
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	dir, err := datadir.Open(datadir.Options{Root: t.TempDir(), Net: "regtest"})
	if err != nil {
		t.Fatal(err)
	}
	runner := notify.New(notify.Options{Logger: slog.New(slog.DiscardHandler)})
	cfg := Config{
		Build: "test", Mode: mode, Roles: roles, Programs: map[policy.Role]Program{},
		Filters: map[policy.Role]policy.Program{}, Log: service, Logger: service.Logger(),
		StopTimes: map[policy.Role]time.Duration{},
	}
	for _, r := range append([]policy.Role{policy.Echo}, roles...) {
		cfg.Programs[r] = Program{Path: "/programs/" + string(r)}
		p, err := policy.NewProgram(r, "amd64", policy.Enforce, make([]byte, policy.InsnSize), nil)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Filters[r] = p
		cfg.StopTimes[r] = 10 * time.Second
	}
	f := &fixture{Tree: newTree(cfg, w.outside()), w: w, log: &log, hold: Holdings{Dir: dir, Notify: runner}}
	t.Cleanup(func() {
		f.Stop(context.Background())
		runner.Close()
		dir.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := service.Close(ctx); err != nil {
			t.Error(err)
		}
		w.noneLeft()
	})
	return f
}

// noneLeft fails if a process was left running, or not reaped and closed.
func (w *world) noneLeft() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.procs {
		p.mu.Lock()
		if !p.dead || !p.close {
			w.t.Errorf("%s (pid %d): dead %v, closed %v", p.role, p.pid, p.dead, p.close)
		}
		p.mu.Unlock()
	}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("timed out: %s", what)
		}
	}
}
