package descriptor

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"dashmp/node/hdkey"
	"dashmp/node/standard"
)

// Secrets are private keys by the HASH160 of their public key. The zero value
// is ready for use.
type Secrets struct{ keys map[standard.ID]*secret }

type secret struct {
	key        [hdkey.HashSize]byte
	compressed bool
}

// Len is the number of keys.
func (s *Secrets) Len() int {
	if s == nil {
		return 0
	}
	return len(s.keys)
}

// Add adds a private key unless the ID has one.
func (s *Secrets) Add(id standard.ID, key [hdkey.HashSize]byte, compressed bool) {
	if s.keys == nil {
		s.keys = map[standard.ID]*secret{}
	}
	if s.keys[id] == nil {
		s.keys[id] = &secret{key, compressed}
	}
}

// Key returns the private key of an ID and whether its public key is
// compressed. The caller wipes the copy.
func (s *Secrets) Key(id standard.ID) (key [hdkey.HashSize]byte, compressed, ok bool) {
	if s == nil || s.keys[id] == nil {
		return key, false, false
	}
	return s.keys[id].key, s.keys[id].compressed, true
}

// Wipe clears all keys.
func (s *Secrets) Wipe() {
	if s == nil {
		return
	}
	for _, k := range s.keys {
		*k = secret{}
	}
	s.keys = nil
}

// String hides the keys.
func (s *Secrets) String() string { return "[redacted]" }

// GoString hides the keys.
func (s *Secrets) GoString() string { return "[redacted]" }

// Format hides the keys.
func (s *Secrets) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// LogValue hides the keys.
func (s *Secrets) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalJSON hides the keys.
func (s *Secrets) MarshalJSON() ([]byte, error) { return []byte(`"[redacted]"`), nil }

// extended is the extended private key that belongs to p, if its key is here.
func (s *Secrets) extended(p *hdkey.Public) (*hdkey.Secret, bool) {
	key, _, ok := s.Key(p.ID())
	defer clear(key[:])
	if !ok {
		return nil, false
	}
	return hdkey.FromParts(p, &key)
}

// IDs are those of the keys, in ascending order.
func (s *Secrets) IDs() []standard.ID {
	if s == nil {
		return nil
	}
	return slices.SortedFunc(maps.Keys(s.keys), func(a, b standard.ID) int { return bytes.Compare(a[:], b[:]) })
}
