package wire

import (
	"errors"
	"fmt"

	"capnproto.org/go/capnp/v3"

	"dashmp/ipc"
)

// maxNesting bounds how deep a struct that can contain itself is read or
// written. Cap'n Proto's own limit (64 pointers) does not hold for lists of
// structs in capnp v3.1.0-alpha.2, where the counter of an element passes
// below zero; without a bound of its own, a message of a few MiB would exhaust
// the stack.
const maxNesting = 64

// Shape is how a list stores its elements.
type Shape uint8

// The shapes that proxies use. A Shape from One to Eight is the number of
// bytes of an element.
const (
	Bits     Shape = 0
	One      Shape = 1
	Two      Shape = 2
	Four     Shape = 4
	Eight    Shape = 8
	Pointers Shape = 16
	structs  Shape = 17
)

// Reader decodes one payload.
type Reader struct {
	caps  *ipc.Caps
	msg   *capnp.Message
	err   error
	left  int64 // bytes that may still be charged
	depth int
	known bool // left is set
	taken []func()
}

// NewReader reads the payload whose root is s and whose capabilities are caps.
func NewReader(s capnp.Struct, caps *ipc.Caps) Reader { return Reader{caps: caps, msg: s.Message()} }

// Failed reports whether an error has occurred; then nothing read counts.
func (r *Reader) Failed() bool { return r.err != nil }

// Finish returns the first error, with what was read. In that case it gives up
// everything that has been taken out of the message.
func (r *Reader) Finish(what string) error {
	if r.err == nil {
		return nil
	}
	for _, undo := range r.taken {
		undo()
	}
	kind := ipc.ErrProtocol
	if e := (*ipc.Error)(nil); errors.As(r.err, &e) {
		kind = e.Kind
	}
	return ipc.Errorf(kind, "%s: %v", what, r.err)
}

// failed keeps the first error of the connection, with its kind.
func (r *Reader) failed(label string, err error) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %w", label, err)
	}
}

// fail keeps the first error. label is "Struct.field" or a parameter's name.
func (r *Reader) fail(label, why string) {
	if r.err == nil {
		r.err = malformed{label, why}
	}
}

// malformed is built on the way of a stranger's message, so it formats late.
type malformed struct{ label, why string }

func (m malformed) Error() string { return m.label + ": " + m.why }

// charge accounts for n bytes and reports whether the message could hold them.
// What an honest writer sends is charged at most once; the factor two is room
// for an older writer, whose structs are shorter than the schema's.
func (r *Reader) charge(label string, n int64) bool {
	if !r.known {
		r.known = true
		r.left = 2 * messageBytes(r.msg)
	}
	if n > r.left {
		r.fail(label, "claims more than the message holds")
		return false
	}
	r.left -= n
	return true
}

func messageBytes(m *capnp.Message) int64 {
	if m == nil {
		return 0
	}
	var n int64
	for i := range m.NumSegments() {
		if s, err := m.Segment(capnp.SegmentID(i)); err == nil {
			n += int64(len(s.Data()))
		}
	}
	return n
}

func (r *Reader) ptr(s capnp.Struct, slot uint16, label string) capnp.Ptr {
	if r.err != nil {
		return capnp.Ptr{}
	}
	p, err := s.Ptr(slot)
	if err != nil {
		r.fail(label, err.Error())
		return capnp.Ptr{}
	}
	return p
}

// bytes returns a view of a byte list; null for a null pointer.
func (r *Reader) bytes(p capnp.Ptr, b []byte, label, want string) []byte {
	if !p.IsValid() {
		return nil
	}
	if b == nil {
		r.fail(label, "is not "+want)
		return nil
	}
	if !r.charge(label, int64(len(b))) {
		return nil
	}
	return b
}

// Text reads a Text; a null pointer is "".
func (r *Reader) Text(s capnp.Struct, slot uint16, label string) string {
	p := r.ptr(s, slot, label)
	return string(r.bytes(p, p.TextBytes(), label, "Text"))
}

// Data reads a Data into memory of its own; a null pointer is nil.
func (r *Reader) Data(s capnp.Struct, slot uint16, label string) []byte {
	p := r.ptr(s, slot, label)
	b := r.bytes(p, p.Data(), label, "Data")
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// Fixed reads a Data of exactly len(dst) bytes.
func (r *Reader) Fixed(s capnp.Struct, slot uint16, dst []byte, label string) {
	p := r.ptr(s, slot, label)
	b := r.bytes(p, p.Data(), label, "Data")
	if r.err == nil && len(b) != len(dst) {
		r.fail(label, "has the wrong length")
		return
	}
	copy(dst, b)
}

// Struct reads a struct pointer; a null pointer gives a struct of zeros.
func (r *Reader) Struct(s capnp.Struct, slot uint16, label string) capnp.Struct {
	p := r.ptr(s, slot, label)
	if !p.IsValid() {
		return capnp.Struct{}
	}
	st := p.Struct()
	if !st.IsValid() {
		r.fail(label, "is not a struct")
		return capnp.Struct{}
	}
	size := st.Size()
	if !r.charge(label, int64(size.DataSize)+8*int64(size.PointerCount)) {
		return capnp.Struct{}
	}
	return st
}

// List reads a list pointer and checks that its elements are of the shape and
// that the message can hold them. A null pointer gives an invalid list.
func (r *Reader) List(s capnp.Struct, slot uint16, shape Shape, label string) capnp.List {
	return r.list(s, slot, shape, 8, label)
}

// Structs reads a list of structs like List. want is the size of one in the
// schema: a peer may send shorter ones, but each becomes a whole Go value and
// is charged as such.
func (r *Reader) Structs(s capnp.Struct, slot uint16, want int64, label string) capnp.List {
	return r.list(s, slot, structs, want, label)
}

func (r *Reader) list(s capnp.Struct, slot uint16, shape Shape, want int64, label string) capnp.List {
	p := r.ptr(s, slot, label)
	if !p.IsValid() {
		return capnp.List{}
	}
	l := p.List()
	if !l.IsValid() {
		r.fail(label, "is not a list")
		return capnp.List{}
	}
	if l.Len() == 0 {
		return l
	}
	n := int64(l.Len())
	first := l.Struct(0) // invalid exactly for a list of bits
	if shape == Bits {
		if first.IsValid() {
			r.fail(label, "has elements of another type")
			return capnp.List{}
		}
		n = (n + 7) / 8
	} else {
		if !first.IsValid() || !fits(first.Size(), shape) {
			r.fail(label, "has elements of another type")
			return capnp.List{}
		}
		n *= elementBytes(first.Size(), shape, want)
	}
	if !r.charge(label, n) {
		return capnp.List{}
	}
	return l
}

func fits(size capnp.ObjectSize, shape Shape) bool {
	switch shape {
	case structs:
		return true // a shorter struct is an older version's, and reads as zeros
	case Pointers:
		return size.PointerCount >= 1
	}
	return size.DataSize >= capnp.Size(shape)
}

// elementBytes is what an element costs. For a struct that is at least its
// size in the schema: one of no size costs the sender nothing, but its reader
// a Go value.
func elementBytes(size capnp.ObjectSize, shape Shape, want int64) int64 {
	n := int64(size.DataSize) + 8*int64(size.PointerCount)
	if shape == structs {
		return max(n, want)
	}
	return n
}

// Enum reads an enum with n values, at off bytes.
func (r *Reader) Enum(s capnp.Struct, off capnp.DataOffset, n uint16, label string) uint16 {
	v := s.Uint16(off)
	if v >= n {
		r.fail(label, "is not a value of its enum")
		return 0
	}
	return v
}

// Int reads an Int64 into the machine's int.
func (r *Reader) Int(s capnp.Struct, off capnp.DataOffset, label string) int {
	v := int64(s.Uint64(off))
	if int64(int(v)) != v {
		r.fail(label, "is out of range")
		return 0
	}
	return int(v)
}

// Uint reads a UInt64 into the machine's uint.
func (r *Reader) Uint(s capnp.Struct, off capnp.DataOffset, label string) uint {
	v := s.Uint64(off)
	if uint64(uint(v)) != v {
		r.fail(label, "is out of range")
		return 0
	}
	return uint(v)
}

// Enter begins a struct that can contain itself; a true result is followed by
// Leave.
func (r *Reader) Enter(label string) bool {
	if r.err != nil {
		return false
	}
	if r.depth == maxNesting {
		r.fail(label, "is nested too deeply")
		return false
	}
	r.depth++
	return true
}

// Leave ends what Enter began.
func (r *Reader) Leave() { r.depth-- }
