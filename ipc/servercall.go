package ipc

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// ServerCall is one call that a Handle function serves. It is valid until that
// function returns.
type ServerCall struct {
	conn *Conn
	ans  *answer
	in   *inMessage
	// call is the message, params its parameters.
	call   rpc.Call
	params capnp.Struct
	pcaps  Caps

	out *outMessage
	// laid says that out has results, ret is a Return without any.
	laid    bool
	ret     rpc.Return
	results capnp.Struct
	rcaps   Caps

	// The target: ours, or a capability of the peer or of another connection.
	// While it is awaited, that answer and the path into its results.
	obj     *Object
	impl    any
	method  *Method
	onward  *importRef
	awaited *answer
	path    []uint16
	// waits lists parameters that are results of calls that have not returned.
	waits []awaitedParam

	// broken is why the call cannot be served.
	broken error

	ctx    *callCtx
	thread *thread
	// slot is where the parameters hold the Context, -1 for nowhere.
	slot int
	// counted says that the call counts as active.
	counted bool
	started time.Time
}

// awaitedParam is entry i of the parameters' capabilities.
type awaitedParam struct {
	i    int
	ans  *answer
	path []uint16
}

// Params returns the parameters.
func (sc *ServerCall) Params() capnp.Struct { return sc.params }

// ParamCaps is the capability table of the parameters.
func (sc *ServerCall) ParamCaps() *Caps { return &sc.pcaps }

// ResultCaps is the capability table of the results.
func (sc *ServerCall) ResultCaps() *Caps { return &sc.rcaps }

// Conn is the connection that the call came from, nil for a call within the
// process.
func (sc *ServerCall) Conn() *Conn { return sc.conn }

// NewResults allocates the results with the method's size, once per call.
func (sc *ServerCall) NewResults() (capnp.Struct, error) {
	if sc.results.IsValid() {
		return sc.results, nil
	}
	return sc.newResults(sc.method.Results)
}

func (sc *ServerCall) newResults(size capnp.ObjectSize) (capnp.Struct, error) {
	err := sc.layReturn()
	if err == nil {
		sc.results, err = sc.out.newContent(size)
	}
	return sc.results, err
}

// layReturn begins a Return message with results.
func (sc *ServerCall) layReturn() error {
	if sc.out == nil {
		sc.out = &outMessage{}
	}
	sc.laid = true
	return sc.out.lay(returnWords, returnEnvelope, returnPayload)
}

// newReturn begins a Return message without results.
func (sc *ServerCall) newReturn() error {
	if sc.out == nil {
		sc.out = &outMessage{}
	}
	err := sc.out.reset()
	if err == nil {
		sc.ret, err = sc.out.root.NewReturn()
	}
	return err
}

// bytes is what the call counts for in a queue.
func (sc *ServerCall) bytes() int { return len(sc.in.buf) }

// run serves the call on the calling goroutine and answers it.
func (sc *ServerCall) run() {
	switch {
	case sc.broken != nil:
		sc.reply(sc.broken)
	case sc.ctx.Err() != nil:
		sc.reply(context.Canceled)
	case sc.obj.relay != nil && sc.thread == nil:
		sc.relayOn()
	default:
		sc.reply(sc.invoke())
	}
}

// refuse answers the call without having served it.
func (sc *ServerCall) refuse(err error) { sc.reply(err) }

// invoke calls the handler; a panic in it is logged and fails this call only.
func (sc *ServerCall) invoke() (err error) {
	defer func() {
		if r := recover(); r != nil {
			sc.conn.logPanic(sc.name(), r)
			err = Errorf(ErrFailed, "%s: internal error", sc.name())
		}
	}()
	if sc.obj.relay != nil {
		return sc.relay()
	}
	return sc.method.Handle(sc.ctx, sc.impl, sc)
}

func (sc *ServerCall) name() string {
	if sc.method != nil {
		return sc.method.Name
	}
	return fmt.Sprintf("%#x.%d", sc.call.InterfaceId(), sc.call.MethodId())
}

func (c *Conn) logPanic(where string, r any) {
	c.log.Error("ipc: panic", "peer", c.peer, "in", where, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
}

// newServed returns an empty ServerCall.
func (c *Conn) newServed() *ServerCall {
	sc, _ := c.served.Get().(*ServerCall)
	if sc == nil {
		sc = &ServerCall{}
	}
	sc.conn = c
	sc.pcaps.conn, sc.rcaps.conn = c, c
	return sc
}

// recycle gives the call's memory back; nothing may refer to it any more.
func (sc *ServerCall) recycle() {
	c := sc.conn
	if sc.in != nil {
		sc.in.free()
	}
	if sc.out != nil {
		sc.out.free()
	}
	*sc = ServerCall{
		out:   sc.out,
		pcaps: Caps{list: sc.pcaps.list[:0]}, rcaps: Caps{list: sc.rcaps.list[:0]},
		path: sc.path[:0], waits: sc.waits[:0],
	}
	c.served.Put(sc)
}

// sendLocal serves a call to an object of this process, on the caller's
// goroutine.
func (call *ClientCall) sendLocal() error {
	obj := call.ref.obj
	if call.ref.released.Load() || !obj.acquire() {
		return Errorf(ErrFailed, "%s: the object was released", call.method.Name)
	}
	sc := &ServerCall{params: call.params, obj: obj}
	call.local = sc
	if obj.relay != nil {
		return Errorf(ErrUnimplemented, "%s: a relay cannot be called from here", call.method.Name)
	}
	impl, m := obj.find(call.method.Interface, call.method.Ordinal)
	if m == nil {
		return Errorf(ErrUnimplemented, "%s is not offered", call.method.Name)
	}
	sc.method, sc.impl = m, impl
	sc.pcaps.list, call.caps.list = call.caps.list, nil
	if err := m.Handle(call.ctx, impl, sc); err != nil {
		return err
	}
	if !sc.results.IsValid() {
		if _, err := sc.NewResults(); err != nil {
			return Errorf(ErrFailed, "%s: %v", m.Name, err)
		}
	}
	call.results = sc.results
	call.rcaps.list, sc.rcaps.list = sc.rcaps.list, nil
	return nil
}

// endLocal releases what sendLocal kept.
func (sc *ServerCall) endLocal() {
	sc.pcaps.dropLocal()
	sc.rcaps.dropLocal()
	if sc.out != nil {
		sc.out.free()
	}
	if sc.obj.drop() && sc.obj.free != nil {
		sc.obj.free()
	}
}

// dropLocal is dropLocked for a table that belongs to no connection.
func (t *Caps) dropLocal() {
	for i := range t.list {
		e := &t.list[i]
		if e.fd != nil {
			e.fd.close()
		}
		if e.obj != nil && e.obj.drop() && e.obj.free != nil {
			e.obj.free()
		}
	}
	t.list = nil
}
