package spv

import (
	"bytes"
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"

	"dashmp/node/internal/realdata"
	"dashmp/node/p2p/msg"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestInsert holds the vectors of Dash Core's bloom_tests.cpp.
func TestInsert(t *testing.T) {
	for tweak, want := range map[uint32]string{0: "614e9b", 2147483649: "ce4299"} {
		f, ok := NewFilter(&msg.FilterLoad{Data: make([]byte, 3), Functions: 5, Tweak: tweak, Flags: updateAll})
		if !ok {
			t.Fatal("refused")
		}
		for i, s := range []string{"99108ad8ed9bb6274d3980bab5a85c048f0950c8", "b5a2c786d9ef4658287ced5914b37a1b4aa32eee", "b9300670b4c5366e95b2699e8b18bc75e5f729c5"} {
			f.Insert(unhex(t, s))
			if !f.Contains(unhex(t, s)) {
				t.Errorf("%d is not in it", i)
			}
		}
		if f.Contains(unhex(t, "19108ad8ed9bb6274d3980bab5a85c048f0950c8")) {
			t.Error("what differs by a bit is in it")
		}
		if got := hex.EncodeToString(f.data); got != want {
			t.Errorf("tweak %d: %s, want %s", tweak, got, want)
		}
	}
	for _, m := range []*msg.FilterLoad{{Data: make([]byte, MaxFilterSize+1)}, {Data: []byte{1}, Functions: MaxFunctions + 1}} {
		if _, ok := NewFilter(m); ok {
			t.Error("beyond the limits")
		}
	}
}

// filterOf has the given data and few false matches.
func filterOf(t testing.TB, flags uint8, data ...[]byte) *Filter {
	t.Helper()
	f, ok := NewFilter(&msg.FilterLoad{Data: make([]byte, 1000), Functions: 10, Tweak: 3, Flags: flags})
	if !ok {
		t.Fatal("refused")
	}
	for _, d := range data {
		f.Insert(d)
	}
	return f
}

// TestMatch: what makes a transaction relevant, and what the filter learns.
func TestMatch(t *testing.T) {
	key := append([]byte{2}, bytes.Repeat([]byte{9}, 32)...)
	prev := wire.OutPoint{Hash: wire.Hash{5}, Index: 1}
	owner := wire.KeyID{1, 2, 3}
	register := &wire.ProRegister{Version: wire.ProTxBasicBLS, KeyIDOwner: owner, Collateral: wire.OutPoint{Hash: wire.Hash{8}}}
	tx := &wire.Tx{
		Version: 3, Type: wire.TxProRegister, ExtraPayload: register.Append(nil),
		Inputs:  []wire.TxIn{{PrevOut: prev, ScriptSig: script.AppendPush(nil, []byte("signature"))}},
		Outputs: []wire.TxOut{{Value: 1, ScriptPubKey: standard.PubKeyScript(key)}, {Value: 2, ScriptPubKey: script.AppendPush(nil, []byte("data"))}},
	}
	id := tx.ID()
	out := func(n uint32) []byte { return wire.OutPoint{Hash: id, Index: n}.Append(nil) }
	for name, c := range map[string]struct {
		flags   uint8
		data    []byte
		learned [][]byte
		not     [][]byte
	}{
		"id":               {updateAll, id[:], nil, [][]byte{out(0)}},
		"key":              {updateAll, key, [][]byte{out(0)}, [][]byte{out(1)}},
		"key, update none": {0, key, nil, [][]byte{out(0)}},
		"key only":         {updatePubKeyOnly, key, [][]byte{out(0)}, nil},
		"data, keys only":  {updatePubKeyOnly, []byte("data"), nil, [][]byte{out(1)}},
		"spent output":     {updateAll, prev.Append(nil), nil, [][]byte{out(0)}},
		"signature":        {updateAll, []byte("signature"), nil, nil},
		"owner":            {updateAll, owner[:], [][]byte{id[:]}, nil},
		"collateral":       {0, register.Collateral.Append(nil), nil, [][]byte{id[:]}},
	} {
		f := filterOf(t, c.flags, c.data)
		if !f.Match(tx) {
			t.Errorf("%s does not match", name)
		}
		for _, d := range c.learned {
			if !f.Contains(d) {
				t.Errorf("%s: %x was not learned", name, d)
			}
		}
		for _, d := range c.not {
			if f.Contains(d) {
				t.Errorf("%s: %x was learned", name, d)
			}
		}
	}
	if filterOf(t, updateAll, []byte("other")).Match(tx) {
		t.Error("another filter matches")
	}
	empty, _ := NewFilter(&msg.FilterLoad{})
	if empty.Insert([]byte("x")); !empty.Match(tx) {
		t.Error("a filter without bytes matches all")
	}
}

// TestProofs: what was put in comes out, with the root of the block, and no
// changed proof does.
func TestProofs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := make([]wire.Hash, rapid.IntRange(1, 70).Draw(t, "transactions"))
		for i := range ids {
			ids[i] = wire.Hash{byte(i + 1), 7}
		}
		mask := rapid.Uint64().Draw(t, "mask")
		wanted := func(i int) bool { return mask>>(i%64)&1 == 1 }
		root, _ := wire.MerkleRoot(append([]wire.Hash(nil), ids...))
		m := Proof(wire.Header{MerkleRoot: root}, ids, wanted)
		back, err := msg.DecodeMerkleBlock(m.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		got, matches, ok := Extract(back)
		if !ok || got != root {
			t.Fatalf("%v, root %s, want %s", ok, got, root)
		}
		n := 0
		for i, id := range ids {
			if wanted(i) {
				if n >= len(matches) || matches[n] != id {
					t.Fatalf("%d matches: %v", len(matches), matches)
				}
				n++
			}
		}
		if n != len(matches) {
			t.Fatalf("%d matches, want %d", len(matches), n)
		}
		changed := *back
		changed.Hashes = append([]wire.Hash(nil), back.Hashes...)
		at := rapid.IntRange(0, len(changed.Hashes)-1).Draw(t, "hash")
		changed.Hashes[at][3] ^= 1
		if got, _, ok := Extract(&changed); ok && got == root {
			t.Fatal("a changed proof leads to the same root")
		}
	})
}

// TestRealProofs extracts proofs that the network has sent.
func TestRealProofs(t *testing.T) {
	var list []struct {
		MerkleBlock string
		Matches     []struct{ TxID string }
	}
	realdata.JSON(t, realdata.Path(t, "p2p", "merkleblocks.json"), &list)
	for i, c := range list {
		m, err := msg.DecodeMerkleBlock(unhex(t, c.MerkleBlock))
		if err != nil {
			t.Fatal(err)
		}
		root, matches, ok := Extract(m)
		if !ok || root != m.Header.MerkleRoot || len(matches) != len(c.Matches) {
			t.Fatalf("%d: %v, %s, %v", i, ok, root, matches)
		}
		for n, want := range c.Matches {
			if matches[n].String() != want.TxID {
				t.Errorf("%d: %s, want %s", i, matches[n], want.TxID)
			}
		}
	}
}

func FuzzExtract(f *testing.F) {
	m := Proof(wire.Header{}, []wire.Hash{{1}, {2}, {3}}, func(i int) bool { return i == 1 })
	f.Add(m.Append(nil))
	f.Add(make([]byte, 86))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := msg.DecodeMerkleBlock(data)
		if err != nil {
			return
		}
		if _, matches, ok := Extract(m); ok && len(matches) > int(m.Transactions) {
			t.Fatalf("%d matches of %d transactions", len(matches), m.Transactions)
		}
	})
}
