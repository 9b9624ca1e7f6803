package host

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// RPCBind are the options that say where RPC is served.
type RPCBind struct {
	Port    uint16   // -rpcport
	Bind    []string // -rpcbind
	AllowIP []string // -rpcallowip
}

// Endpoints returns where to listen and what belongs in the log about it
// (httpserver.cpp, HTTPBindAddresses): without both -rpcallowip and -rpcbind
// that is the loopback addresses.
func (r RPCBind) Endpoints() (at []netip.AddrPort, warnings []string, err error) {
	if len(r.Bind) == 0 || len(r.AllowIP) == 0 {
		if len(r.AllowIP) > 0 {
			warnings = append(warnings, "WARNING: option -rpcallowip was specified without -rpcbind; this doesn't usually make sense")
		}
		if len(r.Bind) > 0 {
			warnings = append(warnings, "WARNING: option -rpcbind was ignored because -rpcallowip was not specified, refusing to allow everyone to connect")
		}
		return []netip.AddrPort{
			netip.AddrPortFrom(netip.IPv6Loopback(), r.Port),
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), r.Port),
		}, warnings, nil
	}
	for _, text := range r.Bind {
		ap, err := parseEndpoint(text, r.Port)
		if err != nil {
			return nil, nil, err
		}
		if ap.Addr().IsUnspecified() {
			warnings = append(warnings, "WARNING: the RPC server is not safe to expose to untrusted networks such as the public internet")
		}
		at = append(at, ap)
	}
	return at, warnings, nil
}

// parseEndpoint reads ADDR, ADDR:PORT, [ADDR] or [ADDR]:PORT. Only addresses
// and "localhost" are taken: looking up a name would make the supervisor read
// what strangers answer.
func parseEndpoint(text string, port uint16) (netip.AddrPort, error) {
	host := text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		alone := strings.IndexByte(text, ':') == i
		if alone || (i > 0 && text[0] == '[' && text[i-1] == ']') {
			n, err := strconv.ParseUint(text[i+1:], 10, 16)
			if err != nil || n == 0 {
				return netip.AddrPort{}, Sayf("Invalid port specified in -rpcbind: '%s'", text)
			}
			host, port = text[:i], uint16(n)
		}
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	switch host {
	case "":
		return netip.AddrPortFrom(netip.IPv6Unspecified(), port), nil
	case "localhost":
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port), nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, Sayf("Cannot resolve -rpcbind address: '%s'", text)
	}
	return netip.AddrPortFrom(addr, port), nil
}

// Listen binds a plain TCP socket (never MPTCP, which package net would choose
// and Landlock does not see) and listens on it.
func Listen(at netip.AddrPort) (*os.File, error) {
	addr := at.Addr().Unmap()
	family, v6 := unix.AF_INET, addr.Is6()
	var sa unix.Sockaddr
	if v6 {
		family = unix.AF_INET6
		sa = &unix.SockaddrInet6{Port: int(at.Port()), Addr: addr.As16(), ZoneId: zone(addr)}
	} else {
		sa = &unix.SockaddrInet4{Port: int(at.Port()), Addr: addr.As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_TCP)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	steps := []func() error{
		func() error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) },
		// Accepted sockets inherit it; the role that accepts them may set no option.
		func() error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) },
		func() error {
			if !v6 {
				return nil
			}
			return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
		},
		func() error { return unix.Bind(fd, sa) },
		func() error { return unix.Listen(fd, 128) }, // libevent's backlog
	}
	for _, step := range steps {
		if err := step(); err != nil {
			unix.Close(fd)
			return nil, fmt.Errorf("listen on %s: %w", at, err)
		}
	}
	return os.NewFile(uintptr(fd), "listener "+at.String()), nil
}

// zone is the index of a link-local address's interface where it is a number.
func zone(a netip.Addr) uint32 {
	n, _ := strconv.ParseUint(a.Zone(), 10, 32)
	return uint32(n)
}
