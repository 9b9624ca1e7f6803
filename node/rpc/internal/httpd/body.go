package httpd

import "bytes"

// readBody reads the body of an admitted request. The caller wipes what it
// returns, also beside an error. A small body stays in the connection's buffer.
func (c *conn) readBody(h *head) ([]byte, error) {
	switch {
	case h.chunked:
		return c.readChunks()
	case h.length <= 0:
		return nil, nil
	}
	n := int(h.length)
	if n <= len(c.buf) {
		if c.r+n > len(c.buf) {
			c.rewind()
		}
		for c.w-c.r < n {
			if err := c.fill(); err != nil {
				return nil, err
			}
		}
		c.r += n
		return c.buf[c.r-n : c.r : c.r], nil
	}
	c.deadline()
	var g growing
	err := c.readInto(&g, n)
	return g.b, err
}

// growing is a body that grows with what arrives. What it outgrows is wiped.
type growing struct {
	b []byte
}

// room makes space for at least one more byte, at most for max more.
func (g *growing) room(max int) []byte {
	if len(g.b) == cap(g.b) {
		size := min(2*cap(g.b)+readStep, len(g.b)+max)
		next := make([]byte, len(g.b), size)
		copy(next, g.b)
		clear(g.b)
		g.b = next
	}
	free := g.b[len(g.b):cap(g.b)]
	return free[:min(len(free), max)]
}

// readInto appends n bytes to g.
func (c *conn) readInto(g *growing, n int) error {
	for n > 0 {
		space := g.room(n)
		var got int
		if c.r < c.w {
			got = copy(space, c.buf[c.r:c.w])
			c.r += got
		} else {
			var err error
			if got, err = c.read(space); err != nil {
				return err
			}
		}
		g.b = g.b[:len(g.b)+got]
		n -= got
	}
	return nil
}

// readChunks reads a chunked body and its trailers, which are ignored.
func (c *conn) readChunks() ([]byte, error) {
	c.deadline()
	var g growing
	for {
		line, err := c.readLine(128)
		if err != nil {
			return g.b, err
		}
		size, ok := parseChunkSize(line)
		if !ok {
			return g.b, badRequest(400)
		}
		if size > int64(c.srv.cfg.MaxBody-len(g.b)) {
			return g.b, badRequest(413)
		}
		if size == 0 {
			return g.b, c.skipTrailers()
		}
		if err := c.readInto(&g, int(size)); err != nil {
			return g.b, err
		}
		if line, err = c.readLine(2); err != nil {
			return g.b, err
		} else if len(line) != 0 {
			return g.b, badRequest(400)
		}
	}
}

func (c *conn) skipTrailers() error {
	for left := maxHead; left > 0; {
		line, err := c.readLine(left)
		if err != nil || len(line) == 0 {
			return err
		}
		left -= len(line) + 1
	}
	return badRequest(400)
}

// readLine returns a line of at most max bytes with its end, without its end.
// It is valid until the next read.
func (c *conn) readLine(max int) ([]byte, error) {
	for {
		if n := bytes.IndexByte(c.buf[c.r:c.w], '\n'); n >= max || n < 0 && c.w-c.r >= max {
			return nil, badRequest(400)
		} else if n >= 0 {
			line := c.buf[c.r : c.r+n]
			c.r += n + 1
			return bytes.TrimSuffix(line, []byte{'\r'}), nil
		}
		if c.w == len(c.buf) {
			c.rewind()
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}
