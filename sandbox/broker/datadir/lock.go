package datadir

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	lockName    = ".lock"
	packageName = "Dash Core" // as in Dash Core's messages, which tests compare
)

// wholeFile is a write lock on the whole file. Dash Core takes it by F_SETLK;
// F_OFD_SETLK conflicts with that, and unlike it is not lost when some other
// part of this process opens and closes the same file.
func wholeFile() *unix.Flock_t { return &unix.Flock_t{Type: unix.F_WRLCK, Whence: 0} }

// takeLock locks an open .lock file or fails at once.
func takeLock(f *os.File) error {
	rc, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lerr error
	if err := rc.Control(func(fd uintptr) { lerr = unix.FcntlFlock(fd, unix.F_OFD_SETLK, wholeFile()) }); err != nil {
		return err
	}
	return lerr
}

// errLocked is Dash Core's message (init.cpp, LockDataDirectory).
func errLocked(dir string, err error) error {
	return errorf(ErrLocked, err, "Cannot obtain a lock on data directory %s. %s is probably already running.", dir, packageName)
}

func errNotWritable(dir string, err error) error {
	return errorf(ErrAccess, err, "Cannot write to data directory '%s'; check permissions.", dir)
}

// probeLock fails if the directory is in use. It creates nothing and leaves
// nothing locked.
func probeLock(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) {
		if unix.Access(dir, unix.W_OK|unix.X_OK) != nil {
			return errNotWritable(dir, err)
		}
		return nil
	}
	if err != nil {
		return errNotWritable(dir, err)
	}
	defer f.Close() // which gives the lock back
	if err := takeLock(f); err != nil {
		return errLocked(dir, err)
	}
	return nil
}

// lock takes the lock for the life of the returned file.
func lock(dir *os.File) (*os.File, error) {
	f, err := openRegular(dir, lockName, unix.O_CREAT)
	if err != nil {
		return nil, errNotWritable(dir.Name(), err)
	}
	if err := takeLock(f); err != nil {
		f.Close()
		return nil, errLocked(dir.Name(), err)
	}
	return f, nil
}

// checkFree fails if another open file description holds the lock that bbolt
// takes on its database. It leaves the file unlocked.
func checkFree(f *os.File) error {
	rc, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lerr error
	if err := rc.Control(func(fd uintptr) {
		if lerr = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB); lerr == nil {
			lerr = unix.Flock(int(fd), unix.LOCK_UN)
		}
	}); err != nil {
		return err
	}
	if lerr != nil {
		return errorf(ErrLocked, lerr, "The database %s is in use.", f.Name()).
			hint("another process holds it open; stop that first")
	}
	return nil
}
