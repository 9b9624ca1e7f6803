package ipc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// The kind of an *Error travels in Exception.trace, a field for debugging that
// foreign peers ignore, behind this prefix.
const kindPrefix = "kind:"

// foreignPrefix is what libmultiprocess puts before the text of a C++ exception.
const foreignPrefix = "std::exception: "

const (
	maxReasonBytes = 2048
	maxKindBytes   = 64
)

// withPeer returns err as an *Error that names the peer.
func (c *Conn) withPeer(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Peer: c.peer, Text: fmt.Sprintf(format, args...)}
}

// canceledError is the error of a call whose context ended: an *Error that also
// matches the context's own error.
type canceledError struct {
	err   *Error
	cause error
}

func (e *canceledError) Error() string   { return e.err.Error() }
func (e *canceledError) Unwrap() []error { return []error{e.err, e.cause} }

// safeText makes text from elsewhere fit to be printed: valid UTF-8, no control
// characters, at most limit bytes.
func safeText(s string, limit int) string {
	const ellipsis = "…"
	cut := len(s) > limit
	if cut {
		n := limit - len(ellipsis)
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if cut {
		s += ellipsis
	}
	return s
}

// validKind reports whether s looks like a kind: lower case words and dots.
func validKind(s string) bool {
	if s == "" || len(s) > maxKindBytes {
		return false
	}
	for _, r := range []byte(s) {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// outbound decides what of a handler's error travels: the kind and text of an
// *Error, else only that the method failed.
func outbound(method string, err error) (kind Kind, text string, typ rpc.Exception_Type) {
	var e *Error
	var k Kind
	switch {
	case errors.As(err, &e):
		kind, text = e.Kind, e.Error()
	case errors.As(err, &k):
		kind, text = k, method+" failed"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		kind, text = ErrFailed, method+" was cancelled"
	default:
		kind, text = ErrFailed, method+" failed"
	}
	switch kind {
	case ErrUnimplemented:
		typ = rpc.Exception_Type_unimplemented
	case ErrLimit:
		typ = rpc.Exception_Type_overloaded
	default:
		typ = rpc.Exception_Type_failed
	}
	return kind, safeText(text, maxReasonBytes), typ
}

// putException writes err into an exception.
func putException(x rpc.Exception, method string, err error) error {
	kind, text, typ := outbound(method, err)
	x.SetType(typ)
	if err := x.SetReason(text); err != nil {
		return err
	}
	return x.SetTrace(kindPrefix + string(kind))
}

// inbound turns the peer's exception into an *Error.
func (c *Conn) inbound(x rpc.Exception) *Error {
	reason, _ := x.Reason()
	trace, _ := x.Trace()
	e := &Error{
		Kind: ErrFailed,
		Peer: c.peer,
		Text: safeText(strings.TrimPrefix(reason, foreignPrefix), maxReasonBytes),
	}
	switch x.Type() {
	case rpc.Exception_Type_unimplemented:
		e.Kind = ErrUnimplemented
	case rpc.Exception_Type_overloaded:
		e.Kind = ErrLimit
	}
	if k, ok := strings.CutPrefix(trace, kindPrefix); ok && validKind(k) {
		e.Kind = Kind(k)
	}
	if e.Text == "" {
		e.Text = "the call failed"
	}
	return e
}
