package ipc

import (
	"encoding/binary"

	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

const noAttachedFD = 0xff

// encodeCapsLocked writes the capability table of a message's payload. It notes
// the references that it counts in exported, also when it fails, and moves the
// descriptors to the message.
func (c *Conn) encodeCapsLocked(t *Caps, m *outMessage, exported *[]uint32) error {
	if len(t.list) == 0 {
		return nil
	}
	words, err := []byte(nil), error(nil)
	if !t.asks() {
		if words, err = m.capTable(len(t.list)); err != nil {
			return err
		}
	}
	var table rpc.CapDescriptor_List
	if words == nil {
		p, err := m.payload()
		if err != nil {
			return err
		}
		if table, err = p.NewCapTable(int32(len(t.list))); err != nil {
			return err
		}
	}
	for i := range t.list {
		e := &t.list[i]
		which, id, err := c.describeLocked(e, exported)
		if err != nil {
			return err
		}
		fd := uint8(noAttachedFD)
		if e.fd != nil {
			if len(m.fds) == c.limits.FDsPerMessage {
				return Errorf(ErrLimit, "more than %d descriptors in one message", len(m.fds))
			}
			fd = uint8(len(m.fds))
			m.fds = append(m.fds, e.fd)
			e.fd = nil
		}
		if words != nil {
			binary.LittleEndian.PutUint64(words[2*i*wordBytes:], capWord(which, id, fd))
		} else if err := describe(table.At(i), which, id, fd); err != nil {
			return err
		}
	}
	return nil
}

// asks reports whether an entry is a result that has not come yet, for which a
// descriptor has a pointer.
func (t *Caps) asks() bool {
	for i := range t.list {
		if t.list[i].asked != nil {
			return true
		}
	}
	return false
}

// describeLocked says what goes into an entry's descriptor, and counts the
// reference that goes with it.
func (c *Conn) describeLocked(e *capEntry, exported *[]uint32) (rpc.CapDescriptor_Which, uint32, error) {
	switch {
	case e.obj != nil:
		id, err := c.exportLocked(e.obj)
		if err == nil {
			*exported = append(*exported, id)
		}
		return rpc.CapDescriptor_Which_senderHosted, id, err
	case e.imp != nil:
		return rpc.CapDescriptor_Which_receiverHosted, e.imp.id, nil
	case e.asked != nil:
		return rpc.CapDescriptor_Which_receiverAnswer, e.asked.id, nil
	}
	return rpc.CapDescriptor_Which_none, 0, nil
}

// describe writes a descriptor with the library.
func describe(d rpc.CapDescriptor, which rpc.CapDescriptor_Which, id uint32, fd uint8) error {
	d.SetAttachedFd(fd)
	switch which {
	case rpc.CapDescriptor_Which_senderHosted:
		d.SetSenderHosted(id)
	case rpc.CapDescriptor_Which_receiverHosted:
		d.SetReceiverHosted(id)
	case rpc.CapDescriptor_Which_receiverAnswer:
		return putPromise(d.NewReceiverAnswer, id, 0)
	}
	return nil
}

// decodeCapsLocked reads the capability table of a payload into t. References
// to answers that have not returned are noted in sc, which may be nil if the
// payload cannot hold any.
func (c *Conn) decodeCapsLocked(p rpc.Payload, t *Caps, in *inMessage, sc *ServerCall) error {
	t.received = true
	if !p.HasCapTable() {
		return nil
	}
	table, err := p.CapTable()
	if err != nil {
		return err
	}
	// Each entry is at least three words of a message that is already bounded.
	for i := range table.Len() {
		e, err := c.decodeCapLocked(table.At(i), i, sc)
		if err != nil {
			return err
		}
		t.list = append(t.list, e)
		fd := int(table.At(i).AttachedFd())
		if fd == noAttachedFD || e.obj == nil && e.imp == nil {
			continue
		}
		if fd >= len(in.fds) {
			continue // missing; noticed when it is wanted
		}
		if in.fds[fd] == nil {
			return c.withPeer(ErrProtocol, "two capabilities carry descriptor %d", fd)
		}
		t.list[i].fd, in.fds[fd] = in.fds[fd], nil
	}
	return nil
}

func (c *Conn) decodeCapLocked(d rpc.CapDescriptor, i int, sc *ServerCall) (capEntry, error) {
	switch d.Which() {
	case rpc.CapDescriptor_Which_none:
	case rpc.CapDescriptor_Which_senderHosted:
		imp, err := c.importLocked(d.SenderHosted())
		return capEntry{imp: imp}, err
	case rpc.CapDescriptor_Which_senderPromise:
		imp, err := c.importLocked(d.SenderPromise())
		return capEntry{imp: imp}, err
	case rpc.CapDescriptor_Which_receiverHosted:
		return c.ownEntryLocked(d.ReceiverHosted())
	case rpc.CapDescriptor_Which_receiverAnswer:
		p, err := d.ReceiverAnswer()
		if err != nil {
			return capEntry{}, err
		}
		a, path, err := c.promised(p)
		if err != nil {
			return capEntry{}, err
		}
		if a == nil || sc == nil {
			return capEntry{}, nil // a broken promise reads as null
		}
		if a.returned {
			e, _ := c.borrowed(c.resolve(a, path)) // a broken one reads as null
			return e, nil
		}
		sc.waits = append(sc.waits, awaitedParam{i, a, path})
	case rpc.CapDescriptor_Which_thirdPartyHosted:
		// The sender's vine stands in for the third party's object.
		v, err := d.ThirdPartyHosted()
		if err != nil {
			return capEntry{}, err
		}
		imp, err := c.importLocked(v.VineId())
		return capEntry{imp: imp}, err
	default:
		return capEntry{}, c.withPeer(ErrProtocol, "unknown kind of capability")
	}
	return capEntry{}, nil
}

// ownEntryLocked is an entry for an object of ours.
func (c *Conn) ownEntryLocked(id uint32) (capEntry, error) {
	o := c.exportOf(id)
	if o == nil || !o.acquire() {
		return capEntry{}, c.withPeer(ErrProtocol, "object %d was never sent or has been released", id)
	}
	return capEntry{obj: o}, nil
}

// borrowed makes an entry of its own of one that belongs to an answer.
func (c *Conn) borrowed(e capEntry, err error) (capEntry, error) {
	switch {
	case err != nil:
		return capEntry{}, err
	case e.obj != nil && e.obj.acquire():
		return capEntry{obj: e.obj}, nil
	case e.imp != nil && e.imp.conn == c:
		e.imp.local++
		return capEntry{imp: e.imp, lent: true}, nil
	}
	return capEntry{}, nil
}

// promised reads a promised answer; a nil answer is one that does not exist
// (any more).
func (c *Conn) promised(p rpc.PromisedAnswer) (*answer, []uint16, error) {
	ops, err := p.Transform()
	if err != nil {
		return nil, nil, err
	}
	if ops.Len() > c.limits.Nesting {
		return nil, nil, c.withPeer(ErrLimit, "a promise of %d steps, %d allowed", ops.Len(), c.limits.Nesting)
	}
	var path []uint16
	for i := range ops.Len() {
		switch op := ops.At(i); op.Which() {
		case rpc.PromisedAnswer_Op_Which_noop:
		case rpc.PromisedAnswer_Op_Which_getPointerField:
			path = append(path, op.GetPointerField())
		default:
			return nil, nil, c.withPeer(ErrProtocol, "unknown step in a promise")
		}
	}
	return c.answers[p.QuestionId()], path, nil
}
