package address

import (
	"crypto/sha256"

	//lint:ignore SA1019 addresses are made of it
	"golang.org/x/crypto/ripemd160"

	"dashmp/node/params"
)

// HashSize is the length of a hash in an address, in bytes.
const HashSize = 20

// Kind says what a destination's hash is of.
type Kind uint8

// The kinds of destination.
const (
	PubKeyHash Kind = iota + 1 // HASH160 of a public key
	ScriptHash                 // HASH160 of a redeem script
)

// Destination is what an address names. The zero value is none.
type Destination struct {
	Kind Kind
	Hash [HashSize]byte
}

// Hash160 is RIPEMD-160 of SHA-256 of b.
func Hash160(b []byte) (h [HashSize]byte) {
	first := sha256.Sum256(b)
	r := ripemd160.New()
	r.Write(first[:])
	r.Sum(h[:0])
	return h
}

// Encode is the text form of d on the network with these version bytes, "" of
// the zero value.
func Encode(d Destination, b58 params.Base58) string {
	var b [1 + HashSize]byte
	switch d.Kind {
	case PubKeyHash:
		b[0] = b58.PubKeyHash
	case ScriptHash:
		b[0] = b58.ScriptHash
	default:
		return ""
	}
	copy(b[1:], d.Hash[:])
	return EncodeCheck(b[:])
}

// Decode reads the text form of a destination. Errors are ErrFormat and
// ErrPrefix, whose texts are those of Dash Core's RPC.
func Decode(s string, b58 params.Base58) (Destination, error) {
	b, err := DecodeCheck(s, 1+HashSize)
	if err != nil {
		return Destination{}, ErrFormat
	}
	var d Destination
	switch {
	case len(b) != 1+HashSize:
		return Destination{}, ErrPrefix
	case b[0] == b58.PubKeyHash:
		d.Kind = PubKeyHash
	case b[0] == b58.ScriptHash:
		d.Kind = ScriptHash
	default:
		return Destination{}, ErrPrefix
	}
	copy(d.Hash[:], b[1:])
	return d, nil
}

// Opcodes of the two standard scripts.
const (
	opDup         = 0x76
	opEqual       = 0x87
	opEqualVerify = 0x88
	opHash160     = 0xa9
	opCheckSig    = 0xac
)

// Script is the script that pays d, nil of the zero value.
func (d Destination) Script() []byte {
	switch d.Kind {
	case PubKeyHash:
		s := append(make([]byte, 0, 25), opDup, opHash160, HashSize)
		return append(append(s, d.Hash[:]...), opEqualVerify, opCheckSig)
	case ScriptHash:
		s := append(make([]byte, 0, 23), opHash160, HashSize)
		return append(append(s, d.Hash[:]...), opEqual)
	default:
		return nil
	}
}

// FromScript recognises the scripts that Script makes, and no others.
func FromScript(s []byte) (d Destination, ok bool) {
	switch {
	case len(s) == 25 && s[0] == opDup && s[1] == opHash160 && s[2] == HashSize &&
		s[23] == opEqualVerify && s[24] == opCheckSig:
		d.Kind = PubKeyHash
		copy(d.Hash[:], s[3:])
	case len(s) == 23 && s[0] == opHash160 && s[1] == HashSize && s[22] == opEqual:
		d.Kind = ScriptHash
		copy(d.Hash[:], s[2:])
	default:
		return Destination{}, false
	}
	return d, true
}
