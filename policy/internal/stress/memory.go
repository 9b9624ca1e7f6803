package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// makeSecretScenario uses secret memory where the kernel has it, and always the
// sealed memory that stands in for it.
func makeSecretScenario() error {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	switch {
	case err == nil:
		if err := fillSecret(fd); err != nil {
			return fmt.Errorf("secret memory: %w", err)
		}
	case !errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("memfd_secret: %w", err)
	}
	fd, err = unix.MemfdCreate("secret", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_NOEXEC_SEAL)
	if err != nil {
		return fmt.Errorf("memfd_create: %w", err)
	}
	if err := fillSecret(fd); err != nil {
		return fmt.Errorf("sealed memory: %w", err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, 0x7); err != nil {
		return fmt.Errorf("F_ADD_SEALS: %w", err)
	}
	return nil
}

// openSecretScenario views secret memory as the signer does, and keeps keys in
// it.
func openSecretScenario() error {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if errors.Is(err, unix.ENOSYS) {
		return nil // keys are in locked memory then
	}
	if err != nil {
		return fmt.Errorf("memfd_secret: %w", err)
	}
	if err := fillSecret(fd); err != nil {
		return err
	}
	view, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("mmap to read: %w", err)
	}
	if err := unix.Madvise(view, unix.MADV_DONTDUMP); err != nil {
		return fmt.Errorf("MADV_DONTDUMP: %w", err)
	}
	if string(view[:6]) != "secret" {
		return errors.New("the secret differs")
	}
	return unix.Munmap(view)
}

func fillSecret(fd int) error {
	if err := unix.Ftruncate(fd, 4096); err != nil {
		return fmt.Errorf("ftruncate: %w", err)
	}
	m, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("mmap: %w", err)
	}
	copy(m, "secret")
	return unix.Munmap(m)
}

// filesScenario checks a file as every received file is checked.
func filesScenario() error {
	if _, err := unix.FcntlInt(fdDatabase, unix.F_GET_SEALS, 0); err == nil {
		return errors.New("a file on a disk has seals")
	}
	var b [1]byte
	_, err := unix.Pread(fdDatabase, b[:], 0)
	return err
}

// memoryScenario locks anonymous memory, where keys live without secret memory.
func memoryScenario() error {
	m, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return fmt.Errorf("mmap: %w", err)
	}
	if err := unix.Madvise(m, unix.MADV_DONTDUMP); err != nil {
		return fmt.Errorf("MADV_DONTDUMP: %w", err)
	}
	if err := unix.Mlock(m); err != nil {
		return fmt.Errorf("mlock: %w", err)
	}
	clear(m)
	if err := unix.Munlock(m); err != nil {
		return fmt.Errorf("munlock: %w", err)
	}
	return unix.Munmap(m)
}

// forbiddenScenario makes a call that no role may make.
func forbiddenScenario() error {
	_, err := unix.Dup(0)
	return fmt.Errorf("dup was not stopped: %w", err)
}
