package ipc

import (
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// dispatchReturn handles the answer to a question of ours.
func (c *Conn) dispatchReturn(in *inMessage) error {
	ret, err := in.root.Return()
	if err != nil {
		in.free()
		return c.asProtocol(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		in.free()
		return nil
	}
	id := ret.AnswerId()
	q := c.questions.get(id)
	if q == nil || q.returned {
		in.free()
		return c.withPeer(ErrProtocol, "answer to question %d, which is not open", id)
	}
	q.returned = true
	if ret.ReleaseParamCaps() {
		for _, id := range q.paramExports {
			c.releaseExportLocked(id, 1)
		}
	}
	q.paramExports = q.paramExports[:0]
	if q.finished {
		// Given up earlier: Finish has returned whatever the results hold.
		c.questions.remove(q)
		in.free()
		return nil
	}
	return c.completeLocked(q, ret, in)
}

// completeLocked hands an answer to the call that waits for it.
func (c *Conn) completeLocked(q *question, ret rpc.Return, in *inMessage) error {
	call := q.call
	call.in = in
	if err := c.readReturnLocked(call, ret, in); err != nil {
		// The connection is lost; teardown fails the call, which frees the
		// message.
		q.returned = false
		call.rcaps.dropLocked(c, false)
		return c.asProtocol(err)
	}
	switch {
	case ret.NoFinishNeeded():
		c.questions.remove(q)
	case len(call.rcaps.list) == 0:
		c.sendFinishLocked(q.id, true, true)
		c.questions.remove(q)
	default:
		call.finish = q
	}
	call.complete(true)
	return nil
}

// readReturnLocked reads results or error into call.
func (c *Conn) readReturnLocked(call *ClientCall, ret rpc.Return, in *inMessage) error {
	switch ret.Which() {
	case rpc.Return_Which_results:
		payload, err := ret.Results()
		if err != nil {
			return err
		}
		if err := c.decodeCapsLocked(payload, &call.rcaps, in, nil); err != nil {
			return err
		}
		content, err := payload.Content()
		if err != nil {
			return err
		}
		call.content, call.results = content, content.Struct()
	case rpc.Return_Which_exception:
		x, err := ret.Exception()
		if err != nil {
			return err
		}
		call.err = c.inbound(x)
	case rpc.Return_Which_canceled:
		call.err = c.withPeer(ErrFailed, "%s: cancelled by the peer", call.method.Name)
	default:
		// Only a call that asked for it may be answered in another way.
		if err := c.sendUnimplementedLocked(in); err != nil {
			return err
		}
		call.err = c.withPeer(ErrUnimplemented, "%s: answered in a way that is not implemented", call.method.Name)
	}
	return c.unclaimed(in)
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

const noAttachedFD = 0xff

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
