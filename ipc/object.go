package ipc

import (
	"context"
	"sync/atomic"

	"capnproto.org/go/capnp/v3"
)

// Object is a local implementation that can be exported over connections. An
// Object lives as long as something refers to it; when the last reference has
// gone it is dead and cannot be exported again.
type Object struct {
	impl   any
	offers []offer
	free   func()
	// refs counts export table entries, messages and calls in progress; it is
	// deadObject or less after the last one has gone.
	refs atomic.Int64
	// relay, if set, takes every call, whatever its interface.
	relay *Ref
}

// offer is one interface of an Object.
type offer struct {
	impl  any
	table *InterfaceTable
}

const deadObject = -1 << 40

// NewObject makes an Object of impl that offers the interfaces of tables.
// release, which may be nil, is called exactly once: when the last remote
// reference to the Object has gone. It may block; it runs on a goroutine of the
// connection that lets it go.
func NewObject(impl any, release func(), tables ...*InterfaceTable) *Object {
	o := &Object{impl: impl, free: release}
	for _, t := range tables {
		o.offers = append(o.offers, offer{impl, t})
	}
	return o
}

// Impl returns the value that NewObject was given, for a merged Object that of
// its first part.
func (o *Object) Impl() any { return o.impl }

// Merge returns one Object that offers all interfaces of objs, an earlier one
// before a later one. Its release releases all of them; they must not be
// exported on their own.
func Merge(objs ...*Object) *Object {
	m := &Object{}
	for _, o := range objs {
		if o == nil {
			continue
		}
		if m.impl == nil {
			m.impl = o.impl
		}
		m.offers = append(m.offers, o.offers...)
	}
	m.free = func() {
		for _, o := range objs {
			if o != nil && o.free != nil {
				o.free()
			}
		}
	}
	return m
}

// acquire takes a reference; false if the object is dead.
func (o *Object) acquire() bool {
	for {
		n := o.refs.Load()
		if n < 0 {
			return false
		}
		if o.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// drop gives a reference back and reports whether it was the last: the caller
// must see to it that free is called.
func (o *Object) drop() bool {
	return o.refs.Add(-1) == 0 && o.refs.CompareAndSwap(0, deadObject)
}

// find returns the implementation and the method with the given ids, nil if
// the object does not offer it.
func (o *Object) find(iface uint64, ordinal uint16) (any, *Method) {
	for i := range o.offers {
		t := o.offers[i].table
		if t.ID != iface || int(ordinal) >= len(t.Methods) {
			continue
		}
		if m := t.Methods[ordinal]; m != nil && m.Handle != nil {
			return o.offers[i].impl, m
		}
	}
	return nil, nil
}

// InterfaceTable lists the methods of one schema interface.
type InterfaceTable struct {
	// ID is the schema id of the interface.
	ID uint64
	// Name is the interface's name, "Echo".
	Name string
	// Methods is indexed by ordinal; nil means not offered.
	Methods []*Method
}

// Method describes one method of a schema interface, to both its sides.
type Method struct {
	Interface uint64
	Ordinal   uint16
	// Name is "Echo.echo", for traces and errors.
	Name string
	// Context is the pointer slot of the proxy Context parameter, -1 for none.
	// A method without a Context runs on the goroutine that reads the
	// connection and must not block.
	Context         int
	Params, Results capnp.ObjectSize
	// ParamFields and ResultFields let the tracer print arguments.
	ParamFields, ResultFields []Field
	// Handle serves a call; nil in tables that only a client uses. ctx ends when
	// the caller cancels the call, when the connection ends, and when Handle
	// returns. An *Error travels with its kind and its text. Of any other error
	// only the fact travels, and the text is logged here: it may name a path.
	Handle func(ctx context.Context, impl any, c *ServerCall) error
}

// Field says how to find and print one member of a params or results struct.
type Field struct {
	Name string
	Kind FieldKind
	// Slot is a data offset in units of the kind's own size (bits for
	// KindBool), or a pointer index.
	Slot uint32
}

// FieldKind is the type of a Field.
type FieldKind uint8

// The kinds of fields. KindSecret is never printed.
const (
	KindVoid FieldKind = iota
	KindBool
	KindInt8
	KindInt16
	KindInt32
	KindInt64
	KindUint8
	KindUint16
	KindUint32
	KindUint64
	KindFloat32
	KindFloat64
	KindEnum
	KindText
	KindData
	KindStruct
	KindList
	KindObject
	KindContext
	KindSecret
	KindFD
	KindBulk
)
