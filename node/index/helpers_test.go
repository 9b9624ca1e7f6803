package index

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dashmp/node/blockfile"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/mining"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/storage"
	"dashmp/node/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anyone is a script that everybody can satisfy.
var anyone = []byte{byte(script.Op1)}

// fixture is a chain that can grow.
type fixture struct {
	*chain.Manager
	miner *mining.Miner
	rules *consensus.Rules
	dir   string
	now   int64
}

func openDB(t testing.TB, path string) *storage.DB {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	db, err := storage.Open(f, storage.Options{Name: filepath.Base(path), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{dir: t.TempDir(), now: 1_417_713_400, rules: consensus.New(p, nil)}
	governance := func() consensus.Governance { return consensus.Governance{} }
	clock := func() time.Time { return time.Unix(f.now, 0) }
	f.Manager, err = chain.Open(t.Context(), chain.Options{
		Params: p, Network: []byte("regtest"), IndexDB: openDB(t, filepath.Join(f.dir, "index")), CoinsDB: openDB(t, filepath.Join(f.dir, "coins")),
		Files: func(_ context.Context, kind blockfile.Kind, n uint32) (blockfile.File, error) {
			file, err := os.OpenFile(filepath.Join(f.dir, fmt.Sprintf("%v%05d.dat", kind, n)), os.O_RDWR|os.O_CREATE, 0o600)
			if err != nil {
				return nil, err
			}
			return blockfile.OSFile(file), nil
		},
		Sizes: blockfile.Sizes{BlockChunk: 0x10000, UndoChunk: 0x10000},
		Rules: chain.NewConsensus(f.rules, governance), Now: clock, Log: quiet(), CacheBytes: 1 << 28, Threads: 2, MaxTipAge: 1 << 40,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close(context.Background()) })
	if err := f.Activate(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.miner = mining.New(mining.Options{
		Chain: f.Manager, Rules: f.rules, Now: clock, Log: quiet(), MaxSize: mining.DefaultMaxSize, Governance: governance,
	})
	return f
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// mine makes a block of txs. Each comes a while after the one before, so that no
// two branches have the same.
func (f *fixture) mine(t testing.TB, txs ...*wire.Tx) *chain.Index {
	t.Helper()
	f.now += 10
	if _, err := f.miner.GenerateWith(t.Context(), anyone, txs); err != nil {
		t.Fatal(err)
	}
	return f.Tip()
}

func (f *fixture) block(t testing.TB, x *chain.Index) *wire.Block {
	t.Helper()
	b, err := f.Block(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// spend spends a coinbase of the active chain into outputs of several kinds.
func (f *fixture) spend(t testing.TB, height int) *wire.Tx {
	t.Helper()
	cb := f.block(t, f.ActiveAt(height)).Txs[0]
	v := cb.Outputs[0].Value
	return &wire.Tx{
		Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Hash: cb.ID()}, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{
			{Value: v / 2, ScriptPubKey: anyone}, {Value: v / 4, ScriptPubKey: []byte{byte(script.OpReturn), 1, byte(height)}},
			{Value: v/4 - 1000, ScriptPubKey: []byte{byte(script.Op1), byte(script.Op1)}},
		},
	}
}

// grow makes n blocks, some of which hold a transaction.
func (f *fixture) grow(t testing.TB, n int) {
	t.Helper()
	for range n {
		h := f.Tip().Height() + 1
		if h > 101 && h%3 == 0 {
			f.mine(t, f.spend(t, h-101))
		} else {
			f.mine(t)
		}
	}
}

// set are all indexes of a chain.
type set struct {
	tx     *Tx
	filter *Filter
	stats  *CoinStats
}

func (s *set) each(do func(*follower)) {
	do(s.tx.follower)
	do(s.filter.follower)
	do(s.stats.follower)
}

// open opens all indexes in a directory and starts them.
func (f *fixture) open(t testing.TB, dir string) *set {
	t.Helper()
	options := func(name string) Options {
		return Options{
			Chain: f.Manager, DB: openDB(t, filepath.Join(dir, name)), Log: quiet(),
			Fatal: func(err error) { t.Error(err) },
		}
	}
	s, err := &set{}, error(nil)
	if s.tx, err = NewTx(options("tx")); err != nil {
		t.Fatal(err)
	}
	if s.filter, err = NewFilter(options("filter")); err != nil {
		t.Fatal(err)
	}
	if s.stats, err = NewCoinStats(options("stats"), f.rules); err != nil {
		t.Fatal(err)
	}
	s.each((*follower).Start)
	t.Cleanup(s.stop)
	return s
}

// stop ends all indexes, which write down what they have.
func (s *set) stop() {
	s.each(func(f *follower) {
		f.Stop()
		f.o.DB.Close()
	})
}

// arrive waits until all are at the tip.
func (s *set) arrive(t testing.TB) {
	t.Helper()
	s.each(func(f *follower) {
		deadline := time.Now().Add(time.Minute)
		for !f.WaitSynced(t.Context()) { // false until it has caught up first
			if time.Now().After(deadline) {
				t.Fatalf("%s does not arrive: %+v", f.c.name(), f.Summary())
			}
			time.Sleep(time.Millisecond)
		}
	})
}
