package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dashmp/policy"
	"dashmp/policy/ablate"
	"dashmp/policy/bpf"
	"dashmp/policy/compile"
	"dashmp/policy/live"
)

func buildStress(t *testing.T) string {
	t.Helper()
	bin, err := ablate.BuildStress(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// look reads the filters from another process, since a parent may not trace its
// child; it is this test again.
func look(pid int) ([]live.Thread, error) {
	cmd := exec.Command("/proc/self/exe", "-test.run", "^TestMain$")
	cmd.Env = append(os.Environ(), "LIVE_LOOK="+strconv.Itoa(pid))
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var seen struct {
		Threads []live.Thread
		Error   string
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	for _, kind := range []live.Kind{live.ErrNotPermitted, live.ErrUnsupported, live.ErrNoProcess} {
		if strings.Contains(seen.Error, string(kind)) {
			return nil, kind
		}
	}
	if seen.Error != "" {
		return nil, errors.New(seen.Error)
	}
	return seen.Threads, nil
}

func TestMain(m *testing.M) {
	pid, err := strconv.Atoi(os.Getenv("LIVE_LOOK"))
	if err != nil {
		os.Exit(m.Run())
	}
	threads, err := live.Filters(pid)
	text := ""
	if err != nil {
		text = err.Error()
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"Threads": threads, "Error": text})
}

// The kernel's bytes of every thread are the compiled ones for the role and the
// pid, and those of no other pid.
func TestKernelHasWhatWasCompiled(t *testing.T) {
	bin := buildStress(t)
	inherited, err := look(os.Getpid())
	if errors.Is(err, live.ErrNotPermitted) || errors.Is(err, live.ErrUnsupported) {
		t.Skipf("the kernel shows no filters here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range policy.All() {
		for _, mode := range []policy.Mode{policy.Enforce, policy.Trace} {
			t.Run(string(spec.Role)+"/"+string(mode), func(t *testing.T) {
				program, err := compile.Compile(spec, mode)
				if err != nil {
					t.Fatal(err)
				}
				looked := false
				c := ablate.Command{
					Argv: []string{bin, string(spec.Role), "ipc"}, Mode: mode, Timeout: 30 * time.Second,
					Peer: func(_ context.Context, pid int, socket *os.File) {
						ask := make([]byte, 64)
						for {
							n, err := socket.Read(ask)
							if err != nil {
								return
							}
							if !looked {
								looked = true
								compareLive(t, pid, program, len(inherited[0].Filters))
							}
							socket.Write(bytes.Repeat([]byte{1}, bytes.Count(ask[:n], []byte("\n"))))
						}
					},
				}
				if err := c.Run(t.Context(), spec); err != nil {
					t.Error(err) // in particular: it went on after it was looked at
				}
				if !looked {
					t.Error("nobody looked")
				}
			})
		}
	}
}

func compareLive(t *testing.T, pid int, program policy.Program, inherited int) {
	t.Helper()
	threads, err := look(pid)
	if err != nil {
		t.Error(err)
		return
	}
	if len(threads) < 3 {
		t.Errorf("%d threads", len(threads))
	}
	want := program.ForPID(pid)
	for _, th := range threads {
		if len(th.Filters) != inherited+1 {
			t.Errorf("thread %d has %d filters", th.TID, len(th.Filters))
			continue
		}
		got := th.Filters[len(th.Filters)-1]
		if at, kernel, compiled := live.FirstDifference(got, want.Bytes()); at >= 0 {
			t.Errorf("thread %d: instruction %d is %s, compiled %s", th.TID, at, kernel, compiled)
		}
		if bytes.Equal(got, program.ForPID(pid+1).Bytes()) {
			t.Errorf("thread %d: the pid makes no difference", th.TID)
		}
		if _, err := bpf.Parse(got); err != nil {
			t.Errorf("thread %d: %v", th.TID, err)
		}
		// No thread is left stopped or traced.
		status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(th.TID), "status"))
		if err == nil && (strings.Contains(string(status), "State:\tt") || !strings.Contains(string(status), "TracerPid:\t0")) {
			t.Errorf("thread %d is still traced", th.TID)
		}
	}
}

func TestProcessWithoutAFilter(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if _, err := live.Filters(cmd.Process.Pid); !errors.Is(err, live.ErrOwnChild) {
		t.Errorf("an own child: %v", err)
	}
	own, err := look(os.Getpid())
	if err != nil {
		t.Skipf("the kernel shows no filters here: %v", err)
	}
	threads, err := look(cmd.Process.Pid)
	if err != nil || len(threads) != 1 || len(threads[0].Filters) != len(own[0].Filters) {
		t.Errorf("%v, %v", threads, err)
	}
}

func TestNoProcess(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Skip(err)
	}
	if _, err := live.Filters(cmd.Process.Pid); !errors.Is(err, live.ErrNoProcess) {
		t.Errorf("%v", err)
	}
}

// Without the capability the kernel refuses, and the error says so.
func TestNotPermitted(t *testing.T) {
	if os.Getuid() == 0 {
		if os.Getenv("LIVE_UNPRIVILEGED") == "" {
			rerunAsNobody(t)
			return
		}
	}
	if _, err := live.Filters(os.Getppid()); !errors.Is(err, live.ErrNotPermitted) {
		t.Errorf("%v", err)
	}
}

// rerunAsNobody runs the test again without privileges.
func rerunAsNobody(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "live")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "live.test")
	if err := errors.Join(os.WriteFile(bin, self, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "-test.run", "^TestNotPermitted$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LIVE_UNPRIVILEGED=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS: TestNotPermitted") {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}
