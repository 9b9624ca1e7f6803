package descriptor

import (
	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/standard"
)

// Infer is the most telling descriptor of a script for which the provider has
// the parts, down to addr and raw (InferDescriptor).
func Infer(s []byte, p standard.Provider, b58 params.Base58) *Descriptor {
	return inferScript(s, true, p, b58)
}

func inferScript(s []byte, top bool, p standard.Provider, b58 params.Base58) *Descriptor {
	sol := standard.Solve(s)
	switch sol.Type {
	case standard.PubKey:
		return &Descriptor{fn: fnPK, keys: inferKeys(sol.Keys, p), b58: b58}
	case standard.PubKeyHash:
		if key, ok := p.PubKey(standard.ID(sol.Hash)); ok {
			return &Descriptor{fn: fnPKH, keys: inferKeys([][]byte{key}, p), b58: b58}
		}
	case standard.Multisig:
		return &Descriptor{fn: fnMulti, keys: inferKeys(sol.Keys, p), threshold: sol.Required, b58: b58}
	case standard.ScriptHash:
		if inner, ok := p.Script(standard.ID(sol.Hash)); ok && top {
			return &Descriptor{fn: fnSH, sub: inferScript(inner, false, p, b58), b58: b58}
		}
	}
	if dest, ok := address.FromScript(s); ok {
		return &Descriptor{fn: fnAddr, dest: dest, b58: b58}
	}
	return &Descriptor{fn: fnRaw, raw: s, b58: b58}
}

func inferKeys(keys [][]byte, p standard.Provider) (out []*keyExpr) {
	for i, key := range keys {
		k := &keyExpr{index: uint32(i), key: key}
		if o, ok := p.KeyOrigin(address.Hash160(key)); ok {
			k.origin = &o
		}
		out = append(out, k)
	}
	return out
}
