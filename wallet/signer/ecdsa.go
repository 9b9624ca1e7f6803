package signer

import (
	"encoding/binary"

	"github.com/btcsuite/btcd/btcec/v2"
)

// signDER signs a digest: deterministic nonces (RFC 6979), low S, and nonces
// tried until R is low too, so that a signature has at most 70 bytes. Signatures
// are those of Dash Core byte for byte (CKey::Sign).
//
// btcec's arithmetic is not constant-time; see the package documentation.
func signDER(secret *[32]byte, digest [32]byte) []byte {
	var key, e btcec.ModNScalar
	defer key.Zero()
	key.SetBytes(secret)
	e.SetBytes(&digest)
	var extra [32]byte
	for try := uint32(0); ; try++ {
		var more []byte
		if try > 0 {
			binary.LittleEndian.PutUint32(extra[:], try)
			more = extra[:]
		}
		nonce := btcec.NonceRFC6979(secret[:], digest[:], more, nil, 0)
		r, s, ok := signWith(nonce, &key, &e)
		nonce.Zero()
		if ok {
			return appendDER(nil, &r, &s)
		}
	}
}

// signWith makes R and S with a nonce; false if R is not low, or one is zero.
func signWith(nonce, key, e *btcec.ModNScalar) (r, s btcec.ModNScalar, ok bool) {
	var point btcec.JacobianPoint
	btcec.ScalarBaseMultNonConst(nonce, &point)
	point.ToAffine()
	r.SetBytes(point.X.Bytes())
	if r.IsZero() || r.Bytes()[0] >= 0x80 {
		return r, s, false
	}
	var inverse btcec.ModNScalar
	inverse.InverseValNonConst(nonce)
	s.Mul2(key, &r).Add(e).Mul(&inverse)
	inverse.Zero()
	if s.IsOverHalfOrder() {
		s.Negate()
	}
	return r, s, !s.IsZero()
}

// appendDER appends the DER form of a signature (BIP66).
func appendDER(b []byte, r, s *btcec.ModNScalar) []byte {
	body := appendInteger(appendInteger(nil, r), s)
	return append(append(b, 0x30, byte(len(body))), body...)
}

func appendInteger(b []byte, n *btcec.ModNScalar) []byte {
	v := n.Bytes()
	digits := v[:]
	for len(digits) > 1 && digits[0] == 0 && digits[1] < 0x80 {
		digits = digits[1:]
	}
	if digits[0] >= 0x80 {
		b = append(b, 0x02, byte(len(digits)+1), 0)
	} else {
		b = append(b, 0x02, byte(len(digits)))
	}
	return append(b, digits...)
}
