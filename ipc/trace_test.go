package ipc

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"capnproto.org/go/capnp/v3"
)

func TestTrace(t *testing.T) {
	var near, far buffer
	tracer := func(b *buffer) *Tracer {
		return NewTracer(slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})))
	}
	fields := []Field{
		{"context", KindContext, 0},
		{"passphrase", KindSecret, 1},
		{"text", KindText, 2},
		{"data", KindData, 3},
		{"flag", KindBool, 0},
		{"small", KindInt8, 1},
		{"fee", KindInt64, 1},
	}
	m := &Method{
		Interface: probeID, Name: "Wallet.unlock", Params: probeSize, Results: probeSize,
		ParamFields: fields, ResultFields: []Field{{"ok", KindBool, 0}, {"note", KindText, 1}},
		Handle: func(_ context.Context, _ any, sc *ServerCall) error {
			if sc.Params().Uint64(8) == 1<<64-7 {
				r, err := sc.NewResults()
				if err != nil {
					return err
				}
				r.SetBit(0, true)
				return r.SetNewText(1, "done")
			}
			return &Error{Kind: "policy.fee.max", Text: "fee\x1b[31m too high"}
		},
	}
	boot := NewObject(nil, nil, &InterfaceTable{ID: probeID, Name: "Wallet", Methods: []*Method{m}})
	client, _ := connectWith(t, Options{Trace: tracer(&near)}, Options{Trace: tracer(&far), Bootstrap: boot})
	r := bootstrapRef(t, client)
	ctx := WithThread(context.Background(), "main")
	call := func(fee int64) error {
		return invokeMethod(ctx, r, m, func(s capnp.Struct, c *Caps) error {
			v, err := NewSecret([]byte("hunter2"))
			if err != nil {
				return err
			}
			s.SetBit(0, true)
			s.SetUint8(1, 0xff)
			s.SetUint64(8, uint64(fee))
			if err := c.PutSecret(s, 1, v); err != nil {
				return err
			}
			if err := s.SetNewText(2, "line\nbreak\x1b"+strings.Repeat("ö", 200)); err != nil {
				return err
			}
			return s.SetData(3, make([]byte, 1000))
		}, nil)
	}
	if err := call(-7); err != nil {
		t.Fatal(err)
	}
	if err := call(8); err == nil {
		t.Fatal("no error")
	}
	for name, log := range map[string]*buffer{"near": &near, "far": &far} {
		text := log.String()
		for _, want := range []string{
			"request", "response", "method=Wallet.unlock", "id=", "bytes=", "took=",
			"passphrase: [redacted]", "flag: true", "small: -1", "fee: -7", "ok: true", `note: \"done\"`,
			`line\\nbreak\\x1b`, "411 bytes", "1000 bytes", "fee?[31m too high", "name=", "peer=",
			"method=ThreadMap.makeThread", "method=Init.construct",
		} {
			if name == "near" && want == "method=ThreadMap.makeThread" {
				continue // sent by the connection itself
			}
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", name, want, text)
			}
		}
		for _, bad := range []string{"hunter2", "\x1b", strings.Repeat("00", 100)} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: %q in\n%s", name, bad, text)
			}
		}
		for line := range strings.Lines(text) {
			if len(line) > 1500 {
				t.Errorf("%s: a line of %d bytes", name, len(line))
			}
		}
	}
	if !strings.Contains(near.String(), "send request") || !strings.Contains(far.String(), "receive request") ||
		!strings.Contains(near.String(), "receive response") || !strings.Contains(far.String(), "send response") {
		t.Error("a direction is missing")
	}
}

// TestTraceOfTooManyFields: a struct of many long fields is cut.
func TestTraceOfTooManyFields(t *testing.T) {
	_, seg := capnp.NewSingleSegmentMessage(nil)
	s, err := capnp.NewRootStruct(seg, capnp.ObjectSize{PointerCount: 100})
	if err != nil {
		t.Fatal(err)
	}
	var fields []Field
	for i := range 100 {
		fields = append(fields, Field{"f", KindText, uint32(i)})
		if err := s.SetNewText(uint16(i), strings.Repeat("x", 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if text := fieldsText(s, fields); len(text) > traceTotalBytes+200 || !strings.HasSuffix(text, "…)") {
		t.Errorf("%d bytes: %.100s", len(text), text)
	}
}

// TestTraceOfEveryKind prints a value of each kind, and of none.
func TestTraceOfEveryKind(t *testing.T) {
	_, seg := capnp.NewSingleSegmentMessage(nil)
	s, err := capnp.NewRootStruct(seg, capnp.ObjectSize{DataSize: 16, PointerCount: 2})
	if err != nil {
		t.Fatal(err)
	}
	s.SetUint64(0, 0x3ff0000000000000)
	s.SetUint64(8, 0xfffffffffffffffe)
	if err := s.SetNewText(0, "t"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    Field
		want string
	}{
		{Field{"", KindVoid, 0}, "void"},
		{Field{"", KindBool, 52}, "true"},
		{Field{"", KindInt8, 8}, "-2"},
		{Field{"", KindInt16, 4}, "-2"},
		{Field{"", KindInt32, 2}, "-2"},
		{Field{"", KindInt64, 1}, "-2"},
		{Field{"", KindUint8, 8}, "254"},
		{Field{"", KindUint16, 4}, "65534"},
		{Field{"", KindEnum, 4}, "65534"},
		{Field{"", KindUint32, 2}, "4294967294"},
		{Field{"", KindUint64, 1}, "18446744073709551614"},
		{Field{"", KindFloat64, 0}, "1"},
		{Field{"", KindFloat32, 1}, "1.875"},
		{Field{"", KindText, 0}, `"t"`},
		{Field{"", KindText, 1}, "null"},
		{Field{"", KindData, 0}, "7400"},
		{Field{"", KindStruct, 0}, "struct"},
		{Field{"", KindList, 0}, "list of 2"},
		{Field{"", KindObject, 1}, "null"},
		{Field{"", KindFD, 0}, "descriptor"},
		{Field{"", KindBulk, 0}, "bulk"},
		{Field{"", KindContext, 0}, "context"},
		{Field{"", KindSecret, 0}, "[redacted]"},
		{Field{"", FieldKind(200), 0}, "?"},
		{Field{"", KindUint64, 1 << 20}, "0"},
		{Field{"", KindText, 1 << 10}, "null"},
	} {
		if got := c.f.text(s); got != c.want {
			t.Errorf("kind %d, slot %d: %q, want %q", c.f.Kind, c.f.Slot, got, c.want)
		}
	}
}
