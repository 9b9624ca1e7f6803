//go:build !purego

package jh512

import (
	"math/rand/v2"
	"testing"
)

func TestAssembly(t *testing.T) {
	if !hasAVX {
		t.Skip("the processor has no AVX")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var a state
		for i := range a {
			a[i] = r.Uint64()
		}
		b := a
		e8Generic(&a)
		e8(&b)
		if a != b {
			t.Fatalf("got %#x, portable %#x", b, a)
		}
	}
}
