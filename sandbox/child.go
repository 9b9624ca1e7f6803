package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"dashmp/policy"
)

// Child is a process started by a Spawner. It is reaped by a goroutine of its
// own, whoever waits or does not; its owner calls Close in the end. All methods
// may be called from any goroutine.
type Child struct {
	name  string
	pid   int
	pidfd *os.File
	done  chan struct{} // closed after exit is set
	exit  ExitState

	mu      sync.Mutex // guards the fields below
	socket  *os.File   // nil once taken or closed
	granted bool       // Send was called
}

// newChild takes over a forked process and the supervisor's end of its socket.
// On an error the process is killed and reaped.
func newChild(name string, pid, socket int) (*Child, error) {
	fail := func(err error) (*Child, error) {
		_ = unix.Kill(pid, unix.SIGKILL)
		_, _ = waitPID(pid, 0)
		_ = unix.Close(socket)
		return nil, err
	}
	// The process cannot be reaped by anyone else, so its pid is still its own.
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fail(fmt.Errorf("pidfd_open: %w", err))
	}
	for _, fd := range []int{pidfd, socket} {
		if err := unix.SetNonblock(fd, true); err != nil {
			_ = unix.Close(pidfd)
			return fail(fmt.Errorf("O_NONBLOCK: %w", err))
		}
	}
	c := &Child{
		name: name, pid: pid,
		pidfd:  os.NewFile(uintptr(pidfd), "pidfd of "+name),
		socket: os.NewFile(uintptr(socket), "ipc socket of "+name),
		done:   make(chan struct{}),
	}
	go c.reap()
	return c, nil
}

// reap waits until the process has ended and takes its exit state.
func (c *Child) reap() {
	defer close(c.done)
	var status unix.WaitStatus
	reaped := false
	try := func(options int) bool {
		ws, err := waitPID(c.pid, options)
		if err == errAlive {
			return false
		}
		status, reaped = ws, err == nil
		return true
	}
	raw, err := c.pidfd.SyscallConn()
	if err == nil {
		// A pidfd can be read once its process has ended.
		err = raw.Read(func(uintptr) bool { return try(unix.WNOHANG) })
	}
	if err != nil {
		try(0)
	}
	c.exit = ExitState{Code: -1}
	if reaped {
		c.exit = exitState(status)
	}
}

var errAlive = errors.New("alive")

func waitPID(pid, options int) (unix.WaitStatus, error) {
	for {
		var ws unix.WaitStatus
		got, err := unix.Wait4(pid, &ws, options, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case got == 0:
			return 0, errAlive
		case !ws.Exited() && !ws.Signaled():
			// A process in mode off that made its parent its tracer has
			// stopped. That is no end; it waits for SIGKILL like any other.
			if options&unix.WNOHANG != 0 {
				return 0, errAlive
			}
		default:
			return ws, nil
		}
	}
}

// Name returns Command.Name.
func (c *Child) Name() string { return c.name }

// PID returns the process id; it is not reused before the child is reaped.
func (c *Child) PID() int { return c.pid }

// PIDFD returns a descriptor of the process, which is valid until Close.
func (c *Child) PIDFD() *os.File { return c.pidfd }

// TakeSocket hands over the supervisor's end of the IPC socket (non-blocking);
// nil if it was taken or closed before. Until then it belongs to the child.
func (c *Child) TakeSocket() *os.File {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.socket
	c.socket = nil
	return s
}

// limit sets the resource limits from the outside, so that a child that has not
// entered its sandbox yet already runs under them.
func (c *Child) limit(limits []policy.Limit) error {
	for _, l := range limits {
		r := unix.Rlimit{Cur: l.Soft, Max: l.Hard}
		if err := unix.Prlimit(c.pid, l.Resource, &r, nil); err != nil {
			return fmt.Errorf("RLIMIT_%s %d/%d: %w (is the supervisor's own hard limit lower?)",
				l.Name, l.Soft, l.Hard, err)
		}
	}
	return nil
}

// Done is closed when the child has been reaped.
func (c *Child) Done() <-chan struct{} { return c.done }

// Wait waits until the child has been reaped. Any number of callers may wait.
func (c *Child) Wait(ctx context.Context) (ExitState, error) {
	select {
	case <-c.done:
		return c.exit, nil
	case <-ctx.Done():
		return ExitState{}, fmt.Errorf("%s: wait: %w", c.name, ctx.Err())
	}
}

// Kill sends SIGKILL; no error if the child is already gone.
func (c *Child) Kill() error {
	select {
	case <-c.done:
		return nil
	default:
	}
	err := borrow(c.pidfd, func(fd int) error {
		return unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	})
	if err == nil || errors.Is(err, unix.ESRCH) {
		return nil
	}
	return fmt.Errorf("%s: kill: %w", c.name, err)
}

// Close kills the child if it is alive, waits until it has been reaped, and
// releases its descriptors. It may be called more than once.
func (c *Child) Close() error {
	err := c.Kill()
	<-c.done
	if s := c.TakeSocket(); s != nil {
		err = errors.Join(err, s.Close())
	}
	if cerr := c.pidfd.Close(); !errors.Is(cerr, os.ErrClosed) {
		err = errors.Join(err, cerr)
	}
	return err
}

// ExitState is how a process ended.
type ExitState struct {
	// Code is the exit code, -1 if a signal ended it or nobody saw it.
	Code int
	// Signal is the signal that ended it, 0 if it exited.
	Signal syscall.Signal
	// Core says that the kernel wrote a core dump.
	Core bool
}

func exitState(ws unix.WaitStatus) ExitState {
	if ws.Signaled() {
		return ExitState{Code: -1, Signal: ws.Signal(), Core: ws.CoreDump()}
	}
	return ExitState{Code: ws.ExitStatus()}
}

// Violation reports whether the seccomp filter ended the process. In ModeTrace
// the Go runtime prints the stack and exits with code 2 instead.
func (e ExitState) Violation() bool { return e.Signal == syscall.SIGSYS }

// String describes the end for people.
func (e ExitState) String() string {
	switch {
	case e.Signal != 0 && e.Core:
		return fmt.Sprintf("killed by %s (core dumped)", unix.SignalName(e.Signal))
	case e.Signal != 0:
		return "killed by " + unix.SignalName(e.Signal)
	case e.Code == -1:
		return "ended, nobody saw how"
	}
	return fmt.Sprintf("exit code %d", e.Code)
}
