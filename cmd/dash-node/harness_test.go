package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dashmp/integration/look"
	"dashmp/policy"
	"dashmp/policy/ablate"
)

func TestMain(m *testing.M) {
	if err := ablate.BecomeWithout(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	code := m.Run()
	if builtDir != "" {
		os.RemoveAll(builtDir)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var (
	buildOnce sync.Once
	builtDir  string
	buildErr  error
)

// programs builds dash-node, dash-echo and, in the place of the other roles, the
// stand-in, and returns their directory.
func programs(t *testing.T) string {
	t.Helper()
	buildOnce.Do(func() {
		if builtDir, buildErr = os.MkdirTemp("", "dash-node-test"); buildErr != nil {
			return
		}
		build := func(cgo, pkg, out string) {
			cmd := exec.Command("go", "build", "-o", filepath.Join(builtDir, out), pkg)
			cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
			if text, err := cmd.CombinedOutput(); err != nil && buildErr == nil {
				buildErr = fmt.Errorf("go build %s: %w\n%s", pkg, err, text)
			}
		}
		build("1", "dashmp/cmd/dash-node", "dash-node")
		build("0", "dashmp/cmd/dash-echo", "dash-echo")
		build("0", "dashmp/sandbox/supervisor/internal/standin", "standin")
		for _, spec := range policy.All() {
			if spec.Role != policy.Echo && buildErr == nil {
				buildErr = os.Link(filepath.Join(builtDir, "standin"), filepath.Join(builtDir, spec.Program))
			}
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return builtDir
}

// running is a node that runs.
type running struct {
	t        *testing.T
	cmd      *exec.Cmd
	dir      string
	out, err bytes.Buffer
	done     chan struct{} // closed when it has ended
}

// freePort returns a port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(filepath.Join(programs(t), "dash-node"), append([]string{
		"-regtest", "-datadir=" + dir, "-rpcport=" + strconv.Itoa(freePort(t)), "-printtoconsole=0", "-listen=0",
	}, args...)...)
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	return cmd
}

// launch starts a node and waits until it is up.
func launch(t *testing.T, args ...string) *running {
	t.Helper()
	r := begin(t, command(t, t.TempDir(), args...))
	r.waitLog("init message: Done loading")
	return r
}

func begin(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r := &running{t: t, cmd: cmd, dir: dataDir(cmd), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &r.out, &r.err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.done)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-r.done
		if t.Failed() {
			t.Logf("stderr: %s\ndebug.log: %s", r.err.String(), r.log())
		}
	})
	return r
}

func dataDir(cmd *exec.Cmd) string {
	for _, a := range cmd.Args {
		if d, ok := strings.CutPrefix(a, "-datadir="); ok {
			return d
		}
	}
	return ""
}

func (r *running) log() string {
	b, _ := os.ReadFile(filepath.Join(r.dir, "regtest", "debug.log"))
	return string(b)
}

// waitLog waits until the log contains a text as often as asked, once by default.
func (r *running) waitLog(text string, times ...int) {
	r.t.Helper()
	n := 1
	if len(times) > 0 {
		n = times[0]
	}
	r.eventually(fmt.Sprintf("%d times %q in the log", n, text), func() bool { return strings.Count(r.log(), text) >= n })
}

func (r *running) eventually(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		select {
		case <-r.done:
			if ok() {
				return
			}
			r.t.Fatalf("the node ended (%v) before: %s", r.cmd.ProcessState, what)
		default:
		}
		if time.Now().After(end) {
			r.t.Fatalf("timed out: %s", what)
		}
	}
}

// stop sends a signal and returns the exit code.
func (r *running) stop(sig os.Signal) int {
	r.t.Helper()
	_ = r.cmd.Process.Signal(sig)
	select {
	case <-r.done:
	case <-time.After(30 * time.Second):
		r.t.Fatal("the node does not stop")
	}
	return r.cmd.ProcessState.ExitCode()
}

// children returns the node's living children by program, and its zombies.
func (r *running) children() (map[string]int, int) { return look.Children(r.cmd.Process.Pid) }

// run runs a node that is expected to end by itself.
func runToEnd(t *testing.T, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if e := cmd.Start(); e != nil {
		t.Fatal(e)
	}
	go func() {
		<-ctx.Done()
		if ctx.Err() == context.DeadlineExceeded {
			_ = cmd.Process.Signal(syscall.SIGKILL)
		}
	}()
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

// tree lists everything below root with its mode and size.
func tree(t *testing.T, root string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := e.Info()
		if err != nil {
			return err
		}
		list = append(list, fmt.Sprintf("%s %v %v", p, st.Mode(), st.ModTime()))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
