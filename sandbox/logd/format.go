package logd

import (
	"fmt"
	"strconv"
	"time"
)

// Format chooses what a line of debug.log shows besides its text.
type Format struct {
	Timestamps      bool // -logtimestamps
	Micros          bool // -logtimemicros
	ThreadNames     bool // -logthreadnames
	SourceLocations bool // -logsourcelocations
	LevelAlways     bool // -loglevelalways
}

// line renders one record with its newline (Logger::LogPrintStr and its
// helpers). Label is the role that sent it, "" for the supervisor itself.
func (f Format) line(b []byte, now time.Time, label string, r Record) []byte {
	if f.Timestamps {
		layout := "2006-01-02T15:04:05Z "
		if f.Micros {
			layout = "2006-01-02T15:04:05.000000Z "
		}
		b = now.UTC().AppendFormat(b, layout)
	}
	if f.ThreadNames {
		name := r.Thread
		if name == "" {
			name = "unknown"
		}
		b = fmt.Appendf(b, "[%10s] ", Quote(name))
	}
	if f.SourceLocations {
		b = append(b, '[')
		b = append(b, Quote(r.File)...)
		b = append(b, ':')
		b = strconv.AppendUint(b, uint64(r.Line), 10)
		b = append(b, "] ["...)
		b = append(b, Quote(r.Func)...)
		b = append(b, "] "...)
	}
	if label != "" {
		b = append(b, label...)
		b = append(b, ": "...)
	}
	b = f.prefix(b, r)
	b = append(b, Quote(r.Text)...)
	return append(b, '\n')
}

// prefix is Dash Core's Logger::GetLogPrefix: the category, and the level where
// it is not the one that goes without saying.
func (f Format) prefix(b []byte, r Record) []byte {
	category := r.Category
	if category == "" && f.LevelAlways {
		category = "all"
	}
	if category == "" && r.Level == LevelInfo {
		return b
	}
	b = append(b, '[')
	b = append(b, category...)
	if f.LevelAlways || category == "" || r.Level != LevelDebug {
		if category != "" {
			b = append(b, ':')
		}
		b = append(b, r.Level.String()...)
	}
	return append(b, "] "...)
}
