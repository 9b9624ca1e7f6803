// Package echo512 is ECHO with a 512-bit digest and no salt: the last stage
// of X11.
//
// Source of the rules: Benadjila et al., "SHA-3 proposal: ECHO", 2009 (ten
// rounds on sixteen 128-bit words, one-pipe compression of 1024-bit blocks).
package echo512

import (
	"encoding/binary"

	"dashmp/node/x11/internal/aestab"
)

const (
	blockSize = 128
	rounds    = 10
)

// chain is the chaining value: eight 128-bit words, each two little-endian halves.
type chain [16]uint64

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	var v chain
	for i := 0; i < len(v); i += 2 {
		v[i] = 512
	}
	total := uint64(len(msg)) * 8
	counted := uint64(0)
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		counted += blockSize * 8
		compress(&v, (*[blockSize]byte)(msg), counted)
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	counter := total
	if n >= blockSize-18 {
		compress(&v, &block, total)
		block = [blockSize]byte{}
		n = 0
	}
	if n == 0 {
		counter = 0 // a block without a message bit counts zero
	}
	binary.LittleEndian.PutUint16(block[blockSize-18:], 512)
	binary.LittleEndian.PutUint64(block[blockSize-16:], total)
	compress(&v, &block, counter)
	for i := 0; i < 8; i++ {
		binary.LittleEndian.PutUint64(out[8*i:], v[i])
	}
}

// compressGeneric is Compress512 in portable Go; count is the number of
// message bits hashed so far, this block's included.
func compressGeneric(v *chain, block *[blockSize]byte, count uint64) {
	var w [32]uint64
	copy(w[:16], v[:])
	for i := 0; i < 16; i++ {
		w[16+i] = binary.LittleEndian.Uint64(block[8*i:])
		v[i] ^= w[16+i]
	}
	for r := 0; r < rounds; r++ {
		subWords(&w, count+16*uint64(r))
		shiftRows(&w)
		for c := 0; c < 32; c += 8 {
			mixColumns((*[8]uint64)(w[c:]))
		}
	}
	for i := range v {
		v[i] ^= w[i] ^ w[16+i]
	}
}

// subWords is BIG.SubWords: two AES rounds on each word, the first keyed with
// a counter that goes on by one per word, the second with the salt, zero.
func subWords(w *[32]uint64, key uint64) {
	for i := 0; i < 32; i += 2 {
		x0, x1, x2, x3 := aestab.Round(uint32(w[i]), uint32(w[i]>>32), uint32(w[i+1]), uint32(w[i+1]>>32))
		x0, x1, x2, x3 = aestab.Round(x0^uint32(key), x1^uint32(key>>32), x2, x3)
		w[i] = uint64(x0) | uint64(x1)<<32
		w[i+1] = uint64(x2) | uint64(x3)<<32
		key++
	}
}

// shiftRows is BIG.ShiftRows on the 4 x 4 matrix of words, word i being in row
// i mod 4.
func shiftRows(w *[32]uint64) {
	for half := 0; half < 2; half++ {
		w[2+half], w[10+half], w[18+half], w[26+half] = w[10+half], w[18+half], w[26+half], w[2+half]
		w[4+half], w[20+half] = w[20+half], w[4+half]
		w[12+half], w[28+half] = w[28+half], w[12+half]
		w[6+half], w[14+half], w[22+half], w[30+half] = w[30+half], w[6+half], w[14+half], w[22+half]
	}
}

// mixColumns is BIG.MixColumns on one column: the AES matrix applied to the
// bytes at equal positions of four words, eight bytes at a time.
func mixColumns(w *[8]uint64) {
	for half := 0; half < 2; half++ {
		a, b, c, d := w[half], w[2+half], w[4+half], w[6+half]
		all := a ^ b ^ c ^ d
		w[half] = a ^ all ^ double(a^b)
		w[2+half] = b ^ all ^ double(b^c)
		w[4+half] = c ^ all ^ double(c^d)
		w[6+half] = d ^ all ^ double(d^a)
	}
}

// double multiplies each of eight bytes by two in the AES field.
func double(x uint64) uint64 {
	high := x >> 7 & 0x0101010101010101
	return x<<1&0xfefefefefefefefe ^ high*0x1b
}
