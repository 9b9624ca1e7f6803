package wire

import (
	"bytes"
	"errors"
	"testing"
)

func TestCompactSize(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want uint64
		err  error
	}{
		{"\x00", 0, nil},
		{"\xfc", 0xfc, nil},
		{"\xfd\xfd\x00", 0xfd, nil},
		{"\xfd\xff\xff", 0xffff, nil},
		{"\xfe\x00\x00\x01\x00", 0x10000, nil},
		{"\xfe\x00\x00\x00\x02", MaxSize, nil},
		{"\xfd\xfc\x00", 0, ErrNonCanonical},
		{"\xfe\xff\xff\x00\x00", 0, ErrNonCanonical},
		{"\xff\xff\xff\xff\xff\x00\x00\x00\x00", 0, ErrNonCanonical},
		{"\xfe\x01\x00\x00\x02", 0, ErrTooLarge},
		{"\xff\x00\x00\x00\x00\x01\x00\x00\x00", 0, ErrTooLarge},
		{"", 0, ErrShort},
		{"\xfd\x00", 0, ErrShort},
		{"\xff\x00\x00\x00\x00\x01\x00\x00", 0, ErrShort},
	} {
		r := NewReader([]byte(tc.in))
		got := r.CompactSize()
		if got != tc.want || !errors.Is(r.Err(), tc.err) {
			t.Errorf("%x: %d, %v; want %d, %v", tc.in, got, r.Err(), tc.want, tc.err)
		}
		if tc.err == nil {
			if enc := AppendCompactSize(nil, got); string(enc) != tc.in || CompactSizeLen(got) != len(enc) {
				t.Errorf("%d encodes as %x, want %x", got, enc, tc.in)
			}
		}
	}
}

// TestCountBeforeAllocation: counts that the input cannot hold are refused,
// whatever the list.
func TestCountBeforeAllocation(t *testing.T) {
	huge := []byte{0xfe, 0x00, 0x00, 0x00, 0x02} // MaxSize elements
	tx := append([]byte{1, 0, 0, 0}, huge...)
	outs := append([]byte{1, 0, 0, 0, 0}, huge...)
	block := append(make([]byte, HeaderSize), huge...)
	for name, decode := range map[string]func() error{
		"inputs":  func() error { _, err := DecodeTx(append(tx, make([]byte, 1000)...)); return err },
		"outputs": func() error { _, err := DecodeTx(append(outs, make([]byte, 1000)...)); return err },
		"txs":     func() error { _, err := DecodeBlock(append(block, make([]byte, 1000)...)); return err },
		"credits": func() error { _, err := DecodePayload(TxAssetLock, append([]byte{1}, huge...)); return err },
	} {
		var err error
		allocated := testing.AllocsPerRun(1, func() { err = decode() })
		if !errors.Is(err, ErrCount) {
			t.Errorf("%s: %v", name, err)
		}
		if allocated > 20 {
			t.Errorf("%s: %v allocations", name, allocated)
		}
	}
}

func TestErrorSticks(t *testing.T) {
	r := NewReader([]byte{1, 2, 3})
	r.Bytes(4)
	if r.Uint8() != 0 || r.Len() != 3 || !errors.Is(r.Finish(), ErrShort) {
		t.Error("reads go on after an error")
	}
}

func TestHashText(t *testing.T) {
	const s = "00000ffd590b1485b3caadc19b22e6379c733355108f107a430458cdf3407ab6"
	h, err := ParseHash(s)
	if err != nil || h.String() != s || h[0] != 0xb6 || h[31] != 0 {
		t.Errorf("%v %v", h, err)
	}
	for _, bad := range []string{"", s[1:], s + "0", "g" + s[1:], "0x" + s[2:]} {
		if _, err := ParseHash(bad); !errors.Is(err, ErrHash) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if h.Compare(h) != 0 || (Hash{1}).Compare(Hash{0, 9}) != 1 || (Hash{0, 9}).Compare(Hash{1}) != -1 {
		t.Error("Compare does not go by wire order")
	}
}

// TestNegativeVersion: Dash Core extends the sign of a 16-bit version over the
// type when it encodes, so the id is not the hash of what was received.
func TestNegativeVersion(t *testing.T) {
	raw := []byte{0xff, 0xff, 5, 0, 0, 0, 0, 0, 0, 0} // version -1, type 5
	tx, err := DecodeTx(raw)
	if err != nil {
		t.Fatal(err)
	}
	if tx.Version != -1 || tx.Type != TxCoinbase || tx.HasExtraPayload() {
		t.Errorf("%+v", tx)
	}
	want := bytes.Clone(raw)
	want[2], want[3] = 0xff, 0xff
	if got := tx.Append(nil); !bytes.Equal(got, want) || tx.ID() != DoubleSHA256(want) {
		t.Errorf("encodes as %x, want %x", got, want)
	}
}

func TestSpecialNeedsVersionAndType(t *testing.T) {
	for _, tc := range []struct {
		version int16
		typ     TxType
		want    bool
	}{{2, TxCoinbase, false}, {3, TxNormal, false}, {3, TxCoinbase, true}, {4, 77, true}} {
		tx := &Tx{Version: tc.version, Type: tc.typ, ExtraPayload: []byte{9}}
		got, err := DecodeTx(tx.Append(nil))
		if err != nil || (len(got.ExtraPayload) == 1) != tc.want {
			t.Errorf("version %d type %d: payload %x, %v", tc.version, tc.typ, got.ExtraPayload, err)
		}
	}
}
