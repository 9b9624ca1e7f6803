package chain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"dashmp/node/blockfile"
	"dashmp/node/coins"
	"dashmp/node/wire"
)

// TestVerifyFindsDamage damages each kind of file and asks at each level.
func TestVerifyFindsDamage(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	n.extend(t, 5, 0)
	x := n.ActiveAt(4)
	n.stop(t)
	damage := func(name string, at int64) (restore func()) {
		path := filepath.Join(d.dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b := bytes.Clone(whole)
		b[at] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return func() { os.WriteFile(path, whole, 0o600) }
	}
	check := func(title string, from int) {
		t.Helper()
		n := d.run(t)
		defer n.stop(t)
		for level := range 5 {
			if err := n.Verify(t.Context(), level, 0); errors.Is(err, ErrVerify) != (level >= from) {
				t.Errorf("%s at level %d: %v", title, level, err)
			}
		}
	}
	check("nothing", 5)
	restore := damage("blk00000.dat", int64(x.data)+20)
	check("a header", 0)
	restore()
	restore = damage("blk00000.dat", int64(x.data)+100)
	check("a transaction", 0)
	restore()
	restore = damage("rev00000.dat", int64(x.undo)+2)
	check("a checksum", 2)
	restore()
	n = d.run(t)
	cache := n.Manager.coins
	b, err := n.Block(t.Context(), n.ActiveAt(2))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := cache.Spend(wire.OutPoint{Hash: b.Txs[0].ID()}); !ok || err != nil {
		t.Fatal(ok, err)
	}
	n.stop(t)
	check("a lost coin", 3)
}

// full is a disk on which nothing fits any more.
type full struct {
	blockfile.File
	on *bool
}

func (f full) WriteAt(b []byte, at int64) (int, error) {
	if *f.on {
		return 0, errors.New("no space left on device")
	}
	return f.File.WriteAt(b, at)
}

// TestDiskFull: the first failure ends all changes, and loses nothing.
func TestDiskFull(t *testing.T) {
	d := newDisk(t, t.TempDir())
	on, heard := false, 0
	d.open = func(f blockfile.File) blockfile.File { return full{f, &on} }
	d.change = func(o *Options) { o.Fatal = func(error) { heard++ } }
	n := d.run(t)
	n.extend(t, 5, 0)
	on = true
	for range 2 {
		if _, err := n.ProcessBlock(t.Context(), mine(d.p, after(n.Tip()), 0), true); !errors.Is(err, ErrSystem) {
			t.Error(err)
		}
	}
	if err := n.Flush(FlushAlways); !errors.Is(err, ErrSystem) || heard != 1 {
		t.Error(err, heard)
	}
	if err := n.Close(context.Background()); err != nil {
		t.Error(err)
	}
	n.crash()
	on = false
	n = d.run(t)
	if n.Tip().Height() != 5 {
		t.Errorf("height %d", n.Tip().Height())
	}
	n.verify(t)
	n.stop(t)
}

func TestInitialDownload(t *testing.T) {
	d := newDisk(t, t.TempDir())
	d.change = func(o *Options) { o.MaxTipAge, o.MinimumChainWork = 86400, workOf(3) }
	n := d.run(t)
	n.extend(t, 1, 0)
	b := mine(d.p, after(n.Tip()), 0)
	b.Header.Time = startTime - 86400
	solve(d.p, b)
	if !n.InitialDownload() {
		t.Error("an old tip counts as new")
	}
	n.accept(t, b)
	if n.InitialDownload() {
		t.Error("a new tip counts as old")
	}
	n.o.MaxTipAge = 0
	if n.InitialDownload() {
		t.Error("it is not for ever")
	}
	n.stop(t)
}

// TestQueriesDuringChange asks while the chain moves; the race detector judges.
func TestQueriesDuringChange(t *testing.T) {
	n := newDisk(t, t.TempDir()).run(t)
	defer n.stop(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n.Tip().Height() < 60 {
			tip := n.Tip()
			n.Info(tip)
			n.Tips()
			n.View().BestBlock()
			if _, err := n.Block(context.Background(), tip); err != nil {
				t.Error(err)
			}
			n.With(func(tip *Index, v coins.View) error {
				if v.BestBlock() != tip.Hash() {
					t.Error("tip and coins differ")
				}
				return nil
			})
		}
	}()
	n.extend(t, 60, 0)
	<-done
}
