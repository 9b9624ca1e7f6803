package keystore

import "fmt"

// ErrorKind is a class of error; compare with errors.Is.
type ErrorKind string

// Error returns the kind itself.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrLocked: the secrets cannot be read without the passphrase.
	ErrLocked ErrorKind = "keystore.locked"
	// ErrPassphrase: it is not the passphrase.
	ErrPassphrase ErrorKind = "keystore.passphrase"
	// ErrState: a passphrase where there is one, or none where there is none.
	ErrState ErrorKind = "keystore.state"
	// ErrNotFound: there is no such record.
	ErrNotFound ErrorKind = "keystore.notfound"
	// ErrCorrupt: the files are not what was written.
	ErrCorrupt ErrorKind = "keystore.corrupt"
	// ErrForeign: the store belongs to another network or another wallet.
	ErrForeign ErrorKind = "keystore.foreign"
	// ErrClosed: the store was closed.
	ErrClosed ErrorKind = "keystore.closed"
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
