package integration

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// loadClients keep a connection each.
const loadClients = 64

// fromEnv returns a number from the environment, or a default.
func fromEnv(t *testing.T, name string, def int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no positive number", name, v)
	}
	return n
}

// resident is a process's resident memory in bytes.
func resident(pid int) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[1], 10, 64)
	return n * int64(os.Getpagesize())
}

// descriptors is how many a process has open.
func descriptors(pid int) int {
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(entries)
}

// bodies are requests of all sizes, a batch among them.
func bodies(t *testing.T, n *testNode) [][]byte {
	t.Helper()
	raw, err := n.call(t.Context(), "getblockhash", 0)
	if err != nil {
		t.Fatal(err)
	}
	var genesis string
	if err := json.Unmarshal(raw, &genesis); err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, s := range []string{
		`{"id":1,"method":"getblockcount","params":[]}`,
		`{"id":1,"method":"getblock","params":["` + genesis + `",2]}`,
		`{"id":1,"method":"getblockchaininfo"}`,
		`{"id":1,"method":"validateaddress","params":{"address":"yYdShjQSptFKitYLksFEUSwHe4hnbar5rf"}}`,
		`{"id":1,"method":"help"}`,
		`{"id":1,"method":"echo","params":["` + strings.Repeat("x", 50_000) + `"]}`,
		`[` + strings.Repeat(`{"id":1,"method":"getbestblockhash"},`, 20) + `{"id":2,"method":"uptime"}]`,
	} {
		out = append(out, []byte(s))
	}
	return out
}

// TestManyClients: 64 clients that keep their connections get an answer to every
// call, and the processes do not grow. DASH_LOAD_SECONDS=300 runs it for five
// minutes; otherwise each client makes a fixed number of calls.
func TestManyClients(t *testing.T) {
	n := launch(t, "-rpcworkqueue=128")
	requests := bodies(t, n)
	seconds := fromEnv(t, "DASH_LOAD_SECONDS", 0)
	// Heaps and caches reach their size first.
	warm, cancelWarm := n.loadTime(seconds / 5)
	total, err := n.manyClients(warm, requests, loadCalls(seconds))
	cancelWarm()
	if err != nil {
		t.Fatalf("after %d calls: %v", total, err)
	}
	pids, _ := n.processes()
	before := map[string]int64{}
	for name, pid := range pids {
		before[name] = resident(pid)
	}
	ctx, cancel := n.loadTime(seconds)
	defer cancel()
	began := time.Now()
	total, err = n.manyClients(ctx, requests, loadCalls(seconds))
	if err != nil {
		t.Errorf("after %d calls: %v", total, err)
	}
	t.Logf("%d calls in %v", total, time.Since(began).Round(time.Second))
	after, _ := n.processes()
	for name, pid := range pids {
		if after[name] != pid {
			t.Errorf("%s was restarted", name)
		}
		now := resident(pid)
		t.Logf("%s: %d KiB before, %d KiB after", name, before[name]>>10, now>>10)
		if now > before[name]+before[name]/4+16<<20 {
			t.Errorf("%s has grown from %d to %d bytes", name, before[name], now)
		}
	}
}

// loadTime is a context that ends after so many seconds, if that is not 0.
func (n *testNode) loadTime(seconds int) (context.Context, context.CancelFunc) {
	if seconds == 0 {
		return context.WithCancel(n.t.Context())
	}
	return context.WithTimeout(n.t.Context(), time.Duration(seconds)*time.Second)
}

// loadCalls is how many calls each client makes at most.
func loadCalls(seconds int) int {
	if seconds > 0 {
		return 1 << 40
	}
	return 40
}

// manyClients runs the clients until the context ends or each has made its
// calls, and returns how many there were.
func (n *testNode) manyClients(ctx context.Context, requests [][]byte, calls int) (int64, error) {
	user, pw, _ := strings.Cut(n.cookie, ":")
	errs := make(chan error, loadClients)
	var total atomic.Int64
	var wg sync.WaitGroup
	for i := range loadClients {
		wg.Go(func() {
			transport := &http.Transport{MaxConnsPerHost: 1}
			defer transport.CloseIdleConnections()
			client := &http.Client{Timeout: time.Minute, Transport: transport}
			for c := 0; c < calls && ctx.Err() == nil; c++ {
				req, err := http.NewRequest(http.MethodPost, n.url, bytes.NewReader(requests[(i+c)%len(requests)]))
				if err == nil {
					req.SetBasicAuth(user, pw)
					err = answered(client.Do(req)) //nolint:bodyclose // answered closes it
				}
				if err != nil {
					errs <- fmt.Errorf("client %d, call %d: %w", i, c, err)
					return
				}
				total.Add(1)
			}
		})
	}
	wg.Wait()
	close(errs)
	return total.Load(), <-errs
}

// answered reads a reply and reports what is wrong with it.
func answered(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"error":null`)) || bytes.Contains(body, []byte(`"error":{`)) {
		return fmt.Errorf("HTTP %d: %.200s", resp.StatusCode, body)
	}
	return nil
}

// malformed makes requests that are wrong somewhere: in their head, their
// length, their JSON, their meaning.
func malformed(r *rand.Rand, auth string) []byte {
	junk := func(n int) string {
		b := make([]byte, r.IntN(n))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return string(b)
	}
	post := func(body string) string {
		return fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", auth, len(body), body)
	}
	deep := strings.Repeat("[", 1+r.IntN(3000))
	all := []string{
		junk(600),
		"GET " + junk(40) + " HTTP/1.1\r\n\r\n",
		"POST / HTTP/1.1\r\n" + auth + "Content-Length: 99999999999999999999\r\n\r\n",
		"POST / HTTP/1.1\r\n" + auth + "Content-Length: 1000\r\n\r\n{\"method\"",
		"POST / HTTP/1.1\r\n" + auth + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n" + junk(50),
		"POST / HTTP/1.1\r\nAuthorization: Basic " + junk(30) + "\r\n\r\n",
		"POST / HTTP/1.1\r\n" + strings.Repeat("A: b\r\n", 1+r.IntN(4000)),
		post(deep), post(deep + strings.Repeat("]", len(deep))), post(junk(500)),
		post(`{"method":` + junk(20) + `,"params":[]}`), post(`{"method":"getblock","params":` + deep + "}"),
		post(`{"method":"getblockhash","params":[1e999]}`), post(`{"method":"getblockhash","params":[` + strings.Repeat("9", 1+r.IntN(5000)) + "]}"),
		post(`{"method":"` + strings.Repeat("m", r.IntN(5000)) + `","params":{"` + junk(20) + `":1}}`),
		post(`[` + strings.Repeat(`{"method":"nothing"},`, r.IntN(200)) + `{}]`),
		post(`{"method":"echo","params":["\ud800` + `"]}`), post(`{"id":` + deep + `}`), post("\x00"), post(`"` + junk(100)),
		post(`{"method":"decoderawtransaction","params":["` + strings.Repeat("f", r.IntN(3000)) + `"]}`),
		strings.Replace(post(`{}`), "POST /", "POST /wallet/"+junk(30), 1), strings.Replace(post(`{}`), "HTTP/1.1", "HTTP/9.9", 1),
	}
	return []byte(all[r.IntN(len(all))])
}

// TestMalformedRequests: nothing crashes or leaks. DASH_MALFORMED=10000 sends
// that many.
func TestMalformedRequests(t *testing.T) {
	n := launch(t)
	pids, _ := n.processes()
	rpc := pids["dash-node-rpc"]
	openBefore, before := descriptors(rpc), resident(rpc)
	u, err := url.Parse(n.url)
	if err != nil {
		t.Fatal(err)
	}
	auth := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(n.cookie)) + "\r\n"
	r := rand.New(rand.NewPCG(1, 2))
	count := fromEnv(t, "DASH_MALFORMED", 1000)
	for i := range count {
		request := malformed(r, auth)
		if err := sendMalformed(u.Host, request); err != nil {
			t.Fatalf("request %d, %.200q: %v", i, request, err)
		}
	}
	if _, err := n.call(t.Context(), "uptime"); err != nil {
		t.Error(err)
	}
	after, _ := n.processes()
	for name, pid := range pids {
		if after[name] != pid {
			t.Errorf("%s was restarted", name)
		}
	}
	n.eventually("descriptors to be closed", func() bool { return descriptors(rpc) <= openBefore+2 })
	if now := resident(rpc); now > before+64<<20 {
		t.Errorf("dash-node-rpc has grown from %d to %d bytes", before, now)
	}
	log, _ := os.ReadFile(filepath.Join(n.dir, "regtest", "debug.log"))
	for _, word := range []string{"panic", "goroutine ", "fatal error"} {
		if bytes.Contains(log, []byte(word)) {
			t.Errorf("the log has %q", word)
		}
	}
}

// sendMalformed sends a request and reads what comes until the server closes or
// has answered; that it accepts connections is all that is asked of it.
func sendMalformed(host string, request []byte) error {
	c, err := net.Dial("tcp", host)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = c.Write(request) // refused requests are cut off
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
	_, err = bufio.NewReader(c).WriteTo(io.Discard)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		return fmt.Errorf("the server neither answers nor closes: %w", err)
	}
	return nil
}
