package muhash

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func element(n byte) []byte {
	b := make([]byte, 32)
	b[0] = n
	return b
}

// TestKnownHash is the vector of Dash Core's crypto_tests (muhash_tests).
func TestKnownHash(t *testing.T) {
	s := New()
	s.Insert(element(0))
	s.Insert(element(1))
	s.Remove(element(2))
	sum := s.Sum()
	slices.Reverse(sum[:])
	if got := new(big.Int).SetBytes(sum[:]).Text(16); got != "10d312b100cbd32ada024a6646e40d3482fcff103668d2625f10002a607d5863" {
		t.Errorf("got %s", got)
	}
}

func TestMulAgainstBig(t *testing.T) {
	edge := []number{{}, one, {0: gap}, full(), lessThanFull(1), lessThanFull(gap), lessThanFull(gap + 1)}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) number {
			if i := rapid.IntRange(-3, len(edge)-1).Draw(t, label+"Edge"); i >= 0 {
				return edge[i]
			}
			var n number
			copy(n[:], rapid.SliceOfN(rapid.Uint64(), limbs, limbs).Draw(t, label))
			return n
		}
		a, b := draw("a"), draw("b")
		p := modulus()
		want := new(big.Int).Mul(a.big(), b.big())
		want.Mod(want, p)
		a.mul(&b)
		if got := a.big(); got.Mod(got, p).Cmp(want) != 0 {
			t.Fatalf("got %x, want %x", got, want)
		}
	})
}

func full() (n number) {
	for i := range n {
		n[i] = ^uint64(0)
	}
	return n
}

func lessThanFull(v uint64) number {
	n := full()
	n[0] -= v
	return n
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		elements := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 6).Draw(t, "elements")
		extra := rapid.SliceOf(rapid.Byte()).Draw(t, "extra")
		a, b, c := New(), New(), New()
		for _, e := range elements {
			a.Insert(e)
		}
		b.Insert(extra)
		for _, e := range slices.Backward(elements) {
			c.Insert(e)
		}
		b.Union(c)
		b.Remove(extra)
		if a.Sum() != b.Sum() {
			t.Fatal("equal sets, different hashes")
		}
		stored, _ := b.AppendBinary(nil)
		var d Set
		if err := d.UnmarshalBinary(stored); err != nil || d.Sum() != a.Sum() {
			t.Fatalf("the hash did not survive storage: %v", err)
		}
	})
	if new(Set).UnmarshalBinary(make([]byte, Size)) == nil {
		t.Error("half a set was accepted")
	}
}

func BenchmarkInsert(b *testing.B) {
	s, e := New(), element(1)
	for b.Loop() {
		s.Insert(e)
	}
}
