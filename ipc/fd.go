package ipc

import (
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// owned is one descriptor with exactly one owner: whoever swaps -1 in.
type owned struct{ fd atomic.Int32 }

func own(fd int) *owned {
	o := &owned{}
	o.fd.Store(int32(fd))
	return o
}

func (o *owned) take() int {
	if o == nil {
		return -1
	}
	return int(o.fd.Swap(-1))
}

func (o *owned) get() int {
	if o == nil {
		return -1
	}
	return int(o.fd.Load())
}

func (o *owned) close() error {
	if fd := o.take(); fd >= 0 {
		return unix.Close(fd)
	}
	return nil
}

// FD owns one descriptor. Copies share the ownership: the first Take, File or
// Close ends it for all, and so does passing one of them to PutFD. The zero FD
// holds nothing.
type FD struct{ own *owned }

// NewFD takes ownership of fd; a negative one makes an invalid FD.
func NewFD(fd int) FD {
	if fd < 0 {
		return FD{}
	}
	return FD{own(fd)}
}

// FromFile returns a duplicate of f's descriptor and closes f. The file status
// flags, non-blocking mode among them, stay as they are. It needs fcntl
// F_DUPFD_CLOEXEC.
func FromFile(f *os.File) (FD, error) {
	defer f.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		return FD{}, err
	}
	// Fd would put the descriptor into blocking mode for everybody.
	dup, dupErr := -1, error(nil)
	if err := raw.Control(func(fd uintptr) {
		dup, dupErr = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 3)
	}); err != nil {
		return FD{}, err
	}
	if dupErr != nil {
		return FD{}, os.NewSyscallError("fcntl", dupErr)
	}
	return NewFD(dup), nil
}

// Take returns the descriptor and gives it to the caller; -1 if there is none.
func (f FD) Take() int { return f.own.take() }

// File returns the descriptor as a file that the caller owns; nil if there is
// none.
func (f FD) File(name string) *os.File {
	fd := f.Take()
	if fd < 0 {
		return nil
	}
	return os.NewFile(uintptr(fd), name)
}

// Look calls use with the descriptor, which stays f's, and must not close it.
// Nothing may end the ownership meanwhile.
func (f FD) Look(use func(fd int) error) error {
	fd := f.own.get()
	if fd < 0 {
		return Errorf(ErrDescriptor, "no descriptor")
	}
	return use(fd)
}

// Close closes the descriptor if it is still owned.
func (f FD) Close() error { return f.own.close() }

// IsValid reports whether a descriptor is still owned.
func (f FD) IsValid() bool { return f.own.get() >= 0 }
