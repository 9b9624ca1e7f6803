package mining

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"dashmp/node"
	"dashmp/node/address"
	"dashmp/node/blockfile"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpcdesc"
	"dashmp/node/storage"
	"dashmp/node/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// minerAddress is any address on regtest.
const minerAddress = "yWziQMcwmKjRdzi7eWjwiQX8EjWcd6dSg6"

// startTime is where mock clocks begin: after the genesis block.
const startTime = 1_417_713_400

// fixture is a node that only mines.
type fixture struct {
	*Miner
	chain *chain.Manager
	p     *params.Params
	// now is the clock.
	mu  sync.Mutex
	now int64
}

// clock steps the mock time.
func (f *fixture) clock(to int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = to
}

func (f *fixture) time() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Unix(f.now, 0)
}

func openDB(t testing.TB, dir, name string) *storage.DB {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	db, err := storage.Open(f, storage.Options{Name: name, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// newFixture opens a new regtest chain; change alters the miner's options.
func newFixture(t testing.TB, po params.Options, change func(*Options)) *fixture {
	t.Helper()
	p, err := params.Select(params.Regtest, po)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{p: p, now: startTime}
	rules := consensus.New(p, nil)
	governance := func() consensus.Governance { return consensus.Governance{} }
	dir, log := t.TempDir(), slog.New(slog.NewTextHandler(io.Discard, nil))
	f.chain, err = chain.Open(t.Context(), chain.Options{
		Params: p, Network: []byte("regtest"), IndexDB: openDB(t, dir, "index"), CoinsDB: openDB(t, dir, "coins"),
		Files: func(_ context.Context, kind blockfile.Kind, n uint32) (blockfile.File, error) {
			file, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%v%05d.dat", kind, n)), os.O_RDWR|os.O_CREATE, 0o600)
			if err != nil {
				return nil, err
			}
			return blockfile.OSFile(file), nil
		},
		Sizes: blockfile.Sizes{BlockChunk: 0x10000, UndoChunk: 0x10000},
		Rules: chain.NewConsensus(rules, governance), Now: f.time, Log: log, CacheBytes: 1 << 28, Threads: 2, MaxTipAge: 1 << 40,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.chain.Close(context.Background()) })
	if err := f.chain.Activate(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := Options{
		Chain: f.chain, Rules: rules, Now: f.time, Log: log, MaxSize: DefaultMaxSize, MinFeeRate: DefaultMinFeeRate,
		Governance: governance,
	}
	if change != nil {
		change(&o)
	}
	f.Miner = New(o)
	return f
}

// call runs an RPC and decodes its result into out. An error is an
// *rpcerr.Error.
func (f *fixture) call(t testing.TB, out any, method string, args ...any) error {
	t.Helper()
	if args == nil {
		args = []any{}
	}
	args, err := f.expand(method, args)
	if err != nil {
		return err
	}
	params, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := f.Methods().Execute(t.Context(), node.RPCRequest{Method: method, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	if reply.Code != 0 {
		return &rpcerr.Error{Code: rpcerr.Code(reply.Code), Message: reply.Message}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(reply.Result, out)
}

// expand does what the signer does with descriptors before a call.
func (f *fixture) expand(method string, args []any) ([]any, error) {
	i, script := 0, rpcdesc.AddressOrOutputScript
	switch method {
	case "generatetodescriptor":
		i, script = 1, rpcdesc.OutputScript
	case "generateblock":
	default:
		return args, nil
	}
	text, ok := args[i].(string)
	if !ok {
		return args, nil
	}
	s, err := script(text, f.p.Base58)
	args = slices.Clone(args)
	args[i] = hex.EncodeToString(s)
	return args, err
}

func (f *fixture) must(t testing.TB, out any, method string, args ...any) {
	t.Helper()
	if err := f.call(t, out, method, args...); err != nil {
		t.Fatal(err)
	}
}

// mine makes count blocks.
func (f *fixture) mine(t testing.TB, count int) (hashes []string) {
	t.Helper()
	f.must(t, &hashes, "generatetoaddress", count, minerAddress)
	if len(hashes) != count {
		t.Fatalf("%d blocks, want %d", len(hashes), count)
	}
	return hashes
}

func (f *fixture) block(t testing.TB, x *chain.Index) *wire.Block {
	t.Helper()
	b, err := f.chain.Block(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// refused fails unless err is an RPC error with that code and text.
func refused(t testing.TB, err error, code rpcerr.Code, text string) {
	t.Helper()
	var e *rpcerr.Error
	if !errors.As(err, &e) || e.Code != code || e.Message != text {
		t.Errorf("error %v, want %d %q", err, code, text)
	}
}

func payTo(t testing.TB, p *params.Params) []byte {
	t.Helper()
	d, err := address.Decode(minerAddress, p.Base58)
	if err != nil {
		t.Fatal(err)
	}
	return d.Script()
}
