package chain

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"dashmp/node/blockfile"
	"dashmp/node/coins"
	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
)

// forget removes the databases, as -reindex does.
func (d *disk) forget(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(d.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// stats is what two nodes with the same chain share.
func (n *node) stats(t testing.TB, kind coins.HashKind) coins.Stats {
	t.Helper()
	st, x, err := n.Stats(t.Context(), kind)
	if err != nil || x != n.Tip() {
		t.Fatal(x, err)
	}
	return st
}

// TestReindex rebuilds the state from block files, the coins alone from the
// index, and both after an interruption.
func TestReindex(t *testing.T) {
	d := newDisk(t, t.TempDir())
	d.change = func(o *Options) { o.Sizes = blockfile.Sizes{File: 5000, BlockChunk: 1000, UndoChunk: 1000} }
	n := d.run(t)
	n.extend(t, 100, 0)
	tip, want := n.Tip().Hash(), n.stats(t, coins.HashMuhash)
	n.stop(t)
	check := func(title string) {
		t.Helper()
		n := d.run(t)
		if got := n.stats(t, coins.HashMuhash); n.Tip().Hash() != tip || got != want {
			t.Errorf("%s: height %d, %+v", title, n.Tip().Height(), got)
		}
		n.verify(t)
		n.stop(t)
	}
	d.forget(t, "chainstate.bolt")
	check("chainstate")
	d.forget(t, "chainstate.bolt", "blockindex.bolt")
	small := d.change
	d.change = func(o *Options) { small(o); o.Reindex = true }
	check("all")
	// An interruption: what was written says that there is more to do.
	d.forget(t, "chainstate.bolt", "blockindex.bolt")
	d.change = func(o *Options) {
		small(o)
		o.Reindex = true
		o.Files = failAfter(o.Files, 2)
	}
	if _, err := d.start(t.Context()); !errors.Is(err, errNoFile) {
		t.Fatal(err)
	}
	d.change = small
	check("interrupted")
	check("after it")
}

var errNoFile = errors.New("no such file")

// failAfter cannot open files from n on.
func failAfter(open blockfile.Opener, n uint32) blockfile.Opener {
	return func(ctx context.Context, kind blockfile.Kind, i uint32) (blockfile.File, error) {
		if i >= n {
			return nil, errNoFile
		}
		return open(ctx, kind, i)
	}
}

// TestReindexOutOfOrder reads blocks in any order among garbage.
func TestReindexOutOfOrder(t *testing.T) {
	source := newDisk(t, t.TempDir())
	n := source.run(t)
	n.extend(t, 60, 0)
	tip := n.Tip().Hash()
	var blocks [][]byte
	for h := 1; h <= 60; h++ {
		raw, err := n.RawBlock(t.Context(), n.ActiveAt(h))
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, raw)
	}
	n.stop(t)
	record := func(b []byte) []byte {
		head := append(source.p.Magic[:], byte(len(b)), byte(len(b)>>8), 0, 0)
		return append(bytes.Clone(head), b...)
	}
	genesis := source.p.Genesis.Append(nil)
	random := rand.New(rand.NewPCG(5, 6))
	for _, first := range []bool{true, false} {
		d := newDisk(t, t.TempDir())
		var file []byte
		if first {
			file = record(genesis)
		} else {
			file = []byte("garbage first ")
		}
		for _, i := range random.Perm(60) {
			file = append(file, source.p.Magic[:random.IntN(5)]...)
			file = append(file, make([]byte, random.IntN(30))...)
			file = append(file, record(blocks[i])...)
		}
		if err := os.WriteFile(filepath.Join(d.dir, "blk00000.dat"), file, 0o600); err != nil {
			t.Fatal(err)
		}
		d.change = func(o *Options) { o.Reindex = true }
		n := d.run(t)
		if n.Tip().Hash() != tip {
			t.Errorf("genesis first %v: height %d", first, n.Tip().Height())
		}
		n.extend(t, 1, 0)
		n.verify(t)
		n.stop(t)
		got, err := os.ReadFile(filepath.Join(d.dir, "blk00000.dat"))
		if err != nil || !bytes.HasPrefix(got, file) {
			t.Error("what was in the file has changed", err)
		}
	}
	importForeign(t, source, tip)
}

// importForeign loads a block file into another node, twice.
func importForeign(t *testing.T, source *disk, tip wire.Hash) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	defer n.stop(t)
	f, err := os.Open(filepath.Join(source.dir, "blk00000.dat"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, want := range []int{60, 0} {
		loaded, err := n.Import(t.Context(), f)
		if err == nil {
			err = n.Activate(t.Context())
		}
		if err != nil || loaded != want || n.Tip().Hash() != tip {
			t.Errorf("loaded %d: %v", loaded, err)
		}
	}
	n.verify(t)
}

// TestWhileReindexing: blocks from elsewhere wait.
func TestWhileReindexing(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	defer n.stop(t)
	n.importing.Store(true)
	defer n.importing.Store(false)
	if _, err := n.ProcessBlock(t.Context(), mine(d.p, after(n.Tip()), 0), true); !errors.Is(err, ErrImporting) {
		t.Error(err)
	}
	if !n.InitialDownload() {
		t.Error("the download is over")
	}
}

// TestStopAtHeight stops at the height, not behind it.
func TestStopAtHeight(t *testing.T) {
	d := newDisk(t, t.TempDir())
	stopped := 0
	d.change = func(o *Options) { o.StopAtHeight, o.Stop = 3, func() { stopped++ } }
	n := d.run(t)
	n.extend(t, 2, 0)
	if stopped != 0 {
		t.Error("stopped too early")
	}
	n.extend(t, 1, 0)
	if stopped != 1 {
		t.Error("not stopped")
	}
	n.stop(t)
}

// TestSameFiles: the same blocks give the same files and statistics.
func TestSameFiles(t *testing.T) {
	var want [2][]byte
	for i := range 2 {
		d := newDisk(t, t.TempDir())
		n := d.run(t)
		n.extend(t, 20, 0)
		n.stop(t)
		for j, name := range []string{"blk00000.dat", "rev00000.dat"} {
			b, err := os.ReadFile(filepath.Join(d.dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if i == 1 && !bytes.Equal(b, want[j]) {
				t.Error(cmp.Diff(len(b), len(want[j])), name)
			}
			want[j] = b
		}
	}
}
