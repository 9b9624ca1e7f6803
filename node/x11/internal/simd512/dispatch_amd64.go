//go:build !purego

package simd512

import "golang.org/x/sys/cpu"

// hasAVX2 never changes: it is what the processor and the system offer.
var hasAVX2 = cpu.X86.HasAVX2

func expand(y *expansion, block *[blockSize]byte, add *[points]int16) {
	if hasAVX2 {
		expandAVX2(y, block, add, &twiddles)
		return
	}
	expandGeneric(y, block, add)
}

func mix(h *[32]uint32, block *[blockSize]byte, y *expansion) {
	if hasAVX2 {
		mixAVX2(h, block, y)
		return
	}
	mixGeneric(h, block, y)
}

// twiddles[16*k+l] is alpha^(k*l), the factors between the two rounds of
// 16-point transforms, between -128 and 128.
var twiddles = func() (t [points]int16) {
	for k := range 16 {
		for l := range 16 {
			t[16*k+l] = int16(centre(roots[k*l]))
		}
	}
	return t
}()

// expandAVX2 is expandGeneric with the transform's factors passed in.
//
//go:noescape
func expandAVX2(y *expansion, block *[blockSize]byte, add, factors *[points]int16)

// mixAVX2 is mixGeneric.
//
//go:noescape
func mixAVX2(h *[32]uint32, block *[blockSize]byte, y *expansion)
