package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/rpc/method"
)

func TestHTTPContract(t *testing.T) {
	r := newRig(t, nil)
	auth := basic(userPass)
	for _, tc := range []struct {
		name, method, uri, headers, body string
		status                           int
		want                             string
	}{
		{"call", "POST", "/", auth, `{"method":"getblockcount","id":7}`, 200, `{"result":"getblockcount","error":null,"id":7}` + "\n"},
		{"wallet path", "POST", "/wallet/a%20b", auth, `{"method":"getwalletinfo"}`, 200, `{"result":"getwalletinfo","error":null,"id":null}` + "\n"},
		{"get", "GET", "/", auth, "", 405, "JSONRPC server handles only POST requests"},
		{"put", "PUT", "/", auth, "{}", 405, "JSONRPC server handles only POST requests"},
		{"delete", "DELETE", "/", auth, "", 405, ""},
		{"unknown method", "BREW", "/", auth, "", 501, ""},
		{"path", "POST", "/x", auth, "{}", 404, ""},
		{"query", "POST", "/?x", auth, "{}", 404, ""},
		{"wallet without slash", "POST", "/wallet", auth, "{}", 404, ""},
		{"long path", "GET", "/" + strings.Repeat("x", 1000), auth, "", 404, ""},
		{"no password", "POST", "/", "", `{"method":"uptime"}`, 401, ""},
		{"other scheme", "POST", "/", "Authorization: Bearer x\r\n", "{}", 401, ""},
		{"not JSON", "POST", "/", auth, "{", 500, `{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}` + "\n"},
		{"empty", "POST", "/", auth, "", 500, `{"result":null,"error":{"code":-32700,"message":"Parse error"},"id":null}` + "\n"},
		{"scalar", "POST", "/", auth, "1", 500, `{"result":null,"error":{"code":-32700,"message":"Top-level object parse error"},"id":null}` + "\n"},
		{"no method", "POST", "/", auth, `{"id":"x"}`, 400, `{"result":null,"error":{"code":-32600,"message":"Missing method"},"id":"x"}` + "\n"},
		{"method is no string", "POST", "/", auth, `{"method":1,"id":[ 1 ]}`, 400, `{"result":null,"error":{"code":-32600,"message":"Method must be a string"},"id":[1]}` + "\n"},
		{"params", "POST", "/", auth, `{"method":"uptime","params":1,"id":1.50}`, 400, `{"result":null,"error":{"code":-32600,"message":"Params must be an array or object"},"id":1.50}` + "\n"},
		{"unknown RPC", "POST", "/", auth, `{"method":"nothing","id":1}`, 404, `{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":1}` + "\n"},
		{"long name", "POST", "/", auth, `{"method":"` + strings.Repeat("x", 200) + `","id":1}`, 404, `{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":1}` + "\n"},
		{"wrong type", "POST", "/", auth, `{"method":"help","params":[0]}`, 500, `{"result":null,"error":{"code":-3,"message":"JSON value of type number is not of expected type string"},"id":null}` + "\n"},
		{"version 2.0", "POST", "/", auth, `{"jsonrpc":"2.0","method":"echo","params":["x"],"id":1}`, 200, `{"result":["x"],"error":null,"id":1}` + "\n"},
		{"empty batch", "POST", "/", auth, `[]`, 200, "[]\n"},
		{"batch", "POST", "/", auth, `[{"method":"echo","id":1},{"method":"no","id":2},3,{"method":"getblockhash","params":[0],"id":3}]`, 200,
			`[{"result":[],"error":null,"id":1},{"result":null,"error":{"code":-32601,"message":"Method not found"},"id":2},` +
				`{"result":null,"error":{"code":-32600,"message":"Invalid Request object"},"id":null},{"result":"getblockhash","error":null,"id":3}]` + "\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := r.dial()
			resp, body := c.do(tc.method, tc.uri, tc.headers, tc.body)
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
			}
			if d := cmp.Diff(tc.want, body); d != "" {
				t.Error(d)
			}
			if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
				if ct := resp.Header.Get("Content-Type"); ct != "application/json" {
					t.Errorf("Content-Type %q", ct)
				}
			}
			if challenge := resp.Header.Get("WWW-Authenticate"); (challenge == `Basic realm="jsonrpc"`) != (tc.status == 401) {
				t.Errorf("WWW-Authenticate %q", challenge)
			}
			// Whatever the answer, the connection serves on.
			c.wantResult("echo", "[]", "[]")
		})
	}
}

func TestRouting(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	for _, m := range r.table.All() {
		if m.Owner == method.RPC {
			continue
		}
		params := make([]string, m.Required())
		for i := range params {
			params[i] = `"x"`
			if m.Params[i].Type == method.Arr {
				params[i] = `["x"]`
				if inner := m.Params[i].Inner; m.Params[i].HasSecret() && inner[0].Type == method.Obj {
					params[i] = "[{}]"
				}
			}
			if v := m.Params[i].Values; v != nil {
				params[i] = strconv.Quote(v[0])
			}
		}
		o := map[method.Owner]*owner{method.Core: r.core, method.Wallet: r.wallet, method.Signer: &r.box.owner}[m.Owner]
		before := r.core.count() + r.wallet.count() + r.box.owner.count()
		c.wantResult(m.Name, "["+strings.Join(params, ",")+"]", fmt.Sprintf("%q", m.Name))
		calls := 1
		if m.First != nil && m.First.Param < len(params) {
			calls++
		}
		if r.core.count()+r.wallet.count()+r.box.owner.count() != before+calls || o.last().Method != m.Name {
			t.Errorf("%s did not go to %s, or not only", m.Name, m.Owner)
		}
	}
	c.post("/wallet/x%2Fy%", `{"method":"getblock","params":{"verbose":2, "blockhash" : "ab"}}`)
	want := node.RPCRequest{Method: "getblock", Params: []byte(`["ab",2]`), Wallet: "x/y%", HasWallet: true, User: "__cookie__"}
	if d := cmp.Diff(want, r.core.last()); d != "" {
		t.Error(d)
	}
	// The path may name the wallet whose name is empty.
	for path, has := range map[string]bool{"/wallet/": true, "/": false} {
		c.post(path, `{"method":"getbestblockhash"}`)
		if got := r.core.last(); got.Wallet != "" || got.HasWallet != has {
			t.Errorf("%s: %+v", path, got)
		}
	}
	before := r.core.count()
	for _, m := range []string{"nothing", "GETBLOCKCOUNT", "getblockcount ", "", "getblock hash"} {
		c.wantError(m, "[]", -32601, "Method not found")
	}
	c.wantError("getblockhash", "[]", -1, "getblockhash height\n")
	c.wantError("getblockhash", "[1,2]", -1, "getblockhash height\n")
	c.wantError("getblockhash", `{"hight":1}`, -8, "Unknown named parameter hight")
	if r.core.count() != before {
		t.Error("a call that must go nowhere went to the core")
	}
}

func TestOwnerAnswers(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	for _, tc := range []struct {
		name    string
		reply   node.RPCReply
		err     error
		code    int
		message string
	}{
		{"rpc error", node.RPCReply{Code: -8, Message: "Block height out of range"}, nil, -8, "Block height out of range"},
		{"no JSON", node.RPCReply{Result: []byte("{")}, nil, -32603, "dash-node-core gave an answer that is not JSON"},
		{"nothing", node.RPCReply{}, nil, -32603, "dash-node-core gave an answer that is not JSON"},
		{"a forged reply", node.RPCReply{Result: []byte(`1,"error":null,"id":2},{"result":2`)}, nil, -32603, "not JSON"},
		{"disconnected", node.RPCReply{}, &ipc.Error{Kind: ipc.ErrDisconnected, Peer: "core", Text: "gone"}, -1, "dash-node-core is not running: "},
		{"other failure", node.RPCReply{}, &ipc.Error{Kind: ipc.ErrLimit, Text: "too many"}, -1, "dash-node-core: too many"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r.core.mu.Lock()
			r.core.answer = func(context.Context, node.RPCRequest) (node.RPCReply, error) { return tc.reply, tc.err }
			r.core.mu.Unlock()
			c.wantError("getblockcount", "[]", tc.code, tc.message)
		})
	}
}

// TestOwnerDown: an owner that is not running is an error at once, under its
// own name, and back when it is back; the others serve on.
func TestOwnerDown(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	r.SetNode(nil)
	c.wantError("getblockcount", "[]", -1, "dash-node-core is not running")
	c.wantResult("listwallets", "[]", `"listwallets"`)
	r.SetNode(r.core)
	c.wantResult("getblockcount", "[]", `"getblockcount"`)
	r.SetWallet(nil)
	c.wantError("listwallets", "[]", -1, "dash-wallet is not running")
	r.SetWallet(r.wallet)
	r.SetSecrets(nil)
	c.wantError("signmessagewithprivkey", `["key","m"]`, -1, "dash-signer is not running")
	c.wantError("createwallet", `["w",false,false,"pass"]`, -1, "dash-signer is not running")
	c.wantResult("createwallet", `["w",null,null,"",null,true,true,null]`, `"createwallet"`)
	if n := r.wallet.count(); n != 2 {
		t.Errorf("%d calls to the wallet", n)
	}
}

// TestOwnerHangs: on a fake clock, a hung owner costs exactly CallTimeout.
func TestOwnerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.core.answer = func(ctx context.Context, _ node.RPCRequest) (node.RPCReply, error) {
			<-ctx.Done()
			return node.RPCReply{}, ctx.Err()
		}
		began := time.Now()
		r.dial().wantError("getblockcount", "[]", -1, "dash-node-core did not answer within 1m0s")
		if d := time.Since(began); d != DefaultCallTimeout {
			t.Errorf("after %v", d)
		}
	})
}

func TestWarmup(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Node = nil })
	r.mu.Lock()
	r.warmup = "RPC server started"
	r.mu.Unlock()
	c := r.dial()
	c.wantError("help", "[]", -28, "RPC server started")
	c.wantError("nothing", "[]", -28, "RPC server started")
	r.SetWarmup("Loading block index…")
	c.wantError("getblockcount", "[]", -28, "Loading block index…")
	if status, _ := c.post("/", `{"method":"uptime"}`); status != 500 {
		t.Errorf("status %d", status)
	}
	r.Ready()
	r.SetWarmup("again")
	c.wantResult("echo", "[]", "[]")
}

func TestDisableWallet(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DisableWallet, o.Wallet = true, nil })
	c := r.dial()
	c.wantError("listwallets", "[]", -32601, "Method not found")
	c.wantError("createwallet", `["w"]`, -32601, "Method not found")
	c.wantResult("help", `["listwallets"]`, `"help: unknown command: listwallets"`)
	c.wantResult("signmessagewithprivkey", `["k","m"]`, `"signmessagewithprivkey"`)
}

func TestAddresses(t *testing.T) {
	prefix, err := ParseAllow("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *Options) { o.Allow = []netip.Prefix{prefix} })
	for addr, want := range map[string]int{
		"127.0.0.1:1": 200, "127.9.9.9:1": 200, "[::1]:1": 200, "[::ffff:127.0.0.1]:1": 200, "10.1.2.3:1": 200, "[::ffff:10.1.2.3]:1": 200,
		"11.0.0.1:1": 403, "[fe80::1%eth0]:1": 403, "[::2]:1": 403, "0.0.0.0:1": 403,
	} {
		c := r.dialFrom(addr)
		resp, body := c.do("POST", "/", c.auth, `{"method":"echo"}`)
		if resp.StatusCode != want || want == 403 && body != "" {
			t.Errorf("%s: %d %q, want %d", addr, resp.StatusCode, body, want)
		}
	}
}

func TestParseAllow(t *testing.T) {
	for in, want := range map[string]string{
		"1.2.3.4": "1.2.3.4/32", "1.2.3.4/24": "1.2.3.0/24", "1.2.3.4/255.255.0.0": "1.2.0.0/16", "0.0.0.0/0": "0.0.0.0/0",
		"1.2.3.4/0.0.0.0": "0.0.0.0/0", "::1": "::1/128", "fe80::/10": "fe80::/10", "1.2.3.4/255.255.255.255": "1.2.3.4/32",
	} {
		if got, err := ParseAllow(in); err != nil || got.String() != want {
			t.Errorf("%s: %v %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "x", "1.2.3", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/255.0.255.0", "1.2.3.4/0.0.0.255", "1.2.3.4/", "/8", "1.2.3.4/8/8", "::1/129", "fe80::1%eth0", "1.2.3.4/ffff::"} {
		got, err := ParseAllow(in)
		if err == nil || !strings.HasPrefix(err.Error(), "Invalid -rpcallowip subnet specification: "+in+". Valid are a single IP") {
			t.Errorf("%q: %v %v", in, got, err)
		}
	}
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.dial()
		c.wantError("stop", "[1.5]", -1, "JSON integer out of range")
		r.super.err = errors.New("busy")
		c.wantError("stop", "[]", -1, "stop: supervisor: busy")
		r.super.err = nil
		began := time.Now()
		resp, body := c.do("POST", "/", c.auth, `{"method":"stop","params":{"wait":1500},"id":1}`)
		if body != `{"result":"Dash Core stopping","error":null,"id":1}`+"\n" || !resp.Close {
			t.Errorf("%q, close %v", body, resp.Close)
		}
		if d := time.Since(began); d != 1500*time.Millisecond {
			t.Errorf("answered after %v", d)
		}
		if d := cmp.Diff([]uint32{0, 1500}, r.super.stops); d != "" {
			t.Error(d)
		}
	})
}

// TestStopAnswersWhileStopping: the reply to stop gets out although the tree is
// stopping already, and does not wait for its time.
func TestStopAnswersWhileStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		done := make(chan struct{})
		r.super.stopped = func() {
			go func() { r.Server.Stop(context.Background()); close(done) }()
		}
		began := time.Now()
		r.dial().wantResult("stop", "[60000]", `"Dash Core stopping"`)
		<-done
		if d := time.Since(began); d > time.Second {
			t.Errorf("took %v", d)
		}
	})
}

func TestOwnMethods(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Started = time.Now().Add(-time.Hour) })
	c := r.dial()
	c.wantResult("echo", `[0, null ,"\u0041",{"b":[],"a":1.10}]`, `[0,null,"A",{"b":[],"a":1.10}]`)
	c.wantResult("echojson", `{"arg1":1}`, `[null,1]`)
	c.wantResult("echo", `{"arg9":null}`, `[null,null,null,null,null,null,null,null,null,null]`)
	c.wantError("echo", `{"arg9":"trigger_internal_bug"}`, -1, `Internal bug detected: request.params[9].get_str() != "trigger_internal_bug"`)
	c.wantResult("echoipc", `["hello"]`, `"hello"`)
	c.wantError("echoipc", `[1]`, -3, "JSON value of type number is not of expected type string")
	c.wantResult("getisolationinfo", "[]", `{"processes": []}`)
	c.wantResult("help", `["foo"]`, `"help: unknown command: foo"`)
	c.wantResult("help", `["foo","bar"]`, `"help: unknown command: foo bar"`)
	c.wantError("help", `[null]`, -3, "JSON value of type null is not of expected type string")
	if res, _, _ := c.call("help", `["dump_all_command_conversions"]`); !strings.HasPrefix(res, `[["getblock",0,"blockhash",true],["getblock",1,"verbosity",false],["getblock",1,"verbose",false]`) {
		t.Errorf("%.100s", res)
	}
	if res, _, _ := c.call("uptime", "[]"); res < "3600" || res > "3610" {
		t.Errorf("uptime %s", res)
	}
	for name := range ownMethods {
		if m, ok := r.table.Get(name); !ok || m.Owner != method.RPC {
			t.Errorf("%s has no row of owner rpc", name)
		}
	}
	for _, m := range r.table.All() {
		if m.Owner == method.RPC && ownMethods[m.Name] == nil {
			t.Errorf("%s has no function", m.Name)
		}
	}
}

func TestEchoIPC(t *testing.T) {
	var got string
	fail := errors.New("could not be started")
	r := newRig(t, func(o *Options) {
		o.Echo = func(_ context.Context, text string) (string, error) {
			got = text
			if text == "bad" {
				return "", fail
			}
			return text, nil
		}
	})
	c := r.dial()
	c.wantResult("echoipc", `["a\"é"]`, `"a\"é"`)
	if got != `a"é` {
		t.Errorf("%q", got)
	}
	c.wantError("echoipc", `["bad"]`, -1, "dash-echo: could not be started")
}

func TestGetRPCInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		hold := make(chan struct{})
		r.core.answer = func(context.Context, node.RPCRequest) (node.RPCReply, error) {
			<-hold
			return node.RPCReply{Result: []byte("1")}, nil
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.dial().wantResult("getblockcount", "[]", "1")
		}()
		synctest.Wait()
		time.Sleep(3 * time.Second)
		c := r.dial()
		c.wantResult("getrpcinfo", "[]",
			`{"active_commands":[{"method":"getblockcount","duration":3000000},{"method":"getrpcinfo","duration":0}],"logpath":"/data/regtest/debug.log"}`)
		close(hold)
		<-done
		c.wantResult("getrpcinfo", "[]", `{"active_commands":[{"method":"getrpcinfo","duration":0}],"logpath":"/data/regtest/debug.log"}`)
	})
}

// TestWorkQueue: with one thread and one place, a third call at the same time
// is refused, and an external user has a place of its own.
func TestWorkQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) {
			o.Threads, o.WorkQueue, o.ExternalQueue = 1, 1, 1
			o.ExternalUsers = []string{"ext"}
			o.Credentials.Auth = []string{rpcauth("ext", "pw")}
		})
		hold := make(chan struct{})
		r.core.answer = func(context.Context, node.RPCRequest) (node.RPCReply, error) {
			<-hold
			return node.RPCReply{Result: []byte("1")}, nil
		}
		results := make(chan string, 4)
		send := func(userPass string) {
			c := r.dial()
			c.auth = basic(userPass)
			go func() {
				status, body := c.post("/", `{"method":"getblockcount"}`)
				results <- fmt.Sprint(status, " ", strings.TrimSpace(body))
			}()
			synctest.Wait()
		}
		send(userPass)
		send(userPass)
		send("ext:pw")
		send(userPass)
		if got := <-results; got != "503 Work queue depth exceeded" {
			t.Error(got)
		}
		send("ext:pw")
		if got := <-results; got != "503 Work queue depth of externals exceeded" {
			t.Error(got)
		}
		close(hold)
		for range 3 {
			if got := <-results; got != `200 {"result":1,"error":null,"id":null}` {
				t.Error(got)
			}
		}
		if !strings.Contains(r.log.String(), "HTTP: Calling handler for external user") ||
			!strings.Contains(r.log.String(), "-rpcworkqueue= setting") {
			t.Error("log lines are missing")
		}
	})
}

func TestBatchBounds(t *testing.T) {
	r := newRig(t, func(o *Options) { o.MaxReply = 10000 })
	c := r.dial()
	status, body := c.post("/", "["+strings.Repeat("0,", 100000)+"0]")
	if status != 500 || !strings.Contains(body, `"code":-7,"message":"The reply to the batch exceeds 10000 bytes"`) {
		t.Errorf("%d %.200s", status, body)
	}
	status, body = c.post("/", `[{"method":"help","id":1}]`)
	var out []struct{ ID int }
	if err := json.Unmarshal([]byte(body), &out); status != 200 || err != nil || len(out) != 1 || out[0].ID != 1 {
		t.Errorf("%d %.200s", status, body)
	}
}

func TestLogLines(t *testing.T) {
	r := newRig(t, nil)
	c := r.dial()
	c.post("/", `{"method":"get\nblock\u0007<count>"}`)
	log := r.log.String()
	for _, want := range []string{
		`"msg":"Received a POST request for / from 127.0.0.1:40000","category":"http"`,
		`"msg":"ThreadRPCServer method=getblockcount user=__cookie__ peeraddr=127.0.0.1:40000","category":"rpc"`,
		`Starting HTTP server with 4 worker threads`,
	} {
		if !strings.Contains(strings.ReplaceAll(log, `","category"`, `","category"`), want) {
			t.Errorf("%s is not in the log:\n%s", want, log)
		}
	}
}

func TestNewListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	raw, err := NewListener(f)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *Options) { o.Listeners = []net.Listener{raw} })
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c := newClient(t, nc)
	c.wantResult("echo", "[1]", "[1]")
	if resp, _ := c.do("POST", "/", "", strings.Repeat("x", 400000)); resp.StatusCode != 401 || !resp.Close {
		t.Errorf("%v", resp)
	}
	if !strings.Contains(r.log.String(), "Received a POST request for / from "+nc.LocalAddr().String()) {
		t.Error("the client's address is wrong")
	}
	r.Server.Stop(context.Background())
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("still listening")
	}
}
