package rolling

import (
	"encoding/binary"
	"testing"
)

func key(i int) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(i)) }

// TestRolling: the last n elements are always there, those before the last 3n/2
// are gone but for chance, and so are all after Reset.
func TestRolling(t *testing.T) {
	const n = 1000
	f := New(n, 0.0001)
	if f.Has(key(1)) {
		t.Fatal("an empty filter has something")
	}
	for i := range 10 * n {
		f.Add(key(i))
		for _, back := range []int{0, 1, n / 2, n - 1} {
			if back <= i && !f.Has(key(i-back)) {
				t.Fatalf("after %d elements the one %d ago is missing", i, back)
			}
		}
	}
	old := 0
	for i := range 8 * n {
		if f.Has(key(i)) {
			old++
		}
	}
	if old > 20 {
		t.Errorf("%d of %d old elements are still there", old, 8*n)
	}
	f.Reset()
	for i := 9 * n; i < 10*n; i++ {
		if f.Has(key(i)) {
			t.Fatal("something survived Reset")
		}
	}
}

// TestFalsePositives holds the filter to its promise in the worst moment, three
// full generations.
func TestFalsePositives(t *testing.T) {
	const n = 20000
	f := New(n, 0.001)
	for i := range 3 * n / 2 {
		f.Add(key(i))
	}
	wrong := 0
	for i := range 200000 {
		if f.Has(key(1<<40 + i)) {
			wrong++
		}
	}
	if wrong > 400 {
		t.Errorf("%d of 200000 are false positives, 200 promised", wrong)
	}
}

func BenchmarkAdd(b *testing.B) {
	f := New(50000, 0.000001)
	for i := range b.N {
		f.Add(key(i))
	}
}
