package ipc

import "fmt"

// Kind classifies an Error. Kinds are compared with errors.Is, also across a
// process boundary: a kind and a safe text are all of an error that travels.
type Kind string

// Error returns the kind itself, which makes a Kind usable as an errors.Is target.
func (k Kind) Error() string { return string(k) }

const (
	// ErrDisconnected is returned by every call on a connection whose peer has
	// gone, before, during or after the call.
	ErrDisconnected Kind = "ipc.disconnected"
	// ErrLimit is returned when a message, a table or a queue would exceed a
	// limit of the connection.
	ErrLimit Kind = "ipc.limit"
	// ErrProtocol is the end of a connection whose peer broke the protocol.
	ErrProtocol Kind = "ipc.protocol"
	// ErrUnimplemented is returned for an interface or a method that the callee
	// does not offer to this caller.
	ErrUnimplemented Kind = "ipc.unimplemented"
	// ErrFailed is an error of the callee that carries no kind of its own.
	ErrFailed Kind = "ipc.failed"
	// ErrDescriptor is returned when a descriptor is missing or is not of the
	// kind, mode or direction that its class demands.
	ErrDescriptor Kind = "ipc.descriptor"
)

// Error is an error with a kind that survives a process boundary.
type Error struct {
	// Kind says what happened, for programs.
	Kind Kind
	// Peer names the role at the other end of the connection, "" if unknown.
	Peer string
	// Text says what happened, for people. It never holds a secret.
	Text string
}

// Error returns the text, prefixed by the peer where one is known.
func (e *Error) Error() string {
	if e.Peer == "" {
		return e.Text
	}
	return e.Peer + ": " + e.Text
}

// Is reports whether target is e's kind.
func (e *Error) Is(target error) bool { return target == e.Kind }

// Errorf returns an *Error of the kind with a formatted text.
func Errorf(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}
