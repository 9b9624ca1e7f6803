package ipc

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// TestToleratedMessages are odd but legal: the connection lives.
func TestToleratedMessages(t *testing.T) {
	c, p := rawHostile(t)
	boot, thread := p.hello()
	// Finish for a question that needed none, or that never was.
	p.send(finishMessage(4711, true))
	// Level 3 and 4 messages are echoed.
	p.send(func(m rpc.Message) error { _, err := m.NewProvide(); return err })
	if u, err := p.want(rpc.Message_Which_unimplemented).Unimplemented(); err != nil || u.Which() != rpc.Message_Which_provide {
		t.Errorf("%v, %v", u.Which(), err)
	}
	// A call that wants its results elsewhere is too.
	p.send(func(m rpc.Message) error {
		if err := probeCall(20, boot, thread, 0).build(m); err != nil {
			return err
		}
		call, err := m.Call()
		call.SendResultsTo().SetYourself()
		return err
	})
	u, err := p.want(rpc.Message_Which_unimplemented).Unimplemented()
	if err != nil || u.Which() != rpc.Message_Which_call {
		t.Fatalf("%v, %v", u.Which(), err)
	}
	if call, err := u.Call(); err != nil || call.QuestionId() != 20 {
		t.Errorf("echo of call %d, %v", call.QuestionId(), err)
	}
	// An echo is not echoed, a peer without references does not know Release.
	p.send(func(m rpc.Message) error {
		u, err := m.NewUnimplemented()
		if err == nil {
			_, err = u.NewRelease()
		}
		return err
	})
	// A promise, what it becomes, and another resolution of it.
	for i := range uint32(3) {
		p.send(func(m rpc.Message) error {
			r, err := m.NewResolve()
			if err != nil {
				return err
			}
			r.SetPromiseId(77)
			d, err := r.NewCap()
			d.SetSenderHosted(200 + i)
			return err
		})
		r, err := p.want(rpc.Message_Which_release).Release()
		if err != nil || r.Id() != 200+i || r.ReferenceCount() != 1 {
			t.Errorf("release of %d, %d times, %v", r.Id(), r.ReferenceCount(), err)
		}
	}
	// Pipelined on a question that does not exist, or on something that is no
	// capability.
	p.send(rawCall{id: 21, promised: true, target: 4711, iface: probeID}.build)
	if r := p.answered(21); r.Which() != rpc.Return_Which_exception {
		t.Errorf("answer %v", r.Which())
	}
	p.send(finishMessage(21, true))
	p.send(probeCall(22, boot, thread, 0).build)
	if r := p.answered(22); r.Which() != rpc.Return_Which_results {
		t.Errorf("answer %v", r.Which())
	}
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestPipelining calls on results that have not come yet, through a method that
// answers late, and on a promise that turns out to be the caller's own object:
// then the call comes back, and the disembargo after it.
func TestPipelining(t *testing.T) {
	gate := make(chan struct{})
	var mu sync.Mutex
	var order []string
	note := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, s)
	}
	_, p := raw(t, Options{Bootstrap: probe(
		func(ctx context.Context, sc *ServerCall) error { // answers late with an object
			<-gate
			note("late")
			return giver(func() *Object {
				return probe(func(ctx context.Context, sc *ServerCall) error {
					note(fmt.Sprint("pipelined ", sc.Params().Uint64(0)))
					return nil
				})
			})(ctx, sc)
		},
		func(_ context.Context, sc *ServerCall) error { // answers with what it got
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
		},
	)})
	boot, thread := p.hello()
	p.send(probeCall(10, boot, thread, 0).build)
	for i := range uint32(5) {
		call := probeCall(11+i, 10, thread, 0)
		call.promised, call.path = true, []uint16{1}
		call.content = func(s capnp.Struct) error {
			s.SetUint64(0, uint64(i))
			return putContext(s, 0)
		}
		p.send(call.build)
	}
	p.send(finishMessage(10, true)) // pipelined calls still get the result
	close(gate)
	for i := range uint32(5) {
		if r := p.answered(11 + i); r.Which() != rpc.Return_Which_results {
			x, _ := r.Exception()
			reason, _ := x.Reason()
			t.Fatalf("pipelined call %d: %v %s", i, r.Which(), reason)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if want := "[late pipelined 0 pipelined 1 pipelined 2 pipelined 3 pipelined 4]"; fmt.Sprint(order) != want {
		t.Errorf("order %v", order)
	}

	// Our own object as the target of a pipelined call.
	const mine = 300
	call := probeCall(20, boot, thread, 1)
	call.ncaps = 2
	call.content = func(s capnp.Struct) error {
		if err := pointTo(s, 1, 1); err != nil {
			return err
		}
		return putContext(s, 0)
	}
	call.caps = func(l rpc.CapDescriptor_List) error {
		l.At(0).SetReceiverHosted(thread)
		l.At(1).SetSenderPromise(mine)
		return nil
	}
	p.send(call.build)
	p.send(rawCall{id: 21, promised: true, target: 20, path: []uint16{1}, iface: 0x1234, method: 5, content: func(s capnp.Struct) error {
		return s.SetNewText(1, "echoed")
	}}.build)
	p.answered(20)
	p.send(func(m rpc.Message) error {
		d, err := m.NewDisembargo()
		if err != nil {
			return err
		}
		target, err := d.NewTarget()
		if err != nil {
			return err
		}
		d.Context().SetSenderLoopback(99)
		return setPromise(target.NewPromisedAnswer, 20, []uint16{1})
	})
	back, err := p.want(rpc.Message_Which_call).Call()
	if err != nil {
		t.Fatal(err)
	}
	target, _ := back.Target()
	params, _ := back.Params()
	content, _ := params.Content()
	text, _ := content.Struct().Ptr(1)
	if back.InterfaceId() != 0x1234 || back.MethodId() != 5 || target.ImportedCap() != mine || text.Text() != "echoed" {
		t.Errorf("call of %#x.%d on %d with %q", back.InterfaceId(), back.MethodId(), target.ImportedCap(), text.Text())
	}
	d, err := p.want(rpc.Message_Which_disembargo).Disembargo()
	if err != nil || d.Context().Which() != rpc.Disembargo_context_Which_receiverLoopback || d.Context().ReceiverLoopback() != 99 {
		t.Errorf("disembargo %v, %v", d.Context(), err)
	}
	p.send(func(m rpc.Message) error {
		r, err := m.NewReturn()
		if err != nil {
			return err
		}
		r.SetAnswerId(back.QuestionId())
		x, err := r.NewException()
		if err != nil {
			return err
		}
		return x.SetReason("std::exception: no")
	})
	x, err := p.answered(21).Exception()
	if err != nil {
		t.Fatal(err)
	}
	if reason, _ := x.Reason(); !strings.HasSuffix(reason, "no") {
		t.Errorf("reason %q", reason)
	}
}
