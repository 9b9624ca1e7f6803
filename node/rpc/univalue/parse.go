package univalue

import (
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may be nested (MAX_JSON_DEPTH of
// univalue_read.cpp).
const MaxDepth = 512

// Parse checks that text holds exactly one JSON value, with white space around
// it, and returns a view of it. It takes time linear in len(text) and memory
// that does not depend on it.
func Parse(text []byte) (Value, bool) {
	p := parser{in: text}
	start := space(text, 0)
	p.pos = start
	if !p.document() {
		return Value{}, false
	}
	end := p.pos
	if space(text, end) != len(text) {
		return Value{}, false
	}
	return Value{text[start:end:end]}, true
}

// parser walks a text with an explicit stack: one bit per open bracket, so
// that nesting costs neither call stack nor allocation.
type parser struct {
	in    []byte
	pos   int
	depth int
	objs  [MaxDepth / 64]uint64 // bit n set: level n is an object
}

func (p *parser) document() bool {
	for {
		opened, ok := p.value()
		if !ok {
			return false
		}
		if opened {
			continue
		}
		if more, ok := p.closeLevels(); !ok || !more {
			return ok
		}
	}
}

// value reads a scalar or the opening of a container up to where its first
// value begins; opened says that a value must follow.
func (p *parser) value() (opened, ok bool) {
	p.pos = space(p.in, p.pos)
	switch p.peek() {
	case '{':
		if !p.push(true) {
			return false, false
		}
		if p.peek() == '}' {
			return false, true // closeLevels takes it
		}
		return true, p.key()
	case '[':
		if !p.push(false) {
			return false, false
		}
		return p.peek() != ']', true
	case '"':
		return false, p.str()
	case 't':
		return false, p.literal("true")
	case 'f':
		return false, p.literal("false")
	case 'n':
		return false, p.literal("null")
	default:
		return false, p.number()
	}
}

// closeLevels takes closing brackets and one comma after a value. more says
// that another value follows; without it the document has ended.
func (p *parser) closeLevels() (more, ok bool) {
	for p.depth > 0 {
		p.pos = space(p.in, p.pos)
		obj := p.inObject()
		switch c := p.peek(); {
		case c == ',':
			p.pos = space(p.in, p.pos+1)
			if obj {
				return true, p.key()
			}
			return true, true
		case obj && c == '}', !obj && c == ']':
			p.pos++
			p.depth--
		default:
			return false, false
		}
	}
	return false, true
}

func (p *parser) push(obj bool) bool {
	if p.depth == MaxDepth {
		return false
	}
	word, bit := p.depth/64, uint64(1)<<(p.depth%64)
	p.objs[word] &^= bit
	if obj {
		p.objs[word] |= bit
	}
	p.depth++
	p.pos = space(p.in, p.pos+1)
	return true
}

func (p *parser) inObject() bool {
	n := p.depth - 1
	return p.objs[n/64]>>(n%64)&1 == 1
}

// peek returns the byte at the position, 0 at the end. A zero byte in the text
// is no JSON either.
func (p *parser) peek() byte {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *parser) key() bool {
	if p.peek() != '"' || !p.str() {
		return false
	}
	p.pos = space(p.in, p.pos)
	if p.peek() != ':' {
		return false
	}
	p.pos++
	return true
}

func (p *parser) literal(s string) bool {
	if len(p.in)-p.pos < len(s) || string(p.in[p.pos:p.pos+len(s)]) != s {
		return false
	}
	p.pos += len(s)
	return true
}

func (p *parser) digits() bool {
	start := p.pos
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.pos++
	}
	return p.pos > start
}

func (p *parser) number() bool {
	if p.peek() == '-' {
		p.pos++
	}
	if p.peek() == '0' {
		p.pos++
		if c := p.peek(); c >= '0' && c <= '9' {
			return false
		}
	} else if !p.digits() {
		return false
	}
	if p.peek() == '.' {
		p.pos++
		if !p.digits() {
			return false
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		return p.digits()
	}
	return true
}

func (p *parser) str() bool {
	p.pos++
	for {
		i := p.pos
		for i < len(p.in) && plain[p.in[i]] {
			i++
		}
		if p.pos = i; i == len(p.in) {
			return false
		}
		switch c := p.in[i]; {
		case c == '"':
			p.pos++
			return true
		case c == '\\':
			if !p.escape() {
				return false
			}
		case c < 0x20:
			return false
		default:
			r, n := utf8.DecodeRune(p.in[i:])
			if r == utf8.RuneError && n == 1 {
				return false
			}
			p.pos += n
		}
	}
}

// plain holds the bytes that stand for themselves inside a string: ASCII but
// for control characters, the quote and the backslash. It is read-only. Most
// bytes of an RPC are such; with the look-up Parse reads 810 instead of 640
// MB/s.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func (p *parser) escape() bool {
	rest := p.in[p.pos:]
	if len(rest) < 2 {
		return false
	}
	switch rest[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		p.pos += 2
		return true
	case 'u':
		_, n := unicodeEscape(rest)
		p.pos += n
		return n > 0
	}
	return false
}

// unicodeEscape decodes the \uXXXX, or the pair of them that makes a surrogate
// pair, at the start of in; n is 0 if it is malformed. A lone surrogate is.
func unicodeEscape(in []byte) (r rune, n int) {
	hi, ok := hex4(in)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(hi) {
		return hi, 6
	}
	lo, ok := hex4(in[6:])
	if !ok {
		return 0, 0
	}
	if r = utf16.DecodeRune(hi, lo); r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

func hex4(in []byte) (rune, bool) {
	if len(in) < 6 || in[0] != '\\' || in[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range in[2:6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
