//go:build !purego

package shavite512

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func TestAssembly(t *testing.T) {
	if !hasAES {
		t.Skip("the processor has no AES or AVX")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var a [16]uint32
		var block [blockSize]byte
		for i := range a {
			a[i] = r.Uint32()
			binary.LittleEndian.PutUint64(block[8*i:], r.Uint64())
		}
		b, count := a, r.Uint64()
		compressGeneric(&a, &block, count)
		compress(&b, &block, count) // fills in the counters
		if a != b {
			t.Fatalf("got %#x, portable %#x", b, a)
		}
	}
}
