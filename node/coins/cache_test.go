package coins

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"dashmp/node/muhash"
	"dashmp/node/script"
	"dashmp/node/storage"
	"dashmp/node/wire"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func openDB(t testing.TB, path string) *storage.DB {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	db, err := storage.Open(f, storage.Options{Name: "coins", NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func openStore(t testing.TB, db *storage.DB, batch int) *Store {
	t.Helper()
	s, err := OpenStore(db, batch)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// model is a set without layers.
type model map[wire.OutPoint]Coin

func (m model) check(t testing.TB, v View) {
	t.Helper()
	for i := range uint32(24) {
		o := name(i)
		got, ok, err := v.Coin(o)
		want, exists := m[o]
		if err != nil || ok != exists || ok && !got.equal(&want) {
			t.Fatalf("%d: %v, %v, %v; want %v, %v", i, got, ok, err, want, exists)
		}
	}
}

// name is outpoint i: three transactions with outputs whose numbers need one,
// two and three bytes.
func name(i uint32) wire.OutPoint {
	return wire.OutPoint{Hash: wire.Hash{byte(i % 3)}, Index: i / 3 * i / 3 * 400}
}

// TestLayers compares a stack of caches over a database with a plain set.
func TestLayers(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, "db")
		os.Remove(path)
		db := openDB(t, path)
		defer db.Close()
		store := openStore(t, db, rapid.SampledFrom([]int{1, 100, 0}).Draw(rt, "batch"))
		layers := []*Cache{NewCache(store)}
		sets := []model{{}}
		top := func() (*Cache, model) { return layers[len(layers)-1], sets[len(sets)-1] }
		drop := func() { layers, sets = layers[:len(layers)-1], sets[:len(sets)-1] }
		var best byte
		rt.Repeat(map[string]func(*rapid.T){
			"add": func(rt *rapid.T) {
				c, m := top()
				o, coin := name(rapid.Uint32Range(0, 23).Draw(rt, "name")), drawCoin(rt)
				_, exists := m[o]
				if err := c.Add(o, coin, exists || rapid.Bool().Draw(rt, "careful")); err != nil {
					rt.Fatal(err)
				}
				if !script.IsUnspendable(coin.Out.ScriptPubKey) {
					m[o] = coin
				}
			},
			"overwrite": func(rt *rapid.T) {
				c, m := top()
				for o, coin := range m {
					if _, here := c.entries[o]; !here {
						continue
					}
					if err := c.Add(o, coin, false); !errors.Is(err, ErrOverwrite) && !script.IsUnspendable(coin.Out.ScriptPubKey) {
						rt.Fatalf("an unspent coin was overwritten: %v", err)
					}
					break
				}
			},
			"spend": func(rt *rapid.T) {
				c, m := top()
				o := name(rapid.Uint32Range(0, 23).Draw(rt, "name"))
				got, ok, err := c.Spend(o)
				want, exists := m[o]
				if err != nil || ok != exists || ok && !got.equal(&want) {
					rt.Fatalf("%v, %v, %v; want %v, %v", got, ok, err, want, exists)
				}
				delete(m, o)
			},
			"prefetch": func(rt *rapid.T) {
				c, _ := top()
				if err := c.Prefetch([]wire.OutPoint{name(0), name(5), name(9), name(5)}); err != nil {
					rt.Fatal(err)
				}
			},
			"push": func(rt *rapid.T) {
				c, m := top()
				layers, sets = append(layers, NewCache(c)), append(sets, maps.Clone(m))
			},
			"merge": func(rt *rapid.T) {
				if len(layers) < 2 {
					rt.Skip()
				}
				c, m := top()
				best++
				c.SetBestBlock(wire.Hash{best})
				drop()
				if err := layers[len(layers)-1].Merge(c); err != nil {
					rt.Fatal(err)
				}
				sets[len(sets)-1] = m
			},
			"drop": func(rt *rapid.T) {
				if len(layers) < 2 {
					rt.Skip()
				}
				drop()
			},
			"flush": func(rt *rapid.T) {
				best++
				layers[0].SetBestBlock(wire.Hash{best})
				layers, sets = layers[:1], sets[:1]
				if err := layers[0].Flush(store); err != nil {
					rt.Fatal(err)
				}
				sets[0].check(t, store)
				if store.BestBlock() != (wire.Hash{best}) || layers[0].Bytes() != 0 {
					rt.Fatalf("best %s, %d bytes", store.BestBlock(), layers[0].Bytes())
				}
			},
			"": func(rt *rapid.T) {
				c, m := top()
				m.check(t, c)
				var scripts int64
				for _, e := range c.entries {
					if e.flags&spent == 0 {
						scripts += scriptBytes(e.coin.Out.ScriptPubKey)
					}
				}
				if c.scripts != scripts {
					rt.Fatalf("%d bytes of scripts are counted, there are %d", c.scripts, scripts)
				}
			},
		})
	})
}

// TestFreshBelow: a layer that takes an existing coin for new is a broken
// invariant and says so.
func TestFreshBelow(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "db"))
	defer db.Close()
	base := NewCache(openStore(t, db, 0))
	coin := Coin{Out: wire.TxOut{Value: 1, ScriptPubKey: []byte{1}}, Height: 1}
	if err := base.Add(name(1), coin, false); err != nil {
		t.Fatal(err)
	}
	child := NewCache(base)
	if err := child.Add(name(1), coin, false); err != nil {
		t.Fatal(err)
	}
	if err := base.Merge(child); !errors.Is(err, ErrFresh) {
		t.Error(err)
	}
}

// TestInterruptedWrite stops a write after each of its batches. What is on disk
// then has heads, no best block, and takes the same write again.
func TestInterruptedWrite(t *testing.T) {
	dir := t.TempDir()
	coin := Coin{Out: wire.TxOut{Value: 1, ScriptPubKey: []byte{1}}, Height: 1}
	changes := func() (all []*change) {
		for i := range uint32(10) {
			all = append(all, &change{name(i), coin, false})
		}
		return all
	}
	for cut := 1; cut < 10; cut++ {
		db := openDB(t, filepath.Join(dir, "db"+string(rune('0'+cut))))
		s := openStore(t, db, 1)
		if err := s.write(nil, wire.Hash{1}); err != nil {
			t.Fatal(err)
		}
		rest := changes()
		for i := range cut {
			var err error
			if rest, err = s.writeBatch(rest, i == 0, wire.Hash{2}, wire.Hash{1}); err != nil || len(rest) == 0 {
				t.Fatal(len(rest), err)
			}
		}
		s = openStore(t, db, 1)
		if next, old, ok := s.Heads(); !ok || next != (wire.Hash{2}) || old != (wire.Hash{1}) || !s.BestBlock().IsZero() {
			t.Fatalf("cut %d: heads %s, %s, %v; best %s", cut, next, old, ok, s.BestBlock())
		}
		if err := s.write(changes(), wire.Hash{3}); !errors.Is(err, ErrHeads) {
			t.Errorf("cut %d: a write to another block: %v", cut, err)
		}
		if err := s.write(changes(), wire.Hash{2}); err != nil {
			t.Fatal(err)
		}
		s = openStore(t, db, 1)
		if _, _, ok := s.Heads(); ok || s.BestBlock() != (wire.Hash{2}) {
			t.Errorf("cut %d: the write is not complete", cut)
		}
		db.Close()
	}
}

func TestDamagedRecords(t *testing.T) {
	for title, put := range map[string]func(tx *storage.Tx) error{
		"short best":   func(tx *storage.Tx) error { return tx.Put(bucketMeta, []byte(keyBest), []byte{1}) },
		"short heads":  func(tx *storage.Tx) error { return tx.Put(bucketMeta, []byte(keyHeads), make([]byte, 32)) },
		"short key":    func(tx *storage.Tx) error { return tx.Put(bucketCoin, make([]byte, 32), nil) },
		"long key":     func(tx *storage.Tx) error { return tx.Put(bucketCoin, make([]byte, 34), nil) },
		"damaged coin": func(tx *storage.Tx) error { return tx.Put(bucketCoin, make([]byte, 33), []byte{0x80}) },
		"best and head": func(tx *storage.Tx) error {
			return errors.Join(tx.Put(bucketMeta, []byte(keyBest), make([]byte, 32)), tx.Put(bucketMeta, []byte(keyHeads), make([]byte, 64)))
		},
	} {
		t.Run(title, func(t *testing.T) {
			db := openDB(t, filepath.Join(t.TempDir(), "db"))
			defer db.Close()
			if err := db.Update(put); err != nil {
				t.Fatal(err)
			}
			s, err := OpenStore(db, 0)
			if err == nil {
				_, err = s.Stats(t.Context(), HashNone)
			}
			if !errors.Is(err, ErrRecord) && !errors.Is(err, ErrHeads) {
				t.Error(err)
			}
		})
	}
}

// TestOrder: the walk is in the order of Dash Core's keys, statistics in that
// of numbers.
func TestOrder(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "db"))
	defer db.Close()
	s := openStore(t, db, 0)
	cache := NewCache(s)
	coin := Coin{Out: wire.TxOut{Value: 5, ScriptPubKey: []byte{1, 2}}, Height: 3}
	outs := []wire.OutPoint{{Index: 0}, {Index: 127}, {Index: 128}, {Index: 16511}, {Index: 16512}, {Index: 1 << 31}, {Hash: wire.Hash{1}}}
	for _, o := range outs {
		if err := cache.Add(o, coin, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := cache.Flush(s); err != nil {
		t.Fatal(err)
	}
	var got []wire.OutPoint
	if err := s.ForEach(func(o wire.OutPoint, _ Coin, _ int) error { got = append(got, o); return nil }); err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(outs)
	slices.SortFunc(want, func(a, b wire.OutPoint) int {
		return cmp.Compare(string(appendKey(nil, a)), string(appendKey(nil, b)))
	})
	if d := gocmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if slices.Equal(want, outs) {
		t.Error("the test does not tell the orders apart")
	}
	h := newSerialized(wire.Hash{})
	var first []indexed
	for _, o := range outs[:6] {
		first = append(first, indexed{o.Index, coin})
	}
	h.add(wire.Hash{}, first)
	h.add(wire.Hash{1}, []indexed{{0, coin}})
	st, err := s.Stats(t.Context(), HashSerialized2)
	if err != nil || st.Hash != h.sum() || st.Transactions != 2 || st.Outputs != 7 || st.Amount != 35 || st.Bogo != 7*52 {
		t.Errorf("%+v, %v", st, err)
	}
	set := muhash.New()
	for _, o := range outs {
		set.Insert(AppendElement(nil, o, &coin))
	}
	if st, err = s.Stats(t.Context(), HashMuhash); err != nil || st.Hash != set.Sum() {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestDisconnect connects and disconnects a block and damages each of its parts.
func TestDisconnect(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "db"))
	defer db.Close()
	s := openStore(t, db, 0)
	old := Coin{Out: wire.TxOut{Value: 7, ScriptPubKey: []byte{7}}, Height: 1}
	source := wire.OutPoint{Hash: wire.Hash{9}}
	out := []wire.TxOut{{Value: 1, ScriptPubKey: []byte{1}}, {ScriptPubKey: []byte{byte(script.OpReturn)}}}
	b := &wire.Block{Header: wire.Header{PrevBlock: wire.Hash{5}}, Txs: []*wire.Tx{
		{Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Index: wire.NullIndex}}}, Outputs: out},
		{Inputs: []wire.TxIn{{PrevOut: source}}, Outputs: out},
	}}
	undo := BlockUndo{{old}}
	for title, tt := range map[string]struct {
		break_ func(c *Cache) error
		undo   BlockUndo
		clean  bool
		err    error
	}{
		"whole":         {undo: undo, clean: true},
		"restored":      {undo: undo, break_: func(c *Cache) error { return c.Add(source, old, true) }},
		"spent":         {undo: undo, break_: func(c *Cache) error { _, _, err := c.Spend(wire.OutPoint{Hash: b.Txs[1].ID()}); return err }},
		"other":         {undo: undo, break_: func(c *Cache) error { return c.Add(wire.OutPoint{Hash: b.Txs[0].ID()}, old, true) }},
		"few undo":      {undo: BlockUndo{}, err: ErrUndo},
		"few inputs":    {undo: BlockUndo{{}}, err: ErrUndo},
		"without place": {undo: BlockUndo{{Coin{Out: old.Out}}}, err: ErrUndo},
	} {
		t.Run(title, func(t *testing.T) {
			c := NewCache(s)
			if err := c.Add(source, old, false); err != nil {
				t.Fatal(err)
			}
			if err := c.Redo(b, 8); err != nil {
				t.Fatal(err)
			}
			if c.Len() != 2 {
				t.Fatalf("%d coins after the block", c.Len())
			}
			if tt.break_ != nil {
				if err := tt.break_(c); err != nil {
					t.Fatal(err)
				}
			}
			clean, err := c.Disconnect(b, 8, tt.undo)
			if clean != tt.clean || !errors.Is(err, tt.err) {
				t.Fatal(clean, err)
			}
			if err == nil {
				got, ok, _ := c.Coin(source)
				if !ok || !got.equal(&old) || c.BestBlock() != (wire.Hash{5}) {
					t.Errorf("%v, %v, %s", got, ok, c.BestBlock())
				}
			}
		})
	}
}

// TestEntryBytes holds the estimate of an entry's memory to the measured size.
func TestEntryBytes(t *testing.T) {
	const n = 200_000
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	entries := map[wire.OutPoint]entry{}
	for i := range uint32(n) {
		entries[wire.OutPoint{Index: i}] = entry{}
	}
	per := (heap() - before) / n
	runtime.KeepAlive(entries)
	t.Logf("%d bytes an entry", per)
	if per < entryBytes/2 || per > entryBytes*3/2 {
		t.Errorf("an entry takes %d bytes, not about %d", per, entryBytes)
	}
}

func BenchmarkFlush(b *testing.B) {
	db := openDB(b, filepath.Join(b.TempDir(), "db"))
	defer db.Close()
	s := openStore(b, db, 0)
	c := NewCache(s)
	key := make([]byte, 25)
	copy(key, []byte{byte(script.OpDup), byte(script.OpHash160), 20})
	key[23], key[24] = byte(script.OpEqualVerify), byte(script.OpCheckSig)
	for i := 0; b.Loop(); i++ {
		hash := wire.DoubleSHA256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		if err := c.Add(wire.OutPoint{Hash: hash}, Coin{Out: wire.TxOut{Value: int64(i), ScriptPubKey: key}, Height: 1}, false); err != nil {
			b.Fatal(err)
		}
		if c.Len() == 100_000 {
			if err := c.Flush(s); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestAnyOf: an output of a transaction is found in the cache and below it, and
// not when it is spent in the cache.
func TestAnyOf(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "db"))
	defer db.Close()
	s := openStore(t, db, 0)
	c := NewCache(s)
	id := wire.Hash{7}
	at := func(n uint32) wire.OutPoint { return wire.OutPoint{Hash: id, Index: n} }
	for _, o := range []wire.OutPoint{at(300), {Hash: wire.Hash{6}}, {Hash: wire.Hash{8}}} {
		if err := c.Add(o, Coin{Out: wire.TxOut{Value: 5, ScriptPubKey: []byte{0x51}}, Height: 9}, false); err != nil {
			t.Fatal(err)
		}
	}
	check := func(where string, want bool) {
		t.Helper()
		if coin, ok, err := c.AnyOf(id); err != nil || ok != want || ok && coin.Height != 9 {
			t.Errorf("%s: %+v, %v, %v", where, coin, ok, err)
		}
	}
	check("in the cache", true)
	c.SetBestBlock(wire.Hash{1})
	if err := c.Flush(s); err != nil {
		t.Fatal(err)
	}
	check("below", true)
	if _, ok, err := c.Spend(at(300)); !ok || err != nil {
		t.Fatal(ok, err)
	}
	check("spent above", false)
}
