package ipc

import (
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"

	"dashmp/ipc/internal/frame"
)

// A relay passes calls on to an object that lives elsewhere: at the peer of
// another connection, or at the very peer that calls (a pipelined call whose
// target turns out to be the caller's own). It knows no schema: parameters and
// results are copied as they are, and their capabilities are translated.

// newRelay returns an Object that passes calls on to r, which it owns.
func newRelay(r *Ref) *Object {
	o := NewObject(nil, r.Release)
	o.relay = r
	return o
}

// relay passes the call on and waits, on the thread that the call names.
func (sc *ServerCall) relay() error {
	call, err := sc.relayCall()
	if err == nil {
		err = call.Send()
	}
	if err == nil {
		err = sc.relayResults(call)
	}
	if call != nil {
		call.Done()
	}
	return err
}

// relayOn passes a call without a thread on. It is sent before relayOn returns,
// so that calls stay in order; the reply is awaited elsewhere.
func (sc *ServerCall) relayOn() {
	call, err := sc.relayCall()
	if err == nil {
		call.sent = true
		c := call.conn
		c.mu.Lock()
		err = call.sendLocked(nil)
		c.mu.Unlock()
	}
	if err != nil {
		if call != nil {
			call.Done()
		}
		sc.reply(err)
		return
	}
	c := sc.conn
	c.mu.Lock()
	sc.counted = true
	c.lead.active.Add(1)
	c.mu.Unlock()
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		defer call.Done()
		call.await(nil)
		err := call.err
		if err == nil {
			err = sc.relayResults(call)
		}
		sc.reply(err)
	}()
}

// relayCall makes the call that passes this one on. It may return a call to be
// done with also when it fails.
func (sc *ServerCall) relayCall() (*ClientCall, error) {
	r := sc.obj.relay
	call := r.imp.conn.newCall()
	call.ctx, call.ref = sc.ctx, r
	call.method = &Method{
		Interface: sc.call.InterfaceId(), Ordinal: sc.call.MethodId(),
		Name: sc.name(), Context: sc.slot,
	}
	if err := call.layOut(); err != nil {
		return call, Errorf(ErrFailed, "relay: %v", err)
	}
	payload, err := call.out.payload()
	if err == nil {
		err = payload.SetContent(sc.params.ToPtr())
	}
	if err == nil {
		err = translate(&call.caps, &call.out, &sc.pcaps, sc.in.segs)
	}
	if err != nil {
		return call, Errorf(ErrFailed, "relay: %v", err)
	}
	if sc.slot < 0 {
		return call, nil
	}
	content, err := payload.Content()
	if err != nil {
		return call, Errorf(ErrFailed, "relay: %v", err)
	}
	call.params = content.Struct()
	call.thread, err = capnp.NewStruct(call.params.Segment(), capnp.ObjectSize{PointerCount: 2})
	if err == nil {
		err = call.params.SetPtr(uint16(sc.slot), call.thread.ToPtr())
	}
	if err != nil {
		return call, Errorf(ErrFailed, "relay: %v", err)
	}
	call.started = time.Time{}
	return call, nil
}

// relayResults copies the reply.
func (sc *ServerCall) relayResults(call *ClientCall) error {
	err := sc.layReturn()
	var payload rpc.Payload
	if err == nil {
		payload, err = sc.out.payload()
	}
	if err == nil {
		err = payload.SetContent(call.content)
	}
	if err == nil {
		err = translate(&sc.rcaps, sc.out, &call.rcaps, call.in.segs)
	}
	if err != nil {
		return Errorf(ErrFailed, "relay: %v", err)
	}
	return nil
}

// translate fills the capability table to of the message out, whose content has
// been copied from a received message: copying numbers the capability pointers
// anew, but keeps their order.
func translate(to *Caps, out *outMessage, from *Caps, fromSegs [][]byte) error {
	old, err := pointers(fromSegs)
	if err != nil {
		return err
	}
	var segs [][]byte
	for i := range int(out.msg.NumSegments()) {
		seg, err := out.msg.Segment(capnp.SegmentID(i))
		if err != nil {
			return err
		}
		segs = append(segs, seg.Data())
	}
	fresh, err := pointers(segs)
	if err != nil {
		return err
	}
	if len(fresh) != len(old) {
		return Errorf(ErrFailed, "capabilities outside the parameters")
	}
	to.list = append(to.list[:0], make([]capEntry, len(fresh))...)
	for i, id := range fresh {
		if uint64(id) >= uint64(len(fresh)) {
			return Errorf(ErrFailed, "capability %d of %d", id, len(fresh))
		}
		if uint64(old[i]) < uint64(len(from.list)) {
			to.list[id] = from.passOn(&from.list[old[i]], to.conn)
		}
	}
	return nil
}

// pointers lists the capability pointers of a message, in order.
func pointers(segs [][]byte) ([]uint32, error) {
	var ids []uint32
	err := frame.Capabilities(segs, 1<<10, 1<<31-1, func(id uint32) { ids = append(ids, id) })
	return ids, err
}

// passOn makes an entry for another payload, which may be another connection's.
// A descriptor moves.
func (t *Caps) passOn(e *capEntry, to *Conn) capEntry {
	if e.fd != nil {
		fd := e.fd.take()
		if t.received {
			t.conn.letGo(e.fd)
		}
		e.fd = nil
		token := NewObject(nil, nil)
		token.acquire()
		return capEntry{obj: token, fd: own(fd)}
	}
	switch {
	case e.obj != nil && e.obj.acquire():
		return capEntry{obj: e.obj}
	case e.imp != nil:
		c := e.imp.conn
		c.mu.Lock()
		e.imp.local++
		c.mu.Unlock()
		if c == to {
			return capEntry{imp: e.imp}
		}
		o := newRelay(&Ref{imp: e.imp})
		o.acquire()
		return capEntry{obj: o}
	}
	return capEntry{}
}
