package ipc

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// TestRawPeerIsServed is the control of every test in this file: the raw peer
// can be a decent one, also one that sends Finish where none is needed.
func TestRawPeerIsServed(t *testing.T) {
	c, p := raw(t, Options{Bootstrap: probe(echoHandler)})
	boot, thread := p.hello()
	for i := uint32(0); i < 50; i++ {
		p.send(probeCall(7, boot, thread, 0).build)
		r := p.answered(7)
		if r.Which() != rpc.Return_Which_results || !r.NoFinishNeeded() {
			t.Fatalf("answer %v, no finish needed %v", r.Which(), r.NoFinishNeeded())
		}
		p.send(finishMessage(7, true))
	}
	p.send(releaseMessage(thread, 1))
	eventually(t, "the thread has ended", func() bool { return c.Stats().Threads == 0 })
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
}

// hostile are messages that cost a peer its connection, after it has been
// decent.
var hostile = []struct {
	name string
	kind Kind
	send func(p *rawPeer, boot, thread uint32)
}{
	{"bytes that are no message", ErrLimit, func(p *rawPeer, _, _ uint32) {
		p.write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	}},
	{"segment count bomb", ErrLimit, func(p *rawPeer, _, _ uint32) { p.write(words(0xffffffff)) }},
	{"size bomb", ErrLimit, func(p *rawPeer, _, _ uint32) { p.write(words(0xffffffff << 32)) }},
	{"many large segments", ErrLimit, func(p *rawPeer, _, _ uint32) {
		b := words(511 | 0xffffffff<<32)
		for range 256 {
			b = append(b, words(1<<64-1)...)
		}
		p.write(b)
	}},
	{"empty message", ErrProtocol, func(p *rawPeer, _, _ uint32) { p.write(words(0)) }},
	{"null root", ErrProtocol, func(p *rawPeer, _, _ uint32) { p.write(framed(words(0))) }},
	{"root out of bounds", ErrProtocol, func(p *rawPeer, _, _ uint32) { p.write(framed(words(0x0001000100000100))) }},
	{"root before the segment", ErrProtocol, func(p *rawPeer, _, _ uint32) { p.write(framed(words(0x00010001fffffff0))) }},
	{"root that is a list", ErrProtocol, func(p *rawPeer, _, _ uint32) { p.write(framed(words(0x0000000200000001, 0))) }},
	{"far pointer to nowhere", ErrProtocol, func(p *rawPeer, _, _ uint32) { p.write(framed(words(0x0000000900000002))) }},
	{"far pointer to itself", ErrProtocol, func(p *rawPeer, _, _ uint32) { p.write(framed(words(0x0000000000000002))) }},
	{"nesting bomb", ErrLimit, func(p *rawPeer, _, _ uint32) {
		ws := make([]uint64, 4000)
		for i := range ws {
			ws[i] = 0x0001000000000000 // a struct of one pointer, right behind
		}
		p.write(framed(words(append(ws, 0)...)))
	}},
	{"pointer to itself", ErrLimit, func(p *rawPeer, _, _ uint32) { p.write(framed(words(0x00010000fffffffc))) }},
	{"list of nothing, four billion times", ErrLimit, func(p *rawPeer, _, _ uint32) {
		p.write(framed(words(0x0001000000000000, 0xfffffff800000001)))
	}},
	{"list of empty structs", ErrLimit, func(p *rawPeer, _, _ uint32) {
		p.write(framed(words(0x0001000000000000, 0x0000000700000001, 0x00000000fffffffc)))
	}},
	{"amplification", ErrLimit, func(p *rawPeer, _, _ uint32) {
		// 50 levels, each a struct whose two pointers lead to the next.
		var ws []uint64
		ws = append(ws, 0x0002000000000000)
		for i := range 50 {
			far := uint64(1) << 2
			_ = far
			_ = i
			ws = append(ws, 0x0002000000000004, 0x0002000000000000)
		}
		p.write(framed(words(append(ws, 0, 0)...)))
	}},
	{"call of an object that was never sent", ErrProtocol, func(p *rawPeer, _, thread uint32) {
		p.send(probeCall(9, 4711, thread, 0).build)
	}},
	{"call of an object with an absurd id", ErrProtocol, func(p *rawPeer, _, thread uint32) {
		p.send(probeCall(9, 0xffffffff, thread, 0).build)
	}},
	{"parameter that was never sent", ErrProtocol, func(p *rawPeer, boot, _ uint32) {
		p.send(probeCall(9, boot, 4711, 0).build)
	}},
	{"release of an object that was never sent", ErrProtocol, func(p *rawPeer, _, _ uint32) {
		p.send(releaseMessage(4711, 1))
	}},
	{"release of more than was sent", ErrProtocol, func(p *rawPeer, boot, _ uint32) {
		p.send(releaseMessage(boot, 2))
	}},
	{"release of four billion", ErrProtocol, func(p *rawPeer, boot, _ uint32) {
		p.send(releaseMessage(boot, 0xffffffff))
	}},
	{"answer to no question", ErrProtocol, func(p *rawPeer, _, _ uint32) {
		p.send(func(m rpc.Message) error {
			r, err := m.NewReturn()
			r.SetAnswerId(0)
			return err
		})
	}},
	{"answer with an absurd id", ErrProtocol, func(p *rawPeer, _, _ uint32) {
		p.send(func(m rpc.Message) error {
			r, err := m.NewReturn()
			r.SetAnswerId(0xffffffff)
			return err
		})
	}},
	{"one question twice", ErrProtocol, func(p *rawPeer, _, _ uint32) {
		p.send(bootstrapMessage(9))
		p.send(bootstrapMessage(9))
	}},
	{"one question finished twice", ErrProtocol, func(p *rawPeer, boot, thread uint32) {
		p.send(probeCall(8, boot, thread, 2).build) // so that 9 has to wait
		p.send(probeCall(9, boot, thread, 1).build)
		p.send(finishMessage(9, true))
		p.send(finishMessage(9, true))
	}},
	{"disembargo of nothing", ErrProtocol, func(p *rawPeer, _, _ uint32) {
		p.send(func(m rpc.Message) error {
			d, err := m.NewDisembargo()
			d.Context().SetReceiverLoopback(1)
			return err
		})
	}},
	{"disembargo of an object of ours", ErrProtocol, func(p *rawPeer, boot, _ uint32) {
		p.send(func(m rpc.Message) error {
			d, err := m.NewDisembargo()
			if err != nil {
				return err
			}
			target, err := d.NewTarget()
			target.SetImportedCap(boot)
			d.Context().SetSenderLoopback(1)
			return err
		})
	}},
	{"unimplemented return", ErrProtocol, func(p *rawPeer, _, _ uint32) {
		p.send(func(m rpc.Message) error {
			u, err := m.NewUnimplemented()
			if err == nil {
				_, err = u.NewReturn()
			}
			return err
		})
	}},
	{"unimplemented question that was not asked", ErrProtocol, func(p *rawPeer, _, _ uint32) {
		p.send(func(m rpc.Message) error {
			u, err := m.NewUnimplemented()
			if err == nil {
				_, err = u.NewCall()
			}
			return err
		})
	}},
	{"unknown call target", ErrProtocol, func(p *rawPeer, boot, thread uint32) {
		p.send(func(m rpc.Message) error {
			if err := probeCall(9, boot, thread, 0).build(m); err != nil {
				return err
			}
			call, err := m.Call()
			if err != nil {
				return err
			}
			target, err := call.Target()
			capnp.Struct(target).SetUint16(4, 77)
			return err
		})
	}},
	{"promise of a thousand steps", ErrLimit, func(p *rawPeer, _, _ uint32) {
		p.send(rawCall{id: 9, promised: true, target: 1, path: make([]uint16, 1000), iface: 1}.build)
	}},
	{"abort", ErrDisconnected, func(p *rawPeer, _, _ uint32) {
		p.send(func(m rpc.Message) error {
			x, err := m.NewAbort()
			if err != nil {
				return err
			}
			return x.SetReason("\x1b[31mgo away\n")
		})
	}},
	{"question flood", ErrLimit, func(p *rawPeer, boot, thread uint32) {
		for i := range uint32(70) {
			p.send(probeCall(100+i, boot, thread, 1).build)
		}
	}},
	{"finished question flood", ErrLimit, func(p *rawPeer, boot, thread uint32) {
		p.send(probeCall(99, boot, thread, 2).build)
		for i := range uint32(70) {
			p.send(probeCall(100+i, boot, thread, 2).build)
			p.send(finishMessage(100+i, true))
		}
	}},
	{"pipelined question flood", ErrLimit, func(p *rawPeer, boot, thread uint32) {
		p.send(probeCall(100, boot, thread, 1).build)
		for i := range uint32(70) {
			p.send(rawCall{id: 101 + i, promised: true, target: 100 + i, path: []uint16{1}, iface: probeID}.build)
		}
	}},
	{"thread flood", ErrLimit, func(p *rawPeer, _, _ uint32) {
		p.send(bootstrapMessage(1))
		p.send(rawCall{id: 2, promised: true, target: 1, iface: initID}.build)
		for i := range uint32(40) {
			p.send(rawCall{id: 10 + i, promised: true, target: 2, path: []uint16{0}, iface: threadMapID}.build)
			p.send(finishMessage(10+i, false))
		}
	}},
	{"import flood", ErrLimit, func(p *rawPeer, boot, thread uint32) {
		for i := range uint32(10) {
			call := probeCall(100+i, boot, thread, 2)
			call.ncaps = 20
			call.caps = func(l rpc.CapDescriptor_List) error {
				l.At(0).SetReceiverHosted(thread)
				for j := 1; j < l.Len(); j++ {
					l.At(j).SetSenderHosted(i*100 + uint32(j))
				}
				return nil
			}
			p.send(call.build)
		}
	}},
	{"queued bytes", ErrLimit, func(p *rawPeer, boot, thread uint32) {
		for i := range uint32(40) {
			call := probeCall(100+i, boot, thread, 2)
			call.content = func(s capnp.Struct) error {
				if err := putContext(s, 0); err != nil {
					return err
				}
				return s.SetData(1, make([]byte, 50<<10))
			}
			p.send(call.build)
		}
	}},
}

// hostileLimits are small, so that floods need not be large.
func hostileLimits() Limits {
	return Limits{
		CallsInFlight: 64, Threads: 16, Imports: 100, Exports: 100, QueuedBytes: 1 << 20,
		FDsPerMessage: 4, FDsHeld: 20, MessageBytes: 1 << 20,
	}
}

// rawHostile returns a Conn with hostileLimits and its raw peer. It offers: 0
// echo, 1 wait for the end of the context, 2 the same but deaf to it until the
// test ends.
func rawHostile(t *testing.T) (*Conn, *rawPeer) {
	gate := make(chan struct{})
	c, p := raw(t, Options{Limits: hostileLimits(), Bootstrap: probe(
		echoHandler,
		func(ctx context.Context, _ *ServerCall) error { <-ctx.Done(); return nil },
		func(context.Context, *ServerCall) error { <-gate; return nil },
		echoFDs,
	)})
	t.Cleanup(func() { close(gate) })
	return c, p
}

func TestHostileMessages(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			noLeak(t)
			c, p := rawHostile(t)
			boot, thread := p.hello()
			h.send(p, boot, thread)
			abort := p.drain()
			select {
			case <-c.Done():
			default:
				receive(t, "the end", c.Done())
			}
			wantKind(t, c.Err(), h.kind)
			if strings.ContainsAny(c.Err().Error(), "\x1b\n") {
				t.Errorf("a stranger's control characters in %q", c.Err())
			}
			if h.kind != ErrDisconnected && abort == "" {
				t.Errorf("no Abort, the connection ended with %v", c.Err())
			}
		})
	}
}

// TestHostileMessagesBeforeAnythingElse sends the same to a connection on which
// nothing has happened.
func TestHostileMessagesBeforeAnythingElse(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			c, p := rawHostile(t)
			h.send(p, 0, 1)
			p.drain()
			receive(t, "the end", c.Done())
			if c.Err() == nil {
				t.Error("no reason")
			}
		})
	}
}

// TestTruncatedFrames ends the stream after every length of a message.
func TestTruncatedFrames(t *testing.T) {
	whole := encode(t, probeCall(9, 0, 1, 0).build)
	for n := range len(whole) {
		c, p := rawHostile(t)
		p.write(whole[:n])
		p.close()
		receive(t, "the end", c.Done())
		wantKind(t, c.Err(), ErrDisconnected)
		c.Close()
	}
}

// TestSplitFrames sends a decent conversation byte by byte.
func TestSplitFrames(t *testing.T) {
	_, p := rawHostile(t)
	boot, thread := p.hello()
	for _, b := range encode(t, probeCall(9, boot, thread, 0).build) {
		p.write([]byte{b})
		runtime.Gosched()
	}
	if r := p.answered(9); r.Which() != rpc.Return_Which_results {
		t.Errorf("answer %v", r.Which())
	}
}
