package skein512

import "testing"

// TestInitialState: the configuration block ("SHA3", version 1, 512 bits)
// hashed under a zero key.
func TestInitialState(t *testing.T) {
	var h [8]uint64
	m := [8]uint64{1: 512}
	m[0] = 'S' | 'H'<<8 | 'A'<<16 | '3'<<24 | 1<<32
	ubi(&h, &m, 32, 4<<56|first|final)
	if h != iv {
		t.Errorf("got %#x", h)
	}
}
