package ipc

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"capnproto.org/go/capnp/v3"
)

// counted is an object that counts its releases.
func counted(n *atomic.Int32, hs ...handler) *Object {
	return probeWith(func() { n.Add(1) }, 0, hs...)
}

// giver answers with a new object in pointer 1 and keeps what pointer 1 of the
// parameters refers to.
func giver(make func() *Object) handler {
	return func(_ context.Context, sc *ServerCall) error {
		r, err := sc.NewResults()
		if err != nil {
			return err
		}
		return sc.ResultCaps().PutObject(r, 1, make())
	}
}

func takeResult(t *testing.T, ctx context.Context, r *Ref, ordinal uint16) *Ref {
	t.Helper()
	var got *Ref
	err := invoke(ctx, r, ordinal, nil, func(s capnp.Struct, c *Caps) (err error) {
		got, err = c.TakeRef(s, 1)
		return err
	})
	if err != nil || got == nil {
		t.Fatalf("no object: %v", err)
	}
	return got
}

func TestReleaseReachesTheOtherSide(t *testing.T) {
	var released atomic.Int32
	client, server := connect(t, probe(giver(func() *Object { return counted(&released, echoHandler) })))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	o := takeResult(t, ctx, r, 0)
	second := o.AddRef()
	if _, err := callEcho(ctx, o, "x"); err != nil {
		t.Fatal(err)
	}
	o.Release()
	o.Release() // idempotent
	if _, err := callEcho(ctx, o, "x"); err == nil {
		t.Error("a call through a released reference")
	}
	if o.AddRef() != nil {
		t.Error("a released reference was revived")
	}
	if _, err := callEcho(ctx, second, "x"); err != nil {
		t.Error("the second reference ended with the first:", err)
	}
	if released.Load() != 0 {
		t.Fatal("released while referred to")
	}
	second.Release()
	eventually(t, "release", func() bool { return released.Load() == 1 })
	settled(t, server, 3, 2)
}

func TestReleaseInTheOtherDirection(t *testing.T) {
	var released atomic.Int32
	kept := make(chan *Ref, 1)
	client, server := connect(t, probe(func(_ context.Context, sc *ServerCall) error {
		r, err := sc.ParamCaps().TakeRef(sc.Params(), 1)
		kept <- r
		return err
	}, echoHandler))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	put := func(ordinal uint16) error {
		return invoke(ctx, r, ordinal, func(s capnp.Struct, c *Caps) error {
			return c.PutObject(s, 1, counted(&released))
		}, nil)
	}
	// Kept by the callee until it lets go.
	if err := put(0); err != nil {
		t.Fatal(err)
	}
	if released.Load() != 0 {
		t.Fatal("released while the callee keeps it")
	}
	receive(t, "the object", kept).Release()
	eventually(t, "release", func() bool { return released.Load() == 1 })
	// Not looked at by the callee: goes back with the answer.
	if err := put(1); err != nil {
		t.Fatal(err)
	}
	eventually(t, "release of what nobody took", func() bool { return released.Load() == 2 })
	// Never sent: the call fails before.
	call, err := r.Begin(ctx, probeMethod(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := call.ParamCaps().PutObject(call.Params(), 1, counted(&released)); err != nil {
		t.Fatal(err)
	}
	call.Done()
	eventually(t, "release of what was never sent", func() bool { return released.Load() == 3 })
	settled(t, client, 3, 3)
	settled(t, server, 3, 3)
}

func TestReleaseOnDisconnect(t *testing.T) {
	var released atomic.Int32
	client, server := connect(t, probe(giver(func() *Object { return counted(&released) })))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	for range 10 {
		takeResult(t, ctx, r, 0) // deliberately not released
	}
	client.Close()
	server.Close()
	if n := released.Load(); n != 10 {
		t.Errorf("%d of 10 objects released", n)
	}
}

func TestBootstrapObjectIsReleasedWithTheLastConnection(t *testing.T) {
	var released atomic.Int32
	boot := counted(&released, echoHandler)
	_, first := connect(t, boot)
	_, second := connect(t, boot)
	first.Close()
	if released.Load() != 0 {
		t.Fatal("released while another connection offers it")
	}
	second.Close()
	if released.Load() != 1 {
		t.Fatalf("released %d times", released.Load())
	}
	a, b := socketPair(t)
	defer b.Close()
	if _, err := NewConn(a, Options{Bootstrap: boot}); err == nil {
		t.Error("a dead object was offered again")
	}
}

func TestObjectComesHome(t *testing.T) {
	back := func(_ context.Context, sc *ServerCall) error {
		ref, err := sc.ParamCaps().TakeRef(sc.Params(), 1)
		if err != nil {
			return err
		}
		defer ref.Release()
		r, err := sc.NewResults()
		if err != nil {
			return err
		}
		return sc.ResultCaps().PutRef(r, 1, ref)
	}
	client, server := connect(t, probe(back))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	var released atomic.Int32
	object := counted(&released, echoHandler)
	var home *Ref
	err := invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error { return c.PutObject(s, 1, object) },
		func(s capnp.Struct, c *Caps) (err error) {
			home, err = c.TakeRef(s, 1)
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := home.Local(); !ok || o != object {
		t.Fatal("the object did not come home as itself")
	}
	if home.Conn() != nil {
		t.Error("a local object has a connection")
	}
	if got, err := callEcho(ctx, home, "local"); err != nil || got != "local" {
		t.Errorf("local call: %q, %v", got, err)
	}
	home.Release()
	eventually(t, "release", func() bool { return released.Load() == 1 })
	settled(t, client, 3, 3)
	settled(t, server, 3, 3)
}

func TestMerge(t *testing.T) {
	const otherID = 0xabcdefabcdefabcd
	var first, second atomic.Int32
	other := NewObject("other", func() { second.Add(1) }, &InterfaceTable{ID: otherID, Name: "Other", Methods: []*Method{{
		Interface: otherID, Name: "Other.m", Context: 0, Params: probeSize, Results: probeSize,
		Handle: func(_ context.Context, impl any, sc *ServerCall) error {
			r, err := sc.NewResults()
			if err != nil {
				return err
			}
			return r.SetNewText(1, impl.(string))
		},
	}}})
	boot := Merge(counted(&first, echoHandler), nil, other)
	if boot.Impl() != "probe" {
		t.Errorf("Impl is %v", boot.Impl())
	}
	client, server := connect(t, boot)
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	if got, err := callEcho(ctx, r, "x"); err != nil || got != "x" {
		t.Fatal(got, err)
	}
	m := &Method{Interface: otherID, Name: "Other.m", Params: probeSize}
	err := invokeMethod(ctx, r, m, nil, func(s capnp.Struct, _ *Caps) error {
		p, err := s.Ptr(1)
		if p.Text() != "other" {
			t.Errorf("served by %q", p.Text())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	server.Close()
	if first.Load() != 1 || second.Load() != 1 {
		t.Errorf("released %d and %d times", first.Load(), second.Load())
	}
}

func TestNullObjects(t *testing.T) {
	client, _ := connect(t, probe(func(_ context.Context, sc *ServerCall) error {
		ref, err := sc.ParamCaps().TakeRef(sc.Params(), 1)
		if err != nil || ref != nil {
			t.Errorf("%v, %v for a null pointer", ref, err)
		}
		fd, err := sc.ParamCaps().TakeFD(sc.Params(), 2)
		if err != nil || fd.IsValid() {
			t.Errorf("%v, %v for a null descriptor", fd, err)
		}
		return nil
	}))
	r := bootstrapRef(t, client)
	err := invoke(WithThread(context.Background(), "main"), r, 0, func(s capnp.Struct, c *Caps) error {
		return errors.Join(c.PutObject(s, 1, nil), c.PutRef(s, 1, nil), c.PutFD(s, 2, FD{}),
			c.PutSecret(s, 2, Secret{}), c.PutBulk(s, 2, Bulk{}))
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// TestRelay passes an object of one peer on to another, which calls it through
// the process in the middle: results, errors, callbacks and threads.
func TestRelay(t *testing.T) {
	var released atomic.Int32
	far, farServer := connect(t, probe(giver(func() *Object {
		return counted(&released, echoHandler, caller(2), func(context.Context, *ServerCall) error {
			return &Error{Kind: "policy.fee.max", Text: "too much"}
		})
	})))
	user := func(ctx context.Context, sc *ServerCall) error {
		ref, err := sc.ParamCaps().TakeRef(sc.Params(), 1)
		if err != nil {
			return err
		}
		defer ref.Release()
		for range 3 {
			if got, err := callEcho(ctx, ref, "through"); err != nil || got != "through" {
				return Errorf(ErrFailed, "echo %q: %v", got, err)
			}
		}
		calls, self := 0, goroutineID()
		back := probe(func(context.Context, *ServerCall) error {
			calls++
			if id := goroutineID(); id != self {
				t.Errorf("callback on %s, want %s", id, self)
			}
			return nil
		})
		err = invoke(ctx, ref, 1, func(s capnp.Struct, c *Caps) error { return c.PutObject(s, 1, back) }, nil)
		if err != nil || calls != 2 {
			return Errorf(ErrFailed, "%d callbacks: %v", calls, err)
		}
		return invoke(ctx, ref, 2, nil, nil)
	}
	near, nearServer := connect(t, probe(user))
	farRef, nearRef := bootstrapRef(t, far), bootstrapRef(t, near)
	ctx := WithThread(context.Background(), "main")
	object := takeResult(t, ctx, farRef, 0)
	err := invoke(ctx, nearRef, 0, func(s capnp.Struct, c *Caps) error { return c.PutRef(s, 1, object) }, nil)
	if !errors.Is(err, Kind("policy.fee.max")) {
		t.Fatalf("error %v, want the far object's", err)
	}
	if released.Load() != 0 {
		t.Error("released while the middle refers to it")
	}
	object.Release()
	eventually(t, "release", func() bool { return released.Load() == 1 })
	for _, c := range []*Conn{far, farServer, near, nearServer} {
		settled(t, c, 4, 4)
	}
}

// TestRelayWithoutContext relays a method that has no thread.
func TestRelayWithoutContext(t *testing.T) {
	far, _ := connect(t, probe(giver(func() *Object { return probeWith(nil, -1, echoHandler) })))
	farRef := bootstrapRef(t, far)
	ctx := WithThread(context.Background(), "main")
	object := takeResult(t, ctx, farRef, 0)
	defer object.Release()
	plain := probeMethod(0)
	plain.Context = -1
	near, _ := connect(t, probe(func(ctx context.Context, sc *ServerCall) error {
		ref, err := sc.ParamCaps().TakeRef(sc.Params(), 1)
		if err != nil {
			return err
		}
		defer ref.Release()
		return invokeMethod(ctx, ref, plain, func(s capnp.Struct, _ *Caps) error {
			s.SetUint64(0, 77)
			return s.SetNewText(1, "plain")
		}, func(s capnp.Struct, _ *Caps) error {
			if p, err := s.Ptr(1); err != nil || p.Text() != "plain" || s.Uint64(0) != 77 {
				return Errorf(ErrFailed, "wrong echo")
			}
			return nil
		})
	}))
	nearRef := bootstrapRef(t, near)
	err := invoke(ctx, nearRef, 0, func(s capnp.Struct, c *Caps) error { return c.PutRef(s, 1, object) }, nil)
	if err != nil {
		t.Fatal(err)
	}
}
