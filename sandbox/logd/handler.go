package logd

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Keys of attributes that have a meaning of their own; every other attribute is
// appended to the text as key=value.
const (
	keyCategory = "category"
	keyThread   = "thread"
)

// slogTrace is the slog level of LevelTrace.
const slogTrace = slog.LevelDebug - 4

// Category marks a record, or a logger made with slog.Logger.With, as belonging
// to a category of Dash Core.
func Category(name string) slog.Attr { return slog.String(keyCategory, name) }

// Thread names the thread of execution a record comes from.
func Thread(name string) slog.Attr { return slog.String(keyThread, name) }

// TraceLevel is the slog level that becomes LevelTrace.
func TraceLevel() slog.Level { return slogTrace }

// sink takes finished records: a Sender in a role, a Service in the supervisor.
// It must not block.
type sink interface{ emit(Record) }

// Handler is the slog.Handler of every role and of the supervisor. Text keeps
// the wording of its caller; values of attributes that could confuse a reader
// are quoted; types that hide themselves (slog.LogValuer, fmt.Formatter) stay
// hidden.
type Handler struct {
	sink     sink
	filter   *Switch
	category string
	thread   string
	prefix   string // of the group: "a.b."
	attrs    string // preformatted, with a leading space
}

func newHandler(s sink, f *Switch) *Handler { return &Handler{sink: s, filter: f} }

// Enabled reports whether any record of the level could be logged.
func (h *Handler) Enabled(_ context.Context, l slog.Level) bool {
	lv, rules := fromSlog(l), h.filter.rules.Load()
	if h.category != "" {
		return rules.accepts(h.category, lv)
	}
	return lv >= rules.lowest
}

// Handle formats the record and passes it on. It never fails: a log that cannot
// be written counts its losses elsewhere.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	rec := Record{Level: fromSlog(r.Level), Category: h.category, Thread: h.thread}
	var b strings.Builder
	b.WriteString(strings.TrimRight(r.Message, "\n"))
	b.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		h.take(&b, h.prefix, a, &rec.Category, &rec.Thread)
		return true
	})
	if !h.filter.rules.Load().accepts(rec.Category, rec.Level) {
		return nil
	}
	if r.PC != 0 {
		fr, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
		rec.File, rec.Line = shortFile(fr.File), uint32(max(fr.Line, 0))
		rec.Func = fr.Function[strings.LastIndexByte(fr.Function, '.')+1:]
	}
	rec.Text = b.String()
	h.sink.emit(rec)
	return nil
}

// WithAttrs returns a handler that adds the attributes to each record.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	var b strings.Builder
	b.WriteString(h.attrs)
	for _, a := range attrs {
		c.take(&b, h.prefix, a, &c.category, &c.thread)
	}
	c.attrs = b.String()
	return &c
}

// WithGroup returns a handler that qualifies the keys of later attributes.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.prefix += name + "."
	return &c
}

// take consumes one attribute: the special ones into category and thread, any
// other into b.
func (h *Handler) take(b *strings.Builder, prefix string, a slog.Attr, category, thread *string) {
	a.Value = a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
	case prefix == "" && a.Key == keyCategory:
		*category = a.Value.String()
	case prefix == "" && a.Key == keyThread:
		*thread = a.Value.String()
	case a.Value.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, g := range a.Value.Group() {
			h.take(b, prefix, g, category, thread)
		}
	default:
		b.WriteByte(' ')
		b.WriteString(prefix)
		b.WriteString(a.Key)
		b.WriteByte('=')
		b.WriteString(quoteValue(a.Value))
	}
}

// quoteValue prints a value so that it cannot be taken for several.
func quoteValue(v slog.Value) string {
	s := ""
	if v.Kind() == slog.KindAny {
		s = fmt.Sprint(v.Any())
	} else {
		s = v.String()
	}
	if s == "" || strings.ContainsAny(s, " =\"") || !isPlain(s) {
		return strconv.Quote(s)
	}
	return s
}

func fromSlog(l slog.Level) Level {
	switch {
	case l < slog.LevelDebug:
		return LevelTrace
	case l < slog.LevelInfo:
		return LevelDebug
	case l < slog.LevelWarn:
		return LevelInfo
	case l < slog.LevelError:
		return LevelWarning
	}
	return LevelError
}

// shortFile keeps the last two elements of a path: "core/core.go".
func shortFile(p string) string {
	dir, file := filepath.Split(p)
	return filepath.Join(filepath.Base(dir), file)
}
