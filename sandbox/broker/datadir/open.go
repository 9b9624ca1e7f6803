package datadir

import (
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// beneath is how everything below the opened directories is resolved: no way
// out, no link of any kind.
const beneath = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS

// openBeneath opens name relative to dir without following any link. name may
// have several components. O_NONBLOCK keeps a FIFO that someone planted from
// holding up the caller; it has no meaning for regular files.
func openBeneath(dir *os.File, name string, flags int, mode uint64) (*os.File, error) {
	fd, err := openat2(dir, name, &unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY),
		Mode:    mode,
		Resolve: beneath,
	})
	if err != nil {
		return nil, &os.PathError{Op: "openat2", Path: path.Join(dir.Name(), name), Err: err}
	}
	return os.NewFile(uintptr(fd), path.Join(dir.Name(), name)), nil
}

// openDir opens one of the directories of the layout. Links that the operator
// made are followed; those of /proc are not.
func openDir(at *os.File, name string) (*os.File, error) {
	fd, err := openat2(at, name, &unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_NO_MAGICLINKS,
	})
	full := name
	if at != nil && !path.IsAbs(name) {
		full = path.Join(at.Name(), name)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: full, Err: err}
	}
	return os.NewFile(uintptr(fd), full), nil
}

// openat2 retries what the kernel asks to be retried: EAGAIN means that a
// rename elsewhere made it unable to prove that the path stays beneath.
func openat2(dir *os.File, name string, how *unix.OpenHow) (int, error) {
	at := unix.AT_FDCWD
	if dir != nil {
		rc, err := dir.SyscallConn()
		if err != nil {
			return -1, err
		}
		fd, oerr := -1, error(nil)
		err = rc.Control(func(d uintptr) { fd, oerr = retryOpenat2(int(d), name, how) })
		if err != nil {
			return -1, err
		}
		return fd, oerr
	}
	return retryOpenat2(at, name, how)
}

func retryOpenat2(at int, name string, how *unix.OpenHow) (int, error) {
	for try := 0; ; try++ {
		fd, err := unix.Openat2(at, name, how)
		if (err == unix.EAGAIN && try < 100) || err == unix.EINTR {
			continue
		}
		return fd, err
	}
}

// openRegular opens a file beneath dir for reading and writing and makes sure
// that it is a regular one.
func openRegular(dir *os.File, name string, create int) (*os.File, error) {
	f, err := openBeneath(dir, name, unix.O_RDWR|create, createMode(create))
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: f.Name(), Err: unix.EINVAL}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// createMode is what openat2 demands: zero unless a file may be created.
func createMode(flags int) uint64 {
	if flags&unix.O_CREAT != 0 {
		return 0o600
	}
	return 0
}

// mkdirBeneath makes the directory name, which may have several components,
// and those above it, and opens it.
func mkdirBeneath(dir *os.File, components []string) (*os.File, error) {
	at, err := openBeneath(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	for _, c := range components {
		if err != nil {
			return nil, err
		}
		var next *os.File
		if err = mkdirat(at, c); err == nil {
			next, err = openBeneath(at, c, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		}
		at.Close()
		at = next
	}
	return at, err
}

// mkdirat makes a directory for its owner only; one that exists is no error.
func mkdirat(dir *os.File, name string) error {
	rc, err := dir.SyscallConn()
	if err != nil {
		return err
	}
	var merr error
	if err := rc.Control(func(fd uintptr) { merr = unix.Mkdirat(int(fd), name, 0o700) }); err != nil {
		return err
	}
	if merr != nil && merr != unix.EEXIST {
		return &os.PathError{Op: "mkdir", Path: path.Join(dir.Name(), name), Err: merr}
	}
	return nil
}

// unlinkat removes a file, whose name is one component, from a directory.
func unlinkat(dir *os.File, name string) error {
	rc, err := dir.SyscallConn()
	if err != nil {
		return err
	}
	var uerr error
	if err := rc.Control(func(fd uintptr) { uerr = unix.Unlinkat(int(fd), name, 0) }); err != nil {
		return err
	}
	if uerr != nil {
		return &os.PathError{Op: "unlink", Path: path.Join(dir.Name(), name), Err: uerr}
	}
	return nil
}

// existsBeneath reports whether name exists beneath dir, as anything at all.
func existsBeneath(dir *os.File, name string) bool {
	fd, err := openat2(dir, name, &unix.OpenHow{Flags: unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS})
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}
