// Package luffa512 is Luffa with a 512-bit digest, version 2: stage 7 of X11.
//
// Source of the rules: De Cannière, Sato, Watanabe, "Hash Function Luffa,
// Specification", version 2.0.1 (five permutations of 256 bits).
package luffa512

import (
	"encoding/binary"
	"math/bits"
)

const (
	blockSize = 32
	width     = 5
	steps     = 8
)

// lane is one of the five 256-bit states.
type lane [8]uint32

type state [width]lane

// sumGeneric is Sum in portable Go.
func sumGeneric(out *[64]byte, msg []byte) {
	v := iv
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		round(&v, (*[blockSize]byte)(msg))
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	round(&v, &block)
	// Two blank rounds follow, each giving half of the digest.
	block = [blockSize]byte{}
	for half := 0; half < 2; half++ {
		round(&v, &block)
		for i := 0; i < 8; i++ {
			w := v[0][i] ^ v[1][i] ^ v[2][i] ^ v[3][i] ^ v[4][i]
			binary.BigEndian.PutUint32(out[32*half+4*i:], w)
		}
	}
}

// load reads a block as words.
func load(block *[blockSize]byte) (m lane) {
	for i := range m {
		m[i] = binary.BigEndian.Uint32(block[4*i:])
	}
	return m
}

// round injects one block and applies the five permutations.
func round(v *state, block *[blockSize]byte) {
	m := load(block)
	inject(v, &m)
	for j := range v {
		permute(&v[j], j)
	}
}

// inject is the message injection MI for five states: every state gets the
// doubled sum of all, then the states are mixed in a ring in both directions,
// then state j gets the message times 2^j.
func inject(v *state, m *lane) {
	var sum lane
	for i := range sum {
		sum[i] = v[0][i] ^ v[1][i] ^ v[2][i] ^ v[3][i] ^ v[4][i]
	}
	sum = double(sum)
	for j := range v {
		v[j] = xor(v[j], sum)
	}
	var w state
	for j := range v {
		w[j] = xor(double(v[j]), v[(j+1)%width])
	}
	x := *m
	for j := range v {
		v[j] = xor(double(w[j]), w[(j+width-1)%width])
		v[j] = xor(v[j], x)
		x = double(x)
	}
}

// double multiplies by the generator of the ring GF(2^8)^32, polynomial
// x^8 + x^4 + x^3 + x + 1 over the eight words.
func double(a lane) lane {
	t := a[7]
	return lane{t, a[0] ^ t, a[1], a[2] ^ t, a[3] ^ t, a[4], a[5], a[6]}
}

func xor(a, b lane) lane {
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

// permute is Q_j: the tweak (the upper four words rotated by j), then eight steps.
func permute(v *lane, j int) {
	a0, a1, a2, a3 := v[0], v[1], v[2], v[3]
	a4, a5 := bits.RotateLeft32(v[4], j), bits.RotateLeft32(v[5], j)
	a6, a7 := bits.RotateLeft32(v[6], j), bits.RotateLeft32(v[7], j)
	c := &stepConstants[j]
	for r := 0; r < steps; r++ {
		a0, a1, a2, a3 = subCrumb(a0, a1, a2, a3)
		a5, a6, a7, a4 = subCrumb(a5, a6, a7, a4)
		a0, a4 = mixWord(a0, a4)
		a1, a5 = mixWord(a1, a5)
		a2, a6 = mixWord(a2, a6)
		a3, a7 = mixWord(a3, a7)
		a0 ^= c[r][0]
		a4 ^= c[r][1]
	}
	*v = lane{a0, a1, a2, a3, a4, a5, a6, a7}
}

// subCrumb applies the 4-bit box {13,14,0,1,5,10,7,6,11,3,9,12,15,8,2,4} to 32
// nibbles in bit-slices, a0 being the lowest bit.
func subCrumb(a0, a1, a2, a3 uint32) (uint32, uint32, uint32, uint32) {
	t := a0
	a0 |= a1
	a2 ^= a3
	a1 = ^a1
	a0 ^= a3
	a3 &= t
	a1 ^= a3
	a3 ^= a2
	a2 &= a0
	a0 = ^a0
	a2 ^= a1
	a1 |= a3
	t ^= a1
	a3 ^= a2
	a2 &= a1
	a1 ^= a0
	return t, a1, a2, a3
}

func mixWord(l, r uint32) (uint32, uint32) {
	r ^= l
	l = bits.RotateLeft32(l, 2) ^ r
	r = bits.RotateLeft32(r, 14) ^ l
	l = bits.RotateLeft32(l, 10) ^ r
	r = bits.RotateLeft32(r, 1)
	return l, r
}
