package logd

import (
	"strings"
	"testing"
	"time"
)

var testTime = time.Date(2026, 11, 22, 10, 0, 0, 123456000, time.UTC)

// The expected lines follow Logger::LogPrintStr and GetLogPrefix of Dash Core
// v23.1, and the lines of its debug.log.
func TestFormatLine(t *testing.T) {
	for _, c := range []struct {
		name   string
		format Format
		label  string
		r      Record
		want   string
	}{
		{"plain", Format{Timestamps: true}, "", Record{Level: LevelInfo, Text: "Done loading"}, "2026-11-22T10:00:00Z Done loading"},
		{"role", Format{Timestamps: true}, "core", Record{Level: LevelInfo, Text: "x"}, "2026-11-22T10:00:00Z core: x"},
		{"category", Format{Timestamps: true}, "", Record{Level: LevelDebug, Category: "net", Text: "x"}, "2026-11-22T10:00:00Z [net] x"},
		{"category, level", Format{}, "", Record{Level: LevelTrace, Category: "net", Text: "x"}, "[net:trace] x"},
		{"category, info", Format{}, "", Record{Level: LevelInfo, Category: "net", Text: "x"}, "[net:info] x"},
		{"level", Format{}, "", Record{Level: LevelError, Text: "x"}, "[error] x"},
		{"always", Format{LevelAlways: true}, "", Record{Level: LevelInfo, Text: "x"}, "[all:info] x"},
		{"always, debug", Format{LevelAlways: true}, "", Record{Level: LevelDebug, Category: "rpc", Text: "x"}, "[rpc:debug] x"},
		{"everything", Format{Timestamps: true, Micros: true, ThreadNames: true, SourceLocations: true}, "rpc",
			Record{Level: LevelDebug, Category: "http", Thread: "http", File: "rpc/server.go", Func: "serve", Line: 9, Text: "x"},
			"2026-11-22T10:00:00.123456Z [      http] [rpc/server.go:9] [serve] rpc: [http] x"},
		{"no thread", Format{ThreadNames: true}, "", Record{Level: LevelInfo, Text: "x"}, "[   unknown] x"},
		{"forged line", Format{}, "rpc", Record{Level: LevelInfo, Text: "x\n2026-11-22T10:00:00Z core: y"}, `rpc: x\x0a2026-11-22T10:00:00Z core: y`},
		{"forged thread", Format{ThreadNames: true}, "rpc", Record{Level: LevelInfo, Thread: "a\nb", Text: "x"}, `[    a\x0ab] rpc: x`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(c.format.line(nil, testTime, c.label, c.r)); got != c.want+"\n" {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestParseFilter(t *testing.T) {
	for _, c := range []struct {
		name                  string
		debug, exclude, level []string
		logged, notLogged     []string // "category:level", ":level" for none
		warnings              int
	}{
		{"nothing", nil, nil, nil, []string{":info", "net:info", ":warning"}, []string{":debug", "net:debug"}, 0},
		{"one", []string{"net"}, nil, nil, []string{"net:debug", "net|netconn:debug", ":debug"}, []string{"net:trace", "rpc:debug"}, 0},
		{"all", []string{"1"}, []string{"libevent"}, nil, []string{"net:debug", "ipc:debug"}, []string{"libevent:debug", "net:trace"}, 0},
		{"bare -debug", []string{""}, nil, []string{"trace"}, []string{"net:trace", ":trace"}, nil, 0},
		{"off wins", []string{"net", "0"}, nil, nil, nil, []string{"net:debug"}, 0},
		{"none wins", []string{"net", "none"}, nil, nil, nil, []string{"net:debug"}, 0},
		{"group", []string{"dash"}, nil, nil, []string{"llmq-dkg:debug"}, []string{"net:debug"}, 0},
		{"level info", []string{"1"}, nil, []string{"info"}, []string{"net:info"}, []string{"net:debug"}, 0},
		{"level of one", []string{"1"}, nil, []string{"net:trace", "rpc:info"}, []string{"net:trace", "http:debug"}, []string{"http:trace", "rpc:debug"}, 0},
		{"unknown", []string{"nett"}, []string{"bar"}, []string{"loud", "net:loud", "nett:debug", "a:b:c", "error"}, nil, []string{"net:debug"}, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, warnings := ParseFilter(c.debug, c.exclude, c.level)
			if len(warnings) != c.warnings {
				t.Errorf("warnings: %q, want %d", warnings, c.warnings)
			}
			r := f.compile()
			check := func(list []string, want bool) {
				for _, s := range list {
					cat, level, _ := strings.Cut(s, ":")
					if r.accepts(cat, levelOf(level)) != want {
						t.Errorf("%s accepted: %v", s, !want)
					}
				}
			}
			check(c.logged, true)
			check(c.notLogged, false)
		})
	}
}
