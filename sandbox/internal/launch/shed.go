package launch

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"dashmp/sandbox/internal/fdinfo"
)

// environment is what the thread has: numbers in its own descriptor table.
type environment struct {
	control      int
	nullR, nullW int
	caps         CapReport
}

// shed gives the calling thread its own descriptor table and working directory
// and takes everything else from it. It changes nothing for other threads.
func shed(control int) (*environment, error) {
	e := &environment{control: control}
	if err := unix.Unshare(unix.CLONE_FILES | unix.CLONE_FS); err != nil {
		return e, fmt.Errorf("launch: unshare(CLONE_FILES|CLONE_FS): %w", err)
	}
	// From here on no other thread sees or changes the table.
	if err := unix.Chdir("/"); err != nil {
		return e, fmt.Errorf("launch: chdir /: %w", err)
	}
	unix.Umask(0o077)
	var err error
	if e.nullR, err = openNull(unix.O_RDONLY, 0); err != nil {
		return e, err
	}
	if e.nullW, err = openNull(unix.O_WRONLY, 1); err != nil {
		return e, err
	}
	if err := e.clean(); err != nil {
		return e, err
	}
	e.caps, err = dropCapabilities()
	if err != nil {
		return e, err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return e, fmt.Errorf("launch: no_new_privs: %w", err)
	}
	return e, nil
}

// openNull puts /dev/null at the wanted number of the thread's table.
func openNull(mode, at int) (int, error) {
	fd, err := unix.Open("/dev/null", mode|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("launch: /dev/null: %w", err)
	}
	if fd == at {
		return at, nil
	}
	defer unix.Close(fd) //nolint:errcheck // a device
	if err := unix.Dup3(fd, at, unix.O_CLOEXEC); err != nil {
		return -1, fmt.Errorf("launch: /dev/null: %w", err)
	}
	return at, nil
}

// clean closes everything but what the package's doc lists.
func (e *environment) clean() error {
	open, err := fdinfo.OwnThread()
	if err != nil {
		return fmt.Errorf("launch: %w (is /proc mounted?)", err)
	}
	// 2 stays for what the runtime prints if it crashes on this thread.
	keep := []int{e.nullR, e.nullW, 2, e.control}
	for _, fd := range open {
		switch fdinfo.LinkThread(fd) {
		case fdinfo.LinkEpoll, fdinfo.LinkEventfd:
			keep = append(keep, fd)
		}
	}
	slices.Sort(keep)
	keep = slices.Compact(keep)
	next := 0
	for _, fd := range keep {
		if next < fd {
			if err := closeRange(next, fd-1, open); err != nil {
				return err
			}
		}
		next = fd + 1
	}
	if err := closeRange(next, int(^uint32(0)>>1), open); err != nil {
		return err
	}
	for _, fd := range keep {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC)
		if err != nil && !errors.Is(err, unix.EBADF) { // 2 may be closed
			return fmt.Errorf("launch: close-on-exec of %d: %w", fd, err)
		}
	}
	return nil
}

// closeRange closes first to last. Kernels before 5.9 lack the call; the list
// does then, which is exact because nobody else uses this table.
func closeRange(first, last int, open []int) error {
	err := unix.CloseRange(uint(first), uint(last), 0)
	if err == nil {
		return nil
	}
	if !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("launch: close_range(%d, %d): %w", first, last, err)
	}
	for _, fd := range open {
		if fd >= first && fd <= last {
			_ = unix.Close(fd)
		}
	}
	return nil
}
