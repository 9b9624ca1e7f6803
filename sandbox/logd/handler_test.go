package logd

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type list struct{ records []Record }

func (l *list) emit(r Record) { l.records = append(l.records, r) }

type hidden struct{}

func (hidden) LogValue() slog.Value { return slog.StringValue("[redacted]") }

func TestHandler(t *testing.T) {
	var l list
	f, _ := ParseFilter([]string{"net", "ipc"}, nil, nil)
	log := slog.New(newHandler(&l, NewSwitch(f)))
	log.Info("UpdateTip: new best=00ff\n")
	log.Debug("peer=1", Category("net"))
	log.Debug("not enabled", Category("rpc"))
	log.With(Category("ipc"), Thread("worker")).Debug("send", "n", 1, "who", "a b", "s", hidden{})
	log.With("k", "v").WithGroup("g").Warn("grouped", "evil", "x\ny", slog.Group("h", "i", 2))
	log.Error("empty", "k", "")
	want := []Record{
		{Level: LevelInfo, Text: "UpdateTip: new best=00ff"},
		{Level: LevelDebug, Category: "net", Text: "peer=1"},
		{Level: LevelDebug, Category: "ipc", Thread: "worker", Text: `send n=1 who="a b" s=[redacted]`},
		{Level: LevelWarning, Text: `grouped k=v g.evil="x\ny" g.h.i=2`},
		{Level: LevelError, Text: `empty k=""`},
	}
	for i := range l.records {
		r := &l.records[i]
		if !strings.HasSuffix(r.File, "logd/handler_test.go") || r.Func != "TestHandler" || r.Line == 0 {
			t.Errorf("location %s:%d %s", r.File, r.Line, r.Func)
		}
		r.File, r.Func, r.Line = "", "", 0
	}
	if d := cmp.Diff(want, l.records); d != "" {
		t.Error(d)
	}
}

func TestHandlerEnabled(t *testing.T) {
	h := newHandler(&list{}, NewSwitch(Filter{Enabled: []string{"net"}, Levels: map[string]string{"net": "trace"}}))
	net := h.WithAttrs([]slog.Attr{Category("net")})
	rpc := h.WithAttrs([]slog.Attr{Category("rpc")})
	if !h.Enabled(t.Context(), TraceLevel()) || !net.Enabled(t.Context(), TraceLevel()) {
		t.Error("trace of an enabled category is off")
	}
	if rpc.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("debug of a category that is not enabled is on")
	}
}
