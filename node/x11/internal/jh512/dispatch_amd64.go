//go:build !purego

package jh512

import (
	"math/bits"

	"golang.org/x/sys/cpu"
)

// hasAVX never changes: it is what the processor and the system offer.
var hasAVX = cpu.X86.HasAVX

// vectors are round constants in the order of bytes, which is what vectors
// are loaded in: all of e8's steps treat bytes alike.
type vectors [rounds][4]uint64

var constantVectors = func() (v vectors) {
	for r := range v {
		for i, w := range roundConstants[r] {
			v[r][i] = bits.ReverseBytes64(w)
		}
	}
	return v
}()

func e8(h *state) {
	if !hasAVX {
		e8Generic(h)
		return
	}
	for i, w := range h {
		h[i] = bits.ReverseBytes64(w)
	}
	e8AVX(h, &constantVectors)
	for i, w := range h {
		h[i] = bits.ReverseBytes64(w)
	}
}

// e8AVX is e8Generic on words of the other byte order.
//
//go:noescape
func e8AVX(h *state, c *vectors)
