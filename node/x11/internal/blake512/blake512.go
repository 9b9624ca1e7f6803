// Package blake512 is BLAKE-512 as submitted to the last round of the SHA-3
// competition (16 rounds, no salt): the first stage of X11 and the only one
// that sees more than 64 bytes.
//
// Source of the rules: Aumasson, Henzen, Meier, Phan, "SHA-3 proposal BLAKE",
// version 1.3. BLAKE2 is a different function.
package blake512

import (
	"encoding/binary"
	"math/bits"
)

const blockSize = 128

// iv is that of SHA-512: the fractions of the square roots of the first eight primes.
var iv = [8]uint64{
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
}

// pi holds the first 1024 bits of the fraction of pi.
var pi = [16]uint64{
	0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89,
	0x452821e638d01377, 0xbe5466cf34e90c6c, 0xc0ac29b7c97c50dd, 0x3f84d5b5b5470917,
	0x9216d5d98979fb1b, 0xd1310ba698dfb5ac, 0x2ffd72dbd01adfb7, 0xb8e1afed6a267e96,
	0xba7c9045f12c7f99, 0x24a19947b3916cf7, 0x0801f2e2858efc16, 0x636920d871574e69,
}

// sigma holds the message permutations; round r uses row r mod 10.
var sigma = [10][16]uint8{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
}

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	h := iv
	total := uint64(len(msg)) * 8
	var counted uint64
	for len(msg) >= blockSize {
		counted += blockSize * 8
		compress(&h, (*[blockSize]byte)(msg), counted)
		msg = msg[blockSize:]
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	if n >= blockSize-16 {
		// No room for the length: it goes into a block of its own, which holds
		// no message bit and therefore counts zero.
		compress(&h, &block, total)
		block = [blockSize]byte{}
		n = 0
	}
	counter := total
	if n == 0 {
		counter = 0
	}
	block[blockSize-17] |= 1
	binary.BigEndian.PutUint64(block[blockSize-8:], total)
	compress(&h, &block, counter)
	for i, w := range h {
		binary.BigEndian.PutUint64(out[8*i:], w)
	}
}

// compress folds one block into h; t is the number of message bits hashed so
// far, this block's included (inputs of 2^64 bits and more do not occur).
func compress(h *[8]uint64, block *[blockSize]byte, t uint64) {
	var m [16]uint64
	for i := range m {
		m[i] = binary.BigEndian.Uint64(block[8*i:])
	}
	v0, v1, v2, v3 := h[0], h[1], h[2], h[3]
	v4, v5, v6, v7 := h[4], h[5], h[6], h[7]
	v8, v9, v10, v11 := pi[0], pi[1], pi[2], pi[3]
	v12, v13, v14, v15 := pi[4]^t, pi[5]^t, pi[6], pi[7]
	for r := 0; r < 16; r++ {
		s := &sigma[r%10]
		v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[s[0]&15]^pi[s[1]&15], m[s[1]&15]^pi[s[0]&15])
		v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[s[2]&15]^pi[s[3]&15], m[s[3]&15]^pi[s[2]&15])
		v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[s[4]&15]^pi[s[5]&15], m[s[5]&15]^pi[s[4]&15])
		v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[s[6]&15]^pi[s[7]&15], m[s[7]&15]^pi[s[6]&15])
		v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[s[8]&15]^pi[s[9]&15], m[s[9]&15]^pi[s[8]&15])
		v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[s[10]&15]^pi[s[11]&15], m[s[11]&15]^pi[s[10]&15])
		v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[s[12]&15]^pi[s[13]&15], m[s[13]&15]^pi[s[12]&15])
		v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[s[14]&15]^pi[s[15]&15], m[s[15]&15]^pi[s[14]&15])
	}
	h[0] ^= v0 ^ v8
	h[1] ^= v1 ^ v9
	h[2] ^= v2 ^ v10
	h[3] ^= v3 ^ v11
	h[4] ^= v4 ^ v12
	h[5] ^= v5 ^ v13
	h[6] ^= v6 ^ v14
	h[7] ^= v7 ^ v15
}

// mix is the specification's G with both message words already keyed.
func mix(a, b, c, d, x, y uint64) (uint64, uint64, uint64, uint64) {
	a += b + x
	d = bits.RotateLeft64(d^a, -32)
	c += d
	b = bits.RotateLeft64(b^c, -25)
	a += b + y
	d = bits.RotateLeft64(d^a, -16)
	c += d
	b = bits.RotateLeft64(b^c, -11)
	return a, b, c, d
}
