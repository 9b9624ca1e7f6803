// Package jh512 is JH with a 512-bit digest and 42 rounds, as tweaked for the
// final round of the SHA-3 competition: stage 5 of X11.
//
// Source of the rules: Hongjun Wu, "The Hash Function JH", 2011. The
// specification describes E8 on 256 nibbles; here it is bit-sliced, as its
// section on software proposes: word pair k holds bit k of every nibble, even
// nibbles and odd nibbles apart, and the permutation of a round becomes one
// swap of neighbouring bit groups in the odd words.
package jh512

import "encoding/binary"

const (
	blockSize = 64
	rounds    = 42
)

// state is x0 to x7, each 128 bits as two big-endian words.
type state [16]uint64

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	h := iv
	total := uint64(len(msg)) * 8
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		compress(&h, (*[blockSize]byte)(msg))
	}
	// The padding has at least 512 bits, so a length block always follows.
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	if n > 0 {
		compress(&h, &block)
		block = [blockSize]byte{}
	}
	binary.BigEndian.PutUint64(block[blockSize-8:], total)
	compress(&h, &block)
	for i := 0; i < 8; i++ {
		binary.BigEndian.PutUint64(out[8*i:], h[8+i])
	}
}

// compress is the specification's F8.
func compress(h *state, block *[blockSize]byte) {
	var m [8]uint64
	for i := range m {
		m[i] = binary.BigEndian.Uint64(block[8*i:])
		h[i] ^= m[i]
	}
	e8(h)
	for i := range m {
		h[8+i] ^= m[i]
	}
}

// e8Generic is the permutation in portable Go: 42 rounds, the swap distance cycling through 1, 2, 4,
// 8, 16, 32 and 64 bits.
func e8Generic(h *state) {
	for r := 0; r < rounds; r += 7 {
		round(h, &roundConstants[r])
		swapBits(h, 1, 0x5555555555555555)
		round(h, &roundConstants[r+1])
		swapBits(h, 2, 0x3333333333333333)
		round(h, &roundConstants[r+2])
		swapBits(h, 4, 0x0f0f0f0f0f0f0f0f)
		round(h, &roundConstants[r+3])
		swapBits(h, 8, 0x00ff00ff00ff00ff)
		round(h, &roundConstants[r+4])
		swapBits(h, 16, 0x0000ffff0000ffff)
		round(h, &roundConstants[r+5])
		swapBits(h, 32, 0x00000000ffffffff)
		round(h, &roundConstants[r+6])
		for i := 2; i < 16; i += 4 {
			h[i], h[i+1] = h[i+1], h[i]
		}
	}
}

func swapBits(h *state, n uint, mask uint64) {
	for i := 2; i < 16; i += 4 {
		h[i] = h[i]&mask<<n | h[i]>>n&mask
		h[i+1] = h[i+1]&mask<<n | h[i+1]>>n&mask
	}
}

// round is the substitution and linear layers on both halves of the words.
func round(h *state, c *[4]uint64) {
	for i := 0; i < 2; i++ {
		a0, a1, a2, a3 := substitute(h[i], h[4+i], h[8+i], h[12+i], c[i])
		b0, b1, b2, b3 := substitute(h[2+i], h[6+i], h[10+i], h[14+i], c[2+i])
		b0 ^= a1
		b1 ^= a2
		b2 ^= a3 ^ a0
		b3 ^= a0
		a0 ^= b1
		a1 ^= b2
		a2 ^= b3 ^ b0
		a3 ^= b0
		h[i], h[4+i], h[8+i], h[12+i] = a0, a1, a2, a3
		h[2+i], h[6+i], h[10+i], h[14+i] = b0, b1, b2, b3
	}
}

// substitute applies S0 where c is 0 and S1 where it is 1, to 64 nibbles.
func substitute(x0, x1, x2, x3, c uint64) (uint64, uint64, uint64, uint64) {
	x3 = ^x3
	x0 ^= c &^ x2
	t := c ^ x0&x1
	x0 ^= x2 & x3
	x3 ^= x2 &^ x1
	x1 ^= x0 & x2
	x2 ^= x0 &^ x3
	x0 ^= x1 | x3
	x3 ^= x1 & x2
	x1 ^= t & x0
	x2 ^= t
	return x0, x1, x2, x3
}
