package univalue

import (
	"bytes"
	"iter"
	"unicode/utf8"
)

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of UniValue (UniValue::VType).
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String returns the name that Dash Core's type errors use (uvTypeName).
func (k Kind) String() string {
	switch k {
	case Bool:
		return "bool"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	default:
		return "null"
	}
}

// Value is one JSON value: a view of its text. The zero Value is null.
type Value struct {
	raw []byte // without surrounding white space; empty means null
}

// Kind returns the value's type.
func (v Value) Kind() Kind {
	if len(v.raw) == 0 {
		return Null
	}
	switch v.raw[0] {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	default:
		return Number
	}
}

// Raw returns the value's JSON text as it was written, "null" for the zero
// Value. It shares the buffer that was parsed.
func (v Value) Raw() []byte {
	if len(v.raw) == 0 {
		return []byte("null")
	}
	return v.raw
}

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.Kind() == Null }

// True reports whether the value is the literal true.
func (v Value) True() bool { return len(v.raw) > 0 && v.raw[0] == 't' }

// Text returns the decoded text of a string, "" for other kinds. It makes a
// copy that cannot be wiped: use AppendText for what may be secret.
func (v Value) Text() string {
	if v.Kind() != String {
		return ""
	}
	if inner := v.raw[1 : len(v.raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	return string(v.AppendText(nil))
}

// AppendText appends the decoded text of a string to dst; for other kinds it
// appends nothing. The text is at most len(v.Raw())-2 bytes long.
func (v Value) AppendText(dst []byte) []byte {
	if v.Kind() != String {
		return dst
	}
	in := v.raw[1 : len(v.raw)-1]
	for i := 0; i < len(in); {
		if in[i] != '\\' {
			dst = append(dst, in[i])
			i++
			continue
		}
		var n int
		dst, n = appendEscape(dst, in[i:])
		i += n
	}
	return dst
}

// appendEscape decodes the escape at the start of in, which is well-formed,
// and returns how many bytes it took.
func appendEscape(dst, in []byte) ([]byte, int) {
	switch in[1] {
	case 'b':
		return append(dst, '\b'), 2
	case 'f':
		return append(dst, '\f'), 2
	case 'n':
		return append(dst, '\n'), 2
	case 'r':
		return append(dst, '\r'), 2
	case 't':
		return append(dst, '\t'), 2
	case 'u':
		r, n := unicodeEscape(in)
		return utf8.AppendRune(dst, r), n
	default: // quote, backslash, slash
		return append(dst, in[1]), 2
	}
}

// Len returns the number of elements of an array or members of an object, 0
// for other kinds.
func (v Value) Len() int {
	n := 0
	switch v.Kind() {
	case Array:
		for range v.Elements() {
			n++
		}
	case Object:
		for range v.Members() {
			n++
		}
	}
	return n
}

// Elements walks an array in order; other kinds have none.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		p := space(v.raw, 1)
		for v.raw[p] != ']' {
			end := skip(v.raw, p)
			if !yield(Value{v.raw[p:end:end]}) {
				return
			}
			p = comma(v.raw, end)
		}
	}
}

// Members walks an object in the order it was written, equal keys included;
// other kinds have none. The key is a string Value.
func (v Value) Members() iter.Seq2[Value, Value] {
	return func(yield func(k, v Value) bool) {
		if v.Kind() != Object {
			return
		}
		p := space(v.raw, 1)
		for v.raw[p] != '}' {
			kEnd := skip(v.raw, p)
			key := Value{v.raw[p:kEnd:kEnd]}
			p = space(v.raw, kEnd) // colon
			p = space(v.raw, p+1)  // value
			end := skip(v.raw, p)
			if !yield(key, Value{v.raw[p:end:end]}) {
				return
			}
			p = comma(v.raw, end)
		}
	}
}

// Find returns the first member with the key, null if there is none
// (UniValue::find_value).
func (v Value) Find(key string) Value {
	for k, m := range v.Members() {
		if k.Is(key) {
			return m
		}
	}
	return Value{}
}

// Is reports whether v is the string s.
func (v Value) Is(s string) bool {
	if v.Kind() != String {
		return false
	}
	inner := v.raw[1 : len(v.raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner) == s
	}
	return v.Text() == s
}

// space returns the index of the next byte at or after p that is not white
// space.
func space(b []byte, p int) int {
	for p < len(b) && isSpace(b[p]) {
		p++
	}
	return p
}

// comma steps from the end of an element over white space and a comma to the
// next element or the closing bracket.
func comma(b []byte, p int) int {
	if p = space(b, p); b[p] == ',' {
		p = space(b, p+1)
	}
	return p
}

// skip returns the end of the value that starts at p of a well-formed text.
func skip(b []byte, p int) int {
	switch b[p] {
	case '"':
		return skipString(b, p)
	case '{', '[':
		depth := 0
		for {
			switch b[p] {
			case '"':
				p = skipString(b, p)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return p + 1
				}
			}
			p++
		}
	default: // number or literal
		for p < len(b) && !isSpace(b[p]) && b[p] != ',' && b[p] != ']' && b[p] != '}' {
			p++
		}
		return p
	}
}

func skipString(b []byte, p int) int {
	for p++; b[p] != '"'; p++ {
		if b[p] == '\\' {
			p++
		}
	}
	return p + 1
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
