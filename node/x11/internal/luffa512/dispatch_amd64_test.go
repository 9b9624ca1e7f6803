//go:build !purego

package luffa512

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func TestAssembly(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the processor has no AVX2")
	}
	r := rand.New(rand.NewPCG(1, 2))
	msg := make([]byte, 512)
	for i := 0; i < len(msg); i += 8 {
		binary.LittleEndian.PutUint64(msg[i:], r.Uint64())
	}
	for i := range 2000 {
		in := msg[i%7 : i%7+i%200]
		msg[i%512] ^= byte(r.Uint32())
		var a, b [64]byte
		sumGeneric(&a, in)
		sumAVX2(&b, in)
		if a != b {
			t.Fatalf("%d bytes: %x, portable %x", len(in), b, a)
		}
	}
}
