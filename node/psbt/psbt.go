package psbt

import (
	"bytes"
	"slices"

	"dashmp/node/address"
	"dashmp/node/hdkey"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// Pair is one entry of a map whose key is not known here; Key includes the type.
type Pair struct{ Key, Value []byte }

// Proprietary is an entry of the type that BIP174 sets aside.
type Proprietary struct {
	Pair
	Identifier []byte
	Subtype    uint64
}

// KeyPath is a public key and where it comes from.
type KeyPath = standard.KeyOrigin

// ExtKey is a global extended public key, with its version bytes as they came.
type ExtKey struct {
	Version [4]byte
	Key     hdkey.Public
	Origin  standard.Origin
}

// HashKind is the hash function of a preimage.
type HashKind uint8

// The hash functions, in the order of their types in the encoding.
const (
	RIPEMD160 HashKind = iota
	SHA256
	HASH160
	HASH256
	hashKinds
)

// Common is what inputs and outputs both have.
type Common struct {
	Redeem      []byte
	KeyPaths    []KeyPath // ordered by key
	Proprietary []Proprietary
	Unknown     []Pair
}

// Input is the map of one input.
type Input struct {
	Common
	// UTXO is the whole transaction that the input spends from.
	UTXO *wire.Tx
	// Sigs are partial signatures, ordered by the HASH160 of their key.
	Sigs      []standard.KeySig
	SigHash   *uint32
	ScriptSig []byte // final
	Preimages [hashKinds][]Pair
}

// Output is the map of one output.
type Output struct{ Common }

// PSBT is a partially signed transaction. Inputs and Outputs are as many as Tx
// has.
type PSBT struct {
	Tx      *wire.Tx
	ExtKeys []ExtKey // ordered by origin, then key
	Version *uint32
	Common  GlobalMap
	Inputs  []Input
	Outputs []Output
}

// GlobalMap holds the global entries that are passed on as they came.
type GlobalMap struct {
	Proprietary []Proprietary
	Unknown     []Pair
}

// New makes a PSBT of an unsigned transaction.
func New(tx *wire.Tx) *PSBT {
	return &PSBT{Tx: tx, Inputs: make([]Input, len(tx.Inputs)), Outputs: make([]Output, len(tx.Outputs))}
}

// insert returns an ordered list with one entry more, in memory of its own;
// false if an entry compares equal.
func insert[T any](list []T, e T, order func(a, b T) int) ([]T, bool) {
	i, found := slices.BinarySearchFunc(list, e, order)
	if found {
		return list, false
	}
	return slices.Insert(slices.Clip(list), i, e), true
}

func byKey(a, b Pair) int            { return bytes.Compare(a.Key, b.Key) }
func byPropKey(a, b Proprietary) int { return byKey(a.Pair, b.Pair) }
func byPub(a, b KeyPath) int         { return bytes.Compare(a.Key, b.Key) }

func bySigner(a, b standard.KeySig) int {
	x, y := address.Hash160(a.Key), address.Hash160(b.Key)
	return bytes.Compare(x[:], y[:])
}

// byOrigin orders by fingerprint, then the shorter path, then its steps, then
// the key and its chain code (KeyOriginInfo, CExtPubKey).
func byOrigin(a, b ExtKey) int {
	if c := bytes.Compare(a.Origin.Fingerprint[:], b.Origin.Fingerprint[:]); c != 0 {
		return c
	}
	if c := len(a.Origin.Path) - len(b.Origin.Path); c != 0 {
		return c
	}
	if c := slices.Compare(a.Origin.Path, b.Origin.Path); c != 0 {
		return c
	}
	return byExtKey(a, b)
}

func byExtKey(a, b ExtKey) int {
	if c := bytes.Compare(a.Key.Key[:], b.Key.Key[:]); c != 0 {
		return c
	}
	return bytes.Compare(a.Key.Chain[:], b.Key.Chain[:])
}

// merge adds the entries of from that to has not.
func merge[T any](to, from []T, order func(a, b T) int) []T {
	for _, e := range from {
		to, _ = insert(to, e, order)
	}
	return to
}

// Merge adds what o knows about the same transaction; false if it is another
// (PartiallySignedTransaction::Merge).
func (p *PSBT) Merge(o *PSBT) bool {
	if p.Tx.ID() != o.Tx.ID() {
		return false
	}
	for i := range p.Inputs {
		p.Inputs[i].merge(&o.Inputs[i])
	}
	for i := range p.Outputs {
		to, from := &p.Outputs[i], &o.Outputs[i]
		to.merge(&from.Common)
	}
	p.ExtKeys = merge(p.ExtKeys, o.ExtKeys, byOrigin)
	p.Common.Unknown = merge(p.Common.Unknown, o.Common.Unknown, byKey)
	return true
}

func (c *Common) merge(o *Common) {
	c.KeyPaths = merge(c.KeyPaths, o.KeyPaths, byPub)
	c.Unknown = merge(c.Unknown, o.Unknown, byKey)
	if len(c.Redeem) == 0 {
		c.Redeem = o.Redeem
	}
}

func (in *Input) merge(o *Input) {
	in.Common.merge(&o.Common)
	if in.UTXO == nil {
		in.UTXO = o.UTXO
	}
	in.Sigs = merge(in.Sigs, o.Sigs, bySigner)
	for k := range in.Preimages {
		in.Preimages[k] = merge(in.Preimages[k], o.Preimages[k], byKey)
	}
	if len(in.ScriptSig) == 0 {
		in.ScriptSig = o.ScriptSig
	}
}

// Join puts the inputs and outputs of several PSBTs into one, without their
// signatures. It returns the input that two of them have, if there is one
// (joinpsbts).
func Join(list []*PSBT) (*PSBT, *wire.OutPoint) {
	tx := &wire.Tx{Version: 1, LockTime: wire.SequenceFinal}
	for _, p := range list {
		if uint16(p.Tx.Version) > uint16(tx.Version) {
			tx.Version = p.Tx.Version
		}
		tx.LockTime = min(tx.LockTime, p.Tx.LockTime)
	}
	out := New(tx)
	type key struct {
		prev     wire.OutPoint
		sequence uint32
	}
	seen := map[key]bool{}
	for _, p := range list {
		for i, in := range p.Tx.Inputs {
			k := key{in.PrevOut, in.Sequence}
			if seen[k] {
				return nil, &in.PrevOut
			}
			seen[k] = true
			m := p.Inputs[i]
			m.Sigs, m.ScriptSig = nil, nil
			tx.Inputs, out.Inputs = append(tx.Inputs, in), append(out.Inputs, m)
		}
		tx.Outputs, out.Outputs = append(tx.Outputs, p.Tx.Outputs...), append(out.Outputs, p.Outputs...)
		out.ExtKeys = merge(out.ExtKeys, p.ExtKeys, byOrigin)
		out.Common.Unknown = merge(out.Common.Unknown, p.Common.Unknown, byKey)
	}
	return out, nil
}

// Spent is the output that input i spends, if the PSBT has it (GetInputUTXO).
func (p *PSBT) Spent(i int) (*wire.TxOut, bool) {
	prev, utxo := p.Tx.Inputs[i].PrevOut, p.Inputs[i].UTXO
	if utxo == nil || int64(prev.Index) >= int64(len(utxo.Outputs)) || utxo.ID() != prev.Hash {
		return nil, false
	}
	return &utxo.Outputs[prev.Index], true
}

// VersionNumber is the version of the format, 0 if none is given.
func (p *PSBT) VersionNumber() uint32 {
	if p.Version == nil {
		return 0
	}
	return *p.Version
}
