package ipc

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/ipc/internal/fdsock"
	"dashmp/ipc/internal/frame"
)

// closeGrace bounds how long Close waits for handlers that ignore their
// context, and drainGrace how long the end of the stream may take to arrive
// after a write has failed.
const (
	closeGrace = 5 * time.Second
	drainGrace = time.Second
)

// fail ends the connection. The first reason wins. It only records it: the
// background goroutine does the rest.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failLocked(err)
}

func (c *Conn) failLocked(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	var e *Error
	if errors.As(err, &e) && (e.Kind == ErrLimit || e.Kind == ErrProtocol) {
		c.log.Warn("ipc: connection ended", "peer", c.peer, "kind", string(e.Kind), "reason", e.Text)
		c.sendAbortLocked(e)
	}
	close(c.ending)
	c.sock.Kick()
}

// transportError is how an error of the socket ends a connection.
func (c *Conn) transportError(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, unix.ECONNRESET), errors.Is(err, unix.EPIPE):
		return c.withPeer(ErrDisconnected, "connection lost")
	case errors.Is(err, os.ErrClosed):
		return c.withPeer(ErrDisconnected, "connection closed")
	case errors.Is(err, fdsock.ErrRights):
		return c.withPeer(ErrLimit, "a message carried more than %d descriptors", c.limits.FDsPerMessage)
	case errors.Is(err, frame.ErrMalformed):
		return c.withPeer(ErrProtocol, "%v", err)
	case errors.Is(err, frame.ErrSegments), errors.Is(err, frame.ErrSize),
		errors.Is(err, frame.ErrNesting), errors.Is(err, frame.ErrTraversal):
		return c.withPeer(ErrLimit, "%v", err)
	}
	return c.withPeer(ErrDisconnected, "connection lost: %v", err)
}

// disconnected is what a call gets when the connection has ended with cause.
func (c *Conn) disconnected(cause error) *Error {
	var e *Error
	if errors.As(cause, &e) {
		if e.Kind == ErrDisconnected {
			return e
		}
		return c.withPeer(ErrDisconnected, "connection lost: %s", e.Text)
	}
	return c.withPeer(ErrDisconnected, "connection lost")
}

// teardown runs once, on the background goroutine, after fail: it takes the
// tables apart and tells everyone who waits.
func (c *Conn) teardown() {
	c.sock.Close()
	c.mu.Lock()
	gone := c.disconnected(c.err)
	for _, q := range c.questions.slots {
		if q != nil && q.call != nil && !q.returned {
			q.call.fail(gone)
		}
	}
	c.questions = questions{}
	for _, a := range c.answers {
		c.endAnswerLocked(a)
	}
	clear(c.answers)
	for id := range c.exports.slots {
		if o := c.exports.slots[id].obj; o != nil {
			c.dropLocked(o)
		}
	}
	c.exports = exports{ids: map[*Object]uint32{}}
	clear(c.imports)
	c.threadMap = nil
	clear(c.bindings)
	c.idle = nil
	for t := range c.threads {
		t.close()
	}
	if c.boot != nil {
		c.dropLocked(c.boot)
	}
	c.out.discard()
	c.mu.Unlock()
	c.sweep()
	close(c.done)
}

// endAnswerLocked lets go of what an answer holds when the connection is gone;
// a call in progress is cancelled and cleans up when it returns.
func (c *Conn) endAnswerLocked(a *answer) {
	if !a.returned {
		if a.call != nil {
			a.call.cancelLocked()
		}
		return
	}
	c.dropAnswerResultsLocked(a)
}

// awaitGoroutines waits for the goroutines of the connection.
func (c *Conn) awaitGoroutines() {
	all := make(chan struct{})
	go func() {
		c.wg.Wait()
		close(all)
	}()
	grace := time.NewTimer(closeGrace)
	defer grace.Stop()
	select {
	case <-all:
	case <-grace.C:
		c.log.Warn("ipc: a handler ignores its cancelled context", "peer", c.peer)
	}
}

// dropLocked gives back a reference to o; if it was the last, the object's
// release runs on the reaper.
func (c *Conn) dropLocked(o *Object) {
	if !o.drop() {
		return
	}
	if t, ok := o.impl.(*thread); ok {
		// Not behind somebody's slow release: threads are counted, and the peer
		// that gives one up may at once make another.
		delete(c.threads, t)
		t.close()
	} else if o.free != nil {
		c.reapLocked(o.free)
	}
}

// reapLocked has f called on a goroutine of the connection, in order.
func (c *Conn) reapLocked(f func()) {
	c.reaping = append(c.reaping, f)
	if c.reaper {
		return
	}
	c.reaper = true
	c.wg.Add(1)
	go c.reap()
}

func (c *Conn) reap() {
	defer c.wg.Done()
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.reaping) > 0 {
		fs := c.reaping
		c.reaping = nil
		c.mu.Unlock()
		for _, f := range fs {
			c.guard("release", f)
		}
		c.mu.Lock()
	}
	c.reaper = false
}

// guard calls f and turns a panic into a log record.
func (c *Conn) guard(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			c.logPanic(what, r)
		}
	}()
	f()
}
