package main

import (
	"encoding/binary"

	"github.com/btcsuite/btcd/btcec/v2"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/rpc/univalue"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// add takes a private key in wallet import format; its public key becomes known
// to public.
func (k keyring) add(v univalue.Value, b58 params.Base58, public *standard.Public) error {
	if v.Kind() != univalue.String {
		return text("privatekey not a std::string")
	}
	encoded := v.AppendText(nil)
	defer clear(encoded)
	key := new([address.SecretSize]byte)
	compressed, err := address.DecodeSecret(encoded, b58, key)
	if err != nil {
		return text("privatekey not valid")
	}
	private, pub := btcec.PrivKeyFromBytes(key[:])
	private.Zero()
	serialized := pub.SerializeUncompressed()
	if compressed {
		serialized = pub.SerializeCompressed()
	}
	id := address.Hash160(serialized)
	k[id], public.Keys[id] = key, serialized
	return nil
}

// signLowR signs as CKey::Sign does: deterministically (RFC 6979), with
// counters mixed in until R fits 32 bytes, so that signatures are 71 bytes or
// less with the hash type.
func signLowR(key *[address.SecretSize]byte, hash wire.Hash) []byte {
	var extra []byte
	for counter := uint32(1); ; counter++ {
		r, s := signOnce(key, hash, extra)
		if r[0] < 0x80 {
			return der(r, s)
		}
		extra = make([]byte, 32)
		binary.LittleEndian.PutUint32(extra, counter)
	}
}

// signOnce is ECDSA with a low S.
func signOnce(key *[address.SecretSize]byte, hash wire.Hash, extra []byte) (r, s [32]byte) {
	var d, e, rs, ss btcec.ModNScalar
	d.SetByteSlice(key[:])
	e.SetByteSlice(hash[:])
	for i := uint32(0); ; i++ {
		k := btcec.NonceRFC6979(key[:], hash[:], extra, nil, i)
		var point btcec.JacobianPoint
		btcec.ScalarBaseMultNonConst(k, &point)
		point.ToAffine()
		x := point.X.Bytes()
		rs.SetByteSlice(x[:])
		if rs.IsZero() {
			continue
		}
		ss.Mul2(&d, &rs).Add(&e).Mul(k.InverseNonConst())
		k.Zero()
		if ss.IsZero() {
			continue
		}
		if ss.IsOverHalfOrder() {
			ss.Negate()
		}
		d.Zero()
		return rs.Bytes(), ss.Bytes()
	}
}

// der is the encoding of a signature (BIP 66).
func der(r, s [32]byte) []byte {
	integer := func(n [32]byte) []byte {
		b := n[:]
		for len(b) > 1 && b[0] == 0 && b[1] < 0x80 {
			b = b[1:]
		}
		if b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return append([]byte{2, byte(len(b))}, b...)
	}
	body := append(integer(r), integer(s)...)
	return append([]byte{0x30, byte(len(body))}, body...)
}
