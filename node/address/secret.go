package address

import (
	"bytes"

	"dashmp/node/params"
)

// SecretSize is the length of a private key in bytes.
const SecretSize = 32

// order is the order of the curve secp256k1, big-endian.
var order = [SecretSize]byte{
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
	0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
}

// ValidSecret reports whether key is a number from 1 to the order less 1.
func ValidSecret(key *[SecretSize]byte) bool {
	return *key != [SecretSize]byte{} && bytes.Compare(key[:], order[:]) < 0
}

// AppendSecret appends the wallet import format of a private key to dst;
// compressed tells which form of its public key belongs to it.
func AppendSecret(dst []byte, key *[SecretSize]byte, compressed bool, b58 params.Base58) []byte {
	var b [1 + SecretSize + 1]byte
	defer clear(b[:])
	b[0] = b58.SecretKey
	copy(b[1:], key[:])
	n := 1 + SecretSize
	if compressed {
		b[n] = 1
		n++
	}
	text := encodeCheck(b[:n])
	defer clear(text)
	return append(dst, text...)
}

// DecodeSecret reads the wallet import format into key. On an error, which is
// ErrSecret, key is zero. The caller wipes text and key.
func DecodeSecret(text []byte, b58 params.Base58, key *[SecretSize]byte) (compressed bool, err error) {
	clear(key[:])
	b, err := decodeCheck(text, 1+SecretSize+1)
	if err != nil {
		return false, ErrSecret
	}
	defer clear(b)
	compressed = len(b) == 1+SecretSize+1 && b[1+SecretSize] == 1
	if len(b) != 1+SecretSize && !compressed || b[0] != b58.SecretKey {
		return false, ErrSecret
	}
	copy(key[:], b[1:])
	if !ValidSecret(key) {
		clear(key[:])
		return false, ErrSecret
	}
	return compressed, nil
}
