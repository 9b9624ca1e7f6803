package wire

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The fuzz targets hold each decoder to three promises: it does not crash, the
// encoding of what it accepts decodes to the same value, and but for the
// exceptions named in the package's documentation it is the input.

func FuzzHeader(f *testing.F) {
	f.Add(make([]byte, HeaderSize))
	f.Fuzz(func(t *testing.T, in []byte) {
		h, err := DecodeHeader(in)
		if err != nil {
			return
		}
		if !bytes.Equal(h.Append(nil), in) {
			t.Fatal("encoding differs from input")
		}
	})
}

func FuzzTx(f *testing.F) {
	for _, v := range specialTxs(f)[:12] {
		f.Add(unhex(f, v.Hex))
	}
	f.Add([]byte{0xff, 0xff, 5, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		tx, err := DecodeTx(in)
		if err != nil {
			return
		}
		out := tx.Append(nil)
		if len(out) != tx.Size() {
			t.Fatalf("size %d, encoding %d", tx.Size(), len(out))
		}
		if tx.Version < 0 {
			out = append(append(out[:2:2], in[2:4]...), out[4:]...)
		} else if tx.ID() != DoubleSHA256(in) {
			t.Fatal("id")
		}
		if !bytes.Equal(out, in) {
			t.Fatal("encoding differs from input")
		}
		if c := tx.Clone(); c.ID() != tx.ID() {
			t.Fatal("clone's id")
		}
	})
}

func FuzzBlock(f *testing.F) {
	for _, name := range []string{"mainnet_1_c0414343.hex", "devnet_3806_6929bb1c.hex", "testnet_1131038_6fb25841.hex"} {
		f.Add(readHex(f, filepath.Join("testdata", "blocks", name)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := DecodeBlock(in)
		if err != nil {
			return
		}
		out := b.Append(nil)
		if len(out) != len(in) || b.Size() != len(in) {
			t.Fatal("size")
		}
		for _, tx := range b.Txs {
			if tx.Version < 0 {
				return
			}
		}
		if !bytes.Equal(out, in) {
			t.Fatal("encoding differs from input")
		}
	})
}

func FuzzPayload(f *testing.F) {
	for _, v := range specialTxs(f) {
		tx, err := DecodeTx(unhex(f, v.Hex))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint16(tx.Type), tx.ExtraPayload)
	}
	f.Add(uint16(TxCoinbase), []byte{1, 0})
	f.Fuzz(func(t *testing.T, typ uint16, in []byte) {
		p, err := DecodePayload(TxType(typ), in)
		if err != nil {
			return
		}
		out := p.Append(nil)
		q, err := DecodePayload(TxType(typ), out)
		if err != nil {
			t.Fatalf("the encoding does not decode: %v", err)
		}
		if !reflect.DeepEqual(p, q) {
			t.Fatalf("decoded %+v, then %+v", p, q)
		}
		if bytes.Equal(out, in) {
			return
		}
		switch p.(type) {
		case *ProRegister, *ProUpService: // NetInfo drops invalid addresses
		default:
			t.Fatal("encoding differs from input")
		}
	})
}

func FuzzBitSet(f *testing.F) {
	f.Add([]byte{3, 5})
	f.Add([]byte{0})
	f.Add([]byte{16, 0xff, 0x80})
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewReader(in)
		s := readBitSet(r)
		if r.Finish() != nil {
			return
		}
		if !bytes.Equal(s.append(nil), in) {
			t.Fatal("encoding differs from input")
		}
		n := 0
		c := NewBitSet(s.Len())
		for i := range s.Len() {
			if s.Has(i) {
				c.Set(i)
				n++
			}
		}
		if n != s.Count() || s.Has(-1) || s.Has(s.Len()) || !bytes.Equal(c.Bytes(), s.Bytes()) {
			t.Fatal("bits")
		}
	})
}

func FuzzParseHash(f *testing.F) {
	f.Add("00000ffd590b1485b3caadc19b22e6379c733355108f107a430458cdf3407ab6")
	f.Add("0x")
	f.Fuzz(func(t *testing.T, s string) {
		if h, err := ParseHash(s); err == nil && h.String() != strings.ToLower(s) {
			t.Fatalf("%q became %s", s, h)
		}
	})
}
