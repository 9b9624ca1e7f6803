package logd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Limits of one record. A longer text is cut by the sender; a longer record is
// refused by the receiver.
const (
	// MaxText is the longest text of a record in bytes. The longest line that
	// Dash Core's own tests look for is about 2 KiB; IPC traces need more.
	MaxText = 16 << 10
	// MaxName is the longest category, thread, file or function name in bytes.
	MaxName = 96
	// MaxRecord is the longest encoded record in bytes.
	MaxRecord = headerSize + 4*MaxName + MaxText

	headerSize    = 16
	recordMagic   = 'L'
	recordVersion = 1
)

// ErrRecord is the kind of every error of ParseRecord.
var ErrRecord = errors.New("logd: malformed record")

// Level is the severity of a record, numbered as in Dash Core (BCLog::Level).
type Level uint8

// The levels of Dash Core. Info and above are always logged.
const (
	LevelTrace Level = iota
	LevelDebug
	LevelInfo
	LevelWarning
	LevelError
)

var levelNames = [...]string{"trace", "debug", "info", "warning", "error"}

// String returns the name that options and debug.log use.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("level%d", uint8(l))
}

// Record is one line of the log on its way to the supervisor.
type Record struct {
	Level    Level
	Category string // "" for none
	Thread   string // the thread's name, "" if unknown
	File     string // source file, "" if unknown
	Func     string // function, "" if unknown
	Line     uint32 // line in File
	Dropped  uint32 // records the sender dropped since its last one
	Text     string // one line without the newline
}

// AppendRecord appends the encoding of r to b. Names and text that are too long
// are cut. The encoding is a 16-byte header — magic 'L', version, level, the
// lengths of category, thread, file and function (a byte each), a zero byte,
// line and dropped count (little-endian uint32) — then those four strings, and
// the text, which ends with the datagram.
func AppendRecord(b []byte, r Record) []byte {
	cat, thread := cut(r.Category, MaxName), cut(r.Thread, MaxName)
	file, fn := cut(r.File, MaxName), cut(r.Func, MaxName)
	b = append(b, recordMagic, recordVersion, byte(r.Level),
		byte(len(cat)), byte(len(thread)), byte(len(file)), byte(len(fn)), 0)
	b = binary.LittleEndian.AppendUint32(b, r.Line)
	b = binary.LittleEndian.AppendUint32(b, r.Dropped)
	b = append(b, cat...)
	b = append(b, thread...)
	b = append(b, file...)
	b = append(b, fn...)
	return append(b, cutText(r.Text)...)
}

// ParseRecord decodes one datagram from a role. It trusts nothing: lengths are
// checked before a string is made, and a category outside the alphabet of
// category names is refused, since it would be printed inside brackets.
func ParseRecord(b []byte) (Record, error) {
	if len(b) < headerSize || len(b) > MaxRecord {
		return Record{}, fmt.Errorf("%w: %d bytes", ErrRecord, len(b))
	}
	if b[0] != recordMagic || b[1] != recordVersion || b[7] != 0 {
		return Record{}, fmt.Errorf("%w: header", ErrRecord)
	}
	r := Record{
		Level:   Level(b[2]),
		Line:    binary.LittleEndian.Uint32(b[8:]),
		Dropped: binary.LittleEndian.Uint32(b[12:]),
	}
	if r.Level > LevelError {
		return Record{}, fmt.Errorf("%w: level %d", ErrRecord, b[2])
	}
	rest := b[headerSize:]
	for i, field := range []*string{&r.Category, &r.Thread, &r.File, &r.Func} {
		n := int(b[3+i])
		if n > MaxName || n > len(rest) {
			return Record{}, fmt.Errorf("%w: name of %d bytes", ErrRecord, n)
		}
		*field, rest = string(rest[:n]), rest[n:]
	}
	if !validCategory(r.Category) {
		return Record{}, fmt.Errorf("%w: category %q", ErrRecord, r.Category)
	}
	if len(rest) > MaxText {
		return Record{}, fmt.Errorf("%w: text of %d bytes", ErrRecord, len(rest))
	}
	r.Text = string(rest)
	return r, nil
}

// validCategory reports whether s could be one of Dash Core's category names.
func validCategory(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '|' {
			return false
		}
	}
	return true
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// cutMark ends a text that was too long.
const cutMark = "...[cut]"

func cutText(s string) string {
	if len(s) > MaxText {
		return s[:MaxText-len(cutMark)] + cutMark
	}
	return s
}

// addSaturating adds to a drop count without wrapping.
func addSaturating(a, b uint32) uint32 {
	if a > math.MaxUint32-b {
		return math.MaxUint32
	}
	return a + b
}
