package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"sync"

	"dashmp/node/script"
	"dashmp/node/wire"
)

// setWays is how many places an entry may take.
const setWays = 8

// shards is how many locks a hashSet has.
const shards = 64

// digest identifies what was verified. 128 bits under a secret salt: nobody can
// look for a collision without the salt, and chance needs 2^64 entries.
type digest [16]byte

// hashSet is a set of bounded size that forgets at random.
type hashSet struct {
	slots []digest // setWays for each bucket
	locks [shards]sync.RWMutex
}

// newHashSet makes a set of about size bytes, or nil, which is always empty, of
// none.
func newHashSet(size int) *hashSet {
	buckets := size / (setWays * len(digest{})) / shards * shards
	if buckets <= 0 {
		return nil
	}
	return &hashSet{slots: make([]digest, buckets*setWays)}
}

// bucket is where d belongs; buckets of one lock are interleaved.
func (s *hashSet) bucket(d digest) ([]digest, *sync.RWMutex) {
	n := binary.LittleEndian.Uint64(d[:]) % uint64(len(s.slots)/setWays)
	return s.slots[n*setWays : (n+1)*setWays], &s.locks[n%shards]
}

func (s *hashSet) has(d digest) bool {
	if s == nil {
		return false
	}
	b, lock := s.bucket(d)
	lock.RLock()
	defer lock.RUnlock()
	for _, e := range b {
		if e == d {
			return true
		}
	}
	return false
}

func (s *hashSet) add(d digest) {
	if s == nil {
		return
	}
	b, lock := s.bucket(d)
	lock.Lock()
	defer lock.Unlock()
	for i, e := range b {
		if e == d || e == (digest{}) {
			b[i] = d
			return
		}
	}
	b[rand.IntN(setWays)] = d
}

// ScriptCache remembers what verified: single signatures, and whole
// transactions under given rules. Its size is bounded, and its salt makes what
// collides in it unforeseeable (Dash Core: src/script/sigcache.cpp and the
// script execution cache of src/validation.cpp). It is safe for concurrent use.
type ScriptCache struct {
	salt       [32]byte
	signatures *hashSet
	scripts    *hashSet
}

// NewScriptCache makes a cache of about size bytes, half of it for either kind
// (-maxsigcachesize), salted from random.
func NewScriptCache(size int, random io.Reader) (*ScriptCache, error) {
	c := &ScriptCache{signatures: newHashSet(size / 2), scripts: newHashSet(size / 2)}
	_, err := io.ReadFull(random, c.salt[:])
	return c, err
}

// signature is the digest of one; the lengths make the parts unambiguous.
func (c *ScriptCache) signature(hash wire.Hash, key, sig []byte) digest {
	b := make([]byte, 0, 256)
	b = append(append(b, c.salt[:]...), 'S')
	b = append(b, hash[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(key)))
	b = append(append(b, key...), sig...)
	sum := sha256.Sum256(b)
	return digest(sum[:16])
}

// Has implements script.SigCache.
func (c *ScriptCache) Has(hash wire.Hash, key, sig []byte) bool {
	return c.signatures.has(c.signature(hash, key, sig))
}

// Add implements script.SigCache.
func (c *ScriptCache) Add(hash wire.Hash, key, sig []byte) {
	c.signatures.add(c.signature(hash, key, sig))
}

func (c *ScriptCache) transaction(id wire.Hash, flags script.Flags) digest {
	b := append(append([]byte{}, c.salt[:]...), 'T')
	b = binary.LittleEndian.AppendUint32(append(b, id[:]...), uint32(flags))
	sum := sha256.Sum256(b)
	return digest(sum[:16])
}

// HasTransaction reports whether all scripts of a transaction are known to pass
// under these rules.
func (c *ScriptCache) HasTransaction(id wire.Hash, flags script.Flags) bool {
	return c.scripts.has(c.transaction(id, flags))
}

// AddTransaction remembers that all scripts of a transaction pass.
func (c *ScriptCache) AddTransaction(id wire.Hash, flags script.Flags) {
	c.scripts.add(c.transaction(id, flags))
}

// readOnly answers from a cache and adds nothing: what a connected block holds
// is not seen again.
type readOnly struct{ *ScriptCache }

func (readOnly) Add(wire.Hash, []byte, []byte) {}
