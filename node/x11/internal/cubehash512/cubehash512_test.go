package cubehash512

import "testing"

// TestInitialState derives the starting state: the parameters h/8, b and r,
// then ten times as many rounds as a block has.
func TestInitialState(t *testing.T) {
	x := [32]uint32{512 / 8, blockSize, blockRounds}
	rounds(&x, 10*blockRounds)
	if x != iv {
		t.Errorf("got %#x", x)
	}
	x = [32]uint32{512 / 8, blockSize, blockRounds}
	roundsGeneric(&x, 10*blockRounds)
	if x != iv {
		t.Errorf("portable: got %#x", x)
	}
}
