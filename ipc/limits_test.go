package ipc

import (
	"context"
	"errors"
	"testing"

	"capnproto.org/go/capnp/v3"
)

// TestOwnLimitsFailTheCallOnly: what would cost the connection at the peer is
// refused here, and the connection lives.
func TestOwnLimitsFailTheCallOnly(t *testing.T) {
	limits := Limits{
		MessageBytes: 64 << 10, CallsInFlight: 8, Exports: 8, FDsPerMessage: 2, Segments: 8,
		Threads: 4, HeldBytes: 100 << 10,
	}
	gate := make(chan struct{})
	entered := make(chan struct{}, 100)
	client, server := connectWith(t, Options{Limits: limits}, Options{Limits: limits, Bootstrap: probe(
		echoHandler,
		func(context.Context, *ServerCall) error { entered <- struct{}{}; <-gate; return nil },
		func(_ context.Context, sc *ServerCall) error { // an answer that is too large
			r, err := sc.NewResults()
			if err != nil {
				return err
			}
			return r.SetData(1, make([]byte, 100<<10))
		},
		func(_ context.Context, sc *ServerCall) error { // an answer with too many objects
			r, err := sc.NewResults()
			if err != nil {
				return err
			}
			l, err := capnp.NewPointerList(r.Segment(), 20)
			if err != nil {
				return err
			}
			for i := range 20 {
				s, err := capnp.NewStruct(r.Segment(), onePointer)
				if err != nil {
					return err
				}
				if err := sc.ResultCaps().PutObject(s, 0, probe(echoHandler)); err != nil {
					return err
				}
				if err := l.Set(i, s.ToPtr()); err != nil {
					return err
				}
			}
			return r.SetPtr(1, l.ToPtr())
		},
	)})
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	alive := func() {
		t.Helper()
		if got, err := callEcho(ctx, r, "alive"); err != nil || got != "alive" {
			t.Fatalf("afterwards: %q, %v", got, err)
		}
	}
	alive()
	err := invoke(ctx, r, 0, func(s capnp.Struct, _ *Caps) error { return s.SetData(1, make([]byte, 70<<10)) }, nil)
	wantKind(t, err, ErrLimit)
	alive()
	err = invoke(ctx, r, 0, func(s capnp.Struct, c *Caps) error {
		for i := range uint16(3) {
			v, err := NewBulk([]byte("x"))
			if err != nil {
				return err
			}
			if err := c.PutBulk(s, 1+i, v); err != nil {
				return err
			}
		}
		return nil
	}, nil)
	wantKind(t, err, ErrLimit)
	alive()
	for _, ordinal := range []uint16{2, 3} {
		err = invoke(ctx, r, ordinal, nil, nil)
		wantKind(t, err, ErrLimit)
		alive()
	}
	t.Run("threads and calls in flight", func(t *testing.T) {
		results := make(chan error, 20)
		for range 4 {
			go func() { results <- invoke(context.Background(), r, 1, nil, nil) }()
		}
		var err error
		for range 3 { // one thread is that of ctx, evicted when idle
			receive(t, "a call", entered)
		}
		receive(t, "the fourth call", entered)
		err = invoke(WithThread(context.Background(), "fifth"), r, 0, nil, nil)
		wantKind(t, err, ErrLimit)
		close(gate)
		for range 4 {
			if err := receive(t, "a result", results); err != nil {
				t.Error(err)
			}
		}
		alive()
	})
	if err := errors.Join(client.Err(), server.Err()); err != nil {
		t.Fatal(err)
	}
	settled(t, server, 8, 8)
	settled(t, client, 8, 8)
}

func TestLimitsHaveDefaults(t *testing.T) {
	d := DefaultLimits()
	if got := (Limits{}).withDefaults(); got != d {
		t.Errorf("%+v, want %+v", got, d)
	}
	got := Limits{FDsPerMessage: 1000, Threads: 3, MessageBytes: 1}.withDefaults()
	if got.FDsPerMessage != 253 || got.Threads != 3 || got.MessageBytes != 256 {
		t.Errorf("%+v", got)
	}
}

func TestStats(t *testing.T) {
	client, server := connect(t, probe(echoHandler))
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	if _, err := callEcho(ctx, r, "x"); err != nil {
		t.Fatal(err)
	}
	c, s := client.Stats(), server.Stats()
	if c.BytesOut == 0 || c.MessagesOut < 4 || c.Imports < 2 || c.Exports < 1 {
		t.Errorf("client %+v", c)
	}
	if s.Threads != 1 || s.Exports < 2 || s.MessagesIn < 4 || s.BytesIn == 0 {
		t.Errorf("server %+v", s)
	}
	eventually(t, "what one sends the other receives", func() bool {
		c, s := client.Stats(), server.Stats()
		return c.BytesOut == s.BytesIn && s.BytesOut == c.BytesIn &&
			c.MessagesOut == s.MessagesIn && s.MessagesOut == c.MessagesIn
	})
}
