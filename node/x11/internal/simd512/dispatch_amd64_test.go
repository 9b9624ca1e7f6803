//go:build !purego

package simd512

import (
	"math/rand/v2"
	"testing"
)

func TestAssembly(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the processor has no AVX2")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 5000 {
		block := randomBlock(r)
		switch {
		case i == 0:
			block = [blockSize]byte{}
		case i == 1:
			for j := range block {
				block[j] = 0xff
			}
		case i < 200: // extreme bytes only
			for j := range block {
				block[j] = -(block[j] & 1)
			}
		}
		add := &offsets
		if i%2 == 1 {
			add = &offsetsFinal
		}
		var y, z expansion
		expandGeneric(&y, &block, add)
		expandAVX2(&z, &block, add, &twiddles)
		if y != z {
			t.Fatalf("block %x expands to %v, portable %v", block, z, y)
		}
		var h [32]uint32
		for j := range h {
			h[j] = r.Uint32()
		}
		k := h
		mixGeneric(&h, &block, &y)
		mixAVX2(&k, &block, &y)
		if h != k {
			t.Fatalf("ladders: %#x, portable %#x", k, h)
		}
	}
}
