package descriptor

import (
	"encoding/hex"
	"slices"
	"strconv"

	"dashmp/node/address"
	"dashmp/node/hdkey"
	"dashmp/node/params"
	"dashmp/node/standard"
)

// wildcard is what ends a path.
type wildcard uint8

const (
	fixed wildcard = iota
	plain          // /*
	hard           // /*'
)

// keyExpr is one KEY expression: a constant public key, or an extended one with
// a path.
type keyExpr struct {
	index  uint32 // of the expression in the descriptor, for the cache
	origin *standard.Origin
	key    []byte        // constant
	ext    *hdkey.Public // else
	path   []uint32
	wild   wildcard
}

// size is the length of the public keys it gives.
func (k *keyExpr) size() int {
	if k.ext != nil {
		return hdkey.KeySize
	}
	return len(k.key)
}

// hardened reports whether deriving it takes the private key.
func (k *keyExpr) hardened() bool {
	return k.wild == hard || slices.ContainsFunc(k.path, func(n uint32) bool { return n >= hdkey.Hardened })
}

// FormatPath prints the steps of a path, each after a slash, hardened ones with
// an apostrophe (FormatHDKeypath).
func FormatPath(path []uint32) string {
	var b []byte
	for _, n := range path {
		b = strconv.AppendUint(append(b, '/'), uint64(n&^hdkey.Hardened), 10)
		if n >= hdkey.Hardened {
			b = append(b, '\'')
		}
	}
	return string(b)
}

func formatOrigin(o standard.Origin) string {
	return "[" + hex.EncodeToString(o.Fingerprint[:]) + FormatPath(o.Path) + "]"
}

// form is how keys are printed.
type form uint8

const (
	public form = iota
	private
	normalized // the extended key after the last hardened step
)

// append prints the expression; false if it takes a private key that is not in
// secrets.
func (k *keyExpr) append(b []byte, f form, secrets *Secrets, cache *Cache, b58 params.Base58) ([]byte, bool) {
	switch {
	case k.key != nil:
		b = k.appendOrigin(b, nil)
		return k.appendConstant(b, f, secrets, b58)
	case f == normalized && k.wild != hard && k.hardened():
		return k.appendNormalized(b, secrets, cache, b58)
	}
	b = k.appendOrigin(b, nil)
	if f == private {
		s, ok := secrets.extended(k.ext)
		if !ok {
			return b, false
		}
		b = s.Append(b, b58)
		s.Wipe()
	} else {
		b = append(b, k.ext.Text(b58)...)
	}
	b = append(b, FormatPath(k.path)...)
	return k.appendWildcard(b), true
}

func (k *keyExpr) appendWildcard(b []byte) []byte {
	switch k.wild {
	case plain:
		return append(b, "/*"...)
	case hard:
		return append(b, "/*'"...)
	}
	return b
}

// appendOrigin prints the origin, if there is one, followed by more steps.
func (k *keyExpr) appendOrigin(b []byte, more []uint32) []byte {
	if k.origin == nil {
		return b
	}
	o := standard.Origin{Fingerprint: k.origin.Fingerprint, Path: append(slices.Clip(k.origin.Path), more...)}
	return append(b, formatOrigin(o)...)
}

func (k *keyExpr) appendConstant(b []byte, f form, secrets *Secrets, b58 params.Base58) ([]byte, bool) {
	if f != private {
		return hex.AppendEncode(b, k.key), true
	}
	key, compressed, ok := secrets.Key(address.Hash160(k.key))
	defer clear(key[:])
	if !ok {
		return b, false
	}
	return address.AppendSecret(b, &key, compressed, b58), true
}

// appendNormalized prints the extended public key after the last hardened step,
// with the way to it as its origin.
func (k *keyExpr) appendNormalized(b []byte, secrets *Secrets, cache *Cache, b58 params.Base58) ([]byte, bool) {
	split := len(k.path)
	for k.path[split-1] < hdkey.Hardened {
		split--
	}
	last, ok := cache.lastHardened(k.index)
	if !ok {
		_, s, derived := k.derivePath(secrets)
		if !derived {
			return b, false
		}
		last = *s.Public()
		s.Wipe()
	}
	if k.origin != nil {
		b = k.appendOrigin(b, k.path[:split])
	} else {
		b = append(b, formatOrigin(standard.Origin{Fingerprint: k.ext.Fingerprint(), Path: k.path[:split]})...)
	}
	b = append(b, last.Text(b58)...)
	b = append(b, FormatPath(k.path[split:])...)
	return k.appendWildcard(b), true
}

// derivePath follows the path with private keys; last is the key after the last
// hardened step, nil if there is none.
func (k *keyExpr) derivePath(secrets *Secrets) (end, last *hdkey.Secret, ok bool) {
	s, ok := secrets.extended(k.ext)
	if !ok {
		return nil, nil, false
	}
	for _, n := range k.path {
		next, err := s.Child(n)
		if err != nil {
			return nil, nil, false
		}
		if s = next; n >= hdkey.Hardened {
			last = s
		}
	}
	return s, last, true
}

// at is the number of the wildcard's child.
func (k *keyExpr) at(pos uint32) uint32 {
	if k.wild == hard {
		return pos | hdkey.Hardened
	}
	return pos
}

// source is where Expand finds keys: the private ones or a cache, and the cache
// to fill.
type source struct {
	secrets     *Secrets
	read, write *Cache
}

// pubKey is the public key at a position, with its origin.
func (k *keyExpr) pubKey(pos uint32, src source) (key []byte, o standard.Origin, ok bool) {
	if k.key != nil {
		id := address.Hash160(k.key)
		return k.key, k.from(standard.Origin{Fingerprint: [4]byte(id[:4])}), true
	}
	final, parent, last, ok := k.extended(pos, src)
	if !ok {
		return nil, o, false
	}
	o = standard.Origin{Fingerprint: k.ext.Fingerprint(), Path: slices.Clone(k.path)}
	if k.wild != fixed {
		o.Path = append(o.Path, k.at(pos))
	}
	if src.write != nil {
		switch {
		case k.wild != hard:
			src.write.addParent(k.index, parent)
			if last != nil {
				src.write.addLastHardened(k.index, last)
			}
		case len(o.Path) > 0:
			src.write.addDerived(k.index, pos, final)
		}
	}
	return final.Key[:], k.from(o), true
}

// from prefixes an origin with the one of the expression.
func (k *keyExpr) from(o standard.Origin) standard.Origin {
	if k.origin == nil {
		return o
	}
	return standard.Origin{Fingerprint: k.origin.Fingerprint, Path: append(slices.Clone(k.origin.Path), o.Path...)}
}

// extended is the extended key at a position, its parent, and the key after the
// last hardened step if that is known.
func (k *keyExpr) extended(pos uint32, src source) (final, parent, last *hdkey.Public, ok bool) {
	switch {
	case src.read != nil:
		return k.cached(pos, src.read)
	case k.hardened():
		return k.withSecrets(pos, src.secrets)
	}
	parent = k.ext
	for _, n := range k.path {
		next, err := parent.Child(n)
		if err != nil {
			return nil, nil, nil, false
		}
		parent = next
	}
	final, ok = k.last(parent, pos)
	return final, parent, nil, ok
}

// last is the wildcard's child of a public key.
func (k *keyExpr) last(parent *hdkey.Public, pos uint32) (*hdkey.Public, bool) {
	if k.wild == fixed {
		return parent, true
	}
	final, err := parent.Child(pos)
	return final, err == nil
}

func (k *keyExpr) cached(pos uint32, c *Cache) (final, parent, last *hdkey.Public, ok bool) {
	if d, ok := c.derived(k.index, pos); ok {
		return &d, &d, nil, true
	}
	p, ok := c.parent(k.index)
	if !ok || k.wild == hard {
		return nil, nil, nil, false
	}
	final, ok = k.last(&p, pos)
	return final, &p, nil, ok
}

func (k *keyExpr) withSecrets(pos uint32, secrets *Secrets) (final, parent, last *hdkey.Public, ok bool) {
	s, l, ok := k.derivePath(secrets)
	if !ok {
		return nil, nil, nil, false
	}
	if l != nil {
		last = l.Public()
	}
	parent = s.Public()
	if k.wild == fixed {
		return parent, parent, last, true
	}
	child, err := s.Child(k.at(pos))
	if err != nil {
		return nil, nil, nil, false
	}
	defer child.Wipe()
	return child.Public(), parent, last, true
}

// privKey adds the private key at a position to out, if secrets have it.
func (k *keyExpr) privKey(pos uint32, secrets, out *Secrets) {
	if k.key != nil {
		id := address.Hash160(k.key)
		if key, compressed, ok := secrets.Key(id); ok {
			out.Add(id, key, compressed)
		}
		return
	}
	s, _, ok := k.derivePath(secrets)
	if !ok {
		return
	}
	if k.wild != fixed {
		child, err := s.Child(k.at(pos))
		if err != nil {
			return
		}
		s = child
	}
	out.Add(s.Public().ID(), s.Bytes(), true)
	s.Wipe()
}
