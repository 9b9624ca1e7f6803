package blockfile

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// OSFile makes a File of an open file, such as one from a passed descriptor.
func OSFile(f *os.File) File { return osFile{f} }

type osFile struct{ *os.File }

// Size fails for a file that somebody has deleted: what is written to it would
// be lost, and what is read of it could not be read again.
func (f osFile) Size() (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Nlink == 0 {
		return 0, fmt.Errorf("%w: %s", ErrDeleted, f.Name())
	}
	return st.Size(), nil
}

// Sync is fdatasync, which the sandbox allows for block files.
func (f osFile) Sync() error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = unix.Fdatasync(int(fd)) }); err != nil {
		return err
	}
	return failed
}
