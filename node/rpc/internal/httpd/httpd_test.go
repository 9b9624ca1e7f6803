package httpd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers with method, URI and body. Requests for /refuse are not
// admitted, /close ends the connection, /big answers with its size in bytes.
type echo struct {
	mu     sync.Mutex
	bodies [][]byte      // views of the bodies, to see whether they are wiped
	hold   chan struct{} // if not nil, Serve waits for it
	held   chan struct{} // told when Serve waits
}

func (e *echo) Admit(_ context.Context, r *Request) *Reply {
	if r.URI == "/refuse" {
		return &Reply{Status: 401, Challenge: true, Text: "no " + string(r.Auth)}
	}
	return nil
}

func (e *echo) Serve(ctx context.Context, r *Request, dst []byte) (Reply, []byte) {
	if e.hold != nil {
		e.held <- struct{}{}
		select {
		case <-e.hold:
		case <-ctx.Done():
		}
	}
	e.mu.Lock()
	e.bodies = append(e.bodies, r.Body)
	e.mu.Unlock()
	if n := 0; r.URI == "/big" {
		fmt.Sscan(string(r.Body), &n)
		return Reply{Status: 200}, append(dst, bytes.Repeat([]byte{'x'}, n)...)
	}
	return Reply{Status: 200, ContentType: "application/json", Close: r.URI == "/close"},
		fmt.Appendf(dst, "%s %s %s", r.Method, r.URI, r.Body)
}

// pipes is a listener whose connections are made by dial.
type pipes struct {
	ch   chan net.Conn
	once sync.Once
	done chan struct{}
}

func newPipes() *pipes { return &pipes{ch: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.ch:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return nil }

type pipeConn struct{ net.Conn }

func (pipeConn) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:4"))
}

func (p *pipes) dial() net.Conn {
	a, b := net.Pipe()
	p.ch <- pipeConn{b}
	return a
}

// start serves h over TCP and returns the address.
func start(t testing.TB, cfg Config, h Handler) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(cfg, h)
	s.Listen(l)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.Shutdown(ctx)
	})
	return s, l.Addr().String()
}

type client struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) send(s string) *client {
	c.t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		c.t.Fatal(err)
	}
	return c
}

// reply reads one reply and returns its status and body; "HEAD" as method says
// that there is no body.
func (c *client) reply(method string) (*http.Response, string) {
	c.t.Helper()
	r, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r, string(b)
}

func (c *client) want(status int, body string) {
	c.t.Helper()
	if r, b := c.reply("POST"); r.StatusCode != status || b != body {
		c.t.Fatalf("%d %q, want %d %q", r.StatusCode, b, status, body)
	}
}

func (c *client) wantClosed() {
	c.t.Helper()
	if n, err := c.r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Fatalf("connection is not closed: %d %v", n, err)
	}
}

func post(uri, body string, headers ...string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s",
		uri, strings.Join(append(headers, ""), "\r\n"), len(body), body)
}

func TestKeepAlive(t *testing.T) {
	_, addr := start(t, Config{}, &echo{})
	c := dial(t, addr)
	for i := range 3 {
		c.send(post("/", strings.Repeat("b", i))).want(200, "POST / "+strings.Repeat("b", i))
	}
	c.send(post("/", "x", "Connection: close")).want(200, "POST / x")
	c.wantClosed()
}

func TestReplyHead(t *testing.T) {
	_, addr := start(t, Config{}, &echo{})
	c := dial(t, addr)
	r, _ := c.send(post("/", "")).reply("POST")
	if r.Proto != "HTTP/1.1" || r.Header.Get("Content-Type") != "application/json" || r.Close {
		t.Errorf("%s %v", r.Proto, r.Header)
	}
	if _, err := http.ParseTime(r.Header.Get("Date")); err != nil {
		t.Error(err)
	}
	r, body := c.send("HEAD / HTTP/1.1\r\n\r\n").reply("HEAD")
	if r.StatusCode != 200 || body != "" || r.ContentLength != int64(len("HEAD / ")) {
		t.Errorf("HEAD: %v %q", r, body)
	}
	c.send("GET /q?x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
	if r, body = c.reply("GET"); r.Proto != "HTTP/1.0" || r.Header.Get("Connection") != "keep-alive" || body != "GET /q?x " {
		t.Errorf("1.0: %v %q", r, body)
	}
	c.send("GET / HTTP/1.0\r\n\r\n").want(200, "GET / ")
	c.wantClosed()
	c = dial(t, addr).send(post("/close", ""))
	if r, _ = c.reply("POST"); !r.Close {
		t.Error("Connection: close is missing")
	}
	c.wantClosed()
}

func TestPipelining(t *testing.T) {
	_, addr := start(t, Config{}, &echo{})
	c := dial(t, addr)
	var b strings.Builder
	big := strings.Repeat("z", 40000)
	for i := range 50 {
		b.WriteString(post(fmt.Sprintf("/%d", i), fmt.Sprint("body", i)))
		if i == 20 {
			b.WriteString("\r\n\r\n" + post("/b", big))
		}
	}
	go c.Write([]byte(b.String()))
	for i := range 50 {
		c.want(200, fmt.Sprintf("POST /%d body%d", i, i))
		if i == 20 {
			c.want(200, "POST /b "+big)
		}
	}
}

func TestBodies(t *testing.T) {
	_, addr := start(t, Config{MaxBody: 1 << 20}, &echo{})
	c := dial(t, addr)
	for _, n := range []int{1, 8000, 16000, bufSize - 40, bufSize, bufSize + 1, 100000, 1 << 20} {
		body := strings.Repeat("q", n)
		go c.Write([]byte(post("/", body)))
		c.want(200, "POST / "+body)
	}
	c.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n").
		want(200, "POST / hello world")
	c.send("POST / HTTP/1.1\nContent-Length: 2\n\nok").want(200, "POST / ok")
	c.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
	if line, _ := c.r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("interim reply %q", line)
	}
	c.r.ReadString('\n')
	c.send("body").want(200, "POST / body")
	c.send(post("/big", "3000000"))
	if _, b := c.reply("POST"); len(b) != 3000000 {
		t.Errorf("%d bytes", len(b))
	}
}

func TestRefusals(t *testing.T) {
	_, addr := start(t, Config{}, &echo{})
	c := dial(t, addr)
	r, b := c.send(post("/refuse", strings.Repeat("x", 100000), "Authorization: Basic abc")).reply("POST")
	if r.StatusCode != 401 || b != "no Basic abc" || r.Header.Get("WWW-Authenticate") != `Basic realm="jsonrpc"` || r.Close {
		t.Errorf("%v %q", r, b)
	}
	c.send(post("/", "still here")).want(200, "POST / still here")

	// More than is worth reading: the client is told and the connection ends.
	c = dial(t, addr).send(fmt.Sprintf("POST /refuse HTTP/1.1\r\nContent-Length: %d\r\n\r\nxx", maxDrain+1))
	if r, _ = c.reply("POST"); r.StatusCode != 401 || !r.Close {
		t.Errorf("%v", r)
	}
	c.CloseWrite()
	c.wantClosed()
}

func (c *client) CloseWrite() { c.Conn.(*net.TCPConn).CloseWrite() }

func TestBadRequests(t *testing.T) {
	_, addr := start(t, Config{MaxBody: 1000}, &echo{})
	const ok = "POST / HTTP/1.1\r\n"
	for name, tc := range map[string]struct {
		in     string
		status int
	}{
		"no version":          {"POST /\r\n\r\n", 400},
		"other protocol":      {"POST / RTSP/1.0\r\n\r\n", 400},
		"future version":      {"POST / HTTP/2.0\r\n\r\n", 400},
		"lower-case protocol": {"POST / http/1.1\r\n\r\n", 400},
		"two spaces":          {"POST  / HTTP/1.1\r\n\r\n", 400},
		"control in URI":      {"POST /\x01 HTTP/1.1\r\n\r\n", 400},
		"method is no token":  {"P(ST / HTTP/1.1\r\n\r\n", 400},
		"TLS hello":           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", 400},
		"long URI":            {"GET /" + strings.Repeat("x", 10000) + " HTTP/1.1\r\n\r\n", 400},
		"long header":         {ok + "A: " + strings.Repeat("x", 8192) + "\r\n\r\n", 400},
		"endless header":      {ok + "A: " + strings.Repeat("x", 1<<17), 400},
		"endless blank lines": {strings.Repeat("\r\n", 1<<16), 400},
		"folded header":       {ok + "A: b\r\n c: d\r\n\r\n", 400},
		"space before colon":  {ok + "Content-Length : 1\r\n\r\nx", 400},
		"no colon":            {ok + "nonsense\r\n\r\n", 400},
		"nul in value":        {ok + "A: \x00\r\n\r\n", 400},
		"two lengths":         {ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400},
		"negative length":     {ok + "Content-Length: -1\r\n\r\n", 400},
		"signed length":       {ok + "Content-Length: +1\r\n\r\nx", 400},
		"list of lengths":     {ok + "Content-Length: 1, 1\r\n\r\nx", 400},
		"length and chunks":   {ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"two codings":         {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"unknown coding":      {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
		"chunks in 1.0":       {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"expectation":         {ok + "Expect: miracle\r\n\r\n", 417},
		"two authorizations":  {ok + "Authorization: a\r\nAuthorization: b\r\n\r\n", 400},
		"too large":           {ok + "Content-Length: 1001\r\n\r\n", 413},
		"huge length":         {ok + "Content-Length: 99999999999999999999999999\r\n\r\n", 413},
		"chunk size":          {ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		"empty chunk size":    {ok + "Transfer-Encoding: chunked\r\n\r\n\r\n", 400},
		"huge chunk":          {ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 400},
		"large chunk":         {ok + "Transfer-Encoding: chunked\r\n\r\n7fffffffffffff\r\n", 413},
		"chunk overrun":       {ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400},
		"long chunk line":     {ok + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("e", 4096), 400},
		"endless trailers":    {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("a: b\r\n", 1<<14), 400},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, addr)
			go c.Write([]byte(tc.in))
			r, _ := c.reply("POST")
			if r.StatusCode != tc.status || !r.Close {
				t.Errorf("status %d, close %v; want %d, true", r.StatusCode, r.Close, tc.status)
			}
			c.CloseWrite()
			io.Copy(io.Discard, c.r)
		})
	}
	dial(t, addr).send(post("/", "alive")).want(200, "POST / alive")
}

// TestBodiesAreWiped holds on to what the handler saw: after the reply nothing
// of it is left, wherever the body was kept.
func TestBodiesAreWiped(t *testing.T) {
	h := &echo{}
	s, addr := start(t, Config{}, h)
	const secret = "correct horse battery staple"
	for _, in := range []string{
		post("/", secret),
		post("/", strings.Repeat(secret, 10000)),
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1c\r\n" + secret + "\r\n0\r\n\r\n",
	} {
		c := dial(t, addr)
		go c.Write([]byte(in))
		if _, b := c.reply("POST"); !strings.Contains(b, secret) {
			t.Fatal("the control failed: the handler did not see the body")
		}
	}
	s.Shutdown(context.Background())
	for _, b := range h.bodies {
		if len(b) == 0 || !bytes.Equal(b, make([]byte, len(b))) {
			t.Errorf("%d bytes are not wiped: %.60q", len(b), b)
		}
	}
}

// TestConnectionBufferIsWiped looks at the buffer that held a password: during
// the next request, and when the connection has ended.
func TestConnectionBufferIsWiped(t *testing.T) {
	h := &echo{hold: make(chan struct{}), held: make(chan struct{}, 1)}
	s, addr := start(t, Config{}, h)
	c := dial(t, addr)
	var buf []byte
	look := func(request string) {
		t.Helper()
		c.send(request)
		<-h.held
		s.mu.Lock()
		for conn := range s.conns {
			buf = conn.buf
		}
		s.mu.Unlock()
	}
	answer := func(body string) {
		t.Helper()
		h.hold <- struct{}{}
		c.want(200, body)
	}
	look(post("/", "x", "Pad: "+strings.Repeat("p", 500), "Authorization: Basic first="))
	if !bytes.Contains(buf, []byte("Basic first=")) {
		t.Fatal("the control failed: the password is not in the buffer")
	}
	answer("POST / x")
	look(post("/", "y"))
	if bytes.Contains(buf, []byte("ppp")) || bytes.Contains(buf, []byte("first=")) {
		t.Error("something of the last request is left during the next")
	}
	answer("POST / y")
	look(post("/", "z", "Authorization: Basic last=", "Connection: close"))
	answer("POST / z")
	c.wantClosed()
	s.Shutdown(context.Background())
	if !bytes.Equal(buf, make([]byte, len(buf))) {
		t.Errorf("%q is left", bytes.Trim(buf, "\x00"))
	}
}

// TestAbandonedBodiesAreWiped checks a body whose client goes away, and what a
// growing buffer leaves behind.
func TestAbandonedBodiesAreWiped(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	c := &conn{srv: New(Config{}, nil), net: a, buf: make([]byte, bufSize)}
	go func() {
		b.Write(bytes.Repeat([]byte("secret"), 30000))
		b.Close()
	}()
	var g growing
	var views [][]byte
	for range 10 {
		if err := c.readInto(&g, 15000); err != nil {
			t.Fatal(err)
		}
		views = append(views, g.b)
	}
	if !bytes.HasPrefix(g.b, []byte("secretsecret")) {
		t.Fatal("the control failed")
	}
	outgrown := 0
	for _, v := range views {
		if &v[0] != &g.b[0] {
			outgrown++
			if !bytes.Equal(v, make([]byte, len(v))) {
				t.Error("an outgrown buffer is not wiped")
			}
		}
	}
	if outgrown == 0 {
		t.Fatal("the control failed: nothing was outgrown")
	}
	if err := c.readInto(&g, 1<<20); err == nil {
		t.Error("an abandoned body was accepted")
	}
}

// TestMemoryFollowsBytes is the bound for a client that claims much and sends
// little.
func TestMemoryFollowsBytes(t *testing.T) {
	var g growing
	for range 3 {
		g.b = g.b[:len(g.b)+len(g.room(1<<30))]
	}
	if cap(g.b) > 16*readStep {
		t.Errorf("%d bytes for three reads", cap(g.b))
	}
}

func TestEviction(t *testing.T) {
	h := &echo{hold: make(chan struct{}), held: make(chan struct{})}
	s, addr := start(t, Config{MaxConns: 3}, h)
	busy := dial(t, addr).send(post("/", "busy"))
	<-h.held
	idle := dial(t, addr)
	waitConns := func(n int) {
		for s.Conns() != n {
			time.Sleep(time.Millisecond)
		}
	}
	waitConns(2)
	slow := dial(t, addr).send("POST / HTTP/1.1\r\nA")
	waitConns(3)
	// A fourth takes the place of the one that has waited for longest, never of
	// the one that works.
	fourth := dial(t, addr).send(post("/", "fourth"))
	<-h.held
	idle.wantClosed()
	fifth := dial(t, addr).send(post("/", "fifth"))
	<-h.held
	slow.wantClosed()
	// All three work: the sixth is turned away.
	dial(t, addr).wantClosed()
	close(h.hold)
	busy.want(200, "POST / busy")
	fourth.want(200, "POST / fourth")
	fifth.want(200, "POST / fifth")
}

// TestTimeouts runs on a fake clock: silence ends a connection after Timeout at
// every point of a request.
func TestTimeouts(t *testing.T) {
	for name, tc := range map[string]struct {
		first string
		drip  string // then one byte of it per 10 s
		min   time.Duration
		max   time.Duration
	}{
		"idle":           {"", "", 30 * time.Second, 30 * time.Second},
		"after a reply":  {post("/", "x"), "", 30 * time.Second, 30 * time.Second},
		"request line":   {"POST", "", 30 * time.Second, 30 * time.Second},
		"slowloris head": {"POST / HTTP/1.1\r\n", strings.Repeat("A: b\r\n", 500), 30 * time.Second, 30 * time.Second},
		"slowloris body": {"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n", strings.Repeat("x", 5000), 30 * time.Second, 60 * time.Second},
		"body stops":     {"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc", "", 30 * time.Second, 30 * time.Second},
		"refused body":   {"POST /refuse HTTP/1.1\r\nContent-Length: 10000\r\n\r\nabc", strings.Repeat("x", 5000), 30 * time.Second, 30 * time.Second},
		"chunks stop":    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "", 30 * time.Second, 30 * time.Second},
		"chunk drip":     {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", strings.Repeat("1\r\na\r\n", 500), 30 * time.Second, 60 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				s := New(Config{Timeout: 30 * time.Second}, &echo{})
				s.Listen(l)
				c := l.dial()
				began := time.Now()
				written := make(chan struct{})
				go func() {
					defer close(written)
					if tc.first != "" {
						if _, err := io.WriteString(c, tc.first); err != nil {
							return
						}
					}
					for i := range len(tc.drip) {
						time.Sleep(10 * time.Second)
						if _, err := io.WriteString(c, tc.drip[i:i+1]); err != nil {
							return
						}
					}
				}()
				io.Copy(io.Discard, c)
				if d := time.Since(began); d < tc.min || d > tc.max {
					t.Errorf("ended after %v, want %v to %v", d, tc.min, tc.max)
				}
				s.Shutdown(context.Background())
				c.Close()
				<-written
			})
		})
	}
}

// TestSlowReader is a client that does not read a large reply.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		s := New(Config{Timeout: 30 * time.Second}, &echo{})
		s.Listen(l)
		c := l.dial()
		began := time.Now()
		io.WriteString(c, post("/big", "10000000"))
		for s.Conns() > 0 {
			time.Sleep(time.Second)
		}
		if d := time.Since(began); d > 31*time.Second {
			t.Errorf("held on for %v", d)
		}
		c.Close()
		s.Shutdown(context.Background())
	})
}

func TestShutdown(t *testing.T) {
	h := &echo{hold: make(chan struct{}), held: make(chan struct{}, 1)}
	s, addr := start(t, Config{}, h)
	busy := dial(t, addr).send(post("/", "last"))
	<-h.held
	idle := dial(t, addr)
	half := dial(t, addr).send("POST /")
	for s.Conns() != 3 {
		time.Sleep(time.Millisecond)
	}
	done := make(chan struct{})
	go func() { s.Shutdown(context.Background()); close(done) }()
	idle.wantClosed()
	half.wantClosed()
	select {
	case <-done:
		t.Fatal("Shutdown did not wait for the request in progress")
	default:
	}
	close(h.hold)
	if r, b := busy.reply("POST"); r.StatusCode != 200 || b != "POST / last" || !r.Close {
		t.Errorf("%v %q", r, b)
	}
	<-done
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("the listener is open")
	}
	s.Shutdown(context.Background()) // again, harmless
}

func TestForcedShutdown(t *testing.T) {
	h := &echo{hold: make(chan struct{}), held: make(chan struct{}, 1)}
	s, addr := start(t, Config{}, h)
	busy := dial(t, addr).send(post("/", "never"))
	<-h.held
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	done := make(chan struct{})
	go func() { s.Shutdown(ctx); close(done) }()
	if _, err := http.ReadResponse(busy.r, nil); err == nil {
		t.Error("a cut-off connection answered")
	}
	<-done // the handler's context ended with it
}

func TestAcceptErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &flaky{pipes: newPipes(), errs: 5}
		s := New(Config{}, &echo{})
		s.Listen(l)
		c := l.dial()
		go io.WriteString(c, post("/", "x", "Connection: close"))
		b, _ := io.ReadAll(c)
		if !bytes.Contains(b, []byte("POST / x")) {
			t.Errorf("%q", b)
		}
		s.Shutdown(context.Background())
	})
}

// flaky fails a few times before it accepts, as when descriptors run out.
type flaky struct {
	*pipes
	errs int
}

func (f *flaky) Accept() (net.Conn, error) {
	if f.errs--; f.errs >= 0 {
		return nil, errors.New("too many open files")
	}
	return f.pipes.Accept()
}
