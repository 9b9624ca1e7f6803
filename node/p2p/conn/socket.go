package conn

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/node/p2p/netaddr"
)

// Stream is a connection's byte stream.
type Stream interface {
	io.ReadWriteCloser
	CloseWrite() error
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// errClosed: the acceptor was closed.
var errClosed = errors.New("listener closed")

// acceptor accepts connections on a listening socket by accept4 alone.
type acceptor struct {
	f      *os.File
	raw    syscall.RawConn
	closed atomic.Bool
}

func newAcceptor(f *os.File) (*acceptor, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &acceptor{f: f, raw: raw}, nil
}

// accept waits for a connection.
func (a *acceptor) accept() (*os.File, netip.AddrPort, error) {
	var fd int
	var from syscall.Sockaddr
	var fail error
	err := a.raw.Read(func(l uintptr) bool {
		for {
			fd, from, fail = syscall.Accept4(int(l), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			if !errors.Is(fail, unix.EINTR) && !errors.Is(fail, unix.ECONNABORTED) {
				return !errors.Is(fail, unix.EAGAIN)
			}
		}
	})
	switch {
	case a.closed.Load():
		if err == nil && fail == nil {
			unix.Close(fd)
		}
		return nil, netip.AddrPort{}, errClosed
	case err != nil:
		return nil, netip.AddrPort{}, err
	case fail != nil:
		return nil, netip.AddrPort{}, os.NewSyscallError("accept4", fail)
	}
	return os.NewFile(uintptr(fd), "peer"), addrPort(from), nil
}

func (a *acceptor) close() error {
	a.closed.Store(true)
	return a.f.Close()
}

func addrPort(sa syscall.Sockaddr) netip.AddrPort {
	switch s := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(s.Addr), uint16(s.Port))
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.Addr).Unmap(), uint16(s.Port))
	}
	return netip.AddrPort{}
}

// stream is a connected socket.
type stream struct {
	*os.File
	raw syscall.RawConn
}

func newStream(f *os.File) (*stream, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &stream{f, raw}, nil
}

// CloseWrite ends the sending direction.
func (s *stream) CloseWrite() error {
	fail := error(nil)
	err := s.raw.Control(func(fd uintptr) { fail = unix.Shutdown(int(fd), unix.SHUT_WR) })
	return errors.Join(err, fail)
}

// BoundTo is the address that a listener or a socket is bound to; the zero value
// if the kernel does not tell.
func BoundTo(f *os.File) netaddr.Service { return netaddr.FromAddrPort(boundTo(f)) }

// boundTo is this end's address; invalid if the kernel does not tell.
func boundTo(f *os.File) (at netip.AddrPort) {
	raw, err := f.SyscallConn()
	if err != nil {
		return at
	}
	_ = raw.Control(func(fd uintptr) {
		if sa, err := syscall.Getsockname(int(fd)); err == nil {
			at = addrPort(sa)
		}
	})
	return at
}
