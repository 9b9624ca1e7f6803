package index

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"

	"dashmp/node/storage"
	"dashmp/node/wire"
)

const (
	// metaBucket holds the state of the index itself.
	metaBucket = "meta"
	bestKey    = "best"
	versionKey = "version"
	// version is that of the records' layout.
	version = 1

	// maxPending is how many bytes of records wait in memory at most, by a rough
	// count.
	maxPending = 8 << 20
	// recordCost is what a record takes besides its bytes, roughly.
	recordCost = 128
)

// record names a value.
type record struct{ bucket, key string }

// store is a database in front of which records wait until there are enough.
type store struct {
	db *storage.DB
	// mu guards what follows. Only the worker writes.
	mu      sync.RWMutex
	pending map[record][]byte
	size    int
}

func newStore(db *storage.DB) *store { return &store{db: db, pending: map[record][]byte{}} }

// put remembers a record until the next commit.
func (s *store) put(bucket string, key, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending[record{bucket, string(key)}] = value
	s.size += len(key) + len(value) + recordCost
}

// full reports whether a commit is due.
func (s *store) full() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.size >= maxPending
}

// get finds a record; ok is false if there is none.
func (s *store) get(bucket string, key []byte) (value []byte, ok bool, err error) {
	s.mu.RLock()
	value, ok = s.pending[record{bucket, string(key)}]
	s.mu.RUnlock()
	if ok {
		return value, true, nil
	}
	err = s.db.View(func(tx *storage.Tx) error {
		value, err = tx.Get(bucket, key)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// commit writes what waits together with meta, all or nothing.
func (s *store) commit(meta map[string][]byte) error {
	// Neighbours in the tree are written one after the other. The map does not
	// change meanwhile: only the worker changes it, and the worker is here.
	keys := make([]record, 0, len(s.pending))
	for r := range s.pending {
		keys = append(keys, r)
	}
	slices.SortFunc(keys, func(a, b record) int {
		if c := strings.Compare(a.bucket, b.bucket); c != 0 {
			return c
		}
		return strings.Compare(a.key, b.key)
	})
	err := s.db.Update(func(tx *storage.Tx) error {
		for _, r := range keys {
			if err := tx.Put(r.bucket, []byte(r.key), s.pending[r]); err != nil {
				return err
			}
		}
		for key, value := range meta {
			if err := tx.Put(metaBucket, []byte(key), value); err != nil {
				return err
			}
		}
		return tx.Put(metaBucket, []byte(versionKey), []byte{version})
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.pending)
	s.size = 0
	return nil
}

// best reads the locator of the block that the records go up to, the latest hash
// first; nil if there is none.
func (s *store) best() ([]wire.Hash, error) {
	v, ok, err := s.get(metaBucket, []byte(versionKey))
	if err != nil || !ok {
		return nil, err
	}
	if len(v) != 1 || v[0] != version {
		return nil, ErrVersion
	}
	raw, ok, err := s.get(metaBucket, []byte(bestKey))
	if err != nil || !ok {
		return nil, err
	}
	if len(raw)%wire.HashSize != 0 {
		return nil, ErrState
	}
	var list []wire.Hash
	for ; len(raw) > 0; raw = raw[wire.HashSize:] {
		list = append(list, wire.Hash(raw[:wire.HashSize]))
	}
	return list, nil
}

// blockKey is the key of a block's record: neighbours on a chain are neighbours
// in the database, and blocks of one height do not meet.
func blockKey(height int, hash wire.Hash) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(height)), hash[:]...)
}
