package ablate

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/policy/compile"
)

// BuildStress builds the stress program into a directory, as roles are built:
// without cgo.
func BuildStress(dir string) (string, error) {
	bin := filepath.Join(dir, "stress")
	cmd := exec.Command("go", "build", "-o", bin, "dashmp/policy/internal/stress")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return bin, nil
}

// Command runs a program that reads its filter from descriptor 3, talks to the
// scenario's peer on descriptor 4 and exits with 0 if all went well.
type Command struct {
	Argv []string
	// Mode is what happens at a call without a rule.
	Mode policy.Mode
	// WithoutVDSO hides the vDSO, so that clocks and random numbers become
	// system calls.
	WithoutVDSO bool
	// Timeout ends a run that hangs.
	Timeout time.Duration
	// Files become descriptors 5 and up; they stay the caller's.
	Files []*os.File
	// Peer serves descriptor 4 until the other end is closed; nil for none. The
	// context ends with the process.
	Peer func(ctx context.Context, pid int, socket *os.File)
	// Exit is the wait status that counts as success besides exit code 0, for
	// scenarios that die on purpose.
	Exit func(syscall.WaitStatus, string) bool
}

// Run is a Runner.
func (c Command) Run(ctx context.Context, spec *policy.Spec) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	program, err := compile.Compile(spec, c.Mode)
	if err != nil {
		return err
	}
	filterR, filterW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer filterR.Close()
	defer filterW.Close()
	ours, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer ours.Close()
	defer theirs.Close()

	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Env = []string{}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.ExtraFiles = append([]*os.File{filterR, theirs}, c.Files...)
	if err := c.start(cmd); err != nil {
		return err
	}
	theirs.Close()
	alive, ended := context.WithCancel(ctx)
	defer ended()
	served := make(chan struct{})
	go func() {
		defer close(served)
		if c.Peer != nil {
			c.Peer(alive, cmd.Process.Pid, ours)
		}
	}()
	_, werr := filterW.Write(program.ForPID(cmd.Process.Pid).Bytes())
	filterW.Close()
	err = cmd.Wait()
	ended()
	ours.Close()
	<-served
	if werr != nil {
		return fmt.Errorf("pass the filter: %w", werr)
	}
	return c.judge(cmd, err, stderr.String())
}

func (c Command) judge(cmd *exec.Cmd, err error, stderr string) error {
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && c.Exit != nil {
		if c.Exit(status, stderr) {
			return nil
		}
		return fmt.Errorf("%v: %.300s", cmd.ProcessState, stderr)
	}
	if err != nil {
		return fmt.Errorf("%w: %.300s", err, stderr)
	}
	return nil
}

// start starts the command, without its vDSO if asked for.
func (c Command) start(cmd *exec.Cmd) error {
	if !c.WithoutVDSO {
		return cmd.Start()
	}
	// A tracee belongs to the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(cmd.Process.Pid, &status, 0, nil); err != nil {
		return fmt.Errorf("wait for exec: %w", err)
	}
	if err := hideVDSO(cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
		return err
	}
	return syscall.PtraceDetach(cmd.Process.Pid)
}

func socketPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "harness"), os.NewFile(uintptr(fds[1]), "program"), nil
}
