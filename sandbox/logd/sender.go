package logd

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// queueBytes bounds what a Sender keeps while the socket is full. Together with
// the socket's own buffer it rides out a pause of the supervisor of a few
// thousand lines.
const queueBytes = 1 << 20

// Sender is the role's end of the log socket.
type Sender struct {
	f *os.File

	mu      sync.Mutex // guards all below
	queue   [][]byte   // encoded records, oldest first
	queued  int        // bytes in queue
	dropped uint32     // since the last record that was accepted
	closed  bool
	wake    chan struct{} // capacity 1: the queue is no longer empty, or closed
	idle    chan struct{} // closed when the pump has ended
}

// NewSender takes over the socket, which must be a non-blocking SOCK_SEQPACKET
// or SOCK_DGRAM socket, and starts the goroutine that drains the queue.
func NewSender(socket *os.File) *Sender {
	s := &Sender{f: socket, wake: make(chan struct{}, 1), idle: make(chan struct{})}
	go s.pump()
	return s
}

// Logger returns a logger whose records pass the filter and go to the socket.
func (s *Sender) Logger(f *Switch) *slog.Logger { return slog.New(newHandler(s, f)) }

// Dropped returns how many records were dropped since one was last accepted.
func (s *Sender) Dropped() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

// emit sends the record at once if nothing is queued and the socket has room,
// queues it otherwise, and drops it if the queue is full.
func (s *Sender) emit(r Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	r.Dropped = s.dropped
	b := AppendRecord(make([]byte, 0, headerSize+len(r.Text)+64), r)
	if len(s.queue) == 0 && s.write(b, false) {
		s.dropped = 0
		return
	}
	if s.queued+len(b) > queueBytes {
		s.dropped = addSaturating(s.dropped, 1)
		return
	}
	s.dropped = 0
	s.queue = append(s.queue, b)
	s.queued += len(b)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// write sends one datagram. If wait is not set it gives up when the socket is
// full. It reports whether b is done with; after an error it is: there is no
// one left to log to.
func (s *Sender) write(b []byte, wait bool) bool {
	rc, err := s.f.SyscallConn()
	if err != nil {
		return true
	}
	done := true
	_ = rc.Write(func(fd uintptr) bool {
		for {
			_, err := unix.Write(int(fd), b)
			switch err {
			case unix.EINTR:
				continue
			case unix.EAGAIN, unix.ENOBUFS:
				done = false
				return !wait
			}
			done = true
			return true
		}
	})
	return done
}

// pump writes the queue in order. Records leave the queue only once they are
// written, so that emit cannot overtake them.
func (s *Sender) pump() {
	defer close(s.idle)
	for range s.wake {
		for {
			s.mu.Lock()
			if len(s.queue) == 0 {
				s.queue = nil
				closed := s.closed
				s.mu.Unlock()
				if closed {
					return
				}
				break
			}
			b := s.queue[0]
			s.mu.Unlock()
			s.write(b, true)
			s.mu.Lock()
			s.queue = s.queue[1:]
			s.queued -= len(b)
			s.mu.Unlock()
		}
	}
}

// Close sends what is queued, until ctx ends, and closes the socket.
func (s *Sender) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	select {
	case <-s.idle:
	case <-ctx.Done():
		// The deadline ends the write that the pump is waiting in.
		_ = s.f.SetWriteDeadline(time.Unix(1, 0))
		<-s.idle
	}
	return s.f.Close()
}

// Pair makes the two ends of a log socket: the supervisor's, for
// Service.Serve, and the role's, for NewSender. Both are non-blocking and
// closed on exec.
func Pair() (service, role *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, &os.SyscallError{Syscall: "socketpair", Err: err.(syscall.Errno)}
	}
	return os.NewFile(uintptr(fds[0]), "log (service)"), os.NewFile(uintptr(fds[1]), "log (role)"), nil
}
