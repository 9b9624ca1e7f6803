package standard

import (
	"bytes"
	"encoding/binary"

	"github.com/btcsuite/btcd/btcec/v2"

	"dashmp/node/address"
	"dashmp/node/script"
)

// Type is a template of an output script, by the name that RPCs give it
// (GetTxnOutputType).
type Type string

// The templates.
const (
	NonStandard Type = "nonstandard"
	PubKey      Type = "pubkey"
	PubKeyHash  Type = "pubkeyhash"
	ScriptHash  Type = "scripthash"
	Multisig    Type = "multisig"
	NullData    Type = "nulldata"
)

// Sizes of public keys in bytes.
const (
	CompressedSize   = 33
	UncompressedSize = 65
)

// MaxMultisigKeys is how many keys a multisig script may have.
const MaxMultisigKeys = script.MaxMultisigKeys

// Solution is a script taken apart. Slices share the script.
type Solution struct {
	Type Type
	// Keys are the public keys of PubKey and Multisig, in order.
	Keys [][]byte
	// Hash is the 20 bytes of PubKeyHash and ScriptHash.
	Hash []byte
	// Required is how many signatures Multisig needs.
	Required int
}

// KeySize is the length that a public key with this first byte has, 0 for none
// (CPubKey::GetLen).
func KeySize(first byte) int {
	switch first {
	case 2, 3:
		return CompressedSize
	case 4, 6, 7:
		return UncompressedSize
	}
	return 0
}

// HasKeySize reports whether b has the length of the public key that it begins
// like (CPubKey::ValidSize).
func HasKeySize(b []byte) bool { return len(b) > 0 && KeySize(b[0]) == len(b) }

// ValidKey reports whether b is a public key on the curve
// (CPubKey::IsFullyValid). The hybrid form is one.
func ValidKey(b []byte) bool {
	if !HasKeySize(b) {
		return false
	}
	_, err := btcec.ParsePubKey(b)
	return err == nil
}

// Solve finds the template of s (Solver).
func Solve(s []byte) Solution {
	switch {
	case script.IsPayToScriptHash(s):
		return Solution{Type: ScriptHash, Hash: s[2:22]}
	case len(s) >= 1 && script.Opcode(s[0]) == script.OpReturn && script.IsPushOnly(s[1:]):
		return Solution{Type: NullData}
	case isPubKey(s):
		return Solution{Type: PubKey, Keys: [][]byte{s[1 : len(s)-1]}}
	case script.IsPayToPubkeyHash(s):
		return Solution{Type: PubKeyHash, Hash: s[3:23]}
	}
	if m, ok := solveMultisig(s); ok {
		return m
	}
	return Solution{Type: NonStandard}
}

// isPubKey reports whether s is one direct push of a key, then CHECKSIG.
func isPubKey(s []byte) bool {
	n := len(s) - 2
	if n != CompressedSize && n != UncompressedSize {
		return false
	}
	return int(s[0]) == n && script.Opcode(s[n+1]) == script.OpCheckSig && HasKeySize(s[1:n+1])
}

// solveMultisig matches m <keys> n CHECKMULTISIG (MatchMultisig).
func solveMultisig(s []byte) (Solution, bool) {
	if len(s) < 1 || script.Opcode(s[len(s)-1]) != script.OpCheckMultisig {
		return Solution{}, false
	}
	list, ok := script.Parse(s)
	if !ok || len(list) < 3 || list[len(list)-1].Op != script.OpCheckMultisig {
		return Solution{}, false
	}
	required, ok := keyCount(list[0])
	if !ok {
		return Solution{}, false
	}
	last := len(list) - 2
	n, ok := keyCount(list[last])
	if !ok || n != last-1 || n < required {
		return Solution{}, false
	}
	m := Solution{Type: Multisig, Required: required}
	for _, in := range list[1:last] {
		if !HasKeySize(in.Data) {
			return Solution{}, false
		}
		m.Keys = append(m.Keys, in.Data)
	}
	return m, true
}

// keyCount reads a number of keys, 1 to 20: OP_1 to OP_16, above as the
// shortest push (GetMultisigKeyCount).
func keyCount(in script.Instruction) (int, bool) {
	switch {
	case in.Op >= script.Op1 && in.Op <= script.Op16:
		return int(in.Op-script.Op1) + 1, true
	case in.Op == 1 && in.Data[0] > 16 && in.Data[0] <= MaxMultisigKeys:
		return int(in.Data[0]), true
	}
	return 0, false
}

// Destination is whom s pays, if an address can say it (ExtractDestination). A
// script that pays a public key pays its hash.
func Destination(s []byte) (address.Destination, bool) {
	sol := Solve(s)
	switch sol.Type {
	case PubKey:
		return address.Destination{Kind: address.PubKeyHash, Hash: address.Hash160(sol.Keys[0])}, true
	case PubKeyHash:
		return address.Destination{Kind: address.PubKeyHash, Hash: [20]byte(sol.Hash)}, true
	case ScriptHash:
		return address.Destination{Kind: address.ScriptHash, Hash: [20]byte(sol.Hash)}, true
	}
	return address.Destination{}, false
}

// Destinations are all whom s pays, those of a bare multisig's keys included,
// and how many of them must sign.
func Destinations(s []byte) (list []address.Destination, required int) {
	sol := Solve(s)
	if sol.Type != Multisig {
		if d, ok := Destination(s); ok {
			return []address.Destination{d}, 1
		}
		return nil, 0
	}
	for _, k := range sol.Keys {
		list = append(list, address.Destination{Kind: address.PubKeyHash, Hash: address.Hash160(k)})
	}
	return list, sol.Required
}

// PubKeyScript is the script that pays a public key (GetScriptForRawPubKey).
func PubKeyScript(key []byte) []byte {
	return append(script.AppendPush(nil, key), byte(script.OpCheckSig))
}

// MultisigScript is the script that any required of the keys can spend
// (GetScriptForMultisig).
func MultisigScript(required int, keys [][]byte) []byte {
	s := script.AppendInt(nil, int64(required))
	for _, k := range keys {
		s = script.AppendPush(s, k)
	}
	return append(script.AppendInt(s, int64(len(keys))), byte(script.OpCheckMultisig))
}

// CompareKeys orders public keys as BIP67 and Dash Core do: by their bytes.
func CompareKeys(a, b []byte) int { return bytes.Compare(a, b) }

// number reads the little-endian number with a sign bit that a push of at most
// four bytes is (CScriptNum).
func number(b []byte) int64 {
	if len(b) == 0 {
		return 0
	}
	var le [8]byte
	copy(le[:], b)
	negative := le[len(b)-1]&0x80 != 0
	le[len(b)-1] &= 0x7f
	n := int64(binary.LittleEndian.Uint64(le[:]))
	if negative {
		return -n
	}
	return n
}
