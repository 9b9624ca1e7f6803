package sandbox_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox"
)

// plantStrays opens n descriptors of several kinds without close-on-exec and
// returns what their links say.
func plantStrays(t testing.TB, n int) map[string]bool {
	t.Helper()
	var fds []int
	t.Cleanup(func() {
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
	})
	file := filepath.Join(t.TempDir(), "stray")
	for len(fds) < n {
		fd, err := unix.Open(file, unix.O_CREAT|unix.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd, pair[0], pair[1])
		dir, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, dir)
	}
	own, strays := links(t, os.Getpid()), make(map[string]bool)
	for _, fd := range fds {
		strays[own[strconv.Itoa(fd)]] = true
	}
	return strays
}

// links returns the numbers and targets of a process's descriptors.
func links(t testing.TB, pid int) map[string]string {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			all[e.Name()] = target
		}
	}
	return all
}

func TestStrayDescriptorsOfTheParentAreNotInherited(t *testing.T) {
	n := newNursery(t)
	strays := plantStrays(t, 200)
	if len(strays) < 100 {
		t.Fatalf("%d different strays", len(strays))
	}
	// Strays that were there before the thread was made, too.
	late := newNursery(t)
	for name, n := range map[string]*nursery{"planted after the spawner": n, "planted before": late} {
		t.Run(name, func(t *testing.T) {
			c, _ := n.spawn(policy.Echo)
			for fd, target := range links(t, c.PID()) {
				switch {
				case fd == "0" || fd == "1":
					if target != "/dev/null" {
						t.Errorf("descriptor %s is %s", fd, target)
					}
				case fd == "2":
					if !strings.HasPrefix(target, "pipe:[") {
						t.Errorf("descriptor 2 is %s", target)
					}
				case fd == "3":
					if !strings.HasPrefix(target, "socket:[") {
						t.Errorf("descriptor 3 is %s", target)
					}
				case strays[target]:
					t.Errorf("descriptor %s (%s) was inherited", fd, target)
				}
			}
			ctx := testContext(t)
			if err := c.Send(ctx, grantFor(t, c, sandbox.ModeEnforce, do{})); err != nil {
				t.Fatal(err)
			}
			r, err := c.AwaitReady(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, d := range r.FDs {
				if d.Name != "cgroup" { // only where the machine has a limit
					names = append(names, d.Name)
				}
			}
			slices.Sort(names)
			if want := []string{"epoll", "eventfd", "ipc", "stderr", "stdin", "stdout"}; !slices.Equal(names, want) {
				t.Errorf("the child holds %v, must hold %v", names, want)
			}
		})
	}
}

func TestSpawnedChildBeforeItsGrant(t *testing.T) {
	t.Setenv("DASH_TEST_SECRET", "must not be inherited")
	n := newNursery(t)
	c, _ := n.spawn(policy.Echo)
	o, err := sandbox.Observe(c.PID())
	if err != nil {
		t.Fatal(err)
	}
	// The sandbox is not on yet, but what the spawner does holds from the first
	// instruction on.
	spec, _ := policy.Get(policy.Echo)
	for _, f := range sandbox.Verify(o, spec, sandbox.ModeOff) {
		if !strings.Contains(f, "descriptor") { // the poller may not be there yet
			t.Error(f)
		}
	}
	if o.PPID != os.Getpid() {
		t.Errorf("parent %d, must be %d", o.PPID, os.Getpid())
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c.PID()))
	if err != nil || string(line) != "echo\x00-ipcfd\x003\x00" {
		t.Errorf("command line %q, %v", line, err)
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", c.PID()))
	if err != nil || cwd != "/" {
		t.Errorf("working directory %q, %v", cwd, err)
	}
	sid, err := unix.Getsid(c.PID())
	if err != nil || sid != c.PID() {
		t.Errorf("session %d, must be its own (%d): %v", sid, c.PID(), err)
	}
}

func TestNoZombies(t *testing.T) {
	n := newNursery(t)
	for i := range 20 {
		c, _, _, _ := n.ready(sandbox.ModeEnforce, do{Do: "exit", N: i})
		if exit := wait(t, c); exit.Code != i {
			t.Errorf("child %d: %s", i, exit)
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", c.PID())); err == nil {
			t.Errorf("process %d is still there", c.PID())
		}
	}
	c, _, _, _ := n.ready(sandbox.ModeEnforce, do{})
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if exit := wait(t, c); exit.Signal != unix.SIGKILL || exit.Violation() {
		t.Errorf("after Kill: %s", exit)
	}
	if err := c.Kill(); err != nil {
		t.Errorf("Kill of a process that is gone: %v", err)
	}
}

func TestSpawnFailureLeavesNothing(t *testing.T) {
	n := newNursery(t)
	before := len(links(t, os.Getpid()))
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 20 {
		_, err := n.spawner.Start(testContext(t), sandbox.Command{Program: f, Name: "text", Stderr: os.Stderr})
		if err == nil || !strings.Contains(err.Error(), "exec format error") {
			t.Fatalf("a text was executed: %v", err)
		}
	}
	f.Close()
	if after := len(links(t, os.Getpid())); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	// The thread still works.
	c, _, _, _ := n.ready(sandbox.ModeEnforce, do{})
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
}

func TestClosingTheSpawnerKillsItsChildren(t *testing.T) {
	n := newNursery(t)
	granted, _, _, _ := n.ready(sandbox.ModeEnforce, do{})
	waiting, _ := n.spawn(policy.Echo)
	if err := n.spawner.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*sandbox.Child{granted, waiting} {
		if exit := wait(t, c); exit.Signal != unix.SIGKILL {
			t.Errorf("%s, must be killed", exit)
		}
	}
	if _, err := n.spawner.Start(testContext(t), sandbox.Command{Program: n.program, Name: "x", Stderr: os.Stderr}); err == nil {
		t.Error("a closed spawner started a child")
	}
}

// TestChildrenOutliveTheThreadsThatAskedForThem starts children from goroutines
// whose threads end at once.
func TestChildrenOutliveTheThreadsThatAskedForThem(t *testing.T) {
	n := newNursery(t)
	children := make(chan *sandbox.Child)
	for range 8 {
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends
			var c *sandbox.Child
			defer func() { children <- c }() // also if ready fails
			c, _, _, _ = n.ready(sandbox.ModeEnforce, do{})
		}()
	}
	for range 8 {
		c := <-children
		if c == nil {
			t.Fatal("no child")
		}
		runtime.GC() // polls and moves threads about
		roundTrip(t, c.TakeSocket())
	}
}

// middle is a supervisor in a process of its own: it starts one child with a
// grant and one without, prints their pids and waits for its end.
func middle() {
	s, err := sandbox.NewSpawner()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	program, err := os.Open(os.Getenv(middleEnv))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	_, w, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	spec, _ := policy.Get(policy.Echo)
	filter, err := policy.EchoProgram(runtime.GOARCH, policy.Enforce)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	ctx := context.Background()
	for i := range 2 {
		c, err := s.Start(ctx, sandbox.Command{Program: program, Name: "echo", Stderr: w, Limits: spec.Limits})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if i == 0 {
			err := c.Send(ctx, sandbox.Grant{
				Role: policy.Echo, Build: testBuild, Mode: sandbox.ModeEnforce,
				Filter: filter.ForPID(c.PID()).Bytes(), Landlock: spec.Landlock, Config: []byte(`{"do":"stay"}`),
			})
			if err == nil {
				_, err = c.AwaitReady(ctx)
			}
			if err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
		fmt.Println(c.PID())
	}
	select {}
}

func TestKillingTheParentKillsTheChild(t *testing.T) {
	// Orphans come to this process, which can then see how they ended.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) //nolint:errcheck // as before
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), middleEnv+"="+standin)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var pids []int
	for len(pids) < 2 && lines.Scan() {
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(lines.Text())
		}
		pids = append(pids, pid)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for i, pid := range pids {
		var ws unix.WaitStatus
		deadline := time.Now().Add(testTimeout)
		for {
			got, err := unix.Wait4(pid, &ws, unix.WNOHANG, nil)
			if err != nil && err != unix.EINTR {
				t.Fatalf("child %d: %v", i, err)
			}
			if got == pid {
				break
			}
			if time.Now().After(deadline) {
				_ = unix.Kill(pid, unix.SIGKILL)
				t.Fatalf("child %d outlived its parent", i)
			}
			time.Sleep(time.Millisecond)
		}
		// The second may see the end of its socket first and exit.
		if i == 0 && (!ws.Signaled() || ws.Signal() != unix.SIGKILL) {
			t.Errorf("child %d: status %#x, must be killed", i, ws)
		}
	}
}

// TestAsAnOrdinaryUser runs the other tests of spawning and entering again
// under another user, who has no capability at all.
func TestAsAnOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("this is an ordinary user already")
	}
	dir, err := os.MkdirTemp("", "dash-sandbox-user")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"standin": standin, "test": "/proc/self/exe"} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const nobody = 65534
	cmd := exec.Command(filepath.Join(dir, "test"), "-test.v", "-test.run",
		"^(TestChildIsConfined|TestStray|TestSpawned|TestNoZombies|TestKilling|TestForeign|TestOutside)")
	cmd.Dir = dir
	cmd.Env = []string{standinEnv + "=" + filepath.Join(dir, "standin"), "TMPDIR=/tmp"}
	cmd.SysProcAttr = credential(nobody)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, name := range []string{"TestChildIsConfinedOnEveryThread", "TestStray", "TestKilling"} {
		if !bytes.Contains(out, []byte("--- PASS: "+name)) {
			t.Errorf("%s did not pass as an ordinary user", name)
		}
	}
}
