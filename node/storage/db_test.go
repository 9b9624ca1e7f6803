package storage

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func file(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func open(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(file(t, path), Options{Name: "test", NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func shut(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// dump returns all records of a bucket.
func dump(db *DB, bucket string) (map[string]string, error) {
	all := map[string]string{}
	err := db.View(func(tx *Tx) error {
		return tx.ForEach(bucket, func(k, v []byte) error {
			all[string(k)] = string(v)
			return nil
		})
	})
	return all, err
}

func TestRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db := open(t, path)
	if !db.Fresh() {
		t.Error("a new file is not fresh")
	}
	err := db.Update(func(tx *Tx) error {
		for i := range 1000 {
			if err := tx.Put("a", fmt.Appendf(nil, "key %d", i), bytes.Repeat([]byte{byte(i)}, i)); err != nil {
				return err
			}
		}
		return errors.Join(tx.Put("b", []byte("x"), nil), tx.Delete("a", []byte("key 7")), tx.Delete("none", []byte("x")))
	})
	if err != nil {
		t.Fatal(err)
	}
	shut(t, db)
	db = open(t, path)
	defer shut(t, db)
	if db.Fresh() {
		t.Error("a file with records is fresh")
	}
	got, err := dump(db, "a")
	if err != nil || len(got) != 999 || got["key 999"] != string(bytes.Repeat([]byte{231}, 999)) {
		t.Errorf("%d records, %v", len(got), err)
	}
	err = db.View(func(tx *Tx) error {
		if v, err := tx.Get("b", []byte("x")); err != nil || v == nil || len(v) != 0 {
			t.Errorf("an empty value is %v, %v", v, err)
		}
		for _, k := range []string{"key 7", "nothing"} {
			if _, err := tx.Get("a", []byte(k)); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: %v", k, err)
			}
		}
		if _, err := tx.Get("none", []byte("x")); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		return tx.Put("a", []byte("x"), nil)
	})
	if err == nil {
		t.Error("a reader may write")
	}
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db"))
	defer shut(t, db)
	boom := errors.New("boom")
	if err := db.Update(func(tx *Tx) error {
		tx.Put("a", []byte("k"), []byte("v"))
		return boom
	}); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() != "mine" {
				t.Error("a panic of the caller's was swallowed")
			}
		}()
		db.Update(func(tx *Tx) error {
			tx.Put("a", []byte("k"), []byte("v"))
			panic("mine")
		})
	}()
	if got, err := dump(db, "a"); len(got) != 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if err := db.Update(func(tx *Tx) error { return tx.Put("a", []byte("k"), []byte("v")) }); err != nil {
		t.Errorf("the database does not work any more: %v", err)
	}
}

func TestClosedAndInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db := open(t, path)
	if _, err := Open(file(t, path), Options{Name: "second"}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second opening: %v", err)
	}
	shut(t, db)
	shut(t, db)
	if err := db.View(func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed database: %v", err)
	}
}

// TestTornCreation cuts the file that creation writes at every 512 bytes, with
// and without the rest being zeros.
func TestTornCreation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "whole")
	shut(t, open(t, path))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut <= len(whole); cut += 512 {
		for _, zeros := range []bool{false, true} {
			torn := append([]byte{}, whole[:cut]...)
			if zeros {
				torn = append(torn, make([]byte, len(whole)-cut)...)
			}
			p := filepath.Join(dir, "torn")
			if err := os.WriteFile(p, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := Open(file(t, p), Options{Name: "torn", NoSync: true})
			if err != nil {
				t.Fatalf("cut at %d, zeros %v: %v", cut, zeros, err)
			}
			if !db.Fresh() {
				t.Errorf("cut at %d: not fresh", cut)
			}
			if err := db.Update(func(tx *Tx) error { return tx.Put("a", []byte("k"), nil) }); err != nil {
				t.Errorf("cut at %d: %v", cut, err)
			}
			shut(t, db)
		}
	}
}

// state is what two buckets hold after a commit.
type state map[string]map[string]string

// populated writes a database with two buckets, one small and one of several
// levels, in several commits, so that it has free pages too. It returns the
// last two states, between which damage to a meta page may decide.
func populated(t testing.TB, path string) [2]state {
	var last [2]state
	db := open(t, path)
	defer shut(t, db)
	for round := range 4 {
		want := state{"big": {}, "small": {"a": "1", "b": "2"}}
		last[0], last[1] = last[1], want
		err := db.Update(func(tx *Tx) error {
			for i := range 300 {
				k, v := fmt.Sprintf("%04d", i*7%300), fmt.Sprintf("%d value %d", round, i)
				want["big"][k] = v
				if err := tx.Put("big", []byte(k), []byte(v)); err != nil {
					return err
				}
			}
			return errors.Join(tx.Put("small", []byte("a"), []byte("1")), tx.Put("small", []byte("b"), []byte("2")))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return last
}

// survive opens a damaged file and reads all of it. The outcome is ErrCorrupt
// or what was written; anything else, and any panic, is a failure.
func survive(t testing.TB, path string, last [2]state) (corrupt bool) {
	t.Helper()
	db, err := Open(file(t, path), Options{Name: "damaged", NoSync: true})
	if err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("opening: %v", err)
		}
		return true
	}
	defer db.Close()
	got := state{}
	for bucket := range last[1] {
		records, err := dump(db, bucket)
		if errors.Is(err, ErrCorrupt) {
			return true
		}
		if err != nil {
			t.Errorf("reading: %v", err)
		}
		got[bucket] = records
	}
	if d := cmp.Diff(last[1], got); d != "" && !cmp.Equal(last[0], got) {
		t.Errorf("a lie: %s", d)
	}
	if err := db.Update(func(tx *Tx) error { return tx.Put("big", []byte("new"), []byte("v")) }); err != nil && !errors.Is(err, ErrCorrupt) {
		t.Errorf("writing: %v", err)
	}
	return false
}

func TestDamageIsFound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "db")
	last := populated(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(1)
	random := rand.New(rand.NewPCG(seed, seed))
	damages := map[string]func(b []byte) []byte{
		"one bit":       func(b []byte) []byte { b[random.IntN(len(b))] ^= 1 << random.IntN(8); return b },
		"32 bytes":      func(b []byte) []byte { at := random.IntN(len(b) - 32); fill(random, b[at:at+32]); return b },
		"a page header": func(b []byte) []byte { at := random.IntN(len(b)/4096) * 4096; fill(random, b[at:at+16]); return b },
		"a page of another": func(b []byte) []byte {
			n := len(b) / 4096
			from, to := random.IntN(n), random.IntN(n)
			copy(b[to*4096:(to+1)*4096], b[from*4096:(from+1)*4096])
			return b
		},
		"a page number": func(b []byte) []byte {
			at := random.IntN(len(b)/4096)*4096 + 16 + 16*random.IntN(8) + 8
			b[at] = byte(random.IntN(len(b) / 4096))
			return b
		},
		"the end":   func(b []byte) []byte { return b[:random.IntN(len(b))] },
		"all zeros": func(b []byte) []byte { clear(b); return b },
		"text":      func(b []byte) []byte { return bytes.Repeat([]byte("hello "), len(b)/6) },
	}
	found := 0
	for name, damage := range damages {
		for i := range 200 {
			bad := filepath.Join(dir, "bad")
			if err := os.WriteFile(bad, damage(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			if survive(t, bad, last) {
				found++
			}
			if t.Failed() {
				t.Fatalf("%s, attempt %d", name, i)
			}
		}
	}
	if found < 200 {
		t.Errorf("only %d damages were found", found)
	}
	if survive(t, path, last) {
		t.Error("the whole file is called corrupted")
	}
}

func fill(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

// TestShrunkWhileOpen cuts the file under an open database: reading beyond its
// end faults, which must not end the process.
func TestShrunkWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	populated(t, path)
	db := open(t, path)
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	if _, err := dump(db, "big"); !errors.Is(err, ErrCorrupt) {
		t.Errorf("reading: %v", err)
	}
	if err := db.Update(func(tx *Tx) error { return nil }); !errors.Is(err, ErrCorrupt) {
		t.Errorf("after a fault: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestConcurrentUse(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db"))
	defer shut(t, db)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				key := fmt.Appendf(nil, "%d/%d", g, i)
				if err := db.Update(func(tx *Tx) error { return tx.Put("a", key, key) }); err != nil {
					t.Error(err)
				}
				if _, err := dump(db, "a"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got, err := dump(db, "a"); len(got) != 400 || err != nil {
		t.Errorf("%d records, %v", len(got), err)
	}
}

// TestModel compares a database that is opened again and again with a map.
func TestModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp("", "storage")
		if err != nil {
			r.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "db")
		model := map[string]string{}
		db := open(t, path)
		defer func() { db.Close() }()
		keys := rapid.StringMatching(`[a-z]{1,3}`)
		r.Repeat(map[string]func(*rapid.T){
			"write": func(r *rapid.T) {
				puts := rapid.MapOfN(keys, rapid.StringN(0, 600, 600), 1, 40).Draw(r, "records")
				if err := db.Update(func(tx *Tx) error {
					for k, v := range puts {
						if err := tx.Put("m", []byte(k), []byte(v)); err != nil {
							return err
						}
						model[k] = v
					}
					return nil
				}); err != nil {
					r.Fatal(err)
				}
			},
			"delete": func(r *rapid.T) {
				k := keys.Draw(r, "key")
				delete(model, k)
				if err := db.Update(func(tx *Tx) error { return tx.Delete("m", []byte(k)) }); err != nil {
					r.Fatal(err)
				}
			},
			"open again": func(r *rapid.T) {
				shut(t, db)
				db = open(t, path)
			},
			"": func(r *rapid.T) {
				got, err := dump(db, "m")
				if d := cmp.Diff(model, got); d != "" || err != nil {
					r.Fatalf("%v %s", err, d)
				}
			},
		})
	})
}

// FuzzDamage overwrites bytes of a database file.
func FuzzDamage(f *testing.F) {
	f.Add(uint32(0), []byte{1})
	f.Add(uint32(4096), []byte{0, 0, 0, 0})
	f.Add(uint32(16384+10), []byte{0xff, 0xff})
	dir := f.TempDir()
	path := filepath.Join(dir, "db")
	last := populated(f, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		b := bytes.Clone(whole)
		copy(b[int(at)%len(b):], with)
		bad := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		survive(t, bad, last)
	})
}

// TestPageIsUsedOnce: no page belongs to two places of the tree, which also
// bounds the walk by the size of the file.
func TestPageIsUsedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	populated(t, path)
	f := file(t, path)
	defer f.Close()
	m, err := newestMeta(f)
	if err != nil {
		t.Fatal(err)
	}
	w := &walker{f: f, meta: m, seen: make([]byte, m.high/8+1)}
	if _, err := w.load(m.root); err != nil {
		t.Fatal(err)
	}
	if _, err := w.load(m.root); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a second use: %v", err)
	}
	for _, id := range []uint64{0, 1, m.high, 1 << 60} {
		if _, err := w.load(id); !errors.Is(err, ErrCorrupt) {
			t.Errorf("page %d: %v", id, err)
		}
	}
}
