package ipc

import (
	"context"

	"capnproto.org/go/capnp/v3"
)

// Object is a local implementation that can be exported over connections.
type Object struct {
	impl   any
	tables []*InterfaceTable
	free   func()
}

// NewObject makes an Object of impl that offers the interfaces of tables.
// release, which may be nil, is called exactly once: when the last remote
// reference to the Object has gone.
func NewObject(impl any, release func(), tables ...*InterfaceTable) *Object {
	return &Object{impl: impl, tables: tables, free: release}
}

// Impl returns the value that NewObject was given.
func (o *Object) Impl() any { return o.impl }

// Merge returns one Object that offers all interfaces of objs.
func Merge(objs ...*Object) *Object { return objs[0] }

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
	Context         int
	Params, Results capnp.ObjectSize
	// ParamFields and ResultFields let the tracer print arguments.
	ParamFields, ResultFields []Field
	// Handle serves a call; nil in tables that only a client uses.
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
