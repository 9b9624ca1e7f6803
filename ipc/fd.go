package ipc

import "os"

// FD owns one descriptor. Copies share the ownership: the first Take, File or
// Close ends it for all.
type FD struct{ own *owned }

type owned struct{}

// NewFD takes ownership of fd.
func NewFD(fd int) FD { return FD{} }

// FromFile takes the descriptor out of f, which is closed.
func FromFile(f *os.File) (FD, error) { return FD{}, nil }

// Take returns the descriptor and gives it to the caller; -1 if there is none.
func (f FD) Take() int { return -1 }

// File returns the descriptor as a file that the caller owns; nil if there is none.
func (f FD) File(name string) *os.File { return nil }

// Close closes the descriptor if it is still owned.
func (f FD) Close() error { return nil }

// IsValid reports whether a descriptor is still owned.
func (f FD) IsValid() bool { return false }

// Secret is bytes that exist only in memory of their own. It prints as
// [redacted].
type Secret struct{ own *owned }

// NewSecret copies b into secret memory; the caller wipes b.
func NewSecret(b []byte) (Secret, error) { return Secret{}, nil }

// Open maps the secret, passes a view of it to use, and unmaps it.
func (s Secret) Open(use func(b []byte) error) error { return use(nil) }

// Len is the length in bytes.
func (s Secret) Len() int { return 0 }

// IsValid reports whether s holds a secret.
func (s Secret) IsValid() bool { return false }

// Close gives the secret up.
func (s Secret) Close() {}

// Bulk is a payload in a sealed memory file.
type Bulk struct{ own *owned }

// NewBulk copies b into a sealed memory file.
func NewBulk(b []byte) (Bulk, error) { return Bulk{}, nil }

// Bytes returns a copy of the payload.
func (b Bulk) Bytes() ([]byte, error) { return nil, nil }

// Open maps the payload read-only, passes a view of it to use, and unmaps it.
func (b Bulk) Open(use func(p []byte) error) error { return use(nil) }

// Len is the length in bytes.
func (b Bulk) Len() int { return 0 }

// IsValid reports whether b holds a payload.
func (b Bulk) IsValid() bool { return false }

// Close gives the payload up.
func (b Bulk) Close() {}
