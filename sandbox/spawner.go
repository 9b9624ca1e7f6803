package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/internal/launch"
)

// Spawner starts children from one permanent thread that holds neither
// capabilities nor descriptors of the process; see the package comment. Its
// methods may be called from any goroutine.
type Spawner struct {
	thread *launch.Thread
}

// Command says what to start.
type Command struct {
	// Program is the executable, opened once; it is executed as a descriptor.
	// Start leaves it open.
	Program *os.File
	// Name is argv[0] and the name in messages.
	Name string
	// Stderr becomes descriptor 2 of the child; every role's manifest demands
	// the writing end of a pipe. Start leaves it open.
	Stderr *os.File
	// Limits are set before the child gets its grant.
	Limits []policy.Limit
}

// NewSpawner starts the thread. The error matches LayerSpawn.
func NewSpawner() (*Spawner, error) {
	t, err := launch.Start()
	if err != nil {
		return nil, spawnError(err)
	}
	return &Spawner{thread: t}, nil
}

// Privileges describes what the spawning thread could shed for good: without
// CAP_SETPCAP the bounding set stays (no_new_privs makes it worthless).
func (s *Spawner) Privileges() (boundingDropped, securebitsLocked bool) {
	r := s.thread.Caps()
	return r.BoundingDropped, r.SecurebitsLocked
}

// Close ends the thread and thereby kills every child that is still alive.
func (s *Spawner) Close() error {
	s.thread.Stop()
	return nil
}

// Start starts a child. ctx bounds the start, not the life of the child.
func (s *Spawner) Start(ctx context.Context, c Command) (*Child, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.Program == nil || c.Stderr == nil || c.Name == "" {
		return nil, spawnError(errors.New("a command needs a program, a name and a pipe for stderr"))
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, spawnError(fmt.Errorf("socketpair: %w", err))
	}
	defer unix.Close(pair[1]) //nolint:errcheck // the child has its own copy
	pid, err := s.fork(c, pair[1])
	if err != nil {
		_ = unix.Close(pair[0])
		return nil, spawnError(fmt.Errorf("%s: %w", c.Name, err))
	}
	child, err := newChild(c.Name, pid, pair[0])
	if err != nil {
		return nil, spawnError(fmt.Errorf("%s: %w", c.Name, err))
	}
	if err := child.limit(c.Limits); err != nil {
		return nil, spawnError(errors.Join(fmt.Errorf("%s: %w", c.Name, err), child.Close()))
	}
	return child, nil
}

// fork borrows the descriptors of the command for the length of the call.
func (s *Spawner) fork(c Command, socket int) (pid int, err error) {
	borrowErr := borrow(c.Program, func(program int) error {
		return borrow(c.Stderr, func(stderr int) error {
			pid, err = s.thread.Fork(launch.Request{
				Name: c.Name, Program: program, Stderr: stderr, Socket: socket,
			})
			return nil
		})
	})
	return pid, errors.Join(err, borrowErr)
}

// borrow passes the number of f's descriptor without changing its mode, which
// (*os.File).Fd would do.
func borrow(f *os.File, use func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var useErr error
	if err := raw.Control(func(fd uintptr) { useErr = use(int(fd)) }); err != nil {
		return err
	}
	return useErr
}

func spawnError(err error) error {
	return &LayerError{
		Layer:   LayerSpawn,
		Feature: "unshare(CLONE_FILES), prctl and a mounted /proc",
		Err:     err,
	}
}
