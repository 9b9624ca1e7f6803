package loader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dirBroker keeps wallets as files of a directory, and refuses as the real
// broker does.
type dirBroker struct {
	dir string
	// foreign are names under which another program's wallet lies.
	foreign []string
	// startup is what SetStartup was told, nil if it fails.
	startup map[string]bool
}

func (b *dirBroker) path(name string) string {
	return filepath.Join(b.dir, strings.ReplaceAll(name, "/", "%")+".bolt")
}

func (b *dirBroker) ListWallets(context.Context) ([]string, error) {
	entries, err := os.ReadDir(b.dir)
	var names []string
	for _, e := range entries {
		names = append(names, strings.ReplaceAll(strings.TrimSuffix(e.Name(), ".bolt"), "%", "/"))
	}
	return names, err
}

func (b *dirBroker) open(name string, flag int, kind ipc.Kind, text string) (ipc.FD, error) {
	f, err := os.OpenFile(b.path(name), os.O_RDWR|flag, 0o600)
	if err != nil {
		return ipc.FD{}, ipc.Errorf(kind, text, "/w/"+name)
	}
	return ipc.FromFile(f)
}

func (b *dirBroker) CreateWallet(_ context.Context, name string) (ipc.FD, error) {
	const exists = "Failed to create database path '%s'. Database already exists."
	if slices.Contains(b.foreign, name) {
		return ipc.FD{}, ipc.Errorf(kindExists, exists, "/w/"+name)
	}
	return b.open(name, os.O_CREATE|os.O_EXCL, kindExists, exists)
}

func (b *dirBroker) OpenWallet(_ context.Context, name string) (ipc.FD, error) {
	return b.open(name, 0, kindNotFound, "Failed to load database path '%s'. Path does not exist.")
}

func (b *dirBroker) SetStartup(_ context.Context, name string, load bool) error {
	if b.startup == nil {
		return ipc.Errorf("datadir.access", "no settings file")
	}
	b.startup[name] = load
	return nil
}

// fakeChain is a core that the test moves on.
type fakeChain struct {
	node.Chain // what is not overridden is not called

	mu       sync.Mutex // guards all
	tip      node.BlockRef
	targets  []node.Notifications
	ended    int
	failTip  error
	failHand error
}

func ref(height int32) node.BlockRef {
	return node.BlockRef{Hash: node.Hash{31: byte(height), 0: 0xab}, Height: height, Time: uint32(1000 + height)}
}

func (c *fakeChain) Tip(context.Context) (node.BlockRef, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tip, c.failTip
}

func (c *fakeChain) HandleNotifications(ctx context.Context, n node.Notifications) (ipc.Handler, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failHand != nil {
		return nil, c.failHand
	}
	c.targets = append(c.targets, n)
	return &fakeHandler{c}, nil
}

type fakeHandler struct{ c *fakeChain }

func (h *fakeHandler) Disconnect(context.Context) error {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	h.c.ended++
	return nil
}

func (c *fakeChain) advance(t *testing.T, tip node.BlockRef) {
	t.Helper()
	c.mu.Lock()
	c.tip = tip
	targets := slices.Clone(c.targets)
	c.mu.Unlock()
	for _, n := range targets {
		if err := n.UpdatedBlockTip(t.Context(), tip); err != nil {
			t.Error(err)
		}
	}
}

func start(t *testing.T, b *dirBroker, network string) *Loader {
	t.Helper()
	l := New(Options{
		Network: network, Broker: b, Base58: regtestBase58(t), KeyPool: 20, MnemonicBits: 128, MaxTxFee: 10_000_000, FallbackFee: 1000, Now: func() time.Time { return time.Unix(77, 0) }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return l
}

// following starts a loader with a core at height 0.
func followingLoader(t *testing.T, b *dirBroker) (*Loader, *fakeChain) {
	t.Helper()
	l, c := start(t, b, "regtest"), &fakeChain{tip: ref(0)}
	l.SetSigner(t.Context(), newSigner(t))
	if err := l.Follow(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return l, c
}

func call(t *testing.T, l *Loader, method, args, wallet string) string {
	t.Helper()
	r, err := l.ExecuteRPC(t.Context(), node.RPCRequest{Method: method, Params: []byte(args), Wallet: wallet, HasWallet: wallet != ""})
	if err != nil {
		t.Fatal(err)
	}
	if r.Code != 0 {
		return fmt.Sprintf("%d %s", r.Code, r.Message)
	}
	return string(r.Result)
}

// TestEmptyName: the path /wallet/ names the wallet whose name is empty, and /
// names none.
func TestEmptyName(t *testing.T) {
	l, _ := followingLoader(t, &dirBroker{dir: t.TempDir()})
	for _, name := range []string{"", "other"} {
		if got := call(t, l, "createwallet", fmt.Sprintf(`[%q,true,true]`, name), ""); got[0] == '-' {
			t.Fatal("a wallet cannot be made: ", got)
		}
	}
	for path, want := range map[bool]string{true: `{"walletname":"",`, false: "-19 "} {
		r, err := l.ExecuteRPC(t.Context(), node.RPCRequest{Method: "getwalletinfo", HasWallet: path})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(r.Result); r.Code != 0 {
			if got = fmt.Sprintf("%d %s", r.Code, r.Message); !strings.HasPrefix(got, want) {
				t.Errorf("%v: %s", path, got)
			}
		} else if !strings.HasPrefix(got, want) {
			t.Errorf("%v: %s", path, got)
		}
	}
}

// TestSession is a session that was held with Dash Core v23.1; its answers are
// the wanted ones, but for the path, the format and what this build refuses.
func TestSession(t *testing.T) {
	b := &dirBroker{dir: t.TempDir(), foreign: []string{"theirs"}}
	l, _ := followingLoader(t, b)
	const startup = "-8 The createwallet RPC requires specifying the 'load_on_startup' flag when param 'descriptors' is specified. Dash Core v21 introduced this requirement due to breaking changes in the createwallet RPC."
	info := func(name string, keys, reuse bool) string {
		return fmt.Sprintf(`{"walletname":"%s","walletversion":120200,"format":"bbolt","balance":0.00000000,"coinjoin_balance":0.00000000,"unconfirmed_balance":0.00000000,"immature_balance":0.00000000,"txcount":0,"keypoolsize":0,"keypoolsize_hd_internal":0,"keys_left":0,"paytxfee":0.00000000,"private_keys_enabled":%t,"avoid_reuse":%t,"scanning":false,"descriptors":true,"external_signer":false,"lastprocessedblock":{"hash":"00000000000000000000000000000000000000000000000000000000000000ab","height":0}}`, name, keys, reuse)
	}
	steps := []struct{ method, args, wallet, want string }{
		{"listwallets", `[]`, "", `[]`},
		{"listwalletdir", `[]`, "", `{"wallets":[]}`},
		{"getwalletinfo", `[]`, "", "-18 No wallet is loaded. Load a wallet using loadwallet or create a new one with createwallet. (Note: A default wallet is no longer automatically created)"},
		{"getwalletinfo", `[]`, "none", "-18 Requested wallet does not exist or is not loaded"},
		{"loadwallet", `["nope"]`, "", "-18 Wallet file verification failed. Failed to load database path '/w/nope'. Path does not exist."},
		{"unloadwallet", `[]`, "", "-3 JSON value of type null is not of expected type string"},
		{"unloadwallet", `["nope"]`, "", "-18 Requested wallet does not exist or is not loaded"},
		{"createwallet", `["w1",true,true,"",false,true,null,false]`, "", startup},
		{"createwallet", `["w1",true,true]`, "", `{"name":"w1","warning":""}`},
		{"getwalletinfo", `[]`, "", info("w1", false, false)},
		{"createwallet", `["w1",true,true]`, "", "-4 Wallet file verification failed. Failed to create database path '/w/w1'. Database already exists."},
		{"createwallet", `["theirs",true,true]`, "", "-4 Wallet file verification failed. Failed to create database path '/w/theirs'. Database already exists."},
		{"createwallet", `["w2",false,true]`, "", `{"name":"w2","warning":""}`},
		{"getwalletinfo", `[]`, "", "-19 Wallet file not specified (must request wallet RPC through /wallet/<filename> uri-path)."},
		{"getwalletinfo", `[]`, "w2", info("w2", true, false)},
		{"listwallets", `[]`, "", `["w1","w2"]`},
		{"listwalletdir", `[]`, "", `{"wallets":[{"name":"w1"},{"name":"w2"}]}`},
		{"loadwallet", `["w1"]`, "", `-35 Wallet "w1" is already loaded.`},
		{"unloadwallet", `["w1"]`, "w2", "-8 RPC endpoint wallet and wallet_name parameter specify different wallets"},
		{"unloadwallet", `[]`, "w2", `{"warning":""}`},
		{"listwallets", `[]`, "", `["w1"]`},
		{"loadwallet", `["w2"]`, "", `{"name":"w2","warning":""}`},
		{"createwallet", `["w3",true,true,"secret:5"]`, "", "-4 Passphrase provided but private keys are disabled. A passphrase is only used to encrypt private keys, so cannot be used for wallets with private keys disabled."},
		{"createwallet", `["w4",true,true,null,false,false]`, "", startup},
		{"createwallet", `["w6",true,true,null,true]`, "", `{"name":"w6","warning":""}`},
		{"getwalletinfo", `[]`, "w6", info("w6", false, true)},
		{"createwallet", `[5]`, "", "-3 JSON value of type number is not of expected type string"},
		{"createwallet", `["w7",true,false]`, "", `{"name":"w7","warning":""}`},
		{"createwallet", `["w8","x"]`, "", "-3 JSON value of type string is not of expected type bool"},
		{"createwallet", `["a/b",true,true]`, "", `{"name":"a/b","warning":""}`},
		{"unloadwallet", `["w6"]`, "", `{"warning":""}`},
		{"loadwallet", `["w6",true]`, "", `{"name":"w6","warning":"Wallet load on startup setting could not be updated, so wallet may not be loaded next node startup."}`},
		{"getwalletinfo", `[]`, "w6", info("w6", false, true)},
		// What Dash Core does and this build does not.
		{"createwallet", `["w9",true,true,"",null,true,true]`, "", `{"name":"w9","warning":"Empty string given as passphrase, wallet will not be encrypted.\nWallet load on startup setting could not be updated, so wallet may not be loaded next node startup."}`},
		{"unloadwallet", `["w9",false]`, "", `{"warning":"Wallet load on startup setting could not be updated, so wallet may still be loaded next node startup."}`},
		{"createwallet", `["x",true,true,null,false,false,false]`, "", "-4 Compiled without bdb support (required for legacy wallets)"},
		{"createwallet", `["x",true,true,null,false,true,false,true]`, "", "-4 Compiled without external signing support (required for external signing)"},
		{"sendtoaddress", `["x",1]`, "w6", "-5 Invalid Dash address: x"},
		{"getnewaddress", `[]`, "w6", "-4 Error: This wallet has no available keys"},
		{"importwallet", `["x"]`, "", "-32601 Method not found"},
	}
	for _, s := range steps {
		if d := cmp.Diff(s.want, call(t, l, s.method, s.args, s.wallet)); d != "" {
			t.Errorf("%s %s on %q: %s", s.method, s.args, s.wallet, d)
		}
	}
	if names, _ := b.ListWallets(t.Context()); slices.Contains(names, "x") {
		t.Error("a refused wallet left a file")
	}
}

func best(t *testing.T, l *Loader, name string) node.BlockRef {
	t.Helper()
	w := l.find(name)
	if w == nil {
		t.Fatalf("%s is not loaded", name)
	}
	return w.Best()
}

func TestWalletsFollowTheChain(t *testing.T) {
	b := &dirBroker{dir: t.TempDir()}
	l, c := followingLoader(t, b)
	for _, n := range []string{"a", "b"} {
		if got := call(t, l, "createwallet", `["`+n+`",true]`, ""); got[0] != '{' {
			t.Fatal(got)
		}
	}
	c.advance(t, ref(1))
	if got := call(t, l, "unloadwallet", `["b"]`, ""); got[0] != '{' {
		t.Fatal(got)
	}
	c.advance(t, ref(2))
	if best(t, l, "a") != ref(2) {
		t.Errorf("a is at %+v", best(t, l, "a"))
	}
	// A wallet that was away catches up when it is loaded.
	if got := call(t, l, "loadwallet", `["b"]`, ""); got[0] != '{' {
		t.Fatal(got)
	}
	if best(t, l, "b") != ref(2) {
		t.Errorf("b is at %+v", best(t, l, "b"))
	}
	// What was told is on disk.
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.ended != 1 {
		t.Errorf("%d registrations ended", c.ended)
	}
	again := start(t, b, "regtest")
	if warnings, err := again.LoadAtStart(t.Context(), []string{"a", "b"}, true); err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	if best(t, again, "a") != ref(2) || best(t, again, "b") != ref(2) {
		t.Errorf("after a restart: %+v, %+v", best(t, again, "a"), best(t, again, "b"))
	}
}

func TestCoreComesAndGoes(t *testing.T) {
	l, first := followingLoader(t, &dirBroker{dir: t.TempDir()})
	if got := call(t, l, "createwallet", `["a",true]`, ""); got[0] != '{' {
		t.Fatal(got)
	}
	l.Lost()
	l.Lost()
	if got, want := call(t, l, "createwallet", `["b",true]`, ""), "-4 Wallet creation failed. The core process is not there; try again when it is."; got != want {
		t.Errorf("without a core: %s", got)
	}
	if got := call(t, l, "listwallets", `[]`, ""); got != `["a"]` {
		t.Errorf("wallets without a core: %s", got)
	}
	second := &fakeChain{tip: ref(5)}
	if err := l.Follow(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	second.advance(t, ref(6))
	first.advance(t, ref(1)) // a late callback through the old connection
	if best(t, l, "a") != ref(6) {
		t.Errorf("a is at %+v", best(t, l, "a"))
	}
	boom := errors.New("boom")
	for _, c := range []*fakeChain{{failTip: boom}, {failHand: boom}} {
		if err := l.Follow(t.Context(), c); !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
	}
}

func TestTipsAndLoadingInParallel(t *testing.T) {
	l, c := followingLoader(t, &dirBroker{dir: t.TempDir()})
	var wg sync.WaitGroup
	wg.Go(func() {
		for h := range int32(200) {
			c.advance(t, ref(h+1))
		}
	})
	for g := range 4 {
		wg.Go(func() {
			name := fmt.Sprint("w", g)
			call(t, l, "createwallet", `["`+name+`",true]`, "")
			for range 10 {
				call(t, l, "unloadwallet", `["`+name+`"]`, "")
				call(t, l, "loadwallet", `["`+name+`"]`, "")
				call(t, l, "getwalletinfo", `[]`, name)
			}
		})
	}
	wg.Wait()
	for g := range 4 {
		if got := best(t, l, fmt.Sprint("w", g)); got != ref(200) {
			t.Errorf("wallet %d is at %+v", g, got)
		}
	}
}

func TestLoadAtStart(t *testing.T) {
	b := &dirBroker{dir: t.TempDir()}
	l, _ := followingLoader(t, b)
	for _, n := range []string{"", "a"} {
		call(t, l, "createwallet", `["`+n+`",true]`, "")
	}
	l.Close(t.Context())
	l = start(t, b, "regtest")
	warnings, err := l.LoadAtStart(t.Context(), []string{"a", "a", "none"}, true)
	want := []string{
		"Ignoring duplicate -wallet a.",
		"Skipping -wallet path that doesn't exist. Failed to load database path '/w/none'. Path does not exist.",
	}
	if d := cmp.Diff(want, warnings); d != "" || err != nil {
		t.Error(d, err)
	}
	if got := call(t, l, "listwallets", `[]`, ""); got != `["a"]` {
		t.Errorf("loaded: %s", got)
	}
	// Nothing named: the unnamed wallet, if it is there.
	l.Close(t.Context())
	l = start(t, b, "regtest")
	if warnings, err := l.LoadAtStart(t.Context(), nil, false); err != nil || len(warnings) > 0 || call(t, l, "listwallets", `[]`, "") != `[""]` {
		t.Errorf("%v, %v, %s", warnings, err, call(t, l, "listwallets", `[]`, ""))
	}
	l = start(t, &dirBroker{dir: t.TempDir()}, "regtest")
	if warnings, err := l.LoadAtStart(t.Context(), nil, false); err != nil || len(warnings) > 0 {
		t.Errorf("no wallets at all: %v, %v", warnings, err)
	}
}

func TestRefusedWallets(t *testing.T) {
	b := &dirBroker{dir: t.TempDir()}
	l, _ := followingLoader(t, b)
	for _, n := range []string{"other", "text", "cut", "flags"} {
		if got := call(t, l, "createwallet", `["`+n+`",true]`, ""); got[0] != '{' {
			t.Fatal(got)
		}
	}
	l.Close(t.Context())
	if err := os.WriteFile(b.path("text"), []byte(strings.Repeat("no database ", 4000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(b.path("cut"), 8192); err != nil {
		t.Fatal(err)
	}
	l, _ = followingLoader(t, b)
	for _, n := range []string{"text", "cut"} {
		if got, want := call(t, l, "loadwallet", `["`+n+`"]`, ""), "-4 Wallet loading failed. Error loading "+n+": Wallet corrupted"; got != want {
			t.Errorf("%s: %s", n, got)
		}
		if warnings, err := l.LoadAtStart(t.Context(), []string{n}, true); err == nil {
			t.Errorf("%s at start: %v", n, warnings)
		}
	}
	elsewhere := start(t, b, "test")
	if got := call(t, elsewhere, "loadwallet", `["other"]`, ""); got != "-4 Wallet loading failed. Wallet files should not be reused across chains. Restart dashd with -walletcrosschain to override." {
		t.Errorf("another network's wallet: %s", got)
	}
	// It was closed again: the right network can load it.
	if got := call(t, l, "loadwallet", `["other"]`, ""); got[0] != '{' {
		t.Errorf("afterwards: %s", got)
	}
	fd, err := b.OpenWallet(t.Context(), "flags")
	if err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(fd, "flags")
	if err != nil {
		t.Fatal(err)
	}
	m := meta{network: "regtest", flags: 1 << 60}
	if err := errors.Join(db.Update(func(tx *storage.Tx) error { return m.write(tx, "flags") }), db.Close()); err != nil {
		t.Fatal(err)
	}
	if got := call(t, l, "loadwallet", `["flags"]`, ""); got != "-4 Wallet loading failed. Error loading flags: Wallet corrupted" {
		t.Errorf("unknown flags: %s", got)
	}
}

// TestUnfinishedCreation: the file exists, but a crash came before its first
// record.
func TestUnfinishedCreation(t *testing.T) {
	b := &dirBroker{dir: t.TempDir()}
	l, _ := followingLoader(t, b)
	for name, content := range map[string][]byte{"empty": nil, "zeros": make([]byte, 4096)} {
		if err := os.WriteFile(b.path(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := call(t, l, "loadwallet", `["`+name+`"]`, ""); !strings.HasPrefix(got, "-4") {
			t.Errorf("%s is loaded: %s", name, got)
		}
		if got := call(t, l, "createwallet", `["`+name+`",true]`, ""); got != `{"name":"`+name+`","warning":""}` {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestClosedLoader(t *testing.T) {
	l, _ := followingLoader(t, &dirBroker{dir: t.TempDir()})
	l.Close(t.Context())
	for _, m := range []string{"createwallet", "loadwallet"} {
		if got := call(t, l, m, `["a"]`, ""); !strings.HasPrefix(got, "-4 ") {
			t.Errorf("%s: %s", m, got)
		}
	}
}
