package coins

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"testing"

	"dashmp/node/script"
	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestAmounts holds the vectors of Dash Core's compress_tests.cpp.
func TestAmounts(t *testing.T) {
	const coin = 100_000_000
	for amount, want := range map[uint64]uint64{
		0: 0, 1: 1, coin / 100: 7, coin: 9, 50 * coin: 0x32, 21_000_000 * coin: 0x1406f40,
	} {
		if got := CompressAmount(amount); got != want {
			t.Errorf("CompressAmount(%d) = %#x, want %#x", amount, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(0, 21_000_000*coin).Draw(t, "amount")
		if got := DecompressAmount(CompressAmount(n)); got != n {
			t.Fatalf("%d came back as %d", n, got)
		}
	})
}

func TestVarInt(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "00", 0x7f: "7f", 0x80: "8000", 0x1234: "a334", 0xffff: "82fe7f", 0x123456: "c7e756",
		0x80123456: "86ffc7e756", math.MaxUint64: "80fefefefefefefefe7f",
	} {
		got := AppendVarInt(nil, n)
		if hex.EncodeToString(got) != want {
			t.Errorf("AppendVarInt(%#x) = %x, want %s", n, got, want)
		}
		if back, rest, err := readVarInt(got, math.MaxUint64); err != nil || back != n || len(rest) != 0 {
			t.Errorf("readVarInt(%x) = %#x, %x, %v", got, back, rest, err)
		}
	}
	for _, bad := range []string{"", "80", "80fefefefefefefeff00", "ffffffffffffffffffff7f"} {
		b, _ := hex.DecodeString(bad)
		if _, _, err := readVarInt(b, math.MaxUint64); !errors.Is(err, ErrVarInt) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
	if _, _, err := readVarInt(AppendVarInt(nil, 1<<32), math.MaxUint32); !errors.Is(err, ErrVarInt) {
		t.Errorf("33 bits were read as 32: %v", err)
	}
}

// generator is the base point of the curve.
const generator = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" +
	"483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"

func TestScriptForms(t *testing.T) {
	key, err := hex.DecodeString(generator)
	if err != nil {
		t.Fatal(err)
	}
	off := bytes.Clone(key)
	off[64] ^= 1
	hash := bytes.Repeat([]byte{7}, 20)
	p2pk := func(key []byte) []byte {
		return append(script.AppendPush(nil, key), byte(script.OpCheckSig))
	}
	compressed := append([]byte{3}, key[1:33]...)
	p2pkh, _ := expandScript(0, hash)
	p2sh, _ := expandScript(1, hash)
	tests := []struct {
		name   string
		script []byte
		size   int
	}{
		{"pay to pubkey hash", p2pkh, 21},
		{"pay to script hash", p2sh, 21},
		{"compressed key", p2pk(compressed), 33},
		{"uncompressed key", p2pk(key), 33},
		{"uncompressed point off the curve", p2pk(off), 68},
		{"empty", nil, 1},
		{"other", []byte{byte(script.OpReturn), 1, 9}, 4},
		{"as long as can be spent", make([]byte, script.MaxSize), script.MaxSize + 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := appendScript(nil, tt.script)
			if len(b) != tt.size {
				t.Errorf("%d bytes, want %d", len(b), tt.size)
			}
			got, rest, err := readScript(b)
			if err != nil || !bytes.Equal(got, tt.script) || len(rest) != 0 {
				t.Errorf("got %x, %x, %v", got, rest, err)
			}
			for n := range b {
				if _, _, err := readScript(b[:n]); err == nil {
					t.Fatalf("%d of %d bytes were accepted", n, len(b))
				}
			}
		})
	}
	long := appendScript(nil, make([]byte, script.MaxSize+1))
	if got, rest, err := readScript(long); err != nil || !bytes.Equal(got, []byte{byte(script.OpReturn)}) || len(rest) != 0 {
		t.Errorf("an unspendable script was read as %x, %d, %v", got, len(rest), err)
	}
	if _, err := expandScript(4, bytes.Repeat([]byte{0xff}, 32)); !errors.Is(err, ErrPubkey) {
		t.Errorf("an x off the curve: %v", err)
	}
}

func drawCoin(t *rapid.T) Coin {
	return Coin{
		Out: wire.TxOut{
			Value:        rapid.Int64Range(0, 21_000_000*100_000_000).Draw(t, "value"),
			ScriptPubKey: rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, "script"),
		},
		Height:   rapid.Uint32Range(0, math.MaxInt32).Draw(t, "height"),
		Coinbase: rapid.Bool().Draw(t, "coinbase"),
	}
}

func TestRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coin := drawCoin(t)
		if got, err := DecodeCoin(coin.Append(nil)); err != nil || !cmp.Equal(got, coin) {
			t.Fatalf("%v: %s", err, cmp.Diff(coin, got))
		}
		if _, err := DecodeCoin(append(coin.Append(nil), 0)); !errors.Is(err, ErrTrailing) {
			t.Fatalf("trailing data: %v", err)
		}
		var undo BlockUndo
		for range rapid.IntRange(0, 4).Draw(t, "txs") {
			var tx TxUndo
			for range rapid.IntRange(1, 3).Draw(t, "inputs") {
				tx = append(tx, drawCoin(t))
			}
			undo = append(undo, tx)
		}
		got, err := DecodeBlockUndo(undo.Append(nil))
		if err != nil || len(got) != len(undo) || len(undo) > 0 && !cmp.Equal(got, undo) {
			t.Fatalf("%v: %s", err, cmp.Diff(undo, got))
		}
	})
}

// inMoneyRange is true of every coin that consensus lets exist. Beyond it the
// compression of amounts wraps around, as in Dash Core.
func inMoneyRange(c *Coin) bool {
	return c.Out.Value >= 0 && c.Out.Value <= 21_000_000*100_000_000
}

func FuzzDecodeBlockUndo(f *testing.F) {
	coin := Coin{Out: wire.TxOut{Value: 5, ScriptPubKey: []byte{1, 2}}, Height: 7, Coinbase: true}
	f.Add(BlockUndo{{coin}, {coin, coin}}.Append(nil))
	f.Add([]byte{1, 0xfd, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		undo, err := DecodeBlockUndo(b)
		if err != nil {
			return
		}
		for _, tx := range undo {
			for i := range tx {
				if !inMoneyRange(&tx[i]) {
					return
				}
			}
		}
		again, err := DecodeBlockUndo(undo.Append(nil))
		if err != nil || !cmp.Equal(undo, again) {
			t.Fatalf("decoded twice: %v\n%s", err, cmp.Diff(undo, again))
		}
	})
}

func FuzzDecodeCoin(f *testing.F) {
	coin := Coin{Out: wire.TxOut{Value: 5, ScriptPubKey: []byte{1, 2}}, Height: 7, Coinbase: true}
	f.Add(coin.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := DecodeCoin(b); err == nil && inMoneyRange(&c) {
			if again, err := DecodeCoin(c.Append(nil)); err != nil || !cmp.Equal(c, again) {
				t.Fatalf("decoded twice: %v\n%s", err, cmp.Diff(c, again))
			}
		}
	})
}
