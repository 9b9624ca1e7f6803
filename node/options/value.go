package options

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// Kind is the JSON type of a Value.
type Kind uint8

// The kinds of values. Command lines and dash.conf give strings, and booleans
// for negations; settings.json may give any.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is one setting as it was given.
type Value struct {
	kind Kind
	flag bool
	// text is the string, or the digits of a number as written.
	text string
	// list are the elements of an array or the values of an object.
	list []Value
	// keys are the keys of an object, in the order of the file.
	keys []string
}

func stringValue(s string) Value { return Value{kind: String, text: s} }
func boolValue(b bool) Value     { return Value{kind: Bool, flag: b} }

// Kind returns the JSON type.
func (v Value) Kind() Kind { return v.kind }

// isFalse reports whether the value is a negation.
func (v Value) isFalse() bool { return v.kind == Bool && !v.flag }

// Text returns the value as an option's text: booleans as 0 and 1, numbers as
// written. Arrays and objects, which no option takes as one value, are JSON.
func (v Value) Text() string {
	switch v.kind {
	case Null:
		return ""
	case Bool:
		if v.flag {
			return "1"
		}
		return "0"
	case Number, String:
		return v.text
	}
	return v.JSON()
}

// JSON returns the value in the notation of Dash Core's log (UniValue::write).
func (v Value) JSON() string {
	var b strings.Builder
	v.write(&b, 0, 1)
	return b.String()
}

// write appends JSON. With indent 0 it is compact, else level is the depth of
// the members (UniValue::writeObject, writeArray).
func (v Value) write(b *strings.Builder, indent, level int) {
	switch v.kind {
	case Null:
		b.WriteString("null")
	case Bool:
		if v.flag {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case Number:
		b.WriteString(v.text)
	case String:
		writeQuoted(b, v.text)
	case Array, Object:
		v.writeMembers(b, indent, level)
	}
}

func (v Value) writeMembers(b *strings.Builder, indent, level int) {
	open, end := byte('['), byte(']')
	if v.kind == Object {
		open, end = '{', '}'
	}
	b.WriteByte(open)
	newline(b, indent, 0)
	for i, m := range v.list {
		pad(b, indent*level)
		if v.kind == Object {
			writeQuoted(b, v.keys[i])
			b.WriteByte(':')
			if indent > 0 {
				b.WriteByte(' ')
			}
		}
		m.write(b, indent, level+1)
		if i < len(v.list)-1 {
			b.WriteByte(',')
		}
		newline(b, indent, 0)
	}
	pad(b, indent*(level-1))
	b.WriteByte(end)
}

func newline(b *strings.Builder, indent, level int) {
	if indent > 0 {
		b.WriteByte('\n')
		pad(b, indent*level)
	}
}

func pad(b *strings.Builder, n int) {
	for ; n > 0; n-- {
		b.WriteByte(' ')
	}
}

// writeQuoted escapes what UniValue escapes: quote, backslash and control
// characters including DEL; all else stays as it is.
func writeQuoted(b *strings.Builder, s string) {
	const hex = "0123456789abcdef"
	short := map[byte]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if e, ok := short[c]; ok {
			b.WriteByte('\\')
			b.WriteByte(e)
		} else if c < 0x20 || c == 0x7f {
			b.WriteString(`\u00`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}

// maxDepth bounds the nesting of settings.json, as UniValue does.
const maxDepth = 512

var errJSON = errors.New("not one JSON value")

// parseJSON reads exactly one JSON value. Numbers keep their digits and
// objects their order; keys that appear twice are kept twice.
func parseJSON(data []byte) (Value, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return Value{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Value{}, errJSON
	}
	return v, nil
}

func readValue(d *json.Decoder, depth int) (Value, error) {
	if depth > maxDepth {
		return Value{}, errJSON
	}
	t, err := d.Token()
	if err != nil {
		return Value{}, err
	}
	switch t := t.(type) {
	case nil:
		return Value{}, nil
	case bool:
		return boolValue(t), nil
	case json.Number:
		return Value{kind: Number, text: t.String()}, nil
	case string:
		return stringValue(t), nil
	case json.Delim:
		return readMembers(d, t, depth)
	}
	return Value{}, errJSON
}

func readMembers(d *json.Decoder, open json.Delim, depth int) (Value, error) {
	v := Value{kind: Array}
	if open == '{' {
		v.kind = Object
	}
	for d.More() {
		if v.kind == Object {
			key, err := d.Token()
			if err != nil {
				return Value{}, err
			}
			name, ok := key.(string)
			if !ok {
				return Value{}, errJSON
			}
			v.keys = append(v.keys, name)
		}
		m, err := readValue(d, depth+1)
		if err != nil {
			return Value{}, err
		}
		v.list = append(v.list, m)
	}
	_, err := d.Token() // the closing delimiter
	return v, err
}
