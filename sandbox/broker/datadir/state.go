package datadir

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// State files are small files in the network directory that are written as a
// whole. While one is being written it has this suffix.
const newSuffix = ".new"

// OpenState opens a file of the network directory for reading. The name comes
// from this program, never from a role.
func (d *Dir) OpenState(name string) (*os.File, error) {
	f, err := openBeneath(d.net, name, unix.O_RDONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errorf(ErrNotFound, err, "%s does not exist", name)
	}
	if err != nil {
		return nil, access(err)
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		f.Close()
		return nil, errorf(ErrAccess, err, "%s is no regular file", name)
	}
	return f, nil
}

// CreateState opens an empty file beside a state file, to be written and then
// committed.
func (d *Dir) CreateState(name string) (*os.File, error) {
	if err := unlinkat(d.net, name+newSuffix); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, access(err)
	}
	f, err := openRegular(d.net, name+newSuffix, unix.O_CREAT|unix.O_EXCL)
	return f, access(err)
}

// CommitState puts what was written to CreateState's file in the place of the
// state file, after it is on disk.
func (d *Dir) CommitState(name string) error {
	f, err := openRegular(d.net, name+newSuffix, 0)
	if errors.Is(err, os.ErrNotExist) {
		return errorf(ErrNotFound, err, "%s was not created", name)
	}
	if err != nil {
		return access(err)
	}
	err = f.Sync()
	f.Close()
	if err != nil {
		return access(err)
	}
	return access(d.rename(name+newSuffix, name))
}

// RetireState takes a state file away: it is removed, or, if keep is set, gets
// the suffix .bak. One that is not there is no error.
func (d *Dir) RetireState(name string, keep bool) error {
	err := error(nil)
	if keep {
		err = d.rename(name, name+".bak")
	} else {
		err = unlinkat(d.net, name)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return access(err)
}

// rename moves a file within the network directory.
func (d *Dir) rename(from, to string) error {
	rc, err := d.net.SyscallConn()
	if err != nil {
		return err
	}
	var rerr error
	if err := rc.Control(func(fd uintptr) { rerr = unix.Renameat(int(fd), from, int(fd), to) }); err != nil {
		return err
	}
	if rerr != nil {
		return &os.PathError{Op: "rename", Path: path.Join(d.net.Name(), from), Err: rerr}
	}
	return nil
}
