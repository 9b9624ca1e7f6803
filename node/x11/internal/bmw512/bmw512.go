// Package bmw512 is Blue Midnight Wish with a 512-bit digest, as tweaked for
// the second round of the SHA-3 competition: stage 2 of X11.
//
// Source of the rules: Gligoroski et al., "Cryptographic Hash Function Blue
// Midnight Wish", round 2 (ExpandRounds1 = 2, ExpandRounds2 = 14).
package bmw512

import (
	"encoding/binary"
	"math/bits"
)

const blockSize = 128

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	var h [16]uint64
	for i := range h {
		// The initial value is the byte sequence 0x80, 0x81, ...
		h[i] = 0x8081828384858687 + 0x0808080808080808*uint64(i)
	}
	total := uint64(len(msg)) * 8
	for len(msg) >= blockSize {
		compressBytes(&h, (*[blockSize]byte)(msg))
		msg = msg[blockSize:]
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	if n >= blockSize-8 {
		compressBytes(&h, &block)
		block = [blockSize]byte{}
	}
	binary.LittleEndian.PutUint64(block[blockSize-8:], total)
	compressBytes(&h, &block)

	// The final step hashes the chaining value itself under a constant key.
	var key [16]uint64
	for i := range key {
		key[i] = 0xaaaaaaaaaaaaaaa0 + uint64(i)
	}
	compress(&key, &h)
	for i := 0; i < 8; i++ {
		binary.LittleEndian.PutUint64(out[8*i:], key[8+i])
	}
}

func compressBytes(h *[16]uint64, block *[blockSize]byte) {
	var m [16]uint64
	for i := range m {
		m[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	compress(h, &m)
}

// compress replaces h by the compression of message m under chaining value h.
func compress(h, m *[16]uint64) {
	var q [32]uint64
	expandInitial(&q, h, m)

	// km is the message and key part of the expansion, step by step.
	for j := 0; j < 16; j++ {
		q[16+j] = addElement(h, m, j)
	}
	q[16] += s1(q[0]) + s2(q[1]) + s3(q[2]) + s0(q[3]) + s1(q[4]) + s2(q[5]) + s3(q[6]) + s0(q[7]) +
		s1(q[8]) + s2(q[9]) + s3(q[10]) + s0(q[11]) + s1(q[12]) + s2(q[13]) + s3(q[14]) + s0(q[15])
	q[17] += s1(q[1]) + s2(q[2]) + s3(q[3]) + s0(q[4]) + s1(q[5]) + s2(q[6]) + s3(q[7]) + s0(q[8]) +
		s1(q[9]) + s2(q[10]) + s3(q[11]) + s0(q[12]) + s1(q[13]) + s2(q[14]) + s3(q[15]) + s0(q[16])
	// The plain summands of two consecutive even (or odd) steps share six of
	// their seven words, so two running sums replace them.
	even := q[2] + q[4] + q[6] + q[8] + q[10] + q[12] + q[14]
	odd := q[3] + q[5] + q[7] + q[9] + q[11] + q[13] + q[15]
	for i := 18; i < 32; i += 2 {
		q[i] += even + rot(q[i-15], 5) + rot(q[i-13], 11) + rot(q[i-11], 27) + rot(q[i-9], 32) +
			rot(q[i-7], 37) + rot(q[i-5], 43) + rot(q[i-3], 53) + s4(q[i-2]) + s5(q[i-1])
		even += q[i-2] - q[i-16]
		j := i + 1
		q[j&31] += odd + rot(q[j-15], 5) + rot(q[j-13], 11) + rot(q[j-11], 27) + rot(q[j-9], 32) +
			rot(q[j-7], 37) + rot(q[j-5], 43) + rot(q[j-3], 53) + s4(q[j-2]) + s5(q[j-1])
		odd += q[j-2] - q[j-16]
	}
	fold(h, m, &q)
}

// expandInitial is the specification's f0: a bijection of m ^ h.
func expandInitial(q *[32]uint64, h, m *[16]uint64) {
	var x [16]uint64
	for i := range x {
		x[i] = m[i] ^ h[i]
	}
	q[0] = s0(x[5]-x[7]+x[10]+x[13]+x[14]) + h[1]
	q[1] = s1(x[6]-x[8]+x[11]+x[14]-x[15]) + h[2]
	q[2] = s2(x[0]+x[7]+x[9]-x[12]+x[15]) + h[3]
	q[3] = s3(x[0]-x[1]+x[8]-x[10]+x[13]) + h[4]
	q[4] = s4(x[1]+x[2]+x[9]-x[11]-x[14]) + h[5]
	q[5] = s0(x[3]-x[2]+x[10]-x[12]+x[15]) + h[6]
	q[6] = s1(x[4]-x[0]-x[3]-x[11]+x[13]) + h[7]
	q[7] = s2(x[1]-x[4]-x[5]-x[12]-x[14]) + h[8]
	q[8] = s3(x[2]-x[5]-x[6]+x[13]-x[15]) + h[9]
	q[9] = s4(x[0]-x[3]+x[6]-x[7]+x[14]) + h[10]
	q[10] = s0(x[8]-x[1]-x[4]-x[7]+x[15]) + h[11]
	q[11] = s1(x[8]-x[0]-x[2]-x[5]+x[9]) + h[12]
	q[12] = s2(x[1]+x[3]-x[6]-x[9]+x[10]) + h[13]
	q[13] = s3(x[2]+x[4]+x[7]+x[10]+x[11]) + h[14]
	q[14] = s4(x[3]-x[5]+x[8]-x[11]-x[12]) + h[15]
	q[15] = s0(x[12]-x[4]-x[6]-x[9]+x[13]) + h[0]
}

// addElement is the message word of expansion step j (0 to 15), keyed by h.
func addElement(h, m *[16]uint64, j int) uint64 {
	a, b, c := j&15, (j+3)&15, (j+10)&15
	return (bits.RotateLeft64(m[a], a+1) + bits.RotateLeft64(m[b], b+1) -
		bits.RotateLeft64(m[c], c+1) + uint64(j+16)*0x0555555555555555) ^ h[(j+7)&15]
}

// fold is the specification's f2.
func fold(h, m *[16]uint64, q *[32]uint64) {
	xl := q[16] ^ q[17] ^ q[18] ^ q[19] ^ q[20] ^ q[21] ^ q[22] ^ q[23]
	xh := xl ^ q[24] ^ q[25] ^ q[26] ^ q[27] ^ q[28] ^ q[29] ^ q[30] ^ q[31]
	h[0] = (xh<<5 ^ q[16]>>5 ^ m[0]) + (xl ^ q[24] ^ q[0])
	h[1] = (xh>>7 ^ q[17]<<8 ^ m[1]) + (xl ^ q[25] ^ q[1])
	h[2] = (xh>>5 ^ q[18]<<5 ^ m[2]) + (xl ^ q[26] ^ q[2])
	h[3] = (xh>>1 ^ q[19]<<5 ^ m[3]) + (xl ^ q[27] ^ q[3])
	h[4] = (xh>>3 ^ q[20] ^ m[4]) + (xl ^ q[28] ^ q[4])
	h[5] = (xh<<6 ^ q[21]>>6 ^ m[5]) + (xl ^ q[29] ^ q[5])
	h[6] = (xh>>4 ^ q[22]<<6 ^ m[6]) + (xl ^ q[30] ^ q[6])
	h[7] = (xh>>11 ^ q[23]<<2 ^ m[7]) + (xl ^ q[31] ^ q[7])
	h[8] = rot(h[4], 9) + (xh ^ q[24] ^ m[8]) + (xl<<8 ^ q[23] ^ q[8])
	h[9] = rot(h[5], 10) + (xh ^ q[25] ^ m[9]) + (xl>>6 ^ q[16] ^ q[9])
	h[10] = rot(h[6], 11) + (xh ^ q[26] ^ m[10]) + (xl<<6 ^ q[17] ^ q[10])
	h[11] = rot(h[7], 12) + (xh ^ q[27] ^ m[11]) + (xl<<4 ^ q[18] ^ q[11])
	h[12] = rot(h[0], 13) + (xh ^ q[28] ^ m[12]) + (xl>>3 ^ q[19] ^ q[12])
	h[13] = rot(h[1], 14) + (xh ^ q[29] ^ m[13]) + (xl>>4 ^ q[20] ^ q[13])
	h[14] = rot(h[2], 15) + (xh ^ q[30] ^ m[14]) + (xl>>7 ^ q[21] ^ q[14])
	h[15] = rot(h[3], 16) + (xh ^ q[31] ^ m[15]) + (xl>>2 ^ q[22] ^ q[15])
}

func rot(x uint64, n int) uint64 { return bits.RotateLeft64(x, n) }

func s0(x uint64) uint64 { return x>>1 ^ x<<3 ^ rot(x, 4) ^ rot(x, 37) }
func s1(x uint64) uint64 { return x>>1 ^ x<<2 ^ rot(x, 13) ^ rot(x, 43) }
func s2(x uint64) uint64 { return x>>2 ^ x<<1 ^ rot(x, 19) ^ rot(x, 53) }
func s3(x uint64) uint64 { return x>>2 ^ x<<2 ^ rot(x, 28) ^ rot(x, 59) }
func s4(x uint64) uint64 { return x>>1 ^ x }
func s5(x uint64) uint64 { return x>>2 ^ x }
