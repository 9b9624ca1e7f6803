package integration

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hang makes a role's process hang; it goes on at the end of the test.
func (n *testNode) hang(program string) int {
	n.t.Helper()
	pids, _ := n.processes()
	if err := syscall.Kill(pids[program], syscall.SIGSTOP); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = syscall.Kill(pids[program], syscall.SIGCONT) }) // it may be gone
	return pids[program]
}

// A role that hangs takes no other down.
func TestHungRole(t *testing.T) {
	n := launch(t)
	n.hang("dash-wallet")
	for name, call := range callers() {
		if name == "wallet" {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), callTime)
		if err := call(ctx, n); err != nil {
			t.Errorf("%s, while the wallet hangs: %v", name, err)
		}
		cancel()
	}
}

// ownerTime is the stated time-out of a call that another role executes
// (node/rpc: DefaultCallTimeout).
const ownerTime = time.Minute

// Callers of a role that hangs are told after the stated time-out, by a role's
// name; clients of a hung rpc after the watchdog's, and it is replaced.
func TestCallersOfHungRolesAreTold(t *testing.T) {
	if os.Getenv("DASH_HUNG") == "" {
		t.Skip("takes the stated time-outs, more than a minute: set DASH_HUNG=1")
	}
	owners := map[string]string{"core": "dash-node-core", "wallet": "dash-wallet", "signer": "dash-signer"}
	for caller, program := range owners {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			n := launch(t)
			n.client.Timeout = 2 * ownerTime
			n.hang(program)
			start := time.Now()
			err := callers()[caller](t.Context(), n)
			took := time.Since(start)
			var e *rpcError
			if !errors.As(err, &e) || e.Code != -1 || !strings.Contains(e.Message, program+" did not answer") || took > ownerTime+callTime {
				t.Errorf("after %v: %v", took, err)
			}
			t.Logf("told after %v: %v", took.Round(time.Millisecond), err)
			if p := n.role(caller); p.State != "hung" || p.Hangs != 1 || p.Restarts != 0 {
				t.Errorf("status: %s, %d hangs, %d restarts", p.State, p.Hangs, p.Restarts)
			}
		})
	}
	t.Run("dash-node-rpc", func(t *testing.T) {
		t.Parallel()
		n := launch(t)
		old := n.hang("dash-node-rpc")
		start := time.Now()
		_, err := n.call(t.Context(), "uptime")
		if err == nil || !strings.Contains(err.Error(), "dash-node-rpc does not answer") {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		t.Logf("told after %v: %v", time.Since(start).Round(time.Millisecond), err)
		n.eventually("another rpc", func() bool {
			now, _ := n.processes()
			_, err := n.call(t.Context(), "uptime")
			return now["dash-node-rpc"] != old && err == nil
		})
		t.Logf("replaced after %v", time.Since(start).Round(time.Millisecond))
	})
}

// role is what getisolationinfo says of a role.
func (n *testNode) role(name string) (found processInfo) {
	n.t.Helper()
	for _, p := range n.isolation().Processes {
		if p.Role == name {
			found = p
		}
	}
	return found
}

// While rpc waits to be started again, a client is told at once and by the
// role's name; also one whose request is larger than the sockets hold, and one
// that sends none.
func TestClientsHearThatRPCIsAway(t *testing.T) {
	n := launch(t)
	// Each death makes the next wait longer.
	away := func() bool {
		pids, _ := n.processes()
		if pid := pids["dash-node-rpc"]; pid != 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_, err := n.call(t.Context(), "uptime")
		var e *rpcError
		return errors.As(err, &e) && strings.Contains(e.Message, "dash-node-rpc is not running")
	}
	for range 10 {
		n.eventually("an answer in the name of rpc", away)
	}
	addr := strings.TrimSuffix(strings.TrimPrefix(n.url, "http://"), "/")
	for name, request := range map[string]string{
		"nothing":         "",
		"a request":       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		"a large request": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n" + strings.Repeat("x", 8<<20),
	} {
		n.eventually(name+" to be answered", func() bool {
			if !away() {
				return false
			}
			message, err := answerTo(addr, request)
			if err != nil || !strings.Contains(message, "dash-node-rpc is not running") {
				// The role may have come back in between.
				t.Logf("%s: %q, %v", name, message, err)
				return false
			}
			return true
		})
	}
	n.eventually("rpc to be back", func() bool { _, err := n.call(t.Context(), "uptime"); return err == nil })
}

// answerTo sends a request over a connection of its own and returns the message
// of the error that comes back.
func answerTo(addr, request string) (string, error) {
	c, err := net.Dial("tcp4", addr)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(callTime))
	if _, err := io.WriteString(c, request); err != nil {
		return "", fmt.Errorf("send: %w", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var reply struct{ Error rpcError }
	err = json.NewDecoder(resp.Body).Decode(&reply)
	return reply.Error.Message, err
}
