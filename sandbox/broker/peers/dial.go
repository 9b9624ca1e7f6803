package peers

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/sandbox/broker"
)

// Dial connects to a peer whose address has 4 or 16 bytes, if it may. The file
// is a non-blocking TCP socket without delay, never MPTCP.
func (g *Guard) Dial(ctx context.Context, address []byte, port uint32) (*os.File, netip.AddrPort, error) {
	ip, ok := netip.AddrFromSlice(address)
	if !ok || port > 65535 {
		return nil, netip.AddrPort{}, ipc.Errorf(broker.ErrRefused, "an address of %d bytes, port %d", len(address), port)
	}
	at := netip.AddrPortFrom(ip.Unmap(), uint16(port))
	if err := g.check(at); err != nil {
		return nil, at, err
	}
	if err := g.take("DialPeer"); err != nil {
		return nil, at, err
	}
	select {
	case g.dialing <- struct{}{}:
		defer func() { <-g.dialing }()
	default:
		return nil, at, ipc.Errorf(ipc.ErrLimit, "DialPeer: too many at a time")
	}
	f, err := g.connect(ctx, at)
	if err != nil {
		return nil, at, ipc.Errorf(broker.ErrUnreachable, "%s", reason(err))
	}
	return f, at, nil
}

func (g *Guard) connect(ctx context.Context, at netip.AddrPort) (*os.File, error) {
	// No keep-alive: peers have pings. SetNoDelay is package net's default.
	d := net.Dialer{Timeout: g.o.Timeout, KeepAlive: -1}
	d.SetMultipathTCP(false)
	c, err := d.DialContext(ctx, "tcp", at.String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, dupErr := -1, error(nil)
	err = raw.Control(func(s uintptr) { fd, dupErr = unix.FcntlInt(s, unix.F_DUPFD_CLOEXEC, 3) })
	if err = errors.Join(err, dupErr); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "peer "+at.String()), nil
}

// reason is the text of an error without the addresses that package net adds.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		if op.Timeout() {
			return "timed out"
		}
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err.Error()
}

// isInterface reports whether an address is of this machine.
func isInterface(a netip.Addr) bool {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, i := range list {
		if p, err := netip.ParsePrefix(i.String()); err == nil && p.Addr().Unmap() == a.Unmap() {
			return true
		}
	}
	return false
}
