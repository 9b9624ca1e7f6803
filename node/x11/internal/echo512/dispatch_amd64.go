//go:build !purego

package echo512

import "golang.org/x/sys/cpu"

// hasAES never changes: it is what the processor and the system offer.
var hasAES = cpu.X86.HasAES && cpu.X86.HasAVX2

func compress(v *chain, block *[blockSize]byte, count uint64) {
	if hasAES {
		compressAES(v, block, count)
		return
	}
	compressGeneric(v, block, count)
}

// compressAES is compressGeneric.
//
//go:noescape
func compressAES(v *chain, block *[blockSize]byte, count uint64)
