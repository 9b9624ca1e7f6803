package luffa512

import "testing"

// TestSubCrumb compares the bit-sliced box with the specification's table.
func TestSubCrumb(t *testing.T) {
	box := [16]uint32{13, 14, 0, 1, 5, 10, 7, 6, 11, 3, 9, 12, 15, 8, 2, 4}
	for x, want := range box {
		a := uint32(x)
		b0, b1, b2, b3 := subCrumb(a&1, a>>1&1, a>>2&1, a>>3&1)
		if got := b0&1 | b1&1<<1 | b2&1<<2 | b3&1<<3; got != want {
			t.Errorf("S(%d) = %d, want %d", x, got, want)
		}
	}
}

// TestDouble: the doubling has the order of the ring's generator, so 255
// doublings are none.
func TestDouble(t *testing.T) {
	x := lane{1, 2, 3, 0xdeadbeef, 5, 6, 7, 8}
	y := x
	for n := 1; n <= 255; n++ {
		y = double(y)
		if y == x && n < 51 {
			t.Fatalf("order %d", n)
		}
	}
	if y != x {
		t.Error("255 doublings change the value")
	}
}
