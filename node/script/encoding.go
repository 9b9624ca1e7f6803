package script

import (
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
)

// Signature hash types.
const (
	SigHashAll          = 1
	SigHashNone         = 2
	SigHashSingle       = 3
	SigHashAnyoneCanPay = 0x80
)

// checkEncoding applies the flags' rules on the form of a signature and a key.
func (e *engine) checkEncoding(sig, key []byte) error {
	if err := CheckSignatureEncoding(sig, e.flags); err != nil {
		return err
	}
	if e.flags&VerifyStrictEnc != 0 && !isPlainKey(key) {
		return ErrPubkeyType
	}
	return nil
}

// CheckSignatureEncoding applies BIP66, low S and the hash type rule to a
// signature with its hash type byte. An empty one is a deliberate failure and
// always well-formed.
func CheckSignatureEncoding(sig []byte, flags Flags) error {
	if len(sig) == 0 {
		return nil
	}
	if flags&(VerifyDERSig|VerifyLowS|VerifyStrictEnc) != 0 && !isStrictDER(sig) {
		return ErrSigDER
	}
	if flags&VerifyLowS != 0 && !isLowS(sig) {
		return ErrSigHighS
	}
	if flags&VerifyStrictEnc != 0 {
		if t := sig[len(sig)-1] &^ SigHashAnyoneCanPay; t < SigHashAll || t > SigHashSingle {
			return ErrSigHashType
		}
	}
	return nil
}

// isPlainKey reports whether key is compressed or uncompressed; the hybrid form
// is a key, too, but not a standard one.
func isPlainKey(key []byte) bool {
	if len(key) == 0 {
		return false
	}
	switch key[0] {
	case 2, 3:
		return len(key) == compressedKey
	case 4:
		return len(key) == uncompressedKey
	}
	return false
}

// isStrictDER is BIP66's rule for 0x30 len 0x02 lenR R 0x02 lenS S hashtype.
func isStrictDER(sig []byte) bool {
	n := len(sig)
	if n < 9 || n > 73 || sig[0] != 0x30 || int(sig[1]) != n-3 {
		return false
	}
	r := int(sig[3])
	if 5+r >= n {
		return false
	}
	s := int(sig[5+r])
	if r+s+7 != n {
		return false
	}
	return isStrictInt(sig[2], sig[4:4+r]) && isStrictInt(sig[4+r], sig[6+r:6+r+s])
}

// isStrictInt reports whether b is a positive integer without needless zeros.
func isStrictInt(tag byte, b []byte) bool {
	if tag != 2 || len(b) == 0 || b[0]&0x80 != 0 {
		return false
	}
	return len(b) == 1 || b[0] != 0 || b[1]&0x80 != 0
}

// isLowS reports whether S of a signature in strict DER is at most half the
// order. As in Dash Core, a signature whose numbers are out of range counts as
// low: it fails for another reason.
func isLowS(sig []byte) bool {
	_, s, ok := parseLaxDER(sig[:len(sig)-1])
	return ok && !s.IsOverHalfOrder()
}

// VerifyECDSA verifies sig, without a hash type byte, over hash. It reads the
// signature as leniently as the chain before BIP66 needs, accepts a high S and
// the hybrid form of keys, as Dash Core's CPubKey::Verify does.
func VerifyECDSA(key, sig []byte, hash [32]byte) bool {
	if len(key) == 0 {
		return false
	}
	want := 0
	switch key[0] {
	case 2, 3:
		want = compressedKey
	case 4, 6, 7:
		want = uncompressedKey
	}
	if len(key) != want {
		return false
	}
	r, s, ok := parseLaxDER(sig)
	if !ok {
		return false
	}
	pub, err := btcec.ParsePubKey(key)
	if err != nil {
		return false
	}
	return ecdsa.NewSignature(r, s).Verify(hash[:], pub)
}

// parseLaxDER finds R and S in what the chain before BIP66 accepted as DER:
// long or padded lengths, padded and negative integers, trailing bytes. A
// number out of range makes both zero, a signature that never verifies.
func parseLaxDER(b []byte) (r, s *btcec.ModNScalar, ok bool) {
	if len(b) < 2 || b[0] != 0x30 {
		return nil, nil, false
	}
	n, b := b[1], b[2:]
	if n&0x80 != 0 {
		if skip := int(n &^ 0x80); skip <= len(b) {
			b = b[skip:]
		} else {
			return nil, nil, false
		}
	}
	rb, b, ok := laxInt(b)
	if !ok {
		return nil, nil, false
	}
	sb, _, ok := laxInt(b)
	if !ok {
		return nil, nil, false
	}
	r, s = new(btcec.ModNScalar), new(btcec.ModNScalar)
	if !setScalar(r, rb) || !setScalar(s, sb) {
		r.Zero()
		s.Zero()
	}
	return r, s, true
}

// laxInt takes one integer, whose length may be written in several bytes.
func laxInt(b []byte) (val, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != 2 {
		return nil, nil, false
	}
	size, b := int(b[1]), b[2:]
	if size&0x80 != 0 {
		width := size &^ 0x80
		if width > len(b) {
			return nil, nil, false
		}
		digits := trimZeros(b[:width])
		if b = b[width:]; len(digits) >= 4 {
			return nil, nil, false
		}
		size = 0
		for _, d := range digits {
			size = size<<8 | int(d)
		}
	}
	if size > len(b) {
		return nil, nil, false
	}
	return b[:size], b[size:], true
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// setScalar reports whether b, of any length, is a number below the order.
func setScalar(v *btcec.ModNScalar, b []byte) bool {
	if b = trimZeros(b); len(b) > 32 {
		return false
	}
	var wide [32]byte
	copy(wide[32-len(b):], b)
	return v.SetBytes(&wide) == 0
}
