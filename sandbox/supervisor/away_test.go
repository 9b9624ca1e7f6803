package supervisor

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/host"
)

// listening gives the tree a listener and returns its address.
func listening(t *testing.T, f *fixture) string {
	t.Helper()
	l, err := host.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	var sa unix.Sockaddr
	raw, err := l.SyscallConn()
	if err == nil {
		err = errors.Join(raw.Control(func(fd uintptr) { sa, err = unix.Getsockname(int(fd)) }), err)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.hold.Listeners = []*os.File{l}
	return fmt.Sprintf("127.0.0.1:%d", sa.(*unix.SockaddrInet4).Port)
}

// client is a connection that ends with the test.
func client(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// answer reads the one reply of a connection and returns the error in it.
func answer(t *testing.T, c net.Conn) string {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no reply: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	var reply struct {
		ID, Result any
		Error      struct {
			Code    int
			Message string
		}
	}
	if err == nil {
		err = json.Unmarshal(body, &reply)
	}
	if err != nil || resp.StatusCode != http.StatusServiceUnavailable || !resp.Close ||
		resp.Header.Get("Content-Type") != "application/json" || reply.Error.Code != -1 || reply.ID != nil || reply.Result != nil {
		t.Fatalf("reply %d %v: %q, %v", resp.StatusCode, resp.Header, body, err)
	}
	return reply.Error.Message
}

const rpcIsAway = "dash-node-rpc is not running: the call was not made, try again"

// setRPC makes the rpc role unable to start, or able again.
func (w *world) setRPC(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		delete(w.unready, policy.RPC)
	} else {
		w.unready[policy.RPC] = err
	}
}

// While the rpc role cannot be started, whoever connects is told so at once; when
// it is back, the supervisor leaves connections to it.
func TestClientsHearThatRPCIsAway(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	addr := listening(t, f)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	waiting := client(t, addr) // in the role's queue; the fake one accepts nobody
	untouched := func(c net.Conn) {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the supervisor touched a connection of the role: %d, %v", n, err)
		}
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	untouched(waiting)

	w.setRPC(errors.New("broken"))
	w.last(policy.RPC).die(killed)
	for name, c := range map[string]net.Conn{"that waited": waiting, "that sends nothing": client(t, addr)} {
		if got := answer(t, c); got != rpcIsAway {
			t.Errorf("a client %s was told %q", name, got)
		}
	}
	large := client(t, addr)
	request := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n" + strings.Repeat("x", 8<<20)
	if n, err := io.WriteString(large, request); err != nil {
		t.Errorf("after %d of %d bytes of the request: %v", n, len(request), err)
	}
	if got := answer(t, large); got != rpcIsAway {
		t.Errorf("a client that sent much was told %q", got)
	}

	w.setRPC(nil)
	eventually(t, "rpc to be back", func() bool { return len(f.siblings(policy.RPC)) == 3 && f.state(policy.RPC) == stateReady })
	untouched(client(t, addr))
	eventually(t, "the log line", func() bool { return strings.Contains(f.log.String(), "3 clients of RPC were told") })
}

func (f *fixture) state(r policy.Role) State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status[r].state
}

// Clients that stay cost a bounded number of descriptors and no other client its
// answer, and the stop does not wait for them.
func TestClientsThatStayAreBounded(t *testing.T) {
	w := newWorld(t)
	f := setup(t, w, sandbox.ModeEnforce)
	addr := listening(t, f)
	if err := f.Start(t.Context(), f.hold); err != nil {
		t.Fatal(err)
	}
	w.setRPC(errors.New("broken"))
	w.last(policy.RPC).die(killed)
	var wg sync.WaitGroup
	for range awayHeld + 10 {
		c := client(t, addr)
		wg.Go(func() {
			if got := answer(t, c); got != rpcIsAway {
				t.Errorf("told %q", got)
			}
		})
	}
	most := 0
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		case <-time.After(time.Millisecond):
		}
		f.away.mu.Lock()
		most = max(most, len(f.away.clients))
		f.away.mu.Unlock()
	}
	if most > awayHeld || most < awayHeld/2 {
		t.Errorf("%d clients were held", most)
	}
	f.Stop(t.Context())
	if n := len(f.away.clients); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}
