package standard

import (
	"dashmp/node/address"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// ID is the HASH160 of a public key or a script.
type ID = [address.HashSize]byte

// Origin tells how a key was derived: the first four bytes of the master key's
// ID and the path from there; the highest bit of a step marks it hardened.
type Origin struct {
	Fingerprint [4]byte
	Path        []uint32
}

// KeyOrigin is a public key and its origin.
type KeyOrigin struct {
	Key    []byte
	Origin Origin
}

// Provider looks up what an input script needs beyond signatures.
type Provider interface {
	Script(ID) ([]byte, bool)
	PubKey(ID) ([]byte, bool)
	KeyOrigin(ID) (Origin, bool)
}

// Creator makes signatures. Checker judges the input script that Produce makes.
type Creator interface {
	// Sign returns a signature of the key with that ID over the input, of which
	// code is the script being satisfied; false if it has not got the key.
	Sign(key ID, code []byte) ([]byte, bool)
	Checker() script.Checker
}

// Public is a Provider made of maps (FlatSigningProvider without keys).
type Public struct {
	Scripts map[ID][]byte
	Keys    map[ID][]byte
	Origins map[ID]KeyOrigin
}

// NewPublic returns an empty Public.
func NewPublic() *Public {
	return &Public{Scripts: map[ID][]byte{}, Keys: map[ID][]byte{}, Origins: map[ID]KeyOrigin{}}
}

// Script returns the script with that HASH160.
func (p *Public) Script(id ID) ([]byte, bool) { s, ok := p.Scripts[id]; return s, ok }

// PubKey returns the public key with that HASH160.
func (p *Public) PubKey(id ID) ([]byte, bool) { k, ok := p.Keys[id]; return k, ok }

// KeyOrigin returns how the public key with that HASH160 was derived.
func (p *Public) KeyOrigin(id ID) (Origin, bool) { o, ok := p.Origins[id]; return o.Origin, ok }

// AddScript adds s under its HASH160.
func (p *Public) AddScript(s []byte) { p.Scripts[address.Hash160(s)] = s }

// Merge adds what o has and p has not.
func (p *Public) Merge(o *Public) {
	for id, s := range o.Scripts {
		if _, ok := p.Scripts[id]; !ok {
			p.Scripts[id] = s
		}
	}
	for id, k := range o.Keys {
		if _, ok := p.Keys[id]; !ok {
			p.Keys[id] = k
		}
	}
	for id, k := range o.Origins {
		if _, ok := p.Origins[id]; !ok {
			p.Origins[id] = k
		}
	}
}

// KeySig is a public key and its signature with the hash type byte.
type KeySig struct{ Key, Sig []byte }

// SignatureData is what is known about fulfilling one input
// (SignatureData of src/script/sign.h).
type SignatureData struct {
	// Complete is set once ScriptSig satisfies the output script.
	Complete   bool
	ScriptSig  []byte
	Redeem     []byte
	Signatures map[ID]KeySig
	Keys       map[ID]KeyOrigin

	// What Produce did not find, in the order it asked.
	MissingKeys   []ID
	MissingSigs   []ID
	MissingRedeem ID // zero: none
}

// NewSignatureData returns an empty SignatureData.
func NewSignatureData() *SignatureData {
	return &SignatureData{Signatures: map[ID]KeySig{}, Keys: map[ID]KeyOrigin{}}
}

// Merge takes over what o knows (MergeSignatureData).
func (d *SignatureData) Merge(o *SignatureData) {
	switch {
	case d.Complete:
	case o.Complete:
		*d = *o
	default:
		if len(d.Redeem) == 0 {
			d.Redeem = o.Redeem
		}
		for id, s := range o.Signatures {
			if _, ok := d.Signatures[id]; !ok {
				d.Signatures[id] = s
			}
		}
	}
}

// producer is one run of Produce.
type producer struct {
	provider Provider
	creator  Creator
	data     *SignatureData
}

// Produce makes the best input script for an output script out of what data,
// provider and creator have, and reports whether it satisfies the standard rules
// (ProduceSignature).
func Produce(provider Provider, creator Creator, scriptPubKey []byte, data *SignatureData) bool {
	if data.Complete {
		return true
	}
	p := &producer{provider, creator, data}
	stack, kind, solved := p.step(scriptPubKey)
	if solved && kind == ScriptHash {
		redeem := stack[0]
		data.Redeem = redeem
		stack, kind, solved = p.step(redeem)
		solved = solved && kind != ScriptHash
		stack = append(stack, redeem)
	}
	data.ScriptSig = pushAll(stack)
	data.Complete = solved && script.Verify(data.ScriptSig, scriptPubKey, VerifyFlags, creator.Checker()) == nil
	return data.Complete
}

// step makes what one script wants on the stack (SignStep). For a script hash
// that is the redeem script itself.
func (p *producer) step(s []byte) (stack [][]byte, kind Type, ok bool) {
	sol := Solve(s)
	switch sol.Type {
	case PubKey:
		if sig, ok := p.sign(sol.Keys[0], s); ok {
			return [][]byte{sig}, sol.Type, true
		}
	case PubKeyHash:
		id := ID(sol.Hash)
		key, ok := p.key(id)
		if !ok {
			p.data.MissingKeys = append(p.data.MissingKeys, id)
			break
		}
		if sig, ok := p.sign(key, s); ok {
			return [][]byte{sig, key}, sol.Type, true
		}
	case ScriptHash:
		id := ID(sol.Hash)
		if redeem, ok := p.redeem(id); ok {
			return [][]byte{redeem}, sol.Type, true
		}
		p.data.MissingRedeem = id
	case Multisig:
		return p.multisig(sol, s)
	}
	return nil, sol.Type, false
}

// multisig collects signatures of all keys, since others may need them, and
// pads with empty ones if there are too few. Dash Core's padding counts twice:
// of several missing ones it fills in every other.
func (p *producer) multisig(sol Solution, s []byte) ([][]byte, Type, bool) {
	stack := [][]byte{nil} // the element that CHECKMULTISIG takes off too many
	for _, key := range sol.Keys {
		if sig, ok := p.sign(key, s); ok && len(stack) <= sol.Required {
			stack = append(stack, sig)
		}
	}
	ok := len(stack) == sol.Required+1
	for i := 0; i+len(stack) <= sol.Required; i++ {
		stack = append(stack, nil)
	}
	return stack, sol.Type, ok
}

func (p *producer) redeem(id ID) ([]byte, bool) {
	if s, ok := p.provider.Script(id); ok {
		return s, true
	}
	return p.data.Redeem, address.Hash160(p.data.Redeem) == id
}

func (p *producer) key(id ID) ([]byte, bool) {
	if s, ok := p.data.Signatures[id]; ok {
		return s.Key, true
	}
	if k, ok := p.data.Keys[id]; ok {
		return k.Key, true
	}
	return p.provider.PubKey(id)
}

func (p *producer) sign(key, code []byte) ([]byte, bool) {
	id := address.Hash160(key)
	if s, ok := p.data.Signatures[id]; ok {
		return s.Sig, true
	}
	if o, ok := p.provider.KeyOrigin(id); ok {
		if _, known := p.data.Keys[id]; !known {
			p.data.Keys[id] = KeyOrigin{Key: key, Origin: o}
		}
	}
	if sig, ok := p.creator.Sign(id, code); ok {
		p.data.Signatures[id] = KeySig{Key: key, Sig: sig}
		return sig, true
	}
	p.data.MissingSigs = append(p.data.MissingSigs, id)
	return nil, false
}

// pushAll pushes each element in its shortest form (PushAll).
func pushAll(stack [][]byte) (s []byte) {
	for _, e := range stack {
		switch {
		case len(e) == 0:
			s = script.AppendInt(s, 0)
		case len(e) == 1 && e[0] >= 1 && e[0] <= 16:
			s = script.AppendInt(s, int64(e[0]))
		case len(e) == 1 && e[0] == 0x81:
			s = script.AppendInt(s, -1)
		default:
			s = script.AppendPush(s, e)
		}
	}
	return s
}

// None is a Creator and Provider that has nothing; with an input it judges the
// signatures of others.
type None struct {
	// Tx and Index say which input Checker is about.
	Tx    *wire.Tx
	Index int
}

// Script finds nothing.
func (None) Script(ID) ([]byte, bool) { return nil, false }

// PubKey finds nothing.
func (None) PubKey(ID) ([]byte, bool) { return nil, false }

// KeyOrigin finds nothing.
func (None) KeyOrigin(ID) (Origin, bool) { return Origin{}, false }

// Sign signs nothing.
func (None) Sign(ID, []byte) ([]byte, bool) { return nil, false }

// Checker judges by the transaction.
func (n None) Checker() script.Checker { return &script.TxChecker{Tx: n.Tx, Index: n.Index} }
