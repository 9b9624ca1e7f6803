package signer

import (
	"crypto/sha256"
	"crypto/subtle"
	"unsafe"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"dashmp/node/rpc/rpcerr"
	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// The parts of a decoded private key in wallet import format: version byte,
// key, a one byte 1 if the public key is compressed, four bytes of checksum.
const (
	keySize      = 32
	checksumSize = 4
	maxDecoded   = 1 + keySize + 1 + checksumSize
	// maxEncoded bounds the text, blanks at its ends included; 52 are enough.
	maxEncoded = 128
)

// compactSize is the length of a compact signature: header, R, S.
const compactSize = 65

// errInvalidKey is Dash Core's answer to everything that is no private key.
func errInvalidKey() error {
	return rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid private key")
}

// workspace is where a key is decoded and used. It lies in secret memory and
// holds no pointers, so the garbage collector need not know of it.
type workspace struct {
	decoded    [maxDecoded]byte
	key        btcec.PrivateKey
	compressed bool
}

// signCompact signs hash with a key in wallet import format. encoded stays the
// caller's; everything derived from it is wiped.
func signCompact(encoded []byte, prefix byte, hash [sha256.Size]byte) (sig [compactSize]byte, err error) {
	region, err := lockbox.New(int(unsafe.Sizeof(workspace{})))
	if err != nil {
		return sig, rpcerr.Errorf(rpcerr.OutOfMemory, "No memory for secrets is left")
	}
	defer region.Close()
	w := (*workspace)(unsafe.Pointer(unsafe.SliceData(region.Bytes())))
	ok := false
	secretly.Do(func() {
		if ok = w.decode(encoded, prefix); !ok {
			return
		}
		copy(sig[:], ecdsa.SignCompact(&w.key, hash[:], w.compressed))
		w.key.Zero()
	})
	if !ok {
		return sig, errInvalidKey()
	}
	return sig, nil
}

// decode reads a private key (Dash Core: DecodeSecret). The time it takes
// depends on the length of the text and on whether it is valid.
func (w *workspace) decode(encoded []byte, prefix byte) bool {
	n, ok := w.decodeBase58(encoded)
	if !ok || n < 1+keySize+checksumSize {
		return false
	}
	payload := w.decoded[maxDecoded-n : maxDecoded-checksumSize]
	sum := sha256.Sum256(payload)
	sum = sha256.Sum256(sum[:])
	good := subtle.ConstantTimeCompare(sum[:checksumSize], w.decoded[maxDecoded-checksumSize:])
	clear(sum[:])
	if good != 1 || payload[0] != prefix {
		return false
	}
	switch len(payload) {
	case 1 + keySize:
	case 1 + keySize + 1:
		if w.compressed = payload[1+keySize] == 1; !w.compressed {
			return false
		}
	default:
		return false
	}
	overflow := w.key.Key.SetByteSlice(payload[1 : 1+keySize])
	return !overflow && !w.key.Key.IsZero()
}

// decodeBase58 decodes into the end of w.decoded and returns how many bytes
// there are. Blanks before and after are skipped, as Dash Core does.
func (w *workspace) decodeBase58(text []byte) (int, bool) {
	if len(text) > maxEncoded {
		return 0, false
	}
	for len(text) > 0 && isBlank(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isBlank(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	zeros := 0
	for zeros < len(text) && text[zeros] == '1' {
		zeros++
	}
	for _, c := range text {
		carry, ok := digit58(c)
		if !ok {
			return 0, false
		}
		for i := maxDecoded - 1; i >= 0; i-- {
			carry += 58 * int(w.decoded[i])
			w.decoded[i] = byte(carry)
			carry >>= 8
		}
		if carry != 0 {
			return 0, false // longer than any key
		}
	}
	n := maxDecoded
	for n > 0 && w.decoded[maxDecoded-n] == 0 {
		n--
	}
	return n + zeros, n+zeros <= maxDecoded
}

func isBlank(c byte) bool { return c == ' ' || (c >= '\t' && c <= '\r') }

// digit58 returns a base58 digit's value without looking it up in a table by
// the secret character.
func digit58(c byte) (int, bool) {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	value, found := 0, 0
	for i := range len(alphabet) {
		same := subtle.ConstantTimeByteEq(c, alphabet[i])
		value |= subtle.ConstantTimeSelect(same, i, 0)
		found |= same
	}
	return value, found == 1
}
