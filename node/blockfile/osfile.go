package blockfile

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// OSFile makes a File of an open file, such as one from a passed descriptor.
func OSFile(f *os.File) File {
	o := osFile{File: f}
	if st, err := f.Stat(); err == nil {
		o.changed, _ = changes(st)
	}
	return o
}

type osFile struct {
	*os.File
	// changed is when the inode had changed last at the opening.
	changed syscall.Timespec
}

// changes are the times of the last change of the inode and of the content.
func changes(st os.FileInfo) (inode, content syscall.Timespec) {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return sys.Ctim, sys.Mtim
	}
	return inode, content
}

// Size fails for a file that somebody has deleted or renamed: what is written to
// it would be lost, and what is read of it could not be read again. A renaming
// shows as a change of the inode that is none of the content.
func (f osFile) Size() (int64, error) {
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	inode, content := changes(st)
	sys, ok := st.Sys().(*syscall.Stat_t)
	if ok && (sys.Nlink == 0 || inode != f.changed && inode != content) {
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
