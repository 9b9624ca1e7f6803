package main

import (
	"bytes"
	"context"
	"encoding/json"
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
)

// TestMain lets the test binary be dashd, so that processes under test are real.
func TestMain(m *testing.M) {
	if os.Getenv(asDashd) != "" {
		env := []string{}
		for _, e := range os.Environ() {
			if !strings.HasPrefix(e, asDashd) {
				env = append(env, e)
			}
		}
		syscall.Umask(0o077)
		// The mark must reach the second process of -daemon as well.
		if err := run(context.Background(), os.Args[1:], append(env, asDashd+"=1"), stdio{os.Stdout, os.Stderr}); err != nil {
			complain(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const asDashd = "DASHMP_TEST_AS_DASHD"

func command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], append([]string{"-regtest", "-datadir=" + dir, "-printtoconsole=0", "-listen=0"}, args...)...)
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), asDashd + "=1"}
	return cmd
}

// failure runs dashd, which must not start, and returns its stderr.
func failure(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if code := cmd.ProcessState.ExitCode(); err == nil || code != 1 {
		t.Errorf("exit code %d, stdout %q", code, out.String())
	}
	return errOut.String()
}

// daemonProcess is a dashd that runs.
type daemonProcess struct {
	t    *testing.T
	dir  string
	port int
	cmd  *exec.Cmd
	err  bytes.Buffer
}

func start(t *testing.T, dir string, args ...string) *daemonProcess {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	d := &daemonProcess{t: t, dir: dir, port: port}
	d.cmd = command(dir, append([]string{"-rpcport=" + strconv.Itoa(port)}, args...)...)
	d.cmd.Stderr = &d.err
	before := len(d.logText())
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.cmd.Process.Kill(); d.cmd.Wait() })
	d.await(before, "init message: Done loading")
	return d
}

func (d *daemonProcess) logText() string {
	b, _ := os.ReadFile(filepath.Join(d.dir, "regtest", "debug.log"))
	return string(b)
}

// await waits for a line in the log beyond its first bytes.
func (d *daemonProcess) await(after int, line string) {
	d.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !strings.Contains(d.logText()[min(after, len(d.logText())):], line) {
		if time.Now().After(deadline) || d.cmd.ProcessState != nil {
			d.t.Fatalf("the log lacks %q:\n%s\n%s", line, d.logText(), d.err.String())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// call makes one RPC by the cookie.
func (d *daemonProcess) call(method, params string) string {
	d.t.Helper()
	cookie, err := os.ReadFile(filepath.Join(d.dir, "regtest", ".cookie"))
	if err != nil {
		d.t.Fatal(err)
	}
	body := fmt.Sprintf(`{"method":%q,"params":%s,"id":1}`, method, params)
	req, err := http.NewRequest("POST", fmt.Sprintf("http://127.0.0.1:%d/", d.port), strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	user, pass, _ := strings.Cut(string(cookie), ":")
	req.SetBasicAuth(user, pass)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	var reply struct {
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
		}
	}
	if err := json.Unmarshal(b, &reply); err != nil {
		d.t.Fatalf("%s: %s", err, b)
	}
	if reply.Error != nil {
		return fmt.Sprintf("%d %s", reply.Error.Code, reply.Error.Message)
	}
	return string(reply.Result)
}

// ended waits for the end, which must be orderly.
func (d *daemonProcess) ended() {
	d.t.Helper()
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("dashd ended with %v", err)
	}
	if d.err.Len() > 0 {
		d.t.Errorf("stderr: %q", d.err.String())
	}
	for _, name := range []string{".cookie", "dashd.pid"} {
		if _, err := os.Stat(filepath.Join(d.dir, "regtest", name)); err == nil {
			d.t.Errorf("%s is still there", name)
		}
	}
}

func TestSession(t *testing.T) {
	d := start(t, t.TempDir())
	const genesis = `"000008ca1832a4baf228eb1553c03d3a2c8e02399550dd6ea8d65cec3ef23d2e"`
	for _, s := range []struct{ method, params, want string }{
		{"getblockcount", `[]`, "0"},
		{"getbestblockhash", `[]`, genesis},
		{"getblockhash", `[1]`, "-8 Block height out of range"},
		{"createwallet", `["w",true]`, `{"name":"w","warning":""}`},
		{"listwallets", `[]`, `["w"]`},
		{"listwalletdir", `[]`, `{"wallets":[{"name":"w"}]}`},
		{"signmessagewithprivkey", `["cP4EKFyJsHT39LDqgdcB43Y3YXjNyjb5Fuas1GQSeAtjnZWmZEQK","my message"]`,
			`"IHY3d7QGtOx9l4asFojYaPqFknl+W7OUR3hRvdbuSx1lCww4UY01bH6KJt94CBXLzAjA8st/2wZH6krum8kjNWM="`},
		{"signmessagewithprivkey", `["nonsense","m"]`, "-5 Invalid private key"},
		{"echoipc", `["hello"]`, `"hello"`},
		{"nosuchmethod", `[]`, "-32601 Method not found"},
	} {
		if got := d.call(s.method, s.params); got != s.want {
			t.Errorf("%s %s: %s, want %s", s.method, s.params, got, s.want)
		}
	}
	var iso isolation
	if err := json.Unmarshal([]byte(d.call("getisolationinfo", `[]`)), &iso); err != nil || iso.Mode != "off" || iso.Warning != notIsolated ||
		iso.Supervisor.Sandboxed || iso.Supervisor.PID != d.cmd.Process.Pid {
		t.Errorf("getisolationinfo: %+v, %v", iso, err)
	}
	if !strings.Contains(d.logText(), notIsolated) {
		t.Error("the log does not say that nothing is isolated")
	}
	if got := d.call("stop", `[]`); got != `"Dash Core stopping"` {
		t.Errorf("stop: %s", got)
	}
	d.ended()
	// Only Dash Core's directories, and the wallet is there again.
	entries, err := os.ReadDir(filepath.Join(d.dir, "regtest"))
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, e := range entries {
		if e.IsDir() {
			dirs = append(dirs, e.Name())
		}
	}
	if got := strings.Join(dirs, " "); got != "blocks chainstate evodb indexes llmq wallets" {
		t.Errorf("directories: %s", got)
	}
	d = start(t, d.dir, "-wallet=w", "-wallet=gone")
	if got := d.call("listwallets", `[]`); got != `["w"]` {
		t.Errorf("after a restart: %s", got)
	}
	if !strings.Contains(d.logText(), "Warning: Skipping -wallet path that doesn't exist.") {
		t.Error("nothing is said about the missing wallet")
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.ended()
}

func TestDirectoryInUse(t *testing.T) {
	d := start(t, t.TempDir())
	got := failure(t, command(d.dir, "-rpcport=1"))
	if !strings.HasPrefix(got, "Error: Cannot obtain a lock on data directory "+filepath.Join(d.dir, "regtest")) || strings.Count(got, "\n") != 1 {
		t.Errorf("stderr: %q", got)
	}
	if d.call("getblockcount", `[]`) != "0" {
		t.Error("the first one is disturbed")
	}
	d.call("stop", `[]`)
	d.ended()
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-nope"}, "Error: Error parsing command line arguments: Invalid parameter -nope\n"},
		{[]string{"-sandbox=enforce"}, "Error: -sandbox=enforce is not possible: dashd is one process; hint: run dash-node, or give -sandbox=off\n"},
		{[]string{"-proxy=127.0.0.1:9050"}, "Error: -proxy is not supported yet by this build; hint: Remove proxy from the command line, dash.conf or settings.json.\n"},
		{[]string{"-blocksdir=/nowhere"}, "Error: Specified blocks directory \"/nowhere\" does not exist.\n"},
	} {
		dir := t.TempDir()
		if got := failure(t, command(dir, tt.args...)); got != tt.want {
			t.Errorf("%q: %q", tt.args, got)
		}
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("%q left %s behind", tt.args, entries[0].Name())
		}
	}
}

func TestDamagedChain(t *testing.T) {
	d := start(t, t.TempDir())
	d.call("stop", `[]`)
	d.ended()
	blk := filepath.Join(d.dir, "regtest", "blocks", "blk00000.dat")
	if err := os.Truncate(blk, 100); err != nil {
		t.Fatal(err)
	}
	want := ": Error loading block database.\nPlease restart with -reindex or -reindex-chainstate to recover.\n"
	if got := failure(t, command(d.dir)); got != want {
		t.Errorf("stderr: %q", got)
	}
	if _, err := os.Stat(filepath.Join(d.dir, "regtest", "dashd.pid")); err == nil {
		t.Error("the pid file is still there")
	}
}

func TestInformation(t *testing.T) {
	for arg, want := range map[string]string{"-version": "version", "-h": "Options:", "-help-debug": "-checkblockindex"} {
		out, err := command(t.TempDir(), arg).Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, %.200q", arg, err, out)
		}
	}
}

// TestDaemonWait: the first process ends when the second is ready.
func TestDaemonWait(t *testing.T) {
	dir := t.TempDir()
	cmd := command(dir, "-daemonwait", "-noserver")
	out, err := cmd.Output()
	if err != nil || string(out) != "Dash Core starting\n" {
		t.Fatalf("%v, %q", err, out)
	}
	// The pid file and the chain are there; the log's own writer may lag.
	if st, err := os.Stat(filepath.Join(dir, "regtest", "blocks", "blk00000.dat")); err != nil || st.Size() == 0 {
		t.Errorf("the first process did not wait: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "regtest", "dashd.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid == cmd.Process.Pid {
		t.Fatalf("pid file: %q", text)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for syscall.Kill(pid, 0) == nil && !isZombie(pid) {
		if time.Now().After(deadline) {
			t.Fatal("the daemon does not stop")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := os.Stat(filepath.Join(dir, "regtest", "dashd.pid")); err == nil {
		t.Error("the pid file is still there")
	}
}

// isZombie: where nobody reaps orphans, an ended process stays visible.
func isZombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return strings.HasPrefix(rest, "Z")
}
