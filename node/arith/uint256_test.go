package arith

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func toBig(u Uint256) *big.Int {
	n, _ := new(big.Int).SetString(u.String(), 16)
	return n
}

func genUint256(t *rapid.T, label string) Uint256 {
	var u Uint256
	for i := range rapid.IntRange(0, 4).Draw(t, label+" limbs") {
		u[i] = rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1, 1 << 63})).Draw(t, label)
	}
	return u
}

// TestAgainstBig compares every operation with math/big modulo 2^256.
func TestAgainstBig(t *testing.T) {
	mod := new(big.Int).Lsh(big.NewInt(1), 256)
	rapid.Check(t, func(t *rapid.T) {
		a, b := genUint256(t, "a"), genUint256(t, "b")
		w := rapid.Uint64Min(1).Draw(t, "w")
		n := rapid.UintRange(0, 300).Draw(t, "n")
		x, y, z := toBig(a), toBig(b), new(big.Int).SetUint64(w)
		check := func(name string, got Uint256, want *big.Int) {
			if toBig(got).Cmp(want.Mod(want, mod)) != 0 {
				t.Fatalf("%s: %s, want %x", name, got, want)
			}
		}
		check("add", a.Add(b), new(big.Int).Add(x, y))
		check("sub", a.Sub(b), new(big.Int).Sub(x, y))
		check("mul64", a.Mul64(w), new(big.Int).Mul(x, z))
		check("div64", a.Div64(w), new(big.Int).Div(x, z))
		check("lsh", a.Lsh(n), new(big.Int).Lsh(x, n))
		check("rsh", a.Rsh(n), new(big.Int).Rsh(x, n))
		check("not", a.Not(), new(big.Int).Sub(new(big.Int).Sub(mod, big.NewInt(1)), x))
		if !b.IsZero() {
			check("div", a.Div(b), new(big.Int).Div(x, y))
		}
		if a.Cmp(b) != x.Cmp(y) || a.BitLen() != x.BitLen() {
			t.Fatalf("cmp or bit length of %s, %s", a, b)
		}
		if FromHash(a.Hash()) != a {
			t.Fatal("hash")
		}
		if p, err := Parse(a.String()); err != nil || p != a {
			t.Fatal("parse", err)
		}
	})
}

// TestCompactVectors are those of Dash Core's arith_uint256 tests: what a
// compact form expands to and what it becomes again.
func TestCompactVectors(t *testing.T) {
	for _, tc := range []struct {
		in                 uint32
		hex                string // lower digits
		out                uint32
		negative, overflow bool
	}{
		{0, "", 0, false, false},
		{0x00123456, "", 0, false, false},
		{0x01003456, "", 0, false, false},
		{0x02000056, "", 0, false, false},
		{0x03000000, "", 0, false, false},
		{0x04000000, "", 0, false, false},
		{0x00923456, "", 0, false, false},
		{0x01803456, "", 0, false, false},
		{0x02800056, "", 0, false, false},
		{0x03800000, "", 0, false, false},
		{0x04800000, "", 0, false, false},
		{0x01123456, "12", 0x01120000, false, false},
		{0x01fedcba, "7e", 0x017e0000, true, false},
		{0x02123456, "1234", 0x02123400, false, false},
		{0x03123456, "123456", 0x03123456, false, false},
		{0x04123456, "12345600", 0x04123456, false, false},
		{0x04923456, "12345600", 0x04123456, true, false},
		{0x05009234, "92340000", 0x05009234, false, false},
		{0x20123456, "1234560000000000000000000000000000000000000000000000000000000000", 0x20123456, false, false},
		{0xff123456, "", 0, false, true},
		// The last byte that fits, and the first that does not.
		{0x22000001, "01" + strings.Repeat("00", 31), 0x20010000, false, false},
		{0x23000001, "", 0, false, true},
		{0x21000100, "01" + strings.Repeat("00", 31), 0x20010000, false, false},
		{0x22000100, "", 0, false, true},
		{0x20010000, "01" + strings.Repeat("00", 31), 0x20010000, false, false},
		{0x21010000, "", 0, false, true},
	} {
		u, negative, overflow := FromCompact(tc.in)
		if negative != tc.negative || overflow != tc.overflow {
			t.Errorf("%08x: negative %v, overflow %v", tc.in, negative, overflow)
		}
		if overflow {
			continue
		}
		want, _ := new(big.Int).SetString("0"+tc.hex, 16)
		if toBig(u).Cmp(want) != 0 || u.Compact() != tc.out {
			t.Errorf("%08x: %s, compact %08x; want %s, %08x", tc.in, u, u.Compact(), tc.hex, tc.out)
		}
	}
	if got := FromUint64(0x80).Compact(); got != 0x02008000 {
		t.Errorf("0x80 is %08x", got)
	}
}

func TestFloat64(t *testing.T) {
	for _, u := range []Uint256{{}, {1}, {1 << 63, 7}, {0, 0, 0, 1 << 63}, {1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}} {
		want, _ := new(big.Float).SetInt(toBig(u)).Float64()
		if got := u.Float64(); got != want {
			t.Errorf("%s: %v, want %v", u, got, want)
		}
	}
}
