package chain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dashmp/node/arith"
	"dashmp/node/blockfile"
	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/params"
	"dashmp/node/pow"
	"dashmp/node/script"
	"dashmp/node/storage"
	"dashmp/node/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		crashChild(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func regtestParams(t testing.TB, o params.Options) *params.Params {
	t.Helper()
	p, err := params.Select(params.Regtest, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// disk opens everything a Manager needs in a directory.
type disk struct {
	dir   string
	p     *params.Params
	rules Rules
	// change alters the options.
	change func(*Options)
	// open wraps block files.
	open func(blockfile.File) blockfile.File
	log  io.Writer
}

func newDisk(t testing.TB, dir string) *disk {
	return diskOf(dir, regtestParams(t, params.Options{}))
}

func diskOf(dir string, p *params.Params) *disk {
	rules := NewConsensus(consensus.New(p, nil), func() consensus.Governance { return consensus.Governance{} })
	return &disk{dir: dir, p: p, rules: rules, log: io.Discard}
}

func (d *disk) files(_ context.Context, kind blockfile.Kind, n uint32) (blockfile.File, error) {
	name := fmt.Sprintf("blk%05d.dat", n)
	if kind == blockfile.Undo {
		name = fmt.Sprintf("rev%05d.dat", n)
	}
	f, err := os.OpenFile(filepath.Join(d.dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	file := blockfile.OSFile(f)
	if d.open != nil {
		file = d.open(file)
	}
	return file, nil
}

func (d *disk) db(name string) (*storage.DB, error) {
	f, err := os.OpenFile(filepath.Join(d.dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return storage.Open(f, storage.Options{Name: name, NoSync: true})
}

// node is an open Manager with its databases.
type node struct {
	*Manager
	index, coinsDB *storage.DB
}

// startTime is the node's clock: some years after the genesis block.
const startTime = 1_600_000_000

func (d *disk) start(ctx context.Context) (*node, error) {
	n := &node{}
	var err error
	if n.index, err = d.db("blockindex.bolt"); err != nil {
		return nil, err
	}
	if n.coinsDB, err = d.db("chainstate.bolt"); err != nil {
		return nil, errors.Join(err, n.index.Close())
	}
	o := Options{
		Params: d.p, Network: []byte("regtest"), IndexDB: n.index, CoinsDB: n.coinsDB, Files: d.files, Rules: d.rules,
		Now: func() time.Time { return time.Unix(startTime, 0) }, Log: slog.New(slog.NewTextHandler(d.log, nil)),
		CacheBytes: 1 << 30, Threads: 2, MaxTipAge: 1 << 40, Sizes: blockfile.Sizes{BlockChunk: 0x10000, UndoChunk: 0x10000},
	}
	if d.change != nil {
		d.change(&o)
	}
	if n.Manager, err = Open(ctx, o); err == nil {
		if err = n.Reindex(ctx); err == nil {
			err = n.Activate(ctx)
		}
		if err == nil {
			return n, nil
		}
		n.files.Close()
	}
	return nil, errors.Join(err, n.index.Close(), n.coinsDB.Close())
}

func (d *disk) run(t testing.TB) *node {
	t.Helper()
	n, err := d.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.crash)
	return n
}

// stop ends it in order.
func (n *node) stop(t testing.TB) {
	t.Helper()
	if err := n.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	n.crash()
}

// crash closes files without writing anything, as the end of a process does.
func (n *node) crash() {
	n.Interrupt()
	n.files.Close()
	n.index.Close()
	n.coinsDB.Close()
}

// anyone is a script that everybody can satisfy.
var anyone = []byte{byte(script.Op1)}

// coinbase is that of a block without masternodes and before DIP3.
func coinbase(height int, value int64, tag byte) *wire.Tx {
	sig := append(script.AppendInt(nil, int64(height)), 1, tag)
	return &wire.Tx{
		Version: 1, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Index: wire.NullIndex}, ScriptSig: sig, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{{Value: value, ScriptPubKey: anyone}},
	}
}

// spend moves an output to anyone, n times.
func spend(o wire.OutPoint, value int64, outs int) *wire.Tx {
	tx := &wire.Tx{Version: 1, Inputs: []wire.TxIn{{PrevOut: o, Sequence: wire.SequenceFinal}}}
	for range outs {
		tx.Outputs = append(tx.Outputs, wire.TxOut{Value: value / int64(outs), ScriptPubKey: anyone})
	}
	return tx
}

// parentOf is what mining needs of the block before.
type parentOf struct {
	hash   wire.Hash
	height int
	time   uint32
	bits   uint32
}

func after(x *Index) parentOf { return parentOf{x.Hash(), x.Height(), x.Time(), x.Bits()} }

func afterBlock(b *wire.Block, height int) parentOf {
	return parentOf{b.Header.Hash(), height, b.Header.Time, b.Header.Bits}
}

// mine makes a block; tag tells it from others on the same parent.
func mine(p *params.Params, parent parentOf, tag byte, txs ...*wire.Tx) *wire.Block {
	reward := pow.Subsidy(parent.bits, parent.height, false, p).Block
	b := &wire.Block{Header: wire.Header{
		Version: 0x20000000, PrevBlock: parent.hash, Time: parent.time + 150, Bits: p.Consensus.PowLimit.Compact(),
	}}
	b.Txs = append([]*wire.Tx{coinbase(parent.height+1, reward, tag)}, txs...)
	solve(p, b)
	return b
}

func solve(p *params.Params, b *wire.Block) {
	b.Header.MerkleRoot, _ = b.MerkleRoot()
	for !pow.Check(b.Header.Hash(), b.Header.Bits, p.Consensus.PowLimit) {
		b.Header.Nonce++
	}
}

// extend mines n empty blocks on the tip.
func (n *node) extend(t testing.TB, count int, tag byte) {
	t.Helper()
	for range count {
		n.accept(t, mine(n.o.Params, after(n.Tip()), tag))
	}
}

// accept processes a block that must be new and fine.
func (n *node) accept(t testing.TB, b *wire.Block) *Index {
	t.Helper()
	isNew, err := n.ProcessBlock(t.Context(), b, true)
	if err != nil || !isNew {
		t.Fatalf("block on %s: new %v, %v", b.Header.PrevBlock, isNew, err)
	}
	return n.Lookup(b.Header.Hash())
}

// coinSet is all coins at the tip.
func (n *node) coinSet(t testing.TB) map[wire.OutPoint]coins.Coin {
	t.Helper()
	all := map[wire.OutPoint]coins.Coin{}
	tip, err := n.Walk(t.Context(), func(o wire.OutPoint, c coins.Coin) error {
		all[o] = c
		return nil
	})
	if err != nil || tip != n.Tip() {
		t.Fatal(tip, err)
	}
	return all
}

// verify checks the whole chain at the highest level.
func (n *node) verify(t testing.TB) {
	t.Helper()
	if err := n.Verify(t.Context(), 4, 0); err != nil {
		t.Fatal(err)
	}
}

// lineage is the chain of hashes up to x.
func lineage(x *Index) []wire.Hash {
	list := make([]wire.Hash, x.Height()+1)
	for ; x != nil; x = x.Parent() {
		list[x.Height()] = x.Hash()
	}
	return list
}

func workOf(n int) arith.Uint256 { return arith.FromUint64(2).Mul64(uint64(n)) }
