//go:build !purego

package cubehash512

import "golang.org/x/sys/cpu"

// hasAVX2 never changes: it is what the processor and the system offer.
var hasAVX2 = cpu.X86.HasAVX2

func rounds(x *[32]uint32, n int) {
	if hasAVX2 {
		roundsAVX2(x, n)
		return
	}
	roundsGeneric(x, n)
}

// roundsAVX2 applies n rounds; n is even, as all numbers of rounds are.
//
//go:noescape
func roundsAVX2(x *[32]uint32, n int)
