package httpd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzHead compares with net/http: whatever is accepted here is accepted there,
// with the same method, target, length and end of connection. The reverse does
// not hold, since this parser is the stricter one.
func FuzzHead(f *testing.F) {
	for _, s := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic QQ==\r\nContent-Length: 3\r\n\r\n",
		"GET /wallet/a%20b?x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		"POST / HTTP/1.1\nTransfer-Encoding: chunked\nConnection: a, close\n\n",
		"HEAD / HTTP/1.1\r\nContent-Length: 00\r\nExpect: 100-Continue\r\n\r\n",
		"POST / HTTP/1.1\r\nA : b\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		n := headEnd(in)
		if n < 0 || n > maxHead {
			return
		}
		h, err := parseHead(in[:n])
		if err != nil {
			return
		}
		// What net/http refuses for reasons that do not matter here.
		if !strings.HasPrefix(h.uri, "/") || strings.ContainsAny(h.uri, "%#[]") || !isASCII(in[:n]) {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(in[:n])))
		if err != nil {
			if strings.Contains(err.Error(), "trailer") || strings.Contains(err.Error(), "Trailer") {
				return
			}
			t.Fatalf("net/http refuses %q: %v", in[:n], err)
		}
		length := max(h.length, 0)
		if h.chunked {
			length = -1
		}
		if r.Method != h.method || r.RequestURI != h.uri || r.ProtoMinor != h.minor || r.ContentLength != length {
			t.Fatalf("%q: %+v, net/http: %s %s %d %d", in[:n], h, r.Method, r.RequestURI, r.ProtoMinor, r.ContentLength)
		}
		if got := r.Header.Get("Authorization"); got != string(h.auth) {
			t.Fatalf("authorization %q, net/http %q", h.auth, got)
		}
		if h.minor == 1 && h.close != r.Close {
			t.Fatalf("%q: close %v, net/http %v", in[:n], h.close, r.Close)
		}
	})
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// FuzzConn feeds a whole connection, in pieces of a size that varies too: the
// server answers with well-formed replies only, and lets go.
func FuzzConn(f *testing.F) {
	f.Add([]byte(post("/", "{}")+post("/refuse", "xyz")+"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"), uint8(7))
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 20000\r\n\r\nabc"), uint8(200))
	f.Add([]byte("\r\n\r\nGET / HTTP/1.0\n\nGET"), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		l := newPipes()
		s := New(Config{Timeout: 5 * time.Second, MaxBody: 1 << 16}, &echo{})
		s.Listen(l)
		c := l.dial()
		c.SetDeadline(time.Now().Add(10 * time.Second))
		written := make(chan struct{})
		go func() {
			defer close(written)
			for b := in; len(b) > 0; {
				n := min(len(b), int(step)+1)
				if _, err := c.Write(b[:n]); err != nil {
					return
				}
				b = b[n:]
			}
			// What it is still waiting for never comes.
			shut, cancel := context.WithCancel(context.Background())
			cancel()
			s.Shutdown(shut)
		}()
		checkReplies(t, c)
		c.Close()
		<-written
		s.Shutdown(context.Background())
		if s.Conns() != 0 {
			t.Fatal("a connection is left")
		}
	})
}

func checkReplies(t *testing.T, c net.Conn) {
	r := bufio.NewReader(c)
	for {
		if _, err := r.Peek(1); err != nil {
			return
		}
		resp, err := http.ReadResponse(r, &http.Request{Method: "POST"})
		if err != nil {
			return // cut off in the middle by the forced shutdown
		}
		switch resp.StatusCode {
		case 100, 200, 400, 401, 413, 417, 501, 503:
		default:
			t.Fatalf("status %d", resp.StatusCode)
		}
		if resp.StatusCode == 200 && resp.Header.Get("Content-Type") != "application/json" && resp.Request != nil {
			// A HEAD reply has a length and no body; what follows is not ours to read.
			return
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return
		}
	}
}
