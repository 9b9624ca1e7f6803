//go:build !purego

package echo512

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func TestAssembly(t *testing.T) {
	if !hasAES {
		t.Skip("the processor has no AES or AVX2")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var a chain
		var block [blockSize]byte
		for i := range a {
			a[i] = r.Uint64()
			binary.LittleEndian.PutUint64(block[8*i:], r.Uint64())
		}
		b, count := a, r.Uint64()
		compressGeneric(&a, &block, count)
		compressAES(&b, &block, count)
		if a != b {
			t.Fatalf("got %#x, portable %#x", b, a)
		}
	}
}

// TestCounterWraps: the counter is a number of 64 bits in both forms.
func TestCounterWraps(t *testing.T) {
	if !hasAES {
		t.Skip("the processor has no AES or AVX2")
	}
	var a, b chain
	var block [blockSize]byte
	compressGeneric(&a, &block, 1<<64-5)
	compressAES(&b, &block, 1<<64-5)
	if a != b {
		t.Fatal("differ where the counter wraps")
	}
}
