// Package groestl512 is Grøstl with a 512-bit digest, as tweaked for the final
// round of the SHA-3 competition: stage 3 of X11.
//
// Source of the rules: Gauravaram et al., "Grøstl, a SHA-3 candidate", 2011
// (P1024 and Q1024, 14 rounds each).
package groestl512

import (
	"encoding/binary"

	"dashmp/node/x11/internal/aestab"
)

const (
	blockSize = 128
	rounds    = 14
)

// state is the 8 x 16 byte matrix by columns, row 0 in the highest byte.
type state [16]uint64

// tables[k][x] is the column that SubBytes and MixBytes make of byte x in row k.
var tables = makeTables()

func makeTables() (t [8][256]uint64) {
	for x, s := range aestab.SBox {
		s2 := double(s)
		s3, s4 := s2^s, double(s2)
		s5, s7 := s4^s, s4^s2^s
		// Column 0 of the circulant matrix (02 02 03 04 05 03 05 07).
		v := uint64(s2)<<56 | uint64(s7)<<48 | uint64(s5)<<40 | uint64(s3)<<32 |
			uint64(s5)<<24 | uint64(s4)<<16 | uint64(s3)<<8 | uint64(s2)
		for k := range t {
			t[k][x] = v>>(8*k) | v<<(64-8*k)
		}
	}
	return t
}

func double(x byte) byte { return x<<1 ^ byte(int8(x)>>7)&0x1b }

// sumGeneric is Sum in portable Go.
func sumGeneric(out *[64]byte, msg []byte) {
	var h state
	h[15] = 512 // the digest length in bits is the initial value
	blocks := uint64(0)
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		compress(&h, (*[blockSize]byte)(msg))
		blocks++
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	blocks++
	if n >= blockSize-8 {
		compress(&h, &block)
		block = [blockSize]byte{}
		blocks++
	}
	binary.BigEndian.PutUint64(block[blockSize-8:], blocks)
	compress(&h, &block)

	x := h
	permuteP(&x)
	for i := 0; i < 8; i++ {
		binary.BigEndian.PutUint64(out[8*i:], h[8+i]^x[8+i])
	}
}

// compress is h = P(h ^ m) ^ Q(m) ^ h.
func compress(h *state, block *[blockSize]byte) {
	var p, q state
	for i := range q {
		q[i] = binary.BigEndian.Uint64(block[8*i:])
		p[i] = h[i] ^ q[i]
	}
	permuteP(&p)
	permuteQ(&q)
	for i := range h {
		h[i] ^= p[i] ^ q[i]
	}
}

func permuteP(s *state) {
	for r := uint64(0); r < rounds; r++ {
		var a state
		for j := range a {
			a[j] = s[j] ^ (uint64(j)<<4^r)<<56
		}
		for j := range s {
			s[j] = tables[0][a[j]>>56] ^
				tables[1][byte(a[(j+1)&15]>>48)] ^
				tables[2][byte(a[(j+2)&15]>>40)] ^
				tables[3][byte(a[(j+3)&15]>>32)] ^
				tables[4][byte(a[(j+4)&15]>>24)] ^
				tables[5][byte(a[(j+5)&15]>>16)] ^
				tables[6][byte(a[(j+6)&15]>>8)] ^
				tables[7][byte(a[(j+11)&15])]
		}
	}
}

func permuteQ(s *state) {
	for r := uint64(0); r < rounds; r++ {
		var a state
		for j := range a {
			a[j] = ^s[j] ^ (uint64(j)<<4 ^ r)
		}
		for j := range s {
			s[j] = tables[0][a[(j+1)&15]>>56] ^
				tables[1][byte(a[(j+3)&15]>>48)] ^
				tables[2][byte(a[(j+5)&15]>>40)] ^
				tables[3][byte(a[(j+11)&15]>>32)] ^
				tables[4][byte(a[j]>>24)] ^
				tables[5][byte(a[(j+2)&15]>>16)] ^
				tables[6][byte(a[(j+4)&15]>>8)] ^
				tables[7][byte(a[(j+6)&15])]
		}
	}
}
