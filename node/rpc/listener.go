package rpc

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// NewListener serves a listening TCP socket that was handed over as a
// descriptor; it must be non-blocking. Package net would do it with five
// setsockopt calls and getsockname per connection; this needs accept4, and
// fcntl F_GETFL in os.NewFile. Accepted sockets have the options of the
// listener, which Linux hands down: whoever makes it should set TCP_NODELAY,
// without which a reply of 2 MiB takes twice as long (BenchmarkLargeReply).
//
// It owns f, also when it fails.
func NewListener(f *os.File) (net.Listener, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, err
	}
	flags, flagErr := 0, error(nil)
	err = raw.Control(func(fd uintptr) { flags, flagErr = unix.FcntlInt(fd, unix.F_GETFL, 0) })
	if err = errors.Join(err, flagErr); err == nil && flags&unix.O_NONBLOCK == 0 {
		err = errors.New("rpc listener: descriptor is in blocking mode")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &listener{f: f, raw: raw}, nil
}

type listener struct {
	f      *os.File
	raw    syscall.RawConn
	closed atomic.Bool
}

// Accept waits for a connection. After Close it returns net.ErrClosed.
func (l *listener) Accept() (net.Conn, error) {
	var fd int
	var from syscall.Sockaddr
	var fail error
	err := l.raw.Read(func(lfd uintptr) bool {
		for {
			// Not unix.Accept4, which asks for SO_PROTOCOL after each.
			fd, from, fail = syscall.Accept4(int(lfd), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			if !errors.Is(fail, unix.EINTR) && !errors.Is(fail, unix.ECONNABORTED) {
				return !errors.Is(fail, unix.EAGAIN)
			}
		}
	})
	switch {
	case l.closed.Load():
		if err == nil && fail == nil {
			unix.Close(fd)
		}
		return nil, net.ErrClosed
	case err != nil:
		return nil, err
	case fail != nil:
		return nil, os.NewSyscallError("accept4", fail)
	}
	return newStream(fd, from)
}

// Close ends Accept and closes the descriptor.
func (l *listener) Close() error {
	l.closed.Store(true)
	return l.f.Close()
}

// Addr returns an invalid address: the real one would take a system call that
// the role need not have.
func (l *listener) Addr() net.Addr { return tcpAddr{} }

// tcpAddr is the address of a client.
type tcpAddr struct{ ap netip.AddrPort }

func (tcpAddr) Network() string            { return "tcp" }
func (a tcpAddr) String() string           { return a.ap.String() }
func (a tcpAddr) AddrPort() netip.AddrPort { return a.ap }

func address(sa syscall.Sockaddr) tcpAddr {
	switch a := sa.(type) {
	case *syscall.SockaddrInet4:
		return tcpAddr{netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))}
	case *syscall.SockaddrInet6:
		return tcpAddr{netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))}
	}
	return tcpAddr{}
}

// stream is an accepted connection as a net.Conn that reads with read and
// writes with write. It has neither ReadFrom nor WriteTo, so nothing turns a
// copy into splice or sendfile.
type stream struct {
	f      *os.File
	raw    syscall.RawConn
	remote tcpAddr
}

func newStream(fd int, from syscall.Sockaddr) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "rpc client")
	raw, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &stream{f: f, raw: raw, remote: address(from)}, nil
}

func (s *stream) Read(b []byte) (int, error)         { return s.f.Read(b) }
func (s *stream) Write(b []byte) (int, error)        { return s.f.Write(b) }
func (s *stream) Close() error                       { return s.f.Close() }
func (s *stream) LocalAddr() net.Addr                { return tcpAddr{} }
func (s *stream) RemoteAddr() net.Addr               { return s.remote }
func (s *stream) SetDeadline(t time.Time) error      { return s.f.SetDeadline(t) }
func (s *stream) SetReadDeadline(t time.Time) error  { return s.f.SetReadDeadline(t) }
func (s *stream) SetWriteDeadline(t time.Time) error { return s.f.SetWriteDeadline(t) }

// CloseWrite ends the sending direction.
func (s *stream) CloseWrite() error {
	fail := io.ErrClosedPipe
	err := s.raw.Control(func(fd uintptr) { fail = unix.Shutdown(int(fd), unix.SHUT_WR) })
	return errors.Join(err, fail)
}
