package ipc

import (
	"errors"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// dispatch handles one received message, which it owns. An error ends the
// connection. It runs on the goroutine that leads.
func (c *Conn) dispatch(in *inMessage) error {
	switch in.root.Which() {
	case rpc.Message_Which_call:
		return c.dispatchCall(in)
	case rpc.Message_Which_return:
		return c.dispatchReturn(in)
	}
	defer in.free()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil
	}
	if err := c.dispatchControl(in); err != nil {
		return c.asProtocol(err)
	}
	return c.unclaimed(in)
}

// unclaimed rejects descriptors that no capability of the message carries.
func (c *Conn) unclaimed(in *inMessage) error {
	for _, o := range in.fds {
		if o != nil {
			return c.withPeer(ErrProtocol, "a message carried a descriptor that nothing in it refers to")
		}
	}
	return nil
}

// asProtocol makes an error of reading a message the peer's fault.
func (c *Conn) asProtocol(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return c.withPeer(ErrProtocol, "%v", err)
}

// dispatchControl handles everything but Call and Return.
func (c *Conn) dispatchControl(in *inMessage) error {
	switch in.root.Which() {
	case rpc.Message_Which_bootstrap:
		b, err := in.root.Bootstrap()
		if err != nil {
			return err
		}
		return c.handleBootstrap(b)
	case rpc.Message_Which_finish:
		f, err := in.root.Finish()
		if err != nil {
			return err
		}
		return c.handleFinish(f)
	case rpc.Message_Which_release:
		r, err := in.root.Release()
		if err != nil {
			return err
		}
		if !c.releaseExportLocked(r.Id(), r.ReferenceCount()) {
			return c.withPeer(ErrProtocol, "object %d released more often than it was sent", r.Id())
		}
		return nil
	case rpc.Message_Which_resolve:
		r, err := in.root.Resolve()
		if err != nil {
			return err
		}
		return c.handleResolve(r, in)
	case rpc.Message_Which_disembargo:
		d, err := in.root.Disembargo()
		if err != nil {
			return err
		}
		return c.handleDisembargo(d)
	case rpc.Message_Which_unimplemented:
		m, err := in.root.Unimplemented()
		if err != nil {
			return err
		}
		return c.handleUnimplemented(m)
	case rpc.Message_Which_abort:
		x, err := in.root.Abort()
		if err != nil {
			return err
		}
		return c.withPeer(ErrDisconnected, "aborted by the peer: %s", c.inbound(x).Text)
	}
	return c.sendUnimplementedLocked(in)
}

// sendUnimplementedLocked echoes a message that is not understood.
func (c *Conn) sendUnimplementedLocked(in *inMessage) error {
	// An echo of an echo would go on for ever.
	if in.root.Which() == rpc.Message_Which_unimplemented {
		return nil
	}
	c.controlLocked(false, func(m rpc.Message) error {
		// Only what kind of message it was: an echo of the whole would let the
		// peer make us copy.
		u, err := m.NewUnimplemented()
		if err != nil {
			return err
		}
		return echo(u, in.root)
	})
	return nil
}

// echo copies what tells the peer which of its messages was not understood.
func echo(to, from rpc.Message) error {
	if from.Which() != rpc.Message_Which_call {
		// Every other member of the union is a pointer or nothing; the
		// discriminant is the first two bytes of the struct.
		capnp.Struct(to).SetUint16(0, capnp.Struct(from).Uint16(0))
		return nil
	}
	call, err := from.Call()
	if err != nil {
		return err
	}
	c, err := to.NewCall()
	if err != nil {
		return err
	}
	c.SetQuestionId(call.QuestionId())
	c.SetInterfaceId(call.InterfaceId())
	c.SetMethodId(call.MethodId())
	return nil
}

// handleBootstrap answers with the object that this end offers.
func (c *Conn) handleBootstrap(b rpc.Bootstrap) error {
	a, err := c.newAnswerLocked(b.QuestionId())
	if err != nil {
		return err
	}
	a.returned, a.root = true, true
	var m outMessage
	defer m.free()
	if c.boot == nil || !c.boot.acquire() {
		return c.refuseBootstrap(a, &m)
	}
	a.rcaps.list = append(a.rcaps.list, capEntry{obj: c.boot})
	if err := m.lay(returnWords, returnEnvelope, returnPayload); err != nil {
		return err
	}
	m.put32(returnAnswer, a.id)
	m.put32(returnFlags, flagKeepParams)
	payload, err := m.payload()
	if err != nil {
		return err
	}
	if err := payload.SetContent(capnp.NewInterface(payload.Segment(), 0).ToPtr()); err != nil {
		return err
	}
	if err := c.encodeCapsLocked(&a.rcaps, &m, &a.resultExports); err != nil {
		return err
	}
	return c.sendLocked(&m)
}

// refuseBootstrap answers that there is nothing.
func (c *Conn) refuseBootstrap(a *answer, m *outMessage) error {
	a.err = Errorf(ErrUnimplemented, "%s offers nothing on this connection", c.name)
	if err := m.reset(); err != nil {
		return err
	}
	ret, err := m.root.NewReturn()
	if err != nil {
		return err
	}
	ret.SetAnswerId(a.id)
	ret.SetReleaseParamCaps(false)
	x, err := ret.NewException()
	if err != nil {
		return err
	}
	if err := putException(x, "bootstrap", a.err); err != nil {
		return err
	}
	return c.sendLocked(m)
}

// newAnswerLocked opens an answer for a question of the peer's.
func (c *Conn) newAnswerLocked(id uint32) (*answer, error) {
	if c.answers[id] != nil {
		return nil, c.withPeer(ErrProtocol, "question %d is already being answered", id)
	}
	if len(c.answers) >= c.limits.CallsInFlight {
		return nil, c.withPeer(ErrLimit, "%d calls in flight, no more allowed", len(c.answers))
	}
	a := &answer{id: id}
	c.answers[id] = a
	return a, nil
}

// handleResolve lets go of what a promise has become: calls to the promise
// itself keep working, and nothing is gained by a second reference.
func (c *Conn) handleResolve(r rpc.Resolve, in *inMessage) error {
	if r.Which() != rpc.Resolve_Which_cap {
		return nil
	}
	d, err := r.Cap()
	if err != nil {
		return err
	}
	var id uint32
	switch d.Which() {
	case rpc.CapDescriptor_Which_senderHosted:
		id = d.SenderHosted()
	case rpc.CapDescriptor_Which_senderPromise:
		id = d.SenderPromise()
	default:
		return nil
	}
	if i := int(d.AttachedFd()); i < len(in.fds) && in.fds[i] != nil {
		c.letGo(in.fds[i])
		in.fds[i].close()
		in.fds[i] = nil
	}
	imp, err := c.importLocked(id)
	if err != nil {
		return err
	}
	c.releaseImportLocked(imp, false)
	return nil
}

// handleDisembargo echoes a loopback: everything that the peer sent before to
// the same target has been passed on by now.
func (c *Conn) handleDisembargo(d rpc.Disembargo) error {
	ctx := d.Context()
	if ctx.Which() != rpc.Disembargo_context_Which_senderLoopback {
		return c.withPeer(ErrProtocol, "a disembargo that was not asked for")
	}
	target, err := d.Target()
	if err != nil {
		return err
	}
	var e capEntry
	switch target.Which() {
	case rpc.MessageTarget_Which_promisedAnswer:
		p, err := target.PromisedAnswer()
		if err != nil {
			return err
		}
		a, path, err := c.promised(p)
		if err != nil {
			return err
		}
		if a == nil || !a.returned {
			return c.withPeer(ErrProtocol, "disembargo of an answer that has not returned")
		}
		if e, err = c.resolve(a, path); err != nil {
			return c.asProtocolError(err)
		}
	case rpc.MessageTarget_Which_importedCap:
		if o := c.exportOf(target.ImportedCap()); o != nil && o.relay != nil && o.relay.imp != nil &&
			o.relay.imp.conn == c {
			e.imp = o.relay.imp
		}
	}
	if e.imp == nil {
		return c.withPeer(ErrProtocol, "disembargo of an object that does not point back")
	}
	c.controlLocked(false, func(m rpc.Message) error {
		out, err := m.NewDisembargo()
		if err != nil {
			return err
		}
		t, err := out.NewTarget()
		if err != nil {
			return err
		}
		t.SetImportedCap(e.imp.id)
		out.Context().SetReceiverLoopback(ctx.SenderLoopback())
		return nil
	})
	return nil
}

func (c *Conn) asProtocolError(err error) error {
	return c.withPeer(ErrProtocol, "%v", err)
}

// handleUnimplemented treats a question that the peer does not implement as
// failed. A peer that keeps no references does not implement Release.
func (c *Conn) handleUnimplemented(m rpc.Message) error {
	var id uint32
	switch m.Which() {
	case rpc.Message_Which_call:
		call, err := m.Call()
		if err != nil {
			return err
		}
		id = call.QuestionId()
	case rpc.Message_Which_bootstrap:
		b, err := m.Bootstrap()
		if err != nil {
			return err
		}
		id = b.QuestionId()
	case rpc.Message_Which_release:
		return nil
	default:
		return c.withPeer(ErrProtocol, "the peer does not implement message %v", m.Which())
	}
	q := c.questions.get(id)
	if q == nil || q.returned {
		return c.withPeer(ErrProtocol, "unimplemented question %d does not exist", id)
	}
	q.returned = true
	call := q.call
	for _, export := range q.paramExports {
		c.releaseExportLocked(export, 1)
	}
	c.questions.remove(q)
	if call != nil {
		call.err = c.withPeer(ErrUnimplemented, "%s: not implemented", call.method.Name)
		call.complete(true)
	}
	return nil
}
