//go:build dashprobe

package probe

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// made makes a socket and closes it.
func made(family, typ, proto word) func(env) error {
	return func(env) error {
		fd, err := value(unix.SYS_SOCKET, family, typ|unix.SOCK_CLOEXEC, proto)
		if err != nil {
			return err
		}
		return unix.Close(int(fd))
	}
}

func socketActs() map[string]func(env) error {
	return map[string]func(env) error{
		"socket.tcp":     made(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_TCP),
		"socket.udp":     made(unix.AF_INET, unix.SOCK_DGRAM, 0),
		"socket.mptcp":   made(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP),
		"socket.raw":     made(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP),
		"socket.packet":  made(unix.AF_PACKET, unix.SOCK_RAW, 0),
		"socket.netlink": made(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE),
		"socket.vsock":   made(unix.AF_VSOCK, unix.SOCK_STREAM, 0),
		"socket.alg":     made(unix.AF_ALG, unix.SOCK_SEQPACKET, 0),
		"socket.unix":    made(unix.AF_UNIX, unix.SOCK_STREAM, 0),
		"socketpair": func(env) error {
			return call(unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_STREAM, 0, newPins().zeros(8))
		},
		"unix.path":     func(e env) error { return dial(unixAddress(e.args.UnixPath)) },
		"unix.abstract": func(e env) error { return dial(unixAddress("\x00" + e.args.Abstract)) },
		"connect.path": func(e env) error {
			return onSocket(unix.SYS_CONNECT, e, unixAddress(e.args.UnixPath))
		},
		"connect.tcp": func(e env) error {
			return onSocket(unix.SYS_CONNECT, e, []byte{unix.AF_INET, 0, 0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})
		},
		"bind": func(e env) error {
			return onSocket(unix.SYS_BIND, e, []byte{unix.AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})
		},
		"listen": func(e env) error { return call(unix.SYS_LISTEN, word(e.socket), 1) },
		"accept": func(e env) error { return call(unix.SYS_ACCEPT, word(e.socket), 0, 0) },
		"sendmsg.fastopen": func(e env) error {
			return call(unix.SYS_SENDMSG, word(e.socket), newPins().words(message()...), unix.MSG_FASTOPEN|unix.MSG_DONTWAIT)
		},
		"sendto": func(e env) error {
			p, address := newPins(), unixAddress(e.args.UnixPath)
			return call(unix.SYS_SENDTO, word(e.socket), p.zeros(1), 1, unix.MSG_NOSIGNAL,
				p.bytes(address), word(len(address)))
		},
		"recvmsg.inheritable": func(e env) error {
			return call(unix.SYS_RECVMSG, word(e.socket), newPins().words(message()...), unix.MSG_DONTWAIT)
		},
		"recvfrom": func(e env) error {
			return call(unix.SYS_RECVFROM, word(e.socket), newPins().zeros(1), 1, unix.MSG_DONTWAIT|unix.MSG_PEEK, 0, 0)
		},
		"setsockopt.passcred": func(e env) error {
			return call(unix.SYS_SETSOCKOPT, word(e.socket), unix.SOL_SOCKET, unix.SO_PASSCRED, newPins().words(1), 4)
		},
	}
}

// message is an empty struct msghdr: 7 words.
func message() []uint64 { return make([]uint64, 7) }

// unixAddress is a struct sockaddr_un; a name with a leading zero is abstract.
func unixAddress(name string) []byte {
	b := binary.NativeEndian.AppendUint16(nil, unix.AF_UNIX)
	b = append(b, name...)
	if name == "" || name[0] != 0 {
		b = append(b, 0)
	}
	return b
}

func onSocket(nr uintptr, e env, address []byte) error {
	return call(nr, word(e.socket), newPins().bytes(address), word(len(address)))
}

func dial(address []byte) error {
	fd, err := value(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return call(unix.SYS_CONNECT, fd, newPins().bytes(address), word(len(address)))
}
