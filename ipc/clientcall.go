package ipc

import (
	"context"
	"sync/atomic"
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// ClientCall is one call to a Ref. It is used by one goroutine, from Begin to
// Done.
type ClientCall struct {
	conn   *Conn // nil for a call to a local object
	ctx    context.Context
	ref    *Ref
	method *Method

	out    outMessage
	params capnp.Struct
	thread capnp.Struct // the Context parameter
	caps   Caps

	// The reply; set before finished is, read after.
	in      *inMessage
	content capnp.Ptr
	results capnp.Struct
	rcaps   Caps
	finish  *question // Finish is still to be sent for it, by Done
	err     error
	local   *ServerCall

	waiter   waiter
	finished atomic.Bool
	// following says that the call counts as a follower.
	following atomic.Bool
	canceled  atomic.Bool
	onCancel  func() // cancel, made once

	sent  bool
	stale bool
	bound *binding
	hired *handle
	// promise is what the call is sent to instead of ref.
	promise *question
	field   int // of the promise's results; -1 is the result itself
	// forward gets the reply instead of a waiting goroutine.
	forward func(*ClientCall)
	started time.Time
	id      uint32
}

// newCall returns an empty call. The receiver may be nil.
func (c *Conn) newCall() *ClientCall {
	var call *ClientCall
	if c != nil {
		call, _ = c.calls.Get().(*ClientCall)
	}
	if call == nil {
		call = &ClientCall{conn: c, waiter: newWaiter()}
		call.onCancel = call.cancel
	}
	call.caps.conn, call.rcaps.conn = c, c
	return call
}

// prepare lays out the message up to the parameters.
func (call *ClientCall) prepare() error {
	m, out := call.method, &call.out
	if err := call.layOut(); err != nil {
		return err
	}
	// Nobody pipelines on a call that is made through this interface, so the
	// peer may forget it as soon as it has answered.
	out.put32(callFlags, flagNoPipelining)
	var err error
	if call.params, err = out.newContent(m.Params); err != nil || m.Context < 0 {
		return err
	}
	call.thread, err = capnp.NewStruct(call.params.Segment(), capnp.ObjectSize{PointerCount: 2})
	if err != nil {
		return err
	}
	return call.params.SetPtr(uint16(m.Context), call.thread.ToPtr())
}

// layOut lays out the message without parameters.
func (call *ClientCall) layOut() error {
	m, out := call.method, &call.out
	if err := out.lay(callWords, callEnvelope, callPayload); err != nil {
		return err
	}
	out.put32(callMethod, uint32(m.Ordinal))
	out.put64(callInterface, m.Interface)
	return nil
}

// pipelined says that calls may be made on the results before they are there.
func (call *ClientCall) pipelined() { call.out.put32(callFlags, 0) }

// Params returns the parameters to fill.
func (call *ClientCall) Params() capnp.Struct { return call.params }

// ParamCaps is the capability table of the parameters.
func (call *ClientCall) ParamCaps() *Caps { return &call.caps }

// Results returns the results, valid until Done.
func (call *ClientCall) Results() capnp.Struct { return call.results }

// ResultCaps is the capability table of the results.
func (call *ClientCall) ResultCaps() *Caps { return &call.rcaps }

// Send sends the call and waits for its results; while it waits, callbacks to
// the thread of the call's context are served on this goroutine. Its errors are
// *Error; one that is due to the context matches the context's error too, and
// the call then is cancelled at the peer.
func (call *ClientCall) Send() error {
	if call.sent {
		return Errorf(ErrFailed, "%s: sent twice", call.method.Name)
	}
	call.sent = true
	if call.conn == nil {
		return call.sendLocal()
	}
	t, err := call.transmit()
	if err != nil {
		return err
	}
	call.await(t)
	call.leaveThread()
	call.conn.traceReply(call)
	return call.err
}

// transmit sends the call with the identity of its context and returns the
// thread that waits for it, nil if the method needs none.
func (call *ClientCall) transmit() (*thread, error) {
	c := call.conn
	var t *thread
	if call.method.Context >= 0 {
		if err := c.needThreadMap(call.ctx); err != nil {
			return nil, err
		}
		t = call.enlist()
	}
	if err := c.awaitRoom(call.ctx); err != nil {
		call.leaveThread()
		return nil, err
	}
	// Entered first: another goroutine may read a callback before this one
	// comes to wait for the reply.
	if t != nil {
		t.enter(&call.waiter)
	}
	c.mu.Lock()
	err := call.sendLocked(t)
	c.mu.Unlock()
	if err != nil {
		if t != nil {
			t.leave(&call.waiter)
		}
		call.leaveThread()
		return nil, err
	}
	c.traceCall(call)
	return t, nil
}

// sendLocked encodes and sends the call as a new question.
func (call *ClientCall) sendLocked(t *thread) error {
	c := call.conn
	if c.err != nil {
		return c.disconnected(c.err)
	}
	if c.questions.n >= c.limits.CallsInFlight {
		return Errorf(ErrLimit, "%s: %d calls in flight, no more allowed", call.method.Name, c.questions.n)
	}
	if t != nil {
		if err := call.bindLocked(t); err != nil {
			return err
		}
	}
	q := c.questions.add(call)
	q.bytes = call.out.size()
	c.questions.bytes += q.bytes
	var err error
	if c.questions.bytes > c.limits.HeldBytes {
		err = Errorf(ErrLimit, "%s: %d bytes of calls in flight, no more allowed", call.method.Name, c.questions.bytes)
	} else {
		err = call.encodeLocked(q)
	}
	if err == nil {
		err = c.sendLocked(&call.out)
	}
	if err != nil {
		for _, id := range q.paramExports {
			c.releaseExportLocked(id, 1)
		}
		call.caps.dropLocked(c, false)
		c.questions.remove(q)
		return err
	}
	call.caps.dropLocked(c, false)
	call.id = q.id
	c.lead.active.Add(1)
	return nil
}

func (call *ClientCall) encodeLocked(q *question) error {
	c := call.conn
	out := &call.out
	out.put32(callQuestion, q.id)
	switch {
	case call.promise != nil:
		if err := call.putPromisedTarget(); err != nil {
			return err
		}
	case call.ref.released.Load() || c.imports[call.ref.imp.id] != call.ref.imp:
		return Errorf(ErrFailed, "%s: the reference was released", call.method.Name)
	default:
		out.put32(callTarget, call.ref.imp.id)
	}
	return c.encodeCapsLocked(&call.caps, out, &q.paramExports)
}

// putPromisedTarget addresses the call to a result that has not come yet.
func (call *ClientCall) putPromisedTarget() error {
	c, err := call.out.callStruct()
	if err != nil {
		return err
	}
	target, err := c.Target()
	if err != nil {
		return err
	}
	return putPromise(target.NewPromisedAnswer, call.promise.id, call.field)
}

// putPromise writes a promised answer: field of the results of question id.
func putPromise(alloc func() (rpc.PromisedAnswer, error), id uint32, field int) error {
	p, err := alloc()
	if err != nil {
		return err
	}
	p.SetQuestionId(id)
	if field < 0 {
		return nil
	}
	ops, err := p.NewTransform(1)
	if err != nil {
		return err
	}
	ops.At(0).SetGetPointerField(uint16(field))
	return nil
}

// ready reports whether the call's goroutine has something to see to.
func (call *ClientCall) ready() bool { return call.finished.Load() || call.canceled.Load() }

// cancel runs when the call's context has ended.
func (call *ClientCall) cancel() {
	call.canceled.Store(true)
	call.waiter.rouse()
}

// await waits for the reply.
func (call *ClientCall) await(t *thread) {
	c := call.conn
	if call.ctx.Done() != nil {
		stop := context.AfterFunc(call.ctx, call.onCancel)
		defer func() {
			// If cancel may still be on its way, the call is not reused.
			call.stale = !stop()
		}()
	}
	if t != nil {
		defer t.leave(&call.waiter)
	}
	for {
		if t != nil && t.runOne() {
			continue
		}
		if call.finished.Load() {
			return
		}
		if call.canceled.Load() && c.abandon(call) {
			return
		}
		c.follow(call, t)
	}
}

// follow waits once: it leads the connection if nobody does, or until woken.
func (c *Conn) follow(call *ClientCall, t *thread) {
	if !c.ended() && c.lead.try() {
		c.leadFor(&call.waiter, t, call)
		return
	}
	// Counted first and tried again then: a leader that leaves either sees the
	// follower or is seen to have left.
	c.lead.followers.Add(1)
	call.following.Store(true)
	if !c.ended() && c.lead.try() {
		call.unfollow()
		c.leadFor(&call.waiter, t, call)
		return
	}
	<-call.waiter.ch
	call.unfollow()
}

// unfollow is called by the goroutine that follows and by the leader that has
// its reply, whoever is first: the leader wants to know at once whether anybody
// else still needs one.
func (call *ClientCall) unfollow() {
	if call.following.Swap(false) {
		call.conn.lead.followers.Add(-1)
	}
}

// abandon gives a cancelled call up; false if its reply has just arrived.
func (c *Conn) abandon(call *ClientCall) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call.finished.Load() {
		return false
	}
	q := c.questions.get(call.id)
	if q == nil || q.call != call || q.returned {
		return false
	}
	q.call, q.finished = nil, true
	c.lead.active.Add(-1)
	c.sendFinishLocked(q.id, true, false)
	call.err = c.canceled(call.ctx)
	call.finished.Store(true)
	return true
}

// fail ends the call with err. The connection's mutex is held.
func (call *ClientCall) fail(err error) {
	call.err = err
	call.complete(false)
}

// complete hands the reply over. leading says that the calling goroutine leads
// the connection. The connection's mutex is held.
func (call *ClientCall) complete(leading bool) {
	c := call.conn
	c.lead.active.Add(-1)
	if call.forward != nil {
		call.forward(call)
		return
	}
	if call.following.Load() {
		call.unfollow()
	}
	// Once finished is set the waiting goroutine may recycle the call.
	own := leading && c.rx.by == &call.waiter
	ch := call.waiter.ch
	call.finished.Store(true)
	if own {
		return
	}
	if leading {
		c.rx.handed = true
	}
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Done releases the call's messages and whatever was not taken out of them. It
// is called exactly once, whether Send has failed or not.
func (call *ClientCall) Done() {
	c := call.conn
	if call.local != nil {
		call.local.endLocal()
	}
	if c == nil {
		call.caps.dropLocal()
		call.out.free()
		return
	}
	if len(call.caps.list) > 0 || len(call.rcaps.list) > 0 || call.finish != nil {
		c.mu.Lock()
		call.doneLocked(c)
		c.mu.Unlock()
	}
	if call.in != nil {
		call.in.free()
	}
	call.out.free()
	if call.stale {
		return
	}
	call.recycle()
	c.calls.Put(call)
}

// recycle makes the call fit for newCall.
func (call *ClientCall) recycle() {
	call.ctx, call.ref, call.method = nil, nil, nil
	call.params, call.thread = capnp.Struct{}, capnp.Struct{}
	call.in, call.content, call.results = nil, capnp.Ptr{}, capnp.Struct{}
	call.local, call.err = nil, nil
	call.finish, call.sent = nil, false
	call.finished.Store(false)
	call.canceled.Store(false)
	call.bound, call.hired, call.promise, call.field = nil, nil, nil, 0
	call.forward = nil
	select {
	case <-call.waiter.ch:
	default:
	}
}

func (call *ClientCall) doneLocked(c *Conn) {
	call.caps.dropLocked(c, false)
	kept := call.rcaps.kept()
	q := call.finish
	call.finish = nil
	if q != nil && c.err == nil {
		c.sendFinishLocked(q.id, !kept, true)
		c.questions.remove(q)
	}
	call.rcaps.dropLocked(c, q != nil && !kept)
}

// sendFinishLocked tells the peer that question id is done with. give returns
// the references in its results. late lets it ride with the next message.
func (c *Conn) sendFinishLocked(id uint32, give, late bool) {
	c.controlLocked(late, func(m rpc.Message) error {
		f, err := m.NewFinish()
		if err != nil {
			return err
		}
		f.SetQuestionId(id)
		f.SetReleaseResultCaps(give)
		f.SetRequireEarlyCancellationWorkaround(false)
		return nil
	})
}
