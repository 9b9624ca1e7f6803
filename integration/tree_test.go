package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashmp/integration/look"
)

// isolation is what the tests read of getisolationinfo.
type isolation struct {
	Mode       string `json:"mode"`
	Warning    string `json:"warning"`
	Supervisor struct {
		PID       int  `json:"pid"`
		Sandboxed bool `json:"sandboxed"`
	} `json:"supervisor"`
	Processes []processInfo `json:"processes"`
}

// processInfo is what they read of a process.
type processInfo struct {
	Role     string   `json:"role"`
	State    string   `json:"state"`
	PID      int      `json:"pid"`
	Confined bool     `json:"confined"`
	Faults   []string `json:"faults"`
	Siblings []string `json:"siblings"`
	Restarts int      `json:"restarts"`
	Hangs    int      `json:"hangs"`
	LastEnd  string   `json:"last_end"`
	Threads  []struct {
		NoNewPrivs   bool   `json:"no_new_privs"`
		Seccomp      int    `json:"seccomp"`
		Capabilities string `json:"capabilities"`
	} `json:"threads"`
	Descriptors []struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
	} `json:"descriptors"`
}

func (n *testNode) isolation() isolation {
	n.t.Helper()
	raw, err := n.call(n.t.Context(), "getisolationinfo")
	if err != nil {
		n.t.Fatal(err)
	}
	var iso isolation
	if err := json.Unmarshal(raw, &iso); err != nil {
		n.t.Fatal(err)
	}
	return iso
}

func TestTreeIsConfinedAndWired(t *testing.T) {
	n := launch(t)
	iso := n.isolation()
	if iso.Mode != "enforce" || iso.Warning != "" || iso.Supervisor.Sandboxed || iso.Supervisor.PID != n.cmd.Process.Pid {
		t.Errorf("mode %q, warning %q, supervisor %+v", iso.Mode, iso.Warning, iso.Supervisor)
	}
	siblings := map[string][]string{
		"core": {"rpc", "wallet"}, "rpc": {"core", "signer", "wallet"},
		"signer": {"rpc", "wallet"}, "wallet": {"core", "rpc", "signer"},
	}
	pids, _ := n.processes()
	for _, p := range iso.Processes {
		if p.State != "ready" || !p.Confined || len(p.Faults) != 0 || p.Restarts != 0 {
			t.Errorf("%s: %s, confined %v, faults %q, %d restarts", p.Role, p.State, p.Confined, p.Faults, p.Restarts)
		}
		if d := cmp.Diff(siblings[p.Role], p.Siblings); d != "" {
			t.Errorf("%s: siblings %s", p.Role, d)
		}
		for _, th := range p.Threads {
			if !th.NoNewPrivs || th.Seccomp != 2 || th.Capabilities != "0" {
				t.Errorf("%s: thread %+v", p.Role, th)
			}
		}
		if len(p.Threads) == 0 || !slices.Contains([]int{pids["dash-node-core"], pids["dash-node-rpc"], pids["dash-wallet"], pids["dash-signer"]}, p.PID) {
			t.Errorf("%s: pid %d with %d threads", p.Role, p.PID, len(p.Threads))
		}
		for _, d := range p.Descriptors {
			if d.Name == "" {
				t.Errorf("%s: a %s without a name", p.Role, d.Kind)
			}
		}
	}
	if len(iso.Processes) != 4 {
		t.Errorf("%d processes", len(iso.Processes))
	}
	for _, text := range []string{"", "hello", strings.Repeat("x", 100000), "\u00e4\u4e16"} {
		raw, err := n.call(t.Context(), "echoipc", text)
		var got string
		if err != nil || json.Unmarshal(raw, &got) != nil || got != text {
			t.Errorf("echoipc of %d bytes: %.50s, %v", len(text), raw, err)
		}
	}
}

// callers are calls that end in each of the roles.
func callers() map[string]func(context.Context, *testNode) error {
	call := func(method string, params ...any) func(context.Context, *testNode) error {
		return func(ctx context.Context, n *testNode) error {
			_, err := n.call(ctx, method, params...)
			return err
		}
	}
	return map[string]func(context.Context, *testNode) error{
		"rpc":    call("uptime"),
		"core":   call("getblockchaininfo"),
		"wallet": call("listwallets"),
		"echo":   call("echoipc", "x"),
		// The signer answers that this is no key, after taking it as a secret.
		"signer": func(ctx context.Context, n *testNode) error {
			_, err := n.call(ctx, "signmessagewithprivkey", "not a key", "message")
			var e *rpcError
			if errors.As(err, &e) && e.Code == -5 {
				return nil
			}
			return err
		},
	}
}

// load makes calls to every role until stop, and judges every failure.
type load struct {
	wg     sync.WaitGroup
	stop   chan struct{}
	good   atomic.Int64
	failed atomic.Int64
	slow   atomic.Int64 // the longest call, in nanoseconds
}

func (n *testNode) load() *load {
	l := &load{stop: make(chan struct{})}
	for name, call := range callers() {
		for range 2 {
			l.wg.Go(func() {
				for {
					select {
					case <-l.stop:
						return
					default:
					}
					start := time.Now()
					err := call(context.Background(), n)
					took := time.Since(start).Nanoseconds()
					if took > callTime.Nanoseconds()/2 {
						n.t.Logf("%s: call to %s took %v: %v", start.UTC().Format("15:04:05.000"), name, time.Duration(took), err)
					}
					for old := l.slow.Load(); took > old && !l.slow.CompareAndSwap(old, took); old = l.slow.Load() {
					}
					if err == nil {
						l.good.Add(1)
						continue
					}
					l.failed.Add(1)
					if !isClear(err) {
						n.t.Errorf("call to %s: not a clear error: %v", name, err)
					}
					time.Sleep(time.Millisecond)
				}
			})
		}
	}
	return l
}

// isClear reports whether an error tells its reader what happened: the server is
// away, still warming up or stopping, or a role is named that is not running.
func isClear(err error) bool {
	var e *rpcError
	if !errors.As(err, &e) {
		return gone(err)
	}
	if e.Code == -28 {
		return true
	}
	for _, name := range []string{"dash-node-core", "dash-node-rpc", "core", "wallet", "signer", "echo"} {
		if strings.Contains(e.Message, name) {
			return true
		}
	}
	return strings.Contains(e.Message, "stopping") || strings.Contains(e.Message, "Shutting down")
}

func (l *load) end() {
	close(l.stop)
	l.wg.Wait()
}

func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("DASH_KILL_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return 10
}

// kill -9 of each role in turn under calls: callers get an answer or a clear
// error within the time-out, the tree heals, nothing is left behind.
func TestKillEachRoleUnderCalls(t *testing.T) {
	n := launch(t)
	l := n.load()
	names := []string{"dash-node-core", "dash-wallet", "dash-signer", "dash-node-rpc"}
	for i := range rounds() {
		name := names[i%len(names)]
		before, _ := n.processes()
		good := l.good.Load()
		n.eventually("calls in progress", func() bool { return l.good.Load() > good+5 })
		start := time.Now()
		if err := syscall.Kill(before[name], syscall.SIGKILL); err != nil {
			t.Fatalf("round %d: %s: %v", i, name, err)
		}
		var why error // what was wrong at the last look
		healed := func() bool {
			if now, _ := n.processes(); now[name] == 0 || now[name] == before[name] {
				why = errors.New("it is not there")
				return false
			}
			for role, call := range callers() {
				if err := call(t.Context(), n); err != nil {
					why = fmt.Errorf("%s: %w", role, err)
					return false
				}
			}
			why = nil
			return true
		}
		t.Cleanup(func() {
			if why != nil {
				t.Errorf("round %d, %s: at the last look: %v", i, name, why)
			}
		})
		n.eventually(fmt.Sprintf("round %d: the tree to heal after %s", i, name), healed)
		t.Logf("round %d: all calls answered %v after kill -9 of %s", i, time.Since(start).Round(time.Millisecond), name)
		after, zombies := n.processes()
		if zombies != 0 {
			n.eventually("echo processes to be reaped", func() bool { _, z := n.processes(); return z == 0 })
		}
		for other, pid := range before {
			if other != name && after[other] != pid {
				t.Errorf("round %d: kill of %s took %s down", i, name, other)
			}
		}
	}
	l.end()
	t.Logf("%d calls answered, %d failed clearly, the longest took %v", l.good.Load(), l.failed.Load(), time.Duration(l.slow.Load()))
	if l.slow.Load() >= callTime.Nanoseconds() {
		t.Error("a call hung for the whole time-out")
	}
	for _, p := range n.isolation().Processes {
		if p.Role != "echo" && (!p.Confined || p.Restarts == 0) {
			t.Errorf("%s: confined %v, %d restarts, faults %q", p.Role, p.Confined, p.Restarts, p.Faults)
		}
	}
}

// The stop under calls: exit code 0, every call answered or clearly refused, no
// process and no cookie left.
func TestStopUnderCalls(t *testing.T) {
	n := launch(t)
	l := n.load()
	n.eventually("calls in progress", func() bool { return l.good.Load() > 20 })
	pids, _ := n.processes()
	raw, err := n.call(t.Context(), "stop")
	if err != nil || !strings.Contains(string(raw), "stopping") {
		t.Errorf("stop answered %s, %v", raw, err)
	}
	if code := n.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	l.end()
	if n.stderr.Len() != 0 {
		t.Errorf("stderr %q", n.stderr.String())
	}
	for name, pid := range pids {
		if look.Alive(pid) {
			t.Errorf("%s outlived the node", name)
		}
	}
	if _, err := os.Lstat(filepath.Join(n.dir, "regtest", ".cookie")); err == nil {
		t.Error("the cookie is still there")
	}
}

// Whatever dies first, nobody is left: here the supervisor, under calls.
func TestNoOrphansUnderCalls(t *testing.T) {
	n := launch(t)
	l := n.load()
	n.eventually("calls in progress", func() bool { return l.good.Load() > 20 })
	pids, _ := n.processes()
	if len(pids) != 4 {
		t.Fatalf("children %v", pids)
	}
	_ = n.cmd.Process.Kill()
	n.wait()
	l.end()
	for name, pid := range pids {
		for end := time.Now().Add(10 * time.Second); look.Alive(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s outlived its supervisor", name)
			}
		}
	}
}
