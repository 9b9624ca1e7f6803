package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// incomplete is the suffix of a file while it is being written (Dash Core:
// dumptxoutset).
const incomplete = ".incomplete"

// maxExports bounds the files that are being written. One that was forgotten,
// because the process that asked for it is gone, makes room for a newer one.
const maxExports = 4

// Exports are new files that operators name in RPCs. It is safe for concurrent
// use.
type Exports struct {
	// root is the directory below which they may be; base the one that relative
	// paths start from.
	root, base string

	mu   sync.Mutex // guards the rest
	last uint64
	open map[uint64]*export
}

// export is a file that is being written in a directory.
type export struct {
	dir  *os.File
	name string
	file *os.File // nil once it was taken
}

// Exports makes the table of new files, below root, or below the network
// directory if that is "".
func (d *Dir) Exports(root string) *Exports {
	if root == "" {
		root = d.o.Path()
	}
	return &Exports{root: filepath.Clean(root), base: d.o.Path(), open: map[uint64]*export{}}
}

// Create makes a file that must not exist, under a name for files that are not
// complete, and returns the handle by which it can be taken and finished, and
// its path. Directories are not made, and no link below root is followed. The
// texts of errors are Dash Core's.
func (e *Exports) Create(path string) (handle uint64, full string, err error) {
	full = path
	if !filepath.IsAbs(full) {
		full = filepath.Join(e.base, full)
	}
	x, err := e.create(filepath.Clean(full), full)
	if err != nil {
		return 0, full, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.open) >= maxExports {
		oldest := e.last
		for h := range e.open {
			oldest = min(oldest, h)
		}
		e.open[oldest].drop()
		delete(e.open, oldest)
	}
	e.last++
	e.open[e.last] = x
	return e.last, full, nil
}

func (e *Exports) create(clean, shown string) (*export, error) {
	below, err := filepath.Rel(e.root, clean)
	if err != nil || below == "." || below == ".." || strings.HasPrefix(below, "../") {
		return nil, errorf(ErrExport, err, "%s is not in %s, where new files may be written.", shown, e.root).hint("see -exportdir")
	}
	noFile := func(err error) error {
		return errorf(ErrExport, err, "Couldn't open file %s for writing.", shown+incomplete)
	}
	root, err := openDir(nil, e.root)
	if err != nil {
		return nil, noFile(err)
	}
	defer root.Close()
	dir, err := openBeneath(root, filepath.Dir(below), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, noFile(err)
	}
	x := &export{dir: dir, name: filepath.Base(below)}
	if existsBeneath(dir, x.name) {
		dir.Close()
		return nil, errorf(ErrExists, nil, "%s already exists. If you are sure this is what you want, move it out of the way first", shown)
	}
	if x.file, err = openRegular(dir, x.name+incomplete, unix.O_CREAT|unix.O_EXCL); err != nil {
		dir.Close()
		return nil, noFile(err)
	}
	return x, nil
}

// Take hands a file out, once.
func (e *Exports) Take(handle uint64) (*os.File, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.open[handle]
	if x == nil || x.file == nil {
		return nil, errorf(ErrNotFound, nil, "no new file has this handle")
	}
	f := x.file
	x.file = nil
	return f, nil
}

// Finish gives a file its name, or removes it. Nothing that came to have the
// name meanwhile is replaced.
func (e *Exports) Finish(handle uint64, keep bool) error {
	e.mu.Lock()
	x := e.open[handle]
	delete(e.open, handle)
	e.mu.Unlock()
	if x == nil {
		return errorf(ErrNotFound, nil, "no new file has this handle")
	}
	if keep {
		if err := x.rename(); err == nil {
			x.close()
			return nil
		} else if !errors.Is(err, os.ErrExist) {
			x.drop()
			return access(err)
		}
	}
	x.drop()
	if keep {
		return errorf(ErrExists, nil, "%s came to exist meanwhile", x.name)
	}
	return nil
}

// Close removes what was not finished.
func (e *Exports) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for h, x := range e.open {
		x.drop()
		delete(e.open, h)
	}
}

func (x *export) rename() error {
	rc, err := x.dir.SyscallConn()
	if err != nil {
		return err
	}
	var rerr error
	err = rc.Control(func(fd uintptr) {
		rerr = unix.Renameat2(int(fd), x.name+incomplete, int(fd), x.name, unix.RENAME_NOREPLACE)
	})
	return errors.Join(err, rerr)
}

// drop removes the file.
func (x *export) drop() {
	_ = unlinkat(x.dir, x.name+incomplete)
	x.close()
}

func (x *export) close() {
	if x.file != nil {
		x.file.Close()
	}
	x.dir.Close()
}
