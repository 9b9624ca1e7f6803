package ipc

import "capnproto.org/go/capnp/v3/std/capnp/rpc"

// questions are the calls of ours that are not finished, by id. Ids are reused,
// lowest first, so that the peer's tables stay small.
type questions struct {
	slots []*question
	free  []uint32
	n     int
	bytes int // of the calls among them
}

// question is one call of ours, from sending it until neither side will use its
// id again.
type question struct {
	id    uint32
	bytes int
	// call waits for the answer; nil when nobody does any more.
	call *ClientCall
	// paramExports has one entry per reference that the parameters carried.
	paramExports []uint32
	// finished says that Finish has been sent while the answer was outstanding,
	// returned that the answer has come.
	finished, returned bool
}

func (t *questions) add(call *ClientCall) *question {
	t.n++
	if last := len(t.free) - 1; last >= 0 {
		id := t.free[last]
		t.free = t.free[:last]
		q := t.slots[id]
		if q == nil {
			q = &question{id: id}
			t.slots[id] = q
		}
		q.call = call
		return q
	}
	q := &question{id: uint32(len(t.slots)), call: call}
	t.slots = append(t.slots, q)
	return q
}

// get returns the open question with an id that the peer named.
func (t *questions) get(id uint32) *question {
	if uint64(id) >= uint64(len(t.slots)) || !t.slots[id].open() {
		return nil
	}
	return t.slots[id]
}

func (q *question) open() bool { return q != nil && (q.call != nil || q.finished) }

// remove frees the id of q; the peer must have been told everything.
func (t *questions) remove(q *question) {
	t.n--
	t.bytes -= q.bytes
	q.bytes = 0
	q.call, q.finished, q.returned = nil, false, false
	q.paramExports = q.paramExports[:0]
	t.free = append(t.free, q.id)
}

// exports are the objects of ours that the peer refers to, by id.
type exports struct {
	slots []export
	free  []uint32
	ids   map[*Object]uint32
	n     int
}

// export is one of them.
type export struct {
	obj *Object
	// refs is what the peer has been sent and has not released.
	refs uint32
	// pins keep the id although refs is 0: the object will be sent again.
	pins uint32
}

// exportLocked counts one reference to o that is about to be sent.
func (c *Conn) exportLocked(o *Object) (uint32, error) {
	t := &c.exports
	if id, ok := t.ids[o]; ok {
		if t.slots[id].refs == 1<<32-1 {
			return 0, Errorf(ErrLimit, "too many references to one object")
		}
		t.slots[id].refs++
		return id, nil
	}
	if t.n >= c.limits.Exports {
		return 0, Errorf(ErrLimit, "%d objects exported, no more allowed", t.n)
	}
	if !o.acquire() {
		return 0, Errorf(ErrFailed, "the object was released")
	}
	id := uint32(len(t.slots))
	if last := len(t.free) - 1; last >= 0 {
		id, t.free = t.free[last], t.free[:last]
	} else {
		t.slots = append(t.slots, export{})
	}
	t.slots[id] = export{obj: o, refs: 1}
	t.ids[o] = id
	t.n++
	return id, nil
}

// pinLocked keeps the id of an exported object until unpinLocked.
func (c *Conn) pinLocked(id uint32) { c.exports.slots[id].pins++ }

func (c *Conn) unpinLocked(o *Object) {
	if id, ok := c.exports.ids[o]; ok {
		c.exports.slots[id].pins--
		c.dropExportLocked(id)
	}
}

// exportOf returns the object that the peer means by id, nil if it has no
// reference to it.
func (c *Conn) exportOf(id uint32) *Object {
	if uint64(id) >= uint64(len(c.exports.slots)) || c.exports.slots[id].refs == 0 {
		return nil
	}
	return c.exports.slots[id].obj
}

// releaseExportLocked takes back count references; false if the peer does not
// have that many.
func (c *Conn) releaseExportLocked(id, count uint32) bool {
	if uint64(id) >= uint64(len(c.exports.slots)) || c.exports.slots[id].refs < count {
		return false
	}
	c.exports.slots[id].refs -= count
	c.dropExportLocked(id)
	return true
}

func (c *Conn) dropExportLocked(id uint32) {
	t := &c.exports
	e := &t.slots[id]
	if e.obj == nil || e.refs > 0 || e.pins > 0 {
		return
	}
	o := e.obj
	*e = export{}
	delete(t.ids, o)
	t.free = append(t.free, id)
	t.n--
	c.dropLocked(o)
}

// importRef is an object of the peer, guarded by the connection's mutex.
type importRef struct {
	conn *Conn
	id   uint32
	// wire counts what the peer has sent and we have not given back, local what
	// refers to it here. The two end together.
	wire  uint32
	local int
}

// importLocked notes one reference that the peer has sent, and returns it with
// one local reference.
func (c *Conn) importLocked(id uint32) (*importRef, error) {
	imp := c.imports[id]
	if imp == nil {
		if len(c.imports) >= c.limits.Imports {
			return nil, c.withPeer(ErrLimit, "%d objects imported, no more allowed", len(c.imports))
		}
		imp = &importRef{conn: c, id: id}
		c.imports[id] = imp
	}
	if imp.wire == 1<<32-1 {
		return nil, c.withPeer(ErrProtocol, "too many references to one object")
	}
	imp.wire++
	imp.local++
	return imp, nil
}

// releaseImportLocked gives up one local reference. With the last one the peer
// is told, unless given says that one reference on the wire goes back with
// another message.
func (c *Conn) releaseImportLocked(imp *importRef, given bool) {
	imp.local--
	if given {
		imp.wire--
	}
	if imp.local > 0 || c.imports[imp.id] != imp {
		return
	}
	delete(c.imports, imp.id)
	if imp.wire == 0 {
		return
	}
	c.controlLocked(true, func(m rpc.Message) error {
		r, err := m.NewRelease()
		if err != nil {
			return err
		}
		r.SetId(imp.id)
		r.SetReferenceCount(imp.wire)
		return nil
	})
}
