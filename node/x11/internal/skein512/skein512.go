// Package skein512 is Skein-512-512, version 1.3: stage 4 of X11.
//
// Source of the rules: Ferguson et al., "The Skein Hash Function Family",
// version 1.3 (Threefish-512, 72 rounds, simple hashing without key or tree).
package skein512

import (
	"encoding/binary"
	"math/bits"
)

const (
	blockSize = 64
	// parity is C240, the key schedule's constant.
	parity = 0x1bd11bdaa9fc1a22

	// Fields of the tweak's upper word (the type is in bits 56 to 61).
	first      = 1 << 62
	final      = 1 << 63
	typeMsg    = 48 << 56
	typeOutput = 63 << 56
)

// iv is the chaining value after the configuration block of a 512-bit digest;
// a test recomputes it.
var iv = [8]uint64{
	0x4903adff749c51ce, 0x0d95de399746df03, 0x8fd1934127c79bce, 0x9a255629ff352cb1,
	0x5db62599df6ca7b0, 0xeabe394ca9d5c3f4, 0x991112c71a75b523, 0xae18a40b660fcc33,
}

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	h := iv
	var m [8]uint64
	flags := uint64(typeMsg | first)
	position := uint64(0)
	for len(msg) > blockSize {
		for i := range m {
			m[i] = binary.LittleEndian.Uint64(msg[8*i:])
		}
		position += blockSize
		ubi(&h, &m, position, flags)
		flags &^= first
		msg = msg[blockSize:]
	}
	var block [blockSize]byte
	position += uint64(copy(block[:], msg))
	for i := range m {
		m[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	ubi(&h, &m, position, flags|final)

	m = [8]uint64{} // output block number 0
	ubi(&h, &m, 8, typeOutput|first|final)
	for i, w := range h {
		binary.LittleEndian.PutUint64(out[8*i:], w)
	}
}

// ubi encrypts m under key h and tweak (t0, t1) and chains: h = E(m) ^ m.
func ubi(h, m *[8]uint64, t0, t1 uint64) {
	var k [9]uint64
	k[8] = parity
	for i, w := range h {
		k[i] = w
		k[8] ^= w
	}
	t := [3]uint64{t0, t1, t0 ^ t1}
	a, b, c, d := m[0]+k[0], m[1]+k[1], m[2]+k[2], m[3]+k[3]
	e, f, g, i := m[4]+k[4], m[5]+k[5]+t[0], m[6]+k[6]+t[1], m[7]+k[7]
	for s := 1; s <= 18; s += 2 {
		a, b, c, d, e, f, g, i = evenRounds(a, b, c, d, e, f, g, i)
		a += k[s%9]
		b += k[(s+1)%9]
		c += k[(s+2)%9]
		d += k[(s+3)%9]
		e += k[(s+4)%9]
		f += k[(s+5)%9] + t[s%3]
		g += k[(s+6)%9] + t[(s+1)%3]
		i += k[(s+7)%9] + uint64(s)
		a, b, c, d, e, f, g, i = oddRounds(a, b, c, d, e, f, g, i)
		a += k[(s+1)%9]
		b += k[(s+2)%9]
		c += k[(s+3)%9]
		d += k[(s+4)%9]
		e += k[(s+5)%9]
		f += k[(s+6)%9] + t[(s+1)%3]
		g += k[(s+7)%9] + t[(s+2)%3]
		i += k[(s+8)%9] + uint64(s+1)
	}
	h[0], h[1], h[2], h[3] = m[0]^a, m[1]^b, m[2]^c, m[3]^d
	h[4], h[5], h[6], h[7] = m[4]^e, m[5]^f, m[6]^g, m[7]^i
}

// evenRounds is four rounds of Threefish between two key injections; the word
// permutation is absorbed by the order of names.
func evenRounds(a, b, c, d, e, f, g, i uint64) (uint64, uint64, uint64, uint64, uint64, uint64, uint64, uint64) {
	a += b
	b = bits.RotateLeft64(b, 46) ^ a
	c += d
	d = bits.RotateLeft64(d, 36) ^ c
	e += f
	f = bits.RotateLeft64(f, 19) ^ e
	g += i
	i = bits.RotateLeft64(i, 37) ^ g
	c += b
	b = bits.RotateLeft64(b, 33) ^ c
	e += i
	i = bits.RotateLeft64(i, 27) ^ e
	g += f
	f = bits.RotateLeft64(f, 14) ^ g
	a += d
	d = bits.RotateLeft64(d, 42) ^ a
	e += b
	b = bits.RotateLeft64(b, 17) ^ e
	g += d
	d = bits.RotateLeft64(d, 49) ^ g
	a += f
	f = bits.RotateLeft64(f, 36) ^ a
	c += i
	i = bits.RotateLeft64(i, 39) ^ c
	g += b
	b = bits.RotateLeft64(b, 44) ^ g
	a += i
	i = bits.RotateLeft64(i, 9) ^ a
	c += f
	f = bits.RotateLeft64(f, 54) ^ c
	e += d
	d = bits.RotateLeft64(d, 56) ^ e
	return a, b, c, d, e, f, g, i
}

// oddRounds is four rounds of Threefish between two key injections; the word
// permutation is absorbed by the order of names.
func oddRounds(a, b, c, d, e, f, g, i uint64) (uint64, uint64, uint64, uint64, uint64, uint64, uint64, uint64) {
	a += b
	b = bits.RotateLeft64(b, 39) ^ a
	c += d
	d = bits.RotateLeft64(d, 30) ^ c
	e += f
	f = bits.RotateLeft64(f, 34) ^ e
	g += i
	i = bits.RotateLeft64(i, 24) ^ g
	c += b
	b = bits.RotateLeft64(b, 13) ^ c
	e += i
	i = bits.RotateLeft64(i, 50) ^ e
	g += f
	f = bits.RotateLeft64(f, 10) ^ g
	a += d
	d = bits.RotateLeft64(d, 17) ^ a
	e += b
	b = bits.RotateLeft64(b, 25) ^ e
	g += d
	d = bits.RotateLeft64(d, 29) ^ g
	a += f
	f = bits.RotateLeft64(f, 39) ^ a
	c += i
	i = bits.RotateLeft64(i, 43) ^ c
	g += b
	b = bits.RotateLeft64(b, 8) ^ g
	a += i
	i = bits.RotateLeft64(i, 35) ^ a
	c += f
	f = bits.RotateLeft64(f, 56) ^ c
	e += d
	d = bits.RotateLeft64(d, 22) ^ e
	return a, b, c, d, e, f, g, i
}
