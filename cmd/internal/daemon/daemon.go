// Package daemon puts a program into the background (-daemon, -daemonwait). A Go
// program cannot fork, so it starts itself again, in a session of its own and
// without a terminal, with a pipe by which the second process tells the first
// when it may leave. What Dash Core checks before it forks (bitcoind.cpp,
// fork_daemon) must have been checked before Start.
//
// It is for programs that a user starts; it starts a process, which a role
// cannot.
package daemon

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
)

// pipeVar tells the second process that descriptor 3 is the pipe.
const pipeVar = "DASH_DAEMON_PIPE=3"

// Parent is the second process's end of the pipe; nil in the foreground. Its
// methods may be called on nil.
type Parent struct{ f *os.File }

// Inherit takes the pipe if this is the process in the background, and returns
// the environment without the mark.
func Inherit(env []string) (*Parent, []string) {
	at := slices.Index(env, pipeVar)
	if at < 0 {
		return nil, env
	}
	syscall.CloseOnExec(3)
	return &Parent{os.NewFile(3, "parent")}, slices.Delete(slices.Clone(env), at, at+1)
}

// Tell lets the first process end with success.
func (p *Parent) Tell() {
	if p != nil && p.f != nil {
		_, _ = p.f.Write([]byte{1}) // nobody may be left to hear it
		p.Close()
	}
}

// Close lets a first process that still waits end with an error.
func (p *Parent) Close() {
	if p != nil && p.f != nil {
		p.f.Close()
		p.f = nil
	}
}

// ErrFailed is returned by Start when the second process has ended or closed
// the pipe without a word; what there is to say is on stderr.
var ErrFailed = errors.New("initialization failed")

// Start runs this program again in the background and waits for its word.
func Start(args, env []string, stdout, stderr io.Writer) error {
	fmt.Fprintln(stdout, "Dash Core starting")
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("fork_daemon() failed: %w", err)
	}
	defer r.Close()
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(slices.Clone(env), pipeVar)
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return fmt.Errorf("fork_daemon() failed: %w", err)
	}
	var token [1]byte
	if n, _ := r.Read(token[:]); n == 1 && token[0] == 1 {
		return cmd.Process.Release()
	}
	fmt.Fprintln(stderr, "Error during initialization - check debug.log for details")
	return ErrFailed
}
