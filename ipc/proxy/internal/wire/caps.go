package wire

import (
	"capnproto.org/go/capnp/v3"

	"dashmp/ipc"
)

// Ref takes an object reference; nil for null.
func (r *Reader) Ref(s capnp.Struct, slot uint16, label string) *ipc.Ref {
	if r.err != nil || !s.HasPtr(slot) {
		return nil
	}
	ref, err := r.caps.TakeRef(s, slot)
	if err != nil {
		r.failed(label, err)
		return nil
	}
	if ref != nil {
		r.taken = append(r.taken, ref.Release)
	}
	return ref
}

// FD takes a descriptor; an invalid one for null.
func (r *Reader) FD(s capnp.Struct, slot uint16, label string) ipc.FD {
	if r.err != nil || !s.HasPtr(slot) {
		return ipc.FD{}
	}
	f, err := r.caps.TakeFD(s, slot)
	if err != nil {
		r.failed(label, err)
		return ipc.FD{}
	}
	r.taken = append(r.taken, func() { f.Close() })
	return f
}

// Secret takes a secret; an invalid one for null.
func (r *Reader) Secret(s capnp.Struct, slot uint16, label string) ipc.Secret {
	if r.err != nil || !s.HasPtr(slot) {
		return ipc.Secret{}
	}
	v, err := r.caps.TakeSecret(s, slot)
	if err != nil {
		r.failed(label, err)
		return ipc.Secret{}
	}
	r.taken = append(r.taken, v.Close)
	return v
}

// Bulk takes a payload; an invalid one for null.
func (r *Reader) Bulk(s capnp.Struct, slot uint16, label string) ipc.Bulk {
	if r.err != nil || !s.HasPtr(slot) {
		return ipc.Bulk{}
	}
	v, err := r.caps.TakeBulk(s, slot)
	if err != nil {
		r.failed(label, err)
		return ipc.Bulk{}
	}
	r.taken = append(r.taken, v.Close)
	return v
}

// FD stores a descriptor and consumes it; an invalid one is null.
func (w *Writer) FD(s capnp.Struct, slot uint16, f ipc.FD, label string) {
	if w.err == nil && f.IsValid() {
		w.keep(label, w.caps.PutFD(s, slot, f))
	}
}

// Secret stores a secret and consumes it; an invalid one is null.
func (w *Writer) Secret(s capnp.Struct, slot uint16, v ipc.Secret, label string) {
	if w.err == nil && v.IsValid() {
		w.keep(label, w.caps.PutSecret(s, slot, v))
	}
}

// Bulk stores a payload and consumes it; an invalid one is null.
func (w *Writer) Bulk(s capnp.Struct, slot uint16, v ipc.Bulk, label string) {
	if w.err == nil && v.IsValid() {
		w.keep(label, w.caps.PutBulk(s, slot, v))
	}
}

// Object stores a local object.
func (w *Writer) Object(s capnp.Struct, slot uint16, o *ipc.Object, label string) {
	if w.err == nil {
		w.keep(label, w.caps.PutObject(s, slot, o))
	}
}

// Ref stores the reference of a proxy. Results hand it over, parameters lend
// it. A nil reference is null.
func (w *Writer) Ref(s capnp.Struct, slot uint16, r *ipc.Ref, label string) {
	if w.err != nil || r == nil {
		return
	}
	w.keep(label, w.caps.PutRef(s, slot, r))
	if w.results {
		r.Release()
	}
}
