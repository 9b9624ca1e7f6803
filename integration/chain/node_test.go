package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait.
const patience = 60 * time.Second

// programs is where the built programs are.
var programs string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	if programs = os.Getenv("DASH_PROGRAMS"); programs == "" {
		dir, err := os.MkdirTemp("", "dash-programs")
		if err == nil {
			defer os.RemoveAll(dir)
			err = build(dir)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		programs = dir
	}
	return m.Run()
}

func build(dir string) error {
	for cgo, names := range map[string][]string{
		"0": {"dash-node-core", "dash-node-rpc", "dash-wallet", "dash-signer", "dash-echo"}, "1": {"dash-node"},
	} {
		args := []string{"build", "-trimpath", "-buildvcs=false", "-o", dir + "/"}
		for _, n := range names {
			args = append(args, "dashmp/cmd/"+n)
		}
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
}

// node is a dash-node that runs, or has run.
type node struct {
	t           *testing.T
	cmd         *exec.Cmd
	dir, url    string
	stderr      bytes.Buffer
	done        chan struct{}
	client      http.Client
	user, cooky string
}

// begin starts a node on a directory.
func begin(t *testing.T, dir string, args ...string) *node {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	n := &node{t: t, dir: dir, url: "http://127.0.0.1:" + port + "/", done: make(chan struct{}), client: http.Client{Timeout: patience}}
	n.cmd = exec.Command(filepath.Join(programs, "dash-node"), append([]string{
		"-regtest", "-datadir=" + dir, "-rpcport=" + port, "-printtoconsole=0", "-listen=0", "-disablewallet",
	}, args...)...)
	n.cmd.Env = []string{"HOME=" + dir}
	n.cmd.Stderr = &n.stderr
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(n.done)
		_ = n.cmd.Wait()
	}()
	t.Cleanup(func() {
		n.kill()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "regtest", "debug.log"))
			t.Logf("stderr: %s\ndebug.log:\n%s", n.stderr.String(), log[max(0, len(log)-8000):])
		}
	})
	return n
}

// start starts a node and waits until its RPC answers.
func start(t *testing.T, dir string, args ...string) *node {
	t.Helper()
	os.Remove(filepath.Join(dir, "regtest", ".cookie")) // of one that was killed
	n := begin(t, dir, args...)
	n.eventually("RPC to answer", func() bool {
		b, err := os.ReadFile(filepath.Join(dir, "regtest", ".cookie"))
		if err != nil {
			return false
		}
		n.user, n.cooky, _ = strings.Cut(string(b), ":")
		_, err = n.try("getblockcount")
		return err == nil
	})
	return n
}

// fails starts a node that is expected not to start, and returns what it says.
func fails(t *testing.T, dir string, args ...string) string {
	t.Helper()
	n := begin(t, dir, args...)
	if code := n.wait(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	return n.stderr.String()
}

func (n *node) eventually(what string, ok func() bool) {
	n.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-n.done:
			n.t.Fatalf("the node ended (%v) before: %s", n.cmd.ProcessState, what)
		default:
		}
		if time.Now().After(end) {
			n.t.Fatalf("timed out: %s", what)
		}
	}
}

// try makes one JSON-RPC call.
func (n *node) try(method string, params ...any) (json.RawMessage, error) {
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"method": method, "params": params})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(http.MethodPost, n.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(n.user, n.cooky)
	resp, err := n.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var reply struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		return nil, err
	}
	if reply.Error != nil {
		return nil, errors.New(reply.Error.Message)
	}
	return reply.Result, nil
}

// call is try for a call that must succeed.
func (n *node) call(method string, params ...any) string {
	n.t.Helper()
	r, err := n.try(method, params...)
	if err != nil {
		n.t.Fatalf("%s %v: %v", method, params, err)
	}
	return string(r)
}

// height waits until the chain has a height.
func (n *node) height(want int) {
	n.t.Helper()
	got := ""
	n.eventually(fmt.Sprintf("height %d", want), func() bool {
		got = n.call("getblockcount")
		return got == strconv.Itoa(want)
	})
}

// wait waits for the node's end and returns its exit code.
func (n *node) wait() int {
	n.t.Helper()
	select {
	case <-n.done:
	case <-time.After(patience):
		n.t.Fatal("the node does not stop")
	}
	return n.cmd.ProcessState.ExitCode()
}

// stop ends it in order.
func (n *node) stop() {
	n.t.Helper()
	n.call("stop")
	if code := n.wait(); code != 0 || n.stderr.Len() > 0 {
		n.t.Fatalf("exit code %d, stderr %q", code, n.stderr.String())
	}
}

// kill ends it and all its processes at once.
func (n *node) kill() {
	_ = syscall.Kill(n.cmd.Process.Pid, syscall.SIGKILL)
	<-n.done
}
