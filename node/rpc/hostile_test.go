package rpc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/node/rpc/internal/httpd"
)

// tcp serves the rig on a raw listener as the role does.
func tcp(t testing.TB, change func(o *Options)) (*rig, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	if err := setNoDelay(f); err != nil {
		t.Fatal(err)
	}
	raw, err := NewListener(f)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *Options) {
		o.Listeners = []net.Listener{raw}
		o.Logger = nil
		if change != nil {
			change(o)
		}
	})
	return r, l.Addr().String()
}

// setNoDelay is what whoever makes a listener should do.
func setNoDelay(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	fail := error(nil)
	err = raw.Control(func(fd uintptr) { fail = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) })
	return errors.Join(err, fail)
}

// generator makes requests that are wrong in random ways.
type generator struct{ *rand.Rand }

func (g generator) pick(s ...string) string { return s[g.IntN(len(s))] }

// json returns a JSON value, or something like one.
func (g generator) json(depth int) string {
	if depth <= 0 {
		return g.pick("null", "true", "0", "-1", "1e999", "007", `"x"`, `"\u0000"`, `"\ud800"`, "\"\xff\"", "", "{", `"`, "nul", "1.5")
	}
	var b strings.Builder
	n := g.IntN(4)
	if g.IntN(2) == 0 {
		b.WriteByte('[')
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(g.json(depth - 1 - g.IntN(2)))
		}
		b.WriteString(g.pick("]", "]", "]", "]", "}", ""))
		return b.String()
	}
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", g.pick("method", "params", "id", "args", "arg0", "passphrase", "jsonrpc", ""), g.json(depth-1))
	}
	b.WriteString(g.pick("}", "}", "}", "]", ""))
	return b.String()
}

func (g generator) body() string {
	methods := []string{"echo", "help", "getblock", "getblockhash", "createwallet", "signmessagewithprivkey", "uptime", "getrpcinfo", "quorum", "nothing", "echoipc"}
	switch g.IntN(5) {
	case 0:
		return g.json(5)
	case 1:
		return strings.Repeat(g.pick("[", `{"a":`, "[{\"method\":"), g.IntN(5000))
	case 2:
		return fmt.Sprintf("[%s,{\"method\":%q,\"params\":%s}]", g.json(2), g.pick(methods...), g.json(3))
	default:
		return fmt.Sprintf(`{"method":%q,"params":%s,"id":%s}`, g.pick(methods...), g.json(3), g.json(1))
	}
}

func (g generator) request() string {
	body := g.body()
	length := len(body)
	switch g.IntN(12) {
	case 0:
		length = g.IntN(2 * len(body+"x"))
	case 1:
		length = 1 << 40
	}
	auth := g.pick(basic(userPass), basic(userPass), basic(userPass), "", "Authorization: Basic \x01\r\n", "Authorization: Digest x\r\n")
	framing := fmt.Sprintf("Content-Length: %d\r\n", length)
	if g.IntN(6) == 0 {
		framing = "Transfer-Encoding: chunked\r\n"
		body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", length%100000, body)
	}
	s := g.pick("POST", "POST", "POST", "POST", "GET", "PUT", "XYZ", "") + g.pick(" ", " ", " ", "  ", "") +
		g.pick("/", "/", "/", "/wallet/x", "/wallet/%zz", "/rest/", "*", "http://x/", strings.Repeat("/", 9000)) + " HTTP/1." + g.pick("1", "1", "1", "0", "9") +
		"\r\n" + auth + framing + g.pick("", "", "Expect: 100-continue\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n", " folded\r\n", "X: \x00\r\n") + "\r\n" + body
	b := []byte(s)
	for range g.IntN(3) * g.IntN(3) { // bit rot
		b[g.IntN(len(b))] ^= 1 << g.IntN(8)
	}
	if g.IntN(5) == 0 {
		b = b[:g.IntN(len(b)+1)]
	}
	return string(b)
}

// TestHostileClients sends 10,000 generated requests. Every answer is
// well-formed, the server answers others after it, and holds as many
// goroutines, descriptors and bytes as before.
func TestHostileClients(t *testing.T) {
	const clients = 16
	r, addr := tcp(t, func(o *Options) { o.Timeout, o.Threads = 2*time.Second, clients })
	g := generator{rand.New(rand.NewPCG(1, 2))}
	checkAlive(t, addr)
	goroutines, fds, heap := usage()
	statuses := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	work := make(chan string)
	for range clients {
		wg.Go(func() {
			for request := range work {
				got, err := one(addr, request)
				mu.Lock()
				for _, s := range got {
					statuses[s]++
				}
				mu.Unlock()
				if err != nil {
					t.Errorf("%v after %q", err, request)
				}
			}
		})
	}
	for range 10000 {
		work <- g.request()
	}
	close(work)
	wg.Wait()
	checkAlive(t, addr)
	for r.http.Conns() > 0 {
		time.Sleep(time.Millisecond)
	}
	g2, f2, h2 := usage()
	if g2 > goroutines+2 || f2 > fds+1 || h2 > heap+(4<<20) {
		t.Errorf("goroutines %d, descriptors %d, heap %d; before %d, %d, %d", g2, f2, h2, goroutines, fds, heap)
	}
	for _, want := range []int{200, 400, 401, 404, 405, 413, 500, 501} {
		if statuses[want] == 0 {
			t.Errorf("the control failed: no request was answered with %d (%v)", want, statuses)
		}
	}
	if len(r.super.stops) > 0 {
		t.Error("a garbled request stopped the node")
	}
}

// one sends a request, says that no more will come, and returns the statuses of
// the answers.
func one(addr, request string) (statuses []int, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	go func() {
		io.WriteString(c, request)
		c.(*net.TCPConn).CloseWrite()
	}()
	br := bufio.NewReader(c)
	for {
		if _, err := br.Peek(1); err != nil {
			return statuses, nil
		}
		resp, err := http.ReadResponse(br, &http.Request{Method: "POST"})
		if err != nil {
			return statuses, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return statuses, err
		}
		statuses = append(statuses, resp.StatusCode)
		if resp.Header.Get("Content-Type") == "application/json" && !json.Valid(body) {
			return statuses, fmt.Errorf("answer %q", body)
		}
	}
}

func checkAlive(t *testing.T, addr string) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	newClient(t, nc).wantResult("echo", "[1]", "[1]")
}

func usage() (goroutines, fds int, heap uint64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	list, _ := os.ReadDir("/proc/self/fd")
	return runtime.NumGoroutine(), len(list), m.HeapAlloc
}

// TestSlowClientsLockNobodyOut fills every place with clients that never finish
// a request: others are served at once.
func TestSlowClientsLockNobodyOut(t *testing.T) {
	_, addr := tcp(t, func(o *Options) { o.MaxConns = 16 })
	var slow []net.Conn
	for i := range 200 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "POST / HTTP/1.1\r\nA: b"[:i%20])
		slow = append(slow, c)
		if i%20 == 0 {
			checkAlive(t, addr)
		}
	}
	checkAlive(t, addr)
	for _, c := range slow {
		c.Close()
	}
}

// TestBodiesThatAreNotAdmitted: without a password nobody makes the server hold
// a body.
func TestBodiesThatAreNotAdmitted(t *testing.T) {
	_, addr := tcp(t, nil)
	_, _, before := usage()
	var conns []net.Conn
	for range 32 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n", DefaultMaxBody)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || resp.StatusCode != 401 {
			t.Fatal(err, resp)
		}
	}
	if _, _, after := usage(); after > before+(4<<20) {
		t.Errorf("heap grew from %d to %d", before, after)
	}
	for _, c := range conns {
		c.Close()
	}
}

// FuzzAnswer gives any body to the server behind its HTTP layer: the reply is
// one JSON value, and what owners get is a JSON array.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		`{"method":"createwallet","params":["w",null,null,"p\u0061ss"],"id":1}`,
		`[{"method":"help","params":{"command":"stop"}},{"method":"echo","params":{"args":[1],"arg1":2}},7]`,
		`{"method":"signmessagewithprivkey","params":{"message":"m","privkey":{"a":1}}}`, "[", "[[[]]]",
	} {
		f.Add([]byte(s))
	}
	r := newRig(f, func(o *Options) { o.Logger = nil })
	f.Fuzz(func(t *testing.T, body []byte) {
		if strings.Contains(string(body), "stop") {
			return
		}
		req := &httpd.Request{Method: "POST", URI: "/", Body: body, Remote: netip.MustParseAddrPort("127.0.0.1:1")}
		reply, out := r.answer(context.Background(), req, "user", nil)
		if reply.ContentType != "application/json" || !json.Valid(out) {
			t.Fatalf("%q: %d %q", body, reply.Status, out)
		}
		for _, o := range []*owner{r.core, r.wallet, &r.box.owner} {
			for _, c := range o.calls {
				if !json.Valid(c.Params) || c.Params[0] != '[' {
					t.Fatalf("%q: %s", body, c.Params)
				}
			}
			o.calls = nil
		}
		clear(r.box.secrets)
		r.box.dropped = nil
	})
}
