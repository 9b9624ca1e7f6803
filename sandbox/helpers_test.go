package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"dashmp/policy"
	"dashmp/sandbox"
)

// standin is the path of the stand-in program, built once by TestMain without
// cgo like every role program.
var standin string

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "-ipcfd" {
		sandbox.FakeChild()
	}
	if os.Getenv(middleEnv) != "" {
		middle()
	}
	if standin = os.Getenv(standinEnv); standin != "" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "dash-sandbox-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	standin = filepath.Join(dir, "standin")
	build := exec.Command("go", "build", "-o", standin, "./internal/standin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the stand-in: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

const (
	// standinEnv names a stand-in that is built already.
	standinEnv = "DASH_TEST_STANDIN"
	// middleEnv makes the test program a supervisor that waits to be killed.
	middleEnv = "DASH_TEST_MIDDLE"
)

const testBuild = "test-build"

// testTimeout ends a test that hangs; nothing is measured against it.
const testTimeout = time.Minute

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}

// nursery starts children for one test.
type nursery struct {
	t       testing.TB
	spawner *sandbox.Spawner
	program *os.File
}

func newNursery(t testing.TB) *nursery {
	t.Helper()
	s, err := sandbox.NewSpawner()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Open(standin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = program.Close()
	})
	return &nursery{t: t, spawner: s, program: program}
}

// output collects what a child writes to stderr.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	done chan struct{}
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// end waits until every writer has gone, which is after the child's end.
func (o *output) end() string {
	<-o.done
	return o.String()
}

func collect(t testing.TB) (*os.File, *output) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	o := &output{done: make(chan struct{})}
	go func() {
		defer close(o.done)
		defer r.Close()
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			o.mu.Lock()
			o.text.Write(buf[:n])
			o.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return w, o
}

// spawn starts a child of the role that waits for its grant.
func (n *nursery) spawn(role policy.Role) (*sandbox.Child, *output) {
	n.t.Helper()
	return n.spawnAs(string(role), role)
}

func (n *nursery) spawnAs(name string, role policy.Role) (*sandbox.Child, *output) {
	n.t.Helper()
	spec, ok := policy.Get(role)
	if !ok {
		n.t.Fatalf("no role %s", role)
	}
	w, out := collect(n.t)
	defer w.Close()
	c, err := n.spawner.Start(testContext(n.t), sandbox.Command{
		Program: n.program, Name: name, Stderr: w, Limits: spec.Limits,
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			n.t.Error(err)
		}
	})
	return c, out
}

// grantFor returns a valid grant of the echo role.
func grantFor(t testing.TB, c *sandbox.Child, mode sandbox.Mode, config any) sandbox.Grant {
	t.Helper()
	spec, _ := policy.Get(policy.Echo)
	raw, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	g := sandbox.Grant{
		Role: policy.Echo, Build: testBuild, Mode: mode, Landlock: spec.Landlock, Config: raw,
	}
	if pm, ok := mode.Policy(); ok {
		p, err := policy.EchoProgram(runtime.GOARCH, pm)
		if err != nil {
			t.Skipf("no filter for this machine: %v", err)
		}
		g.Filter = p.ForPID(c.PID()).Bytes()
	}
	return g
}

// do is the configuration of a stand-in.
type do struct {
	Do string `json:"do,omitempty"`
	N  int    `json:"n,omitempty"`
}

// ready starts an echo child and brings it into its sandbox.
func (n *nursery) ready(mode sandbox.Mode, config any) (*sandbox.Child, sandbox.Grant, sandbox.SelfReport, *output) {
	n.t.Helper()
	c, out := n.spawn(policy.Echo)
	g := grantFor(n.t, c, mode, config)
	ctx := testContext(n.t)
	if err := c.Send(ctx, g); err != nil {
		n.t.Fatal(err)
	}
	r, err := c.AwaitReady(ctx)
	if err != nil {
		n.t.Fatalf("%v\nstderr: %s", err, out.String())
	}
	return c, g, r, out
}

func wait(t testing.TB, c *sandbox.Child) sandbox.ExitState {
	t.Helper()
	exit, err := c.Wait(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return exit
}

// roundTrip shows that the child serves.
func roundTrip(t testing.TB, f *os.File) {
	t.Helper()
	if _, err := f.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(f, got); err != nil || string(got) != "hello" {
		t.Fatalf("echo: %q, %v", got, err)
	}
}

// credential makes a command run as another user.
func credential(id uint32) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
}
