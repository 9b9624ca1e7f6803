//go:build !purego

package cubehash512

import (
	"math/rand/v2"
	"testing"
)

func TestAssembly(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the processor has no AVX2")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		var a [32]uint32
		for j := range a {
			a[j] = r.Uint32()
		}
		b := a
		n := 2 * (1 + i%20)
		roundsGeneric(&a, n)
		roundsAVX2(&b, n)
		if a != b {
			t.Fatalf("%d rounds: %#x, portable %#x", n, b, a)
		}
	}
}
