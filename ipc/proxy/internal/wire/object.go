package wire

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"dashmp/ipc"
)

// DestroyTimeout bounds how long closing a proxy waits for a peer that does
// not answer destroy; the reference is given up in any case.
const DestroyTimeout = 5 * time.Second

// Table is the method table of an interface, built at its first use. Built as
// a variable's initial value it would refer to itself: a method that returns
// an object of its own interface reaches the table again.
type Table struct {
	once  sync.Once
	table *ipc.InterfaceTable
}

// Get returns the table, calling build the first time.
func (t *Table) Get(build func() *ipc.InterfaceTable) *ipc.InterfaceTable {
	t.once.Do(func() { t.table = build() })
	return t.table
}

// Serve returns the server's copy of a method description.
func Serve(m *ipc.Method, handle func(context.Context, any, *ipc.ServerCall) error) *ipc.Method {
	s := *m
	s.Handle = handle
	return &s
}

// Track makes the garbage collector give r up once proxy is unreachable.
func Track[T any](proxy *T, r *ipc.Ref) *T {
	runtime.AddCleanup(proxy, (*ipc.Ref).Release, r)
	return proxy
}

// Closing is what the Close of a proxy with destroy does: it calls destroy
// once and gives the reference up. A peer that has gone has destroyed it.
func Closing(r *ipc.Ref, closed *atomic.Bool, destroy *ipc.Method) error {
	if closed.Swap(true) {
		return nil
	}
	defer r.Release()
	ctx, cancel := context.WithTimeout(context.Background(), DestroyTimeout)
	defer cancel()
	call, err := r.Begin(ctx, destroy)
	if err == nil {
		defer call.Done()
		err = call.Send()
	}
	if errors.Is(err, ipc.ErrDisconnected) {
		return nil
	}
	return err
}

// Held is the implementation behind an object that has a destroy method. It is
// released by destroy or by the last reference, whichever comes first.
type Held struct {
	impl    any
	release func()
	gone    atomic.Bool
}

// Hold wraps impl; release may be nil.
func Hold(impl any, release func()) *Held { return &Held{impl: impl, release: release} }

// Release releases the implementation, once.
func (h *Held) Release() {
	if !h.gone.Swap(true) && h.release != nil {
		h.release()
	}
}

// Impl returns the Go value that an object was made of.
func Impl(impl any) (any, error) {
	h, ok := impl.(*Held)
	if !ok {
		return impl, nil
	}
	if h.gone.Load() {
		return nil, ipc.Errorf(ipc.ErrFailed, "the object has been destroyed")
	}
	return h.impl, nil
}

// Destroy serves the method destroy.
func Destroy(_ context.Context, impl any, _ *ipc.ServerCall) error {
	if h, ok := impl.(*Held); ok {
		h.Release()
	}
	return nil
}

// Home returns the Go value behind a reference to an object of this process,
// nil for an object of the peer.
func Home(r *ipc.Ref) any {
	o, ok := r.Local()
	if !ok {
		return nil
	}
	v, err := Impl(o.Impl())
	if err != nil {
		return nil
	}
	return v
}

// NotOffered is the error of a handler whose object is of another type; only
// an Object that was not made by generated code can cause it.
func NotOffered(method string) error {
	return ipc.Errorf(ipc.ErrUnimplemented, "%s: the object does not implement it", method)
}

// Releaser is implemented by objects that want to know when a caller has given
// up what a method returned to it. Released is called once for each time that
// the object was returned, also when the connection ends; it may block.
type Releaser interface{ Released() }

// Release returns what to call when the peer has given v up. Only results are
// given to the peer; parameters are lent and stay the sender's.
func (w *Writer) Release(v any) func() {
	if !w.results {
		return nil
	}
	switch v := v.(type) {
	case Releaser:
		return v.Released
	case ipc.Handler:
		// A registration ends with the last reference to it; see ipc.Handler.
		return func() { v.Disconnect(context.Background()) }
	}
	return nil
}
