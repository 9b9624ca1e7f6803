package proxy_test

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/ipc/proxy/echoproxy"
	"dashmp/ipc/proxy/handlerproxy"
	"dashmp/ipc/proxy/initproxy"
	"dashmp/ipc/proxy/internal/fixture/fixtureproxy"
	"dashmp/ipc/proxy/nodeproxy"
	"dashmp/ipc/proxy/walletproxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait.
const patience = 30 * time.Second

// interfaces are the targets of FuzzHandlers, by index.
var interfaces = []uint64{
	initproxy.InitID, echoproxy.EchoID, handlerproxy.HandlerID, nodeproxy.NodeID, nodeproxy.ChainID,
	nodeproxy.NotificationsID, walletproxy.LoaderID, walletproxy.SecretBoxID, walletproxy.SignerID,
	brokerproxy.CoreID, brokerproxy.RPCID, brokerproxy.WalletID, brokerproxy.SignerID, brokerproxy.RoleID,
	fixtureproxy.ServiceID,
}

func sockets(t testing.TB) (a, b *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fds[0]), "a"), os.NewFile(uintptr(fds[1]), "b")
}

func serve(t testing.TB, socket *os.File, boot *ipc.Object, log slog.Handler) *ipc.Conn {
	t.Helper()
	c, err := ipc.NewConn(socket, ipc.Options{Name: "server", Peer: "client", Bootstrap: boot, Logger: slog.New(log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// connect returns the client's end of a connection to boot.
func connect(t testing.TB, boot *ipc.Object) *ipc.Conn {
	t.Helper()
	a, b := sockets(t)
	serve(t, a, boot, slog.DiscardHandler)
	return serve(t, b, nil, slog.DiscardHandler)
}

// call is an interface, a method, and a message whose root is its parameters.
type call struct {
	iface   uint64
	ordinal uint16
	params  []byte
}

// record makes an object that offers every method of every interface, keeps
// the parameters of each call, and fails it.
func record(keep func(call)) *ipc.Object {
	var tables []*ipc.InterfaceTable
	for _, id := range interfaces {
		t := &ipc.InterfaceTable{ID: id, Name: "Any"}
		for ord := range uint16(32) {
			if id == initproxy.InitID && ord == 0 {
				t.Methods = append(t.Methods, nil)
				continue
			}
			t.Methods = append(t.Methods, &ipc.Method{
				Interface: id, Ordinal: ord, Name: "Any.any",
				Handle: func(_ context.Context, _ any, c *ipc.ServerCall) error {
					msg, seg, err := capnp.NewMessage(capnp.SingleSegment(nil))
					if err != nil {
						return err
					}
					root, err := capnp.NewRootStruct(seg, c.Params().Size())
					if err == nil {
						err = root.CopyFrom(c.Params())
					}
					if err == nil {
						first, _ := msg.Segment(0)
						keep(call{id, ord, slices.Clone(first.Data())})
					}
					return errors.Join(err, errors.New("recorded"))
				},
			})
		}
		tables = append(tables, t)
	}
	return ipc.NewObject(nil, nil, tables...)
}

// seeds are honest calls of every method, as the generated clients make them.
func seeds(t testing.TB) []call {
	var mu sync.Mutex
	var out []call
	client := connect(t, record(func(c call) {
		mu.Lock()
		defer mu.Unlock()
		out = append(out, c)
	}))
	r, err := client.Bootstrap(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	made := callEverything(context.Background(), r, func(error) {})
	callFixture(context.Background(), fixtureproxy.NewServiceClient(r.AddRef()))
	client.Close()
	// A tip that HandleNotifications would ask for is missing here.
	if int64(len(out)) < made-1+fixtureMethods {
		t.Fatalf("%d calls were recorded, %d of them contracts'", len(out), made)
	}
	return out
}

// frame is one message of the stream.
func frame(segments ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(segments)-1))
	for _, s := range segments {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)/8))
	}
	if len(b)%8 != 0 {
		b = append(b, 0, 0, 0, 0)
	}
	for _, s := range segments {
		b = append(b, s...)
	}
	return b
}

// message builds the first segment of an RPC message.
func message(t testing.TB, fill func(m rpc.Message) error) []byte {
	t.Helper()
	msg, seg, err := capnp.NewMessage(capnp.SingleSegment(nil))
	if err != nil {
		t.Fatal(err)
	}
	m, err := rpc.NewRootMessage(seg)
	if err == nil {
		err = fill(m)
	}
	if err != nil {
		t.Fatal(err)
	}
	first, err := msg.Segment(0)
	if err != nil {
		t.Fatal(err)
	}
	return first.Data()
}

// Questions of the hostile peer.
const (
	askBootstrap = iota
	askConstruct
	askThread
	askMethod
	askNothing
)

// ask is a call on the answer to question on (on its pointer 0, or on itself).
func ask(t testing.TB, id, on uint32, field bool, iface uint64, method uint16, fill func(p rpc.Payload) error) []byte {
	return message(t, func(m rpc.Message) error {
		c, err := m.NewCall()
		if err != nil {
			return err
		}
		c.SetQuestionId(id)
		c.SetInterfaceId(iface)
		c.SetMethodId(method)
		target, err := c.NewTarget()
		if err != nil {
			return err
		}
		p, err := target.NewPromisedAnswer()
		if err != nil {
			return err
		}
		if err := promise(p, on, field); err != nil {
			return err
		}
		payload, err := c.NewParams()
		if err != nil {
			return err
		}
		return fill(payload)
	})
}

func promise(p rpc.PromisedAnswer, on uint32, field bool) error {
	p.SetQuestionId(on)
	if !field {
		return nil
	}
	ops, err := p.NewTransform(1)
	if err == nil {
		ops.At(0).SetGetPointerField(0)
	}
	return err
}

// marker is how a struct of no size is pointed at; a far pointer to the first
// word of the second segment takes its place.
const (
	marker = 0xfffffffc
	far    = 2 | 1<<32
)

// conversation is what the hostile peer sends: a bootstrap, a thread, and the
// call with its parameters as they are, malformed or not.
func conversation(t testing.TB, c call) []byte {
	out := frame(message(t, func(m rpc.Message) error {
		b, err := m.NewBootstrap()
		b.SetQuestionId(askBootstrap)
		return err
	}))
	empty := func(p rpc.Payload) error {
		s, err := capnp.NewStruct(p.Segment(), capnp.ObjectSize{PointerCount: 1})
		if err != nil {
			return err
		}
		return p.SetContent(s.ToPtr())
	}
	out = append(out, frame(ask(t, askConstruct, askBootstrap, false, initproxy.InitID, 0, empty))...)
	out = append(out, frame(ask(t, askThread, askConstruct, true, 0xee5e37179ad9dc9d, 0, empty))...)
	// The capabilities are the thread, an object of the peer's, the bootstrap
	// object again, and null.
	table := func(p rpc.Payload) error {
		l, err := p.NewCapTable(4)
		if err != nil {
			return err
		}
		thread, err := l.At(0).NewReceiverAnswer()
		if err != nil {
			return err
		}
		if err := promise(thread, askThread, true); err != nil {
			return err
		}
		l.At(1).SetSenderHosted(7)
		boot, err := l.At(2).NewReceiverAnswer()
		if err != nil {
			return err
		}
		return promise(boot, askBootstrap, false)
	}
	seg := ask(t, askMethod, askBootstrap, false, c.iface, c.ordinal, func(p rpc.Payload) error {
		s, err := capnp.NewStruct(p.Segment(), capnp.ObjectSize{})
		if err != nil {
			return err
		}
		return errors.Join(p.SetContent(s.ToPtr()), table(p))
	})
	for i := 0; i+8 <= len(seg); i += 8 {
		if binary.LittleEndian.Uint64(seg[i:]) == marker {
			binary.LittleEndian.PutUint64(seg[i:], far)
		}
	}
	out = append(out, frame(seg, c.params)...)
	return append(out, frame(ask(t, askNothing, askBootstrap, false, fixtureproxy.ServiceID, 0, empty))...)
}

// panics fails the test when a handler panics.
type panics struct {
	slog.Handler
	seen *atomic.Pointer[slog.Record]
}

func (p panics) Enabled(context.Context, slog.Level) bool { return true }
func (p panics) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "ipc: panic" {
		p.seen.Store(&r)
	}
	return nil
}

// expose puts a call in front of all generated handlers. It returns how the
// call was answered: true for results.
func expose(t testing.TB, c call) (answered, results bool) {
	a, b := sockets(t)
	defer b.Close()
	log := panics{slog.DiscardHandler, new(atomic.Pointer[slog.Record])}
	boot := ipc.Merge(everything(new(atomic.Int64)), fixtureproxy.NewServiceObject(checked{t}, nil))
	server := serve(t, a, boot, log)
	// A peer whose call hangs keeps the connection until it goes away.
	deadline := time.Now().Add(patience)
	b.SetDeadline(deadline)
	if _, err := b.Write(conversation(t, c)); err != nil && !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) {
		t.Fatal(err)
	}
	answered, results = hearAnswer(b)
	b.Close()
	server.Close()
	if time.Now().After(deadline) {
		t.Errorf("interface %#x method %d: no end within %v", c.iface, c.ordinal, patience)
	}
	if r := log.seen.Load(); r != nil {
		r.Attrs(func(a slog.Attr) bool {
			t.Errorf("%s: %s", a.Key, a.Value)
			return true
		})
	}
	return answered, results
}

// hearAnswer reads until the call is answered, or calls back, or the
// connection ends.
func hearAnswer(b *os.File) (answered, results bool) {
	for dec := capnp.NewDecoder(b); ; {
		msg, err := dec.Decode()
		if err != nil {
			return false, false
		}
		m, err := rpc.ReadRootMessage(msg)
		if err != nil {
			return false, false
		}
		switch m.Which() {
		case rpc.Message_Which_call, rpc.Message_Which_abort:
			return false, false
		case rpc.Message_Which_return:
			if ret, err := m.Return(); err == nil && ret.AnswerId() == askMethod {
				return true, ret.Which() == rpc.Return_Which_results
			}
		}
	}
}

// The control of the fuzz target: honest calls reach their handlers.
func TestHonestCallsAreAnswered(t *testing.T) {
	good := 0
	all := seeds(t)
	for _, c := range all {
		if answered, results := expose(t, c); answered && results {
			good++
		}
	}
	// Calls with callbacks or descriptors cannot succeed here.
	if good < len(all)*2/3 {
		t.Errorf("%d of %d honest calls have results", good, len(all))
	}
}

func FuzzHandlers(f *testing.F) {
	for _, c := range seeds(f) {
		f.Add(uint8(slices.Index(interfaces, c.iface)), uint8(c.ordinal), c.params)
	}
	f.Fuzz(func(t *testing.T, iface, ordinal uint8, params []byte) {
		if len(params) == 0 || len(params) > 1<<16 {
			return
		}
		expose(t, call{interfaces[int(iface)%len(interfaces)], uint16(ordinal), params[:len(params)&^7]})
	})
}
