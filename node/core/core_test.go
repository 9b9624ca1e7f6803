package core

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/options"
	"dashmp/node/params"
	"dashmp/policy"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/role/config"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		child(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// dirBroker opens block files in a directory.
type dirBroker struct {
	broker.Core // verbs that these tests do not reach

	dir    string
	opened atomic.Int32
	fail   error
	stops  chan string
}

func (b *dirBroker) OpenBlockFile(_ context.Context, kind broker.BlockFileKind, n uint32) (ipc.FD, error) {
	if b.fail != nil {
		return ipc.FD{}, b.fail
	}
	b.opened.Add(1)
	name := "blk%05d.dat"
	if kind == broker.UndoFile {
		name = "rev%05d.dat"
	}
	f, err := os.OpenFile(filepath.Join(b.dir, fmt.Sprintf(name, n)), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return ipc.FD{}, err
	}
	return ipc.FromFile(f)
}

func (b *dirBroker) RemoveBlockFile(_ context.Context, kind broker.BlockFileKind, n uint32) error {
	name := "blk%05d.dat"
	if kind == broker.UndoFile {
		name = "rev%05d.dat"
	}
	return os.Remove(filepath.Join(b.dir, fmt.Sprintf(name, n)))
}

func (b *dirBroker) NotifyBlock(context.Context, node.Hash) error { return nil }

func (b *dirBroker) NotifyAlert(_ context.Context, text string) error {
	b.stops <- "alert: " + text
	return nil
}

func (b *dirBroker) StopNode(_ context.Context, reason string) error {
	b.stops <- "stop: " + reason
	return nil
}

func (b *dirBroker) AbortNode(_ context.Context, message string) error {
	b.stops <- "abort: " + message
	return nil
}

// setup is a network in a directory.
type setup struct {
	network, devnet, chainName string
	now                        int64
}

func regtest() setup { return setup{params.Regtest, "", "regtest", 1795371907} }

// noFiles is a machine without configuration files.
type noFiles struct{}

func (noFiles) ReadFile(string) ([]byte, error) { return nil, fs.ErrNotExist }
func (noFiles) IsDir(string) bool               { return true }
func (noFiles) HomeDir() string                 { return "/nowhere" }
func (noFiles) WorkDir() string                 { return "/nowhere" }

// config is what the core role is told under these arguments of a command line.
func (s setup) config(args ...string) (*config.Config, error) {
	chain := "-chain=" + s.network
	if s.network == params.Devnet {
		chain = "-devnet=" + s.devnet
	}
	c, err := options.Parse(options.Dashd, append([]string{chain, "-listen=0", "-server=0"}, args...), noFiles{})
	if err != nil {
		return nil, err
	}
	spec, _ := policy.Get(policy.Core)
	cfg := config.New(spec, c, config.Config{Chain: c.Chain(), ChainName: c.ChainName()})
	return &cfg, nil
}

func (s setup) options(dir string, log io.Writer, args ...string) (Options, error) {
	cfg, err := s.config(args...)
	if err != nil {
		return Options{}, err
	}
	p, err := Params(cfg)
	if err != nil {
		return Options{}, err
	}
	o := Options{
		Params: p, Config: cfg, Broker: &dirBroker{dir: dir, stops: make(chan string, 10)}, Random: rand.Reader,
		Now: func() time.Time { return time.Unix(s.now, 0) }, WallClock: func() time.Time { return time.Unix(s.now, 0) },
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}
	if o.BlockIndex, err = os.OpenFile(filepath.Join(dir, "index"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return o, err
	}
	o.ChainState, err = os.OpenFile(filepath.Join(dir, "chainstate"), os.O_RDWR|os.O_CREATE, 0o600)
	return o, err
}

func (s setup) open(t testing.TB, dir string) *Core {
	t.Helper()
	o, err := s.options(dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	<-c.loaded
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func call(t testing.TB, c *Core, method, args string) node.RPCReply {
	t.Helper()
	r, err := c.ExecuteRPC(context.Background(), node.RPCRequest{Method: method, Params: []byte(args)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestResultsAreDashCores compares every result with the one that Dash Core
// gave on the same network, byte by byte, with the clock set to the second of
// the recording. (dash-cli indents and prints strings without quotes.)
func TestResultsAreDashCores(t *testing.T) {
	networks := map[string]setup{
		"main":    {params.Main, "", "main", 1795371907},
		"test":    {params.Test, "", "test", 1795371906},
		"devnet":  {params.Devnet, "x", "devnet-x", 1795371972},
		"regtest": regtest(),
		// With the genesis block's time as mock time the download is over.
		"regtest-mock": {params.Regtest, "", "regtest", 1417713337},
	}
	for name, s := range networks {
		t.Run(name, func(t *testing.T) {
			c := s.open(t, t.TempDir())
			hash := c.chain.Tip().Hash().String()
			check := func(file, method, args string) {
				t.Helper()
				want, err := os.ReadFile("testdata/dashcore/" + name + "." + file + ".json")
				if err != nil {
					return // recorded for some networks only
				}
				got := call(t, c, method, args)
				if got.Code != 0 {
					t.Fatalf("%s %s: %+v", method, args, got)
				}
				want = bytes.TrimSpace(want)
				if want[0] != '{' {
					want = fmt.Appendf(nil, "%q", want)
				}
				var compact bytes.Buffer
				if err := json.Compact(&compact, want); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(compact.String(), string(got.Result)); d != "" {
					t.Errorf("%s %s: %s", method, args, d)
				}
			}
			check("getblockchaininfo", "getblockchaininfo", `[]`)
			for v := range 3 {
				check(fmt.Sprintf("getblock%d", v), "getblock", fmt.Sprintf(`["%s",%d]`, hash, v))
			}
			check("getblockheader", "getblockheader", fmt.Sprintf(`["%s"]`, hash))
			check("getblockheader0", "getblockheader", fmt.Sprintf(`["%s",false]`, hash))
		})
	}
}

// TestSecondDevnetBlock: Dash Core has a devnet's own genesis block in its
// index, but not in the chain.
func TestSecondDevnetBlock(t *testing.T) {
	c := setup{params.Devnet, "x", "devnet-x", 1795371972}.open(t, t.TempDir())
	const hash = "54f934737a3a75501a9cb872e0b0ffeed0d17c849d4922bd2962d1af4c7a3161"
	for file, args := range map[string]string{
		"getblock0": `["` + hash + `",0]`, "getblock1": `["` + hash + `",1]`, "getblock2": `["` + hash + `",2]`, "getblockheader": `["` + hash + `"]`,
	} {
		want, err := os.ReadFile("testdata/dashcore/devnet-second." + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if want = bytes.TrimSpace(want); want[0] != '{' {
			want = fmt.Appendf(nil, "%q", want)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, want); err != nil {
			t.Fatal(err)
		}
		got := call(t, c, map[bool]string{true: "getblockheader", false: "getblock"}[file == "getblockheader"], args)
		if d := cmp.Diff(compact.String(), string(got.Result)); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
}

// The codes and texts are those that Dash Core answered to the same calls.
func TestErrorsAreDashCores(t *testing.T) {
	c := regtest().open(t, t.TempDir())
	hash := `"` + c.chain.Tip().Hash().String() + `"`
	zeros := `"0000000000000000000000000000000000000000000000000000000000000000"`
	tests := []struct {
		method, args string
		code         int32
		text         string
	}{
		{"getblockhash", `[-1]`, -8, "Block height out of range"},
		{"getblockhash", `[99]`, -8, "Block height out of range"},
		{"getblockhash", `["a"]`, -3, "JSON value of type string is not of expected type number"},
		{"getblockhash", `[null]`, -3, "JSON value of type null is not of expected type number"},
		{"getblockhash", `[1.5]`, -1, "JSON integer out of range"},
		{"getblockhash", `[5000000000]`, -1, "JSON integer out of range"},
		{"getblock", `["00"]`, -8, "blockhash must be of length 64 (not 2, for '00')"},
		{"getblock", `["00000000000000000000000000000000000000000000000000000000000000zz"]`, -8,
			"blockhash must be hexadecimal string (not '00000000000000000000000000000000000000000000000000000000000000zz')"},
		{"getblock", `[` + zeros + `]`, -5, "Block not found"},
		{"getblock", `[5]`, -3, "JSON value of type number is not of expected type string"},
		{"getblock", `[` + hash + `,"1"]`, -3, "JSON value of type string is not of expected type number"},
		{"getblock", `[` + hash + `,1.5]`, -1, "JSON integer out of range"},
		{"getblockheader", `["00"]`, -8, "hash must be of length 64 (not 2, for '00')"},
		{"getblockheader", `[` + zeros + `]`, -5, "Block not found"},
		{"getblockheader", `[` + hash + `,1]`, -3, "JSON value of type number is not of expected type bool"},
		{"getblockcount", `[1]`, -1, "getblockcount takes 0 to 0 parameters, not 1"},
		{"getblockhash", `[]`, -1, "getblockhash takes 1 to 1 parameters, not 0"},
		{"stop", `[]`, -32601, "Method not found"},
	}
	for _, tt := range tests {
		if got := call(t, c, tt.method, tt.args); got.Code != tt.code || got.Message != tt.text || got.Result != nil {
			t.Errorf("%s %s: %+v, want %d %s", tt.method, tt.args, got, tt.code, tt.text)
		}
	}
	for args, same := range map[string]string{
		`[` + hash + `,true]`: `[` + hash + `,1]`, `[` + hash + `,false]`: `[` + hash + `,0]`, `[` + hash + `,null]`: `[` + hash + `]`,
		`[` + hash + `,5]`: `[` + hash + `,2]`, `[` + hash + `,-5]`: `[` + hash + `,0]`,
	} {
		if got, want := call(t, c, "getblock", args), call(t, c, "getblock", same); got.Code != 0 || !bytes.Equal(got.Result, want.Result) {
			t.Errorf("getblock %s: %+v", args, got)
		}
	}
	for method, want := range map[string]string{"getblockcount": "0", "getbestblockhash": hash, "getdifficulty": "4.656542373906925e-10"} {
		if got := call(t, c, method, `[]`); string(got.Result) != want {
			t.Errorf("%s: %s", method, got.Result)
		}
	}
	if got := call(t, c, "getblockhash", `[0]`); string(got.Result) != hash {
		t.Errorf("getblockhash 0: %s", got.Result)
	}
}

// openErr starts a core that is expected not to start.
func openErr(t *testing.T, s setup, dir string) (string, error) {
	t.Helper()
	var log bytes.Buffer
	o, err := s.options(dir, &log)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(context.Background(), o)
	if err == nil {
		c.Close()
	}
	return log.String(), err
}

func TestDamagedFiles(t *testing.T) {
	cut := func(n int64) func(string) error { return func(p string) error { return os.Truncate(p, n) } }
	flip := func(at int64) func(string) error {
		return func(p string) error {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			b[at] ^= 1
			return os.WriteFile(p, b, 0o600)
		}
	}
	tests := []struct {
		name, file string
		damage     func(path string) error
		kind       ErrorKind
		text       string
	}{
		{"index is text", "index", func(p string) error { return os.WriteFile(p, bytes.Repeat([]byte("x"), 40000), 0o600) }, ErrOpen,
			"Error opening block database.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"index is cut", "index", cut(9000), ErrOpen, "Error opening block database.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"index is gone", "index", os.Remove, ErrLoad, "Error loading block database.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"chain state is text", "chainstate", func(p string) error { return os.WriteFile(p, bytes.Repeat([]byte("x"), 40000), 0o600) }, ErrOpen,
			"Error opening block database.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"block file is gone", "blk00000.dat", os.Remove, ErrLoad,
			"Error loading block database.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"block file is cut", "blk00000.dat", cut(100), ErrLoad,
			"Error loading block database.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"magic", "blk00000.dat", flip(0), ErrCorrupted, "Corrupted block database detected.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"length", "blk00000.dat", flip(7), ErrCorrupted, "Corrupted block database detected.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"header", "blk00000.dat", flip(40), ErrCorrupted, "Corrupted block database detected.\nPlease restart with -reindex or -reindex-chainstate to recover."},
		{"transaction", "blk00000.dat", flip(200), ErrCorrupted, "Corrupted block database detected.\nPlease restart with -reindex or -reindex-chainstate to recover."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			regtest().open(t, dir).Close()
			if err := tt.damage(filepath.Join(dir, tt.file)); err != nil {
				t.Fatal(err)
			}
			log, err := openErr(t, regtest(), dir)
			var start *StartError
			if !errors.As(err, &start) || start.Kind != tt.kind || start.Text != tt.text {
				t.Fatalf("%v\n%s", err, log)
			}
			if start.Cause == nil || log == "" {
				t.Error("the log says nothing of the cause")
			}
		})
	}
}

// TestDamageEverywhere flips each byte of the databases in turn, in steps: a
// start either succeeds with the right chain or ends in a StartError.
func TestDamageEverywhere(t *testing.T) {
	dir := t.TempDir()
	regtest().open(t, dir).Close()
	whole := snapshot(t, dir)
	for _, name := range []string{"index", "chainstate"} {
		for at := 3; at < len(whole[name]); at += 911 {
			b := []byte(whole[name])
			b[at] ^= 0x41
			for n, content := range whole {
				if n == name {
					content = string(b)
				}
				if err := os.WriteFile(filepath.Join(dir, n), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := openErr(t, regtest(), dir)
			var start *StartError
			if err != nil && !errors.As(err, &start) {
				t.Fatalf("%s, byte %d: %v", name, at, err)
			}
		}
	}
}

func TestOtherNetworksData(t *testing.T) {
	dir := t.TempDir()
	regtest().open(t, dir).Close()
	for _, s := range []setup{{params.Main, "", "main", 0}, {params.Devnet, "x", "devnet-x", 0}} {
		_, err := openErr(t, s, dir)
		if !errors.Is(err, ErrGenesis) || err.Error() != "Incorrect or no genesis block found. Wrong datadir for network?" {
			t.Errorf("%s: %v", s.chainName, err)
		}
	}
}

func TestWrongGenesisOfTheParameters(t *testing.T) {
	o, err := regtest().options(t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o.Params.Genesis.Header.Nonce++
	if _, err := Open(t.Context(), o); !errors.Is(err, ErrGenesis) {
		t.Errorf("got %v", err)
	}
}

// TestForeignBlockFile: what a block file holds is not overwritten.
func TestForeignBlockFile(t *testing.T) {
	dir := t.TempDir()
	blk := filepath.Join(dir, "blk00000.dat")
	content := bytes.Repeat([]byte("other"), 200)
	if err := os.WriteFile(blk, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := openErr(t, regtest(), dir)
	if !errors.Is(err, ErrInit) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(blk); !bytes.Equal(got, content) {
		t.Error("the file was changed")
	}
	// Space that is allocated ahead, as Dash Core leaves it, is used.
	if err := os.WriteFile(blk, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	regtest().open(t, dir)
	if st, _ := os.Stat(blk); st.Size() != 1<<20 {
		t.Errorf("the file has %d bytes", st.Size())
	}
}

func TestBrokerFails(t *testing.T) {
	o, err := regtest().options(t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	o.Broker = &dirBroker{fail: boom}
	if _, err := Open(t.Context(), o); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}

func TestParamsByName(t *testing.T) {
	for _, tt := range []struct{ chain, name, dir string }{
		{"main", "main", ""}, {"test", "test", "testnet3"}, {"regtest", "regtest", "regtest"},
		{"devnet", "devnet", "devnet"}, {"devnet", "devnet-x", "devnet-x"}, {"devnet", "devnet-devnet", "devnet-devnet"},
	} {
		cfg, err := regtest().config()
		if err != nil {
			t.Fatal(err)
		}
		cfg.Chain, cfg.ChainName = tt.chain, tt.name
		p, err := Params(cfg)
		if err != nil || p.DataDir != tt.dir {
			t.Errorf("%s, %s: %+v, %v", tt.chain, tt.name, p, err)
		}
	}
	if _, err := Params(&config.Config{Chain: "moon", ChainName: "moon"}); err == nil {
		t.Error("an unknown chain has parameters")
	}
}
