package supervisor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/role"
)

var killed = sandbox.ExitState{Code: -1, Signal: syscall.SIGKILL}

// graphPairs are the pairs of the process graph, as "a b" with a < b.
func graphPairs() []string {
	var list []string
	for _, e := range policy.Graph() {
		if e.From == policy.Supervisor || e.To == policy.Supervisor || e.To == policy.Echo {
			continue
		}
		p := pairOf(e.From, e.To)
		if s := string(p.a) + " " + string(p.b); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return list
}

// joinedEnds returns the pairs of processes whose ends are the two ends of one
// socket, found out by sending a byte.
func joinedEnds(t *testing.T, w *world) []string {
	t.Helper()
	var list []string
	for _, a := range fourRoles() {
		for _, b := range fourRoles() {
			pa, pb := w.last(a), w.last(b)
			if a >= b || pa == nil || pb == nil {
				continue
			}
			pa.mu.Lock()
			ea := pa.ends[string(b)]
			pa.mu.Unlock()
			pb.mu.Lock()
			eb := pb.ends[string(a)]
			pb.mu.Unlock()
			if ea == nil && eb == nil {
				continue
			}
			buf := make([]byte, 8)
			if _, err := ea.WriteString("x"); err != nil {
				t.Errorf("%s to %s: %v", a, b, err)
				continue
			}
			if n, err := eb.Read(buf); err != nil || n != 1 {
				t.Errorf("%s to %s: read %d, %v", a, b, n, err)
				continue
			}
			list = append(list, string(a)+" "+string(b))
		}
	}
	slices.Sort(list)
	return list
}

func TestTreeComesUpWiredByTheGraph(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(graphPairs(), joinedEnds(t, w)); d != "" {
		t.Error(d)
	}
	for r, want := range map[policy.Role][]string{
		policy.Core:   {"log", "chainstate", "blockindex"},
		policy.RPC:    {"log"},
		policy.Wallet: {"log"},
		policy.Signer: {"log"},
	} {
		if d := cmp.Diff(want, w.last(r).files); d != "" {
			t.Errorf("%s: %s", r, d)
		}
	}
}

func TestFewerRoles(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce, policy.Core, policy.Signer)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	if got := joinedEnds(t, w); len(got) != 0 {
		t.Errorf("wired: %q", got)
	}
}

// Start waits for a component that has no sibling, too.
func TestStartWaitsForALoneComponent(t *testing.T) {
	w := newWorld(t)
	w.slow[policy.Core] = make(chan struct{})
	f := setup(t, w, sandbox.ModeEnforce, policy.Core)
	done := make(chan error)
	go func() { done <- f.Start(t.Context(), f.hold) }()
	eventually(t, "the core to be up", func() bool { return f.instance(policy.Core) != nil })
	select {
	case err := <-done:
		t.Fatalf("Start returned %v before the component had started", err)
	case <-time.After(50 * time.Millisecond):
	}
	if s := f.Isolation().Processes[0].State; s != stateStarting {
		t.Errorf("state %s", s)
	}
	close(w.slow[policy.Core])
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// A role that dies is started again and wired again, whichever it is; the
// others and their connections to each other stay.
func TestEachRoleHealsAlone(t *testing.T) {
	for _, victim := range fourRoles() {
		t.Run(string(victim), func(t *testing.T) {
			w := newWorld(t)
			f := setup(t, w, sandbox.ModeEnforce)
			if err := f.Start(t.Context(), f.hold); err != nil {
				t.Fatal(err)
			}
			old, ends := w.last(victim), map[string]*os.File{}
			for _, r := range fourRoles() {
				for peer, e := range w.last(r).ends {
					ends[string(r)+" "+peer] = e
				}
			}
			old.die(killed)
			eventually(t, "the new instance to be wired", func() bool {
				p := w.last(victim)
				return p != old && len(f.siblings(victim)) == len(old.ends)
			})
			eventually(t, "the status", func() bool {
				iso := f.Isolation()
				return !slices.ContainsFunc(iso.Processes, func(p Process) bool { return p.State != stateReady })
			})
			if d := cmp.Diff(graphPairs(), joinedEnds(t, w)); d != "" {
				t.Error(d)
			}
			for _, r := range fourRoles() {
				if r != victim && w.count(r) != 1 {
					t.Errorf("%s was started %d times", r, w.count(r))
				}
				for peer, e := range w.last(r).ends {
					touched := r == victim || peer == string(victim)
					if same := ends[string(r)+" "+peer] == e; same == touched {
						t.Errorf("connection of %s to %s: same %v", r, peer, same)
					}
				}
			}
			iso := f.Isolation()
			i := slices.IndexFunc(iso.Processes, func(p Process) bool { return p.Role == victim })
			if p := iso.Processes[i]; p.Restarts != 1 || p.State != stateReady || !strings.Contains(p.LastEnd, killed.String()) {
				t.Errorf("status: %d restarts, %s, %q", p.Restarts, p.State, p.LastEnd)
			}
		})
	}
}

// A process that the kernel does not show to be confined gets no sibling and no
// broker, and the node does not start.
func TestUnconfinedProcessIsNotWired(t *testing.T) {
	w := newWorld(t)
	w.faults[policy.Core] = []string{"thread 7: no filter"}
	f := setup(t, w, sandbox.ModeEnforce)
	err := f.Start(t.Context(), f.hold)
	if err == nil || !strings.Contains(err.Error(), "dash-node-core") || !strings.Contains(err.Error(), "thread 7: no filter") {
		t.Errorf("got %v", err)
	}
	if got := w.eventsWith("connect core"); len(got) != 0 {
		t.Errorf("wired all the same: %q", got)
	}
}

// The reason of a process that refused to serve names the layer.
func TestLayerErrorReachesTheOperator(t *testing.T) {
	w := newWorld(t)
	w.unready[policy.Signer] = &sandbox.LayerError{Layer: sandbox.LayerLandlock, Feature: "CONFIG_SECURITY_LANDLOCK", Hint: "boot with lsm=landlock", Err: errors.New("not supported")}
	f := setup(t, w, sandbox.ModeEnforce)
	err := f.Start(t.Context(), f.hold)
	if !errors.Is(err, sandbox.LayerLandlock) || !strings.Contains(err.Error(), "boot with lsm=landlock") {
		t.Errorf("got %v", err)
	}
}

func TestFatalTextReachesTheOperatorQuoted(t *testing.T) {
	w := newWorld(t)
	w.says[policy.Core] = "noise\n" + role.FatalPrefix + "Error opening block database.\x1b[31m\n"
	w.diesOnce[policy.Core] = sandbox.ExitState{Code: role.ExitFatal}
	w.slow[policy.Core] = make(chan struct{})
	f := setup(t, w, sandbox.ModeEnforce)
	err := f.Start(t.Context(), f.hold)
	if err == nil || err.Error() != `Error opening block database.\x1b[31m` {
		t.Errorf("got %v", err)
	}
}

// An echo process proves the sandbox before anything is acquired.
func TestCheck(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	if err := f.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.unready[policy.Echo] = errors.New("no kernel")
	if err := f.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "no kernel") {
		t.Errorf("got %v", err)
	}
	if w.count(policy.Echo) != 2 || w.count(policy.Core) != 0 {
		t.Error("Check started something else")
	}
}

func TestStopOrder(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	f.Stop(t.Context())
	if d := cmp.Diff([]string{"stop rpc", "stop wallet", "stop core", "stop signer"}, w.eventsWith("stop")); d != "" {
		t.Error(d)
	}
	f.Stop(t.Context()) // again, to no effect
	if n := len(w.eventsWith("stop")); n != 4 {
		t.Errorf("%d stops", n)
	}
}

func TestHungRoleIsKilledAtItsDeadline(t *testing.T) {
	w := newWorld(t)
	w.hung[policy.Wallet] = true
	f := setup(t, w, sandbox.ModeEnforce)
	f.cfg.StopTimes[policy.Wallet] = 50 * time.Millisecond
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	f.Stop(t.Context())
	if got := w.last(policy.Wallet).exit.Signal; got != syscall.SIGKILL {
		t.Errorf("the hung role ended by %v", got)
	}
	if got := w.last(policy.Core).exit; got.Code != 0 {
		t.Errorf("the core was not stopped in order: %v", got)
	}
}

// A component that starts slowly holds up nobody but those who need it, and a
// stop meanwhile is prompt.
func TestStopWhileStarting(t *testing.T) {
	w := newWorld(t)
	w.slow[policy.Core] = make(chan struct{})
	f := setup(t, w, sandbox.ModeEnforce)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { failed <- f.Start(ctx, f.hold) }()
	eventually(t, "the others to be wired", func() bool { return len(f.siblings(policy.Signer)) == 2 })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	f.Stop(t.Context())
}

func TestStopWhileWaitingToRestart(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.unready[policy.Signer] = errors.New("broken")
	w.mu.Unlock()
	w.last(policy.Signer).die(killed)
	eventually(t, "some restarts", func() bool { return w.count(policy.Signer) > quick+2 })
	start := time.Now()
	f.Stop(t.Context())
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("Stop took %v", d)
	}
	select {
	case err := <-f.fatal:
		t.Errorf("a role that had been up ended the node: %v", err)
	default:
	}
}

func TestBackoff(t *testing.T) {
	var b backoff
	var got []time.Duration
	for range 14 {
		got = append(got, b.next(0))
	}
	if got[0] != firstDelay || got[quick-1] != firstDelay || got[quick] != 2*firstDelay || got[13] != maxDelay {
		t.Errorf("delays %v", got)
	}
	if d := b.next(time.Hour); d != firstDelay {
		t.Errorf("after an hour: %v", d)
	}
	if d := b.next(0); d != firstDelay {
		t.Errorf("the second failure after a long life: %v", d)
	}
}

func TestViolationIsDecodedLoggedAndCounted(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	victim := w.last(policy.Core)
	w.mu.Lock()
	w.violation[victim.pid] = sandbox.Violation{PID: victim.pid, Syscall: "execve", Nr: 59, Arch: "x86_64"}
	w.mu.Unlock()
	victim.die(sandbox.ExitState{Code: -1, Signal: syscall.SIGSYS})
	eventually(t, "the new instance", func() bool { return w.last(policy.Core) != victim && len(f.siblings(policy.Core)) == 2 })
	p := f.Isolation().Processes[0]
	if p.Role != policy.Core || p.Violations != 1 || len(p.Recent) != 1 {
		t.Errorf("status: %+v", p)
	}
	eventually(t, "the log line", func() bool { return strings.Contains(f.log.String(), "dash-node-core violated its sandbox") })
}

func TestWeakenedModeIsWarnedOf(t *testing.T) {
	for mode, warned := range map[sandbox.Mode]bool{sandbox.ModeEnforce: false, sandbox.ModeTrace: true, sandbox.ModeOff: true} {
		w := newWorld(t)
		f := setup(t, w, mode)
		if err := f.Start(t.Context(), f.hold); err != nil {
			t.Fatal(err)
		}
		iso := f.Isolation()
		if (iso.Warning != "") != warned {
			t.Errorf("%s: warning %q", mode, iso.Warning)
		}
		for _, p := range iso.Processes {
			if p.Mode != mode || p.Confined != mode.Layers() {
				t.Errorf("%s: %s is shown as mode %s, confined %v", mode, p.Role, p.Mode, p.Confined)
			}
		}
		if warned {
			eventually(t, "the warning in the log", func() bool { return strings.Contains(f.log.String(), iso.Warning) })
		}
		if mode == sandbox.ModeOff && len(w.last(policy.Core).grant.Filter) != 0 {
			t.Error("off: a filter was granted")
		}
		if b, err := f.IsolationJSON(); err != nil || len(b) > 256<<10 {
			t.Errorf("JSON of %d bytes, %v", len(b), err)
		}
	}
}

func TestEchoProcesses(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	b := &rpcBroker{t: f.Tree, echo: newRate(1000, 1000)}
	for range maxEchoes {
		fd, err := b.SpawnEcho(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_ = fd.Close()
	}
	if _, err := b.SpawnEcho(t.Context()); !errors.Is(err, ipc.ErrLimit) {
		t.Errorf("one too many: %v", err)
	}
	if n := len(f.Isolation().Processes); n != 4+maxEchoes {
		t.Errorf("%d processes in the status", n)
	}
	w.last(policy.Echo).die(sandbox.ExitState{})
	eventually(t, "room for another", func() bool {
		fd, err := b.SpawnEcho(t.Context())
		_ = fd.Close()
		return err == nil
	})
	f.Stop(t.Context())
	if _, err := b.SpawnEcho(t.Context()); !errors.Is(err, ipc.ErrDisconnected) {
		t.Errorf("after the stop: %v", err)
	}
}

func TestStopAsked(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	b := &rpcBroker{t: f.Tree, echo: newRate(1, 1)}
	for range 3 {
		if err := b.Stop(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-f.StopAsked(); got != "RPC" {
		t.Errorf("asked by %q", got)
	}
}

func TestOpenPrograms(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "bin")
	libexec := filepath.Join(filepath.Dir(bin), "libexec", "dash")
	write := func(dir, name string, mode os.FileMode) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), mode); err != nil {
			t.Fatal(err)
		}
	}
	dirs := ProgramDirs(filepath.Join(bin, "dash-node"))
	_, err := OpenPrograms(dirs, fourRoles())
	if err == nil || !strings.Contains(err.Error(), "dash-node-core, dash-signer, dash-wallet, dash-node-rpc") ||
		!strings.Contains(err.Error(), bin) || !strings.Contains(err.Error(), "hint") || strings.Contains(err.Error(), "\n") {
		t.Errorf("nothing there: %v", err)
	}
	write(bin, "dash-node-core", 0o700)
	write(libexec, "dash-signer", 0o700)
	got, err := OpenPrograms(dirs, []policy.Role{policy.Core, policy.Signer})
	if err != nil {
		t.Fatal(err)
	}
	if got[policy.Signer].Path != filepath.Join(libexec, "dash-signer") {
		t.Errorf("found %s", got[policy.Signer].Path)
	}
	closePrograms(got)
	write(bin, "dash-wallet", 0o600)
	if _, err := OpenPrograms(dirs, []policy.Role{policy.Wallet}); err == nil || !strings.Contains(err.Error(), "not an executable") {
		t.Errorf("not executable: %v", err)
	}
}
