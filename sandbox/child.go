package sandbox

import (
	"context"
	"os"
	"syscall"
)

// Child is a process started by a Spawner. Its owner calls Wait (or Kill and
// Wait); it is reaped either way.
type Child struct{}

// PID returns the process id; it is not reused before the child is reaped.
func (c *Child) PID() int { return 0 }

// PIDFD returns a descriptor of the process, which stays valid after it ended
// and until Close.
func (c *Child) PIDFD() *os.File { return nil }

// TakeSocket hands over the supervisor's end of the IPC socket (non-blocking).
// Before that it belongs to the child, which closes it in Close.
func (c *Child) TakeSocket() *os.File { return nil }

// Send sends the grant. It may be called once.
func (c *Child) Send(ctx context.Context, g Grant) error { return errUnbuilt }

// AwaitReady waits for the child's report. If the child refused to serve, the
// error is its *LayerError; if it died, the error holds its exit state.
func (c *Child) AwaitReady(ctx context.Context) (SelfReport, error) { return SelfReport{}, errUnbuilt }

// Done is closed when the child has been reaped.
func (c *Child) Done() <-chan struct{} { return nil }

// Wait waits until the child has been reaped. Any number of callers may wait.
func (c *Child) Wait(ctx context.Context) (ExitState, error) { return ExitState{}, errUnbuilt }

// Kill sends SIGKILL; no error if the child is already gone.
func (c *Child) Kill() error { return errUnbuilt }

// Close releases the descriptors of a child that has been reaped, and kills
// and reaps it first if it has not.
func (c *Child) Close() error { return errUnbuilt }

// ExitState is how a process ended.
type ExitState struct {
	// Code is the exit code, -1 if a signal ended it.
	Code int
	// Signal is the signal that ended it, 0 if it exited.
	Signal syscall.Signal
	// Core says that the kernel wrote a core dump.
	Core bool
}

// Violation reports whether the seccomp filter ended the process.
func (e ExitState) Violation() bool { return e.Signal == syscall.SIGSYS }

// String describes the end for people.
func (e ExitState) String() string { return "" }
