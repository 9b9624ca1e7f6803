// Package simd512 is SIMD-512, version 1.1 (the tweak for the second round of
// the SHA-3 competition): stage 10 of X11.
//
// Source of the rules: Leurent, Bouillaguet, Fouque, "SIMD Is a Message
// Digest", 2009: a number-theoretic transform over 257 expands the message,
// eight parallel Feistel ladders mix it in.
package simd512

import (
	"encoding/binary"
	"math/bits"
)

const (
	blockSize = 128
	points    = 256
)

// iv is the starting value; a test recomputes it from the name of the function.
var iv = [32]uint32{
	0x0ba16b95, 0x72f999ad, 0x9fecc2ae, 0xba3264fc, 0x5e894929, 0x8e9f30e5, 0x2f1daa37, 0xf0f2c558,
	0xac506643, 0xa90635a5, 0xe25b878b, 0xaab7878f, 0x88817f7a, 0x0a02892b, 0x559a7550, 0x598f657e,
	0x7eef60a1, 0x6b70e3e8, 0x9c1714d1, 0xb958e2a8, 0xab02675e, 0xed1c014f, 0xcd8d65bb, 0xfdb7a257,
	0x09254899, 0xd699c7bc, 0x9019b6dc, 0x2b9022e4, 0x8fa14956, 0x21bf9bd3, 0xb94d0943, 0x6ffddc22,
}

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	h := iv
	total := uint64(len(msg)) * 8
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		compress(&h, (*[blockSize]byte)(msg))
	}
	var block [blockSize]byte
	if len(msg) > 0 {
		copy(block[:], msg) // padded with zeros: the length block tells them apart
		compress(&h, &block)
		block = [blockSize]byte{}
	}
	binary.LittleEndian.PutUint64(block[:], total)
	if total == 512 {
		mix(&h, &block, &expanded512)
	} else {
		var y expansion
		expand(&y, &block, &offsetsFinal)
		mix(&h, &block, &y)
	}
	for i := 0; i < 16; i++ {
		binary.LittleEndian.PutUint32(out[4*i:], h[i])
	}
}

// expanded512 is the expansion of the length block of a 64-byte message, which
// is all that X11 ever hashes here.
var expanded512 = func() (y expansion) {
	expandGeneric(&y, &[blockSize]byte{1: 512 >> 8}, &offsetsFinal)
	return y
}()

// compress folds a block of the message into h.
func compress(h *[32]uint32, block *[blockSize]byte) {
	var y expansion
	expand(&y, block, &offsets)
	mix(h, block, &y)
}

// Feistel parameters: rotation pairs per round, and the order in which the
// expanded words are used (groups of eight, permutation P of the specification).
var (
	rotations = [4][4]int{{3, 23, 17, 27}, {28, 19, 22, 7}, {29, 9, 15, 5}, {4, 13, 10, 25}}
	order     = [32]uint8{
		4, 6, 0, 2, 7, 5, 3, 1,
		15, 11, 12, 8, 9, 13, 10, 14,
		17, 18, 23, 20, 22, 21, 16, 19,
		30, 24, 25, 31, 27, 29, 28, 26,
	}
	// neighbours[s mod 7] is what the index of a ladder is xored with at step s.
	neighbours = [7]uint8{1, 6, 2, 3, 5, 7, 4}
)

// mixGeneric runs the ladders on block, expanded to y, in portable Go.
func mixGeneric(h *[32]uint32, block *[blockSize]byte, y *expansion) {
	s := *h
	for i := range s {
		s[i] ^= binary.LittleEndian.Uint32(block[4*i:])
	}
	var w [8]uint32
	for step := 0; step < 32; step++ {
		group := int(order[step])
		switch {
		case group < 16:
			combine(&w, y, 16*group, 16*group+1, 185)
		case group < 24:
			combine(&w, y, 16*group-256, 16*group-128, 233)
		default:
			combine(&w, y, 16*group-383, 16*group-255, 233)
		}
		rot := &rotations[step>>3]
		ladder(&s, &w, step&7 < 4, rot[step&3], rot[(step+1)&3], neighbours[step%7])
	}
	// Feed-forward: the old chaining value goes through four more steps.
	last := &rotations[3]
	for i := 0; i < 4; i++ {
		ladder(&s, (*[8]uint32)(h[8*i:]), true, last[i], last[(i+1)&3], neighbours[(32+i)%7])
	}
	*h = s
}

// combine packs pairs of transform values, scaled, into eight message words.
func combine(w *[8]uint32, y *expansion, lo, hi int, scale int32) {
	for j := range w {
		w[j] = uint32(int32(y[lo+2*j])*scale)&0xffff | uint32(int32(y[hi+2*j])*scale)<<16
	}
}

// ladder is one step of the eight parallel Feistel ladders. s holds A, B, C
// and D, eight words each; choose selects IF over MAJ.
func ladder(s *[32]uint32, w *[8]uint32, choose bool, r1, r2 int, next uint8) {
	var t [8]uint32
	for j := range t {
		t[j] = bits.RotateLeft32(s[j], r1)
	}
	for j := 0; j < 8; j++ {
		a, b, c := s[j], s[8+j], s[16+j]
		f := (b^c)&a ^ c
		if !choose {
			f = a&b | (a|b)&c
		}
		s[j] = bits.RotateLeft32(s[24+j]+w[j]+f, r2) + t[uint8(j)^next]
		s[24+j], s[16+j], s[8+j] = c, b, t[j]
	}
}
