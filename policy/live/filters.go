package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"dashmp/policy"
)

// Kind classifies an error.
type Kind string

// Error returns the kind itself, for errors.Is.
func (k Kind) Error() string { return string(k) }

const (
	// ErrNotPermitted is the kernel's refusal to show filters to this process.
	ErrNotPermitted Kind = "live.permission"
	// ErrNoProcess is a pid that no process has, or one that ended meanwhile.
	ErrNoProcess Kind = "live.noprocess"
	// ErrOwnChild is a process whose parent is the caller: who waits for a child
	// would take the stop for its end.
	ErrOwnChild Kind = "live.ownchild"
	// ErrUnsupported is a kernel without CONFIG_CHECKPOINT_RESTORE.
	ErrUnsupported Kind = "live.unsupported"
)

// Thread is what the kernel holds for one thread.
type Thread struct {
	TID int
	// Filters are the programs, the oldest first, as struct sock_filter[]. The
	// last one is the one that was loaded last.
	Filters [][]byte
}

// Filters returns the seccomp programs of every thread of a process. Errors
// match a Kind where one fits.
func Filters(pid int) ([]Thread, error) {
	parent, err := parentOf(pid)
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", pid, ErrNoProcess)
	}
	if parent == os.Getpid() {
		return nil, fmt.Errorf("process %d: %w", pid, ErrOwnChild)
	}
	// ptrace is per thread: the tracer stays on one until it has let go.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", pid, ErrNoProcess)
	}
	var all []Thread
	for _, e := range entries {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		filters, err := ofThread(tid)
		if errors.Is(err, ErrNoProcess) && len(entries) > 1 {
			continue // the thread ended
		}
		if err != nil {
			return nil, fmt.Errorf("thread %d of process %d: %w", tid, pid, err)
		}
		all = append(all, Thread{tid, filters})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("process %d: %w", pid, ErrNoProcess)
	}
	return all, nil
}

// parentOf reads PPid from /proc/PID/status.
func parentOf(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "PPid:"); ok {
			return strconv.Atoi(strings.TrimSpace(v))
		}
	}
	return 0, ErrNoProcess
}

// ofThread stops one thread, reads its filters and lets it go.
func ofThread(tid int) ([][]byte, error) {
	if err := unix.PtraceSeize(tid); err != nil {
		return nil, kindOf(err)
	}
	// Detaching needs a stopped thread; a thread that is gone needs nothing.
	if err := unix.PtraceInterrupt(tid); err != nil {
		return nil, kindOf(err)
	}
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(tid, &status, unix.WALL, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil || status.Exited() || status.Signaled() {
			return nil, ErrNoProcess
		}
		break
	}
	filters, err := read(tid)
	// A signal that arrived just before the interruption is passed on.
	signal := 0
	if status.Stopped() && status.StopSignal() != unix.SIGTRAP && uint32(status)>>16 == 0 {
		signal = int(status.StopSignal())
	}
	if derr := detach(tid, signal); derr != nil && err == nil && !errors.Is(derr, unix.ESRCH) {
		err = fmt.Errorf("detach: %w", derr)
	}
	return filters, err
}

func read(tid int) ([][]byte, error) {
	var all [][]byte
	for index := uintptr(0); ; index++ {
		n, errno := getFilter(tid, index, nil)
		if errno == unix.ENOENT || (errno == unix.EINVAL && index == 0) {
			return all, nil // EINVAL: the thread is not in filter mode
		}
		if errno != 0 {
			return nil, kindOf(errno)
		}
		if n < 1 || n > policy.MaxInsns {
			return nil, fmt.Errorf("a filter of %d instructions", n)
		}
		code := make([]byte, n*policy.InsnSize)
		if _, errno := getFilter(tid, index, code); errno != 0 {
			return nil, kindOf(errno)
		}
		all = append(all, code)
	}
}

// getFilter returns the number of instructions of a filter, and copies it if
// there is room for it.
func getFilter(tid int, index uintptr, to []byte) (int, syscall.Errno) {
	n, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SECCOMP_GET_FILTER,
		uintptr(tid), index, uintptr(unsafe.Pointer(unsafe.SliceData(to))), 0, 0)
	runtime.KeepAlive(to)
	return int(n), errno
}

func detach(tid, signal int) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(tid), 0, uintptr(signal), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func kindOf(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: %w", ErrNotPermitted, err)
	case errors.Is(err, unix.ESRCH):
		return ErrNoProcess
	case errors.Is(err, unix.EIO), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return err
}

// Insns returns the number of instructions of a program's bytes.
func Insns(code []byte) int { return len(code) / policy.InsnSize }

// FirstDifference returns the index of the first instruction in which two
// programs differ and both instructions as text; -1 if they are equal.
func FirstDifference(a, b []byte) (at int, inA, inB string) {
	for i := 0; i < max(Insns(a), Insns(b)); i++ {
		x, y := Insn(a, i), Insn(b, i)
		if x != y {
			return i, x, y
		}
	}
	return -1, "", ""
}

// Insn returns instruction i of a program as "code jt jf k" in hex, "none"
// beyond its end.
func Insn(code []byte, i int) string {
	if i >= Insns(code) {
		return "none"
	}
	b := code[i*policy.InsnSize:]
	return fmt.Sprintf("%04x %02x %02x %08x", binary.LittleEndian.Uint16(b), b[2], b[3], binary.LittleEndian.Uint32(b[4:]))
}
