package p2p

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take on a busy machine.
const patience = 3 * time.Minute

var programs string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	if os.Getenv("DASH_CORE_BIN") == "" && os.Getenv("DASH_P2P_PEERS") == "" {
		return m.Run()
	}
	programs = os.Getenv("DASH_PROGRAMS")
	if programs == "" {
		dir, err := os.MkdirTemp("", "dash-programs")
		if err == nil {
			defer os.RemoveAll(dir)
			var out []byte
			if out, err = exec.Command(filepath.Join("..", "..", "hack", "build"), dir).CombinedOutput(); err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		programs = dir
	}
	return m.Run()
}

// coreBin is where Dash Core's programs are.
func coreBin(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("DASH_CORE_BIN")
	if dir == "" {
		t.Skip("DASH_CORE_BIN is not set")
	}
	return dir
}

// daemon is a node: ours or Dash Core's.
type daemon struct {
	t        testing.TB
	name     string
	program  string
	dir      string
	rpc, p2p int
	args     []string
	cmd      *exec.Cmd
	done     chan struct{}
	client   *http.Client
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func newDaemon(t testing.TB, name, program string, args ...string) *daemon {
	t.Helper()
	d := &daemon{
		t: t, name: name, program: program, dir: t.TempDir(), rpc: freePort(t), p2p: freePort(t), args: args,
		client: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 2}},
	}
	d.start()
	t.Cleanup(func() { d.kill(); d.client.CloseIdleConnections() })
	return d
}

// ours starts one of our nodes, theirs one of Dash Core's.
func ours(t testing.TB, name string, args ...string) *daemon {
	return newDaemon(t, name, filepath.Join(programs, "dash-node"), args...)
}

func theirs(t testing.TB, name string, args ...string) *daemon {
	return newDaemon(t, name, filepath.Join(coreBin(t), "dashd"), append([]string{"-v2transport=0", "-disablegovernance=1"}, args...)...)
}

func (d *daemon) start() {
	d.t.Helper()
	d.cmd = exec.Command(d.program, append([]string{
		"-regtest", "-datadir=" + d.dir, fmt.Sprintf("-rpcport=%d", d.rpc), fmt.Sprintf("-bind=127.0.0.1:%d", d.p2p),
		fmt.Sprintf("-bind=127.0.0.1:%d=onion", freePort(d.t)), "-printtoconsole=0", "-disablewallet", "-debug=net", "-dnsseed=0",
		"-fixedseeds=0", "-listenonion=0", "-whitelist=noban@127.0.0.1", "-txindex=0",
	}, d.args...)...)
	d.cmd.Env = []string{"HOME=" + d.dir}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) { defer close(done); _ = cmd.Wait() }(d.cmd, d.done)
	d.eventually("its RPC to answer", func() bool { _, err := d.call("getblockcount"); return err == nil })
}

// stop ends it in order, kill at once.
func (d *daemon) stop() {
	d.t.Helper()
	_, _ = d.call("stop")
	select {
	case <-d.done:
	case <-time.After(patience):
		d.t.Errorf("%s does not stop", d.name)
		d.kill()
	}
}

func (d *daemon) kill() {
	_ = d.cmd.Process.Signal(syscall.SIGKILL)
	<-d.done
}

func (d *daemon) eventually(what string, ok func() bool) {
	d.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-d.done:
			d.t.Fatalf("%s ended while waiting for %s\n%s", d.name, what, d.tail())
		default:
		}
		if time.Now().After(end) {
			d.t.Fatalf("%s: waited in vain for %s\n%s", d.name, what, d.tail())
		}
	}
}

// tail is the end of its log.
func (d *daemon) tail() string {
	b, _ := os.ReadFile(filepath.Join(d.dir, "regtest", "debug.log"))
	return string(b[max(0, len(b)-6000):])
}

// call is one RPC.
func (d *daemon) call(method string, params ...any) (json.RawMessage, error) {
	cookie, err := os.ReadFile(filepath.Join(d.dir, "regtest", ".cookie"))
	if err != nil {
		return nil, err
	}
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"id": 1, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/", d.rpc), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	user, password, _ := strings.Cut(string(cookie), ":")
	req.SetBasicAuth(user, password)
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
		}
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, fmt.Errorf("%s: %w: %.200s", method, err, raw)
	}
	if answer.Error != nil {
		return nil, fmt.Errorf("%s: %s: %s (%d)", d.name, method, answer.Error.Message, answer.Error.Code)
	}
	return answer.Result, nil
}

// must is call into a value.
func (d *daemon) must(into any, method string, params ...any) {
	d.t.Helper()
	raw, err := d.call(method, params...)
	if err == nil && into != nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) height() (n int) { d.must(&n, "getblockcount"); return n }
func (d *daemon) tip() (h string) { d.must(&h, "getbestblockhash"); return h }

// payTo is pay-to-script-hash of OP_TRUE, which anybody can spend.
const payTo = "8zJctvfrzGZ5s1zQ3kagwyW1DsPYSQ4V2P"

func (d *daemon) mine(n int) {
	d.t.Helper()
	for ; n > 0; n -= 200 {
		d.must(nil, "generatetoaddress", min(n, 200), payTo)
	}
}

// connect has d connect to o.
func (d *daemon) connect(o *daemon) {
	d.t.Helper()
	before := d.peers()
	d.must(nil, "addnode", fmt.Sprintf("127.0.0.1:%d", o.p2p), "onetry")
	d.eventually("the connection to "+o.name, func() bool { return d.peers() > before })
}

// peers is how many connections have come so far that a ping was answered.
func (d *daemon) peers() (n int) {
	var list []struct {
		Received map[string]int `json:"bytesrecv_per_msg"`
	}
	d.must(&list, "getpeerinfo")
	for _, p := range list {
		if p.Received["pong"] > 0 {
			n++
		}
	}
	return n
}

// meets waits until both have the same tip, and returns how long that took.
func (d *daemon) meets(o *daemon) time.Duration {
	d.t.Helper()
	start := time.Now()
	d.eventually("the tip of "+o.name, func() bool { return d.tip() == o.tip() })
	return time.Since(start)
}
