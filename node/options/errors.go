package options

import "fmt"

// ErrorKind classifies what is wrong with what the operator wrote.
type ErrorKind string

// Error returns the kind itself, for errors.Is.
func (k ErrorKind) Error() string { return string(k) }

// The kinds.
const (
	// ErrCommandLine is a command line that does not parse.
	ErrCommandLine ErrorKind = "options.commandline"
	// ErrConf is a configuration file that cannot be read or does not parse.
	ErrConf ErrorKind = "options.conf"
	// ErrSettings is a settings.json that cannot be read or does not parse.
	ErrSettings ErrorKind = "options.settings"
	// ErrDataDir is a data directory that does not exist.
	ErrDataDir ErrorKind = "options.datadir"
	// ErrChain is a choice of chain that is unknown or contradicts itself.
	ErrChain ErrorKind = "options.chain"
	// ErrSection is a network-only option outside its section.
	ErrSection ErrorKind = "options.section"
	// ErrUnsupported is an option whose function this build does not have.
	ErrUnsupported ErrorKind = "options.unsupported"
	// ErrValue is a value that its option does not take.
	ErrValue ErrorKind = "options.value"
)

// Error is what Parse returns. Programs print "Error: " and Text on stderr and
// exit with code 1; dash-cli prints Text alone for ErrCommandLine and ErrConf,
// as Dash Core's does.
type Error struct {
	Kind ErrorKind
	// Text is Dash Core's text where Dash Core has the error.
	Text string
	// Hint is a second line for people, "" where Dash Core's functional suite
	// compares all of stderr.
	Hint string
}

// Error returns the text without the hint.
func (e *Error) Error() string { return e.Text }

// Is reports whether target is e's kind.
func (e *Error) Is(target error) bool { return target == e.Kind }

func fail(kind ErrorKind, format string, args ...any) *Error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// text is an error whose wording is Dash Core's, capitals and full stops too.
type text string

func (t text) Error() string { return string(t) }

func textf(format string, args ...any) error { return text(fmt.Sprintf(format, args...)) }
