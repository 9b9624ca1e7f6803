package memfile

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// ErrUnfit is the reason why a received file is not mapped.
var ErrUnfit = errors.New("not a sealed memory file")

const (
	sealsSecret = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	sealsBulk   = sealsSecret | unix.F_SEAL_WRITE
	// required is what a receiver insists on, for either.
	required = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
)

// NewSecret returns a descriptor of a secret memory file that holds a copy of b.
// sealed says that it is a memfd, because memfd_secret could not be had.
func NewSecret(b []byte) (fd int, sealed bool, err error) {
	fd, err = secretFile(b)
	if err == nil {
		return fd, false, nil
	}
	fd, err = create("secret", len(b))
	if err != nil {
		return -1, false, err
	}
	if err = fill(fd, b); err == nil {
		err = seal(fd, sealsSecret)
	}
	if err != nil {
		unix.Close(fd)
		return -1, false, err
	}
	return fd, true, nil
}

// secretFile makes a memfd_secret. It fails where the kernel or the locked
// memory limit does not allow one.
func secretFile(b []byte) (int, error) {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return -1, os.NewSyscallError("memfd_secret", err)
	}
	// An empty file could still be resized, so that an empty secret has to be
	// an empty memfd.
	if len(b) == 0 {
		err = ErrUnfit
	} else if err = unix.Ftruncate(fd, int64(len(b))); err == nil {
		err = fill(fd, b)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// create makes a memfd of the given size that can be sealed and not executed.
func create(name string, size int) (int, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return -1, os.NewSyscallError("memfd_create", err)
	}
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("ftruncate", err)
	}
	return fd, nil
}

func seal(fd, seals int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
	return os.NewSyscallError("fcntl", err)
}

// fill writes b through a mapping, since a memfd_secret has no write.
func fill(fd int, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	m, err := unix.Mmap(fd, 0, len(b), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	copy(m, b)
	return os.NewSyscallError("munmap", unix.Munmap(m))
}

// NewBulk returns a descriptor of a memory file with a copy of b that nobody
// can change any more.
func NewBulk(b []byte) (int, error) {
	fd, err := create("bulk", len(b))
	if err != nil {
		return -1, err
	}
	for done := 0; done < len(b) && err == nil; {
		var n int
		// Not through a mapping: write has no page faults.
		n, err = unix.Write(fd, b[done:])
		done += max(n, 0)
	}
	if err == nil {
		err = seal(fd, sealsBulk)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Size returns the length of the received file fd, of at most limit bytes, if
// it can never shrink. If immutable is set its bytes must be unable to change
// too, which excludes a memfd_secret.
func Size(fd, limit int, immutable bool) (int, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, os.NewSyscallError("fstat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return 0, fmt.Errorf("%w: mode %o", ErrUnfit, st.Mode)
	}
	if st.Size < 0 || st.Size > int64(limit) {
		return 0, fmt.Errorf("%w: %d bytes, %d allowed", ErrUnfit, st.Size, limit)
	}
	need := required
	if immutable {
		need |= unix.F_SEAL_WRITE
	}
	seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	switch {
	case err == nil && seals&need == need:
		return int(st.Size), nil
	case err == nil:
		return 0, fmt.Errorf("%w: seals %#x", ErrUnfit, seals)
	case immutable || st.Size == 0 || !onSecretFS(&st):
		return 0, fmt.Errorf("%w: no seals", ErrUnfit)
	}
	return int(st.Size), nil
}

// onSecretFS reports whether st is of the kernel's one file system for
// memfd_secret.
func onSecretFS(st *unix.Stat_t) bool {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var own unix.Stat_t
	return unix.Fstat(fd, &own) == nil && own.Dev == st.Dev
}

// View maps size bytes of a file that Size has judged, calls use with them, and
// unmaps them.
func View(fd, size int, use func(b []byte) error) error {
	if size == 0 {
		return use(nil)
	}
	m, err := unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	defer unix.Munmap(m)
	// Of a memfd_secret the kernel does this itself.
	unix.Madvise(m, unix.MADV_DONTDUMP)
	if err := touch(m); err != nil {
		return err
	}
	return use(m)
}

// touch reads every page once. A page that cannot be had (the machine is out
// of memory) becomes an error here, and not a signal in the caller.
func touch(m []byte) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(runtime.Error); !ok {
				panic(r)
			}
			err = fmt.Errorf("%w: a page cannot be read", ErrUnfit)
		}
	}()
	sum := byte(0)
	for i := 0; i < len(m); i += 4096 {
		sum |= m[i]
	}
	runtime.KeepAlive(sum)
	return nil
}

// Read copies size bytes out of a file that Size has judged immutable.
func Read(fd, size int) ([]byte, error) {
	b := make([]byte, size)
	for done := 0; done < size; {
		n, err := unix.Pread(fd, b[done:], int64(done))
		if err != nil {
			return nil, os.NewSyscallError("pread", err)
		}
		if n == 0 {
			return nil, fmt.Errorf("%w: short", ErrUnfit)
		}
		done += n
	}
	return b, nil
}

// Wipe overwrites a secret. The kernel clears the pages of a memfd_secret
// itself when they are freed; those of a memfd it may keep for a while.
func Wipe(fd, size int) {
	if size == 0 {
		return
	}
	if m, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
		clear(m)
		unix.Munmap(m)
	}
}
