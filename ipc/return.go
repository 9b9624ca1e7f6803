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
