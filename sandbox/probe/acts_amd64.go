//go:build dashprobe && amd64

package probe

import "golang.org/x/sys/unix"

const (
	sysNewfstatat = unix.SYS_NEWFSTATAT
	sysFchmodat2  = unix.SYS_FCHMODAT2

	// x32 marks the x32 numbers.
	x32 = 0x40000000
)

// int80 makes a call of the 32-bit interface: nr in eax, arguments in ebx, ecx
// and edx. It returns what the kernel left in eax.
func int80(nr, a, b, c uintptr) int32

func archActs() map[string]func(env) error {
	thirtyTwo := func(nr uintptr) func(env) error {
		return func(env) error {
			if r := int80(nr, 0, 0, 0); r < 0 {
				return unix.Errno(-r)
			}
			return nil
		}
	}
	return map[string]func(env) error{
		"int80.getpid":     thirtyTwo(20),
		"int80.socketcall": thirtyTwo(102),
		"x32.getpid":       raw(x32 | unix.SYS_GETPID),
		"x32.socket":       raw(x32|unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0),
		"fork.legacy":      forked(unix.SYS_FORK),
		"modify-ldt":       raw(unix.SYS_MODIFY_LDT, 0, 0, 0),
		"open.legacy": func(e env) error {
			return call(unix.SYS_OPEN, newPins().text(e.args.File), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		},
		"stat.legacy": func(e env) error {
			p := newPins()
			return call(unix.SYS_STAT, p.text(e.args.File), p.zeros(256))
		},
	}
}
