package ipc

import (
	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"

	"dashmp/ipc/internal/frame"
)

const (
	// receiveBytes is the size of the buffer that small messages are read into,
	// many at once. A message larger than half of it gets a buffer of its own.
	receiveBytes = 32 << 10
	// pooledBytes is the largest message buffer that is kept for reuse.
	pooledBytes = 16 << 10
	// firstBytes is what is allocated for a large message on its word alone;
	// from there the buffer grows as the bytes arrive.
	firstBytes = 1 << 20
)

// receiver turns the byte stream into messages. Only the leader touches it.
type receiver struct {
	// by is the waiter that leads, nil for the background goroutine.
	by *waiter
	// handed says that a message was for somebody who waits.
	handed bool

	buf  []byte
	r, w int // buf[r:w] has been read and not dispatched
	// large collects one large message; total is its length.
	large []byte
	total int

	// set are the descriptors that came with the bytes up to last, and start is
	// where the recvmsg that brought them began, both offsets into the stream.
	sets []rightsSet
	// base is the stream offset of buf[r], or of large.
	base uint64
}

// rightsSet is what one recvmsg brought.
type rightsSet struct {
	start, last uint64
	fds         []*owned
}

// partial reports whether part of a message has been read.
func (x *receiver) partial() bool { return x.large != nil || x.r < x.w }

// inMessage is a received message. What is read out of it is valid until it is
// freed.
type inMessage struct {
	conn *Conn
	buf  []byte
	segs [][]byte
	msg  capnp.Message
	root rpc.Message
	// fds are the descriptors that came with it; claimed ones are nil.
	fds []*owned
}

// receive reads once from the socket.
func (c *Conn) receive() error {
	x := &c.rx
	var into []byte
	if x.large != nil {
		if len(x.large) == cap(x.large) {
			x.large = append(make([]byte, 0, min(2*cap(x.large), x.total)), x.large...)
		}
		into = x.large[len(x.large):min(cap(x.large), x.total)]
	} else {
		if x.r > 0 {
			x.w = copy(x.buf, x.buf[x.r:x.w])
			x.r = 0
		}
		into = x.buf[x.w:]
	}
	n, rights, err := c.sock.Recv(into)
	if err != nil {
		return err
	}
	have := x.base + uint64(x.w)
	if x.large != nil {
		have = x.base + uint64(len(x.large))
		x.large = x.large[:len(x.large)+n]
	} else {
		x.w += n
	}
	c.bytesIn.Add(uint64(n))
	if len(rights) > 0 {
		c.keepRights(rights, have, have+uint64(n)-1)
	}
	return nil
}

func (c *Conn) keepRights(rights []int, start, last uint64) {
	set := rightsSet{start: start, last: last}
	for _, fd := range rights {
		set.fds = append(set.fds, own(fd))
	}
	c.fdsHeld.Add(int64(len(rights)))
	c.rx.sets = append(c.rx.sets, set)
}

// drain dispatches every complete message that has been read.
func (c *Conn) drain() error {
	x := &c.rx
	for {
		in, err := c.next()
		if in == nil || err != nil {
			return err
		}
		if held := c.fdsHeld.Load(); held > int64(c.limits.FDsHeld) {
			in.free()
			return c.withPeer(ErrLimit, "%d descriptors held, %d allowed", held, c.limits.FDsHeld)
		}
		c.msgsIn.Add(1)
		if err := c.dispatch(in); err != nil {
			return err
		}
		if x.r == x.w {
			x.r, x.w = 0, 0
		}
	}
}

// next takes the next complete message out of the buffer; nil if there is none.
func (c *Conn) next() (*inMessage, error) {
	x := &c.rx
	if x.large != nil {
		if len(x.large) < x.total {
			return nil, nil
		}
		b := x.large
		x.large = nil
		return c.message(b, uint64(len(b)), false)
	}
	_, total, err := frame.Size(x.buf[x.r:x.w], c.limits.Segments, c.limits.MessageBytes)
	if err != nil {
		return nil, c.transportError(err)
	}
	have := x.buf[x.r:x.w]
	switch {
	case total == 0:
		// A segment table longer than the buffer: only if Segments allows it.
		if len(have) == len(x.buf) {
			return nil, c.withPeer(ErrLimit, "%v", frame.ErrSegments)
		}
		return nil, nil
	case total <= len(have):
		x.r += total
		return c.message(have[:total], uint64(total), true)
	case total > len(x.buf)/2:
		x.total = total
		x.large = append(make([]byte, 0, min(total, firstBytes)), have...)
		x.r, x.w = 0, 0
	}
	return nil, nil
}

// message makes a message of b, which holds it whole; it copies b if shared is
// set, since the buffer is reused.
func (c *Conn) message(b []byte, total uint64, shared bool) (*inMessage, error) {
	x := &c.rx
	begin := x.base
	x.base += total
	in, _ := c.received.Get().(*inMessage)
	if in == nil {
		in = &inMessage{conn: c}
		in.msg.TraverseLimit = 1<<64 - 1
		in.msg.DepthLimit = 1 << 20
	}
	if shared {
		in.buf = append(in.buf[:0], b...)
	} else {
		in.buf = b
	}
	for len(x.sets) > 0 && x.sets[0].last < x.base {
		set := x.sets[0]
		x.sets = x.sets[1:]
		in.fds = append(in.fds, set.fds...)
		if set.start > begin {
			in.free()
			return nil, c.withPeer(ErrProtocol, "descriptors in the middle of a message")
		}
	}
	if err := in.open(); err != nil {
		in.free()
		return nil, c.transportError(err)
	}
	return in, nil
}

// open checks the message as a whole, so that whatever reads it later can rely
// on it, and finds its root.
func (in *inMessage) open() error {
	in.segs = frame.Split(in.buf, in.segs[:0])
	l := &in.conn.limits
	if err := frame.Validate(in.segs, l.Nesting, l.TraversalWords); err != nil {
		return err
	}
	var arena capnp.Arena
	if len(in.segs) == 1 {
		arena = capnp.SingleSegment(in.segs[0])
	} else {
		arena = capnp.MultiSegment(in.segs)
	}
	if _, err := in.msg.Reset(arena); err != nil {
		return frame.ErrMalformed
	}
	root, err := rpc.ReadRootMessage(&in.msg)
	if err != nil || !root.IsValid() {
		return frame.ErrMalformed
	}
	in.root = root
	return nil
}

// free closes the descriptors that nobody claimed and recycles the message.
func (in *inMessage) free() {
	c := in.conn
	for i, o := range in.fds {
		if o != nil {
			c.letGo(o)
			o.close()
		}
		in.fds[i] = nil
	}
	in.fds = in.fds[:0]
	in.msg.Reset(nil)
	in.root = rpc.Message{}
	clear(in.segs)
	if cap(in.buf) > pooledBytes {
		in.buf = nil
	}
	c.received.Put(in)
}

// letGo ends the accounting of a received descriptor.
func (c *Conn) letGo(*owned) { c.fdsHeld.Add(-1) }

// closeRights closes what came with a message that will never be complete.
func (c *Conn) closeRights() {
	for _, set := range c.rx.sets {
		for _, o := range set.fds {
			c.letGo(o)
			o.close()
		}
	}
	c.rx.sets = nil
}
