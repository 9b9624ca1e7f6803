package simd512

import "math/bits"

// The transform works on residues modulo 257 = 2^8 + 1, reduced lazily: 2^8 is
// -1, so a value folds to its low byte minus the rest.

// alpha generates the 256th roots of unity.
const alpha = 41

// expansion is the transform of a block in natural order, each value the
// representative between -128 and 128.
type expansion [points]int16

// roots[i] is alpha^i. The offsets, added to the transform's output, are
// alpha^-i, and alpha^-i + alpha^-3i in the final block, so that no message
// expands to zeros.
var (
	roots         = powers(alpha)
	offsets       = makeOffsets(1)
	offsetsFinal  = makeOffsets(1, 3)
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

func makeOffsets(exponents ...int) (o [points]int16) {
	for i := range o {
		sum := int32(0)
		for _, e := range exponents {
			sum += roots[-e*i&(points-1)]
		}
		o[i] = int16(sum % 257)
	}
	return o
}

func reversals() (r [points]uint8) {
	for i := range r {
		r[i] = bits.Reverse8(uint8(i))
	}
	return r
}

// expandGeneric is the transform in portable Go.
func expandGeneric(y *expansion, block *[blockSize]byte, add *[points]int16) {
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
	for i := range y {
		y[i] = int16(centre(t[reversedIndex[i]] + int32(add[i])))
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
