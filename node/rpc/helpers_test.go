package rpc

import (
	"bufio"
	"bytes"
	"context"
	"dashmp/sandbox/broker"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dashmp/ipc"
	"dashmp/node"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const userPass = "__cookie__:0123456789abcdef"

// owner is a node.Node and a wallet.Loader that writes down what it is asked.
type owner struct {
	mu    sync.Mutex
	calls []node.RPCRequest
	// groups are the sizes of ExecuteRPCs.
	groups []int
	// answer overrides the reply `"METHOD"`.
	answer func(ctx context.Context, req node.RPCRequest) (node.RPCReply, error)
}

func (o *owner) ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
	o.mu.Lock()
	o.calls = append(o.calls, req)
	answer := o.answer
	o.mu.Unlock()
	if answer != nil {
		return answer(ctx, req)
	}
	return node.RPCReply{Result: fmt.Appendf(nil, "%q", req.Method)}, nil
}

func (o *owner) ExecuteRPCs(ctx context.Context, reqs []node.RPCRequest) ([]node.RPCReply, error) {
	o.mu.Lock()
	o.groups = append(o.groups, len(reqs))
	o.mu.Unlock()
	return node.Batch(ctx, reqs, o.ExecuteRPC)
}

// last returns the last call.
func (o *owner) last() node.RPCRequest {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.calls) == 0 {
		return node.RPCRequest{}
	}
	return o.calls[len(o.calls)-1]
}

func (o *owner) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.calls)
}

// box is a wallet.SecretBox that keeps secrets by handle.
type box struct {
	owner
	mu      sync.Mutex
	secrets map[uint64]string
	exports map[uint64]string
	next    uint64
	dropped []uint64
	refuse  error
}

func (b *box) Deposit(_ context.Context, _ string, s ipc.Secret) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse != nil {
		return 0, b.refuse
	}
	if b.secrets == nil {
		b.secrets = map[uint64]string{}
	}
	b.next++
	err := s.Open(func(v []byte) error { b.secrets[b.next] = string(v); return nil })
	s.Close()
	return b.next, err
}

// Take hands out what a test put under the handle.
func (b *box) Take(_ context.Context, h uint64) (ipc.Secret, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	text, ok := b.exports[h]
	delete(b.exports, h)
	if !ok {
		return ipc.Secret{}, errors.New("nothing was exported")
	}
	return ipc.NewSecret([]byte(text))
}

func (b *box) Drop(_ context.Context, h uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropped = append(b.dropped, h)
	return nil
}

// supervisor is a broker.RPC.
type supervisor struct {
	mu      sync.Mutex
	stops   []uint32
	err     error
	stopped func()
	logging [2][]string // the last call of SetLogging
	on      []string    // what it answers
	mock    int64
	allowed []string
	exports []string
}

func (s *supervisor) SetLogging(_ context.Context, include, exclude []string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logging = [2][]string{include, exclude}
	return s.on, s.err
}

func (s *supervisor) SetMockTime(_ context.Context, seconds int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mock = seconds
	return s.err
}

func (s *supervisor) SpawnEcho(context.Context) (ipc.FD, error) { return ipc.FD{}, errors.New("none") }
func (s *supervisor) Stop(_ context.Context, wait uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stops = append(s.stops, wait)
	if s.stopped != nil {
		s.stopped()
	}
	return s.err
}
func (s *supervisor) Isolation(context.Context) ([]byte, error) {
	return []byte(`{"processes": []}`), s.err
}

// rig is a Server with fakes around it and a listener of pipes.
type rig struct {
	*Server
	t      testing.TB
	core   *owner
	wallet *owner
	box    *box
	super  *supervisor
	log    *buffer
	pipes  *pipes
}

func newRig(t testing.TB, change func(o *Options)) *rig {
	t.Helper()
	r := &rig{t: t, core: &owner{}, wallet: &owner{}, box: &box{}, super: &supervisor{}, log: &buffer{}, pipes: newPipes()}
	o := Options{
		Listeners: []net.Listener{r.pipes}, Node: r.core, Wallet: r.wallet, Secrets: r.box, Broker: r.super,
		Credentials: Credentials{UserPass: []byte(userPass)},
		Started:     time.Now(), LogPath: "/data/regtest/debug.log", LogIPs: true,
		Logger: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug - 8})),
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	r.Server = s
	s.Start()
	s.Ready()
	t.Cleanup(r.cut)
	return r
}

// cut stops the server without waiting for anybody.
func (r *rig) cut() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r.Server.Stop(ctx)
}

// buffer is a log.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// pipes is a listener whose connections come from dial.
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

type pipeConn struct {
	net.Conn
	from netip.AddrPort
}

func (c pipeConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.from) }

// client is one connection.
type client struct {
	t testing.TB
	net.Conn
	r    *bufio.Reader
	auth string
}

func (r *rig) dial() *client { return r.dialFrom("127.0.0.1:40000") }

func (r *rig) dialFrom(addr string) *client {
	a, b := net.Pipe()
	r.pipes.ch <- pipeConn{b, netip.MustParseAddrPort(addr)}
	r.t.Cleanup(func() { a.Close() })
	return &client{t: r.t, Conn: a, r: bufio.NewReader(a), auth: basic(userPass)}
}

func basic(userPass string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(userPass)) + "\r\n"
}

// do sends a request and reads the reply.
func (c *client) do(method, uri, headers, body string) (*http.Response, string) {
	c.t.Helper()
	sent := make(chan error, 1)
	go func() {
		_, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", method, uri, headers, len(body), body)
		sent <- err
	}()
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("reply: %v", err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	<-sent
	return resp, string(b)
}

// post sends a JSON-RPC body.
func (c *client) post(uri, body string) (int, string) {
	c.t.Helper()
	resp, b := c.do("POST", uri, c.auth, body)
	return resp.StatusCode, b
}

// call makes a call and returns its result or its error.
func (c *client) call(method, params string) (result string, code int, message string) {
	c.t.Helper()
	_, b := c.post("/", fmt.Sprintf(`{"method":%q,"params":%s,"id":1}`, method, params))
	var reply struct {
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
		}
	}
	if err := json.Unmarshal([]byte(b), &reply); err != nil {
		c.t.Fatalf("%v: %q", err, b)
	}
	if reply.Error != nil {
		return "", reply.Error.Code, reply.Error.Message
	}
	return string(reply.Result), 0, ""
}

func (c *client) wantError(method, params string, code int, message string) {
	c.t.Helper()
	res, gotCode, got := c.call(method, params)
	if gotCode != code || !strings.Contains(got, message) {
		c.t.Errorf("%s %s: %s %d %q, want %d %q", method, params, res, gotCode, got, code, message)
	}
}

func (c *client) wantResult(method, params, result string) {
	c.t.Helper()
	if got, code, msg := c.call(method, params); got != result {
		c.t.Errorf("%s %s: %s (%d %s), want %s", method, params, got, code, msg, result)
	}
}

func newClient(t testing.TB, c net.Conn) *client {
	return &client{t: t, Conn: c, r: bufio.NewReader(c), auth: basic(userPass)}
}

// CreateExport makes no file.
func (s *supervisor) CreateExport(_ context.Context, path string) (broker.Export, error) {
	if path == "taken" {
		return broker.Export{}, ipc.Errorf("datadir.exists", "taken already exists.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exports = append(s.exports, "create "+path)
	return broker.Export{Handle: 7, Path: "/data/" + path}, nil
}

// FinishExport notes what becomes of it.
func (s *supervisor) FinishExport(_ context.Context, handle uint64, keep bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exports = append(s.exports, fmt.Sprintf("finish %d %t", handle, keep))
	return nil
}

// AllowPeer notes whom the operator names.
func (s *supervisor) AllowPeer(_ context.Context, node string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = append(s.allowed, node)
	return nil
}
