package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// HashSize is the length of a Hash in bytes.
const HashSize = 32

// Hash is a block hash, a transaction id or a node of a merkle tree, in the
// order it was hashed. As a number it is little-endian.
type Hash [HashSize]byte

// String is the display form: hexadecimal, most significant byte first.
func (h Hash) String() string {
	for i := range HashSize / 2 {
		h[i], h[HashSize-1-i] = h[HashSize-1-i], h[i]
	}
	return hex.EncodeToString(h[:])
}

// IsZero reports whether all bytes are zero (a null hash of Dash Core).
func (h Hash) IsZero() bool { return h == Hash{} }

// Compare orders hashes as Dash Core's uint256 does: byte by byte in wire
// order, which is not the order of their numbers. It returns -1, 0 or 1.
func (h Hash) Compare(o Hash) int {
	for i := range h {
		switch {
		case h[i] < o[i]:
			return -1
		case h[i] > o[i]:
			return 1
		}
	}
	return 0
}

// ParseHash reads the display form: exactly 64 hexadecimal digits, else ErrHash.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*HashSize {
		return Hash{}, fmt.Errorf("%w: %d characters", ErrHash, len(s))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("%w: %w", ErrHash, err)
	}
	for i := range HashSize / 2 {
		h[i], h[HashSize-1-i] = h[HashSize-1-i], h[i]
	}
	return h, nil
}

// DoubleSHA256 is SHA-256 of SHA-256 of b: transaction ids, merkle trees and
// everything in Dash but the block hash.
func DoubleSHA256(b []byte) Hash {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}
