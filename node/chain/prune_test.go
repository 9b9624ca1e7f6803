package chain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"dashmp/node/blockfile"
	"dashmp/node/params"
)

// pruningDisk is a disk with files of 64 KiB that removes what is pruned.
func pruningDisk(t *testing.T, target uint64) (*disk, *[]string) {
	t.Helper()
	dir, removed := t.TempDir(), &[]string{}
	late := "20000:20000" // coinbases stay as simple as they are
	d := diskOf(dir, regtestParams(t, params.Options{
		FastPrune: true, DIP3Params: &late, TestActivationHeight: []string{"v20@20000", "mn_rr@20000"},
	}))
	d.change = func(o *Options) {
		o.Sizes = blockfile.Sizes{File: blockfile.FastPruneFile, BlockChunk: blockfile.FastPruneChunk, UndoChunk: blockfile.FastPruneChunk}
		o.PruneTarget = target
		o.Remove = func(_ context.Context, kind blockfile.Kind, n uint32) error {
			name := fmt.Sprintf("%s%05d.dat", map[blockfile.Kind]string{blockfile.Blocks: "blk", blockfile.Undo: "rev"}[kind], n)
			*removed = append(*removed, name)
			if err := os.Remove(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
				return err
			}
			return nil
		}
	}
	return d, removed
}

func TestPruneByHand(t *testing.T) {
	d, removed := pruningDisk(t, PruneManually)
	n := d.run(t)
	n.extend(t, 1000, 1)
	if n.Pruned() || n.FirstStored(n.Tip()).Height() != 0 || len(*removed) > 0 {
		t.Fatalf("pruned before anybody asked: %q", *removed)
	}
	last := int(n.files.Info()[0].HeightLast)
	if err := n.PruneTo(t.Context(), last-1); err != nil || len(*removed) != 0 {
		t.Fatalf("a file with a block above the height was removed: %v, %q", err, *removed)
	}
	if err := n.PruneTo(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(*removed); got != "[blk00000.dat rev00000.dat]" || n.FirstStored(n.Tip()).Height() != last+1 {
		t.Errorf("removed %s, the first block is at %d, not %d", got, n.FirstStored(n.Tip()).Height(), last+1)
	}
	// What is near the tip stays, whatever is asked for.
	if err := n.PruneTo(t.Context(), 1000); err != nil || n.FirstStored(n.Tip()).Height() > 1000-MinBlocksToKeep+1 {
		t.Errorf("the first block is at %d, %v", n.FirstStored(n.Tip()).Height(), err)
	}
	first := n.FirstStored(n.Tip()).Height()
	if _, err := n.Block(t.Context(), n.ActiveAt(10)); !errors.Is(err, ErrNoData) {
		t.Errorf("block 10: %v", err)
	}
	if _, err := n.Undo(t.Context(), n.ActiveAt(10)); !errors.Is(err, ErrNoData) {
		t.Errorf("undo data of block 10: %v", err)
	}
	n.extend(t, 10, 1)
	coins := n.coinSet(t)
	n.verify(t) // as far as there are blocks
	n.stop(t)

	again := d.run(t)
	if !again.Pruned() || again.Tip().Height() != 1010 || again.FirstStored(again.Tip()).Height() != first || len(again.coinSet(t)) != len(coins) {
		t.Errorf("after a restart: pruned %v, height %d, first block %d", again.Pruned(), again.Tip().Height(), again.FirstStored(again.Tip()).Height())
	}
	again.extend(t, 5, 1)
	again.stop(t)
	d.change = nil
	if _, err := d.start(t.Context()); !errors.Is(err, ErrPruned) {
		t.Errorf("without -prune: %v", err)
	}
}

// A crash between the index and the removal leaves files that the next start
// removes.
func TestPruneCrash(t *testing.T) {
	d, _ := pruningDisk(t, PruneManually)
	n := d.run(t)
	n.extend(t, 800, 1)
	n.o.Remove = func(context.Context, blockfile.Kind, uint32) error { return errors.New("no") }
	if err := n.PruneTo(t.Context(), 500); err != nil {
		t.Fatal(err)
	}
	if !n.Pruned() {
		t.Fatal("nothing was pruned")
	}
	n.crash()
	blk := filepath.Join(d.dir, "blk00000.dat")
	if _, err := os.Stat(blk); err != nil {
		t.Fatal(err)
	}
	again := d.run(t)
	if _, err := os.Stat(blk); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", blk, err)
	}
	if again.Tip().Height() != 800 {
		t.Errorf("height %d", again.Tip().Height())
	}
}

// The target keeps the files small, but an index can hold on to blocks, and
// without -prune nobody may prune.
func TestPruneTarget(t *testing.T) {
	const target = pruneBuffer + 200<<10
	d, removed := pruningDisk(t, target)
	lock := 100
	change := d.change
	d.change = func(o *Options) { change(o); o.PruneLock = func() int { return lock } }
	n := d.run(t)
	n.extend(t, 1200, 1)
	if len(*removed) != 0 {
		t.Fatalf("removed %q, which an index needs", *removed)
	}
	lock = 2000
	n.extend(t, 400, 1)
	if used := n.Usage() + pruneBuffer; len(*removed) == 0 || used > target+2*blockfile.FastPruneFile {
		t.Errorf("%d bytes are used, removed %q", used, *removed)
	}
	if h := n.FirstStored(n.Tip()).Height(); h == 0 || h > n.Tip().Height()-MinBlocksToKeep {
		t.Errorf("the first block is at %d", h)
	}
	n.stop(t)
	whole := newDisk(t, t.TempDir()).run(t)
	if err := whole.PruneTo(t.Context(), 1); !errors.Is(err, ErrNotPruning) {
		t.Errorf("got %v", err)
	}
}
