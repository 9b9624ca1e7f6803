package frame

import "encoding/binary"

// Pointer kinds, the low two bits of a pointer word.
const (
	kindStruct = 0
	kindList   = 1
	kindFar    = 2
	kindOther  = 3
)

// List element sizes that need attention, bits 32 to 34 of a list pointer.
const (
	elemVoid      = 0
	elemBit       = 1
	elemPointer   = 6
	elemComposite = 7
)

// walker follows every pointer of one message.
type walker struct {
	segs  [][]byte
	words int             // what may still be traversed
	visit func(id uint32) // each capability pointer, in depth-first order
}

// Validate follows every pointer reachable from the root. nesting bounds the
// depth, words the sum of the words it reaches, where an object counts as often
// as it is reached and an element without size counts as a word.
func Validate(segs [][]byte, nesting, words int) error {
	return Capabilities(segs, nesting, words, nil)
}

// Capabilities is Validate, and calls visit with the index of every capability
// pointer, in depth-first order.
func Capabilities(segs [][]byte, nesting, words int, visit func(id uint32)) error {
	if len(segs) == 0 || len(segs[0]) < wordBytes {
		return ErrMalformed
	}
	w := walker{segs: segs, words: words, visit: visit}
	return w.pointer(0, 0, nesting)
}

func (w *walker) word(seg, at int) uint64 {
	return binary.LittleEndian.Uint64(w.segs[seg][at:])
}

// has reports whether size bytes at offset at lie inside segment seg.
func (w *walker) has(seg uint64, at, size int64) bool {
	return seg < uint64(len(w.segs)) && at >= 0 && size >= 0 && at <= int64(len(w.segs[seg]))-size
}

func (w *walker) charge(words int64) error {
	if words > int64(w.words) {
		return ErrTraversal
	}
	w.words -= int(words)
	return nil
}

// pointer checks the pointer at byte offset at of segment seg, which is in bounds.
func (w *walker) pointer(seg, at, depth int) error {
	p := w.word(seg, at)
	if p == 0 {
		return nil
	}
	if depth <= 0 {
		return ErrNesting
	}
	switch p & 3 {
	case kindFar:
		return w.far(p, depth)
	case kindOther:
		return w.other(p)
	default:
		return w.object(seg, int64(at)+wordBytes+offset(p)*wordBytes, p, depth)
	}
}

// offset is the signed 30-bit offset of a struct or list pointer, in words.
func offset(p uint64) int64 { return int64(int32(uint32(p))) >> 2 }

func (w *walker) other(p uint64) error {
	if uint32(p) != kindOther {
		return ErrMalformed
	}
	if w.visit != nil {
		w.visit(uint32(p >> 32))
	}
	return nil
}

// far checks a far pointer and what its landing pad points to.
func (w *walker) far(p uint64, depth int) error {
	seg, pad := p>>32, int64(uint32(p)>>3)*wordBytes
	double := p&4 != 0
	size := int64(wordBytes)
	if double {
		size = 2 * wordBytes
	}
	if !w.has(seg, pad, size) {
		return ErrMalformed
	}
	// Following a pad costs a word: a pad can be shared by many pointers.
	if err := w.charge(1); err != nil {
		return err
	}
	q := w.word(int(seg), int(pad))
	if !double {
		switch q & 3 {
		case kindFar:
			return ErrMalformed
		case kindOther:
			return w.other(q)
		}
		if q == 0 {
			return nil
		}
		return w.object(int(seg), pad+wordBytes+offset(q)*wordBytes, q, depth)
	}
	tag := w.word(int(seg), int(pad)+wordBytes)
	if q&7 != kindFar || tag&3 > kindList || offset(tag) != 0 {
		return ErrMalformed
	}
	if q>>32 >= uint64(len(w.segs)) {
		return ErrMalformed
	}
	return w.object(int(q>>32), int64(uint32(q)>>3)*wordBytes, tag, depth)
}

// object checks the struct or list that p describes and that starts at byte
// offset at of segment seg.
func (w *walker) object(seg int, at int64, p uint64, depth int) error {
	if p&3 == kindStruct {
		data, ptrs := int64(uint16(p>>32)), int64(p>>48)
		if !w.has(uint64(seg), at, (data+ptrs)*wordBytes) {
			return ErrMalformed
		}
		if err := w.charge(data + ptrs); err != nil {
			return err
		}
		return w.pointers(seg, at+data*wordBytes, ptrs, depth)
	}
	count := int64(p >> 35)
	switch elem := p >> 32 & 7; elem {
	case elemVoid:
		if !w.has(uint64(seg), at, 0) {
			return ErrMalformed
		}
		return w.charge(count)
	case elemPointer:
		if !w.has(uint64(seg), at, count*wordBytes) {
			return ErrMalformed
		}
		if err := w.charge(count); err != nil {
			return err
		}
		return w.pointers(seg, at, count, depth)
	case elemComposite:
		return w.composite(seg, at, count, depth)
	default:
		bits := int64(1)
		if elem != elemBit {
			bits = 8 << (elem - 2)
		}
		words := (count*bits + 63) / 64
		if !w.has(uint64(seg), at, words*wordBytes) {
			return ErrMalformed
		}
		return w.charge(words)
	}
}

// composite checks a list of structs: a tag word, then words words.
func (w *walker) composite(seg int, at, words int64, depth int) error {
	if !w.has(uint64(seg), at, (words+1)*wordBytes) {
		return ErrMalformed
	}
	tag := w.word(seg, int(at))
	count := int64(uint32(tag) >> 2)
	data, ptrs := int64(uint16(tag>>32)), int64(tag>>48)
	// count < 2^30 and a struct has less than 2^17 words: no overflow.
	if tag&3 != kindStruct || count*(data+ptrs) > words {
		return ErrMalformed
	}
	cost := words + 1
	if data+ptrs == 0 {
		cost += count
	}
	if err := w.charge(cost); err != nil {
		return err
	}
	if ptrs == 0 {
		return nil
	}
	at += wordBytes
	for range count {
		if err := w.pointers(seg, at+data*wordBytes, ptrs, depth); err != nil {
			return err
		}
		at += (data + ptrs) * wordBytes
	}
	return nil
}

// pointers checks n pointers in a row, which are in bounds.
func (w *walker) pointers(seg int, at, n int64, depth int) error {
	for range n {
		if err := w.pointer(seg, int(at), depth-1); err != nil {
			return err
		}
		at += wordBytes
	}
	return nil
}
