package storage

import "fmt"

// ErrorKind is a class of failure, for errors.Is.
type ErrorKind string

// Error returns the kind itself.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrCorrupt: the file is not what was written, or not a database.
	ErrCorrupt ErrorKind = "storage.corrupt"
	// ErrInUse: another open file description holds the file's lock.
	ErrInUse ErrorKind = "storage.inuse"
	// ErrNotFound: there is no record under the key.
	ErrNotFound ErrorKind = "storage.notfound"
	// ErrIO: the system refused to read or write.
	ErrIO ErrorKind = "storage.io"
	// ErrClosed: the database was closed.
	ErrClosed ErrorKind = "storage.closed"
)

// Error is a failure of one database.
type Error struct {
	Kind ErrorKind
	// Name is the database's name in Options.
	Name string
	// Text says what is wrong; it holds no record.
	Text string
	// Cause is the error of the system, if that is what it is.
	Cause error
}

// Error returns name, kind of failure and text.
func (e *Error) Error() string { return fmt.Sprintf("database %s: %s", e.Name, e.Text) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is e's kind.
func (e *Error) Is(target error) bool { return target == e.Kind }
