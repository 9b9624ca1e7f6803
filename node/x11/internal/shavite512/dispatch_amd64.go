//go:build !purego

package shavite512

import "golang.org/x/sys/cpu"

// hasAES never changes: it is what the processor and the system offer.
var hasAES = cpu.X86.HasAES && cpu.X86.HasAVX

func compress(h *[16]uint32, block *[blockSize]byte, count uint64) {
	if !hasAES {
		compressGeneric(h, block, count)
		return
	}
	lo, hi := uint32(count), uint32(count>>32)
	compressAES(h, block, &[4][4]uint32{
		{lo, hi, 0, ^uint32(0)},
		{0, 0, hi, ^lo},
		{0, 0, lo, ^hi},
		{hi, lo, 0, ^uint32(0)},
	})
}

// compressAES is compressGeneric; counters is what the key schedule mixes in,
// in its order.
//
//go:noescape
func compressAES(h *[16]uint32, block *[blockSize]byte, counters *[4][4]uint32)
