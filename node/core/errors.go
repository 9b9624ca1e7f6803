package core

import "fmt"

// ErrorKind is why a Core did not start.
type ErrorKind string

// Error returns the kind itself, for errors.Is.
func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrGenesis: the data belong to another network, or the parameters do.
	ErrGenesis ErrorKind = "core.genesis"
	// ErrOpen: a database cannot be opened.
	ErrOpen ErrorKind = "core.open"
	// ErrLoad: the block index does not make sense.
	ErrLoad ErrorKind = "core.load"
	// ErrInit: the chain state does not fit the block index.
	ErrInit ErrorKind = "core.init"
	// ErrCorrupted: a block on disk is not what the index says.
	ErrCorrupted ErrorKind = "core.corrupted"
	// ErrFuture: the tip's time lies ahead of the clock.
	ErrFuture ErrorKind = "core.future"
	// ErrPruned: blocks are missing that the node is to keep.
	ErrPruned ErrorKind = "core.pruned"
	// ErrIndex: an optional index cannot be used.
	ErrIndex ErrorKind = "core.index"
	// ErrPeers: an option of the network, or a file of it, makes no sense.
	ErrPeers ErrorKind = "core.peers"
	// ErrOption: an option has no sense.
	ErrOption ErrorKind = "core.option"
	// ErrVersion: the databases were written by another version.
	ErrVersion ErrorKind = "core.version"
)

// StartError is the end of a start. Its text is Dash Core's (init.cpp, step 7);
// the cause is for the log.
type StartError struct {
	Kind  ErrorKind
	Text  string
	Cause error
}

// Error returns Dash Core's text.
func (e *StartError) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Cause }

// Is reports whether target is e's kind.
func (e *StartError) Is(target error) bool { return target == e.Kind }

// recoverable is the second line of Dash Core's errors that a reindex mends.
const recoverable = ".\nPlease restart with -reindex or -reindex-chainstate to recover."

func startError(kind ErrorKind, format string, args ...any) error {
	e := &StartError{Kind: kind, Cause: fmt.Errorf(format, args...)}
	switch kind {
	case ErrGenesis:
		e.Text = "Incorrect or no genesis block found. Wrong datadir for network?"
	case ErrOpen:
		e.Text = "Error opening block database" + recoverable
	case ErrLoad:
		e.Text = "Error loading block database" + recoverable
	case ErrInit:
		e.Text = "Error initializing block database" + recoverable
	case ErrCorrupted:
		e.Text = "Corrupted block database detected" + recoverable
	case ErrFuture:
		e.Text = "The block database contains a block which appears to be from the future. " +
			"This may be due to your computer's date and time being set incorrectly. " +
			"Only rebuild the block database if you are sure that your computer's date and time are correct" + recoverable
	case ErrPruned:
		e.Text = "You need to rebuild the database using -reindex to go back to unpruned mode.  This will redownload the entire blockchain" + recoverable
	case ErrVersion:
		e.Text = "Unsupported chainstate database format found. Please restart with -reindex-chainstate. This will rebuild the chainstate database."
	}
	return e
}
