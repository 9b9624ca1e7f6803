package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/internal/auditlog"
)

// foreign starts the stand-in as Dash Core would: with an environment, other
// descriptors than ours, and no parent-death signal.
func foreign(t *testing.T, extra ...*os.File) (*exec.Cmd, *os.File, *bytes.Buffer) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	child := os.NewFile(uintptr(pair[1]), "child")
	defer child.Close()
	stderr := new(bytes.Buffer)
	cmd := exec.Command(standin)
	cmd.Args = []string{"wallet", "-ipcfd", "3"}
	cmd.ExtraFiles = append([]*os.File{child}, extra...)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if err := unix.SetNonblock(pair[0], true); err != nil {
		t.Fatal(err)
	}
	return cmd, os.NewFile(uintptr(pair[0]), "parent"), stderr
}

// capnpFrame begins like every message of Cap'n Proto: one segment of one word.
var capnpFrame = []byte{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

func TestForeignParentGetsTheEchoRole(t *testing.T) {
	null, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd, socket, stderr := foreign(t, null)
	defer socket.Close()
	// In two pieces, the first too short to tell.
	for _, part := range [][]byte{capnpFrame[:2], capnpFrame[2:]} {
		if _, err := socket.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	// Nothing but Cap'n Proto may come back: no report.
	got := make([]byte, len(capnpFrame))
	if _, err := io.ReadFull(socket, got); err != nil || !bytes.Equal(got, capnpFrame) {
		t.Fatalf("%x, %v; stderr %s", got, err, stderr)
	}
	o, err := sandbox.Observe(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range o.Threads {
		if th.Seccomp != 2 || th.SeccompFilters != o.BaseFilters+1 || th.NoNewPrivs != 1 ||
			th.CapEff|th.CapPrm|th.CapInh|th.CapAmb != 0 {
			t.Errorf("thread %d is not confined: %+v", th.TID, th)
		}
		if th.Name != "dash-echo" {
			t.Errorf("thread %d is named %q", th.TID, th.Name)
		}
	}
	for _, d := range o.FDs {
		if d.Target == "/dev/zero" {
			t.Errorf("descriptor %d of the stranger is still open", d.FD)
		}
	}
	if o.CoreHard != 0 {
		t.Error("core dumps are on")
	}
	_ = socket.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v, %s", err, stderr)
	}
}

func TestForeignParentThatSendsNothing(t *testing.T) {
	cmd, socket, stderr := foreign(t)
	_ = socket.Close()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != sandbox.ExitGrant {
		t.Errorf("%v, must be exit code %d", err, sandbox.ExitGrant)
	}
	if !strings.Contains(stderr.String(), "before it sent anything") {
		t.Error(stderr.String())
	}
}

// TestForeignParentWithAGrant: a parent that did not spawn the child as ours
// does cannot bring it into a role.
func TestForeignParentWithAGrant(t *testing.T) {
	cmd, socket, stderr := foreign(t)
	defer socket.Close()
	g := plainGrant()
	g.Role = "wallet"
	frame, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := socket.Write(frame); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != sandbox.ExitLayer {
		t.Errorf("%v, must be exit code %d", err, sandbox.ExitLayer)
	}
	if !strings.Contains(stderr.String(), "set no parent-death signal") {
		t.Error(stderr.String())
	}
}

func TestOutsideVerifyRefusesAnUnconfinedChild(t *testing.T) {
	n := newNursery(t)
	c, _, _, _ := n.ready(sandbox.ModeOff, do{})
	o, err := sandbox.Observe(c.PID())
	if err != nil {
		t.Fatal(err)
	}
	spec, _ := policy.Get(policy.Echo)
	failures := strings.Join(sandbox.Verify(o, spec, sandbox.ModeEnforce), "\n")
	for _, th := range o.Threads {
		if want := fmt.Sprintf("thread %d: seccomp mode 0", th.TID); !strings.Contains(failures, want) {
			t.Errorf("no %q in %s", want, failures)
		}
	}
	// This very process is nobody's child in a sandbox.
	o, err = sandbox.Observe(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	failures = strings.Join(sandbox.Verify(o, spec, sandbox.ModeOff), "\n")
	for _, want := range []string{"no_new_privs is not set", "RLIMIT_NOFILE", "environment is not empty", "beyond the manifest"} {
		if !strings.Contains(failures, want) {
			t.Errorf("no %q in %s", want, failures)
		}
	}
}

func TestOutsideLoadedFilterIsTheGrantedOne(t *testing.T) {
	n := newNursery(t)
	c, g, _, _ := n.ready(sandbox.ModeEnforce, do{})
	filters, err := sandbox.LoadedFilters(c.PID())
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skipf("needs CAP_SYS_ADMIN: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(filters) == 0 || !bytes.Equal(filters[0], g.Filter) {
		t.Errorf("the kernel has %d filters, and the newest is not the granted one", len(filters))
	}
	roundTrip(t, c.TakeSocket()) // it goes on after it was stopped
}

// recordTime is how long a record is waited for before it is taken for granted
// that this kernel writes none.
const recordTime = 3 * time.Second

func TestViolationIsDecodedFromTheKernel(t *testing.T) {
	w := sandbox.NewViolationWatcher(slog.New(slog.DiscardHandler))
	defer w.Close()
	source, reason := w.Source()
	if source == "" {
		t.Skip(reason)
	}
	n := newNursery(t)
	c, _, _, _ := n.ready(sandbox.ModeEnforce, do{Do: "socket"})
	if exit := wait(t, c); !exit.Violation() || exit.String() != "killed by SIGSYS" {
		t.Fatalf("%s, must be killed by SIGSYS", exit)
	}
	ctx, cancel := context.WithTimeout(testContext(t), recordTime)
	defer cancel()
	v, ok := w.Decode(ctx, c.PID())
	if !ok {
		t.Skipf("no record came through %q: auditing is off in this kernel", source)
	}
	if v.Syscall != "socket" || v.Comm != "dash-echo" || v.Source != source || v.PID != c.PID() {
		t.Errorf("%+v", v)
	}
	t.Log(v)
}

// TestViolationFromTheKernelLog reads the other source, which the watcher falls
// back to.
func TestViolationFromTheKernelLog(t *testing.T) {
	s, err := auditlog.OpenKmsg()
	if err != nil {
		t.Skipf("the kernel log is not readable: %v", err)
	}
	defer s.Close()
	n := newNursery(t)
	c, _, _, _ := n.ready(sandbox.ModeEnforce, do{Do: "socket"})
	wait(t, c)
	type found struct {
		r   auditlog.Record
		err error
	}
	got := make(chan found, 1)
	go func() {
		for {
			r, err := s.Next()
			if err != nil || r.PID == c.PID() {
				got <- found{r, err}
				return
			}
		}
	}()
	select {
	case f := <-got:
		if f.err != nil || f.r.Signal != int(unix.SIGSYS) {
			t.Errorf("%+v", f)
		}
	case <-time.After(recordTime):
		t.Skip("no record: the kernel log is limited in rate, or an audit daemon takes the records")
	}
}

func TestViolationInTraceMode(t *testing.T) {
	n := newNursery(t)
	c, _, _, out := n.ready(sandbox.ModeTrace, do{Do: "socket"})
	exit := wait(t, c)
	if exit.Code != 2 {
		t.Errorf("%s, must be exit code 2", exit)
	}
	text := out.end()
	v, ok := sandbox.ParseTrace(c.PID(), []byte(text))
	if !ok || v.Syscall != "socket" || len(v.Args) != 6 || v.Args[0] != unix.AF_INET || v.Args[1] != unix.SOCK_STREAM {
		t.Errorf("%+v, %v from\n%s", v, ok, text)
	}
	if !strings.Contains(text, "standin/main.go") {
		t.Errorf("no stack in\n%s", text)
	}
	t.Log(v)
}
