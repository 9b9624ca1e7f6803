package ipc

import (
	"capnproto.org/go/capnp/v3"
)

// Caps is the capability side of one payload. It belongs to a call and is used
// by one goroutine.
type Caps struct {
	conn *Conn
	list []capEntry
	// received says that list came from the peer: its imports hold a reference
	// on the wire each.
	received bool
	// in is the message whose descriptors the entries carry.
	in *inMessage
}

// capEntry is one capability. At most one of obj, imp and asked is set.
type capEntry struct {
	// obj is ours, with a reference of its own.
	obj *Object
	// imp is the peer's, with a local reference of its own; for one of another
	// connection see PutRef.
	imp *importRef
	// asked is the result of a call of ours that has not been answered.
	asked *question
	// fd is a descriptor that the capability carries.
	fd *owned
	// taken says that the entry's reference has been passed on, lent that it
	// does not stand for a reference on the wire although the table was
	// received.
	taken, lent bool
}

// put appends e and points the pointer slot at it.
func (t *Caps) put(s capnp.Struct, slot uint16, e capEntry) error {
	i := capnp.NewInterface(s.Segment(), capnp.CapabilityID(len(t.list)))
	if err := s.SetPtr(slot, i.ToPtr()); err != nil {
		return Errorf(ErrFailed, "capability: %v", err)
	}
	t.list = append(t.list, e)
	return nil
}

// entry returns the entry that the pointer slot refers to; nil if it is null.
func (t *Caps) entry(s capnp.Struct, slot uint16) (*capEntry, error) {
	p, err := s.Ptr(slot)
	if err != nil {
		return nil, Errorf(ErrProtocol, "capability: %v", err)
	}
	if !p.IsValid() {
		return nil, nil
	}
	i := p.Interface()
	if !i.IsValid() || uint64(i.Capability()) >= uint64(len(t.list)) {
		return nil, Errorf(ErrProtocol, "the pointer is not to a capability of this message")
	}
	e := &t.list[i.Capability()]
	if e.obj == nil && e.imp == nil && e.asked == nil {
		return nil, nil
	}
	return e, nil
}

// PutObject stores o in the pointer slot; a nil o leaves it null. The peer's
// reference lasts until it gives it up or the connection ends.
func (t *Caps) PutObject(s capnp.Struct, slot uint16, o *Object) error {
	if o == nil {
		return nil
	}
	if !o.acquire() {
		return Errorf(ErrFailed, "the object was released")
	}
	return t.put(s, slot, capEntry{obj: o})
}

// PutRef stores r in the pointer slot; a nil r leaves it null. The caller keeps
// its reference. An object of the peer goes home as itself, one of another
// connection is reached through this process.
func (t *Caps) PutRef(s capnp.Struct, slot uint16, r *Ref) error {
	if r == nil {
		return nil
	}
	if r.released.Load() {
		return Errorf(ErrFailed, "the reference was released")
	}
	switch {
	case r.obj != nil:
		return t.PutObject(s, slot, r.obj)
	case r.imp.conn == t.conn:
		t.conn.mu.Lock()
		r.imp.local++
		t.conn.mu.Unlock()
		return t.put(s, slot, capEntry{imp: r.imp})
	}
	return t.PutObject(s, slot, newRelay(r.AddRef()))
}

// TakeRef takes the reference in the pointer slot; nil, nil for null. The
// caller owns it.
func (t *Caps) TakeRef(s capnp.Struct, slot uint16) (*Ref, error) {
	e, err := t.entry(s, slot)
	if e == nil || err != nil {
		return nil, err
	}
	return t.takeEntry(e)
}

func (t *Caps) takeEntry(e *capEntry) (*Ref, error) {
	switch {
	case e.obj != nil:
		if !e.obj.acquire() {
			return nil, Errorf(ErrFailed, "the object was released")
		}
		return &Ref{obj: e.obj, via: t.conn}, nil
	case e.imp != nil:
		c := e.imp.conn
		c.mu.Lock()
		if !t.received || e.taken {
			e.imp.local++
		}
		e.taken = true
		c.mu.Unlock()
		return &Ref{imp: e.imp}, nil
	}
	return nil, Errorf(ErrProtocol, "the capability cannot be taken")
}

// PutFD stores f in the pointer slot and consumes it: it is closed when it has
// been sent, or cannot be. An invalid f leaves the slot null.
func (t *Caps) PutFD(s capnp.Struct, slot uint16, f FD) error { return t.putFD(s, slot, f.own) }

// TakeFD takes the descriptor in the pointer slot; an invalid FD for null.
func (t *Caps) TakeFD(s capnp.Struct, slot uint16) (FD, error) {
	o, err := t.takeFD(s, slot, ClassFD)
	return FD{o}, err
}

// PutSecret stores v in the pointer slot and consumes it.
func (t *Caps) PutSecret(s capnp.Struct, slot uint16, v Secret) error {
	return t.putFD(s, slot, v.own)
}

// TakeSecret takes the secret in the pointer slot, if it is memory that cannot
// be resized; an invalid one for null.
func (t *Caps) TakeSecret(s capnp.Struct, slot uint16) (Secret, error) {
	o, err := t.takeFD(s, slot, ClassSecret)
	if o == nil || err != nil {
		return Secret{}, err
	}
	v, err := receivedSecret(o, t.limits().SecretBytes)
	if err != nil {
		o.close()
	}
	return v, err
}

// PutBulk stores b in the pointer slot and consumes it.
func (t *Caps) PutBulk(s capnp.Struct, slot uint16, b Bulk) error {
	return t.putFD(s, slot, b.own)
}

// TakeBulk takes the payload in the pointer slot, if it is memory that cannot
// be changed; an invalid one for null.
func (t *Caps) TakeBulk(s capnp.Struct, slot uint16) (Bulk, error) {
	o, err := t.takeFD(s, slot, ClassBulk)
	if o == nil || err != nil {
		return Bulk{}, err
	}
	b, err := receivedBulk(o, t.limits().BulkBytes)
	if err != nil {
		o.close()
	}
	return b, err
}

func (t *Caps) limits() Limits {
	if t.conn == nil {
		return DefaultLimits()
	}
	return t.conn.limits
}

// putFD moves the descriptor into an entry: from here on it is the message's.
func (t *Caps) putFD(s capnp.Struct, slot uint16, o *owned) error {
	fd := o.take()
	if fd < 0 {
		return nil
	}
	held := own(fd)
	// A capability of its own each: a peer may keep one descriptor per object.
	token := NewObject(nil, nil)
	token.acquire()
	if err := t.put(s, slot, capEntry{obj: token, fd: held}); err != nil {
		held.close()
		return err
	}
	return nil
}

// takeFD takes a descriptor out of an entry; nil for null.
func (t *Caps) takeFD(s capnp.Struct, slot uint16, class string) (*owned, error) {
	e, err := t.entry(s, slot)
	if e == nil || err != nil {
		return nil, err
	}
	if e.fd == nil {
		return nil, Errorf(ErrDescriptor, "the %s came without a descriptor", class)
	}
	o := own(e.fd.take())
	if t.received {
		t.conn.letGo(e.fd)
	}
	e.fd = nil
	if t.conn != nil && t.conn.checkFD != nil {
		if err := t.conn.checkFD(class, FD{o}); err != nil {
			o.close()
			return nil, &Error{Kind: ErrDescriptor, Peer: t.conn.peer, Text: class + ": " + err.Error()}
		}
	}
	return o, nil
}

// dropLocked gives up what the entries hold. given says that the references of
// a received table go back to the peer with the message that is about to be
// sent. The connection's mutex is held.
func (t *Caps) dropLocked(c *Conn, given bool) {
	for i := range t.list {
		e := &t.list[i]
		if e.fd != nil {
			if t.received {
				c.letGo(e.fd)
			}
			e.fd.close()
		}
		switch {
		case e.obj != nil:
			c.dropLocked(e.obj)
		case e.imp != nil && !(t.received && e.taken):
			c.releaseImportLocked(e.imp, given && t.received && !e.lent)
		}
		*e = capEntry{}
	}
	t.list = t.list[:0]
	t.received = false
}

// kept reports whether a reference of a received table was taken out of it.
func (t *Caps) kept() bool {
	for i := range t.list {
		if t.list[i].taken && t.list[i].imp != nil && !t.list[i].lent {
			return true
		}
	}
	return false
}
