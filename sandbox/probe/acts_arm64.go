//go:build dashprobe && arm64

package probe

import "golang.org/x/sys/unix"

const (
	sysNewfstatat = unix.SYS_FSTATAT
	sysFchmodat2  = unix.SYS_FCHMODAT2
)

func archActs() map[string]func(env) error { return nil }
