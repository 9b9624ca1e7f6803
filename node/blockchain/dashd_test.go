package blockchain

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// coreVariable names the directory of Dash Core's programs.
const coreVariable = "DASH_CORE_BIN"

// dashd is a running Dash Core on a regtest network of its own.
type dashd struct {
	t           testing.TB
	bin, dir    string
	url, cookie string
	cmd         *exec.Cmd
}

func startCore(t testing.TB, dir string, args ...string) *dashd {
	t.Helper()
	bin := os.Getenv(coreVariable)
	if bin == "" {
		t.Skipf("set %s to the directory of Dash Core's dashd", coreVariable)
	}
	port := 20000 + os.Getpid()%20000
	c := &dashd{t: t, bin: bin, dir: dir, url: fmt.Sprintf("http://127.0.0.1:%d/", port)}
	c.cmd = exec.Command(filepath.Join(bin, "dashd"), append([]string{"-regtest", "-datadir=" + dir, fmt.Sprintf("-rpcport=%d", port),
		"-listen=0", "-fallbackfee=0.0001", "-printtoconsole=0", "-acceptnonstdtxn=1"}, args...)...)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill(); _ = c.cmd.Wait(); http.DefaultClient.CloseIdleConnections() })
	deadline := time.Now().Add(30 * time.Second)
	for {
		if cookie, err := os.ReadFile(filepath.Join(dir, "regtest", ".cookie")); err == nil {
			c.cookie = string(cookie)
			if got, err := c.try("getblockcount", "[]"); err == nil && !strings.HasPrefix(got, "-28") {
				return c
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("dashd did not start")
		}
		time.Sleep(50 * time.Millisecond) // polls another program, decides nothing
	}
}

// try returns the result as dashd wrote it, or "code: message".
func (c *dashd) try(method, args string) (string, error) {
	body := `{"id":1,"method":"` + method + `","params":` + args + `}`
	req, err := http.NewRequest(http.MethodPost, c.url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	user, password, _ := strings.Cut(c.cookie, ":")
	req.SetBasicAuth(user, password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var reply struct {
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
		return "", err
	}
	if reply.Error != nil {
		return fmt.Sprintf("%d: %s", reply.Error.Code, reply.Error.Message), nil
	}
	return string(reply.Result), nil
}

// run is try for what must work.
func (c *dashd) run(method, args string) string {
	c.t.Helper()
	got, err := c.try(method, args)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, args, err)
	}
	return got
}

// text is a result that is a string.
func (c *dashd) text(method, args string) (s string) {
	c.t.Helper()
	got := c.run(method, args)
	if err := json.Unmarshal([]byte(got), &s); err != nil {
		c.t.Fatalf("%s %s: %s", method, args, got)
	}
	return s
}

func (c *dashd) stop() {
	c.t.Helper()
	c.run("stop", "[]")
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
}
