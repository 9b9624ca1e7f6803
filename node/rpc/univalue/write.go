package univalue

import (
	"bytes"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string, escaped as UniValue escapes
// (univalue_escapes.h): control characters, the quote, the backslash and
// delete. Malformed UTF-8 becomes U+FFFD, so that what is written can be read.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		run := i
		for run < len(s) && plain[s[run]] && s[run] != 0x7f {
			run++
		}
		if run > i {
			dst = append(dst, s[i:run]...)
			i = run
			continue
		}
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		dst = appendEscaped(dst, c)
		i++
	}
	return append(dst, '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if c < 0x20 || c == 0x7f {
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(dst, c)
}

// AppendCompact appends v as UniValue::write() does: no white space, strings
// escaped afresh, numbers as they were written.
func (v Value) AppendCompact(dst []byte) []byte { return v.appendIndented(dst, 0) }

// AppendIndented appends v as UniValue::write(indent) does: every element on a
// line of its own, indented by that many spaces per level.
func (v Value) AppendIndented(dst []byte, indent int) []byte { return v.appendIndented(dst, indent) }

func (v Value) appendIndented(dst []byte, indent int) []byte {
	in := v.Raw()
	level := 0
	newline := func() {
		if indent > 0 {
			dst = append(dst, '\n')
			dst = append(dst, bytes.Repeat([]byte{' '}, indent*level)...)
		}
	}
	for p := 0; p < len(in); {
		switch c := in[p]; {
		case isSpace(c):
		case c == '"':
			end := skipString(in, p)
			dst = appendRewritten(dst, in[p:end])
			p = end
			continue
		case c == '{' || c == '[':
			dst = append(dst, c)
			level++
			if next := in[space(in, p+1)]; next == '}' || next == ']' {
				// UniValue leaves an empty container open over two lines.
				if indent > 0 {
					dst = append(dst, '\n')
				}
				break
			}
			newline()
		case c == '}' || c == ']':
			level--
			if last := dst[len(dst)-1]; last == '\n' {
				dst = append(dst, bytes.Repeat([]byte{' '}, indent*level)...)
			} else if last != '{' && last != '[' {
				newline()
			}
			dst = append(dst, c)
		case c == ',':
			dst = append(dst, ',')
			newline()
		case c == ':':
			dst = append(dst, ':')
			if indent > 0 {
				dst = append(dst, ' ')
			}
		default:
			dst = append(dst, c)
		}
		p++
	}
	return dst
}

// appendRewritten appends the string token, changing only escapes that
// UniValue would write otherwise.
func appendRewritten(dst, token []byte) []byte {
	if bytes.IndexByte(token, '\\') < 0 && bytes.IndexByte(token, 0x7f) < 0 {
		return append(dst, token...)
	}
	dst = append(dst, '"')
	in := token[1 : len(token)-1]
	var one [utf8.UTFMax]byte
	for i := 0; i < len(in); {
		if in[i] != '\\' {
			dst = appendEscaped(dst, in[i]) // bytes of a rune pass unchanged
			i++
			continue
		}
		decoded, n := appendEscape(one[:0], in[i:])
		for _, c := range decoded {
			dst = appendEscaped(dst, c)
		}
		i += n
	}
	return append(dst, '"')
}
