// Package shavite512 is SHAvite-3-512 as tweaked for the second round of the
// SHA-3 competition, with a zero salt: stage 9 of X11.
//
// Source of the rules: Biham, Dunkelman, "The SHAvite-3 Hash Function", 2009.
package shavite512

import (
	"encoding/binary"

	"dashmp/node/x11/internal/aestab"
)

const (
	blockSize = 128
	rounds    = 14
	keyWords  = 32 * rounds
)

// iv is the starting value for a 512-bit digest from the specification's table.
var iv = [16]uint32{
	0x72fccdd8, 0x79ca4727, 0x128a077b, 0x40d55aec, 0xd1901a06, 0x430ae307, 0xb29f5cd1, 0xdf07fbfc,
	0x8e45d73d, 0x681ab538, 0xbde86578, 0xdd577e47, 0xe275eade, 0x502d9fcd, 0xb9357178, 0x022a4b9a,
}

// Sum writes the 64-byte digest of msg to out. out may overlap msg.
func Sum(out *[64]byte, msg []byte) {
	h := iv
	total := uint64(len(msg)) * 8
	counted := uint64(0)
	for ; len(msg) >= blockSize; msg = msg[blockSize:] {
		counted += blockSize * 8
		compress(&h, (*[blockSize]byte)(msg), counted)
	}
	var block [blockSize]byte
	n := copy(block[:], msg)
	block[n] = 0x80
	counter := total
	if n >= blockSize-18 {
		compress(&h, &block, total)
		block = [blockSize]byte{}
		n = 0
	}
	if n == 0 {
		counter = 0 // a block without a message bit counts zero
	}
	binary.LittleEndian.PutUint64(block[blockSize-18:], total)
	binary.LittleEndian.PutUint16(block[blockSize-2:], 512)
	compress(&h, &block, counter)
	for i, w := range h {
		binary.LittleEndian.PutUint32(out[4*i:], w)
	}
}

// compressGeneric is C512: 14 Feistel rounds on four 128-bit words keyed by
// block and the bit counter (128 bits in the specification, of which longer
// inputs than 2^64 bits would need the upper half).
func compressGeneric(h *[16]uint32, block *[blockSize]byte, count uint64) {
	var rk [keyWords]uint32
	expandKey(&rk, block, uint32(count), uint32(count>>32))
	p := *h
	for r := 0; r < rounds; r++ {
		k := (*[32]uint32)(rk[32*r:])
		a0, a1, a2, a3 := f4(p[4], p[5], p[6], p[7], (*[16]uint32)(k[:16]))
		c0, c1, c2, c3 := f4(p[12], p[13], p[14], p[15], (*[16]uint32)(k[16:]))
		p = [16]uint32{
			p[12], p[13], p[14], p[15],
			p[0] ^ a0, p[1] ^ a1, p[2] ^ a2, p[3] ^ a3,
			p[4], p[5], p[6], p[7],
			p[8] ^ c0, p[9] ^ c1, p[10] ^ c2, p[11] ^ c3,
		}
	}
	for i := range h {
		h[i] ^= p[i]
	}
}

// f4 is four AES rounds, each preceded by a key addition.
func f4(x0, x1, x2, x3 uint32, k *[16]uint32) (uint32, uint32, uint32, uint32) {
	x0, x1, x2, x3 = aestab.Round(x0^k[0], x1^k[1], x2^k[2], x3^k[3])
	x0, x1, x2, x3 = aestab.Round(x0^k[4], x1^k[5], x2^k[6], x3^k[7])
	x0, x1, x2, x3 = aestab.Round(x0^k[8], x1^k[9], x2^k[10], x3^k[11])
	return aestab.Round(x0^k[12], x1^k[13], x2^k[14], x3^k[15])
}

// expandKey alternates eight nonlinear groups of four words (one unkeyed AES
// round each) with eight linear ones, and mixes the counter in at four places.
func expandKey(rk *[keyWords]uint32, block *[blockSize]byte, lo, hi uint32) {
	for i := 0; i < 32; i++ {
		rk[i] = binary.LittleEndian.Uint32(block[4*i:])
	}
	for u := 32; ; {
		for s := 0; s < 8; s++ {
			x0, x1, x2, x3 := aestab.Round(rk[u-31], rk[u-30], rk[u-29], rk[u-32])
			rk[u] = x0 ^ rk[u-4]
			rk[u+1] = x1 ^ rk[u-3]
			rk[u+2] = x2 ^ rk[u-2]
			rk[u+3] = x3 ^ rk[u-1]
			mixCounter(rk, u, lo, hi)
			u += 4
		}
		if u == keyWords {
			return
		}
		for s := 0; s < 32; s++ {
			rk[u] = rk[u-32] ^ rk[u-7]
			u++
		}
	}
}

func mixCounter(rk *[keyWords]uint32, u int, lo, hi uint32) {
	switch u {
	case 32:
		rk[32] ^= lo
		rk[33] ^= hi
		rk[35] = ^rk[35]
	case 164:
		rk[166] ^= hi
		rk[167] ^= ^lo
	case 316:
		rk[318] ^= lo
		rk[319] ^= ^hi
	case 440:
		rk[440] ^= hi
		rk[441] ^= lo
		rk[443] = ^rk[443]
	}
}
