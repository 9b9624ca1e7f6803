package logd

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestRecordRoundTrip(t *testing.T) {
	for name, r := range map[string]Record{
		"empty":   {},
		"all":     {Level: LevelError, Category: "net|netconn", Thread: "msghand", File: "core/net.go", Func: "accept", Line: 77, Dropped: 1<<32 - 1, Text: "a\nb\x00"},
		"longest": {Text: strings.Repeat("x", MaxText), Thread: strings.Repeat("t", MaxName)},
	} {
		t.Run(name, func(t *testing.T) {
			b := AppendRecord(nil, r)
			if len(b) > MaxRecord {
				t.Fatalf("%d bytes, more than MaxRecord", len(b))
			}
			got, err := ParseRecord(b)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(r, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRecordIsCut(t *testing.T) {
	r := Record{Category: strings.Repeat("c", MaxName+1), Text: strings.Repeat("x", MaxText+1)}
	got, err := ParseRecord(AppendRecord(nil, r))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Text) != MaxText || !strings.HasSuffix(got.Text, cutMark) || len(got.Category) != MaxName {
		t.Errorf("text %d bytes, category %d bytes", len(got.Text), len(got.Category))
	}
}

func TestParseRecordRefuses(t *testing.T) {
	ok := AppendRecord(nil, Record{Level: LevelInfo, Category: "net", Text: "hello"})
	change := func(i int, v byte) []byte {
		b := bytes.Clone(ok)
		b[i] = v
		return b
	}
	for name, b := range map[string][]byte{
		"empty":                 nil,
		"short":                 ok[:headerSize-1],
		"magic":                 change(0, 'X'),
		"version":               change(1, 2),
		"level":                 change(2, byte(LevelError)+1),
		"reserved":              change(7, 1),
		"name beyond the end":   change(6, 90),
		"name beyond the limit": append(change(4, MaxName+1), make([]byte, 200)...),
		"category with bracket": AppendRecord(nil, Record{Category: "net] x"}),
		"category with newline": AppendRecord(nil, Record{Category: "net\n"}),
		"text beyond the limit": append(AppendRecord(nil, Record{}), make([]byte, MaxText+1)...),
		"beyond MaxRecord":      make([]byte, MaxRecord+1),
	} {
		if _, err := ParseRecord(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":              "plain text",
		"a\nb":                    `a\x0ab`,
		"\x1b[31mred\x7f":         `\x1b[31mred\x7f`,
		"caf\u00e9 \u4e16":        "caf\u00e9 \u4e16",
		"bad \xff\xc3 utf8":       `bad \xff\xc3 utf8`,
		"\u202egnp.exe":           `\u{202e}gnp.exe`,
		"line\u2028sep":           `line\u{2028}sep`,
		"c1 \u0085 control":       `c1 \u{85} control`,
		"real \ufffd replacement": "real \ufffd replacement",
	} {
		if got := Quote(in); got != want {
			t.Errorf("Quote(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzParseRecord: whatever a role sends, parsing does not fail badly, and what
// it accepts becomes exactly one line of valid UTF-8 without control characters.
func FuzzParseRecord(f *testing.F) {
	f.Add(AppendRecord(nil, Record{Level: LevelInfo, Text: "UpdateTip: new best"}))
	f.Add(AppendRecord(nil, Record{Category: "net", Thread: "msghand", File: "f", Func: "g", Line: 1, Text: "\x1b[0m\n\xff"}))
	f.Add([]byte("L\x01\x00\x60\x60\x60\x60\x00________"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRecord(b)
		if err != nil {
			return
		}
		if again := AppendRecord(nil, r); !bytes.Equal(again, b) {
			t.Fatalf("encodes to %x, came from %x", again, b)
		}
		format := Format{Timestamps: true, Micros: true, ThreadNames: true, SourceLocations: true, LevelAlways: true}
		line := format.line(nil, testTime, "core", r)
		if !utf8.Valid(line) || bytes.IndexByte(line, '\n') != len(line)-1 {
			t.Fatalf("not one line: %q", line)
		}
		for _, c := range line[:len(line)-1] {
			if c < 0x20 || c == 0x7f {
				t.Fatalf("control character in %q", line)
			}
		}
	})
}
