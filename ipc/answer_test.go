package ipc

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// plainProbe is method 0 without a Context, so that a raw peer need not make
// threads.
func plainProbe() *Method {
	m := probeMethod(0)
	m.Context = -1
	return m
}

// askRaw starts a call of ours on a raw peer and returns its id and, later,
// its error. taken runs with the results.
func askRaw(t *testing.T, c *Conn, p *rawPeer, ctx context.Context, r *Ref, taken func(capnp.Struct, *Caps) error) (uint32, chan error) {
	t.Helper()
	result := make(chan error, 1)
	go func() { result <- invokeMethod(ctx, r, plainProbe(), nil, taken) }()
	call, err := p.want(rpc.Message_Which_call).Call()
	if err != nil {
		t.Fatal(err)
	}
	return call.QuestionId(), result
}

// TestHostileAnswers are answers to a call of ours that cost the peer its
// connection.
func TestHostileAnswers(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	fd := int(null.Fd())
	for _, h := range []struct {
		name   string
		kind   Kind
		answer func(p *rawPeer, id uint32)
	}{
		{"a descriptor that nothing carries", ErrProtocol, func(p *rawPeer, id uint32) {
			p.send(returnMessage(id, 5, false), fd)
		}},
		{"a descriptor on an exception", ErrProtocol, func(p *rawPeer, id uint32) {
			p.send(func(m rpc.Message) error {
				r, err := m.NewReturn()
				if err != nil {
					return err
				}
				r.SetAnswerId(id)
				_, err = r.NewException()
				return err
			}, fd)
		}},
		{"the same answer twice", ErrProtocol, func(p *rawPeer, id uint32) {
			p.send(returnMessage(id, 5, false))
			p.send(returnMessage(id, 5, false))
		}},
		{"an object of ours that was never sent", ErrProtocol, func(p *rawPeer, id uint32) {
			p.send(func(m rpc.Message) error {
				if err := returnMessage(id, 5, false)(m); err != nil {
					return err
				}
				r, err := m.Return()
				if err != nil {
					return err
				}
				payload, err := r.Results()
				if err != nil {
					return err
				}
				l, err := payload.CapTable()
				l.At(0).SetReceiverHosted(4711)
				return err
			})
		}},
		{"an unknown kind of capability", ErrProtocol, func(p *rawPeer, id uint32) {
			p.send(func(m rpc.Message) error {
				if err := returnMessage(id, 5, false)(m); err != nil {
					return err
				}
				r, err := m.Return()
				if err != nil {
					return err
				}
				payload, err := r.Results()
				if err != nil {
					return err
				}
				l, err := payload.CapTable()
				capnp.Struct(l.At(0)).SetUint16(0, 99)
				return err
			})
		}},
		{"too many objects", ErrLimit, func(p *rawPeer, id uint32) {
			p.send(func(m rpc.Message) error {
				r, err := m.NewReturn()
				if err != nil {
					return err
				}
				r.SetAnswerId(id)
				payload, err := r.NewResults()
				if err != nil {
					return err
				}
				l, err := payload.NewCapTable(200)
				for i := range l.Len() {
					l.At(i).SetSenderHosted(uint32(i))
				}
				return err
			})
		}},
	} {
		t.Run(h.name, func(t *testing.T) {
			noLeak(t)
			c, p := raw(t, Options{Limits: hostileLimits()})
			r := p.serveBootstrap(c)
			id, result := askRaw(t, c, p, context.Background(), r, func(capnp.Struct, *Caps) error {
				<-c.Done() // the question stays open until then
				return nil
			})
			h.answer(p, id)
			if abort := p.drain(); abort == "" {
				t.Error("no Abort")
			}
			receive(t, "the end", c.Done())
			wantKind(t, c.Err(), h.kind)
			receive(t, "the call", result)
		})
	}
}

// TestOddAnswers are answers that fail a call, or not even that, and leave the
// connection alone.
func TestOddAnswers(t *testing.T) {
	noLeak(t)
	c, p := raw(t, Options{Limits: hostileLimits()})
	r := p.serveBootstrap(c)
	ask := func(taken func(capnp.Struct, *Caps) error, answer func(r rpc.Return) error) error {
		t.Helper()
		id, result := askRaw(t, c, p, context.Background(), r, taken)
		p.send(func(m rpc.Message) error {
			ret, err := m.NewReturn()
			if err != nil {
				return err
			}
			ret.SetAnswerId(id)
			return answer(ret)
		})
		return receive(t, "the call", result)
	}
	err := ask(nil, func(r rpc.Return) error { r.SetTakeFromOtherQuestion(3); return nil })
	wantKind(t, err, ErrUnimplemented)
	if u, err := p.want(rpc.Message_Which_unimplemented).Unimplemented(); err != nil || u.Which() != rpc.Message_Which_return {
		t.Errorf("echo of %v, %v", u.Which(), err)
	}
	err = ask(nil, func(r rpc.Return) error { r.SetCanceled(); return nil })
	wantKind(t, err, ErrFailed)
	err = ask(nil, func(r rpc.Return) error {
		x, err := r.NewException()
		x.SetType(rpc.Exception_Type_disconnected)
		return err
	})
	wantKind(t, err, ErrFailed) // theirs is not our connection's
	err = ask(nil, func(r rpc.Return) error {
		x, err := r.NewException()
		if err != nil {
			return err
		}
		if err := x.SetTrace("kind:Not A Kind\x1b"); err != nil {
			return err
		}
		return x.SetReason(foreignPrefix + "wallet is locked")
	})
	wantKind(t, err, ErrFailed)
	if err.Error() != "stranger: wallet is locked" {
		t.Errorf("text %q", err)
	}
	err = ask(func(s capnp.Struct, c *Caps) error {
		// No results at all read as defaults.
		ref, err := c.TakeRef(s, 0)
		if ref != nil || err != nil {
			t.Errorf("%v, %v", ref, err)
		}
		return nil
	}, func(r rpc.Return) error { _, err := r.NewResults(); return err })
	if err != nil {
		t.Error(err)
	}
	err = ask(func(s capnp.Struct, c *Caps) error {
		_, err := c.TakeRef(s, 0)
		return err
	}, func(r rpc.Return) error {
		payload, err := r.NewResults()
		if err != nil {
			return err
		}
		s, err := capnp.NewStruct(payload.Segment(), probeSize)
		if err != nil {
			return err
		}
		if err := pointTo(s, 0, 4711); err != nil {
			return err
		}
		return payload.SetContent(s.ToPtr())
	})
	wantKind(t, err, ErrProtocol)
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "no question is left", func() bool { return c.Stats().Questions == 0 })
}

// TestAnswerAfterCancel: what arrives for a call that was given up is returned
// by the Finish that has gone out already.
func TestAnswerAfterCancel(t *testing.T) {
	noLeak(t)
	c, p := raw(t, Options{Limits: hostileLimits()})
	r := p.serveBootstrap(c)
	before := c.Stats().Imports
	ctx, cancel := context.WithCancel(context.Background())
	id, result := askRaw(t, c, p, ctx, r, nil)
	cancel()
	if err := receive(t, "the call", result); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	f, err := p.want(rpc.Message_Which_finish).Finish()
	for err == nil && f.QuestionId() != id {
		f, err = p.want(rpc.Message_Which_finish).Finish()
	}
	if err != nil || !f.ReleaseResultCaps() {
		t.Fatalf("finish %v, %v", f, err)
	}
	// The id is not given out again before the answer has come.
	second, result := askRaw(t, c, p, context.Background(), r, nil)
	if second == id {
		t.Error("the id was reused too early")
	}
	p.send(returnMessage(id, 5, false))
	p.send(returnMessage(second, 6, false))
	if err := receive(t, "the second call", result); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is held", func() bool {
		s := c.Stats()
		return s.Questions == 0 && s.Imports == before
	})
}

// TestFinishRides: the Finish for a peer that does not know noFinishNeeded goes
// out with the next message, or by itself soon after.
func TestFinishRides(t *testing.T) {
	c, p := raw(t, Options{Limits: hostileLimits()})
	r := p.serveBootstrap(c)
	for range 20 {
		id, result := askRaw(t, c, p, context.Background(), r, nil)
		p.send(func(m rpc.Message) error {
			ret, err := m.NewReturn()
			if err != nil {
				return err
			}
			ret.SetAnswerId(id)
			_, err = ret.NewResults()
			return err
		})
		if err := receive(t, "the call", result); err != nil {
			t.Fatal(err)
		}
	}
	f, err := p.want(rpc.Message_Which_finish).Finish()
	if err != nil || !f.ReleaseResultCaps() || f.RequireEarlyCancellationWorkaround() {
		t.Errorf("%v, %v", f, err)
	}
	if c.Stats().Questions != 0 {
		t.Error("questions are left")
	}
}

// TestPromiseImports: a promise of the peer's stays in use when it is resolved.
func TestPromiseImports(t *testing.T) {
	c, p := raw(t, Options{Limits: hostileLimits()})
	r := p.serveBootstrap(c)
	var promise *Ref
	id, result := askRaw(t, c, p, context.Background(), r, func(s capnp.Struct, t *Caps) (err error) {
		promise, err = t.TakeRef(s, 0)
		return err
	})
	p.send(func(m rpc.Message) error {
		if err := returnMessage(id, 5, false)(m); err != nil {
			return err
		}
		ret, err := m.Return()
		if err != nil {
			return err
		}
		payload, err := ret.Results()
		if err != nil {
			return err
		}
		l, err := payload.CapTable()
		l.At(0).SetSenderPromise(5)
		return err
	})
	if err := receive(t, "the call", result); err != nil {
		t.Fatal(err)
	}
	p.send(func(m rpc.Message) error {
		res, err := m.NewResolve()
		if err != nil {
			return err
		}
		res.SetPromiseId(5)
		d, err := res.NewCap()
		d.SetSenderHosted(6)
		return err
	})
	rel, err := p.want(rpc.Message_Which_release).Release()
	if err != nil || rel.Id() != 6 || rel.ReferenceCount() != 1 {
		t.Fatalf("release of %d, %v", rel.Id(), err)
	}
	result = make(chan error, 1)
	go func() { result <- invokeMethod(context.Background(), promise, plainProbe(), nil, nil) }()
	call, err := p.want(rpc.Message_Which_call).Call()
	if err != nil {
		t.Fatal(err)
	}
	if target, err := call.Target(); err != nil || target.ImportedCap() != 5 {
		t.Errorf("call on %d, %v", target.ImportedCap(), err)
	}
	p.send(returnMessage(call.QuestionId(), 7, false))
	if err := receive(t, "the call", result); err != nil {
		t.Fatal(err)
	}
	promise.Release()
	for {
		rel, err := p.want(rpc.Message_Which_release).Release()
		if err != nil {
			t.Fatal(err)
		}
		if rel.Id() == 5 {
			break
		}
	}
}

// TestCancelledBootstrap gives up while a silent peer says nothing.
func TestCancelledBootstrap(t *testing.T) {
	c, p := raw(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() {
		_, err := c.Bootstrap(ctx)
		result <- err
	}()
	p.want(rpc.Message_Which_bootstrap)
	cancel()
	if err := receive(t, "bootstrap", result); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// A call that needs a thread asks once more.
	go func() {
		_, err := c.Bootstrap(context.Background())
		result <- err
	}()
	p.want(rpc.Message_Which_bootstrap)
	p.close()
	err := receive(t, "bootstrap", result)
	wantKind(t, err, ErrDisconnected)
	if !strings.HasPrefix(err.Error(), "stranger: ") {
		t.Error(err)
	}
}
