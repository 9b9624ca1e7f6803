package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

	"go.uber.org/goleak"

	"dashmp/integration/look"
)

// programs is where the built programs are.
var programs string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	programs = os.Getenv("DASH_PROGRAMS")
	if programs == "" {
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
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// build makes the programs of the tree: roles without C, the supervisor with it.
func build(dir string) error {
	for cgo, names := range map[string][]string{
		"0": {"dash-node-core", "dash-node-rpc", "dash-wallet", "dash-signer", "dash-echo"},
		"1": {"dash-node"},
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

// testNode is a running dash-node.
type testNode struct {
	t      *testing.T
	cmd    *exec.Cmd
	dir    string
	url    string
	cookie string
	client *http.Client
	stderr bytes.Buffer
	done   chan struct{}
}

// launch starts a node on regtest and waits until its RPC answers.
func launch(t *testing.T, args ...string) *testNode {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	n := &testNode{
		t: t, dir: t.TempDir(), url: fmt.Sprintf("http://127.0.0.1:%d/", port), done: make(chan struct{}),
		client: &http.Client{Timeout: callTime, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	n.cmd = exec.Command(filepath.Join(programs, "dash-node"), append([]string{
		"-regtest", "-datadir=" + n.dir, "-rpcport=" + strconv.Itoa(port), "-printtoconsole=0", "-listen=0",
	}, args...)...)
	n.cmd.Env = []string{"HOME=" + n.dir}
	n.cmd.Stderr = &n.stderr
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(n.done)
		_ = n.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = n.cmd.Process.Kill()
		<-n.done
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(n.dir, "regtest", "debug.log"))
			t.Logf("stderr: %s\ndebug.log:\n%s", n.stderr.String(), tail(log, 20000))
		}
	})
	n.eventually("RPC to answer", func() bool {
		b, err := os.ReadFile(filepath.Join(n.dir, "regtest", ".cookie"))
		if err != nil {
			return false
		}
		n.cookie = string(b)
		_, err = n.call(t.Context(), "uptime")
		return err == nil
	})
	return n
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// callTime is the stated time-out: no call may hang for longer.
const callTime = 20 * time.Second

// rpcError is an error that the node answered with.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Message) }

// call makes one JSON-RPC call.
func (n *testNode) call(ctx context.Context, method string, params ...any) (json.RawMessage, error) {
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"id": 1, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	user, pw, _ := strings.Cut(n.cookie, ":")
	req.SetBasicAuth(user, pw)
	resp, err := n.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var reply struct {
		Result json.RawMessage `json:"result"`
		Error  *rpcError       `json:"error"`
	}
	if err := json.Unmarshal(text, &reply); err != nil {
		return nil, fmt.Errorf("HTTP %d: %q", resp.StatusCode, text)
	}
	if reply.Error != nil {
		return nil, reply.Error
	}
	return reply.Result, nil
}

// gone reports whether an error means that the RPC server itself was away.
func gone(err error) bool {
	var op *net.OpError
	// net/http has no error value for a connection that ended before its first byte.
	return strings.Contains(err.Error(), "server closed idle connection") ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &op)
}

func (n *testNode) eventually(what string, ok func() bool) {
	n.t.Helper()
	for end := time.Now().Add(40 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
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

// wait waits for the node's end and returns its exit code.
func (n *testNode) wait() int {
	n.t.Helper()
	select {
	case <-n.done:
	case <-time.After(40 * time.Second):
		n.t.Fatal("the node does not stop")
	}
	return n.cmd.ProcessState.ExitCode()
}

// processes returns the node's living children by program, and its zombies.
func (n *testNode) processes() (map[string]int, int) { return look.Children(n.cmd.Process.Pid) }
