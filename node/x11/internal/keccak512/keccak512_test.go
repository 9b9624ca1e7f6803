package keccak512

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/crypto/sha3"
)

// TestRoundConstants derives the constants from the specification's LFSR.
func TestRoundConstants(t *testing.T) {
	state := byte(1)
	for r, got := range roundConstants {
		var want uint64
		for j := range 7 {
			if state&1 == 1 {
				want |= 1 << (1<<j - 1)
			}
			high := state >> 7
			state = state<<1 ^ high*0x71
		}
		if got != want {
			t.Errorf("round %d: %#x, want %#x", r, got, want)
		}
	}
}

// TestAgainstLibrary compares with another implementation on random inputs.
func TestAgainstLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 400 {
		msg := make([]byte, n)
		for i := range msg {
			msg[i] = byte(r.Uint32())
		}
		d := sha3.NewLegacyKeccak512()
		d.Write(msg)
		var got [64]byte
		Sum(&got, msg)
		if got != [64]byte(d.Sum(nil)) {
			t.Fatalf("%d bytes", n)
		}
	}
}
