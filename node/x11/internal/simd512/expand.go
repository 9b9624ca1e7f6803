package simd512

import "math/bits"

// The transform works on residues modulo 257 = 2^8 + 1, kept in int32 and
// reduced lazily: 2^8 = -1, so a value folds to its low byte minus the rest.

// alpha generates the 256th roots of unity.
const alpha = 41

// roots[i] is alpha^i. The offsets, added to the transform's output, are
// alpha^-i, and alpha^-i + alpha^-3i in the final block, so that no message
// expands to zeros.
var (
	roots         = powers(alpha)
	offsets       = powers(163) // 163 is 1/alpha
	offsetsFinal  = sumPowers(163, 163*163%257*163%257)
	reversedIndex = reversals()
)

func powers(base int32) (p [points]int32) {
	v := int32(1)
	for i := range p {
		p[i] = v
		v = v * base % 257
	}
	return p
}

func sumPowers(a, b int32) (s [points]int32) {
	pa, pb := powers(a), powers(b)
	for i := range s {
		s[i] = (pa[i] + pb[i]) % 257
	}
	return s
}

func reversals() (r [points]uint8) {
	for i := range r {
		r[i] = bits.Reverse8(uint8(i))
	}
	return r
}

// expand writes the 256 transform values of block, in natural order and each
// the representative between -128 and 128.
func expand(y *[points]int32, block *[blockSize]byte, final bool) {
	var t [points]int32
	// The upper half of the input is zero, so the first stage only copies.
	for j, b := range block {
		t[j] = int32(b)
		t[blockSize+j] = fold(int32(b) * roots[j])
	}
	for half := blockSize / 2; half >= 1; half /= 2 {
		stride := blockSize / half
		for start := 0; start < points; start += 2 * half {
			lo, hi := t[start:start+half], t[start+half:start+2*half]
			for j := range lo {
				u, v := lo[j], hi[j]
				lo[j] = u + v
				// |u - v| stays below 2^17, so the product fits.
				hi[j] = fold((u - v) * roots[j*stride&(points-1)])
			}
		}
	}
	add := &offsets
	if final {
		add = &offsetsFinal
	}
	for i := range y {
		y[i] = centre(t[reversedIndex[i]] + add[i])
	}
}

// fold maps x to a congruent value between -256 and 512.
func fold(x int32) int32 {
	x = x&0xffff + x>>16 // 2^16 = 1
	return x&0xff - x>>8
}

// centre maps x to the congruent value between -128 and 128.
func centre(x int32) int32 {
	x = fold(fold(x))
	if x > 128 {
		x -= 257
	}
	if x < -128 {
		x += 257
	}
	return x
}
