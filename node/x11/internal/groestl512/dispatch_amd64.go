//go:build !purego

package groestl512

import (
	"encoding/binary"

	"golang.org/x/sys/cpu"
)

// hasAES never changes: it is what the processor and the system offer.
var hasAES = cpu.X86.HasAES && cpu.X86.HasAVX2

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	if hasAES {
		sumAES(out, msg)
		return
	}
	sumGeneric(out, msg)
}

// pair is the states of P and Q side by side, 16 bytes of each in turn, as
// little-endian words.
type pair [32]uint64

// roundConstants are those of P's row 0 and Q's rows, and of Q's row 7, for
// both halves of a vector.
type roundConstants [rounds][2][32]byte

var constants = func() (c roundConstants) {
	for r := range c {
		for j := range 16 {
			k := byte(j<<4 ^ r)
			c[r][0][j], c[r][0][16+j] = k, 0xff
			c[r][1][j], c[r][1][16+j] = 0, ^k
		}
	}
	return c
}()

// permuteAES applies P to the first of s and Q to the second.
//
//go:noescape
func permuteAES(s *pair, c *roundConstants)

// sumAES is sumGeneric with both permutations of a block at once.
func sumAES(out *[64]byte, msg []byte) {
	var h state // little-endian here
	h[15] = 512 >> 8 << 48
	blocks := uint64(0)
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		compressAES(&h, (*[blockSize]byte)(msg))
		blocks++
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	blocks++
	if n >= blockSize-8 {
		compressAES(&h, &block)
		block = [blockSize]byte{}
		blocks++
	}
	binary.BigEndian.PutUint64(block[blockSize-8:], blocks)
	compressAES(&h, &block)

	// The output transformation needs P alone; Q's half idles.
	var s pair
	for i := 0; i < 16; i += 2 {
		s[2*i], s[2*i+1] = h[i], h[i+1]
	}
	permuteAES(&s, &constants)
	for i := 0; i < 8; i += 2 {
		binary.LittleEndian.PutUint64(out[8*i:], h[8+i]^s[16+2*i])
		binary.LittleEndian.PutUint64(out[8*i+8:], h[9+i]^s[17+2*i])
	}
}

func compressAES(h *state, block *[blockSize]byte) {
	var s pair
	for i := 0; i < 16; i += 2 {
		a, b := binary.LittleEndian.Uint64(block[8*i:]), binary.LittleEndian.Uint64(block[8*i+8:])
		s[2*i], s[2*i+1] = h[i]^a, h[i+1]^b
		s[2*i+2], s[2*i+3] = a, b
	}
	permuteAES(&s, &constants)
	for i := 0; i < 16; i += 2 {
		h[i] ^= s[2*i] ^ s[2*i+2]
		h[i+1] ^= s[2*i+1] ^ s[2*i+3]
	}
}
