package main

import (
	"bytes"
	"context"
	"dashmp/sandbox/broker"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/ipc/proxy/nodeproxy"
	"dashmp/ipc/proxy/walletproxy"
	"dashmp/node"
	"dashmp/policy"
	"dashmp/sandbox/broker/host"
	"dashmp/sandbox/role"
	"dashmp/sandbox/role/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const cookie = "__cookie__:aabbcc"

// pair returns the ends of a socket pair as sibling connections have it.
func pair(t testing.TB) (a, b *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fds[0]), "a"), os.NewFile(uintptr(fds[1]), "b")
}

// connect returns both ends of a connection; theirs offers o.
func connect(t testing.TB, o *ipc.Object) (ours, theirs *ipc.Conn) {
	t.Helper()
	a, b := pair(t)
	ours, err := ipc.NewConn(a, ipc.Options{Name: "rpc", Peer: "peer"})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = ipc.NewConn(b, ipc.Options{Name: "peer", Peer: "rpc", Bootstrap: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

// owner answers every call with its name, and keeps the last one.
type owner struct {
	name string
	mu   sync.Mutex
	last node.RPCRequest
	hold chan struct{}
	// secrets are what was deposited.
	secrets []string
}

func (o *owner) ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
	o.mu.Lock()
	o.last = req
	hold := o.hold
	o.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	return node.RPCReply{Result: fmt.Appendf(nil, "%q", o.name)}, nil
}

func (o *owner) ExecuteRPCs(ctx context.Context, reqs []node.RPCRequest) ([]node.RPCReply, error) {
	return node.Batch(ctx, reqs, o.ExecuteRPC)
}

func (o *owner) Deposit(_ context.Context, _ string, s ipc.Secret) (uint64, error) {
	defer s.Close()
	o.mu.Lock()
	defer o.mu.Unlock()
	err := s.Open(func(b []byte) error { o.secrets = append(o.secrets, string(b)); return nil })
	return uint64(len(o.secrets)), err
}

// deposited returns what was deposited, and the parameters of the last call.
func (o *owner) deposited() ([]string, string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.secrets), string(o.last.Params)
}

func (o *owner) Drop(context.Context, uint64) error { return nil }

func (o *owner) Take(context.Context, uint64) (ipc.Secret, error) {
	return ipc.Secret{}, errors.New("nothing was exported")
}

// supervisor is the broker; its echoes live in this process.
type supervisor struct {
	t     testing.TB
	mu    sync.Mutex
	stops []uint32
	fail  bool
	conns []*ipc.Conn
}

func (s *supervisor) SetLogging(context.Context, []string, []string) ([]string, error) {
	return []string{"net"}, nil
}
func (s *supervisor) SetMockTime(context.Context, int64) error { return nil }
func (s *supervisor) AllowPeer(context.Context, string) error  { return nil }

func (s *supervisor) CreateExport(context.Context, string) (broker.Export, error) {
	return broker.Export{}, nil
}

func (s *supervisor) FinishExport(context.Context, uint64, bool) error { return nil }

type localEcho struct{}

func (localEcho) MakeEcho(context.Context) (ipc.Echo, error) { return localEcho{}, nil }
func (localEcho) Echo(_ context.Context, s string) (string, error) {
	if s == "bad" {
		return "", errors.New("refused")
	}
	return s, nil
}

func (s *supervisor) SpawnEcho(context.Context) (ipc.FD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail {
		return ipc.FD{}, ipc.Errorf(ipc.ErrLimit, "16 echo processes are running")
	}
	a, b := pair(s.t)
	c, err := ipc.NewConn(b, ipc.Options{Name: "echo", Peer: "rpc", Bootstrap: initproxy.NewInitObject(localEcho{}, nil)})
	if err != nil {
		return ipc.FD{}, err
	}
	s.conns = append(s.conns, c)
	return ipc.FromFile(a)
}

func (s *supervisor) Stop(_ context.Context, wait uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stops = append(s.stops, wait)
	return nil
}

func (s *supervisor) setFail() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = true
}

func (s *supervisor) stopped() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.stops)
}

func (s *supervisor) Isolation(context.Context) ([]byte, error) { return []byte(`{"a":1}`), nil }

// rig is the started role.
type rig struct {
	t     testing.TB
	s     *service
	super *supervisor
	addr  string
	log   *bytes.Buffer
	auth  string
}

// env is what the runtime would make of a grant.
func env(t testing.TB, values map[string]config.Value, log io.Writer) *role.Env {
	t.Helper()
	c := &config.Config{Chain: "regtest", Started: time.Now().Unix(), LogPath: "/d/debug.log", Options: map[string]config.Value{}}
	spec, _ := policy.Get(policy.RPC)
	for _, o := range spec.Options {
		if !o.Secret {
			c.Options[o.Name] = config.Value{Int: 16}
		}
	}
	for k, v := range values {
		c.Options[k] = v
	}
	return &role.Env{
		Role: policy.RPC, Config: c, Files: map[string]*os.File{},
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func begin(t *testing.T, values map[string]config.Value) *rig {
	t.Helper()
	r := &rig{t: t, super: &supervisor{t: t}, log: &bytes.Buffer{}, auth: cookie}
	e := env(t, values, &syncWriter{w: r.log})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r.addr = l.Addr().String()
	if e.Files["rpclistener/0"], err = l.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	if e.Files["option/rpccookie"], err = host.SecretFile("rpccookie", []byte(cookie)); err != nil {
		t.Fatal(err)
	}
	ours, _ := connect(t, brokerproxy.NewRPCObject(r.super, nil))
	if e.Broker, err = ours.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	svc, err := start(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	r.s = svc.(*service)
	t.Cleanup(func() {
		if err := r.s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		for _, c := range r.super.conns {
			c.Close()
		}
	})
	return r
}

type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

func (r *rig) call(body string) string {
	r.t.Helper()
	req, err := http.NewRequest("POST", "http://"+r.addr+"/", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	user, pass, _ := strings.Cut(r.auth, ":")
	req.SetBasicAuth(user, pass)
	tr := &http.Transport{DisableKeepAlives: true}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func (r *rig) want(method, params, part string) {
	r.t.Helper()
	if got := r.call(fmt.Sprintf(`{"method":%q,"params":%s}`, method, params)); !strings.Contains(got, part) {
		r.t.Errorf("%s %s: %s, want %s", method, params, got, part)
	}
}

// until polls: siblings are attached by a goroutine of their own.
func (r *rig) until(method, params, part string) {
	r.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if strings.Contains(r.call(fmt.Sprintf(`{"method":%q,"params":%s}`, method, params)), part) {
			return
		}
	}
	r.want(method, params, part)
}

// sibling connects a fake sibling and returns its end.
func (r *rig) sibling(peer policy.Role, o *owner) (theirs *ipc.Conn) {
	r.t.Helper()
	var offer *ipc.Object
	switch peer {
	case policy.Core:
		offer = nodeproxy.NewNodeObject(o, nil)
	case policy.Wallet:
		offer = walletproxy.NewLoaderObject(o, nil)
	case policy.Signer:
		offer = walletproxy.NewSecretBoxObject(o, nil)
	}
	ours, theirs := connect(r.t, offer)
	r.s.Connected(peer, ours)
	return theirs
}

func TestRole(t *testing.T) {
	r := begin(t, nil)
	r.want("getblockcount", "[]", `"code":-28`)
	core := &owner{name: "core"}
	r.sibling(policy.Core, core)
	r.sibling(policy.Wallet, &owner{name: "wallet"})
	r.want("getblockcount", "[]", `"code":-28`) // the signer is not there
	signer := &owner{name: "signer"}
	r.sibling(policy.Signer, signer)
	r.until("getblockcount", "[]", `"result":"core"`)
	r.want("listwallets", "[]", `"result":"wallet"`)
	r.want("signmessagewithprivkey", `["the-key","m"]`, `"result":"signer"`)
	if secrets, params := signer.deposited(); params != `["secret:1","m"]` || !slices.Equal(secrets, []string{"the-key"}) {
		t.Errorf("%s %q", params, secrets)
	}
	r.want("echoipc", `["hello"]`, `"result":"hello"`)
	r.want("echoipc", `["bad"]`, `"code":-1,"message":"dash-echo: `)
	r.super.setFail()
	r.want("echoipc", `["hello"]`, `16 echo processes are running`)
	r.want("getisolationinfo", "[]", `"result":{"a":1}`)
	r.want("getrpcinfo", "[]", `"logpath":"/d/debug.log"`)
	r.want("stop", "[]", `"result":"Dash Core stopping"`)
	if n := r.super.stopped(); n != 1 {
		t.Errorf("%d stops", n)
	}
	if log := r.log.String(); strings.Contains(log, "the-key") || strings.Contains(log, "aabbcc") {
		t.Error("a secret is in the log")
	}
}

// TestRestartedSiblings: a sibling that goes fails at once, under calls too,
// and its successor is used.
func TestRestartedSiblings(t *testing.T) {
	r := begin(t, map[string]config.Value{"disablewallet": {Bool: true}})
	r.sibling(policy.Signer, &owner{name: "signer"})
	for i := range 5 {
		name := fmt.Sprint("core", i)
		core := &owner{name: name}
		theirs := r.sibling(policy.Core, core)
		r.until("getblockcount", "[]", fmt.Sprintf(`"result":%q`, name))
		core.mu.Lock()
		core.hold = make(chan struct{})
		core.mu.Unlock()
		done := make(chan string)
		go func() { done <- r.call(`{"method":"getblockcount"}`) }()
		for !strings.Contains(r.call(`{"method":"getrpcinfo"}`), `"method":"getblockcount"`) {
			time.Sleep(time.Millisecond)
		}
		theirs.Close()
		if got := <-done; !strings.Contains(got, `"code":-1,"message":"dash-node-core is not running: `) {
			t.Errorf("a call in progress: %s", got)
		}
		r.s.Disconnected(policy.Core)
		r.want("getblockcount", "[]", "dash-node-core is not running")
		r.want("signmessagewithprivkey", `["k","m"]`, `"result":"signer"`)
	}
}

// TestSiblingThatNeverAnswers keeps nobody waiting: not the runtime, which
// calls Connected, nor the stop.
func TestSiblingThatNeverAnswers(t *testing.T) {
	r := begin(t, nil)
	a, b := pair(t)
	defer b.Close()
	c, err := ipc.NewConn(a, ipc.Options{Name: "rpc", Peer: "core"})
	if err != nil {
		t.Fatal(err)
	}
	r.s.Connected(policy.Core, c)
	r.want("getblockcount", "[]", `"code":-28`)
	c.Close()
	r.s.Disconnected(policy.Core)
}

// TestReplacedWhileAttaching: the proxy of a connection that is not the latest
// is given up.
func TestReplacedWhileAttaching(t *testing.T) {
	r := begin(t, nil)
	ours, _ := connect(t, nodeproxy.NewNodeObject(&owner{name: "old"}, nil))
	stale := &link{}
	client, err := r.s.attach(policy.Core, stale, ours)
	if err != nil || client == nil {
		t.Fatalf("%v %v", client, err)
	}
	client.Close()
	if r.s.waiting[policy.Core] == false {
		t.Error("a stale connection ended the wait")
	}
}

func TestOptions(t *testing.T) {
	e := env(t, map[string]config.Value{
		"rpcthreads": {Int: -3}, "rpcworkqueue": {Int: 7}, "rpcservertimeout": {Int: 5},
		"rpcallowip": {List: []string{"10.0.0.0/8"}}, "rpcauth": {List: []string{"u:s$h"}},
		"rpcwhitelist": {Set: true, List: []string{"u:echo"}}, "rpcuser": {Text: "alice"},
		"rpcexternaluser": {Text: "a,b"}, "rpcexternalworkqueue": {Int: 3}, "logips": {Bool: true},
	}, io.Discard)
	var err error
	if e.Files["option/rpcpassword"], err = host.SecretFile("rpcpassword", []byte("pa:ss")); err != nil {
		t.Fatal(err)
	}
	o, err := options(e)
	if err != nil {
		t.Fatal(err)
	}
	if o.Threads != 1 || o.WorkQueue != 7 || o.Timeout != 5*time.Second || len(o.Allow) != 1 || o.Whitelist == nil ||
		string(o.Credentials.UserPass) != "alice:pa:ss" || len(o.Credentials.Auth) != 1 || len(o.ExternalUsers) != 2 || o.ExternalQueue != 3 || !o.LogIPs {
		t.Errorf("%+v", o)
	}
	e = env(t, nil, io.Discard)
	if _, err := options(e); err == nil {
		t.Error("no credentials were accepted")
	}
	e.Config.Options["rpcallowip"] = config.Value{List: []string{"nonsense"}}
	if _, err := options(e); err == nil || !strings.HasPrefix(err.Error(), "Invalid -rpcallowip") {
		t.Error(err)
	}
}

func TestTakeSecretRefuses(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := takeSecret(f, nil); err == nil {
		t.Error("an empty one was accepted")
	}
	if f, err = os.CreateTemp(t.TempDir(), ""); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(maxSecret + 1); err != nil {
		t.Fatal(err)
	}
	if _, err := takeSecret(f, nil); err == nil {
		t.Error("a huge one was accepted")
	}
}
