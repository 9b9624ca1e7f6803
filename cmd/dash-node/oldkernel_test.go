package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// withoutVar makes this test binary a launcher: it has one system call answered
// with ENOSYS, as a kernel does that lacks it, and becomes the program in its
// arguments.
const withoutVar = "DASH_TEST_WITHOUT_CALL"

func launchWithout(nr string) error {
	n, err := strconv.ParseUint(nr, 10, 32)
	if err != nil {
		return err
	}
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(n), Jt: 0, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x00050000 | uint32(unix.ENOSYS)}, // SECCOMP_RET_ERRNO
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x7fff0000},                       // SECCOMP_RET_ALLOW
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0); err != nil {
		return err
	}
	_ = os.Unsetenv(withoutVar)
	return syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
}

// On a kernel without a layer the node says which, and leaves no trace.
func TestKernelWithoutALayer(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		layer string
		nr    int
	}{
		{"landlock", unix.SYS_LANDLOCK_CREATE_RULESET},
		{"seccomp", unix.SYS_SECCOMP},
	} {
		t.Run(c.layer, func(t *testing.T) {
			dir := t.TempDir()
			node := command(t, dir)
			cmd := exec.Command(self, node.Args...)
			cmd.Env = append(node.Env, fmt.Sprintf("%s=%d", withoutVar, c.nr))
			before := tree(t, dir)
			code, _, stderr := runToEnd(t, cmd)
			if code != 1 || !strings.Contains(stderr, "sandbox layer "+c.layer) || !strings.Contains(stderr, "hint: ") || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			if d := cmp.Diff(before, tree(t, dir)); d != "" {
				t.Error(d)
			}
			// The operator may weaken it, by saying so.
			off := exec.Command(self, append(node.Args, "-sandbox=off")...)
			off.Env = cmd.Env
			r := begin(t, off)
			r.waitLog("init message: Done loading")
			if code := r.stop(syscall.SIGTERM); code != 0 {
				t.Errorf("-sandbox=off: exit code %d", code)
			}
		})
	}
}
