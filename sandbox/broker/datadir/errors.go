package datadir

import "fmt"

// Kind classifies an Error; compare with errors.Is.
type Kind string

// Error returns the kind itself.
func (k Kind) Error() string { return string(k) }

const (
	// ErrMissing: a directory that the operator named does not exist.
	ErrMissing Kind = "datadir.missing"
	// ErrLocked: another process uses the directory or a database in it.
	ErrLocked Kind = "datadir.locked"
	// ErrForeign: a database of Dash Core is where ours would be.
	ErrForeign Kind = "datadir.foreign"
	// ErrName: a wallet name or file number is not valid.
	ErrName Kind = "datadir.name"
	// ErrExists: what should be created is there already.
	ErrExists Kind = "datadir.exists"
	// ErrNotFound: what should be opened is not there.
	ErrNotFound Kind = "datadir.notfound"
	// ErrExport: a new file cannot be made where an operator wants it.
	ErrExport Kind = "datadir.export"
	// ErrAccess: the operating system refused.
	ErrAccess Kind = "datadir.access"
)

// Error is an error with a kind, a text in Dash Core's wording where there is
// one, and a hint for the operator.
type Error struct {
	Kind Kind
	Text string
	// Hint says what the operator can do. It is empty where Dash Core's text
	// says so itself: its functional suite compares all of stderr.
	Hint string
	Err  error
}

// Error returns the text.
func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is e's kind.
func (e *Error) Is(target error) bool { return target == e.Kind }

func errorf(kind Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: err, Text: fmt.Sprintf(format, args...)}
}

func (e *Error) hint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}
