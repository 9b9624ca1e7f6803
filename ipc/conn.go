package ipc

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"dashmp/ipc/internal/fdsock"
)

// Options configure a Conn.
type Options struct {
	// Name and Peer are the roles at this and the other end, for errors and
	// traces.
	Name, Peer string
	// Bootstrap is what the peer gets; nil offers nothing. The connection holds
	// a reference until it ends.
	Bootstrap *Object
	// Limits bound the connection; a zero field means its default.
	Limits Limits
	// Trace prints every call; nil is off.
	Trace *Tracer
	// CheckFD, if set, judges every descriptor of a class (ClassFD, ClassSecret,
	// ClassBulk) when it is taken out of a message. Its error refuses it.
	CheckFD func(class string, f FD) error
	// NoFDs says that no descriptor is wanted from the peer. The kernel closes
	// those that come before this process has them, and the connection goes on.
	NoFDs bool
	// Logger receives panics and unclassified errors of handlers, and why the
	// connection ended if the peer is to blame; nil is slog.Default.
	Logger *slog.Logger
}

// Classes of descriptors, as CheckFD gets them.
const (
	ClassFD     = "fd"
	ClassSecret = "secret"
	ClassBulk   = "bulk"
)

// Conn is one end of a connection. All its methods may be called at any time.
type Conn struct {
	name, peer string
	limits     Limits
	trace      *Tracer
	checkFD    func(class string, f FD) error
	log        *slog.Logger
	boot       *Object
	mapObj     *Object // our thread map
	sock       *fdsock.Socket

	// mu guards the tables and also orders messages: a message is encoded and
	// handed to the socket in one critical section, so that the peer sees table
	// changes in the order in which they were made. Nothing blocks under it.
	mu        sync.Mutex
	questions questions
	answers   map[uint32]*answer
	exports   exports
	imports   map[uint32]*importRef
	bindings  map[*thread]*binding
	idle      []*handle
	// threadMap is the peer's, once it has been exchanged.
	threadMap *importRef
	// noThreads says why there is no threadMap although the peer was asked.
	noThreads error
	threads   map[*thread]struct{}
	serving   int // goroutines of threads, also of those that are about to end
	heldBytes int // of calls being served
	out       writer
	clock     uint64
	err       error
	reaping   []func()
	reaper    bool

	lead lead
	rx   receiver

	fdsHeld           atomic.Int64
	bytesIn, bytesOut atomic.Uint64
	msgsIn, msgsOut   atomic.Uint64

	// ending is closed when the connection has failed, done when everything
	// that waited for it has been told.
	ending, done chan struct{}
	wg           sync.WaitGroup

	calls    sync.Pool // *ClientCall
	served   sync.Pool // *ServerCall
	received sync.Pool // *inMessage
}

// NewConn starts a connection on a connected unix stream socket. It owns socket
// from then on, also when it fails. A socket in blocking mode is replaced by a
// duplicate in non-blocking mode, which needs fcntl F_DUPFD_CLOEXEC and
// F_SETFL.
func NewConn(socket *os.File, o Options) (*Conn, error) {
	limits := o.Limits.withDefaults()
	if o.Bootstrap != nil && !o.Bootstrap.acquire() {
		socket.Close()
		return nil, Errorf(ErrFailed, "the bootstrap object was released")
	}
	sock, err := fdsock.New(socket, limits.FDsPerMessage, o.NoFDs)
	if err != nil {
		if o.Bootstrap != nil && o.Bootstrap.drop() && o.Bootstrap.free != nil {
			o.Bootstrap.free()
		}
		return nil, &Error{Kind: ErrFailed, Peer: o.Peer, Text: "socket: " + err.Error()}
	}
	log := o.Logger
	if log == nil {
		log = slog.Default()
	}
	c := &Conn{
		name: o.Name, peer: o.Peer, limits: limits, trace: o.Trace, checkFD: o.CheckFD,
		log: log, boot: o.Bootstrap, sock: sock,
		answers:  make(map[uint32]*answer),
		imports:  make(map[uint32]*importRef),
		bindings: make(map[*thread]*binding),
		threads:  make(map[*thread]struct{}),
		ending:   make(chan struct{}),
		done:     make(chan struct{}),
	}
	c.mapObj = NewObject(c, nil, threadMapTable)
	c.mapObj.acquire() // as long as the connection
	c.exports.ids = make(map[*Object]uint32)
	c.lead.wake = make(chan struct{}, 1)
	c.out.room = make(chan struct{})
	c.rx.buf = make([]byte, receiveBytes)
	c.wg.Add(1)
	go c.background()
	return c, nil
}

// Close ends the connection: calls in progress fail with ErrDisconnected,
// handlers have their context cancelled. It waits until they have returned, but
// not for longer than closeGrace, and must not be called from a handler of this
// connection.
func (c *Conn) Close() error {
	c.fail(c.withPeer(ErrDisconnected, "connection closed"))
	<-c.done
	c.awaitGoroutines()
	return nil
}

// Done is closed when the connection has ended and everything that waited for
// it has been told.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err says why the connection ended, nil while it has not: ErrDisconnected,
// ErrProtocol or ErrLimit.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Stats returns a snapshot.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Questions: c.questions.n, Answers: len(c.answers),
		Exports: c.exports.n, Imports: len(c.imports),
		Threads: len(c.threads), FDsHeld: int(c.fdsHeld.Load()),
		QueuedOut: c.out.queued,
		BytesIn:   c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		MessagesIn: c.msgsIn.Load(), MessagesOut: c.msgsOut.Load(),
	}
}

// Bootstrap returns the peer's bootstrap object. On the way it exchanges thread
// maps with the peer, if that has not happened yet: both questions travel
// together. A peer whose bootstrap object has no Init.construct gets no calls
// that need a thread.
func (c *Conn) Bootstrap(ctx context.Context) (*Ref, error) {
	return c.bootstrap(ctx)
}
