package memfile

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func contents(t *testing.T, fd, size int) []byte {
	t.Helper()
	var got []byte
	if err := View(fd, size, func(b []byte) error { got = bytes.Clone(b); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSecret(t *testing.T) {
	for _, text := range []string{"x", "hunter2", string(bytes.Repeat([]byte("y"), 10_000))} {
		fd, sealed, err := NewSecret([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		size, err := Size(fd, 1<<20, false)
		if err != nil || size != len(text) {
			t.Fatalf("size %d, %v", size, err)
		}
		if got := contents(t, fd, size); string(got) != text {
			t.Errorf("%d bytes differ", len(got))
		}
		if unix.Ftruncate(fd, 0) == nil || unix.Ftruncate(fd, 1<<20) == nil {
			t.Error("a secret was resized")
		}
		if !sealed {
			b := make([]byte, 8)
			if n, err := unix.Pread(fd, b, 0); err == nil {
				t.Errorf("read %d bytes of a memfd_secret", n)
			}
		}
		Wipe(fd, size)
		if got := contents(t, fd, size); !bytes.Equal(got, make([]byte, size)) {
			t.Error("not wiped")
		}
		if _, err := Size(fd, size-1, false); !errors.Is(err, ErrUnfit) {
			t.Errorf("larger than allowed: %v", err)
		}
		if _, err := Size(fd, 1<<20, true); !errors.Is(err, ErrUnfit) {
			t.Errorf("a secret as an immutable file: %v", err)
		}
	}
}

// TestFallback makes the memfd that stands in where memfd_secret is refused: an
// empty secret always is one.
func TestFallback(t *testing.T) {
	fd, sealed, err := NewSecret(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if !sealed {
		t.Error("an empty secret in a memfd_secret, which could be resized")
	}
	if size, err := Size(fd, 10, false); size != 0 || err != nil {
		t.Errorf("%d, %v", size, err)
	}
	if unix.Ftruncate(fd, 1) == nil {
		t.Error("resized")
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); err == nil {
		t.Error("seals could be added")
	}
}

func TestBulk(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 300_000)
	fd, err := NewBulk(data)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	size, err := Size(fd, 1<<30, true)
	if err != nil || size != len(data) {
		t.Fatalf("size %d, %v", size, err)
	}
	got, err := Read(fd, size)
	if err != nil || !bytes.Equal(got, data) || !bytes.Equal(contents(t, fd, size), data) {
		t.Error("the payload differs", err)
	}
	if _, err := unix.Pwrite(fd, []byte("x"), 0); err == nil {
		t.Error("written to")
	}
	if unix.Ftruncate(fd, 0) == nil {
		t.Error("resized")
	}
	if m, err := unix.Mmap(fd, 0, 10, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
		unix.Munmap(m)
		t.Error("mapped writable")
	}
}

// TestEmptySecretMemory: a memfd_secret without a size could still get one.
func TestEmptySecretMemory(t *testing.T) {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		t.Skip("no memfd_secret:", err)
	}
	defer unix.Close(fd)
	if _, err := Size(fd, 1<<20, false); !errors.Is(err, ErrUnfit) {
		t.Errorf("error %v", err)
	}
}

// TestTouchTurnsAFaultIntoAnError: should a file shrink in spite of everything,
// the process lives.
func TestTouchTurnsAFaultIntoAnError(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(3 * 4096); err != nil {
		t.Fatal(err)
	}
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		m, err := unix.Mmap(int(fd), 0, 3*4096, unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			t.Error(err)
			return
		}
		defer unix.Munmap(m)
		if err := touch(m); err != nil {
			t.Errorf("a file that is whole: %v", err)
		}
		if err := f.Truncate(4096); err != nil {
			t.Error(err)
		}
		if err := touch(m); !errors.Is(err, ErrUnfit) {
			t.Errorf("a file that was shrunk: %v", err)
		}
	})
}
