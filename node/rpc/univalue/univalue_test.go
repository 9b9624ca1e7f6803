package univalue

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func mustParse(t testing.TB, text string) Value {
	t.Helper()
	v, ok := Parse([]byte(text))
	if !ok {
		t.Fatalf("Parse(%q) failed", text)
	}
	return v
}

func TestParseAccepts(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		kind       Kind
	}{
		{"null", "null", Null},
		{"bool", " true\n", Bool},
		{"false", "false", Bool},
		{"zero", "0", Number},
		{"minus zero", "-0", Number},
		{"fraction", "-0.10", Number},
		{"exponent", "1e+5", Number},
		{"huge", "123456789012345678901234567890.000000001E-99", Number},
		{"string", `"a"`, String},
		{"escapes", `"\"\\\/\b\f\n\r\t\u0000\u20AC\ud83d\ude00"`, String},
		{"delete", "\"\x7f\"", String},
		{"utf8", `"é€😀"`, String},
		{"empty array", "[ ]", Array},
		{"empty object", "{ }", Object},
		{"nested", ` [ {"a" : [ 1 , { } ] } , [] ] `, Array},
		{"equal keys", `{"a":1,"a":2}`, Object},
		{"deepest", strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth), Array},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := mustParse(t, tc.text).Kind(); got != tc.kind {
				t.Errorf("kind %v, want %v", got, tc.kind)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           "",
		"white space":       " \n",
		"byte order mark":   "\ufeff{}",
		"two values":        "1 2",
		"trailing bracket":  "[]]",
		"trailing comma":    "[1,]",
		"leading comma":     "[,1]",
		"double comma":      "[1,,2]",
		"object comma":      `{"a":1,}`,
		"missing colon":     `{"a" 1}`,
		"missing value":     `{"a":}`,
		"missing comma":     `["a" "b"]`,
		"number as key":     `{1:2}`,
		"wrong bracket":     "[1}",
		"wrong bracket 2":   `{"a":1]`,
		"open array":        "[1",
		"open object":       `{"a":1`,
		"open string":       `"a`,
		"open escape":       `"a\`,
		"unknown escape":    `"\x41"`,
		"short unicode":     `"\u12"`,
		"lone high":         `"\ud83d"`,
		"lone low":          `"\ude00"`,
		"high and high":     `"\ud83d\ud83d"`,
		"control character": "\"a\nb\"",
		"malformed utf8":    "\"\xff\"",
		"overlong utf8":     "\"\xc0\xaf\"",
		"surrogate as utf8": "\"\xed\xa0\x80\"",
		"leading zero":      "01",
		"minus only":        "-",
		"plus":              "+1",
		"bare fraction":     ".5",
		"empty fraction":    "1.",
		"empty exponent":    "1e",
		"hexadecimal":       "0x10",
		"infinity":          "Infinity",
		"single quotes":     "'a'",
		"upper case":        "TRUE",
		"literal and more":  "truex",
		"comment":           "[1/*x*/]",
		"nul":               "1\x00",
		"too deep":          strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
		"far too deep":      strings.Repeat(`{"a":[`, 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if v, ok := Parse([]byte(text)); ok {
				t.Errorf("accepted as %v %.40q", v.Kind(), v.Raw())
			}
		})
	}
}

func TestWalk(t *testing.T) {
	v := mustParse(t, ` { "a" : [ 1 , "x,]\"" , { "b" : null } ] , "\u0062" : true, "a":3 } `)
	var got []string
	for k, m := range v.Members() {
		got = append(got, k.Text()+"="+string(m.Raw()))
	}
	want := []string{`a=[ 1 , "x,]\"" , { "b" : null } ]`, "b=true", "a=3"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := v.Len(); n != 3 {
		t.Errorf("Len = %d", n)
	}
	if !v.Find("b").True() {
		t.Error("an escaped key was not found")
	}
	if v.Find("a").Len() != 3 {
		t.Error("Find did not return the first of equal keys")
	}
	if !v.Find("missing").IsNull() || string(v.Find("missing").Raw()) != "null" {
		t.Error("a missing member is not null")
	}
	var elems []string
	for e := range v.Find("a").Elements() {
		elems = append(elems, string(e.Raw()))
	}
	if d := cmp.Diff([]string{"1", `"x,]\""`, `{ "b" : null }`}, elems); d != "" {
		t.Error(d)
	}
	for range v.Find("a").Elements() {
		break // stopping early must be possible
	}
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		`"plain"`:                          "plain",
		`""`:                               "",
		`"\"\\\/\b\f\n\r\t"`:               "\"\\/\b\f\n\r\t",
		`"\u0041\u00e9\u20ac\ud83d\ude00"`: "Aé€😀",
		`"\u0000"`:                         "\x00",
	} {
		v := mustParse(t, text)
		if got := v.Text(); got != want {
			t.Errorf("%s: Text = %q, want %q", text, got, want)
		}
		if got := string(v.AppendText(nil)); got != want {
			t.Errorf("%s: AppendText = %q, want %q", text, got, want)
		}
		if !v.Is(want) || v.Is(want+"x") {
			t.Errorf("%s: Is is wrong", text)
		}
	}
	if (Value{}).Text() != "" || mustParse(t, "12").Text() != "" {
		t.Error("text of a value that is no string")
	}
}

func TestWrite(t *testing.T) {
	for _, tc := range []struct{ name, text, compact, indented string }{
		{"scalar", " 1.10e5 ", "1.10e5", "1.10e5"},
		{"string", `"\u00e9\/\u007f\u001f\u0022"`, `"é/\u007f\u001f\""`, `"é/\u007f\u001f\""`},
		{"empty array", "[ ]", "[]", "[\n]"},
		{"empty object", "{}", "{}", "{\n}"},
		{"order", `{ "b":1,"a":[1, 2 ],"b":{} }`, `{"b":1,"a":[1,2],"b":{}}`,
			"{\n  \"b\": 1,\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {\n  }\n}"},
		{"arrays", `[[],[[ ]],0]`, `[[],[[]],0]`,
			"[\n  [\n  ],\n  [\n    [\n    ]\n  ],\n  0\n]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := mustParse(t, tc.text)
			if d := cmp.Diff(tc.compact, string(v.AppendCompact(nil))); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tc.indented, string(v.AppendIndented(nil, 2))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAppendString(t *testing.T) {
	got := string(AppendString([]byte("x"), "a\"\\\b\f\n\r\t\x01\x7fé\xff"))
	want := `x"a\"\\\b\f\n\r\t\u0001\u007fé` + "\ufffd" + `"`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDepth pins the bound itself.
func TestDepth(t *testing.T) {
	for depth, want := range map[int]bool{1: true, 511: true, 512: true, 513: false, 1024: false, 100000: false} {
		for _, pair := range []string{"[]", `{"a":`} {
			text := strings.Repeat(pair[:len(pair)-1], depth) + strings.Repeat("]", depth)
			if pair != "[]" {
				text = strings.Repeat(pair, depth) + "1" + strings.Repeat("}", depth)
			}
			if _, ok := Parse([]byte(text)); ok != want {
				t.Errorf("depth %d of %q: %v", depth, pair, ok)
			}
		}
	}
}

// TestParseAllocatesNothing is the bound on what a hostile text can cost: no
// tree is built whatever its shape.
func TestParseAllocatesNothing(t *testing.T) {
	text := []byte("[" + strings.Repeat("[0],", 1<<16) + "0]")
	n := testing.AllocsPerRun(5, func() {
		if _, ok := Parse(text); !ok {
			t.Fatal("refused")
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzParse compares with encoding/json, which differs only in nesting, lone
// surrogates and malformed UTF-8, and checks that walking and writing agree
// with it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "null", `{"a":[1,2,{"b":"\ud83d\ude00"}],"c":-1.5e-7}`, `["\u12"]`, "[1,]", `{"a" 1}`, "\"\xff\"",
		`{"method":"echo","params":{"args":[1]},"id":1}`, strings.Repeat("[", 600),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, ok := Parse(text)
		if !ok {
			if json.Valid(text) && utf8.Valid(text) && !bytes.Contains(text, []byte(`\u`)) &&
				bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) <= MaxDepth {
				t.Fatalf("refused %q", text)
			}
			return
		}
		if !json.Valid(text) {
			t.Fatalf("accepted %q", text)
		}
		checkWalk(t, v, 0)
		var want bytes.Buffer
		if err := json.Compact(&want, text); err != nil {
			t.Fatal(err)
		}
		compact := v.AppendCompact(nil)
		if again, ok := Parse(compact); !ok || !bytes.Equal(again.AppendCompact(nil), compact) {
			t.Fatalf("%q does not read back", compact)
		}
		if back, ok := Parse(v.AppendIndented(nil, 2)); !ok || !bytes.Equal(back.AppendCompact(nil), compact) {
			t.Fatalf("%q changed by indenting", compact)
		}
		if !bytes.ContainsAny(text, "\\\x7f") && !bytes.Equal(want.Bytes(), compact) {
			t.Fatalf("compact %q, want %q", compact, want.Bytes())
		}
	})
}

func checkWalk(t *testing.T, v Value, depth int) {
	if depth > 8 {
		return
	}
	switch v.Kind() {
	case String:
		var want string
		if err := json.Unmarshal(v.Raw(), &want); err != nil || v.Text() != want {
			t.Fatalf("text of %q is %q, want %q (%v)", v.Raw(), v.Text(), want, err)
		}
	case Array:
		var want []json.RawMessage
		if err := json.Unmarshal(v.Raw(), &want); err != nil || len(want) != v.Len() {
			t.Fatalf("%q has %d elements, want %d (%v)", v.Raw(), v.Len(), len(want), err)
		}
		for e := range v.Elements() {
			checkWalk(t, e, depth+1)
		}
	case Object:
		for k, m := range v.Members() {
			checkWalk(t, k, depth+1)
			checkWalk(t, m, depth+1)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := []byte("[" + strings.Repeat(`{"txid":"d8a7f0c3e1b25d8a7f0c3e1b25d8a7f0c3e1b25","n":1,"value":0.10000000},`, 1000) + "0]")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Parse(text); !ok {
			b.Fatal("refused")
		}
	}
}
