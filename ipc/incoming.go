package ipc

import (
	"errors"
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// dispatchCall handles a call of the peer's.
func (c *Conn) dispatchCall(in *inMessage) error {
	call, err := in.root.Call()
	if err != nil {
		in.free()
		return c.asProtocol(err)
	}
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		in.free()
		return nil
	}
	if call.SendResultsTo().Which() != rpc.Call_sendResultsTo_Which_caller {
		err := c.sendUnimplementedLocked(in)
		c.mu.Unlock()
		in.free()
		return err
	}
	sc, err := c.acceptLocked(call, in)
	if err != nil {
		c.mu.Unlock()
		return c.asProtocol(err)
	}
	if c.trace != nil {
		c.mu.Unlock()
		c.traceRequest(sc)
		c.mu.Lock()
	}
	run := c.startLocked(sc, true)
	c.mu.Unlock()
	runAll(run)
	return nil
}

// acceptLocked opens an answer for the call and reads everything but the
// parameters. It owns in.
func (c *Conn) acceptLocked(call rpc.Call, in *inMessage) (*ServerCall, error) {
	a, err := c.newAnswerLocked(call.QuestionId())
	if err != nil {
		in.free()
		return nil, err
	}
	sc := c.newServed()
	sc.ans, sc.in, sc.call = a, in, call
	sc.pcaps.in = in
	sc.ctx = &callCtx{conn: c}
	if c.trace != nil {
		sc.started = time.Now()
	}
	a.call = sc
	c.heldBytes += sc.bytes()
	if c.heldBytes > c.limits.HeldBytes {
		err = c.withPeer(ErrLimit, "%d bytes of calls in flight, %d allowed", c.heldBytes, c.limits.HeldBytes)
	} else {
		err = sc.readLocked()
	}
	if err != nil {
		c.heldBytes -= sc.bytes()
		delete(c.answers, a.id)
		sc.dropAllLocked()
		sc.recycle()
		return nil, err
	}
	return sc, nil
}

func (sc *ServerCall) readLocked() error {
	c := sc.conn
	payload, err := sc.call.Params()
	if err != nil {
		return err
	}
	if err := c.decodeCapsLocked(payload, &sc.pcaps, sc.in, sc); err != nil {
		return err
	}
	if err := c.unclaimed(sc.in); err != nil {
		return err
	}
	content, err := payload.Content()
	if err != nil {
		return err
	}
	sc.params = content.Struct()
	target, err := sc.call.Target()
	if err != nil {
		return err
	}
	switch target.Which() {
	case rpc.MessageTarget_Which_importedCap:
		e, err := c.ownEntryLocked(target.ImportedCap())
		sc.obj = e.obj
		return err
	case rpc.MessageTarget_Which_promisedAnswer:
		p, err := target.PromisedAnswer()
		if err != nil {
			return err
		}
		if sc.awaited, sc.path, err = c.promised(p); err != nil {
			return err
		}
		if sc.awaited == nil {
			sc.broken = Errorf(ErrFailed, "the call that this one is pipelined on is not known (any more)")
		}
		return nil
	}
	return c.withPeer(ErrProtocol, "unknown kind of call target")
}

// startLocked has the call served: by its thread, or later by the answer that
// it is pipelined on. It returns it if the caller has to run it, without the
// mutex. leading says that the calling goroutine leads.
func (c *Conn) startLocked(sc *ServerCall, leading bool) []*ServerCall {
	if sc.broken == nil && !sc.settleLocked() {
		return nil
	}
	if sc.broken == nil {
		sc.broken = sc.placeLocked()
	}
	if sc.broken != nil || sc.thread == nil {
		return []*ServerCall{sc}
	}
	sc.counted = true
	c.lead.active.Add(1)
	err := sc.thread.post(sc, leading)
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrLimit) {
		c.failLocked(err)
	}
	sc.broken = err
	return []*ServerCall{sc}
}

// settleLocked finds what promises have become; false if one has not, and the
// call waits for it.
func (sc *ServerCall) settleLocked() bool {
	c := sc.conn
	if a := sc.awaited; a != nil {
		if !a.returned {
			a.pending = append(a.pending, sc)
			return false
		}
		e, err := c.borrowed(c.resolve(a, sc.path))
		sc.awaited = nil
		switch {
		case err != nil:
			sc.broken = err
		case e.obj != nil:
			sc.obj = e.obj
		case e.imp != nil:
			// The peer's own object: the call goes back to it.
			sc.obj = newRelay(&Ref{imp: e.imp})
			sc.obj.acquire()
		default:
			sc.broken = Errorf(ErrFailed, "call of a null capability")
		}
	}
	for len(sc.waits) > 0 {
		w := sc.waits[0]
		if !w.ans.returned {
			w.ans.pending = append(w.ans.pending, sc)
			return false
		}
		sc.pcaps.list[w.i], _ = c.borrowed(c.resolve(w.ans, w.path))
		sc.waits = sc.waits[1:]
	}
	return true
}

// placeLocked finds the method and the thread that serves it; no thread if the
// method has no Context.
func (sc *ServerCall) placeLocked() error {
	c := sc.conn
	iface, ordinal := sc.call.InterfaceId(), sc.call.MethodId()
	if sc.obj.relay != nil {
		sc.slot = sc.findContext()
	} else {
		if sc.obj == c.boot && iface == initID && ordinal == construct.Ordinal {
			sc.impl, sc.method = c, constructServer
		} else {
			sc.impl, sc.method = sc.obj.find(iface, ordinal)
		}
		if sc.method == nil {
			return Errorf(ErrUnimplemented, "method %d of interface %#x is not offered", ordinal, iface)
		}
		sc.slot = sc.method.Context
	}
	if sc.slot < 0 {
		return nil
	}
	p, err := sc.params.Ptr(uint16(sc.slot))
	if err != nil {
		return Errorf(ErrProtocol, "%s: %v", sc.name(), err)
	}
	context := p.Struct()
	sc.thread = sc.threadAt(context)
	if sc.thread == nil {
		return Errorf(ErrFailed, "%s: no thread specified, or not one of this process", sc.name())
	}
	sc.ctx.thread = sc.thread
	if e := sc.entryAt(context, 1); e != nil && e.imp != nil {
		sc.ctx.callback = e.imp
	}
	return nil
}

// entryAt returns the parameters' capability that a pointer refers to.
func (sc *ServerCall) entryAt(s capnp.Struct, slot uint16) *capEntry {
	p, err := s.Ptr(slot)
	if err != nil || !p.Interface().IsValid() {
		return nil
	}
	i := uint64(p.Interface().Capability())
	if i >= uint64(len(sc.pcaps.list)) {
		return nil
	}
	return &sc.pcaps.list[i]
}

// threadAt returns the thread that a Context names, nil if it is none of ours.
func (sc *ServerCall) threadAt(context capnp.Struct) *thread {
	e := sc.entryAt(context, 0)
	if e == nil || e.obj == nil {
		return nil
	}
	t, _ := e.obj.impl.(*thread)
	return t
}

// findContext looks for a Context among the parameters of a method whose schema
// is not known here: a struct without data and with two pointers, of which the
// first is to a thread of ours. It returns its slot, -1 if there is none.
func (sc *ServerCall) findContext() int {
	for slot := range sc.params.Size().PointerCount {
		p, err := sc.params.Ptr(slot)
		if err != nil {
			continue
		}
		s := p.Struct()
		if s.IsValid() && s.Size() == (capnp.ObjectSize{PointerCount: 2}) && sc.threadAt(s) != nil {
			return int(slot)
		}
	}
	return -1
}

// endCallbackLocked forgets the thread that waits for the result.
func (sc *ServerCall) endCallbackLocked() {
	if sc.ctx != nil {
		sc.ctx.callback = nil
	}
}
