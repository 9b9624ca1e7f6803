package keystore

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"os"

	"golang.org/x/sys/unix"

	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// The file of the store key: magic, key, the first bytes of their SHA-256. It is
// all zeros, or empty, where there is a passphrase.
const (
	fileMagic = "dashkey1"
	sumSize   = 8
	fileSize  = len(fileMagic) + keySize + sumSize
)

// keyFile is the file of the store key. Reading and writing go straight between
// it and secret memory.
type keyFile struct{ f *os.File }

// control runs use with the descriptor.
func (k keyFile) control(use func(fd int) error) error {
	raw, err := k.f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = use(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// newKey makes a store key.
func newKey() (*lockbox.Region, error) {
	r, err := lockbox.New(keySize)
	if err != nil {
		return nil, err
	}
	if _, err := rand.Read(r.Bytes()); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// sum is the checksum of what stands before it.
func sum(b []byte) (s [sumSize]byte) {
	secretly.Do(func() {
		full := sha256.Sum256(b)
		copy(s[:], full[:])
	})
	return s
}

// read returns the key, nil if the file is empty or zeros.
func (k keyFile) read() (*lockbox.Region, error) {
	whole, err := lockbox.New(fileSize + 1)
	if err != nil {
		return nil, err
	}
	defer whole.Close()
	n := 0
	err = k.control(func(fd int) (err error) {
		n, err = unix.Pread(fd, whole.Bytes(), 0)
		return err
	})
	if err != nil {
		return nil, os.NewSyscallError("pread", err)
	}
	b := whole.Bytes()[:n]
	if len(bytes.Trim(b, "\x00")) == 0 {
		return nil, nil
	}
	if n != fileSize || string(b[:len(fileMagic)]) != fileMagic {
		return nil, corrupt("the file of the store key has another form")
	}
	if s := sum(b[:fileSize-sumSize]); !bytes.Equal(s[:], b[fileSize-sumSize:]) {
		return nil, corrupt("the file of the store key has a wrong checksum")
	}
	key, err := lockbox.New(keySize)
	if err != nil {
		return nil, err
	}
	copy(key.Bytes(), b[len(fileMagic):])
	return key, nil
}

// write puts the key into the file and waits for the disk.
func (k keyFile) write(key *lockbox.Region) error {
	whole, err := lockbox.New(fileSize)
	if err != nil {
		return err
	}
	defer whole.Close()
	b := append(whole.Bytes()[:0], fileMagic...)
	b = append(b, key.Bytes()...)
	s := sum(b)
	return k.put(append(b, s[:]...))
}

// wipe overwrites the key with zeros and waits for the disk.
func (k keyFile) wipe() error { return k.put(make([]byte, fileSize)) }

func (k keyFile) put(b []byte) error {
	return k.control(func(fd int) error {
		for at := 0; at < len(b); {
			n, err := unix.Pwrite(fd, b[at:], int64(at))
			if err != nil {
				return os.NewSyscallError("pwrite", err)
			}
			at += n
		}
		return os.NewSyscallError("fdatasync", unix.Fdatasync(fd))
	})
}
