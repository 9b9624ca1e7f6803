package bpf

import (
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel is the judge of Parse: random programs are offered to seccomp(2)
// in a thread of their own. Each begins with a return, so that one that is
// taken allows everything; the rest is checked by the kernel all the same.
func TestParseAgreesWithTheKernel(t *testing.T) {
	const programs, perThread = 60000, 1500
	type outcome struct {
		code []byte
		err  syscall.Errno
	}
	r := rand.New(rand.NewPCG(1, 2))
	taken, refused := 0, 0
	for range programs / perThread {
		results := make(chan []outcome)
		seed := r.Uint64()
		go func() {
			runtime.LockOSThread() // never unlocked: the filters end with the thread
			var all []outcome
			r := rand.New(rand.NewPCG(seed, 3))
			if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
				results <- nil
				return
			}
			for range perThread {
				code := randomProgram(r)
				all = append(all, outcome{code, offer(code)})
			}
			results <- all
		}()
		all := <-results
		if all == nil {
			t.Skip("no_new_privs is not to be had here")
		}
		for _, o := range all {
			_, err := Parse(o.code)
			switch o.err {
			case 0:
				taken++
			case unix.EINVAL:
				refused++
			case unix.ENOMEM: // the thread's filters are too long together
				continue
			default:
				t.Skipf("seccomp(2) is not to be had here: %v", o.err)
			}
			if (err == nil) != (o.err == 0) {
				t.Errorf("the kernel says %v, Parse %v, of %x", o.err, err, o.code)
			}
		}
	}
	if taken < 1000 || refused < 1000 {
		t.Errorf("%d taken, %d refused: not a sharp test", taken, refused)
	}
}

func offer(code []byte) syscall.Errno {
	prog := unix.SockFprog{Len: uint16(len(code) / 8), Filter: (*unix.SockFilter)(unsafe.Pointer(&code[0]))}
	_, _, errno := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(code)
	return errno
}

// randomProgram is mostly well-formed and often wrong in one place.
func randomProgram(r *rand.Rand) []byte {
	codes := []uint16{0x00, 0x01, 0x02, 0x03, 0x04, 0x0c, 0x14, 0x24, 0x34, 0x3c, 0x44, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x84,
		0xa4, 0x05, 0x15, 0x1d, 0x25, 0x35, 0x45, 0x06, 0x16, 0x07, 0x87, 0x20, 0x20, 0x20, 0x60, 0x61, 0x80, 0x81}
	insns := []Insn{ret(RetAllow)}
	for range r.IntN(6) {
		in := Insn{Code: codes[r.IntN(len(codes))], JT: uint8(r.IntN(3)), JF: uint8(r.IntN(3)), K: uint32(r.IntN(20))}
		switch r.IntN(40) {
		case 0:
			in.Code = uint16(r.Uint32())
		case 1:
			in.Code = uint16(r.IntN(256))
		case 2:
			in.K = r.Uint32()
		case 3:
			in.JT = uint8(r.Uint32())
		}
		if in.Code == classLD|modeAbs && r.IntN(4) > 0 {
			in.K *= 4
		}
		insns = append(insns, in)
	}
	if r.IntN(10) > 0 {
		insns = append(insns, ret(uint32(r.IntN(3))))
	}
	return asm(insns...)
}
