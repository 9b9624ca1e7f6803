package main

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/supervisor"
)

// becomeEcho replaces this program by the dash-echo beside it, with the same
// descriptor and no environment. The supervisor must not be what strangers talk
// to; see hack/adr/0004.
func becomeEcho(args []string) error {
	fd, err := strconv.ParseUint(args[1], 10, 16)
	if err != nil {
		return host.Sayf("Invalid -ipcfd number '%q'", args[1])
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		return host.Sayf("-ipcfd %d: not an open descriptor; hint: this form is for programs that spawn dash-node", fd)
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	programs, err := supervisor.OpenPrograms(supervisor.ProgramDirs(exe), []policy.Role{policy.Echo})
	if err != nil {
		return err
	}
	path := programs[policy.Echo].Path
	if err := syscall.Exec(path, append([]string{filepath.Base(path)}, args...), []string{}); err != nil {
		return host.Sayf("Cannot execute %s: %w", path, err)
	}
	return nil
}
