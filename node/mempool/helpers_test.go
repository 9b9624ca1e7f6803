package mempool_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"dashmp/node"
	"dashmp/node/address"
	"dashmp/node/blockfile"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/mempool/fees"
	"dashmp/node/mempool/policy"
	"dashmp/node/mining"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/node/script"
	"dashmp/node/storage"
	"dashmp/node/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startTime is where mock clocks begin: after the genesis block.
const startTime = 1_417_713_400

// fixture is a node with a chain, a pool and a miner.
type fixture struct {
	*mempool.Pool
	chain   *chain.Manager
	miner   *mining.Miner
	methods rpccall.Methods
	fees    *fees.Estimator
	options mempool.Options

	mu  sync.Mutex // guards now
	now int64
	// heard are the pool's events.
	heard []mempool.Event
}

// settings are what a test may change.
type settings struct {
	params  params.Options
	pool    mempool.Options
	network string
}

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

// newFixture opens a new regtest chain with an empty pool that checks itself at
// every change.
func newFixture(t testing.TB, change func(*settings)) *fixture {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s := &settings{network: params.Regtest, pool: mempool.Options{
		Policy: policy.Default(), Limits: mempool.DefaultLimits(), Fees: fees.New(log), CheckEvery: 1, Log: log,
	}}
	if change != nil {
		change(s)
	}
	p, err := params.Select(s.network, s.params)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{now: startTime, fees: s.pool.Fees}
	rules := consensus.New(p, nil)
	governance := func() consensus.Governance { return consensus.Governance{} }
	dir := t.TempDir()
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
	s.pool.Chain, s.pool.Rules, s.pool.Now = f.chain, rules, f.time
	f.options = s.pool
	f.Pool = mempool.New(s.pool)
	t.Cleanup(f.Pool.Close)
	f.Subscribe(func(ev mempool.Event) { f.heard = append(f.heard, ev) })
	f.methods = f.Methods(mempool.RPCOptions{Mockable: true})
	f.miner = mining.New(mining.Options{
		Chain: f.chain, Rules: rules, Pool: f.Pool, Now: f.time, Log: log, MaxSize: mining.DefaultMaxSize,
		MinFeeRate: mining.DefaultMinFeeRate, Governance: governance,
	})
	return f
}

// trueScript is spent by whoever shows it.
var trueScript = []byte{byte(script.Op1)}

// anyone is an output script that trueScript redeems.
func anyone() []byte {
	return address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(trueScript)}.Script()
}

// coin is an output that can be spent with trueScript.
type coin struct {
	out   wire.OutPoint
	value int64
}

// mine makes blocks that pay anyone and returns their coinbases' outputs.
func (f *fixture) mine(t testing.TB, count int) (list []coin) {
	t.Helper()
	for range count {
		f.clock(f.time().Unix() + 30)
		if _, err := f.miner.Generate(t.Context(), anyone(), 1, 1<<30); err != nil {
			t.Fatal(err)
		}
		b, err := f.chain.Block(t.Context(), f.chain.Tip())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, coin{wire.OutPoint{Hash: b.Txs[0].ID()}, b.Txs[0].Outputs[0].Value})
	}
	return list
}

// funds are n coins that can be spent now.
func (f *fixture) funds(t testing.TB, n int) []coin {
	t.Helper()
	list := f.mine(t, n)
	f.mine(t, consensus.CoinbaseMaturity)
	return list
}

// spend makes a transaction with outs outputs of equal value that pays fee.
func spend(fee int64, outs int, from ...coin) *wire.Tx {
	tx := &wire.Tx{Version: 2}
	sum := -fee
	for _, c := range from {
		sum += c.value
		tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: c.out, ScriptSig: script.AppendPush(nil, trueScript), Sequence: wire.SequenceFinal})
	}
	for range outs {
		tx.Outputs = append(tx.Outputs, wire.TxOut{Value: sum / int64(outs), ScriptPubKey: anyone()})
	}
	return tx
}

// outputs are the coins of a transaction.
func outputs(tx *wire.Tx) (list []coin) {
	for i := range tx.Outputs {
		list = append(list, coin{wire.OutPoint{Hash: tx.ID(), Index: uint32(i)}, tx.Outputs[i].Value})
	}
	return list
}

// judge offers a transaction and returns why it was refused, "" if it was not.
func (f *fixture) judge(t testing.TB, tx *wire.Tx, how mempool.How) string {
	t.Helper()
	r, err := f.Accept(t.Context(), tx, how)
	if err != nil {
		t.Fatal(err)
	}
	if r.Err != nil {
		return r.Err.Error()
	}
	return ""
}

// add has a transaction accepted.
func (f *fixture) add(t testing.TB, txs ...*wire.Tx) {
	t.Helper()
	for _, tx := range txs {
		if reason := f.judge(t, tx, mempool.How{}); reason != "" {
			t.Fatalf("refused: %s", reason)
		}
	}
}

// verify checks the pool's invariants.
func (f *fixture) verify(t testing.TB) {
	t.Helper()
	if err := f.Verify(); err != nil {
		t.Fatal(err)
	}
}

// call runs an RPC and decodes its result into out. An error is an
// *rpcerr.Error.
func (f *fixture) call(t testing.TB, out any, method string, args ...any) error {
	t.Helper()
	if args == nil {
		args = []any{}
	}
	params, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := f.methods.Execute(t.Context(), node.RPCRequest{Method: method, Params: params})
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
