package ipc

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
	"golang.org/x/sys/unix"

	"dashmp/ipc/internal/frame"
)

// rawPeer is a peer that writes what it likes, on a blocking socket.
type rawPeer struct {
	t  testing.TB
	fd int
	in []byte
	// fds are descriptors that came and were not closed.
	fds []int
}

// raw returns a Conn with options o whose peer is raw.
func raw(t testing.TB, o Options) (*Conn, *rawPeer) {
	t.Helper()
	c, p := rawUncleaned(t, o)
	t.Cleanup(func() {
		p.close()
		c.Close()
	})
	return c, p
}

// rawUncleaned is raw without the clean-up at the end of the test.
func rawUncleaned(t testing.TB, o Options) (*Conn, *rawPeer) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	tv := unix.NsecToTimeval(patience.Nanoseconds())
	unix.SetsockoptTimeval(fds[1], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv)
	unix.SetsockoptTimeval(fds[1], unix.SOL_SOCKET, unix.SO_SNDTIMEO, &tv)
	p := &rawPeer{t: t, fd: fds[1]}
	o.Name, o.Peer = "core", "stranger"
	o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	c, err := NewConn(NewFD(fds[0]).File("raw"), o)
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

func (p *rawPeer) close() {
	if p.fd >= 0 {
		unix.Close(p.fd)
		p.fd = -1
	}
	for _, fd := range p.fds {
		unix.Close(fd)
	}
	p.fds = nil
}

// write sends bytes with rights; it reports whether the other end still took
// them.
func (p *rawPeer) write(b []byte, rights ...int) bool {
	var oob []byte
	if len(rights) > 0 {
		oob = unix.UnixRights(rights...)
	}
	for len(b) > 0 {
		n, err := unix.SendmsgN(p.fd, b, oob, nil, unix.MSG_NOSIGNAL)
		if err != nil {
			if errors.Is(err, unix.EAGAIN) {
				p.t.Fatal("the other end does not read")
			}
			return false
		}
		b, oob = b[n:], nil
	}
	return true
}

// encode builds a message.
func encode(t testing.TB, build func(m rpc.Message) error) []byte {
	t.Helper()
	msg, seg, err := capnp.NewMessage(capnp.SingleSegment(nil))
	if err != nil {
		t.Fatal(err)
	}
	root, err := rpc.NewRootMessage(seg)
	if err == nil {
		err = build(root)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := msg.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (p *rawPeer) send(build func(m rpc.Message) error, rights ...int) bool {
	p.t.Helper()
	return p.write(encode(p.t, build), rights...)
}

// next reads one message; nil at the end of the stream.
func (p *rawPeer) next() *rpc.Message {
	p.t.Helper()
	for {
		_, total, err := frame.Size(p.in, 512, 64<<20)
		if err != nil {
			p.t.Fatal(err)
		}
		if total > 0 && total <= len(p.in) {
			msg, err := capnp.Unmarshal(append([]byte(nil), p.in[:total]...))
			if err != nil {
				p.t.Fatal(err)
			}
			p.in = p.in[total:]
			root, err := rpc.ReadRootMessage(msg)
			if err != nil {
				p.t.Fatal(err)
			}
			return &root
		}
		b, oob := make([]byte, 64<<10), make([]byte, 2048)
		n, oobn, _, _, err := unix.Recvmsg(p.fd, b, oob, unix.MSG_CMSG_CLOEXEC)
		if err != nil && !errors.Is(err, unix.ECONNRESET) {
			p.t.Fatal("read: ", err)
		}
		if n <= 0 {
			return nil
		}
		p.in = append(p.in, b[:n]...)
		if cs, err := unix.ParseSocketControlMessage(oob[:oobn]); err == nil {
			for i := range cs {
				fds, _ := unix.ParseUnixRights(&cs[i])
				p.fds = append(p.fds, fds...)
			}
		}
	}
}

// want reads until a message of the kind comes; it skips others.
func (p *rawPeer) want(which rpc.Message_Which) rpc.Message {
	p.t.Helper()
	for {
		m := p.next()
		if m == nil {
			p.t.Fatalf("the stream ended before a %v", which)
		}
		if m.Which() == which {
			return *m
		}
	}
}

// drain reads to the end of the stream and returns the text of the Abort that
// came, if one did.
func (p *rawPeer) drain() (abort string) {
	p.t.Helper()
	for {
		m := p.next()
		if m == nil {
			return abort
		}
		if m.Which() == rpc.Message_Which_abort {
			x, _ := m.Abort()
			abort, _ = x.Reason()
		}
	}
}

// discard reads and drops whatever comes, until the end of the stream.
func (p *rawPeer) discard() (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 64<<10)
		for {
			n, err := unix.Read(p.fd, b)
			if n <= 0 || err != nil {
				return
			}
		}
	}()
	return done
}

func bootstrapMessage(id uint32) func(rpc.Message) error {
	return func(m rpc.Message) error {
		b, err := m.NewBootstrap()
		b.SetQuestionId(id)
		return err
	}
}

// rawCall describes a Call message.
type rawCall struct {
	id       uint32
	target   uint32 // importedCap
	promised bool   // target is a promised answer instead
	path     []uint16
	iface    uint64
	method   uint16
	content  func(s capnp.Struct) error
	caps     func(l rpc.CapDescriptor_List) error
	ncaps    int32
}

func (c rawCall) build(m rpc.Message) error {
	call, err := m.NewCall()
	if err != nil {
		return err
	}
	call.SetQuestionId(c.id)
	call.SetInterfaceId(c.iface)
	call.SetMethodId(c.method)
	target, err := call.NewTarget()
	if err != nil {
		return err
	}
	if c.promised {
		err = setPromise(target.NewPromisedAnswer, c.target, c.path)
	} else {
		target.SetImportedCap(c.target)
	}
	if err != nil {
		return err
	}
	payload, err := call.NewParams()
	if err != nil {
		return err
	}
	s, err := capnp.NewStruct(payload.Segment(), probeSize)
	if err != nil {
		return err
	}
	if err := payload.SetContent(s.ToPtr()); err != nil {
		return err
	}
	if c.content != nil {
		if err := c.content(s); err != nil {
			return err
		}
	}
	if c.ncaps > 0 {
		l, err := payload.NewCapTable(c.ncaps)
		if err != nil {
			return err
		}
		if c.caps != nil {
			return c.caps(l)
		}
	}
	return nil
}

func setPromise(alloc func() (rpc.PromisedAnswer, error), id uint32, path []uint16) error {
	p, err := alloc()
	if err != nil {
		return err
	}
	p.SetQuestionId(id)
	ops, err := p.NewTransform(int32(len(path)))
	for i, f := range path {
		ops.At(i).SetGetPointerField(f)
	}
	return err
}

// pointTo points pointer slot of s at capability id.
func pointTo(s capnp.Struct, slot uint16, id uint32) error {
	return s.SetPtr(slot, capnp.NewInterface(s.Segment(), capnp.CapabilityID(id)).ToPtr())
}

// putContext stores a Context whose thread is capability id.
func putContext(s capnp.Struct, id uint32) error {
	c, err := capnp.NewStruct(s.Segment(), capnp.ObjectSize{PointerCount: 2})
	if err != nil {
		return err
	}
	if err := pointTo(c, 0, id); err != nil {
		return err
	}
	return s.SetPtr(0, c.ToPtr())
}

func finishMessage(id uint32, give bool) func(rpc.Message) error {
	return func(m rpc.Message) error {
		f, err := m.NewFinish()
		f.SetQuestionId(id)
		f.SetReleaseResultCaps(give)
		return err
	}
}

func releaseMessage(id, count uint32) func(rpc.Message) error {
	return func(m rpc.Message) error {
		r, err := m.NewRelease()
		r.SetId(id)
		r.SetReferenceCount(count)
		return err
	}
}

// exportID is the id of the only capability of a Return's results.
func exportID(t testing.TB, m rpc.Message) uint32 {
	t.Helper()
	r, err := m.Return()
	if err != nil {
		t.Fatal(err)
	}
	if r.Which() != rpc.Return_Which_results {
		x, _ := r.Exception()
		reason, _ := x.Reason()
		t.Fatalf("answer %d: %v %s", r.AnswerId(), r.Which(), reason)
	}
	p, err := r.Results()
	if err != nil {
		t.Fatal(err)
	}
	l, err := p.CapTable()
	if err != nil || l.Len() != 1 {
		t.Fatalf("%d capabilities, %v", l.Len(), err)
	}
	return l.At(0).SenderHosted()
}

// hello makes the peer a decent one: bootstrap, construct and one thread, as
// libmultiprocess does it, everything pipelined. It returns the export ids of
// the bootstrap object and of the thread.
func (p *rawPeer) hello() (boot, thread uint32) {
	p.t.Helper()
	p.send(bootstrapMessage(1))
	p.send(rawCall{id: 2, promised: true, target: 1, iface: initID}.build)
	p.send(rawCall{id: 3, promised: true, target: 2, path: []uint16{0}, iface: threadMapID}.build)
	boot = exportID(p.t, p.want(rpc.Message_Which_return))
	exportID(p.t, p.want(rpc.Message_Which_return))
	thread = exportID(p.t, p.want(rpc.Message_Which_return))
	for id := uint32(1); id <= 3; id++ {
		p.send(finishMessage(id, false))
	}
	return boot, thread
}

// serveBootstrap answers c's Bootstrap and construct with the objects 0 and 1,
// and returns c's reference to object 0.
func (p *rawPeer) serveBootstrap(c *Conn) *Ref {
	p.t.Helper()
	got := make(chan *Ref, 1)
	go func() {
		r, _ := c.Bootstrap(context.Background())
		got <- r
	}()
	b, err := p.want(rpc.Message_Which_bootstrap).Bootstrap()
	if err != nil {
		p.t.Fatal(err)
	}
	call, err := p.want(rpc.Message_Which_call).Call()
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(returnMessage(b.QuestionId(), 0, true))
	p.send(returnMessage(call.QuestionId(), 1, false))
	r := receive(p.t, "the bootstrap object", got)
	if r == nil {
		p.t.Fatal("no bootstrap object")
	}
	p.t.Cleanup(r.Release)
	return r
}

// returnMessage answers with one object, as the result itself or in its first
// pointer.
func returnMessage(id, export uint32, root bool) func(rpc.Message) error {
	return func(m rpc.Message) error {
		r, err := m.NewReturn()
		if err != nil {
			return err
		}
		r.SetAnswerId(id)
		r.SetReleaseParamCaps(false)
		payload, err := r.NewResults()
		if err != nil {
			return err
		}
		l, err := payload.NewCapTable(1)
		if err != nil {
			return err
		}
		l.At(0).SetSenderHosted(export)
		if root {
			return payload.SetContent(capnp.NewInterface(payload.Segment(), 0).ToPtr())
		}
		s, err := capnp.NewStruct(payload.Segment(), probeSize)
		if err != nil {
			return err
		}
		if err := pointTo(s, 0, 0); err != nil {
			return err
		}
		return payload.SetContent(s.ToPtr())
	}
}

// probeCall is a call of the probe on the thread.
func probeCall(id, boot, thread uint32, method uint16) rawCall {
	return rawCall{
		id: id, target: boot, iface: probeID, method: method,
		content: func(s capnp.Struct) error { return putContext(s, 0) },
		ncaps:   1,
		caps: func(l rpc.CapDescriptor_List) error {
			l.At(0).SetReceiverHosted(thread)
			return nil
		},
	}
}

// answered reads the Return for id.
func (p *rawPeer) answered(id uint32) rpc.Return {
	p.t.Helper()
	for {
		r, err := p.want(rpc.Message_Which_return).Return()
		if err != nil {
			p.t.Fatal(err)
		}
		if r.AnswerId() == id {
			return r
		}
	}
}

func words(ws ...uint64) []byte {
	var b []byte
	for _, w := range ws {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// framed puts a stream header before one segment.
func framed(seg []byte) []byte { return append(frame.PutHeader(nil, len(seg)), seg...) }

// endsWith waits for the end of c and checks its kind and that the process
// side holds nothing any more.
func endsWith(t *testing.T, c *Conn, kind Kind) {
	t.Helper()
	select {
	case <-c.Done():
	case <-time.After(patience):
		t.Fatal("the connection did not end")
	}
	wantKind(t, c.Err(), kind)
	eventually(t, "nothing is held", func() bool {
		s := c.Stats()
		return s.FDsHeld == 0 && s.QueuedOut == 0 && s.Answers == 0 && s.Threads == 0
	})
}
