package httpd

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"
)

const (
	// bufSize holds a head and any small body behind it.
	bufSize = 16 << 10
	// maxHead is MAX_HEADERS_SIZE of Dash Core: request line and headers.
	maxHead = 8192
	// maxDrain is how much of a refused body is read so that the connection can
	// be kept.
	maxDrain = 256 << 10
	// readStep and writeStep are what one Timeout must suffice for.
	readStep  = 64 << 10
	writeStep = 256 << 10
	// lingerTime is how long a closing connection waits for its peer to have
	// read the last reply; closing with unread input would destroy it.
	lingerTime = time.Second
	// maxKept is the largest reply buffer that a connection keeps for the next.
	maxKept = 64 << 10
)

// Request is one HTTP request. Its fields are valid until Serve returns.
type Request struct {
	// Method and URI are as the client wrote them.
	Method, URI string
	// Remote is the client's address.
	Remote netip.AddrPort
	// Auth is the value of the Authorization header; only Admit sees it.
	Auth []byte
	// HasAuth tells an empty header from none.
	HasAuth bool
	// Body is the whole body; Admit does not see it. It is wiped after Serve.
	Body []byte
	// Session keeps what the handler wants to know of this connection.
	Session any
}

// Handler answers requests.
type Handler interface {
	// Admit decides on a request from its head. If it returns a reply, that is
	// sent and Serve is not called.
	Admit(ctx context.Context, r *Request) *Reply
	// Serve answers an admitted request: it appends the reply's body to dst and
	// returns that with the rest of the reply.
	Serve(ctx context.Context, r *Request, dst []byte) (Reply, []byte)
}

// conn is one connection; all but the fields guarded by Server.mu belong to its
// goroutine.
type conn struct {
	srv    *Server
	net    net.Conn
	remote netip.AddrPort
	buf    []byte // of bufSize
	r, w   int    // buf[r:w] has been received and not yet used
	step   int    // bytes read since the deadline was set
	out    []byte
	req    Request
	unread bool // the client may still be sending what nobody reads

	// Guarded by Server.mu.
	evictable bool
	since     time.Time
}

func (c *conn) serve(ctx context.Context) {
	defer c.srv.remove(c)
	defer c.net.Close()
	defer func() { clear(c.buf); clear(c.out[:cap(c.out)]) }()
	for c.one(ctx) {
		c.rewind()
	}
}

// one serves one request and reports whether the connection goes on.
func (c *conn) one(ctx context.Context) bool {
	if !c.srv.mark(c, true) {
		return false
	}
	h, err := c.readHead()
	if err != nil {
		c.refuse(&h, err)
		return false
	}
	c.req = Request{Method: h.method, URI: h.uri, Remote: c.remote, Auth: h.auth, HasAuth: h.hasAuth, Session: c.req.Session}
	reply := c.srv.handler.Admit(ctx, &c.req)
	c.req.Auth = nil
	if reply != nil {
		return c.sendRefusal(&h, reply)
	}
	if h.length > int64(c.srv.cfg.MaxBody) {
		c.refuse(&h, badRequest(413))
		return false
	}
	if !c.srv.mark(c, false) {
		c.refuse(&h, badRequest(503))
		return false
	}
	if h.expect && (h.length > 0 || h.chunked) && c.r == c.w {
		if !c.write([]byte("HTTP/1.1 100 Continue\r\n\r\n")) {
			return false
		}
	}
	body, err := c.readBody(&h)
	if err != nil {
		clear(body)
		c.refuse(&h, err)
		return false
	}
	if cap(c.out) < headRoom {
		c.out = make([]byte, headRoom, 4096)
	}
	c.req.Body = body
	r, out := c.srv.handler.Serve(ctx, &c.req, c.out[:headRoom])
	clear(body)
	c.req.Body = nil
	return c.send(&h, &r, out)
}

// rewind wipes what was used and moves what was received ahead to the front.
func (c *conn) rewind() {
	n := copy(c.buf, c.buf[c.r:c.w])
	clear(c.buf[n:])
	c.r, c.w = 0, n
}

// fill reads once into the free part of buf, which must not be empty.
func (c *conn) fill() error {
	n, err := c.read(c.buf[c.w:])
	c.w += n
	return err
}

// read reads at least one byte, or returns an error. Each readStep bytes have a
// Timeout of their own.
func (c *conn) read(b []byte) (int, error) {
	if c.step >= readStep {
		c.deadline()
	}
	n, err := c.net.Read(b)
	c.step += n
	if n > 0 {
		return n, nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return 0, err
}

// deadline bounds the reads that follow.
func (c *conn) deadline() {
	c.step = 0
	c.net.SetReadDeadline(time.Now().Add(c.srv.cfg.Timeout))
}

func (c *conn) readHead() (head, error) {
	c.deadline()
	began := c.w > 0
	for {
		if c.r = blankLines(c.buf[:c.w]); c.r > maxHead {
			return head{minor: 1}, badRequest(400)
		}
		in := c.buf[c.r:c.w]
		if n := headEnd(in); n > maxHead || n < 0 && len(in) > maxHead {
			return head{minor: 1}, badRequest(400)
		} else if n >= 0 {
			c.r += n
			return parseHead(in[:n])
		}
		if c.w == len(c.buf) {
			return head{minor: 1}, badRequest(400)
		}
		if err := c.fill(); err != nil {
			return head{}, err
		}
		if !began {
			// The whole head has one Timeout from its first byte on.
			began = true
			c.deadline()
			c.srv.mark(c, true)
		}
	}
}

// refuse answers what is no acceptable request, if there is anything to answer,
// and says goodbye.
func (c *conn) refuse(h *head, err error) {
	var bad badRequest
	if errors.As(err, &bad) {
		c.unread = true
		c.sendText(h, &Reply{Status: int(bad), Close: true})
	}
}

// sendRefusal answers a request that was not admitted. Its body is read and
// thrown away if it is small and on its way, else the connection ends.
func (c *conn) sendRefusal(h *head, r *Reply) bool {
	switch {
	case h.chunked, h.expect, h.length > maxDrain:
		r.Close, c.unread = true, true
	default:
		for left := h.length; left > 0; {
			if c.r == c.w {
				c.r, c.w = 0, 0
				if c.fill() != nil {
					return false
				}
			}
			n := min(left, int64(c.w-c.r))
			c.r += int(n)
			left -= n
		}
	}
	return c.sendText(h, r)
}

// sendText sends a reply whose body is its short text.
func (c *conn) sendText(h *head, r *Reply) bool {
	return c.send(h, r, append(make([]byte, headRoom, headRoom+len(r.Text)), r.Text...))
}

// send writes a reply whose body is out[headRoom:], wipes it, and reports
// whether the connection goes on.
func (c *conn) send(h *head, r *Reply, out []byte) bool {
	closing := r.Close || h.close || c.srv.isClosing()
	var room [headRoom]byte
	top := appendHead(room[:0], h, r, len(out)-headRoom, closing, time.Now())
	start := headRoom - len(top)
	copy(out[start:], top)
	end := len(out)
	if h.method == "HEAD" {
		end = headRoom
	}
	ok := c.write(out[start:end])
	clear(out)
	switch {
	case cap(out) > maxKept:
		clear(c.out[:cap(c.out)])
		c.out = nil
	case cap(out) > cap(c.out):
		clear(c.out[:cap(c.out)])
		c.out = out
	}
	if closing && c.unread {
		c.linger()
	}
	return ok && !closing
}

// write sends b in steps that have one Timeout each.
func (c *conn) write(b []byte) bool {
	for len(b) > 0 {
		n := min(len(b), writeStep)
		c.net.SetWriteDeadline(time.Now().Add(c.srv.cfg.Timeout))
		if _, err := c.net.Write(b[:n]); err != nil {
			return false
		}
		b = b[n:]
	}
	return true
}

// linger ends the sending direction and reads on for a moment, so that a peer
// that is still sending gets to read the last reply.
func (c *conn) linger() {
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.srv.mark(c, true)
	c.net.SetReadDeadline(time.Now().Add(lingerTime))
	for left := maxDrain; left > 0; {
		n, err := c.net.Read(c.buf)
		if err != nil || n == 0 {
			return
		}
		left -= n
	}
}
