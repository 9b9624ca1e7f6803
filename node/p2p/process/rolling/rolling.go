package rolling

import (
	"hash/maphash"
	"math"
)

// Filter is the set. New makes one.
type Filter struct {
	perGeneration int
	hashes        int
	words         int
	seed          maphash.Seed
	// data has two words for each 64 places: a place whose two bits are 1, 2 or
	// 3 was set in that generation.
	data       []uint64
	inThis     int
	generation uint64
}

// New makes a filter that remembers at least the last n elements, and reports
// another as contained with probability p at most.
func New(n int, p float64) *Filter {
	f := &Filter{perGeneration: (n + 1) / 2, seed: maphash.MakeSeed(), generation: 1}
	f.hashes = min(max(int(math.Round(math.Log(p)/math.Log(0.5))), 1), 50)
	k := float64(f.hashes)
	bits := math.Ceil(-k * float64(3*f.perGeneration) / math.Log(1-math.Exp(math.Log(p)/k)))
	f.words = int(bits+63) / 64
	return f
}

// places calls do with the word and the bit of each of key's places until it
// returns false.
func (f *Filter) places(key []byte, do func(word int, bit uint64) bool) bool {
	h := maphash.Bytes(f.seed, key)
	step := h>>32 | h<<32 | 1
	n := uint64(f.words) * 64
	for range f.hashes {
		at := h % n
		if !do(int(at/64), at%64) {
			return false
		}
		h += step
		step += h<<7 | h>>57
	}
	return true
}

// Add adds key.
func (f *Filter) Add(key []byte) {
	if f.data == nil {
		f.data = make([]uint64, 2*f.words)
	}
	if f.inThis == f.perGeneration {
		f.inThis = 0
		f.generation = f.generation%3 + 1
		f.wipe()
	}
	f.inThis++
	f.places(key, func(word int, bit uint64) bool {
		f.data[2*word] = f.data[2*word]&^(1<<bit) | f.generation&1<<bit
		f.data[2*word+1] = f.data[2*word+1]&^(1<<bit) | f.generation>>1<<bit
		return true
	})
}

// wipe clears the places of an old generation of the present number.
func (f *Filter) wipe() {
	mask1, mask2 := -(f.generation & 1), -(f.generation >> 1)
	for i := 0; i < len(f.data); i += 2 {
		keep := (f.data[i] ^ mask1) | (f.data[i+1] ^ mask2)
		f.data[i] &= keep
		f.data[i+1] &= keep
	}
}

// Has reports whether key was added lately.
func (f *Filter) Has(key []byte) bool {
	return f.data != nil && f.places(key, func(word int, bit uint64) bool {
		return (f.data[2*word]|f.data[2*word+1])>>bit&1 != 0
	})
}

// Reset forgets everything.
func (f *Filter) Reset() {
	clear(f.data)
	f.seed, f.inThis, f.generation = maphash.MakeSeed(), 0, 1
}
