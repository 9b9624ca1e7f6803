package wire

import (
	"fmt"
	"math/bits"
)

// BitSet is a set of small numbers with a length of its own (DYNBITSET). The
// zero value is the empty set of length 0.
type BitSet struct {
	n     int
	bytes []byte
}

// NewBitSet is an empty set of length n.
func NewBitSet(n int) BitSet { return BitSet{n: n, bytes: make([]byte, (n+7)/8)} }

// Len is the length in bits.
func (s BitSet) Len() int { return s.n }

// Count is the number of bits set.
func (s BitSet) Count() (c int) {
	for _, b := range s.bytes {
		c += bits.OnesCount8(b)
	}
	return c
}

// Has reports whether bit i is set; false beyond the length.
func (s BitSet) Has(i int) bool { return i >= 0 && i < s.n && s.bytes[i/8]>>(i%8)&1 == 1 }

// Set sets bit i, which must be below the length.
func (s BitSet) Set(i int) { s.bytes[i/8] |= 1 << (i % 8) }

// Bytes are the bits, the lowest first, as in quorum hashes and in hexadecimal
// RPC results. Do not write to them.
func (s BitSet) Bytes() []byte { return s.bytes }

func readBitSet(r *Reader) BitSet {
	n := int(r.CompactSize())
	b := r.Bytes((n + 7) / 8)
	if r.err != nil {
		return BitSet{}
	}
	if n%8 != 0 && b[len(b)-1]>>(n%8) != 0 {
		r.fail(fmt.Errorf("%w: beyond %d", ErrBits, n))
		return BitSet{}
	}
	return BitSet{n: n, bytes: b}
}

func (s BitSet) append(b []byte) []byte {
	return append(AppendCompactSize(b, uint64(s.n)), s.bytes...)
}
