package wire

import (
	"fmt"
	"math"

	"capnproto.org/go/capnp/v3"

	"dashmp/ipc"
)

// Writer encodes one payload.
type Writer struct {
	caps    *ipc.Caps
	err     error
	depth   int
	results bool
}

// NewParams writes the parameters of a call.
func NewParams(caps *ipc.Caps) Writer { return Writer{caps: caps} }

// NewResults writes the results of a call.
func NewResults(caps *ipc.Caps) Writer { return Writer{caps: caps, results: true} }

// Finish returns the first error, with what was written.
func (w *Writer) Finish(what string) error {
	if w.err == nil {
		return nil
	}
	return ipc.Errorf(ipc.ErrFailed, "%s: %v", what, w.err)
}

func (w *Writer) keep(label string, err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", label, err)
	}
}

// Text stores v; "" as a null pointer.
func (w *Writer) Text(s capnp.Struct, slot uint16, v string, label string) {
	if w.err == nil && v != "" {
		w.keep(label, s.SetText(slot, v))
	}
}

// SomeText stores v, also if it is "": the null pointer means none.
func (w *Writer) SomeText(s capnp.Struct, slot uint16, v string, label string) {
	if w.err == nil {
		w.keep(label, s.SetNewText(slot, v))
	}
}

// Data stores v; nil as a null pointer.
func (w *Writer) Data(s capnp.Struct, slot uint16, v []byte, label string) {
	if w.err == nil && v != nil {
		w.keep(label, s.SetData(slot, v))
	}
}

// Enum stores an enum with n values.
func (w *Writer) Enum(s capnp.Struct, off capnp.DataOffset, v uint64, n uint16, label string) {
	if v >= uint64(n) {
		w.keep(label, fmt.Errorf("%d is not a value of its enum", v))
		return
	}
	s.SetUint16(off, uint16(v))
}

// Struct allocates a struct; it is invalid after an error.
func (w *Writer) Struct(s capnp.Struct, slot uint16, size capnp.ObjectSize, label string) capnp.Struct {
	if w.err != nil {
		return capnp.Struct{}
	}
	st, err := capnp.NewStruct(s.Segment(), size)
	if err == nil {
		err = s.SetPtr(slot, st.ToPtr())
	}
	if err != nil {
		w.keep(label, err)
		return capnp.Struct{}
	}
	return st
}

// List allocates a list of n elements; it is invalid after an error.
func (w *Writer) List(s capnp.Struct, slot uint16, shape Shape, n int, label string) capnp.List {
	return w.list(s, slot, shape, capnp.ObjectSize{}, n, label)
}

// Structs allocates a list of n structs; it is invalid after an error.
func (w *Writer) Structs(s capnp.Struct, slot uint16, size capnp.ObjectSize, n int, label string) capnp.List {
	return w.list(s, slot, structs, size, n, label)
}

func (w *Writer) list(s capnp.Struct, slot uint16, shape Shape, size capnp.ObjectSize, n int, label string) capnp.List {
	if w.err != nil {
		return capnp.List{}
	}
	if n > math.MaxInt32 {
		w.keep(label, fmt.Errorf("%d elements are too many", n))
		return capnp.List{}
	}
	l, err := newList(s.Segment(), shape, size, int32(n))
	if err == nil {
		err = s.SetPtr(slot, l.ToPtr())
	}
	if err != nil {
		w.keep(label, err)
		return capnp.List{}
	}
	return l
}

func newList(s *capnp.Segment, shape Shape, size capnp.ObjectSize, n int32) (capnp.List, error) {
	switch shape {
	case Bits:
		l, err := capnp.NewBitList(s, n)
		return capnp.List(l), err
	case One:
		l, err := capnp.NewUInt8List(s, n)
		return capnp.List(l), err
	case Two:
		l, err := capnp.NewUInt16List(s, n)
		return capnp.List(l), err
	case Four:
		l, err := capnp.NewUInt32List(s, n)
		return capnp.List(l), err
	case Eight:
		l, err := capnp.NewUInt64List(s, n)
		return capnp.List(l), err
	case Pointers:
		l, err := capnp.NewPointerList(s, n)
		return capnp.List(l), err
	}
	return capnp.NewCompositeList(s, size, n)
}

// Enter begins a struct that can contain itself; a true result is followed by
// Leave.
func (w *Writer) Enter(label string) bool {
	if w.err != nil {
		return false
	}
	if w.depth == maxNesting {
		w.keep(label, fmt.Errorf("is nested deeper than %d", maxNesting))
		return false
	}
	w.depth++
	return true
}

// Leave ends what Enter began.
func (w *Writer) Leave() { w.depth-- }
