package descriptor

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/btcec/v2"

	"dashmp/node/address"
	"dashmp/node/hdkey"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/standard"
)

// ParseError is why a text is no descriptor, in Dash Core's words. It is empty
// where Dash Core gives none: behind a well-formed expression follows more.
type ParseError string

// Error returns the text.
func (e ParseError) Error() string { return string(e) }

func parseErrorf(format string, args ...any) error { return ParseError(fmt.Sprintf(format, args...)) }

// ErrPrivate is why ParsePublic refuses a text.
const ErrPrivate = ParseError("Descriptor contains private keys")

// Limits of multisig scripts.
const (
	maxBareKeys  = 3
	multiExtra   = 3 // bytes of a multisig script besides the pushes of keys
	maxKeyNumber = hdkey.Hardened - 1
)

// Parse reads a descriptor, with or without its checksum unless that is
// required. The Secrets hold the private keys that stood in it, none if there
// were none; the caller wipes them. The error is a ParseError.
func Parse(text string, b58 params.Base58, requireChecksum bool) (*Descriptor, *Secrets, error) {
	text, _, err := checkChecksum(text, requireChecksum)
	if err != nil {
		return nil, nil, err
	}
	p := &parser{b58: b58}
	d, rest, err := p.script(text, true)
	if err == nil && rest != "" {
		err = ParseError("")
	}
	if err != nil {
		p.secrets.Wipe()
		return nil, nil, err
	}
	return d, &p.secrets, nil
}

// ParsePublic is Parse for processes that must hold no private key: it refuses
// a text with one.
func ParsePublic(text string, b58 params.Base58, requireChecksum bool) (*Descriptor, error) {
	d, secrets, err := Parse(text, b58, requireChecksum)
	if err != nil {
		return nil, err
	}
	if secrets.Len() > 0 {
		secrets.Wipe()
		return nil, ErrPrivate
	}
	return d, nil
}

type parser struct {
	b58     params.Base58
	secrets Secrets
	keys    uint32 // KEY expressions so far
}

// expr takes one expression off the front: up to a comma or a closing
// parenthesis that is not its own.
func expr(s string) (first, rest string) {
	level := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '(':
			level++
		case level > 0 && c == ')':
			level--
		case level == 0 && (c == ')' || c == ','):
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// call returns what stands between the parentheses of fn(…).
func call(fn function, s string) (inner string, ok bool) {
	inner, ok = strings.CutPrefix(s, string(fn)+"(")
	if !ok {
		return s, false
	}
	return strings.CutSuffix(inner, ")")
}

// script parses one SCRIPT expression and returns what follows it (ParseScript).
func (p *parser) script(text string, top bool) (*Descriptor, string, error) {
	e, rest := expr(text)
	for _, fn := range []function{fnPK, fnPKH, fnCombo} {
		if inner, ok := call(fn, e); ok {
			d, err := p.single(fn, inner, top)
			return d, rest, err
		}
	}
	for _, fn := range []function{fnSortedMulti, fnMulti} {
		if inner, ok := call(fn, e); ok {
			d, err := p.multi(fn, inner, top)
			return d, rest, err
		}
	}
	for _, fn := range []function{fnSH, fnAddr, fnRaw} {
		if inner, ok := call(fn, e); ok {
			if !top {
				return nil, "", parseErrorf("Can only have %s() at top level", fn)
			}
			d, err := p.outer(fn, inner)
			return d, rest, err
		}
	}
	if !top {
		return nil, "", parseErrorf("A function is needed within P2SH")
	}
	return nil, "", parseErrorf("'%s' is not a valid descriptor function", e)
}

// single parses the functions of one key.
func (p *parser) single(fn function, inner string, top bool) (*Descriptor, error) {
	if fn == fnCombo && !top {
		return nil, parseErrorf("Can only have combo() at top level")
	}
	k, err := p.key(inner)
	if err != nil {
		return nil, parseErrorf("%s(): %s", fn, err)
	}
	return &Descriptor{fn: fn, keys: []*keyExpr{k}, b58: p.b58}, nil
}

// outer parses the functions that stand at the top only.
func (p *parser) outer(fn function, inner string) (*Descriptor, error) {
	switch fn {
	case fnSH:
		sub, rest, err := p.script(inner, false)
		if err != nil {
			return nil, err
		}
		if rest != "" {
			return nil, ParseError("")
		}
		return &Descriptor{fn: fn, sub: sub, b58: p.b58}, nil
	case fnAddr:
		dest, err := address.Decode(inner, p.b58)
		if err != nil {
			return nil, parseErrorf("Address is not valid")
		}
		return &Descriptor{fn: fn, dest: dest, b58: p.b58}, nil
	}
	if !standard.IsHex(inner) {
		return nil, parseErrorf("Raw script is not hex")
	}
	raw, _ := hex.DecodeString(inner)
	return &Descriptor{fn: fn, raw: raw, b58: p.b58}, nil
}

func (p *parser) multi(fn function, inner string, top bool) (*Descriptor, error) {
	word, inner := expr(inner)
	threshold, ok := parseUint32(word)
	if !ok {
		return nil, parseErrorf("Multi threshold '%s' is not valid", word)
	}
	d := &Descriptor{fn: fn, b58: p.b58}
	size := 0
	for inner != "" {
		if inner[0] != ',' {
			return nil, parseErrorf("Multi: expected ',', got '%c'", inner[0])
		}
		word, inner = expr(inner[1:])
		k, err := p.key(word)
		if err != nil {
			return nil, parseErrorf("Multi: %s", err)
		}
		size += k.size() + 1
		d.keys = append(d.keys, k)
	}
	n := len(d.keys)
	switch {
	case n == 0 || n > standard.MaxMultisigKeys:
		return nil, parseErrorf("Cannot have %d keys in multisig; must have between 1 and %d keys, inclusive", n, standard.MaxMultisigKeys)
	case threshold < 1:
		return nil, parseErrorf("Multisig threshold cannot be %d, must be at least 1", threshold)
	case int64(threshold) > int64(n):
		return nil, parseErrorf("Multisig threshold cannot be larger than the number of keys; threshold is %d but only %d keys specified", threshold, n)
	case top && n > maxBareKeys:
		return nil, parseErrorf("Cannot have %d pubkeys in bare multisig; only at most 3 pubkeys", n)
	case !top && size+multiExtra > script.MaxElementSize:
		return nil, parseErrorf("P2SH script is too large, %d bytes is larger than %d bytes", size+multiExtra, script.MaxElementSize)
	}
	d.threshold = int(threshold)
	return d, nil
}

// key parses a KEY expression with or without an origin (ParsePubkey).
func (p *parser) key(text string) (*keyExpr, error) {
	parts := strings.Split(text, "]")
	if len(parts) > 2 {
		return nil, parseErrorf("Multiple ']' characters found for a single pubkey")
	}
	if len(parts) == 1 {
		return p.bareKey(text)
	}
	origin, err := parseOrigin(parts[0])
	if err != nil {
		return nil, err
	}
	k, err := p.bareKey(parts[1])
	if err != nil {
		return nil, err
	}
	k.origin = origin
	return k, nil
}

// parseOrigin reads [fingerprint/path without the closing bracket.
func parseOrigin(text string) (*standard.Origin, error) {
	if text == "" || text[0] != '[' {
		got := byte(']')
		if text != "" {
			got = text[0]
		}
		return nil, parseErrorf("Key origin start '[ character expected but not found, got '%c' instead", got)
	}
	parts := strings.Split(text[1:], "/")
	if len(parts[0]) != 8 {
		return nil, parseErrorf("Fingerprint is not 4 bytes (%d characters instead of 8 characters)", len(parts[0]))
	}
	fingerprint, err := hex.DecodeString(parts[0])
	if err != nil {
		return nil, parseErrorf("Fingerprint '%s' is not hex", parts[0])
	}
	path, perr := parsePath(parts[1:])
	if perr != nil {
		return nil, perr
	}
	return &standard.Origin{Fingerprint: [4]byte(fingerprint), Path: path}, nil
}

func parsePath(steps []string) ([]uint32, error) {
	path := make([]uint32, 0, len(steps))
	for _, s := range steps {
		hardened := uint32(0)
		if n := len(s); n > 0 && (s[n-1] == '\'' || s[n-1] == 'h') {
			s, hardened = s[:n-1], hdkey.Hardened
		}
		n, ok := parseUint32(s)
		if !ok {
			return nil, parseErrorf("Key path value '%s' is not a valid uint32", s)
		}
		if n > maxKeyNumber {
			return nil, parseErrorf("Key path value %d is out of range", n)
		}
		path = append(path, n|hardened)
	}
	return path, nil
}

// parseUint32 reads a decimal number, which may begin with a plus
// (ParseUInt32).
func parseUint32(s string) (uint32, bool) {
	s = strings.TrimPrefix(s, "+")
	if s == "" || s[0] == '+' || s[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil
}

// bareKey parses a key without its origin (ParsePubkeyInner).
func (p *parser) bareKey(text string) (*keyExpr, error) {
	parts := strings.Split(text, "/")
	word := parts[0]
	if word == "" {
		return nil, parseErrorf("No key provided")
	}
	k := &keyExpr{index: p.keys}
	p.keys++
	if len(parts) == 1 {
		if standard.IsHex(word) {
			key, _ := hex.DecodeString(word)
			if !standard.ValidKey(key) {
				return nil, parseErrorf("Pubkey '%s' is invalid", word)
			}
			k.key = key
			return k, nil
		}
		if k.key = p.privateKey(word); k.key != nil {
			return k, nil
		}
	}
	if k.ext = p.extendedKey(word); k.ext == nil {
		return nil, parseErrorf("key '%s' is not valid", word)
	}
	steps := parts[1:]
	if n := len(steps); n > 0 {
		switch steps[n-1] {
		case "*":
			steps, k.wild = steps[:n-1], plain
		case "*'", "*h":
			steps, k.wild = steps[:n-1], hard
		}
	}
	var err error
	k.path, err = parsePath(steps)
	return k, err
}

// privateKey reads a key in wallet import format, keeps it and returns its
// public key, nil if it is none.
func (p *parser) privateKey(text string) []byte {
	var key [hdkey.HashSize]byte
	defer clear(key[:])
	buf := []byte(text)
	defer clear(buf)
	compressed, err := address.DecodeSecret(buf, p.b58, &key)
	if err != nil {
		return nil
	}
	priv, pub := btcec.PrivKeyFromBytes(key[:])
	defer priv.Zero()
	b := pub.SerializeUncompressed()
	if compressed {
		b = pub.SerializeCompressed()
	}
	p.secrets.Add(address.Hash160(b), key, compressed)
	return b
}

// extendedKey reads an extended key of BIP32 and keeps it if it is private; nil
// if it is none.
func (p *parser) extendedKey(text string) *hdkey.Public {
	if s, err := hdkey.ParseSecret(text, p.b58); err == nil && !s.Wide {
		defer s.Wipe()
		pub := s.Public()
		p.secrets.Add(pub.ID(), s.Bytes(), true)
		return pub
	}
	if pub, err := hdkey.ParsePublic(text, p.b58); err == nil && !pub.Wide {
		return pub
	}
	return nil
}
