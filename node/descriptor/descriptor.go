package descriptor

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/standard"
)

// function is a SCRIPT expression.
type function string

const (
	fnPK          function = "pk"
	fnPKH         function = "pkh"
	fnSH          function = "sh"
	fnCombo       function = "combo"
	fnMulti       function = "multi"
	fnSortedMulti function = "sortedmulti"
	fnAddr        function = "addr"
	fnRaw         function = "raw"
)

// Descriptor is the public part of an output descriptor.
type Descriptor struct {
	fn        function
	keys      []*keyExpr
	sub       *Descriptor         // sh
	threshold int                 // multi, sortedmulti
	dest      address.Destination // addr
	raw       []byte              // raw
	b58       params.Base58
}

// IsRange reports whether it describes a series of scripts.
func (d *Descriptor) IsRange() bool {
	return slices.ContainsFunc(d.keys, func(k *keyExpr) bool { return k.wild != fixed }) || d.sub != nil && d.sub.IsRange()
}

// IsSolvable reports whether it tells how to spend its scripts, rather than the
// scripts alone.
func (d *Descriptor) IsSolvable() bool {
	return d.fn != fnAddr && d.fn != fnRaw && (d.sub == nil || d.sub.IsSolvable())
}

// IsSingle reports whether it gives exactly one script per position.
func (d *Descriptor) IsSingle() bool { return d.fn != fnCombo }

// NeedsSecrets reports whether expanding it takes private keys or a Cache.
func (d *Descriptor) NeedsSecrets() bool {
	return slices.ContainsFunc(d.keys, func(k *keyExpr) bool { return k.ext != nil && k.hardened() }) || d.sub != nil && d.sub.NeedsSecrets()
}

// String is the canonical public form with its checksum.
func (d *Descriptor) String() string {
	b, _ := d.append(nil, public, nil, nil)
	return AddChecksum(string(b))
}

// ID is the SHA-256 of the canonical form (DescriptorID).
func (d *Descriptor) ID() [sha256.Size]byte { return sha256.Sum256([]byte(d.String())) }

// AppendPrivate appends the form with private keys and its checksum; false if
// secrets lack one. The caller wipes what was appended, also then.
func (d *Descriptor) AppendPrivate(dst []byte, secrets *Secrets) ([]byte, bool) {
	start := len(dst)
	dst, ok := d.append(dst, private, secrets, nil)
	return append(append(dst, '#'), sum(string(dst[start:]))...), ok
}

// Normalized is the public form in which every extended key stands behind its
// last hardened step; false if that is neither in the cache, which may be nil,
// nor derivable from secrets.
func (d *Descriptor) Normalized(secrets *Secrets, cache *Cache) (string, bool) {
	b, ok := d.append(nil, normalized, secrets, cache)
	return AddChecksum(string(b)), ok
}

func (d *Descriptor) append(b []byte, f form, secrets *Secrets, cache *Cache) ([]byte, bool) {
	b = append(append(b, d.fn...), '(')
	ok := true
	switch d.fn {
	case fnAddr:
		b = append(b, address.Encode(d.dest, d.b58)...)
	case fnRaw:
		b = hex.AppendEncode(b, d.raw)
	case fnSH:
		b, ok = d.sub.append(b, f, secrets, cache)
	case fnMulti, fnSortedMulti:
		b = strconv.AppendInt(b, int64(d.threshold), 10)
	}
	for i, k := range d.keys {
		if i > 0 || d.threshold > 0 {
			b = append(b, ',')
		}
		var keyOK bool
		if b, keyOK = k.append(b, f, secrets, cache, d.b58); !keyOK {
			return b, false
		}
	}
	return append(b, ')'), ok
}

// Expand makes the scripts at a position below 2^31 and what it takes to spend
// them but for private keys. It fails if hardened steps need a private key that
// secrets, which may be nil, lack. The derived keys are written to cache unless
// that is nil.
func (d *Descriptor) Expand(pos uint32, secrets *Secrets, cache *Cache) ([][]byte, *standard.Public, bool) {
	out := standard.NewPublic()
	scripts, ok := d.expand(pos, source{secrets: secrets, write: cache}, out)
	return scripts, out, ok
}

// ExpandCached is Expand from what an earlier Expand wrote to cache.
func (d *Descriptor) ExpandCached(pos uint32, cache *Cache) ([][]byte, *standard.Public, bool) {
	out := standard.NewPublic()
	scripts, ok := d.expand(pos, source{read: cache}, out)
	return scripts, out, ok
}

// PrivateKeys are the private keys at a position, as far as secrets give them
// (ExpandPrivate).
func (d *Descriptor) PrivateKeys(pos uint32, secrets *Secrets) *Secrets {
	out := &Secrets{}
	for e := d; e != nil; e = e.sub {
		for _, k := range e.keys {
			k.privKey(pos, secrets, out)
		}
	}
	return out
}

func (d *Descriptor) expand(pos uint32, src source, out *standard.Public) ([][]byte, bool) {
	var inner []byte
	if d.sub != nil {
		scripts, ok := d.sub.expand(pos, src, out)
		if !ok {
			return nil, false
		}
		inner = scripts[0]
	}
	keys := make([][]byte, 0, len(d.keys))
	origins := make([]standard.Origin, 0, len(d.keys))
	for _, k := range d.keys {
		key, o, ok := k.pubKey(pos, src)
		if !ok {
			return nil, false
		}
		keys, origins = append(keys, key), append(origins, o)
	}
	for i, key := range keys {
		id := address.Hash160(key)
		if _, known := out.Origins[id]; !known {
			out.Origins[id] = standard.KeyOrigin{Key: key, Origin: origins[i]}
		}
	}
	return d.scripts(keys, inner, out), true
}

// scripts builds the output scripts (MakeScripts).
func (d *Descriptor) scripts(keys [][]byte, inner []byte, out *standard.Public) [][]byte {
	switch d.fn {
	case fnAddr:
		return [][]byte{d.dest.Script()}
	case fnRaw:
		return [][]byte{d.raw}
	case fnPK:
		return [][]byte{standard.PubKeyScript(keys[0])}
	case fnPKH:
		return [][]byte{payToKeyHash(keys[0], out)}
	case fnSH:
		return [][]byte{payToScript(inner, out)}
	case fnSortedMulti:
		slices.SortFunc(keys, standard.CompareKeys)
		return [][]byte{standard.MultisigScript(d.threshold, keys)}
	case fnMulti:
		return [][]byte{standard.MultisigScript(d.threshold, keys)}
	}
	scripts := [][]byte{standard.PubKeyScript(keys[0])}
	byHash := payToKeyHash(keys[0], out)
	if len(keys[0]) == standard.CompressedSize {
		scripts = append(scripts, byHash, payToScript(byHash, out))
	}
	return scripts
}

func payToKeyHash(key []byte, out *standard.Public) []byte {
	id := address.Hash160(key)
	if _, known := out.Keys[id]; !known {
		out.Keys[id] = key
	}
	return address.Destination{Kind: address.PubKeyHash, Hash: id}.Script()
}

func payToScript(s []byte, out *standard.Public) []byte {
	out.AddScript(s)
	return address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(s)}.Script()
}

// Base58 are the version bytes that the descriptor was parsed with.
func (d *Descriptor) Base58() params.Base58 { return d.b58 }
