// Package lockbox is memory for secrets: outside the Go heap, locked, left out
// of dumps, wiped before it is given back.
//
// A Region lies in a memfd_secret, which no other process and not the kernel's
// own read paths can reach; its descriptor is closed as soon as it is mapped,
// since a descriptor can be stolen and a mapping cannot. Where the kernel has no
// memfd_secret it is anonymous memory that is locked and not dumped. Where it
// cannot be locked there is no Region: nothing falls back to the heap.
//
// Calls: memfd_secret, ftruncate, mmap, close, munmap; else mmap, mlock,
// madvise, munlock, munmap. RLIMIT_MEMLOCK counts both.
//
// A Region is for one goroutine at a time.
package lockbox

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// MaxSize bounds one Region, in bytes.
const MaxSize = 64 << 10

// The kinds of memory, as Kind names them.
const (
	MemfdSecret = "memfd_secret"
	Mlock       = "mlock"
)

// Region is secret memory. Its bytes are zero at first.
type Region struct {
	b    []byte // whole mapping
	size int
	kind string
}

// New returns a region of 1 to MaxSize bytes.
func New(size int) (*Region, error) {
	if size < 1 || size > MaxSize {
		return nil, fmt.Errorf("lockbox: %d bytes", size)
	}
	r, err := secretRegion(size)
	if err == nil {
		return r, nil
	}
	r, second := lockedRegion(size)
	if second != nil {
		return nil, fmt.Errorf("lockbox: %w; %w", err, second)
	}
	return r, nil
}

func pages(size int) int {
	page := os.Getpagesize()
	return (size + page - 1) / page * page
}

func secretRegion(size int) (*Region, error) {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_secret", err)
	}
	defer unix.Close(fd)
	n := pages(size)
	if err := unix.Ftruncate(fd, int64(n)); err != nil {
		return nil, os.NewSyscallError("ftruncate", err)
	}
	b, err := unix.Mmap(fd, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil { // over RLIMIT_MEMLOCK, for one
		return nil, os.NewSyscallError("mmap", err)
	}
	return &Region{b: b, size: size, kind: MemfdSecret}, nil
}

func lockedRegion(size int) (*Region, error) {
	b, err := unix.Mmap(-1, 0, pages(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	if err = unix.Mlock(b); err != nil {
		err = os.NewSyscallError("mlock", err)
	} else if err = unix.Madvise(b, unix.MADV_DONTDUMP); err != nil {
		err = os.NewSyscallError("madvise", err)
	}
	if err != nil {
		unix.Munmap(b)
		return nil, err
	}
	return &Region{b: b, size: size, kind: Mlock}, nil
}

// Bytes is the memory, nil after Close; what was returned before must not be
// used after it.
func (r *Region) Bytes() []byte {
	if r.b == nil {
		return nil
	}
	return r.b[:r.size:r.size]
}

// Locked is how many bytes of memory the region locks: whole pages.
func (r *Region) Locked() int { return len(r.b) }

// Kind says how the memory is kept: MemfdSecret or Mlock.
func (r *Region) Kind() string { return r.kind }

// Close wipes the memory and gives it back.
func (r *Region) Close() {
	if r.b == nil {
		return
	}
	clear(r.b)
	runtime.KeepAlive(r.b)
	if r.kind == Mlock {
		unix.Munlock(r.b)
	}
	unix.Munmap(r.b)
	r.b = nil
}

// String hides the content.
func (r *Region) String() string { return "[redacted]" }

// Format hides the content, whatever the verb.
func (r *Region) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[redacted]") }
