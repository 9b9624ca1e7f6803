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

// roundsGeneric applies n rounds in portable Go. Words 0 to 15 are the lower
// half, 16 to 31 the upper; every swap of a round is folded into the step that
// follows it.
func roundsGeneric(x *[32]uint32, n int) {
	for ; n > 0; n-- {
		for i := 0; i < 8; i += 4 {
			addAndTurn(x, i)
			addAndTurn(x, i+1)
			addAndTurn(x, i+2)
			addAndTurn(x, i+3)
		}
		for i := 0; i < 16; i += 4 {
			swapAndAdd(x, i)
			swapAndAdd(x, i+1)
		}
		for i := 0; i < 16; i += 8 {
			turnAndSwap(x, i)
			turnAndSwap(x, i+1)
			turnAndSwap(x, i+2)
			turnAndSwap(x, i+3)
		}
		for i := 16; i < 32; i += 2 {
			x[i], x[i+1] = x[i+1], x[i]
		}
	}
}

// addAndTurn adds words i and i+8 of the lower half into the upper, turns them,
// swaps them and xors the upper half back in.
func addAndTurn(x *[32]uint32, i int) {
	i &= 7
	x[16+i] += x[i]
	x[24+i] += x[8+i]
	a := bits.RotateLeft32(x[i], 7)
	x[i] = bits.RotateLeft32(x[8+i], 7) ^ x[16+i]
	x[8+i] = a ^ x[24+i]
}

// swapAndAdd swaps words i and i+2 of the upper half and adds the lower half.
func swapAndAdd(x *[32]uint32, i int) {
	i &= 13
	a := x[16+i]
	x[16+i] = x[18+i] + x[i]
	x[18+i] = a + x[2+i]
}

// turnAndSwap turns words i and i+4 of the lower half, swaps them and xors the
// upper half in.
func turnAndSwap(x *[32]uint32, i int) {
	i &= 11
	a := bits.RotateLeft32(x[i], 11)
	x[i] = bits.RotateLeft32(x[4+i], 11) ^ x[16+i]
	x[4+i] = a ^ x[20+i]
}
