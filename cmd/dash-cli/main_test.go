package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"dashmp/node"
	"dashmp/node/options"
	"dashmp/node/options/hostfiles"
	"dashmp/node/rpc"
)

const cookie = "__cookie__:00112233"

// TestMain makes the test binary be dash-cli when a script runs it.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"dash-cli": main,
	})
}

type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	code := l.m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// chain answers as a core and as a wallet.
type chain struct{}

func (chain) ExecuteRPC(_ context.Context, req node.RPCRequest) (node.RPCReply, error) {
	switch req.Method {
	case "getblockcount":
		return node.RPCReply{Result: []byte("0")}, nil
	case "getbestblockhash":
		return node.RPCReply{Result: []byte(`"000008ca1832a4baf228eb1553c03d3a2c8e02399550dd6ea8d65cec3ef23d2e"`)}, nil
	case "getblockhash":
		return node.RPCReply{Code: -8, Message: "Block height out of range"}, nil
	case "getblockchaininfo":
		return node.RPCReply{Result: []byte(`{"chain":"regtest","blocks":0,"difficulty":4.656542373906925e-10,"softforks":{},"list":[],"a":{"z":1.10000000,"b":["x\u00e9\n"]}}`)}, nil
	case "getwalletinfo":
		if !req.HasWallet {
			return node.RPCReply{Code: -19, Message: "Wallet file not specified (must request wallet RPC through /wallet/<filename> uri-path)."}, nil
		}
		return node.RPCReply{Result: fmt.Appendf(nil, "%q", req.Wallet)}, nil
	case "listwallets":
		return node.RPCReply{Result: []byte(`null`)}, nil
	default: // what the owner was sent
		return node.RPCReply{Result: req.Params}, nil
	}
}

func (c chain) ExecuteRPCs(ctx context.Context, reqs []node.RPCRequest) ([]node.RPCReply, error) {
	return node.Batch(ctx, reqs, c.ExecuteRPC)
}

// serve starts an rpc server and returns its port.
func serve(t testing.TB, change func(o *rpc.Options)) (*rpc.Server, int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := rpc.Options{
		Listeners: []net.Listener{l}, Node: chain{}, Wallet: chain{},
		Credentials: rpc.Credentials{UserPass: []byte(cookie)}, Started: time.Now(),
	}
	if change != nil {
		change(&o)
	}
	s, err := rpc.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Stop(context.Background()) })
	return s, l.Addr().(*net.TCPAddr).Port
}

// hang is the answer of a server that never answers.
const hang = "hang"

// answering serves a fixed answer to whatever connects, "" hangs up.
func answering(t testing.TB, answer string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 1<<16)
			c.Read(buf)
			if answer == hang {
				io.Copy(io.Discard, c)
			} else {
				io.WriteString(c, answer)
			}
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().(*net.TCPAddr).Port
}

func httpAnswer(status int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

func TestScripts(t *testing.T) {
	ready, port := serve(t, nil)
	ready.Ready()
	_, warming := serve(t, nil)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	ports := map[string]int{
		"PORT": port, "WARMING": warming, "CLOSED": closed.Addr().(*net.TCPAddr).Port,
		"HANGUP": answering(t, ""), "HANG": answering(t, hang), "GARBAGE": answering(t, "nonsense\r\n\r\n"),
		"BUSY": answering(t, httpAnswer(503, "Work queue depth exceeded")), "FORBIDDEN": answering(t, httpAnswer(403, "")),
		"EMPTY": answering(t, httpAnswer(200, "")), "NOJSON": answering(t, httpAnswer(200, "{")),
		"ARRAY": answering(t, httpAnswer(200, "[]")), "NOTHING": answering(t, httpAnswer(200, "{}")),
		"ODD": answering(t, httpAnswer(500, `{"error":"odd"}`)), "REDIRECT": answering(t, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:"+strconv.Itoa(port)+"/\r\nContent-Length: 0\r\n\r\n"),
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			dir := filepath.Join(home, ".dashcore")
			env.Setenv("HOME", home)
			env.Setenv("DIR", dir)
			env.Setenv("http_proxy", "http://127.0.0.1:1") // must not be used
			env.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
			for name, p := range ports {
				env.Setenv(name, strconv.Itoa(p))
			}
			if err := os.MkdirAll(filepath.Join(dir, "regtest"), 0o700); err != nil {
				return err
			}
			conf := fmt.Sprintf("regtest=1\n[regtest]\nrpcport=%d\n", port)
			if err := os.WriteFile(filepath.Join(dir, "dash.conf"), []byte(conf), 0o600); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "regtest", ".cookie"), []byte(cookie), 0o600)
		},
	})
}

// TestExitCodes: the code of an RPC error becomes the exit code as the system
// has it; testscript cannot tell codes apart.
func TestExitCodes(t *testing.T) {
	ready, port := serve(t, nil)
	ready.Ready()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".cookie"), []byte(cookie+"\nmore"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args []string
		want int
	}{
		{[]string{"getblockcount"}, 0},
		{[]string{"nothing"}, 32601},
		{[]string{"getblockhash", "1"}, 8},
		{[]string{"getblockhash"}, 1},
		{[]string{"getblockhash", "x"}, 1},
		{[]string{"getwalletinfo"}, 19},
		{[]string{"-rpcport=1", "getblockcount"}, 1},
		{[]string{"-nonsense"}, 1},
		{[]string{"-version"}, 0},
		{[]string{}, 1},
	} {
		args := tc.args
		if len(args) > 0 {
			args = append([]string{"-datadir=" + dir, "-rpcport=" + strconv.Itoa(port)}, args...)
		}
		if got := run(context.Background(), args, stdio{os.Stdin, io.Discard, io.Discard}); got != tc.want {
			t.Errorf("%q: %d, want %d", tc.args, got, tc.want)
		}
	}
}

// TestWaiting drives -rpcwait with a clock of its own.
func TestWaiting(t *testing.T) {
	s, port := serve(t, nil)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".cookie"), []byte(cookie), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		args    []string
		readyAt int // seconds, -1 never
		slept   int
		ok      bool
	}{
		{"until ready", []string{"-rpcwait"}, 3, 3, true},
		{"not without -rpcwait", nil, -1, 0, true}, // the warm-up error is an answer
		{"at most -rpcwaittimeout", []string{"-rpcwait", "-rpcwaittimeout=5"}, -1, 5, false},
		{"nobody there", []string{"-rpcwait", "-rpcwaittimeout=2", "-rpcport=1"}, -1, 2, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			conf := parse(t, append([]string{"-datadir=" + dir, "-rpcport=" + strconv.Itoa(port)}, append(tc.args, "getblockcount")...))
			slept := 0
			base := time.Now()
			c := &cli{
				conf: conf, now: func() time.Time { return base.Add(time.Duration(slept) * time.Second) },
				sleep: func(d time.Duration) {
					slept += int(d / time.Second)
					if slept == tc.readyAt {
						s.Ready()
					}
				},
			}
			if tc.readyAt < 0 {
				warm, p := serve(t, nil)
				_ = warm
				if len(tc.args) < 3 {
					c.conf = parse(t, append([]string{"-datadir=" + dir, "-rpcport=" + strconv.Itoa(p)}, append(tc.args, "getblockcount")...))
				}
			}
			_, err := c.callPatiently(context.Background(), exchange{body: request("getblockcount", []byte("[]"), 1)})
			if slept != tc.slept || (err == nil) != tc.ok {
				t.Errorf("slept %d s, %v; want %d s", slept, err, tc.slept)
			}
		})
	}
}

func TestSplitHostPort(t *testing.T) {
	for in, want := range map[string]server{
		"127.0.0.1": {"127.0.0.1", 7}, "127.0.0.1:80": {"127.0.0.1", 80}, "::1": {"::1", 7}, "[::1]:80": {"::1", 80},
		"[::1]": {"::1", 7}, "host:": {"host:", 7}, "host:0": {"host", 7}, "host:99999": {"host:99999", 7}, ":80": {"", 80}, "": {"", 7},
	} {
		if host, port := splitHostPort(in, 7); host != want.host || port != want.port {
			t.Errorf("%q: %q %d, want %v", in, host, port, want)
		}
	}
}

func parse(t *testing.T, args []string) *options.Config {
	t.Helper()
	files, err := hostfiles.New()
	if err != nil {
		t.Fatal(err)
	}
	conf, err := options.Parse(options.DashCLI, args, files)
	if err != nil {
		t.Fatal(err)
	}
	return conf
}
