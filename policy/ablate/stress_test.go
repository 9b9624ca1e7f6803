package ablate_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/policy/ablate"
)

func buildStress(t *testing.T) string {
	t.Helper()
	bin, err := ablate.BuildStress(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// scenarios of a role are those that use its parts.
func scenarios(role policy.Role) []string {
	parts := map[policy.Role]string{
		policy.Core:   "sockets files database blocks peers accept",
		policy.RPC:    "sockets makesecret accept",
		policy.Wallet: "sockets files database",
		policy.Signer: "sockets files database makesecret opensecret memory",
	}
	return append(strings.Fields(parts[role]), "ipc", "wait", "runtime")
}

// stressCommand is the stress program with fresh files and a listener.
func stressCommand(t *testing.T, bin string, role policy.Role, scenarios ...string) (ablate.Command, func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ablate")
	if err != nil {
		t.Fatal(err)
	}
	var files []*os.File
	for _, name := range []string{"database", "blocks"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lf, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	again, err := os.OpenFile(filepath.Join(dir, "database"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, lf, again)
	c := ablate.Command{
		Argv: append([]string{bin, string(role)}, scenarios...), Mode: policy.Enforce,
		Timeout: time.Minute, Files: files,
		Peer: func(ctx context.Context, pid int, socket *os.File) { servePeer(ctx, pid, socket, l.Addr().String()) },
	}
	return c, func() {
		l.Close()
		for _, f := range files {
			f.Close()
		}
		os.RemoveAll(dir)
	}
}

// termCommand is a run that ends by a signal of the operator's.
func termCommand(t *testing.T, bin string, role policy.Role) (ablate.Command, func()) {
	t.Helper()
	c, done := stressCommand(t, bin, role, "term")
	c.Exit = func(s syscall.WaitStatus, _ string) bool { return s.Signaled() && s.Signal() == syscall.SIGTERM }
	return c, done
}

// servePeer does what the stress program asks for, until it has gone.
func servePeer(ctx context.Context, pid int, socket *os.File, addr string) {
	fd := int(socket.Fd())
	asks := bufio.NewScanner(socket)
	for asks.Scan() {
		switch asks.Text() {
		case "send SIGUSR1":
			socket.Write([]byte{1})
			syscall.Kill(pid, syscall.SIGUSR1)
		case "nothing":
			socket.Write([]byte{1})
		case "send SIGHUP and SIGTERM":
			socket.Write([]byte{1})
			syscall.Kill(pid, syscall.SIGHUP)
			syscall.Kill(pid, syscall.SIGTERM)
		case "stop and continue":
			socket.Write([]byte{1})
			stopAndContinue(pid)
		case "send requests":
			socket.Write([]byte{1})
			sendRequests(ctx, addr)
		case "pass a socket":
			passSocket(fd)
		}
	}
}

func stopAndContinue(pid int) {
	for range 8 {
		time.Sleep(20 * time.Millisecond)
		syscall.Kill(pid, syscall.SIGSTOP)
		time.Sleep(5 * time.Millisecond)
		syscall.Kill(pid, syscall.SIGCONT)
	}
}

// sendRequests sends over kept and over closing connections, and hangs up in
// the middle of a request.
func sendRequests(ctx context.Context, addr string) {
	var wg sync.WaitGroup
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for i := range 8 {
		wg.Go(func() {
			for j := range 5 {
				post(ctx, client, addr, (i+j)%2 == 0)
			}
			raw(ctx, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhalf", false)
			raw(ctx, addr, "no request\r\n\r\n", true)
		})
	}
	wg.Wait()
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://"+addr+"/done", nil)
	if resp, err := client.Do(req); err == nil {
		resp.Body.Close()
	}
}

func post(ctx context.Context, client *http.Client, addr string, last bool) {
	body := strings.NewReader(strings.Repeat("x", 1<<16))
	req, _ := http.NewRequestWithContext(ctx, "POST", "http://"+addr+"/", body)
	req.Close = last
	resp, err := client.Do(req)
	if err == nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

// raw sends bytes and hangs up, after the answer if wait is set.
func raw(ctx context.Context, addr, text string, wait bool) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp4", addr)
	if err != nil {
		return
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	io.WriteString(c, text)
	if wait {
		io.Copy(io.Discard, c)
	}
}

// passSocket sends one end of a socket pair and echoes on the other.
func passSocket(to int) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return
	}
	_, err = unix.SendmsgN(to, []byte{1}, unix.UnixRights(fds[1]), nil, unix.MSG_NOSIGNAL)
	unix.Close(fds[1])
	f := os.NewFile(uintptr(fds[0]), "echo")
	if err != nil {
		f.Close()
		return
	}
	go func() {
		defer f.Close()
		io.Copy(f, struct{ io.Reader }{f})
	}()
}

// The parts hold everything that a Go program of their kind needs, with the
// vDSO and without it.
func TestStressUnderEveryRole(t *testing.T) {
	bin := buildStress(t)
	for _, spec := range policy.All() {
		for _, without := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/withoutVDSO=%v", spec.Role, without), func(t *testing.T) {
				t.Parallel()
				c, done := stressCommand(t, bin, spec.Role, scenarios(spec.Role)...)
				defer done()
				c.WithoutVDSO = without
				if err := c.Run(t.Context(), spec); err != nil {
					t.Error(err)
				}
				c, done = termCommand(t, bin, spec.Role)
				defer done()
				c.WithoutVDSO = without
				if err := c.Run(t.Context(), spec); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Without a vDSO the clock is a system call: the rule is what keeps the program
// alive, so the test above does exercise it.
func TestClockRuleIsNeededWithoutVDSO(t *testing.T) {
	bin := buildStress(t)
	spec, _ := policy.Get(policy.Echo)
	for _, r := range spec.Rules() {
		if r.Syscall != "clock_gettime" {
			continue
		}
		c, done := stressCommand(t, bin, spec.Role, "runtime")
		defer done()
		if err := c.Run(t.Context(), spec.Without(r)); err != nil {
			t.Errorf("with a vDSO and without %s: %v", r, err)
		}
		c.WithoutVDSO = true
		if err := c.Run(t.Context(), spec.Without(r)); err == nil || !strings.Contains(err.Error(), "bad system call") {
			t.Errorf("without a vDSO and without %s: %v", r, err)
		}
	}
}

// A bug in a role prints its stack and dies of itself, in both modes; a
// violation kills in one and prints the stack in the other.
func TestDeathUnderTheFilter(t *testing.T) {
	bin := buildStress(t)
	spec, _ := policy.Get(policy.Echo)
	for _, mode := range []policy.Mode{policy.Enforce, policy.Trace} {
		c, done := stressCommand(t, bin, spec.Role, "panic")
		defer done()
		c.Mode = mode
		c.Exit = func(s syscall.WaitStatus, stderr string) bool {
			return s.Exited() && s.ExitStatus() == 2 && strings.Contains(stderr, "panic: as asked") &&
				strings.Contains(stderr, "panicScenario")
		}
		if err := c.Run(t.Context(), spec); err != nil {
			t.Errorf("panic in mode %s: %v", mode, err)
		}

		c, done = stressCommand(t, bin, spec.Role, "forbidden")
		defer done()
		c.Mode = mode
		c.Exit = func(s syscall.WaitStatus, stderr string) bool {
			if mode == policy.Enforce {
				return s.Signaled() && s.Signal() == syscall.SIGSYS && !strings.Contains(stderr, "goroutine")
			}
			return s.Exited() && s.ExitStatus() == 2 && strings.Contains(stderr, "SIGSYS") &&
				strings.Contains(stderr, "forbiddenScenario")
		}
		if err := c.Run(t.Context(), spec); err != nil {
			t.Errorf("violation in mode %s: %v", mode, err)
		}
	}
}
