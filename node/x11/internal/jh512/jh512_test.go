package jh512

import "testing"

// The specification's nibble form of E8, from which the bit-sliced constants
// are derived.

var boxes = [2][16]byte{
	{9, 0, 4, 11, 13, 12, 3, 15, 1, 10, 2, 6, 7, 5, 8, 14},
	{3, 12, 6, 13, 5, 7, 1, 9, 15, 2, 0, 4, 11, 10, 14, 8},
}

func linear(a, b byte) (byte, byte) {
	b ^= (a<<1 ^ a>>3 ^ a>>2&2) & 15
	a ^= (b<<1 ^ b>>3 ^ b>>2&2) & 15
	return a, b
}

// permuted is the round permutation: pi, P' and phi.
func permuted[T any](in []T) []T {
	n := len(in)
	a, b := append([]T(nil), in...), make([]T, n)
	for i := 0; i < n; i += 4 {
		a[i+2], a[i+3] = a[i+3], a[i+2]
	}
	for i := 0; i < n/2; i++ {
		b[i], b[n/2+i] = a[2*i], a[2*i+1]
	}
	for i := n / 2; i < n; i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return b
}

func TestRoundConstants(t *testing.T) {
	// The fraction of the square root of 2.
	c := []byte{}
	for _, d := range "6a09e667f3bcc908b2fb1366ea957d3e3adec17512775099da2f590b0667322a" {
		c = append(c, hexDigit(d))
	}
	place := make([]int, 256) // which nibble of the grouped state is at each place
	var even, odd [128]int
	for i := range place {
		place[i] = i
	}
	for i := range even {
		even[i], odd[i] = 2*i, 2*i+1
	}
	for r := range rounds {
		selector := map[int]uint64{}
		for p, nibble := range place {
			selector[nibble] = uint64(c[p/4] >> (3 - p%4) & 1)
		}
		var want [4]uint64
		for i := range 128 {
			want[i/64] = want[i/64]<<1 | selector[even[i]]
			want[2+i/64] = want[2+i/64]<<1 | selector[odd[i]]
		}
		if roundConstants[r] != want {
			t.Fatalf("round %d: %#x, want %#x", r, roundConstants[r], want)
		}
		place = permuted(place)
		var swapped [128]int
		for i := range odd {
			swapped[i] = odd[i^1<<(r%7)]
		}
		odd = swapped
		// The next constant is a round of the smaller E6 with constant zero.
		for i := range c {
			c[i] = boxes[0][c[i]]
		}
		for i := 0; i < len(c); i += 2 {
			c[i], c[i+1] = linear(c[i], c[i+1])
		}
		c = permuted(c)
	}
}

func hexDigit(d rune) byte {
	if d >= 'a' {
		return byte(d-'a') + 10
	}
	return byte(d - '0')
}

func TestSubstitute(t *testing.T) {
	for c := range uint64(2) {
		for x := range uint64(16) {
			a, b, d, e := substitute(x>>3&1, x>>2&1, x>>1&1, x&1, c)
			if got, want := byte(a&1<<3|b&1<<2|d&1<<1|e&1), boxes[c][x]; got != want {
				t.Errorf("S%d(%d) = %d, want %d", c, x, got, want)
			}
		}
	}
}

// TestInitialState: the compression of zeros under the digest's length.
func TestInitialState(t *testing.T) {
	h := state{512 << 48}
	compress(&h, &[blockSize]byte{})
	if h != iv {
		t.Errorf("got %#x", h)
	}
}
