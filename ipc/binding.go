package ipc

import (
	"context"
	"sync/atomic"
)

// binding ties a thread of ours to the server thread that the peer keeps for
// it.
type binding struct {
	// made is the question that asks for the peer's thread, until it is
	// answered; then remote is the thread.
	made   *question
	remote *importRef
	// active counts calls in progress, used is when the last one began.
	active atomic.Int32
	used   uint64
	// dropped says that the binding was given up before the answer came.
	dropped bool
}

// enlist finds the thread that the call is made by: the one in its context, or
// one of the connection's own for as long as the call lasts.
func (call *ClientCall) enlist() *thread {
	switch id := call.ctx.Value(threadKey{}).(type) {
	case *handle:
		return id.t
	case *callCtx:
		return id.thread
	}
	c := call.conn
	c.mu.Lock()
	if last := len(c.idle) - 1; last >= 0 {
		call.hired = c.idle[last]
		c.idle = c.idle[:last]
	}
	c.mu.Unlock()
	if call.hired == nil {
		call.hired = newHandle(c.name)
	}
	return call.hired.t
}

// leaveThread ends what enlist and bindLocked began.
func (call *ClientCall) leaveThread() {
	if call.bound != nil {
		call.bound.active.Add(-1)
		call.bound = nil
	}
	if call.hired != nil {
		c := call.conn
		c.mu.Lock()
		if c.err == nil {
			c.idle = append(c.idle, call.hired)
		}
		c.mu.Unlock()
		call.hired = nil
	}
}

// bindLocked fills the Context parameter: the peer's thread that is to run the
// call, and ours that waits for it. Inside a handler that serves this very peer
// the thread is the one that waits there.
func (call *ClientCall) bindLocked(t *thread) error {
	c := call.conn
	var thread capEntry
	if x, ok := call.ctx.Value(threadKey{}).(*callCtx); ok && x.conn == c && x.callback != nil {
		x.callback.local++
		thread.imp = x.callback
	} else {
		b, err := c.bindThreadLocked(t)
		if err != nil {
			return err
		}
		b.active.Add(1)
		call.bound = b
		if b.remote != nil {
			b.remote.local++
			thread.imp = b.remote
		} else {
			thread.asked = b.made
		}
	}
	if err := call.caps.put(call.thread, 0, thread); err != nil {
		return err
	}
	if !t.obj.acquire() {
		return Errorf(ErrFailed, "thread %q has ended", t.name)
	}
	return call.caps.put(call.thread, 1, capEntry{obj: t.obj})
}

// bindThreadLocked returns t's binding. A new one asks the peer for a thread;
// the call that needs it can name the answer before it has come.
func (c *Conn) bindThreadLocked(t *thread) (*binding, error) {
	c.clock++
	if b := c.bindings[t]; b != nil {
		b.used = c.clock
		return b, nil
	}
	if len(c.bindings) >= c.limits.Threads && !c.evictLocked() {
		return nil, Errorf(ErrLimit, "%d threads have calls in progress, no more allowed", len(c.bindings))
	}
	if c.threadMap == nil {
		return nil, c.disconnected(c.err)
	}
	b := &binding{used: c.clock}
	made := c.newCall()
	made.ctx, made.method = context.Background(), makeThread
	made.ref = &Ref{imp: c.threadMap}
	made.forward = func(*ClientCall) { c.threadMadeLocked(t, b, made) }
	err := made.prepare()
	if err == nil {
		made.pipelined()
		err = made.params.SetNewText(0, t.name)
	}
	if err == nil {
		err = made.sendLocked(nil)
	}
	if err != nil {
		made.out.free()
		return nil, Errorf(ErrFailed, "makeThread: %v", err)
	}
	b.made = c.questions.slots[made.id]
	c.bindings[t] = b
	t.mu.Lock()
	if t.conns == nil {
		t.conns = make(map[*Conn]struct{})
	}
	t.conns[c] = struct{}{}
	t.mu.Unlock()
	// The peer is sent the waiting thread with every call and gives it back
	// with every answer; the id stays.
	if id, err := c.exportLocked(t.obj); err == nil {
		c.pinLocked(id)
		c.releaseExportLocked(id, 1)
	}
	return b, nil
}

// threadMadeLocked is the answer to makeThread.
func (c *Conn) threadMadeLocked(t *thread, b *binding, made *ClientCall) {
	b.made = nil
	if made.err == nil && !b.dropped {
		b.remote = made.takeImport(0)
	}
	if b.remote == nil && !b.dropped {
		c.unbindLocked(t)
	}
	made.doneLocked(c)
	if made.in != nil {
		made.in.free()
	}
	made.out.free()
}

// takeImport takes the peer's object in a pointer slot of the results, nil if
// there is none. The connection's mutex is held.
func (call *ClientCall) takeImport(slot uint16) *importRef {
	p, err := call.results.Ptr(slot)
	if err != nil || !p.Interface().IsValid() {
		return nil
	}
	i := int(p.Interface().Capability())
	if i >= len(call.rcaps.list) || call.rcaps.list[i].imp == nil {
		return nil
	}
	call.rcaps.list[i].taken = true
	return call.rcaps.list[i].imp
}

// evictLocked gives up the counterpart of the thread that has been idle for
// longest; false if none is idle.
func (c *Conn) evictLocked() bool {
	var oldest *thread
	for t, b := range c.bindings {
		if b.active.Load() == 0 && b.made == nil && (oldest == nil || b.used < c.bindings[oldest].used) {
			oldest = t
		}
	}
	if oldest == nil {
		return false
	}
	c.unbindLocked(oldest)
	return true
}

// unbindLocked gives up the counterpart of t at the peer.
func (c *Conn) unbindLocked(t *thread) {
	b := c.bindings[t]
	if b == nil {
		return
	}
	delete(c.bindings, t)
	b.dropped = true
	if b.remote != nil {
		c.releaseImportLocked(b.remote, false)
		b.remote = nil
	}
	c.unpinLocked(t.obj)
}
