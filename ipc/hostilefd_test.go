package ipc

import (
	"os"
	"testing"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
	"golang.org/x/sys/unix"
)

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
