package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"dashmp/node/options"
)

// daemonVar tells the process in the background that descriptor 3 is a pipe to
// the one that started it. A Go program cannot fork, so -daemon starts the same
// program again; what Dash Core checks before it forks has been checked then.
const daemonVar = "DASH_NODE_DAEMON_PIPE=3"

// umbilical is the daemon's end of the pipe; nil in the foreground.
type umbilical struct{ f *os.File }

// isDaemonChild takes the pipe if this process is the one in the background,
// and takes the mark out of the environment.
func isDaemonChild(env []string) (*umbilical, []string) {
	for i, e := range env {
		if e == daemonVar {
			f := os.NewFile(3, "parent")
			syscall.CloseOnExec(3)
			_ = os.Unsetenv(strings.SplitN(daemonVar, "=", 2)[0])
			return &umbilical{f}, append(append([]string{}, env[:i]...), env[i+1:]...)
		}
	}
	return nil, env
}

// tell lets the waiting process end with success.
func (u *umbilical) tell() {
	if u != nil && u.f != nil {
		_, _ = u.f.Write([]byte{1})
		u.close()
	}
}

// close lets a process that still waits end with an error.
func (u *umbilical) close() {
	if u != nil && u.f != nil {
		u.f.Close()
		u.f = nil
	}
}

func wantsDaemon(c *options.Config) bool { return c.Bool("daemon") || c.Bool("daemonwait") }

// daemonize starts this program again in a session of its own, without a
// terminal, and waits for its word (bitcoind.cpp, fork_daemon).
func daemonize(args, env []string, io stdio) error {
	fmt.Fprintln(io.out, "Dash Core starting")
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("fork_daemon() failed: %w", err)
	}
	defer r.Close()
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(append([]string{}, env...), daemonVar)
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
	fmt.Fprintln(io.err, "Error during initialization - check debug.log for details")
	return shownError{errors.New("initialization failed")}
}
