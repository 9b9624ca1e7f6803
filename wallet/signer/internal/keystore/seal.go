package keystore

import (
	"crypto/rand"

	"golang.org/x/crypto/chacha20poly1305"

	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// keySize is that of the store key and of what a passphrase is turned into.
const keySize = chacha20poly1305.KeySize

// overhead is how much longer than a secret its sealed form is.
const overhead = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// seal returns nonce and ciphertext of a secret. name is what it is bound to.
func seal(key, name, secret []byte) ([]byte, error) {
	out := make([]byte, chacha20poly1305.NonceSizeX, overhead+len(secret))
	if _, err := rand.Read(out); err != nil {
		return nil, err
	}
	var failed error
	secretly.Do(func() {
		aead, err := chacha20poly1305.NewX(key)
		if err != nil {
			failed = err
			return
		}
		out = aead.Seal(out, out, secret, name)
	})
	return out, failed
}

// open returns the secret in a region of its own, and whether it is what was
// sealed with this key under this name.
func open(key, name, sealed []byte) (*lockbox.Region, bool, error) {
	n := len(sealed) - overhead
	if n < 1 || n > lockbox.MaxSize {
		return nil, false, nil
	}
	r, err := lockbox.New(n)
	if err != nil {
		return nil, false, err
	}
	ok := false
	secretly.Do(func() {
		aead, err := chacha20poly1305.NewX(key)
		if err != nil {
			return
		}
		nonce, text := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
		_, err = aead.Open(r.Bytes()[:0], nonce, text, name)
		ok = err == nil
	})
	if !ok {
		r.Close()
		return nil, false, nil
	}
	return r, true, nil
}
