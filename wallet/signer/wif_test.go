//go:build goexperiment.runtimesecret

package signer

import "crypto/sha256"

// encodeWIF is the inverse of decode for a compressed key of the test network.
func encodeWIF(key []byte) []byte {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var b [38]byte
	b[0] = regtestWIF
	copy(b[1:], key)
	b[33] = 1
	sum := sha256.Sum256(b[:34])
	sum = sha256.Sum256(sum[:])
	copy(b[34:], sum[:4])
	text := make([]byte, 0, 52)
	for len(text) < 52 {
		rest := 0
		for i := range b {
			rest = rest<<8 | int(b[i])
			b[i] = byte(rest / 58)
			rest %= 58
		}
		text = append(text, alphabet[rest])
	}
	for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
		text[i], text[j] = text[j], text[i]
	}
	return text
}
