package consensus

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"dashmp/node/wire"
)

// coreNode is a running dashd.
type coreNode struct {
	url, log string
	now      int64
}

func startCore(t *testing.T, bin string, args []string) *coreNode {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().(*net.TCPAddr)
	ln.Close()
	dir := t.TempDir()
	n := &coreNode{url: "http://" + addr.String(), log: filepath.Join(dir, "regtest", "debug.log"), now: 1_417_713_400}
	cmd := exec.Command(filepath.Join(bin, "dashd"), append([]string{
		"-regtest", "-datadir=" + dir, fmt.Sprintf("-rpcport=%d", addr.Port), "-rpcuser=u", "-rpcpassword=p",
		"-listen=0", "-dnsseed=0", "-fixedseeds=0", "-disablewallet", "-par=1", "-printtoconsole=0",
		fmt.Sprintf("-mocktime=%d", n.now),
	}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
	})
	deadline := time.After(time.Minute)
	for n.call(nil, "getblockcount") != nil {
		select {
		case err := <-done:
			done <- err
			t.Fatalf("dashd ended: %v", err)
		case <-deadline:
			t.Fatal("dashd does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return n
}

// call calls an RPC method and decodes its result into out.
func (n *coreNode) call(out any, method string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	body, err := json.Marshal(map[string]any{"method": method, "params": args})
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, n.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("u:p")))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return errors.New(method + ": " + answer.Error.Message)
	}
	if out == nil || string(answer.Result) == "null" {
		return nil
	}
	return json.Unmarshal(answer.Result, out)
}

func (n *coreNode) must(t *testing.T, out any, method string, args ...any) {
	t.Helper()
	if err := n.call(out, method, args...); err != nil {
		t.Fatal(err)
	}
}

func (n *coreNode) block(t *testing.T, height int) *wire.Block {
	t.Helper()
	var hash, raw string
	n.must(t, &hash, "getblockhash", height)
	n.must(t, &raw, "getblock", hash, 0)
	b, err := wire.DecodeBlock(unhex(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// logTail reads what is new in debug.log.
type logTail struct {
	path string
	at   int64
}

func (l *logTail) skip(t *testing.T) {
	t.Helper()
	info, err := os.Stat(l.path)
	if err != nil {
		t.Fatal(err)
	}
	l.at = info.Size()
}

var stateLine = regexp.MustCompile(`TestBlockValidity: Consensus::\w+: (.*)$|ProcessSpecialTxsInBlock for block \w+ failed with (.*)$`)

// state is the text of a failed check, "" if the log does not tell.
func (l *logTail) state(t *testing.T) (text string) {
	t.Helper()
	f, err := os.Open(l.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(l.at, 0); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		if m := stateLine.FindStringSubmatch(lines.Text()); m != nil {
			text = m[1] + m[2]
		}
	}
	return text
}
