package ipc

import (
	"context"
	"testing"
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
	"golang.org/x/sys/unix"
)

// conversation is everything a decent peer may say to a server, as bytes. Its
// ids are those that a fresh connection gives out: 0 the bootstrap object, 1
// the thread map, 2 the first thread.
func conversation(t testing.TB) [][]byte {
	t.Helper()
	call := func(id uint32, method uint16) []byte { return encode(t, probeCall(id, 0, 2, method).build) }
	withObject := probeCall(20, 0, 2, 1)
	withObject.ncaps = 4
	withObject.content = func(s capnp.Struct) error {
		if err := pointTo(s, 1, 1); err != nil {
			return err
		}
		if err := pointTo(s, 2, 2); err != nil {
			return err
		}
		return putContext(s, 0)
	}
	withObject.caps = func(l rpc.CapDescriptor_List) error {
		l.At(0).SetReceiverHosted(2)
		l.At(1).SetSenderHosted(7)
		l.At(2).SetSenderPromise(8)
		l.At(2).SetAttachedFd(0)
		return setPromise(l.At(3).NewReceiverAnswer, 1, nil)
	}
	return [][]byte{
		encode(t, bootstrapMessage(1)),
		encode(t, rawCall{id: 2, promised: true, target: 1, iface: initID}.build),
		encode(t, rawCall{id: 3, promised: true, target: 2, path: []uint16{0}, iface: threadMapID}.build),
		encode(t, rawCall{id: 4, promised: true, target: 3, path: []uint16{0}, iface: threadID}.build),
		encode(t, finishMessage(2, false)),
		call(10, 0), call(11, 2), call(12, 3),
		encode(t, withObject.build),
		encode(t, rawCall{id: 21, promised: true, target: 20, path: []uint16{1}, iface: probeID}.build),
		encode(t, finishMessage(20, true)),
		encode(t, func(m rpc.Message) error {
			r, err := m.NewReturn()
			if err != nil {
				return err
			}
			p, err := r.NewResults()
			if err != nil {
				return err
			}
			_, err = p.NewCapTable(2)
			return err
		}),
		encode(t, func(m rpc.Message) error {
			d, err := m.NewDisembargo()
			if err != nil {
				return err
			}
			target, err := d.NewTarget()
			if err != nil {
				return err
			}
			d.Context().SetSenderLoopback(3)
			return setPromise(target.NewPromisedAnswer, 20, []uint16{1})
		}),
		encode(t, func(m rpc.Message) error {
			r, err := m.NewResolve()
			if err != nil {
				return err
			}
			d, err := r.NewCap()
			d.SetSenderHosted(9)
			return err
		}),
		encode(t, func(m rpc.Message) error {
			u, err := m.NewUnimplemented()
			if err != nil {
				return err
			}
			c, err := u.NewCall()
			c.SetQuestionId(0)
			return err
		}),
		encode(t, releaseMessage(2, 1)),
		encode(t, releaseMessage(0, 1)),
	}
}

// FuzzConn feeds arbitrary bytes, with descriptors, to a connection with a live
// server behind it. Whatever they are, the connection ends when its peer goes,
// and nothing is held.
func FuzzConn(f *testing.F) {
	var all []byte
	for _, m := range conversation(f) {
		all = append(all, m...)
		f.Add(append([]byte(nil), all...), uint8(0))
	}
	f.Add(all, uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, rights uint8) {
		if len(b) > 1<<16 {
			return
		}
		before := openFDs(t)
		limits := hostileLimits()
		limits.Nesting, limits.TraversalWords = 16, 1<<14
		boot := probe(echoHandler, caller(1), func(ctx context.Context, sc *ServerCall) error {
			return giver(func() *Object { return probe(echoHandler) })(ctx, sc)
		}, echoFDs)
		c, p := rawUncleaned(t, Options{Bootstrap: boot, Limits: limits})
		done := p.discard()
		var fds []int
		for range rights % 4 {
			fds = append(fds, p.fd)
		}
		p.write(b, fds...)
		// The peer's own socket may be held by the connection: end it for both.
		unix.Shutdown(p.fd, unix.SHUT_WR)
		select {
		case <-c.Done():
		case <-time.After(patience):
			t.Fatal("the connection did not end")
		}
		c.Close()
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal("the socket is still open")
		}
		p.close()
		if s := c.Stats(); s.Answers != 0 || s.Questions != 0 || s.Exports != 0 || s.Imports != 0 || s.Threads != 0 || s.FDsHeld != 0 {
			t.Fatalf("afterwards %+v", s)
		}
		if n := openFDs(t); n != before {
			t.Fatalf("%d descriptors, %d before", n, before)
		}
	})
}
