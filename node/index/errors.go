package index

// ErrorKind is a class of failure, for errors.Is.
type ErrorKind string

// Error returns the kind itself.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrVersion: the database was written by another version.
	ErrVersion ErrorKind = "index.version"
	// ErrState: what the database says of itself makes no sense.
	ErrState ErrorKind = "index.state"
	// ErrPruned: blocks that the index lacks are no longer on disk. The text of
	// an error of this kind is Dash Core's.
	ErrPruned ErrorKind = "index.pruned"
)

// startError is why an index cannot be used.
type startError struct {
	kind ErrorKind
	text string
}

func (e *startError) Error() string        { return e.text }
func (e *startError) Is(target error) bool { return target == e.kind }
