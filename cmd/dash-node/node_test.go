package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashmp/integration/look"
)

func roleProgramNames() []string {
	return []string{"dash-node-core", "dash-node-rpc", "dash-signer", "dash-wallet"}
}

func TestNodeComesUpConfinedAndStops(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			r := launch(t)
			r.waitLog(`standin: 4 of 4 confined, warning ""`)
			for _, pair := range []string{"rpc reached core", "rpc reached wallet", "rpc reached signer",
				"wallet reached core", "wallet reached signer", "core reached wallet"} {
				r.waitLog("standin: " + pair + ": <nil>")
			}
			kids, _ := r.children()
			var names []string
			for name := range kids {
				names = append(names, name)
			}
			slices.Sort(names)
			if d := cmp.Diff(roleProgramNames(), names); d != "" {
				t.Error(d)
			}
			net := filepath.Join(r.dir, "regtest")
			cookie, err := os.ReadFile(filepath.Join(net, ".cookie"))
			if err != nil || !strings.HasPrefix(string(cookie), "__cookie__:") {
				t.Errorf("cookie: %v", err)
			}
			if strings.Contains(r.log(), strings.TrimPrefix(string(cookie), "__cookie__:")) {
				t.Error("the cookie is in the log")
			}
			if pid, _ := os.ReadFile(filepath.Join(net, "dashd.pid")); strings.TrimSpace(string(pid)) != strconv.Itoa(r.cmd.Process.Pid) {
				t.Errorf("pid file %q", pid)
			}
			if code := r.stop(sig); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if r.err.Len() != 0 || r.out.Len() != 0 {
				t.Errorf("stdout %q, stderr %q", r.out.String(), r.err.String())
			}
			for _, gone := range []string{".cookie", "dashd.pid"} {
				if _, err := os.Lstat(filepath.Join(net, gone)); err == nil {
					t.Errorf("%s is still there", gone)
				}
			}
			for _, pid := range kids {
				if look.Alive(pid) {
					t.Errorf("process %d outlived the node", pid)
				}
			}
			stopped := []int{}
			for _, name := range []string{"dash-node-rpc", "dash-wallet", "dash-node-core", "dash-signer"} {
				stopped = append(stopped, strings.Index(r.log(), name+" has stopped"))
			}
			if !slices.IsSorted(stopped) || stopped[0] < 0 {
				t.Errorf("order of the stop: %v", stopped)
			}
			if !strings.Contains(r.log(), "Shutdown: done") {
				t.Error("the log does not end in Shutdown: done")
			}
		})
	}
}

// A terminal's Ctrl-C and a service manager's signal reach every process; the
// roles leave the order to the supervisor.
func TestRolesIgnoreTerminalSignals(t *testing.T) {
	r := launch(t)
	kids, _ := r.children()
	for _, pid := range kids {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			if err := syscall.Kill(pid, sig); err != nil {
				t.Fatal(err)
			}
		}
	}
	if code := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(r.log(), "is started again") {
		t.Error("a role died of a signal that was not for it")
	}
}

func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("DASH_KILL_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return 10
}

// kill -9 of each role in turn: the tree heals, and there is neither a zombie
// nor a second instance.
func TestKillEachRoleInTurn(t *testing.T) {
	r := launch(t)
	names := roleProgramNames()
	want := map[string]int{"dash-node-core": 2, "dash-node-rpc": 3, "dash-signer": 2, "dash-wallet": 3}
	for i := range rounds() {
		name := names[i%len(names)]
		role := strings.TrimPrefix(strings.TrimPrefix(name, "dash-node-"), "dash-")
		reached := func() int { return strings.Count(r.log(), "standin: "+role+" reached") }
		kids, _ := r.children()
		before := reached()
		start := time.Now()
		if err := syscall.Kill(kids[name], syscall.SIGKILL); err != nil {
			t.Fatalf("round %d: %s: %v", i, name, err)
		}
		r.eventually(fmt.Sprintf("round %d: %s to be back among its siblings", i, name), func() bool {
			return reached() >= before+want[name]
		})
		now, zombies := r.children()
		if zombies != 0 { // dead and about to be reaped; one that stays fails
			r.eventually(fmt.Sprintf("round %d: zombies to be reaped", i), func() bool { _, z := r.children(); return z == 0 })
		}
		for other, pid := range kids {
			if same := now[other] == pid; same == (other == name) {
				t.Errorf("round %d: %s was killed; %s is the same process: %v", i, name, other, same)
			}
		}
		t.Logf("round %d: %s was back after %v", i, name, time.Since(start).Round(time.Millisecond))
	}
	if code := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Whatever kills the supervisor, no role outlives it.
func TestNoOrphansWhenTheSupervisorIsKilled(t *testing.T) {
	r := launch(t)
	kids, _ := r.children()
	if len(kids) != 4 {
		t.Fatalf("children: %v", kids)
	}
	r.stop(syscall.SIGKILL)
	for name, pid := range kids {
		for end := time.Now().Add(10 * time.Second); look.Alive(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s (pid %d) outlived its supervisor", name, pid)
			}
		}
	}
	// The data directory is free again, and a new node cleans up after the old.
	again := begin(t, command(t, r.dir))
	again.waitLog("init message: Done loading", 2)
	if code := again.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code of the next start: %d", code)
	}
}

// Descriptors that the operator's shell left open for the node do not reach its
// roles.
func TestStrayDescriptorsDoNotReachTheRoles(t *testing.T) {
	stray, err := os.Create(filepath.Join(t.TempDir(), "stray"))
	if err != nil {
		t.Fatal(err)
	}
	defer stray.Close()
	cmd := command(t, t.TempDir())
	for range 200 {
		cmd.ExtraFiles = append(cmd.ExtraFiles, stray)
	}
	r := begin(t, cmd)
	r.waitLog("init message: Done loading")
	holds := func(pid int) (strays, all int) {
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			t.Skipf("descriptors of another process cannot be read: %v", err)
		}
		for _, e := range entries {
			if to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, e.Name())); to == stray.Name() {
				strays++
			}
		}
		return strays, len(entries)
	}
	if n, _ := holds(r.cmd.Process.Pid); n < 200 {
		t.Fatalf("control: the supervisor holds %d strays", n)
	}
	kids, _ := r.children()
	for name, pid := range kids {
		if n, all := holds(pid); n != 0 || all > 32 {
			t.Errorf("%s holds %d strays of %d descriptors", name, n, all)
		}
	}
}

func TestViolationIsNamedInTheLog(t *testing.T) {
	r := launch(t, "-par=77")
	r.waitLog("dash-node-core violated its sandbox")
	if os.Geteuid() == 0 && !strings.Contains(r.log(), "violated its sandbox: socket") {
		t.Error("the call is not named")
	}
	r.waitLog("dash-node-core is started again")
}

func TestTraceModeShowsTheStack(t *testing.T) {
	r := launch(t, "-par=77", "-sandbox=trace")
	r.waitLog("WARNING: -sandbox=trace")
	r.waitLog("dash-node-core violated its sandbox: socket")
	r.waitLog("core: [warning] stderr: SIGSYS: bad system call")
}

func TestSandboxOffIsWarnedOf(t *testing.T) {
	r := launch(t, "-sandbox=off", "-par=77")
	r.waitLog("WARNING: -sandbox=off")
	r.waitLog("standin: 0 of 4 confined, warning \"WARNING: -sandbox=off")
	if code := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(r.log(), "violated") {
		t.Error("something was enforced")
	}
}

func TestFailingComponentEndsTheStart(t *testing.T) {
	code, _, stderr := runToEnd(t, command(t, t.TempDir(), "-par=78"))
	// A text of several lines is shown as such, what is no text escaped.
	if want := "Error: standin: told to fail\n" + `\x1b[31m` + "\n"; code != 1 || stderr != want {
		t.Errorf("exit code %d, stderr %q, want %q", code, stderr, want)
	}
}

func TestStartupAndShutdownNotify(t *testing.T) {
	dir := t.TempDir()
	up, down := filepath.Join(dir, "up"), filepath.Join(dir, "down")
	r := launch(t, "-startupnotify=echo up > "+up, "-shutdownnotify=echo down > "+down)
	r.eventually("the start command", func() bool { b, _ := os.ReadFile(up); return string(b) == "up\n" })
	if code := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if b, _ := os.ReadFile(down); string(b) != "down\n" {
		t.Errorf("the stop did not wait for its command: %q", b)
	}
}

func TestHangupReopensTheLog(t *testing.T) {
	r := launch(t)
	path := filepath.Join(r.dir, "regtest", "debug.log")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	kids, _ := r.children()
	r.eventually("the new log", func() bool {
		_ = syscall.Kill(kids["dash-signer"], syscall.SIGKILL)
		_, err := os.Stat(path)
		return err == nil
	})
}

func TestDaemon(t *testing.T) {
	for _, opt := range []string{"-daemon", "-daemonwait"} {
		t.Run(opt, func(t *testing.T) {
			cmd := command(t, t.TempDir(), opt)
			r := &running{t: t, cmd: cmd, dir: dataDir(cmd), done: make(chan struct{})}
			code, stdout, stderr := runToEnd(t, cmd)
			if code != 0 || stdout != "Dash Core starting\n" || stderr != "" {
				t.Fatalf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			r.waitLog("Done loading")
			b, _ := os.ReadFile(filepath.Join(r.dir, "regtest", "dashd.pid"))
			pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
			if err != nil || pid == cmd.Process.Pid {
				t.Fatalf("pid file %q", b)
			}
			if sid, _, _ := syscall.Syscall(syscall.SYS_GETSID, uintptr(pid), 0, 0); int(sid) != pid {
				t.Errorf("session %d of process %d", sid, pid)
			}
			if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			r.waitLog("Shutdown: done")
			for end := time.Now().Add(10 * time.Second); look.Alive(pid) && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if look.Alive(pid) {
				t.Error("the daemon is still there")
			}
		})
	}
	code, stdout, stderr := runToEnd(t, command(t, t.TempDir(), "-daemonwait", "-par=78"))
	if code != 1 || stdout != "Dash Core starting\n" || stderr != "Error during initialization - check debug.log for details\n" {
		t.Errorf("failing daemon: exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
