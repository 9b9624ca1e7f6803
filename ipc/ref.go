package ipc

import (
	"context"
	"sync/atomic"
)

// Ref is one owned reference to an object of the peer, or to a local Object
// that came home. It may be used by several goroutines.
type Ref struct {
	// Exactly one of the two is set.
	imp *importRef
	obj *Object
	// via is the connection that obj came home on, nil if none.
	via      *Conn
	released atomic.Bool
}

// AddRef returns another reference to the same object, nil if r has been
// released.
func (r *Ref) AddRef() *Ref {
	if r.released.Load() {
		return nil
	}
	if r.obj != nil {
		if !r.obj.acquire() {
			return nil
		}
		return &Ref{obj: r.obj, via: r.via}
	}
	c := r.imp.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	r.imp.local++
	return &Ref{imp: r.imp}
}

// Release gives the reference up. It is idempotent, and nothing happens for a
// nil Ref. With the last reference the peer is told.
func (r *Ref) Release() {
	if r == nil || !r.released.CompareAndSwap(false, true) {
		return
	}
	if r.obj == nil {
		c := r.imp.conn
		c.mu.Lock()
		c.releaseImportLocked(r.imp, false)
		c.mu.Unlock()
		return
	}
	if r.via != nil {
		r.via.mu.Lock()
		r.via.dropLocked(r.obj)
		r.via.mu.Unlock()
	} else if r.obj.drop() && r.obj.free != nil {
		r.obj.free()
	}
}

// Local returns the Object if the reference is to one of this process.
func (r *Ref) Local() (*Object, bool) { return r.obj, r.obj != nil }

// Conn is the connection that the object is reached by; nil for a local one.
func (r *Ref) Conn() *Conn {
	if r.imp == nil {
		return nil
	}
	return r.imp.conn
}

// Begin starts a call of m: fill Params and ParamCaps, then Send, then Done in
// any case. The reference may be released once Send has returned.
func (r *Ref) Begin(ctx context.Context, m *Method) (*ClientCall, error) {
	if r.released.Load() {
		return nil, Errorf(ErrFailed, "%s: the reference was released", m.Name)
	}
	c := r.Conn()
	if err := ctx.Err(); err != nil {
		return nil, c.canceled(ctx)
	}
	call := c.newCall()
	call.ctx, call.ref, call.method = ctx, r, m
	if err := call.prepare(); err != nil {
		call.Done()
		return nil, Errorf(ErrFailed, "%s: %v", m.Name, err)
	}
	return call, nil
}

// canceled is the error of a call whose context has ended. The receiver may be
// nil.
func (c *Conn) canceled(ctx context.Context) error {
	e := &Error{Kind: ErrFailed, Text: "call cancelled: " + ctx.Err().Error()}
	if c != nil {
		e.Peer = c.peer
	}
	return &canceledError{e, ctx.Err()}
}
