package simd512

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestInitialState derives the starting state: the compression, in the form of
// an ordinary block, of the function's name under a zero state.
func TestInitialState(t *testing.T) {
	var h [32]uint32
	var block [blockSize]byte
	copy(block[:], "SIMD-512 v1.1")
	var y expansion
	expandGeneric(&y, &block, &offsets)
	mixGeneric(&h, &block, &y)
	if h != iv {
		t.Errorf("got %#x", h)
	}
}

// TestTransform compares the transform with its definition.
func TestTransform(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		block := randomBlock(r)
		var y expansion
		expandGeneric(&y, &block, &offsetsFinal)
		for i := range y {
			sum := int32(offsetsFinal[i])
			for j, b := range block {
				sum += int32(b) * roots[i*j&(points-1)]
			}
			if got := int32(y[i]); (got-sum)%257 != 0 || got < -128 || got > 128 {
				t.Fatalf("point %d: %d is not congruent to %d", i, got, sum)
			}
		}
	}
}

func randomBlock(r *rand.Rand) (b [blockSize]byte) {
	for i := 0; i < len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], r.Uint64())
	}
	return b
}
