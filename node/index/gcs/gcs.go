package gcs

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"dashmp/node/wire"
)

// Parameters of basic filters (BASIC_FILTER_P, BASIC_FILTER_M).
const (
	riceBits      = 19
	falsePositive = 784931
)

// Encode is the set of elements, keyed by a block's hash, as it is stored and
// sent: the number of elements as a compact size, then the coded differences.
// Elements must differ from one another.
func Encode(key wire.Hash, elements [][]byte) []byte {
	out := wire.AppendCompactSize(nil, uint64(len(elements)))
	k0, k1 := binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])
	bound := uint64(len(elements)) * falsePositive
	values := make([]uint64, len(elements))
	for i, e := range elements {
		values[i], _ = bits.Mul64(sipHash(k0, k1, e), bound)
	}
	slices.Sort(values)
	w := bitWriter{out: out}
	last := uint64(0)
	for _, v := range values {
		w.rice(v - last)
		last = v
	}
	return w.flush()
}

// bitWriter writes bits, the most significant first.
type bitWriter struct {
	out  []byte
	last byte
	free int // bits of last that are free, 0 for none begun
}

func (w *bitWriter) write(v uint64, n int) {
	for n > 0 {
		if w.free == 0 {
			w.free = 8
		}
		take := min(n, w.free)
		part := byte(v >> (n - take) & (1<<take - 1))
		w.last |= part << (w.free - take)
		n -= take
		if w.free -= take; w.free == 0 {
			w.out, w.last = append(w.out, w.last), 0
		}
	}
}

// rice writes a quotient in unary and a remainder of riceBits.
func (w *bitWriter) rice(v uint64) {
	for q := v >> riceBits; q > 0; {
		n := int(min(q, 64))
		w.write(1<<n-1, n) // 1<<64-1 is all ones too
		q -= uint64(n)
	}
	w.write(0, 1)
	w.write(v, riceBits)
}

func (w *bitWriter) flush() []byte {
	if w.free > 0 {
		w.out = append(w.out, w.last)
	}
	return w.out
}

// sipHash is SipHash-2-4.
func sipHash(k0, k1 uint64, p []byte) uint64 {
	s := sip{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	total := byte(len(p))
	for ; len(p) >= 8; p = p[8:] {
		s.word(binary.LittleEndian.Uint64(p))
	}
	var tail [8]byte
	copy(tail[:], p)
	tail[7] = total
	s.word(binary.LittleEndian.Uint64(tail[:]))
	s.v2 ^= 0xff
	for range 4 {
		s.round()
	}
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

type sip struct{ v0, v1, v2, v3 uint64 }

func (s *sip) word(m uint64) {
	s.v3 ^= m
	s.round()
	s.round()
	s.v0 ^= m
}

func (s *sip) round() {
	s.v0 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 13) ^ s.v0
	s.v0 = bits.RotateLeft64(s.v0, 32)
	s.v2 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 16) ^ s.v2
	s.v0 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 21) ^ s.v0
	s.v2 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 17) ^ s.v2
	s.v2 = bits.RotateLeft64(s.v2, 32)
}
