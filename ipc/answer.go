package ipc

import (
	"context"
	"errors"

	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// answer is one call of the peer's, from its arrival until neither side will
// use its id again. It is guarded by the connection's mutex.
type answer struct {
	id uint32
	// call is being served, nil once it has returned.
	call *ServerCall
	// returned says that Return has been sent, finished that Finish has come.
	returned, finished bool
	// resultExports has one entry per reference that the results carried.
	resultExports []uint32
	// What calls that are pipelined on this one need: the results and their
	// capabilities, or the error. root says that capability 0 is the result
	// itself.
	out   *outMessage
	rcaps Caps
	root  bool
	err   error
	// pending are calls that wait for the results, in order of arrival.
	pending []*ServerCall
}

// cancelLocked ends the context of a call in progress.
func (sc *ServerCall) cancelLocked() {
	if sc.ctx != nil {
		sc.ctx.cancel()
	}
}

// reply answers the call, with its results if err is nil, and lets go of it.
func (sc *ServerCall) reply(err error) {
	c := sc.conn
	canceled := sc.ctx.Err() != nil
	sc.ctx.cancel()
	if err == nil && !sc.laid {
		_, err = sc.NewResults()
	}
	if err != nil && !canceled {
		c.logHandlerError(sc, err)
	}
	if c.trace != nil {
		c.traceReturn(sc, err)
	}
	// Not on the leader, which must go on reading; what it sends is bounded.
	if sc.counted {
		// It fails only if the connection has ended, which is seen below.
		_ = c.awaitRoom(context.Background())
	}
	c.mu.Lock()
	run := sc.replyLocked(err)
	c.mu.Unlock()
	sc.recycle()
	runAll(run)
}

// runAll serves calls that have become ready and need no thread.
func runAll(calls []*ServerCall) {
	for _, sc := range calls {
		sc.run()
	}
}

// logHandlerError logs what does not travel.
func (c *Conn) logHandlerError(sc *ServerCall, err error) {
	var e *Error
	if !errors.As(err, &e) {
		c.log.Warn("ipc: handler failed", "peer", c.peer, "method", sc.name(), "err", err)
	}
}

// replyLocked sends Return and starts the calls that were pipelined on this
// one. It returns those that the caller has to run without the mutex.
func (sc *ServerCall) replyLocked(err error) (run []*ServerCall) {
	c, a := sc.conn, sc.ans
	if sc.counted {
		c.lead.active.Add(-1)
	}
	sc.endCallbackLocked()
	a.returned, a.call = true, nil
	if c.err != nil {
		sc.dropAllLocked()
		return c.failPendingLocked(a)
	}
	c.heldBytes -= sc.bytes()
	given := !sc.pcaps.kept()
	if a.finished {
		a.err = err
		c.sendCanceledLocked(sc, given)
		c.keepResultsLocked(sc)
	} else if err = sc.sendReturnLocked(err, given); err != nil {
		c.failLocked(c.withPeer(ErrFailed, "return: %v", err))
	}
	sc.pcaps.dropLocked(c, given)
	if sc.obj != nil {
		c.dropLocked(sc.obj)
		sc.obj = nil
	}
	run = c.startPendingLocked(a)
	if a.finished {
		delete(c.answers, a.id)
		c.dropAnswerResultsLocked(a)
	}
	return run
}

// dropAllLocked lets go of everything the call holds.
func (sc *ServerCall) dropAllLocked() {
	c := sc.conn
	sc.pcaps.dropLocked(c, false)
	sc.rcaps.dropLocked(c, false)
	if sc.obj != nil {
		c.dropLocked(sc.obj)
		sc.obj = nil
	}
	if sc.onward != nil {
		c.releaseImportLocked(sc.onward, false)
		sc.onward = nil
	}
}

// sendReturnLocked sends the results, or the error if there is one or the
// results cannot be sent.
func (sc *ServerCall) sendReturnLocked(err error, given bool) error {
	c, a := sc.conn, sc.ans
	if err == nil {
		if err = sc.sendResultsLocked(given); err == nil {
			return nil
		}
		for _, id := range a.resultExports {
			c.releaseExportLocked(id, 1)
		}
		a.resultExports = nil
	}
	sc.rcaps.dropLocked(c, false)
	a.err = err
	if err := sc.newReturn(); err != nil {
		return err
	}
	sc.ret.SetAnswerId(a.id)
	sc.ret.SetReleaseParamCaps(given)
	// Calls pipelined on this one should fail with its error. Where the peer
	// has promised that there are none, the answer is done with.
	if sc.call.NoPromisePipelining() {
		sc.ret.SetNoFinishNeeded(true)
		delete(c.answers, a.id)
	}
	x, e := sc.ret.NewException()
	if e == nil {
		e = putException(x, sc.name(), err)
	}
	if e == nil {
		e = c.sendLocked(sc.out)
	}
	return e
}

func (sc *ServerCall) sendResultsLocked(given bool) error {
	c, a := sc.conn, sc.ans
	done := len(sc.rcaps.list) == 0
	sc.out.put32(returnAnswer, a.id)
	flags := uint32(0)
	if !given {
		flags |= flagKeepParams
	}
	if done {
		flags |= flagNoFinish
	}
	sc.out.put32(returnFlags, flags)
	if err := c.encodeCapsLocked(&sc.rcaps, sc.out, &a.resultExports); err != nil {
		return err
	}
	if err := c.sendLocked(sc.out); err != nil {
		return err
	}
	if done {
		delete(c.answers, a.id)
		return nil
	}
	c.keepResultsLocked(sc)
	return nil
}

// keepResultsLocked moves the results into the answer, for pipelining.
func (c *Conn) keepResultsLocked(sc *ServerCall) {
	a := sc.ans
	if len(sc.rcaps.list) == 0 {
		return
	}
	a.out, sc.out = sc.out, nil
	a.rcaps, sc.rcaps = sc.rcaps, Caps{}
}

// sendCanceledLocked answers a call whose Finish has come before its results.
func (c *Conn) sendCanceledLocked(sc *ServerCall, given bool) {
	c.controlLocked(false, func(m rpc.Message) error {
		r, err := m.NewReturn()
		if err != nil {
			return err
		}
		r.SetAnswerId(sc.ans.id)
		r.SetReleaseParamCaps(given)
		r.SetCanceled()
		return nil
	})
}

// dropAnswerResultsLocked lets go of results kept for pipelining.
func (c *Conn) dropAnswerResultsLocked(a *answer) {
	a.rcaps.dropLocked(c, false)
	if a.out != nil {
		a.out.free()
		a.out = nil
	}
}

// startPendingLocked starts what was pipelined on a, now that it has returned.
func (c *Conn) startPendingLocked(a *answer) (run []*ServerCall) {
	pending := a.pending
	a.pending = nil
	for _, sc := range pending {
		run = append(run, c.startLocked(sc, false)...)
	}
	return run
}

// failPendingLocked returns what was pipelined on a when the connection has
// ended, to be let go of.
func (c *Conn) failPendingLocked(a *answer) []*ServerCall {
	pending := a.pending
	a.pending = nil
	for _, sc := range pending {
		sc.broken = c.err
	}
	return pending
}

// handleFinish: the peer will not use the answer any more.
func (c *Conn) handleFinish(f rpc.Finish) error {
	a := c.answers[f.QuestionId()]
	if a == nil {
		// The answer said that none is needed; peers that do not know that
		// send it all the same.
		return nil
	}
	if a.finished {
		return c.withPeer(ErrProtocol, "question %d finished twice", a.id)
	}
	a.finished = true
	if f.ReleaseResultCaps() {
		for _, id := range a.resultExports {
			c.releaseExportLocked(id, 1)
		}
	}
	a.resultExports = nil
	if !a.returned {
		// Calls that are pipelined on this one still want its results.
		if a.call != nil && len(a.pending) == 0 {
			a.call.cancelLocked()
		}
		return nil
	}
	delete(c.answers, a.id)
	c.dropAnswerResultsLocked(a)
	return nil
}

// resolve finds what path leads to in the results of an answer that has
// returned. The entry is borrowed.
func (c *Conn) resolve(a *answer, path []uint16) (capEntry, error) {
	broken := func(text string) (capEntry, error) {
		return capEntry{}, c.withPeer(ErrFailed, "pipelined call: %s", text)
	}
	if a.err != nil {
		return capEntry{}, a.err
	}
	if a.root {
		if len(path) > 0 || len(a.rcaps.list) == 0 {
			return broken("no such field")
		}
		return a.rcaps.list[0], nil
	}
	if a.out == nil || len(path) == 0 {
		return broken("not a capability")
	}
	payload, err := a.out.payload()
	if err != nil {
		return broken("no results")
	}
	p, err := payload.Content()
	for _, field := range path {
		if err != nil {
			return broken("no such field")
		}
		p, err = p.Struct().Ptr(field)
	}
	i := p.Interface()
	if err != nil || !i.IsValid() || uint64(i.Capability()) >= uint64(len(a.rcaps.list)) {
		return broken("not a capability")
	}
	return a.rcaps.list[i.Capability()], nil
}
