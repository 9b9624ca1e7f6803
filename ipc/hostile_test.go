package ipc

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
	"golang.org/x/sys/unix"
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

// TestHostileDescriptors are descriptors where none belong.
func TestHostileDescriptors(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	fd := int(null.Fd())
	with := func(attached ...uint8) func(p *rawPeer, boot, thread uint32) rawCall {
		return func(_ *rawPeer, boot, thread uint32) rawCall {
			call := probeCall(9, boot, thread, 3)
			call.ncaps = int32(1 + len(attached))
			call.content = func(s capnp.Struct) error {
				for i := range attached {
					if err := pointTo(s, uint16(1+i), uint32(1+i)); err != nil {
						return err
					}
				}
				return putContext(s, 0)
			}
			call.caps = func(l rpc.CapDescriptor_List) error {
				l.At(0).SetReceiverHosted(thread)
				for i, a := range attached {
					l.At(1 + i).SetSenderHosted(uint32(50 + i))
					l.At(1 + i).SetAttachedFd(a)
				}
				return nil
			}
			return call
		}
	}
	for _, c := range []struct {
		name   string
		call   func(p *rawPeer, boot, thread uint32) rawCall
		rights int
		kind   Kind // "" is a call that is answered
	}{
		{"control", with(0, 1, 2), 3, ""},
		{"fewer than named", with(0, 1, 2), 2, ""},
		{"none at all", with(0), 0, ""},
		{"one more than named", with(0, 1), 3, ErrProtocol},
		{"on a message that names none", with(), 1, ErrProtocol},
		{"one for two capabilities", with(0, 0), 1, ErrProtocol},
		{"index beyond", with(9), 1, ErrProtocol},
		{"more than a message may have", with(0), 5, ErrLimit},
		{"very many", with(0), 200, ErrLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeak(t)
			conn, p := rawHostile(t)
			boot, thread := p.hello()
			rights := make([]int, c.rights)
			for i := range rights {
				rights[i] = fd
			}
			p.send(c.call(p, boot, thread).build, rights...)
			if c.kind == "" {
				p.answered(9)
				return
			}
			p.drain()
			endsWith(t, conn, c.kind)
		})
	}
	t.Run("in the middle of a message", func(t *testing.T) {
		noLeak(t)
		conn, p := rawHostile(t)
		boot, thread := p.hello()
		b := encode(t, with(0)(p, boot, thread).build)
		p.write(b[:40])
		eventually(t, "the first part is read", func() bool { return conn.Stats().BytesIn%8 == 0 && queued(p.fd) == 0 })
		p.write(b[40:], fd)
		p.drain()
		endsWith(t, conn, ErrProtocol)
	})
	t.Run("on a message without capabilities", func(t *testing.T) {
		for _, build := range []func(rpc.Message) error{
			bootstrapMessage(9), finishMessage(4711, true),
			func(m rpc.Message) error { _, err := m.NewProvide(); return err },
		} {
			noLeak(t)
			conn, p := rawHostile(t)
			p.hello()
			p.send(build, fd)
			p.drain()
			endsWith(t, conn, ErrProtocol)
		}
	})
	t.Run("that wait for their message", func(t *testing.T) {
		noLeak(t)
		conn, p := rawHostile(t)
		p.hello()
		p.write(encode(t, bootstrapMessage(9))[:16], fd, fd, fd)
		eventually(t, "they are held", func() bool { return conn.Stats().FDsHeld == 3 })
		p.close()
		endsWith(t, conn, ErrDisconnected)
	})
	t.Run("hoarded in calls that wait", func(t *testing.T) {
		noLeak(t)
		conn, p := rawHostile(t)
		boot, thread := p.hello()
		p.send(probeCall(8, boot, thread, 2).build)
		for i := range uint32(10) {
			call := with(0, 1, 2)(p, boot, thread)
			call.id = 100 + i
			p.send(call.build, fd, fd, fd)
		}
		p.drain()
		receive(t, "the end", conn.Done())
		wantKind(t, conn.Err(), ErrLimit)
	})
}

// queued is the number of bytes that the other end has not read.
func queued(fd int) int {
	n, _ := unix.IoctlGetInt(fd, unix.TIOCOUTQ)
	return n
}

// TestHostileFlood sends 100,000 hostile messages at a low limit of
// descriptors, over as many connections as it takes. The count of descriptors
// stays where it was, and so does memory.
func TestHostileFlood(t *testing.T) {
	total := 100_000
	if testing.Short() {
		total = 5_000
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	base := openFDs(t)
	low := old
	low.Cur = uint64(base + 24)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Skip("cannot lower RLIMIT_NOFILE:", err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &old)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	fd := int(null.Fd())
	var served atomic.Int64
	boot := probe(func(ctx context.Context, sc *ServerCall) error {
		served.Add(1)
		return echoHandler(ctx, sc)
	})
	keep := boot.acquire()
	defer boot.drop()
	if !keep {
		t.Fatal("dead object")
	}
	stray := encode(t, bootstrapMessage(9))
	surplus := encode(t, probeCall(9, 0, 1, 0).build)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sent := 0
	for round := 0; sent < total; round++ {
		c, p := rawUncleaned(t, Options{Bootstrap: boot, Limits: hostileLimits()})
		done := p.discard()
		for i := 0; i < 50 && sent < total; i++ {
			sent++
			ok := false
			switch (round + i) % 5 {
			case 0:
				ok = p.write(stray, fd)
			case 1:
				ok = p.write(surplus, fd, fd)
			case 2:
				ok = p.write(stray[:len(stray)/2], fd, fd, fd)
			case 3:
				ok = p.write(framed(words(0x0001000000000000, uint64(i))), fd, fd, fd, fd)
			default:
				ok = p.write(stray)
			}
			if !ok {
				break
			}
		}
		unix.Shutdown(p.fd, unix.SHUT_RDWR)
		receive(t, "the peer's end", done)
		p.close()
		c.Close()
		if n := openFDs(t); n > base+8 {
			t.Fatalf("%d descriptors open after %d messages, %d at the start", n, sent, base)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap has grown by %d KiB", grown>>10)
	}
	t.Logf("%d messages", sent)
}

// TestWriteFlood asks without reading the answers: what waits to be written is
// bounded, and the connection ends.
func TestWriteFlood(t *testing.T) {
	limits := hostileLimits()
	limits.WriteBytes = 1 << 20
	c, p := raw(t, Options{Bootstrap: probeWith(nil, -1, func(_ context.Context, sc *ServerCall) error {
		r, err := sc.NewResults()
		if err != nil {
			return err
		}
		return r.SetData(1, make([]byte, 32<<10))
	}), Limits: limits})
	boot, _ := p.hello()
	var most atomic.Int64
	for i := 0; ; i++ {
		if !p.send(rawCall{id: 9, target: boot, iface: probeID}.build) || c.Err() != nil {
			break
		}
		most.Store(max(most.Load(), int64(c.Stats().QueuedOut)))
		if i > 10_000 {
			t.Fatal("the connection took ten thousand requests")
		}
	}
	endsWith(t, c, ErrLimit)
	if most.Load() > int64(limits.WriteBytes) {
		t.Errorf("%d bytes waited", most.Load())
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
