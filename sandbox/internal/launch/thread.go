package launch

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"dashmp/sandbox/internal/wire"
)

// ErrStopped is returned by Fork after Stop.
var ErrStopped = errors.New("launch: the spawning thread has ended")

// Request is one child.
type Request struct {
	// Name is argv[0].
	Name string
	// Program, Stderr and Socket are descriptors of the caller's table. They
	// stay open there.
	Program, Stderr, Socket int
}

// SocketFD is the number of the IPC socket in a child.
const SocketFD = 3

// Thread is the spawning thread.
type Thread struct {
	mu      sync.Mutex // guards stopped, and that one Fork is under way
	stopped bool
	// control is the caller's end of the socket pair to the thread.
	control int
	names   chan string
	results chan result
	ended   chan struct{}
	caps    CapReport
}

type result struct {
	pid int
	err error
}

// Start starts the thread and returns when it has shed what it must not have.
func Start() (*Thread, error) {
	// The runtime makes its poller at the first file that can be polled; the
	// thread's table must be copied after that.
	if err := makePoller(); err != nil {
		return nil, fmt.Errorf("launch: poller: %w", err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("launch: socketpair: %w", err)
	}
	t := &Thread{
		control: pair[0],
		names:   make(chan string), results: make(chan result),
		ended: make(chan struct{}),
	}
	ready := make(chan error)
	go onOwnThread(func() { t.run(pair[1], ready) })
	err = <-ready
	// The thread has its own copy of its end now.
	_ = unix.Close(pair[1])
	if err != nil {
		_ = unix.Close(pair[0])
		return nil, err
	}
	return t, nil
}

func makePoller() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	return errors.Join(r.Close(), w.Close())
}

// Caps returns what became of the thread's capabilities.
func (t *Thread) Caps() CapReport { return t.caps }

// Fork starts a child and returns its pid. The child is not reaped here.
func (t *Thread) Fork(r Request) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return 0, ErrStopped
	}
	rights := unix.UnixRights(r.Program, r.Stderr, r.Socket)
	if _, err := wire.Send(t.control)([]byte{0}, rights); err != nil {
		return 0, fmt.Errorf("launch: pass descriptors: %w", err)
	}
	t.names <- r.Name
	res := <-t.results
	return res.pid, res.err
}

// Stop ends the thread. The kernel then kills every child of it.
func (t *Thread) Stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	t.stopped = true
	close(t.names)
	<-t.ended
	_ = unix.Close(t.control)
}

// onOwnThread calls f on a thread that serves no other goroutine and ends with f.
// It is never the main thread: /proc/self shows that one's descriptor table and
// capabilities as those of the process, and the runtime does not let it end.
func onOwnThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() == os.Getpid() {
		elsewhere := make(chan struct{})
		go func() {
			// The main thread is held below, so this is another one.
			runtime.LockOSThread()
			close(elsewhere)
			f()
		}()
		<-elsewhere
		runtime.UnlockOSThread()
		return
	}
	f()
}

// run runs on the thread.
func (t *Thread) run(control int, ready chan<- error) {
	defer close(t.ended)
	env, err := shed(control)
	t.caps = env.caps
	ready <- err
	if err != nil {
		return
	}
	for name := range t.names {
		pid, err := env.fork(name)
		t.results <- result{pid, err}
	}
}

// Where received descriptors are kept while a child is made: out of the way of
// 0 to 3, which syscall.ForkExec overwrites in the child. It also moves its own
// pipe to just above the highest of attr.Files, so the program must lie below
// those.
const (
	programBase = 64
	filesBase   = 128
)

// fork runs on the thread.
func (e *environment) fork(name string) (int, error) {
	oob := make([]byte, unix.CmsgSpace(3*4))
	n, oobn, flags, err := wire.Recv(e.control)(make([]byte, 1), oob)
	if err != nil {
		return 0, fmt.Errorf("launch: receive descriptors: %w", err)
	}
	fds, err := wire.ParseRights(oob[:oobn])
	defer closeAll(fds)
	if err != nil || n != 1 || len(fds) != 3 || flags&unix.MSG_CTRUNC != 0 {
		return 0, fmt.Errorf("launch: received %d bytes, %d descriptors, flags %#x", n, len(fds), flags)
	}
	var moved []int
	defer func() { closeAll(moved) }()
	for i, base := range []int{programBase, filesBase, filesBase} {
		fd, err := unix.FcntlInt(uintptr(fds[i]), unix.F_DUPFD_CLOEXEC, base)
		if err != nil {
			return 0, fmt.Errorf("launch: F_DUPFD_CLOEXEC: %w", err)
		}
		moved = append(moved, fd)
	}
	program, stderr, socket := moved[0], moved[1], moved[2]
	pid, err := syscall.ForkExec(
		"/proc/self/fd/"+strconv.Itoa(program),
		[]string{name, "-ipcfd", strconv.Itoa(SocketFD)},
		&syscall.ProcAttr{
			Env:   []string{},
			Files: []uintptr{uintptr(e.nullR), uintptr(e.nullW), uintptr(stderr), uintptr(socket)},
			Sys: &syscall.SysProcAttr{
				Pdeathsig: syscall.SIGKILL,
				// Its own session: an interrupt typed at the supervisor's
				// terminal reaches the supervisor alone, which stops the
				// children in order, and no child has a terminal to write to.
				Setsid: true,
			},
		})
	if err != nil {
		return 0, fmt.Errorf("launch: execute: %w", err)
	}
	return pid, nil
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
}
