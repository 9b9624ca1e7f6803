package address

import (
	"bytes"
	"strings"

	"dashmp/node/wire"
)

// ErrorKind is a class of error; compare with errors.Is.
type ErrorKind string

func (k ErrorKind) Error() string { return string(k) }

const (
	// ErrBase58: a character outside the alphabet, or too long a value.
	ErrBase58 ErrorKind = "address.base58"
	// ErrChecksum: the last four bytes are not the checksum of the others.
	ErrChecksum ErrorKind = "address.checksum"
	// ErrFormat is Dash Core's text for what is no base58 with checksum.
	ErrFormat ErrorKind = "Invalid address format"
	// ErrPrefix is Dash Core's text for a value of another kind or network.
	ErrPrefix ErrorKind = "Invalid prefix for Base58-encoded address"
	// ErrSecret: not a private key in the wallet import format.
	ErrSecret ErrorKind = "address.secret"
)

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

const checksumSize = 4

// EncodeBase58 encodes b; each leading zero byte becomes a '1'.
func EncodeBase58(b []byte) string { return string(encodeBase58(b)) }

// encodeBase58 wipes its scratch space: b may be a private key.
func encodeBase58(b []byte) []byte {
	zeros := 0
	for zeros < len(b) && b[zeros] == 0 {
		zeros++
	}
	digits := make([]byte, (len(b)-zeros)*138/100+1) // log 256 / log 58, rounded up
	defer clear(digits)
	used := 0
	for _, c := range b[zeros:] {
		carry := int(c)
		i := 0
		for ; carry != 0 || i < used; i++ {
			carry += 256 * int(digits[i])
			digits[i] = byte(carry % 58)
			carry /= 58
		}
		used = i
	}
	out := make([]byte, zeros, zeros+used)
	for i := range out {
		out[i] = alphabet[0]
	}
	for i := used - 1; i >= 0; i-- {
		out = append(out, alphabet[digits[i]])
	}
	return out
}

// DecodeBase58 decodes s, ignoring white space around it, to at most limit
// bytes. The error is ErrBase58.
func DecodeBase58(s string, limit int) ([]byte, error) { return decodeBase58([]byte(s), limit) }

func decodeBase58(s []byte, limit int) ([]byte, error) {
	// Dash Core's notion of white space, in any locale.
	s = bytes.Trim(s, " \f\n\r\t\v")
	zeros := 0
	for zeros < len(s) && s[zeros] == alphabet[0] {
		if zeros++; zeros > limit {
			return nil, ErrBase58
		}
	}
	out := make([]byte, limit) // least significant byte first
	used := zeros
	for _, c := range s[zeros:] {
		carry := strings.IndexByte(alphabet, c)
		if carry < 0 {
			clear(out)
			return nil, ErrBase58
		}
		i := zeros
		for ; carry != 0 || i < used; i++ {
			if i == limit {
				clear(out)
				return nil, ErrBase58
			}
			carry += 58 * int(out[i])
			out[i] = byte(carry)
			carry >>= 8
		}
		used = i
	}
	// The zeros were kept free at the front; the number follows, reversed.
	number := out[zeros:used]
	for i := range len(number) / 2 {
		number[i], number[len(number)-1-i] = number[len(number)-1-i], number[i]
	}
	return out[:used], nil
}

// EncodeCheck encodes b and four bytes of its double SHA-256.
func EncodeCheck(b []byte) string { return string(encodeCheck(b)) }

func encodeCheck(b []byte) []byte {
	sum := wire.DoubleSHA256(b)
	full := make([]byte, 0, len(b)+checksumSize)
	full = append(append(full, b...), sum[:checksumSize]...)
	defer clear(full)
	return encodeBase58(full)
}

// DecodeCheck decodes what EncodeCheck made of at most limit bytes. Errors are
// ErrBase58 and ErrChecksum.
func DecodeCheck(s string, limit int) ([]byte, error) { return decodeCheck([]byte(s), limit) }

func decodeCheck(s []byte, limit int) ([]byte, error) {
	b, err := decodeBase58(s, limit+checksumSize)
	if err != nil {
		return nil, err
	}
	n := len(b) - checksumSize
	if n < 0 {
		return nil, ErrChecksum
	}
	if sum := wire.DoubleSHA256(b[:n]); !bytes.Equal(sum[:checksumSize], b[n:]) {
		clear(b)
		return nil, ErrChecksum
	}
	return b[:n], nil
}
