package blockchain

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dashmp/node"
	"dashmp/node/blockfile"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/params"
	"dashmp/node/rpccall"
	"dashmp/node/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a chain on disk and the RPCs about it.
type bench struct {
	chain   *chain.Manager
	rpcs    *RPCs
	methods rpccall.Methods
}

// open makes a regtest chain with only its genesis block. change alters the
// options of the RPCs.
func open(t testing.TB, now func() time.Time, change func(*Options)) *bench {
	t.Helper()
	dir := t.TempDir()
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rules := consensus.New(p, nil)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	index, coinDB := database(t, dir, "index"), database(t, dir, "coins")
	c, err := chain.Open(t.Context(), chain.Options{
		Params: p, Network: []byte("regtest"), IndexDB: index, CoinsDB: coinDB, Files: files(dir),
		Rules: chain.NewConsensus(rules, func() consensus.Governance { return consensus.Governance{} }),
		Now:   now, Log: log, CacheBytes: 1 << 28, Threads: 2, MaxTipAge: 1 << 40,
		Sizes: blockfile.Sizes{BlockChunk: 0x10000, UndoChunk: 0x10000},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Activate(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := Options{Chain: c, Params: p, ChainName: "regtest", Rules: rules, Now: now, Log: log}
	if change != nil {
		change(&o)
	}
	b := &bench{chain: c, rpcs: New(o)}
	b.methods = b.rpcs.Methods()
	t.Cleanup(func() {
		b.rpcs.Close()
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
		index.Close()
		coinDB.Close()
	})
	return b
}

func database(t testing.TB, dir, name string) *storage.DB {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	db, err := storage.Open(f, storage.Options{Name: name, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func files(dir string) blockfile.Opener {
	return func(_ context.Context, kind blockfile.Kind, n uint32) (blockfile.File, error) {
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%d-%05d", kind, n)), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		return blockfile.OSFile(f), nil
	}
}

// run executes one RPC; an error is returned as "code: message".
func (b *bench) run(t testing.TB, method, args string) string {
	t.Helper()
	reply, err := b.methods.Execute(context.Background(), node.RPCRequest{Method: method, Params: []byte(args)})
	if err != nil {
		t.Fatal(err)
	}
	if reply.Code != 0 {
		return fmt.Sprintf("%d: %s", reply.Code, reply.Message)
	}
	return string(reply.Result)
}
