// Package aestab holds the AES substitution box and one unkeyed AES round in
// portable Go, for the three stages of X11 that are built on it (Grøstl uses
// the box alone, SHAvite-3 and ECHO the round).
//
// It is not an AES implementation and must never see a secret: table look-ups
// leak their index through the cache. X11 hashes public data only.
package aestab

// SBox is the AES substitution box (FIPS 197, section 5.1.1).
var SBox = sbox()

// Te holds, for each byte value x in row 0, the column that SubBytes and
// MixColumns make of it, row 0 in the lowest byte; the columns of rows 1 to 3
// are this one rotated left by 8, 16 and 24 bits.
var Te = columns(0)
var te1, te2, te3 = columns(8), columns(16), columns(24)

// sbox computes the box from its definition: inversion in GF(2^8), then an
// affine map. The generator 3 gives the powers, its inverse 0xf6 the inverses.
func sbox() (s [256]byte) {
	p, q := byte(1), byte(1)
	for {
		p ^= p<<1 ^ byte(int8(p)>>7)&0x1b // times 3
		q ^= q << 1                       // divided by 3
		q ^= q << 2
		q ^= q << 4
		if q&0x80 != 0 {
			q ^= 0x09
		}
		s[p] = q ^ (q<<1 | q>>7) ^ (q<<2 | q>>6) ^ (q<<3 | q>>5) ^ (q<<4 | q>>4) ^ 0x63
		if p == 1 {
			break
		}
	}
	s[0] = 0x63
	return s
}

func columns(shift uint) (t [256]uint32) {
	box := sbox()
	for i, s := range box {
		s2 := s<<1 ^ byte(int8(s)>>7)&0x1b
		v := uint32(s2) | uint32(s)<<8 | uint32(s)<<16 | uint32(s2^s)<<24
		t[i] = v<<shift | v>>(32-shift)
	}
	return t
}

// Round is one AES round without key addition (SubBytes, ShiftRows,
// MixColumns) on a state of four little-endian columns.
func Round(x0, x1, x2, x3 uint32) (y0, y1, y2, y3 uint32) {
	y0 = Te[byte(x0)] ^ te1[byte(x1>>8)] ^ te2[byte(x2>>16)] ^ te3[x3>>24]
	y1 = Te[byte(x1)] ^ te1[byte(x2>>8)] ^ te2[byte(x3>>16)] ^ te3[x0>>24]
	y2 = Te[byte(x2)] ^ te1[byte(x3>>8)] ^ te2[byte(x0>>16)] ^ te3[x1>>24]
	y3 = Te[byte(x3)] ^ te1[byte(x0>>8)] ^ te2[byte(x1>>16)] ^ te3[x2>>24]
	return
}
