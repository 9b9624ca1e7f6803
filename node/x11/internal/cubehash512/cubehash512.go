// Package cubehash512 is CubeHash16/32-512 with the parameters of the second
// round of the SHA-3 competition (16 rounds per 32-byte block, 160 initial and
// 160 final rounds): stage 8 of X11.
//
// Source of the rules: D. J. Bernstein, "CubeHash specification (2.B.1)".
package cubehash512

import (
	"encoding/binary"
	"math/bits"
)

const (
	blockSize   = 32
	blockRounds = 16
	finalRounds = 160
)

// iv is the state after the initial rounds for these parameters; a test
// recomputes it.
var iv = [32]uint32{
	0x2aea2a61, 0x50f494d4, 0x2d538b8b, 0x4167d83e, 0x3fee2313, 0xc701cf8c, 0xcc39968e, 0x50ac5695,
	0x4d42c787, 0xa647a8b3, 0x97cf0bef, 0x825b4537, 0xeef864d2, 0xf22090c4, 0xd0e5cd33, 0xa23911ae,
	0xfcd398d9, 0x148fe485, 0x1b017bef, 0xb6444532, 0x6a536159, 0x2ff5781c, 0x91fa7934, 0x0dbadea9,
	0xd65c8a2b, 0xa5a70e75, 0xb1c62456, 0xbc796576, 0x1921c8f7, 0xe7989af1, 0x7795d246, 0xd43e3b44,
}

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	x := iv
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		absorb(&x, (*[blockSize]byte)(msg))
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	absorb(&x, &block)
	x[31] ^= 1
	rounds(&x, finalRounds)
	for i := 0; i < 16; i++ {
		binary.LittleEndian.PutUint32(out[4*i:], x[i])
	}
}

func absorb(x *[32]uint32, block *[blockSize]byte) {
	for i := 0; i < 8; i++ {
		x[i] ^= binary.LittleEndian.Uint32(block[4*i:])
	}
	rounds(x, blockRounds)
}

// roundsGeneric applies n rounds in portable Go. The swaps of a round are
// folded into the indices: words are read where the swap would have put them.
func roundsGeneric(x *[32]uint32, n int) {
	for ; n > 0; n-- {
		var y [16]uint32
		for i := 0; i < 16; i++ {
			x[16+i] += x[i]
			y[i^8] = bits.RotateLeft32(x[i], 7)
		}
		for i := 0; i < 16; i++ {
			y[i] ^= x[16+i]
		}
		// x[16+i] and x[16+(i^2)] are swapped from here on.
		var z [16]uint32
		for i := 0; i < 16; i++ {
			z[i] = x[16+(i^2)] + y[i]
		}
		for i := 0; i < 16; i++ {
			x[i] = bits.RotateLeft32(y[i^4], 11) ^ z[i]
		}
		for i := 0; i < 16; i++ {
			x[16+i] = z[i^1]
		}
	}
}
