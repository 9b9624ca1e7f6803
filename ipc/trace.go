package ipc

import (
	"context"
	"encoding/hex"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"capnproto.org/go/capnp/v3"
)

// Tracer prints calls, for -debug=ipc: one debug record per request and per
// response, at either end. A connection without a Tracer spends nothing on it.
//
// Arguments are printed by the kinds of the method's fields. Secrets are never
// looked at. Text and data are quoted and cut, so that a stranger's bytes can
// neither fake a record nor flood the log.
type Tracer struct{ log *slog.Logger }

// NewTracer returns a Tracer that writes to l.
func NewTracer(l *slog.Logger) *Tracer { return &Tracer{l} }

const (
	traceTextBytes  = 64
	traceTotalBytes = 512
)

// traceCall prints a request that has been sent.
func (c *Conn) traceCall(call *ClientCall) {
	if c.trace == nil {
		return
	}
	call.started = time.Now()
	c.traceRecord("send request", call.method, call.id, call.out.size(), 0,
		fieldsText(call.params, call.method.ParamFields), nil)
}

// traceReply prints the response to it.
func (c *Conn) traceReply(call *ClientCall) {
	if c.trace == nil {
		return
	}
	size := 0
	if call.in != nil {
		size = len(call.in.buf)
	}
	c.traceRecord("receive response", call.method, call.id, size, time.Since(call.started),
		fieldsText(call.results, call.method.ResultFields), call.err)
}

// traceRequest prints a request that has come.
func (c *Conn) traceRequest(sc *ServerCall) {
	m := sc.method
	if m == nil && sc.obj != nil {
		_, m = sc.obj.find(sc.call.InterfaceId(), sc.call.MethodId())
	}
	if m == nil {
		m = &Method{Name: sc.name()}
	}
	c.traceRecord("receive request", m, sc.ans.id, len(sc.in.buf), 0, fieldsText(sc.params, m.ParamFields), nil)
}

// traceReturn prints the response to it.
func (c *Conn) traceReturn(sc *ServerCall, err error) {
	m := sc.method
	if m == nil {
		m = &Method{Name: sc.name()}
	}
	size := 0
	if sc.out != nil && sc.laid {
		size = sc.out.size()
	}
	c.traceRecord("send response", m, sc.ans.id, size, time.Since(sc.started),
		fieldsText(sc.results, m.ResultFields), err)
}

func (c *Conn) traceRecord(what string, m *Method, id uint32, size int, d time.Duration, args string, err error) {
	attrs := []slog.Attr{
		slog.String("name", c.name), slog.String("peer", c.peer),
		slog.String("method", m.Name), slog.Uint64("id", uint64(id)), slog.Int("bytes", size),
	}
	if d > 0 {
		attrs = append(attrs, slog.Duration("took", d))
	}
	if err != nil {
		_, text, _ := outbound(m.Name, err)
		attrs = append(attrs, slog.String("err", quoted(text, traceTotalBytes)))
	} else {
		attrs = append(attrs, slog.String("args", args))
	}
	c.trace.log.LogAttrs(context.Background(), slog.LevelDebug, "ipc: "+what, attrs...)
}

// fieldsText prints the fields of s.
func fieldsText(s capnp.Struct, fields []Field) string {
	var b strings.Builder
	b.WriteByte('(')
	for i := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > traceTotalBytes {
			b.WriteString("…")
			break
		}
		b.WriteString(fields[i].Name)
		b.WriteString(": ")
		b.WriteString(fields[i].text(s))
	}
	b.WriteByte(')')
	return b.String()
}

// text prints one field.
func (f *Field) text(s capnp.Struct) string {
	switch f.Kind {
	case KindSecret:
		return redacted
	case KindVoid:
		return "void"
	case KindText, KindData, KindStruct, KindList, KindObject, KindContext, KindFD, KindBulk:
		return f.pointerText(s)
	case KindBool:
		return strconv.FormatBool(s.Bit(capnp.BitOffset(f.Slot)))
	}
	return f.numberText(s)
}

func (f *Field) numberText(s capnp.Struct) string {
	off := func(size uint32) capnp.DataOffset { return capnp.DataOffset(f.Slot * size) }
	switch f.Kind {
	case KindInt8:
		return strconv.FormatInt(int64(int8(s.Uint8(off(1)))), 10)
	case KindInt16:
		return strconv.FormatInt(int64(int16(s.Uint16(off(2)))), 10)
	case KindInt32:
		return strconv.FormatInt(int64(int32(s.Uint32(off(4)))), 10)
	case KindInt64:
		return strconv.FormatInt(int64(s.Uint64(off(8))), 10)
	case KindUint8:
		return strconv.FormatUint(uint64(s.Uint8(off(1))), 10)
	case KindUint16, KindEnum:
		return strconv.FormatUint(uint64(s.Uint16(off(2))), 10)
	case KindUint32:
		return strconv.FormatUint(uint64(s.Uint32(off(4))), 10)
	case KindUint64:
		return strconv.FormatUint(s.Uint64(off(8)), 10)
	case KindFloat32:
		return strconv.FormatFloat(float64(math.Float32frombits(s.Uint32(off(4)))), 'g', -1, 32)
	case KindFloat64:
		return strconv.FormatFloat(math.Float64frombits(s.Uint64(off(8))), 'g', -1, 64)
	}
	return "?"
}

func (f *Field) pointerText(s capnp.Struct) string {
	p, err := s.Ptr(uint16(f.Slot))
	if err != nil || !p.IsValid() {
		return "null"
	}
	switch f.Kind {
	case KindText:
		return quoted(p.Text(), traceTextBytes)
	case KindData:
		b := p.Data()
		cut := b[:min(len(b), traceTextBytes/2)]
		text := hex.EncodeToString(cut)
		if len(cut) < len(b) {
			text += "… " + strconv.Itoa(len(b)) + " bytes"
		}
		return text
	case KindStruct:
		return "struct"
	case KindList:
		return "list of " + strconv.Itoa(p.List().Len())
	case KindContext:
		return "context"
	case KindFD:
		return "descriptor"
	case KindBulk:
		return "bulk"
	}
	return "object " + strconv.FormatUint(uint64(p.Interface().Capability()), 10)
}

// quoted cuts and quotes text that may be a stranger's.
func quoted(s string, limit int) string {
	if len(s) <= limit {
		return strconv.QuoteToASCII(s)
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.QuoteToASCII(s[:cut]) + "… " + strconv.Itoa(len(s)) + " bytes"
}
