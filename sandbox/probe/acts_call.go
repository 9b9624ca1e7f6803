//go:build dashprobe

package probe

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// word is an argument of a raw call: a number or the address of memory that was
// pinned by addr.
type word = uintptr

// call makes a raw system call: no wrapper may replace it by a cousin.
func call(nr uintptr, args ...word) error {
	_, err := value(nr, args...)
	return err
}

func value(nr uintptr, args ...word) (uintptr, error) {
	var a [6]uintptr
	copy(a[:], args)
	r, _, errno := unix.RawSyscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return 0, errno
	}
	return r, nil
}

// pins keeps what acts point at where it is. An act is the last thing a process
// does, so nothing is ever unpinned.
type pins struct{ runtime.Pinner }

func newPins() *pins { return new(pins) }

// text returns the address of a string with its end.
func (p *pins) text(s string) word {
	b := append([]byte(s), 0)
	p.Pin(&b[0])
	return uintptr(unsafe.Pointer(&b[0]))
}

// zeros returns the address of n zero bytes.
func (p *pins) zeros(n int) word { return p.bytes(make([]byte, n)) }

func (p *pins) bytes(b []byte) word {
	p.Pin(&b[0])
	return uintptr(unsafe.Pointer(&b[0]))
}

// words returns the address of an array of words.
func (p *pins) words(w ...uint64) word {
	p.Pin(&w[0])
	return uintptr(unsafe.Pointer(&w[0]))
}

// minus is a negative argument.
func minus(n int) word { return uintptr(-n) }

// cwd is AT_FDCWD.
func cwd() word { return minus(-unix.AT_FDCWD) }

// dirty sets a bit above the 32 that the kernel looks at.
func dirty(w word) word { return w | 1<<32 }
