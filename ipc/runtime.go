package ipc

import (
	"context"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// Schema ids of libmultiprocess (include/mp/proxy.capnp) and of Dash Core's
// Init (src/ipc/capnp/init.capnp).
const (
	initID      = 0x8838c700ba5cba65
	threadMapID = 0xee5e37179ad9dc9d
	threadID    = 0x81c1e2600d0b56c5
)

// onePointer is the size of every struct of the runtime's own methods.
var onePointer = capnp.ObjectSize{PointerCount: 1}

// The methods of the runtime, as a client calls them.
var (
	construct  = &Method{Interface: initID, Name: "Init.construct", Context: -1, Params: onePointer, Results: onePointer, ParamFields: threadMapField, ResultFields: threadMapField}
	makeThread = &Method{Interface: threadMapID, Name: "ThreadMap.makeThread", Context: -1, Params: onePointer, Results: onePointer, ParamFields: nameField, ResultFields: threadField}

	threadMapField = []Field{{Name: "threadMap", Kind: KindObject}}
	nameField      = []Field{{Name: "name", Kind: KindText}}
	threadField    = []Field{{Name: "result", Kind: KindObject}}
	resultField    = []Field{{Name: "result", Kind: KindText}}
)

// And as they are served. All of them run on the goroutine that leads.
var (
	constructServer = &Method{
		Interface: initID, Name: construct.Name, Context: -1,
		Params: onePointer, Results: onePointer,
		ParamFields: threadMapField, ResultFields: threadMapField, Handle: serveConstruct,
	}
	threadMapTable = &InterfaceTable{ID: threadMapID, Name: "ThreadMap", Methods: []*Method{{
		Interface: threadMapID, Name: makeThread.Name, Context: -1,
		Params: onePointer, Results: onePointer,
		ParamFields: nameField, ResultFields: threadField, Handle: serveMakeThread,
	}}}
	threadTable = &InterfaceTable{ID: threadID, Name: "Thread", Methods: []*Method{{
		Interface: threadID, Name: "Thread.getName", Context: -1,
		Results: onePointer, ResultFields: resultField, Handle: serveGetName,
	}}}
)

// serveConstruct exchanges thread maps.
func serveConstruct(_ context.Context, impl any, sc *ServerCall) error {
	c := impl.(*Conn)
	r, err := sc.ParamCaps().TakeRef(sc.Params(), 0)
	if err != nil {
		return err
	}
	if r != nil && !c.adoptThreadMap(r) {
		r.Release()
	}
	results, err := sc.NewResults()
	if err != nil {
		return err
	}
	return sc.ResultCaps().PutObject(results, 0, c.mapObj)
}

// adoptThreadMap keeps the peer's thread map if there is none yet, and if it is
// the peer's.
func (c *Conn) adoptThreadMap(r *Ref) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.threadMap != nil || r.imp == nil || r.imp.conn != c || c.err != nil {
		return false
	}
	c.threadMap = r.imp
	return true
}

// serveMakeThread starts a server thread.
func serveMakeThread(_ context.Context, _ any, sc *ServerCall) error {
	c := sc.Conn()
	p, err := sc.Params().Ptr(0)
	if err != nil {
		return err
	}
	results, err := sc.NewResults()
	if err != nil {
		return err
	}
	// libmultiprocess names its threads in the same way.
	t := newThread(c.name+" (from "+p.Text()+")", c)
	c.mu.Lock()
	switch {
	case c.err != nil:
		err = c.disconnected(c.err)
	case len(c.threads) >= c.limits.Threads || c.serving >= 2*c.limits.Threads:
		err = c.withPeer(ErrLimit, "%d threads, no more allowed", len(c.threads))
		c.failLocked(err)
	default:
		c.threads[t] = struct{}{}
		c.serving++
		c.wg.Add(1)
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	t.enter(&t.own)
	go t.serve()
	return sc.ResultCaps().PutObject(results, 0, t.obj)
}

func serveGetName(_ context.Context, impl any, sc *ServerCall) error {
	results, err := sc.NewResults()
	if err != nil {
		return err
	}
	return results.SetNewText(0, impl.(*thread).name)
}

// needThreadMap makes sure that the peer's thread map is there.
func (c *Conn) needThreadMap(ctx context.Context) error {
	c.mu.Lock()
	have, failed := c.threadMap != nil || c.err != nil, c.noThreads
	c.mu.Unlock()
	if have {
		return nil
	}
	if failed != nil {
		return failed
	}
	r, err := c.bootstrap(ctx)
	if err != nil {
		return err
	}
	r.Release()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.threadMap == nil && c.noThreads != nil {
		return c.noThreads
	}
	return nil
}

// bootstrap asks for the peer's bootstrap object and, if there is no thread map
// yet, in the same breath calls construct on it.
func (c *Conn) bootstrap(ctx context.Context) (*Ref, error) {
	if ctx.Err() != nil {
		return nil, c.canceled(ctx)
	}
	ask, exchange, err := c.sendBootstrap(ctx)
	if err != nil {
		return nil, err
	}
	if exchange != nil {
		exchange.await(nil)
		c.traceReply(exchange)
		c.constructed(exchange)
		exchange.Done()
	}
	defer ask.Done()
	ask.await(nil)
	c.traceReply(ask)
	if ask.err != nil {
		return nil, ask.err
	}
	i := ask.content.Interface()
	if !i.IsValid() || uint64(i.Capability()) >= uint64(len(ask.rcaps.list)) {
		return nil, c.withPeer(ErrUnimplemented, "the peer offers nothing")
	}
	return ask.rcaps.takeEntry(&ask.rcaps.list[i.Capability()])
}

// bootstrapMethod stands for the Bootstrap message in errors and traces.
var bootstrapMethod = &Method{Name: "Bootstrap", Context: -1}

// sendBootstrap sends both questions; exchange is nil if it is not needed.
func (c *Conn) sendBootstrap(ctx context.Context) (ask, exchange *ClientCall, err error) {
	ask = c.newCall()
	ask.ctx, ask.method = ctx, bootstrapMethod
	if err := ask.out.reset(); err != nil {
		ask.Done()
		return nil, nil, Errorf(ErrFailed, "bootstrap: %v", err)
	}
	c.mu.Lock()
	err = c.askLocked(ask)
	if err == nil && c.threadMap == nil && c.noThreads == nil {
		exchange, err = c.exchangeLocked(ctx, ask)
	}
	c.mu.Unlock()
	if err != nil {
		ask.Done()
		return nil, nil, err
	}
	c.traceCall(ask)
	if exchange != nil {
		c.traceCall(exchange)
	}
	return ask, exchange, nil
}

// askLocked sends Bootstrap.
func (c *Conn) askLocked(ask *ClientCall) error {
	if c.err != nil {
		return c.disconnected(c.err)
	}
	if c.questions.n+1 >= c.limits.CallsInFlight {
		return Errorf(ErrLimit, "bootstrap: %d calls in flight, no more allowed", c.questions.n)
	}
	var b rpc.Bootstrap
	b, err := ask.out.root.NewBootstrap()
	if err != nil {
		return err
	}
	q := c.questions.add(ask)
	b.SetQuestionId(q.id)
	if err := c.sendLocked(&ask.out); err != nil {
		c.questions.remove(q)
		return err
	}
	ask.id = q.id
	c.lead.active.Add(1)
	return nil
}

// exchangeLocked calls construct on the answer to ask.
func (c *Conn) exchangeLocked(ctx context.Context, ask *ClientCall) (*ClientCall, error) {
	call := c.newCall()
	call.ctx, call.method = ctx, construct
	call.promise, call.field = c.questions.slots[ask.id], -1
	err := call.prepare()
	if err == nil {
		call.pipelined()
		err = call.caps.PutObject(call.params, 0, c.mapObj)
	}
	if err == nil {
		err = call.sendLocked(nil)
	}
	return call, err
}

// constructed notes what construct has brought.
func (c *Conn) constructed(call *ClientCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call.err != nil {
		if c.threadMap == nil && c.err == nil && call.ctx.Err() == nil {
			c.noThreads = c.withPeer(ErrUnimplemented, "no thread specified: the peer exchanges no thread maps")
		}
		return
	}
	if c.threadMap != nil || c.err != nil {
		return
	}
	if c.threadMap = call.takeImport(0); c.threadMap == nil {
		c.noThreads = c.withPeer(ErrUnimplemented, "no thread specified: the peer has no thread map")
	}
}
