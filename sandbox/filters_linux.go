package sandbox

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"dashmp/policy"
)

// maxFilters bounds how many programs are read back of one process.
const maxFilters = 64

// LoadedFilters reads the seccomp programs of a process's main thread back from
// the kernel, the newest first, as struct sock_filter[]. It needs CAP_SYS_ADMIN
// and a kernel with CONFIG_CHECKPOINT_RESTORE, must not itself be under a
// filter, and stops the main thread for a moment.
func LoadedFilters(pid int) ([][]byte, error) {
	type answer struct {
		filters [][]byte
		err     error
	}
	done := make(chan answer)
	// Tracing binds to a thread.
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		f, err := loadedFilters(pid)
		done <- answer{f, err}
	}()
	a := <-done
	if a.err != nil {
		return nil, fmt.Errorf("read filters of process %d: %w", pid, a.err)
	}
	return a.filters, nil
}

// loadedFilters runs on a locked thread.
func loadedFilters(pid int) (filters [][]byte, err error) {
	if err := unix.PtraceSeize(pid); err != nil {
		return nil, fmt.Errorf("PTRACE_SEIZE: %w", err)
	}
	if err := unix.PtraceInterrupt(pid); err != nil {
		return nil, fmt.Errorf("PTRACE_INTERRUPT: %w", err)
	}
	// WNOWAIT: should the process end just now, its exit state stays for Child.
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT|unix.WALL, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("wait: %w", err)
		}
		break
	}
	defer func() { err = errors.Join(err, unix.PtraceDetach(pid)) }()
	for i := range maxFilters {
		f, err := filterAt(pid, i)
		if errors.Is(err, unix.ENOENT) {
			return filters, nil
		}
		if err != nil {
			return nil, fmt.Errorf("PTRACE_SECCOMP_GET_FILTER %d: %w", i, err)
		}
		filters = append(filters, f)
	}
	return nil, fmt.Errorf("more than %d filters", maxFilters)
}

func filterAt(pid, index int) ([]byte, error) {
	get := func(into unsafe.Pointer) (int, error) {
		n, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SECCOMP_GET_FILTER,
			uintptr(pid), uintptr(index), uintptr(into), 0, 0)
		if errno != 0 {
			return 0, errno
		}
		return int(n), nil
	}
	n, err := get(nil)
	if err != nil {
		return nil, err
	}
	if n <= 0 || n > policy.MaxInsns {
		return nil, fmt.Errorf("a program of %d instructions", n)
	}
	code := make([]byte, n*policy.InsnSize)
	if m, err := get(unsafe.Pointer(unsafe.SliceData(code))); err != nil || m != n {
		return nil, fmt.Errorf("%d of %d instructions: %w", m, n, orOK(err))
	}
	return code, nil
}
