package index

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/index/gcs"
	"dashmp/node/storage"
	"dashmp/node/wire"
)

// check holds all indexes to what the chain says, from the genesis block on.
func (f *fixture) check(t testing.TB, s *set) {
	t.Helper()
	s.arrive(t)
	var header wire.Hash
	for h := range f.Tip().Height() + 1 {
		x := f.ActiveAt(h)
		b := f.block(t, x)
		var undo coins.BlockUndo
		if h > 0 {
			var err error
			if undo, err = f.Undo(t.Context(), x); err != nil {
				t.Fatal(err)
			}
		}
		for _, tx := range b.Txs {
			got, hash, err := s.tx.Transaction(t.Context(), tx.ID())
			if err != nil {
				t.Fatal(err)
			}
			if h == 0 {
				if got != nil {
					t.Error("the transaction of the genesis block is indexed")
				}
			} else if got == nil || got.ID() != tx.ID() || hash != x.Hash() {
				t.Fatalf("transaction %s of block %d: %v in %s", tx.ID(), h, got, hash)
			}
		}
		want := gcs.Basic(x.Hash(), b, undo)
		header = gcs.Header(gcs.Hash(want), header)
		filter, got, ok := s.filter.Filter(x)
		if !ok || string(filter) != string(want) || got != header {
			t.Fatalf("filter of block %d: %x, header %s, %v", h, filter, got, ok)
		}
	}
	want, _, err := f.Manager.Stats(t.Context(), coins.HashMuhash)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := s.stats.Stats(f.Tip())
	if !ok || got.Muhash != want.Hash || got.Outputs != want.Outputs || got.Bogo != want.Bogo || got.Amount != want.Amount {
		t.Fatalf("stats %+v, %v, want %+v", got, ok, want)
	}
	if sum := got.Amount + got.Unspendable; sum != got.Subsidy {
		t.Errorf("%d duffs are accounted for, %d were created", sum, got.Subsidy)
	}
	s.each(func(i *follower) {
		if sum := i.Summary(); !sum.Synced || sum.Height != f.Tip().Height() {
			t.Errorf("%+v", sum)
		}
	})
}

// reorganise leaves n blocks for n+1 others.
func (f *fixture) reorganise(t testing.TB, n int) (left *chain.Index) {
	t.Helper()
	left = f.Tip()
	if err := f.Invalidate(t.Context(), f.ActiveAt(left.Height()-n+1)); err != nil {
		t.Fatal(err)
	}
	f.grow(t, n+1)
	return left
}

func TestFollow(t *testing.T) {
	f := newFixture(t)
	s := f.open(t, t.TempDir())
	f.check(t, s)
	f.grow(t, 120)
	f.check(t, s)
	at := f.Tip()
	before, _ := s.stats.Stats(at)
	left := f.reorganise(t, 9)
	f.check(t, s)
	// What was left can still be asked for.
	if after, ok := s.stats.Stats(left); !ok || after != before {
		t.Errorf("stats of the block that was left: %+v, %v, want %+v", after, ok, before)
	}
	if _, _, ok := s.filter.Filter(left); !ok {
		t.Error("the filter of the block that was left is gone")
	}
	if err := f.Reconsider(t.Context(), left.AncestorAt(left.Height()-8)); err != nil {
		t.Fatal(err)
	}
	f.grow(t, 3)
	f.check(t, s)
}

// TestLate: an index that begins late, or was away, catches up, also after a
// reorganisation that it did not see.
func TestLate(t *testing.T) {
	f := newFixture(t)
	f.grow(t, 130)
	dir := t.TempDir()
	s := f.open(t, dir)
	f.check(t, s)
	s.stop()
	f.reorganise(t, 12)
	s = f.open(t, dir)
	f.check(t, s)
	s.stop()
	f.grow(t, 5)
	f.check(t, f.open(t, dir))
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range []string{"tx", "filter", "stats"} {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestKilled: what was not written when the process was killed is indexed again.
func TestKilled(t *testing.T) {
	f := newFixture(t)
	dir := t.TempDir()
	s := f.open(t, dir)
	for round := range 4 {
		f.grow(t, 33)
		s.arrive(t)
		if round%2 == 1 {
			if err := f.Flush(chain.FlushAlways); err != nil {
				t.Fatal(err)
			}
			f.grow(t, 1) // the workers wake up and commit
			s.arrive(t)
		}
		// The databases as a killed process leaves them, while others go on.
		killed := t.TempDir()
		copyDir(t, dir, killed)
		s2 := f.open(t, killed)
		f.check(t, s2)
		s2.stop()
		if round == 2 {
			f.reorganise(t, 7)
		}
	}
	f.check(t, s)
}

// TestForeign: an index of a chain that is not known any more begins anew.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	other := newFixture(t)
	other.now += 1000
	other.grow(t, 40)
	s := other.open(t, dir)
	s.arrive(t)
	s.stop()
	f := newFixture(t)
	f.grow(t, 110)
	f.check(t, f.open(t, dir))
}

func TestVersion(t *testing.T) {
	f := newFixture(t)
	db := openDB(t, filepath.Join(t.TempDir(), "tx"))
	if err := db.Update(func(tx *storage.Tx) error { return tx.Put(metaBucket, []byte(versionKey), []byte{version + 1}) }); err != nil {
		t.Fatal(err)
	}
	if _, err := NewTx(Options{Chain: f.Manager, DB: db, Log: quiet()}); !errors.Is(err, ErrVersion) {
		t.Errorf("a database of another version: %v", err)
	}
}

// TestDamaged: a running hash that does not fit its block is found out.
func TestDamaged(t *testing.T) {
	f := newFixture(t)
	f.grow(t, 10)
	dir := t.TempDir()
	s := f.open(t, dir)
	s.arrive(t)
	s.stop()
	db := openDB(t, filepath.Join(dir, "copy"))
	if err := openDB(t, filepath.Join(dir, "stats")).View(func(from *storage.Tx) error {
		return db.Update(func(to *storage.Tx) error {
			for _, b := range []string{metaBucket, statsBucket} {
				if err := from.ForEach(b, func(k, v []byte) error { return to.Put(b, k, v) }); err != nil {
					return err
				}
			}
			return to.Put(metaBucket, []byte(muhashKey), []byte{1, 2, 3})
		})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := NewCoinStats(Options{Chain: f.Manager, DB: db, Log: quiet()}, f.rules); !errors.Is(err, ErrState) {
		t.Errorf("a damaged running hash: %v", err)
	}
}
