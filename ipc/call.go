package ipc

import (
	"context"

	"capnproto.org/go/capnp/v3"
)

// ServerCall is one call that a Handle function serves. It is valid until that
// function returns.
type ServerCall struct{}

// Params returns the parameters.
func (c *ServerCall) Params() capnp.Struct { return capnp.Struct{} }

// NewResults allocates the results with the method's size, once per call.
func (c *ServerCall) NewResults() (capnp.Struct, error) { return capnp.Struct{}, nil }

// ParamCaps is the capability table of the parameters.
func (c *ServerCall) ParamCaps() *Caps { return nil }

// ResultCaps is the capability table of the results.
func (c *ServerCall) ResultCaps() *Caps { return nil }

// Conn is the connection that the call came from.
func (c *ServerCall) Conn() *Conn { return nil }

// Ref is one owned reference to an object of the peer, or to a local Object
// that came home.
type Ref struct{}

// Begin starts a call: fill Params and ParamCaps, then Send, then Done.
func (r *Ref) Begin(ctx context.Context, m *Method) (*ClientCall, error) { return nil, nil }

// AddRef returns another reference to the same object.
func (r *Ref) AddRef() *Ref { return r }

// Release gives the reference up. It is idempotent.
func (r *Ref) Release() {}

// Local returns the Object if the reference is to one of this process.
func (r *Ref) Local() (*Object, bool) { return nil, false }

// Conn is the connection that the reference belongs to; nil for a local one.
func (r *Ref) Conn() *Conn { return nil }

// ClientCall is one call to a Ref. It is used by one goroutine.
type ClientCall struct{}

// Params returns the parameters to fill.
func (c *ClientCall) Params() capnp.Struct { return capnp.Struct{} }

// ParamCaps is the capability table of the parameters.
func (c *ClientCall) ParamCaps() *Caps { return nil }

// Send sends the call and waits for its results. Its errors are *Error.
func (c *ClientCall) Send() error { return nil }

// Results returns the results, valid until Done.
func (c *ClientCall) Results() capnp.Struct { return capnp.Struct{} }

// ResultCaps is the capability table of the results.
func (c *ClientCall) ResultCaps() *Caps { return nil }

// Done releases the call's messages and whatever was not taken out of them.
func (c *ClientCall) Done() {}

// Caps is the capability side of one payload.
type Caps struct{}

// PutObject stores o in the pointer slot; a nil o leaves it null.
func (t *Caps) PutObject(s capnp.Struct, slot uint16, o *Object) error { return nil }

// PutRef stores r in the pointer slot; a nil r leaves it null. The caller keeps
// its reference.
func (t *Caps) PutRef(s capnp.Struct, slot uint16, r *Ref) error { return nil }

// TakeRef takes the reference in the pointer slot; nil, nil for null.
func (t *Caps) TakeRef(s capnp.Struct, slot uint16) (*Ref, error) { return nil, nil }

// PutFD stores f in the pointer slot and consumes it. An invalid f stays null.
func (t *Caps) PutFD(s capnp.Struct, slot uint16, f FD) error { return nil }

// TakeFD takes the descriptor in the pointer slot; an invalid FD for null.
func (t *Caps) TakeFD(s capnp.Struct, slot uint16) (FD, error) { return FD{}, nil }

// PutSecret stores s in the pointer slot and consumes it.
func (t *Caps) PutSecret(s capnp.Struct, slot uint16, v Secret) error { return nil }

// TakeSecret takes the secret in the pointer slot; an invalid one for null.
func (t *Caps) TakeSecret(s capnp.Struct, slot uint16) (Secret, error) { return Secret{}, nil }

// PutBulk stores b in the pointer slot and consumes it.
func (t *Caps) PutBulk(s capnp.Struct, slot uint16, b Bulk) error { return nil }

// TakeBulk takes the payload in the pointer slot; an invalid one for null.
func (t *Caps) TakeBulk(s capnp.Struct, slot uint16) (Bulk, error) { return Bulk{}, nil }
