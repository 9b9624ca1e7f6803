package ipc

import (
	"context"
	"log/slog"
	"os"
)

// Options configure a Conn.
type Options struct {
	// Name and Peer are the roles at this and the other end, for errors and
	// traces.
	Name, Peer string
	// Bootstrap is what the peer gets; nil offers nothing.
	Bootstrap *Object
	// Limits bound the connection; a zero field means its default.
	Limits Limits
	// Trace prints every call; nil is off.
	Trace *Tracer
	// CheckFD, if set, judges every descriptor of a class (ClassFD, ClassSecret,
	// ClassBulk) when it is taken out of a message.
	CheckFD func(class string, f FD) error
	// Logger receives panics of handlers and the end of the connection; nil is
	// slog.Default.
	Logger *slog.Logger
}

// Classes of descriptors, as CheckFD gets them.
const (
	ClassFD     = "fd"
	ClassSecret = "secret"
	ClassBulk   = "bulk"
)

// Limits bound what a peer can make this process hold.
type Limits struct {
	MessageBytes   int
	FDsPerMessage  int
	FDsHeld        int
	CallsInFlight  int
	Threads        int
	Exports        int
	Imports        int
	QueuedBytes    int
	QueuedCalls    int
	WriteBytes     int
	Segments       int
	Nesting        int
	TraversalWords int
}

// DefaultLimits returns the limits of a connection between two roles.
func DefaultLimits() Limits { return Limits{} }

// Stats is a snapshot of a connection.
type Stats struct {
	Questions, Answers, Imports, Exports, Threads, FDsHeld int
	BytesIn, BytesOut, MessagesIn, MessagesOut             uint64
	QueuedOut                                              int
}

// Conn is one end of a connection.
type Conn struct{}

// NewConn starts a connection on a connected unix stream socket. It owns socket
// from then on, also when it fails.
func NewConn(socket *os.File, o Options) (*Conn, error) { return nil, nil }

// Bootstrap returns the peer's bootstrap object and exchanges thread maps.
func (c *Conn) Bootstrap(ctx context.Context) (*Ref, error) { return nil, nil }

// Close ends the connection and waits for its goroutines.
func (c *Conn) Close() error { return nil }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return nil }

// Err says why the connection ended; nil while it has not.
func (c *Conn) Err() error { return nil }

// Stats returns a snapshot.
func (c *Conn) Stats() Stats { return Stats{} }

// Tracer prints calls, for -debug=ipc.
type Tracer struct{}

// NewTracer returns a Tracer that writes one debug record per request and
// response.
func NewTracer(l *slog.Logger) *Tracer { return nil }

// WithThread gives ctx a thread identity of its own. name is what peers see.
func WithThread(ctx context.Context, name string) context.Context { return ctx }
