package host

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// asUser connects to a unix socket from a thread that has another user's id. The
// thread ends with its goroutine, since it is not unlocked.
func asUser(t *testing.T, uid int, path string) int {
	t.Helper()
	type result struct {
		fd  int
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			// The raw call changes this thread only; the wrapper would change all.
			if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); e != 0 {
				err = e
			}
		}
		if err == nil {
			err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
		}
		done <- result{fd, err}
	}()
	r := <-done
	if r.err != nil {
		t.Fatalf("connect as user %d: %v", uid, r.err)
	}
	return r.fd
}
