package host

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SecretFile copies b into memory that is only reachable through the returned
// descriptor: secret memory where the kernel has it, else an anonymous file
// that cannot be resized or executed. It is mapped, never read or written. The
// caller wipes b.
func SecretFile(name string, b []byte) (*os.File, error) {
	if len(b) == 0 {
		return nil, fmt.Errorf("secret %s: empty", name)
	}
	secret := true
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		secret = false
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: memfd_create: %w", name, err)
	}
	f := os.NewFile(uintptr(fd), "secret "+name)
	if err := fill(fd, b); err != nil {
		f.Close()
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	if !secret {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
			f.Close()
			return nil, fmt.Errorf("secret %s: seal: %w", name, err)
		}
	}
	return f, nil
}

func fill(fd int, b []byte) error {
	if err := unix.Ftruncate(fd, int64(len(b))); err != nil {
		return fmt.Errorf("ftruncate: %w", err)
	}
	m, err := unix.Mmap(fd, 0, len(b), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("mmap: %w", err)
	}
	copy(m, b)
	return unix.Munmap(m)
}
