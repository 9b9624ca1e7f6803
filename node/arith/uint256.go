package arith

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"

	"dashmp/node/wire"
)

// Uint256 is a number in four limbs, the least significant first. The zero
// value is 0; == compares numbers.
type Uint256 [4]uint64

// FromUint64 is v as a Uint256.
func FromUint64(v uint64) Uint256 { return Uint256{v} }

// FromHash reads a hash as a little-endian number (UintToArith256).
func FromHash(h wire.Hash) (u Uint256) {
	for i := range u {
		u[i] = binary.LittleEndian.Uint64(h[8*i:])
	}
	return u
}

// Hash is the inverse of FromHash.
func (u Uint256) Hash() (h wire.Hash) {
	for i, w := range u {
		binary.LittleEndian.PutUint64(h[8*i:], w)
	}
	return h
}

// Parse reads 64 hexadecimal digits, the most significant first.
func Parse(s string) (Uint256, error) {
	h, err := wire.ParseHash(s)
	if err != nil {
		return Uint256{}, fmt.Errorf("arith: number: %w", err)
	}
	return FromHash(h), nil
}

// String is 64 hexadecimal digits, the most significant first.
func (u Uint256) String() string {
	var b [32]byte
	for i, w := range u {
		binary.BigEndian.PutUint64(b[24-8*i:], w)
	}
	return hex.EncodeToString(b[:])
}

// IsZero reports whether u is 0.
func (u Uint256) IsZero() bool { return u == Uint256{} }

// Cmp is -1, 0 or 1 as u is less than, equal to or greater than v.
func (u Uint256) Cmp(v Uint256) int {
	for i := 3; i >= 0; i-- {
		switch {
		case u[i] < v[i]:
			return -1
		case u[i] > v[i]:
			return 1
		}
	}
	return 0
}

// Add is u + v.
func (u Uint256) Add(v Uint256) (r Uint256) {
	var c uint64
	for i := range r {
		r[i], c = bits.Add64(u[i], v[i], c)
	}
	return r
}

// Sub is u - v.
func (u Uint256) Sub(v Uint256) (r Uint256) {
	var c uint64
	for i := range r {
		r[i], c = bits.Sub64(u[i], v[i], c)
	}
	return r
}

// Not flips all bits.
func (u Uint256) Not() Uint256 { return Uint256{^u[0], ^u[1], ^u[2], ^u[3]} }

// Mul64 is u * v.
func (u Uint256) Mul64(v uint64) (r Uint256) {
	var carry uint64
	for i := range r {
		hi, lo := bits.Mul64(u[i], v)
		var c uint64
		r[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return r
}

// Div64 is u / v, rounded down. v must not be 0.
func (u Uint256) Div64(v uint64) (r Uint256) {
	var rem uint64
	for i := 3; i >= 0; i-- {
		r[i], rem = bits.Div64(rem, u[i], v)
	}
	return r
}

// Div is u / v, rounded down. v must not be 0.
func (u Uint256) Div(v Uint256) Uint256 {
	if v.IsZero() {
		panic("arith: division by zero")
	}
	if v[1]|v[2]|v[3] == 0 {
		return u.Div64(v[0])
	}
	var q Uint256
	shift := u.BitLen() - v.BitLen()
	if shift < 0 {
		return q
	}
	for d := v.Lsh(uint(shift)); shift >= 0; shift-- {
		if u.Cmp(d) >= 0 {
			u = u.Sub(d)
			q[shift/64] |= 1 << (shift % 64)
		}
		d = d.Rsh(1)
	}
	return q
}

// Lsh is u shifted up by n bits.
func (u Uint256) Lsh(n uint) (r Uint256) {
	words, n := int(min(n/64, 4)), n%64
	for i := 3; i >= words; i-- {
		r[i] = u[i-words] << n
		if n > 0 && i > words {
			r[i] |= u[i-words-1] >> (64 - n)
		}
	}
	return r
}

// Rsh is u shifted down by n bits.
func (u Uint256) Rsh(n uint) (r Uint256) {
	words, n := int(min(n/64, 4)), n%64
	for i := 0; i+words < 4; i++ {
		r[i] = u[i+words] >> n
		if n > 0 && i+words < 3 {
			r[i] |= u[i+words+1] << (64 - n)
		}
	}
	return r
}

// BitLen is the number of bits without leading zeros.
func (u Uint256) BitLen() int {
	for i := 3; i >= 0; i-- {
		if u[i] != 0 {
			return 64*i + bits.Len64(u[i])
		}
	}
	return 0
}

// Float64 is u rounded the way arith_uint256::getdouble does it: 32 bits at a
// time from the lowest, each sum rounded.
func (u Uint256) Float64() float64 {
	var f float64
	for i, w := range u {
		f += math.Ldexp(float64(uint32(w)), 64*i)
		f += math.Ldexp(float64(w>>32), 64*i+32)
	}
	return f
}
