// Package keccak512 is Keccak[c=1024] with a 512-bit digest and the padding of
// the SHA-3 competition (0x01, not the 0x06 of FIPS 202): stage 6 of X11.
//
// Source of the rules: Bertoni, Daemen, Peeters, Van Assche, "The Keccak
// reference", version 3.0.
package keccak512

import (
	"encoding/binary"
	"math/bits"
)

const (
	rate   = 72 // bytes
	rounds = 24
)

// roundConstants are those of the iota step; a test derives them from the LFSR.
var roundConstants = [rounds]uint64{
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
	0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
	0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
	0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
}

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	var a [25]uint64
	for ; len(msg) >= rate; msg = msg[rate:] {
		absorb(&a, (*[rate]byte)(msg))
	}
	var block [rate]byte
	n := copy(block[:], msg)
	block[n] = 0x01
	block[rate-1] |= 0x80
	absorb(&a, &block)
	for i := 0; i < 8; i++ {
		binary.LittleEndian.PutUint64(out[8*i:], a[i])
	}
}

func absorb(a *[25]uint64, block *[rate]byte) {
	for i := 0; i < rate/8; i++ {
		a[i] ^= binary.LittleEndian.Uint64(block[8*i:])
	}
	permute(a)
}

// permute is Keccak-f[1600]. Lane (x, y) is a[x+5y].
func permute(a *[25]uint64) {
	for _, rc := range roundConstants {
		c0 := a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20]
		c1 := a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21]
		c2 := a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22]
		c3 := a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23]
		c4 := a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24]
		d0 := c4 ^ bits.RotateLeft64(c1, 1)
		d1 := c0 ^ bits.RotateLeft64(c2, 1)
		d2 := c1 ^ bits.RotateLeft64(c3, 1)
		d3 := c2 ^ bits.RotateLeft64(c4, 1)
		d4 := c3 ^ bits.RotateLeft64(c0, 1)

		// Rho and pi: lane (x, y) moves to (y, 2x+3y).
		var b [25]uint64
		b[0] = a[0] ^ d0
		b[16] = bits.RotateLeft64(a[5]^d0, 36)
		b[7] = bits.RotateLeft64(a[10]^d0, 3)
		b[23] = bits.RotateLeft64(a[15]^d0, 41)
		b[14] = bits.RotateLeft64(a[20]^d0, 18)
		b[10] = bits.RotateLeft64(a[1]^d1, 1)
		b[1] = bits.RotateLeft64(a[6]^d1, 44)
		b[17] = bits.RotateLeft64(a[11]^d1, 10)
		b[8] = bits.RotateLeft64(a[16]^d1, 45)
		b[24] = bits.RotateLeft64(a[21]^d1, 2)
		b[20] = bits.RotateLeft64(a[2]^d2, 62)
		b[11] = bits.RotateLeft64(a[7]^d2, 6)
		b[2] = bits.RotateLeft64(a[12]^d2, 43)
		b[18] = bits.RotateLeft64(a[17]^d2, 15)
		b[9] = bits.RotateLeft64(a[22]^d2, 61)
		b[5] = bits.RotateLeft64(a[3]^d3, 28)
		b[21] = bits.RotateLeft64(a[8]^d3, 55)
		b[12] = bits.RotateLeft64(a[13]^d3, 25)
		b[3] = bits.RotateLeft64(a[18]^d3, 21)
		b[19] = bits.RotateLeft64(a[23]^d3, 56)
		b[15] = bits.RotateLeft64(a[4]^d4, 27)
		b[6] = bits.RotateLeft64(a[9]^d4, 20)
		b[22] = bits.RotateLeft64(a[14]^d4, 39)
		b[13] = bits.RotateLeft64(a[19]^d4, 8)
		b[4] = bits.RotateLeft64(a[24]^d4, 14)

		for y := 0; y < 25; y += 5 {
			b0, b1, b2, b3, b4 := b[y], b[y+1], b[y+2], b[y+3], b[y+4]
			a[y] = b0 ^ b2&^b1
			a[y+1] = b1 ^ b3&^b2
			a[y+2] = b2 ^ b4&^b3
			a[y+3] = b3 ^ b0&^b4
			a[y+4] = b4 ^ b1&^b0
		}
		a[0] ^= rc
	}
}
