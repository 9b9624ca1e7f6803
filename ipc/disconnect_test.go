package ipc

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
	"golang.org/x/sys/unix"
)

// kindsOfCall are what a connection can end in the middle of. Each starts a
// call that cannot finish before enter has been closed by the handler, and
// stays in progress until the connection ends.
var kindsOfCall = []struct {
	name string
	call func(ctx context.Context, r *Ref) error
}{
	{"call", func(ctx context.Context, r *Ref) error { return invoke(ctx, r, 0, nil, nil) }},
	{"call with an object", func(ctx context.Context, r *Ref) error {
		return invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error { return c.PutObject(s, 1, probe(echoHandler)) }, nil)
	}},
	{"call with a descriptor", func(ctx context.Context, r *Ref) error {
		return invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error {
			v, err := NewBulk([]byte("x"))
			if err != nil {
				return err
			}
			return c.PutBulk(s, 1, v)
		}, nil)
	}},
	{"callback", func(ctx context.Context, r *Ref) error {
		return invoke(ctx, r, 1, func(s capnp.Struct, c *Caps) error {
			return c.PutObject(s, 1, probe(func(ctx context.Context, sc *ServerCall) error {
				return invoke(ctx, r, 0, nil, nil) // a call inside a callback
			}))
		}, nil)
	}},
	{"large call", func(ctx context.Context, r *Ref) error {
		return invoke(ctx, r, 0, func(s capnp.Struct, _ *Caps) error { return s.SetData(1, make([]byte, 4<<20)) }, nil)
	}},
}

// waitingObject offers: 0 tell that it has been entered and wait for the end of
// the context, 1 call back.
func waitingObject(entered chan<- struct{}) *Object {
	return probe(func(ctx context.Context, _ *ServerCall) error {
		entered <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}, caller(1))
}

func TestDisconnectDuringEachKindOfCall(t *testing.T) {
	for _, k := range kindsOfCall {
		for _, who := range []string{"server", "client", "socket"} {
			t.Run(k.name+", "+who+" closes", func(t *testing.T) {
				noLeak(t)
				entered := make(chan struct{}, 1)
				client, server := connect(t, waitingObject(entered))
				r := bootstrapRef(t, client)
				result := make(chan error, 1)
				go func() { result <- k.call(WithThread(context.Background(), "main"), r) }()
				receive(t, "the call", entered)
				switch who {
				case "server":
					server.Close()
				case "client":
					client.Close()
				case "socket":
					client.sock.Close()
				}
				err := receive(t, "the error", result)
				wantKind(t, err, ErrDisconnected)
				if !strings.HasPrefix(err.Error(), "core: ") {
					t.Errorf("the error does not name the peer: %v", err)
				}
				receive(t, "the client's end", client.Done())
				receive(t, "the server's end", server.Done())
				if _, err := callEcho(context.Background(), r, "after"); err == nil {
					t.Error("a call after the end")
				}
				if _, err := client.Bootstrap(context.Background()); err == nil {
					t.Error("bootstrap after the end")
				}
			})
		}
	}
}

func TestDisconnectBeforeACall(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	server.Close()
	_, err := callEcho(WithThread(context.Background(), "main"), r, "x")
	wantKind(t, err, ErrDisconnected)
	_, err = client.Bootstrap(context.Background())
	wantKind(t, err, ErrDisconnected)
}

func TestDisconnectBeforeBootstrap(t *testing.T) {
	a, b := socketPair(t)
	b.Close()
	c := newConn(t, a, Options{Name: "rpc", Peer: "core"})
	_, err := c.Bootstrap(context.Background())
	wantKind(t, err, ErrDisconnected)
}

// TestDisconnectDuringBootstrap: the peer takes the question and goes.
func TestDisconnectDuringBootstrap(t *testing.T) {
	c, p := raw(t, Options{})
	result := make(chan error, 1)
	go func() {
		_, err := c.Bootstrap(context.Background())
		result <- err
	}()
	p.want(rpc.Message_Which_bootstrap)
	unix.Shutdown(p.fd, unix.SHUT_RDWR)
	wantKind(t, receive(t, "the error", result), ErrDisconnected)
}

// TestDisconnectAfterTheHandlerReturned: the answer cannot be delivered any
// more, with everything that it carries.
func TestDisconnectAfterTheHandlerReturned(t *testing.T) {
	noLeak(t)
	var released atomic.Int32
	for range 20 {
		entered, gate := make(chan struct{}, 1), make(chan struct{})
		client, server := connect(t, probe(func(ctx context.Context, sc *ServerCall) error {
			entered <- struct{}{}
			<-gate
			r, err := sc.NewResults()
			if err != nil {
				return err
			}
			v, err := NewBulk([]byte("x"))
			if err != nil {
				return err
			}
			if err := sc.ResultCaps().PutBulk(r, 1, v); err != nil {
				return err
			}
			return sc.ResultCaps().PutObject(r, 2, counted(&released))
		}))
		r := bootstrapRef(t, client)
		result := make(chan error, 1)
		go func() { result <- invoke(WithThread(context.Background(), "main"), r, 0, nil, nil) }()
		receive(t, "the call", entered)
		client.Close()
		receive(t, "the server's end", server.Done())
		close(gate)
		wantKind(t, receive(t, "the error", result), ErrDisconnected)
		server.Close()
	}
	eventually(t, "the results are released", func() bool { return released.Load() == 20 })
}

// TestDisconnectRaces ends connections at random moments of busy traffic in
// both directions, as libmultiprocess's tests do at chosen ones.
func TestDisconnectRaces(t *testing.T) {
	noLeak(t)
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for round := range rounds {
		boot := func() *Object {
			return probe(echoHandler, caller(2), func(_ context.Context, sc *ServerCall) error {
				f, err := sc.ParamCaps().TakeFD(sc.Params(), 1)
				if err != nil {
					return err
				}
				r, err := sc.NewResults()
				if err != nil {
					return err
				}
				return sc.ResultCaps().PutFD(r, 1, f)
			}, giver(func() *Object { return probe(echoHandler) }))
		}
		client, server := connectWith(t, Options{Bootstrap: boot()}, Options{Bootstrap: boot()})
		var wg sync.WaitGroup
		var calls atomic.Int64
		for _, c := range []*Conn{client, server} {
			for i := range 4 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					hammer(c, i, &calls)
				}()
			}
		}
		for calls.Load() < int64(round*3) {
			time.Sleep(20 * time.Microsecond)
		}
		if round%2 == 0 {
			client.Close()
		} else {
			server.Close()
		}
		wg.Wait()
		client.Close()
		server.Close()
	}
}

// hammer makes calls of all kinds until one fails.
func hammer(c *Conn, i int, calls *atomic.Int64) {
	ctx := context.Background()
	if i%2 == 0 {
		ctx = WithThread(ctx, fmt.Sprint("hammer ", i))
	}
	r, err := c.Bootstrap(ctx)
	if err != nil {
		return
	}
	defer r.Release()
	for n := uint16(i); ; n++ {
		var read func(s capnp.Struct, t *Caps) error
		method := n % 4
		fill := func(s capnp.Struct, t *Caps) error { return nil }
		switch method {
		case 1:
			fill = func(s capnp.Struct, t *Caps) error { return t.PutObject(s, 1, probe(echoHandler)) }
		case 2:
			fill = func(s capnp.Struct, t *Caps) error {
				v, err := NewBulk([]byte("x"))
				if err != nil {
					return err
				}
				return t.PutBulk(s, 1, v)
			}
			read = func(s capnp.Struct, t *Caps) error {
				f, err := t.TakeFD(s, 1)
				f.Close()
				return err
			}
		case 3:
			read = func(s capnp.Struct, t *Caps) error {
				o, err := t.TakeRef(s, 1)
				if err == nil {
					_, err = callEcho(ctx, o, "x")
					o.Release()
				}
				return err
			}
		}
		if invoke(ctx, r, method, fill, read) != nil {
			return
		}
		calls.Add(1)
	}
}

func TestCloseFromManyGoroutines(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	bootstrapRef(t, client)
	var wg sync.WaitGroup
	for range 8 {
		for _, c := range []*Conn{client, server} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}()
		}
	}
	wg.Wait()
}

// TestRepliesBeforeTheEndAreDelivered: what the peer had answered before it
// went is not lost, although writing to it has failed already.
func TestRepliesBeforeTheEndAreDelivered(t *testing.T) {
	c, p := raw(t, Options{})
	result := make(chan error, 1)
	go func() {
		_, err := c.Bootstrap(context.Background())
		result <- err
	}()
	m := p.want(rpc.Message_Which_bootstrap)
	b, err := m.Bootstrap()
	if err != nil {
		t.Fatal(err)
	}
	p.want(rpc.Message_Which_call)
	p.send(func(m rpc.Message) error {
		r, err := m.NewReturn()
		if err != nil {
			return err
		}
		r.SetAnswerId(b.QuestionId())
		x, err := r.NewException()
		if err != nil {
			return err
		}
		x.SetType(rpc.Exception_Type_unimplemented)
		return x.SetReason("last words")
	})
	p.close()
	err = receive(t, "the error", result)
	if err == nil || !strings.Contains(err.Error(), "last words") {
		t.Errorf("error %v, want the peer's last words", err)
	}
}

// TestPeerThatOnlyStopsReading cannot keep a connection half alive.
func TestPeerThatOnlyStopsReading(t *testing.T) {
	c, p := raw(t, Options{Bootstrap: probe(echoHandler)})
	p.hello()
	unix.Shutdown(p.fd, unix.SHUT_RD)
	_, err := c.Bootstrap(context.Background())
	wantKind(t, err, ErrDisconnected)
}

// TestSlowReaderHoldsCallersBack: calls wait for room instead of piling up, and
// go on when the peer reads.
func TestSlowReaderHoldsCallersBack(t *testing.T) {
	limits := Limits{WriteBytes: 4 << 20}
	c, p := raw(t, Options{Limits: limits})
	r := p.serveBootstrap(c)
	plain := probeMethod(0)
	plain.Context = -1
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			invokeMethod(ctx, r, plain, func(s capnp.Struct, _ *Caps) error { return s.SetData(1, make([]byte, 1<<20)) }, nil)
		}()
	}
	eventually(t, "the queue is full", func() bool { return c.Stats().QueuedOut > limits.WriteBytes/4 })
	// Now the peer reads: all twenty get through, and at no time did more than
	// a few of them wait.
	most := 0
	for range 20 {
		most = max(most, c.Stats().QueuedOut)
		p.want(rpc.Message_Which_call)
	}
	if most > limits.WriteBytes {
		t.Errorf("%d bytes waited", most)
	}
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	cancel()
	wg.Wait()
}
