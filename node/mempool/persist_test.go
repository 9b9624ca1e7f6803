package mempool_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"testing"

	"dashmp/node/mempool"
	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
)

// TestDump writes a pool and reads it into another one on the same chain.
func TestDump(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 2)
	list := append(chainOf(coins[0], 4), spend(2000, 1, coins[1]))
	f.add(t, list...)
	f.AddUnbroadcast(list[2].ID())
	f.Prioritise(list[1].ID(), -400)
	absent := wire.Hash{7}
	f.Prioritise(absent, 55)
	var dump bytes.Buffer
	if err := f.Dump(&dump); err != nil {
		t.Fatal(err)
	}
	want := f.Snapshot()
	// Nothing is lost by emptying the pool, and nothing is doubled by loading twice.
	f.clock(f.time().Unix() + 100)
	empty(t, f)
	for range 2 {
		if err := f.Load(t.Context(), dump.Bytes()); err != nil {
			t.Fatal(err)
		}
		got := f.Snapshot()
		if len(got.Entries) != len(want.Entries) {
			t.Fatalf("%d entries, want %d", len(got.Entries), len(want.Entries))
		}
		for i := range got.Entries {
			g, w := got.Entries[i], want.Entries[i]
			if g.ID != w.ID || g.Time != w.Time || g.Fee != w.Fee || g.Unbroadcast != w.Unbroadcast || g.Ancestors.Count != w.Ancestors.Count {
				t.Errorf("entry %d: %+v, want %+v", i, g, w)
			}
		}
		f.verify(t)
	}
}

// empty gives the fixture a new pool of the same options.
func empty(t testing.TB, f *fixture) {
	t.Helper()
	f.Pool = mempool.New(f.options)
	t.Cleanup(f.Pool.Close)
}

// TestReadDump reads what is written, byte for byte, and refuses the rest.
func TestReadDump(t *testing.T) {
	f := newFixture(t, nil)
	list := chainOf(f.funds(t, 1)[0], 2)
	f.add(t, list...)
	f.Prioritise(list[0].ID(), 9)
	f.Prioritise(wire.Hash{3}, -9)
	f.AddUnbroadcast(list[1].ID())
	var dump bytes.Buffer
	if err := f.Dump(&dump); err != nil {
		t.Fatal(err)
	}
	data := dump.Bytes()
	want := []mempool.Saved{{Tx: list[0], Time: f.time().Unix(), FeeDelta: 9}, {Tx: list[1], Time: f.time().Unix()}}
	var got []mempool.Saved
	deltas, unbroadcast, err := mempool.ReadDump(data, func(s mempool.Saved) error { got = append(got, s); return nil })
	if err != nil || !maps.Equal(deltas, map[wire.Hash]int64{{3}: -9}) || len(unbroadcast) != 1 || unbroadcast[0] != list[1].ID() {
		t.Errorf("%v, %v, %v", deltas, unbroadcast, err)
	}
	same := cmp.Comparer(func(a, b *wire.Tx) bool { return a.ID() == b.ID() })
	if d := cmp.Diff(want, got, same); d != "" {
		t.Error(d)
	}
	stop := errors.New("stop")
	if _, _, err := mempool.ReadDump(data, func(mempool.Saved) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
	none := func(mempool.Saved) error { return nil }
	for n := range data {
		if _, _, err := mempool.ReadDump(data[:n], none); !errors.Is(err, mempool.ErrDump) {
			t.Fatalf("%d bytes of it: %v", n, err)
		}
	}
	data[0] = 2
	if _, _, err := mempool.ReadDump(data, none); !errors.Is(err, mempool.ErrDump) {
		t.Errorf("version 2: %v", err)
	}
}

// TestLoadExpired leaves out what is too old, and counts what does not fit.
func TestLoadExpired(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 2)
	old, wrong := spend(1000, 1, coins[0]), spend(0, 1, coins[1])
	b := binary.LittleEndian.AppendUint64(nil, 1)
	b = binary.LittleEndian.AppendUint64(b, 2)
	for tx, time := range map[*wire.Tx]int64{old: f.time().Unix() - 336*3600, wrong: f.time().Unix()} {
		b = binary.LittleEndian.AppendUint64(tx.Append(b), uint64(time))
		b = binary.LittleEndian.AppendUint64(b, 0)
	}
	if err := f.Load(t.Context(), append(b, 0, 0)); err != nil || f.Status().Count != 0 {
		t.Errorf("%v, %d are there", err, f.Status().Count)
	}
}

func FuzzReadDump(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{ScriptSig: []byte{0x51}}}, Outputs: []wire.TxOut{{Value: 1, ScriptPubKey: []byte{0x51}}}}
	b := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 1), 1)
	b = append(tx.Append(b), make([]byte, 16)...)
	b = append(append(b, 1), make([]byte, 40)...)
	f.Add(append(append(b, 1), make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		var again []byte
		n := 0
		deltas, unbroadcast, err := mempool.ReadDump(data, func(s mempool.Saved) error {
			again = s.Tx.Append(again)
			n++
			return nil
		})
		if err == nil && len(again)+16*n+40*len(deltas)+32*len(unbroadcast) > len(data) {
			t.Error("more was read than is there")
		}
	})
}
