package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"

	"dashmp/policy"
	"dashmp/sandbox/internal/fdinfo"
	"dashmp/sandbox/internal/mainthread"
	"dashmp/sandbox/internal/procfs"
)

// linux is the real kernel.
type linux struct{}

func (linux) pid() int          { return os.Getpid() }
func (linux) parent() int       { return os.Getppid() }
func (linux) environ() []string { return os.Environ() }

func (linux) peer(fd int) (int, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, fmt.Errorf("SO_PEERCRED: %w", err)
	}
	return int(cred.Pid), nil
}

func (linux) pdeathsig() (int, error) {
	sig := new(int32)
	var pin runtime.Pinner
	pin.Pin(sig) // its address crosses a function as a number
	defer pin.Unpin()
	var err error
	if merr := mainthread.Run(func() {
		err = unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(sig)), 0, 0, 0)
	}); merr != nil {
		return 0, merr
	}
	if err != nil {
		return 0, fmt.Errorf("PR_GET_PDEATHSIG: %w", err)
	}
	return int(*sig), nil
}

func (linux) setPdeathsig() error {
	return llsys.AllThreadsPrctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
}

func (linux) limit(resource int) (soft, hard uint64, err error) {
	var r unix.Rlimit
	if err := unix.Prlimit(0, resource, nil, &r); err != nil {
		return 0, 0, err
	}
	return r.Cur, r.Max, nil
}

func (linux) setLimit(resource int, soft, hard uint64) error {
	return unix.Prlimit(0, resource, &unix.Rlimit{Cur: soft, Max: hard}, nil)
}

func (linux) openFDs() ([]int, error) { return fdinfo.Own() }

func (linux) threads() ([]procfs.Status, error) {
	names, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil {
		return nil, err
	}
	var all []procfs.Status
	for _, name := range names {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // the thread has ended
		}
		if err != nil {
			return nil, err
		}
		s, err := procfs.ParseStatus(text)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, errors.New("/proc/self/task shows no thread")
	}
	return all, nil
}

func (linux) dumpable() (int, error) { return unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0) }

func (linux) setUndumpable() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }

func (linux) setNoNewPrivs() error {
	return llsys.AllThreadsPrctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

func (linux) dropCapabilities() error {
	head := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	none := new([2]unix.CapUserData)
	var pin runtime.Pinner
	pin.Pin(head)
	pin.Pin(none)
	defer pin.Unpin()
	_, _, errno := psx.Syscall3(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(head)), uintptr(unsafe.Pointer(none)), 0)
	if errno != 0 {
		return fmt.Errorf("capset: %w", errno)
	}
	return llsys.AllThreadsPrctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
}

func (linux) setName(name string) error {
	text, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	var pin runtime.Pinner
	pin.Pin(text)
	defer pin.Unpin()
	return llsys.AllThreadsPrctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(text)), 0, 0, 0)
}

func (linux) landlockABI() (int, error) { return llsys.LandlockGetABIVersion() }

func (linux) landlock(fs, net, scoped uint64) error {
	c := landlock.Config{
		HandledAccessFS:  landlock.AccessFSSet(fs),
		HandledAccessNet: landlock.AccessNetSet(net),
		Scoped:           landlock.ScopedSet(scoped),
	}
	return c.Restrict()
}

func (linux) seccomp(program []byte) (int, error) {
	filter := make([]unix.SockFilter, len(program)/policy.InsnSize)
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(filter))), len(program))
	copy(raw, program)
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: unsafe.SliceData(filter)}
	tid, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(&prog)
	runtime.KeepAlive(filter)
	if errno != 0 {
		return 0, errno
	}
	return int(tid), nil
}

func (linux) call(nr int, args [6]uint64) syscall.Errno {
	_, _, errno := unix.RawSyscall6(uintptr(nr), uintptr(args[0]), uintptr(args[1]),
		uintptr(args[2]), uintptr(args[3]), uintptr(args[4]), uintptr(args[5]))
	return errno
}
