package chain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"dashmp/node/blockfile"
	"dashmp/node/params"
	"dashmp/node/storage"
	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
)

// crashDir names the directory in which a child of the test extends a chain;
// crashRounds how often one is killed, 10 if it is not set.
const (
	crashDir    = "DASHMP_CHAIN_CRASH_DIR"
	crashRounds = "DASHMP_CHAIN_CRASH_ROUNDS"
)

// smallFiles make every kind of write happen often.
func smallFiles(o *Options) {
	o.Sizes = blockfile.Sizes{File: 100_000, BlockChunk: 4096, UndoChunk: 4096}
	o.CacheBytes, o.BatchBytes = 3000, 300
}

// longChain puts off the rules that make a coinbase more than an output.
func longChain() params.Options {
	never := "1000000:1000000"
	return params.Options{DIP3Params: &never, TestActivationHeight: []string{"v20@1000000", "mn_rr@1000000"}}
}

// crashChild extends the chain it finds, with reorganisations, and tells each
// block that it has been told is taken, until it is killed.
func crashChild(dir string) {
	p, err := params.Select(params.Regtest, longChain())
	if err != nil {
		fmt.Println("error", err)
		return
	}
	d := diskOf(dir, p)
	d.change = smallFiles
	n, err := d.start(context.Background())
	if err != nil {
		fmt.Println("error", err)
		return
	}
	random := rand.New(rand.NewPCG(uint64(n.Tip().Height()), uint64(os.Getpid())))
	fmt.Println("ready", n.Tip().Hash())
	for {
		at := n.Tip()
		depth := 0
		if random.IntN(4) == 0 {
			depth = min(random.IntN(6), at.Height())
		}
		at = at.AncestorAt(at.Height() - depth)
		last := after(at)
		for range depth + 1 {
			b := mine(p, last, byte(random.Uint32()))
			if _, err := n.ProcessBlock(context.Background(), b, true); err != nil {
				if refusal(err) == nil || refusal(err).Reject != "duplicate" {
					fmt.Println("error", err)
					return
				}
			}
			fmt.Println("block", b.Header.Hash())
			last = afterBlock(b, last.height+1)
		}
	}
}

// TestKilled kills a process at any moment while it connects, reorganises and
// writes; the next finds a consistent state and every block it was told of.
func TestKilled(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv(crashRounds))
	if err != nil {
		rounds = 10
	}
	dir := t.TempDir()
	d := diskOf(dir, regtestParams(t, longChain()))
	d.change = smallFiles
	random := rand.New(rand.NewPCG(1, 2))
	told := map[string]bool{}
	for round := range rounds {
		for _, hash := range untilKilled(t, dir, 1+random.IntN(60), random.IntN(3000)) {
			told[hash] = true
		}
		n := d.run(t)
		n.verify(t)
		for text := range told {
			hash, err := wire.ParseHash(text)
			if err != nil {
				t.Fatal(err)
			}
			x := n.Lookup(hash)
			if x == nil {
				t.Fatalf("round %d: block %s is gone", round, text)
			}
			if _, err := n.Block(t.Context(), x); err != nil {
				t.Fatalf("round %d: block %s: %v", round, text, err)
			}
			if x.Work().Cmp(n.Tip().Work()) > 0 {
				t.Fatalf("round %d: the tip at %d has less work than a block at %d", round, n.Tip().Height(), x.Height())
			}
		}
		// Half of the time the next finds what an orderly end leaves.
		if round%2 == 0 {
			n.stop(t)
		} else {
			n.crash()
		}
	}
	t.Logf("%d kills, %d blocks", rounds, len(told))
}

// untilKilled runs a child until it has told of some blocks and a little more.
func untilKilled(t *testing.T, dir string, blocks, spin int) (told []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range blocks + 1 {
		if !lines.Scan() {
			break
		}
		told = append(told, lines.Text())
	}
	for range spin { // another while each time, without a clock
		os.Getpid()
	}
	cmd.Process.Kill()
	for lines.Scan() {
		told = append(told, lines.Text())
	}
	cmd.Wait()
	for i, line := range told {
		var word, hash string
		if n, _ := fmt.Sscan(line, &word, &hash); n < 2 || word == "error" {
			if i == len(told)-1 && word != "error" {
				return told[:i] // a line that was cut
			}
			t.Fatal(line)
		}
		told[i] = hash
	}
	return told
}

// records are all records of a bucket.
func records(t *testing.T, db *storage.DB, bucket string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := db.View(func(tx *storage.Tx) error {
		return tx.ForEach(bucket, func(k, v []byte) error {
			all[string(k)] = string(v)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestReplay makes every kind of half-written set between the two sides of a
// reorganisation; the next start completes it.
func TestReplay(t *testing.T) {
	d := newDisk(t, t.TempDir())
	n := d.run(t)
	n.extend(t, 110, 0)
	fork := n.Tip()
	var txs []*wire.Tx
	for h := 1; h <= 8; h++ {
		b, err := n.Block(t.Context(), n.ActiveAt(h))
		if err != nil {
			t.Fatal(err)
		}
		txs = append(txs, spend(wire.OutPoint{Hash: b.Txs[0].ID()}, b.Txs[0].Outputs[0].Value, 3))
	}
	chained := spend(wire.OutPoint{Hash: txs[0].ID(), Index: 1}, txs[0].Outputs[1].Value, 2)
	n.accept(t, mine(d.p, after(fork), 1, append(slices.Clone(txs[:5]), chained)...))
	n.extend(t, 2, 1)
	old := n.Tip().Hash()
	n.stop(t)
	db, err := d.db("chainstate.bolt")
	if err != nil {
		t.Fatal(err)
	}
	from := records(t, db, "coin")
	db.Close()
	whole, err := os.ReadFile(filepath.Join(d.dir, "chainstate.bolt"))
	if err != nil {
		t.Fatal(err)
	}
	n = d.run(t)
	at := after(n.Lookup(fork.Hash()))
	for i := range 5 {
		var own []*wire.Tx
		if i > 0 {
			own = txs[2*i-2 : 2*i]
		}
		b := mine(d.p, at, 2, own...)
		n.accept(t, b)
		at = afterBlock(b, at.height+1)
	}
	next, want := n.Tip().Hash(), n.coinSet(t)
	if next != at.hash {
		t.Fatal("no reorganisation")
	}
	n.stop(t)
	if db, err = d.db("chainstate.bolt"); err != nil {
		t.Fatal(err)
	}
	to := records(t, db, "coin")
	db.Close()
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 40 {
		if err := os.WriteFile(filepath.Join(d.dir, "chainstate.bolt"), whole, 0o600); err != nil {
			t.Fatal(err)
		}
		halfWrite(t, d, from, to, next, old, func() bool { return random.IntN(40) < round })
		n := d.run(t)
		if n.Tip().Hash() != next {
			t.Fatalf("round %d: the tip is %s", round, n.Tip().Hash())
		}
		if diff := cmp.Diff(want, n.coinSet(t)); diff != "" {
			t.Fatalf("round %d: %s", round, diff)
		}
		n.verify(t)
		n.stop(t)
	}
}

// halfWrite turns set from into to, as far as do says, and leaves the heads.
func halfWrite(t *testing.T, d *disk, from, to map[string]string, next, old wire.Hash, do func() bool) {
	t.Helper()
	db, err := d.db("chainstate.bolt")
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *storage.Tx) error {
		var errs []error
		for k := range from {
			if _, ok := to[k]; !ok && do() {
				errs = append(errs, tx.Delete("coin", []byte(k)))
			}
		}
		for k, v := range to {
			if from[k] != v && do() {
				errs = append(errs, tx.Put("coin", []byte(k), []byte(v)))
			}
		}
		heads := append(append([]byte{}, next[:]...), old[:]...)
		errs = append(errs, tx.Delete("meta", []byte("best")), tx.Put("meta", []byte("heads"), heads))
		return errors.Join(errs...)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestCutFiles cuts the block file of a process that was killed at every kind
// of place, as a power failure might, within what the index does not know yet.
func TestCutFiles(t *testing.T) {
	d := newDisk(t, t.TempDir())
	d.change = func(o *Options) { o.Sizes.BlockChunk = 512 }
	n := d.run(t)
	n.extend(t, 3, 0)
	n.stop(t)
	n = d.run(t)
	n.extend(t, 3, 0)
	end := int(n.files.Info()[0].Size)
	begin := int(n.ActiveAt(4).data) - 8
	n.crash()
	whole := map[string][]byte{}
	for _, name := range []string{"blk00000.dat", "rev00000.dat", "blockindex.bolt", "chainstate.bolt"} {
		b, err := os.ReadFile(filepath.Join(d.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		whole[name] = b
	}
	for cut := begin; cut <= end; cut += 5 {
		for _, zeros := range []bool{false, true} {
			for name, b := range whole {
				if name == "blk00000.dat" {
					b = slices.Clone(b)
					clear(b[cut:])
					if !zeros {
						b = b[:cut]
					}
				}
				if err := os.WriteFile(filepath.Join(d.dir, name), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			n := d.run(t)
			size, same := (end-begin)/3, 0
			if zeros {
				same = 4 // a block ends in a lock time of zeros
			}
			if got, want := n.Tip().Height(), 3+(cut+same-begin)/size; got != want {
				t.Fatalf("cut at %d of %d to %d: height %d, want %d", cut, begin, end, got, want)
			}
			n.extend(t, 1, 5)
			n.verify(t)
			n.stop(t)
		}
	}
}
