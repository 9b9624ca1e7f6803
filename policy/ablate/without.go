package ablate

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// WithoutVar makes a test binary that calls BecomeWithout a launcher: its value
// is the number of a system call.
const WithoutVar = "DASH_TEST_WITHOUT_CALL"

// BecomeWithout returns nil unless WithoutVar is set. If it is, the call it
// names is answered with ENOSYS, as a kernel does that lacks it, and the process
// becomes the program in its arguments; it returns only if that fails.
func BecomeWithout() error {
	nr := os.Getenv(WithoutVar)
	if nr == "" {
		return nil
	}
	n, err := strconv.ParseUint(nr, 10, 32)
	if err != nil {
		return fmt.Errorf("%s: %w", WithoutVar, err)
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
		return fmt.Errorf("no_new_privs: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0); err != nil {
		return fmt.Errorf("load a filter: %w", err)
	}
	_ = os.Unsetenv(WithoutVar)
	return syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
}
