package keystore

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"sync"

	"golang.org/x/crypto/argon2"

	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// Cost is what a guess at a passphrase costs: argon2id over Time passes of
// Memory KiB, one lane.
type Cost struct{ Time, Memory uint32 }

// DefaultCost took 0.58 s and 128 MiB on two busy cores of a cloud server
// (BenchmarkGuess); at least 0.25 s on an idle one was asked for.
var DefaultCost = Cost{Time: 4, Memory: 128 << 10}

// Bounds of what is taken from a file.
const (
	maxTime   = 64
	maxMemory = 1 << 20
)

const saltSize = 16

// kdf is how the store key is sealed under a passphrase.
type kdf struct {
	cost   Cost
	salt   [saltSize]byte
	sealed []byte
}

func (k *kdf) encode() []byte {
	b := binary.LittleEndian.AppendUint32(nil, k.cost.Time)
	b = binary.LittleEndian.AppendUint32(b, k.cost.Memory)
	return append(append(b, k.salt[:]...), k.sealed...)
}

func decodeKDF(b []byte) (*kdf, error) {
	if len(b) != 8+saltSize+overhead+keySize {
		return nil, corrupt("the sealed key has %d bytes", len(b))
	}
	k := &kdf{salt: [saltSize]byte(b[8:]), sealed: b[8+saltSize:]}
	k.cost.Time, k.cost.Memory = binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	if k.cost.Time < 1 || k.cost.Time > maxTime || k.cost.Memory < 8 || k.cost.Memory > maxMemory {
		return nil, corrupt("a passphrase of %d passes over %d KiB", k.cost.Time, k.cost.Memory)
	}
	return k, nil
}

// guessing lets one passphrase be tried at a time, so that the memory it takes
// is bounded.
var guessing sync.Mutex

// derive turns a passphrase into a key, in a region.
//
// argon2 computes on goroutines of its own and cannot be erased after. So it
// never sees the passphrase, only a hash of it, and what it makes of that is of
// no use without a second hash, which it does not see.
func (k *kdf) derive(passphrase []byte) (*lockbox.Region, error) {
	r, err := lockbox.New(2*sha512.Size + keySize)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b := r.Bytes()
	for i, label := range []string{"dash-signer passphrase, for argon2id", "dash-signer passphrase, beside argon2id"} {
		secretly.Do(func() {
			m := hmac.New(sha512.New, []byte(label))
			m.Write(passphrase)
			m.Sum(b[i*sha512.Size : i*sha512.Size])
		})
	}
	out, err := lockbox.New(keySize)
	if err != nil {
		return nil, err
	}
	guessing.Lock()
	defer guessing.Unlock()
	stretched := argon2.IDKey(b[:sha512.Size], k.salt[:], k.cost.Time, k.cost.Memory, 1, keySize)
	secretly.Do(func() {
		m := hmac.New(sha256.New, b[sha512.Size:2*sha512.Size])
		m.Write(stretched)
		m.Sum(out.Bytes()[:0])
	})
	clear(stretched)
	return out, nil
}

// wrap seals a store key under a passphrase.
func wrap(cost Cost, name, passphrase, key []byte) (*kdf, error) {
	k := &kdf{cost: cost}
	if _, err := rand.Read(k.salt[:]); err != nil {
		return nil, err
	}
	under, err := k.derive(passphrase)
	if err != nil {
		return nil, err
	}
	defer under.Close()
	k.sealed, err = seal(under.Bytes(), name, key)
	return k, err
}

// unwrap returns the store key, or ErrPassphrase.
func (k *kdf) unwrap(name, passphrase []byte) (*lockbox.Region, error) {
	under, err := k.derive(passphrase)
	if err != nil {
		return nil, err
	}
	defer under.Close()
	key, ok, err := open(under.Bytes(), name, k.sealed)
	if err == nil && !ok {
		err = ErrPassphrase
	}
	return key, err
}
