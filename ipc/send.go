package ipc

import (
	"context"
	"errors"
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"

	"dashmp/ipc/internal/fdsock"
	"dashmp/ipc/internal/frame"
)

// outMessage is a message that is being built, or one whose results are kept
// for pipelining.
type outMessage struct {
	msg capnp.Message
	// root is set by reset; lay sets seg, the first segment, and payloadAt,
	// where in it the Payload lies.
	root      rpc.Message
	seg       *capnp.Segment
	payloadAt int
	// fds are what its capabilities carry, in the order of attachedFd.
	fds []*owned
}

func (m *outMessage) reset() error {
	m.msg.TraverseLimit = 1<<64 - 1
	m.fds = m.fds[:0]
	seg, err := m.msg.Reset(capnp.MultiSegment(nil))
	if err != nil {
		return err
	}
	m.root, err = rpc.NewRootMessage(seg)
	return err
}

// free recycles the memory and closes descriptors that were not sent.
func (m *outMessage) free() {
	for i, o := range m.fds {
		o.close()
		m.fds[i] = nil
	}
	m.fds = m.fds[:0]
	m.root = rpc.Message{}
	if m.msg.Arena != nil {
		m.msg.Reset(nil)
	}
}

// size is the length of the message on the wire, in bytes.
func (m *outMessage) size() int {
	n, _ := m.msg.TotalSize()
	return int(n)
}

// writer is the sending half, guarded by Conn.mu.
type writer struct {
	// header is scratch for deferred bytes and a segment table, pieces for the
	// list of what one sendmsg takes.
	header []byte
	pieces [][]byte
	rights []int
	sizes  []int

	// deferred holds messages that can ride with the next one, and deferring
	// says that the background goroutine will flush them soon.
	deferred  []byte
	deferring bool

	// queue is what the socket did not take, queued its length in bytes. While
	// flushing is set a goroutine writes it, and nobody else touches the socket.
	queue    []pending
	queued   int
	flushing bool
	// room is closed and replaced when the queue has become short.
	room chan struct{}
	// broken says that the peer does not read any more.
	broken bool
}

// pending is bytes for the socket; the descriptors go with the first of them.
type pending struct {
	b   []byte
	fds []*owned
}

// roomBytes is the length of the queue from which on callers are held back.
func (c *Conn) roomBytes() int { return c.limits.WriteBytes / 4 }

// awaitRoom holds a caller back while too much waits to be written.
func (c *Conn) awaitRoom(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.err != nil {
			defer c.mu.Unlock()
			return c.disconnected(c.err)
		}
		room := c.out.room
		short := c.out.queued <= c.roomBytes()
		c.mu.Unlock()
		if short {
			return nil
		}
		select {
		case <-room:
		case <-c.ending:
		case <-ctx.Done():
			return c.canceled(ctx)
		}
	}
}

// sendLocked sends m, or queues what the socket does not take. Its descriptors
// are closed when they have been sent, or cannot be. The error is ErrLimit if m
// is larger than the peer would accept: then nothing was sent.
func (c *Conn) sendLocked(m *outMessage) error {
	size := m.size()
	if size > c.limits.MessageBytes {
		return Errorf(ErrLimit, "a message of %d bytes, %d allowed", size, c.limits.MessageBytes)
	}
	if n := int(m.msg.NumSegments()); n > c.limits.Segments {
		return Errorf(ErrLimit, "a message of %d segments, %d allowed", n, c.limits.Segments)
	}
	o := &c.out
	if len(m.fds) > 0 {
		// Rights count for the message that holds the first byte sent with
		// them, so nothing may ride in front.
		c.flushDeferredLocked()
	}
	o.pieces, o.sizes = o.pieces[:0], o.sizes[:0]
	o.header = append(o.header[:0], o.deferred...)
	o.deferred = o.deferred[:0]
	for i := range int(m.msg.NumSegments()) {
		seg, err := m.msg.Segment(capnp.SegmentID(i))
		if err != nil {
			return err
		}
		o.sizes = append(o.sizes, len(seg.Data()))
	}
	o.header = frame.PutHeader(o.header, o.sizes...)
	o.pieces = append(o.pieces, nil)
	for i := range int(m.msg.NumSegments()) {
		seg, _ := m.msg.Segment(capnp.SegmentID(i))
		o.pieces = append(o.pieces, seg.Data())
	}
	c.msgsOut.Add(1)
	if len(o.pieces) == 2 && len(o.pieces[1]) <= 1024 {
		o.header = append(o.header, o.pieces[1]...)
		o.pieces = o.pieces[:1]
	}
	o.pieces[0] = o.header
	c.writeLocked(o.pieces, m.fds)
	m.fds = m.fds[:0]
	return nil
}

// writeLocked hands pieces to the socket and queues a copy of the rest.
func (c *Conn) writeLocked(pieces [][]byte, fds []*owned) {
	o := &c.out
	total := 0
	for _, p := range pieces {
		total += len(p)
	}
	if c.err != nil || o.broken {
		closeAll(fds)
		return
	}
	c.bytesOut.Add(uint64(total))
	done := 0
	if !o.flushing {
		o.rights = o.rights[:0]
		for _, f := range fds {
			o.rights = append(o.rights, f.get())
		}
		n, err := c.sock.Send(pieces, o.rights)
		switch {
		case err == nil:
			done = n
			closeAll(fds)
			fds = nil
		case !errors.Is(err, fdsock.ErrAgain):
			closeAll(fds)
			c.brokenLocked()
			return
		}
	}
	if done < total {
		c.queueLocked(pieces, done, total, fds)
	}
}

// queueLocked keeps what is left of pieces after done bytes.
func (c *Conn) queueLocked(pieces [][]byte, done, total int, fds []*owned) {
	o := &c.out
	rest := make([]byte, 0, total-done)
	for _, p := range pieces {
		skip := min(done, len(p))
		done -= skip
		rest = append(rest, p[skip:]...)
	}
	o.queue = append(o.queue, pending{rest, append([]*owned(nil), fds...)})
	o.queued += len(rest)
	if o.queued > c.limits.WriteBytes {
		c.failLocked(c.withPeer(ErrLimit, "%d bytes wait for a peer that does not read", o.queued))
		return
	}
	if !o.flushing {
		o.flushing = true
		c.wg.Add(1)
		go c.flush()
	}
}

// flush writes the queue, waiting for the peer to read. What it is writing is
// its own: nobody else closes those descriptors.
func (c *Conn) flush() {
	defer c.wg.Done()
	c.mu.Lock()
	defer c.mu.Unlock()
	o := &c.out
	for len(o.queue) > 0 && c.err == nil && !o.broken {
		head := o.queue[0]
		o.queue[0] = pending{}
		o.queue = o.queue[1:]
		c.mu.Unlock()
		err := c.writeWaiting(head)
		c.mu.Lock()
		if err != nil {
			c.brokenLocked()
			break
		}
		o.queued -= len(head.b)
		if o.queued <= c.roomBytes() {
			close(o.room)
			o.room = make(chan struct{})
		}
	}
	o.flushing = false
}

// writeWaiting writes p whole and closes its descriptors.
func (c *Conn) writeWaiting(p pending) error {
	var rights []int
	for _, f := range p.fds {
		rights = append(rights, f.get())
	}
	defer func() { closeAll(p.fds) }()
	for b := p.b; len(b) > 0; {
		n, err := c.sock.SendWait([][]byte{b}, rights)
		if err != nil {
			return err
		}
		b = b[n:]
		rights = nil
		closeAll(p.fds)
	}
	return nil
}

// brokenLocked notes that writing has failed. Replies that the peer sent before
// may still be there to read, and then the end of the stream; a peer that only
// stopped reading is given drainGrace.
func (c *Conn) brokenLocked() {
	if c.out.broken || c.err != nil {
		return
	}
	c.out.broken = true
	c.out.discard()
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		t := time.NewTimer(drainGrace)
		defer t.Stop()
		select {
		case <-c.ending:
		case <-t.C:
			c.fail(c.withPeer(ErrDisconnected, "connection lost: the peer does not read"))
		}
	}()
	c.lead.callBackground()
}

// discard drops what waits to be written.
func (o *writer) discard() {
	for _, p := range o.queue {
		closeAll(p.fds)
	}
	o.queue, o.queued = nil, 0
	o.deferred = nil
}

// controlLocked sends a small message that build fills. Where late is set and
// the background goroutine will see to it, the message rides with the next one.
func (c *Conn) controlLocked(late bool, build func(m rpc.Message) error) {
	if c.err != nil || c.out.broken {
		return
	}
	var m outMessage
	if err := m.reset(); err != nil {
		c.failLocked(c.withPeer(ErrFailed, "message: %v", err))
		return
	}
	defer m.free()
	if err := build(m.root); err != nil {
		c.failLocked(c.withPeer(ErrFailed, "message: %v", err))
		return
	}
	if late && c.out.deferring {
		b, err := m.msg.Marshal()
		if err == nil && len(c.out.deferred)+len(b) <= 4096 {
			c.out.deferred = append(c.out.deferred, b...)
			c.msgsOut.Add(1)
			return
		}
	}
	if err := c.sendLocked(&m); err != nil {
		c.failLocked(c.withPeer(ErrFailed, "message: %v", err))
	}
}

// flushDeferredLocked sends what would have ridden with the next message.
func (c *Conn) flushDeferredLocked() {
	o := &c.out
	if len(o.deferred) == 0 {
		return
	}
	o.header = append(o.header[:0], o.deferred...)
	o.deferred = o.deferred[:0]
	o.pieces = append(o.pieces[:0], o.header)
	c.writeLocked(o.pieces, nil)
}

// sendAbortLocked tells the peer why it loses its connection, if the socket
// takes it at once.
func (c *Conn) sendAbortLocked(e *Error) {
	o := &c.out
	if o.flushing || o.broken {
		return
	}
	var m outMessage
	if m.reset() != nil {
		return
	}
	defer m.free()
	x, err := m.root.NewAbort()
	if err != nil || putException(x, "", e) != nil {
		return
	}
	if b, err := m.msg.Marshal(); err == nil {
		c.sock.Send([][]byte{b}, nil)
	}
}

func closeAll(fds []*owned) {
	for _, f := range fds {
		f.close()
	}
}
