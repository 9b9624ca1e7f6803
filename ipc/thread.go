package ipc

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// thread is one logical thread of execution: an identity that a caller carries
// in its context, or a server thread that a peer has made here. Calls to it are
// run in order by whichever goroutine waits in its name: for a caller's thread
// the one that waits for a reply, for a server thread its own.
type thread struct {
	name string
	// server is the connection whose peer made the thread, nil for a caller's.
	server *Conn
	// obj is the thread as peers see it.
	obj *Object
	own waiter // of a server thread's goroutine

	// mu guards the fields below. It is taken under Conn.mu, never around it.
	mu      sync.Mutex
	queue   []*ServerCall
	bytes   int
	waiters []*waiter
	closed  bool
	// conns are where the thread may have a counterpart.
	conns map[*Conn]struct{}
	// length is len(queue), and gone closed, for a look without mu.
	length atomic.Int32
	gone   atomic.Bool
}

// handle is a caller's share in a thread: the thread's counterparts at peers
// are given up when it is garbage.
type handle struct{ t *thread }

func newHandle(name string) *handle {
	t := newThread(name, nil)
	t.obj.acquire() // whether peers refer to it or not
	h := &handle{t}
	runtime.AddCleanup(h, (*thread).disband, t)
	return h
}

func newThread(name string, server *Conn) *thread {
	t := &thread{name: safeText(name, 128), server: server, own: newWaiter()}
	t.obj = NewObject(t, nil, threadTable)
	return t
}

// threadKey is the context key of a thread's identity, a *handle or a *callCtx.
type threadKey struct{}

// WithThread gives ctx an identity of its own, for one logical thread of
// execution: calls made with it are served in order by one thread of each peer,
// and callbacks to it run on the goroutine that waits. Two goroutines must not
// make calls with the same identity at the same time if they expect their calls
// to be served at the same time. name is what peers see.
func WithThread(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, threadKey{}, newHandle(name))
}

// ready reports whether the thread's goroutine has something to see to.
func (t *thread) ready() bool { return t.length.Load() > 0 || t.gone.Load() }

// enter registers a goroutine that will run the thread's calls.
func (t *thread) enter(w *waiter) {
	t.mu.Lock()
	t.waiters = append(t.waiters, w)
	t.mu.Unlock()
}

// leave is the opposite of enter. What was queued and not run is refused.
func (t *thread) leave(w *waiter) {
	t.mu.Lock()
	for i := len(t.waiters) - 1; i >= 0; i-- {
		if t.waiters[i] == w {
			t.waiters = append(t.waiters[:i], t.waiters[i+1:]...)
			break
		}
	}
	var left []*ServerCall
	if n := len(t.waiters); n == 0 {
		left = t.takeAllLocked()
	} else if len(t.queue) > 0 {
		// Queued for w, which did not come to it: the next has to.
		t.waiters[n-1].rouse()
	}
	t.mu.Unlock()
	for _, sc := range left {
		sc.refuse(errNotWaiting(t))
	}
}

func errNotWaiting(t *thread) error {
	return Errorf(ErrFailed, "thread %q is not waiting for a call", t.name)
}

func (t *thread) takeAllLocked() []*ServerCall {
	left := t.queue
	t.queue, t.bytes = nil, 0
	t.length.Store(0)
	return left
}

// post queues a call. leading says that the calling goroutine leads the call's
// connection. An ErrLimit ends the connection, any other error fails the call.
func (t *thread) post(sc *ServerCall, leading bool) error {
	l := &sc.conn.limits
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.server == nil && len(t.waiters) == 0 {
		return errNotWaiting(t)
	}
	if len(t.queue) >= l.QueuedCalls || t.bytes+sc.bytes() > l.QueuedBytes {
		return sc.conn.withPeer(ErrLimit, "%d calls of %d bytes wait for one thread", len(t.queue), t.bytes)
	}
	t.queue = append(t.queue, sc)
	t.bytes += sc.bytes()
	t.length.Store(int32(len(t.queue)))
	w := t.waiters[len(t.waiters)-1]
	if leading && sc.conn.rx.by == w {
		return nil
	}
	if leading {
		sc.conn.rx.handed = true
	}
	w.rouse()
	return nil
}

// runOne runs the next queued call; false if there is none.
func (t *thread) runOne() bool {
	if t.length.Load() == 0 {
		return false
	}
	t.mu.Lock()
	if len(t.queue) == 0 {
		t.mu.Unlock()
		return false
	}
	sc := t.queue[0]
	t.queue[0] = nil
	if t.queue = t.queue[1:]; len(t.queue) == 0 {
		t.queue = nil
	}
	t.bytes -= sc.bytes()
	t.length.Store(int32(len(t.queue)))
	t.mu.Unlock()
	sc.run()
	return true
}

// close ends a server thread once its queue is empty.
func (t *thread) close() {
	t.mu.Lock()
	t.closed = true
	t.gone.Store(true)
	waiters := append([]*waiter(nil), t.waiters...)
	t.mu.Unlock()
	for _, w := range waiters {
		w.rouse()
	}
}

// serve is the goroutine of a server thread.
func (t *thread) serve() {
	c := t.server
	defer c.wg.Done()
	for {
		if t.runOne() {
			continue
		}
		if t.gone.Load() {
			break
		}
		if !c.ended() && c.lead.try() {
			c.leadFor(&t.own, t, nil)
			continue
		}
		<-t.own.ch
	}
	t.leave(&t.own)
	c.mu.Lock()
	delete(c.threads, t)
	c.serving--
	c.mu.Unlock()
	t.disband()
}

// disband gives up the thread's counterparts.
func (t *thread) disband() {
	t.mu.Lock()
	conns := t.conns
	t.conns = nil
	t.mu.Unlock()
	for c := range conns {
		c.mu.Lock()
		c.unbindLocked(t)
		c.mu.Unlock()
	}
}

// callCtx is the context of a call that is being served. It knows the thread
// that serves and the one that waits for the result.
type callCtx struct {
	conn   *Conn
	thread *thread
	// callback is the caller's waiting thread while the call lasts, guarded by
	// the connection's mutex.
	callback *importRef

	// mu guards the fields below.
	mu    sync.Mutex
	done  chan struct{}
	err   error
	after map[*func()]struct{}
}

// Deadline is never set: deadlines do not travel.
func (x *callCtx) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done is closed when the call has been cancelled or has returned.
func (x *callCtx) Done() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done == nil {
		x.done = make(chan struct{})
		if x.err != nil {
			close(x.done)
		}
	}
	return x.done
}

// Err is context.Canceled once Done is closed.
func (x *callCtx) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err
}

// Value holds only the thread's identity.
func (x *callCtx) Value(key any) any {
	if _, ok := key.(threadKey); ok && x.thread != nil {
		return x
	}
	return nil
}

// AfterFunc lets package context hang contexts below this one without a
// goroutine each.
func (x *callCtx) AfterFunc(f func()) (stop func() bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		go f()
		return func() bool { return false }
	}
	if x.after == nil {
		x.after = make(map[*func()]struct{})
	}
	key := &f
	x.after[key] = struct{}{}
	return func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		_, waiting := x.after[key]
		delete(x.after, key)
		return waiting
	}
}

// cancel ends the context.
func (x *callCtx) cancel() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		return
	}
	x.err = context.Canceled
	if x.done != nil {
		close(x.done)
	}
	for f := range x.after {
		go (*f)()
	}
	x.after = nil
}
