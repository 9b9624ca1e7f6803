package coins

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"dashmp/node/storage"
	"dashmp/node/wire"
)

// The records of the database.
//
//	coin/TXID VARINT(n)  Coin.Append
//	meta/best            hash of the block that the set is that of
//	meta/heads           hash of the new and of the old best block, while a
//	                     write in several batches is under way
//
// Dash Core's LevelDB has the same keys behind a prefix, so that a walk in their
// order gives the same sequence.
const (
	bucketCoin = "coin"
	bucketMeta = "meta"
	keyBest    = "best"
	keyHeads   = "heads"
)

// DefaultBatchBytes is the default of -dbbatchsize.
const DefaultBatchBytes = 16 << 20

const (
	// ErrHeads: the stored heads, or a write over them, make no sense.
	ErrHeads ErrorKind = "coins: unknown inconsistent state"
	// ErrRecord: a record of the database is malformed.
	ErrRecord ErrorKind = "coins: malformed record"
)

// Store is the database of all coins.
type Store struct {
	db    *storage.DB
	batch int

	mu sync.RWMutex // guards what follows
	// best is zero of an empty set, and while there are heads.
	best  wire.Hash
	heads []wire.Hash // none or new, old
}

// OpenStore reads the state of the set in db, which it does not own. A write is
// split into batches of about batchBytes; 0 means DefaultBatchBytes.
func OpenStore(db *storage.DB, batchBytes int) (*Store, error) {
	s := &Store{db: db, batch: batchBytes}
	if batchBytes <= 0 {
		s.batch = DefaultBatchBytes
	}
	err := db.View(func(tx *storage.Tx) error {
		best, err := get(tx, keyBest, wire.HashSize)
		if err != nil {
			return err
		}
		heads, err := get(tx, keyHeads, 2*wire.HashSize)
		if err != nil {
			return err
		}
		if best != nil {
			s.best = wire.Hash(best)
		}
		if heads != nil {
			s.heads = []wire.Hash{wire.Hash(heads[:wire.HashSize]), wire.Hash(heads[wire.HashSize:])}
		}
		if best != nil && heads != nil {
			return ErrHeads
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// get returns a record of the meta bucket, nil if there is none.
func get(tx *storage.Tx, key string, size int) ([]byte, error) {
	b, err := tx.Get(bucketMeta, []byte(key))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err == nil && len(b) != size {
		err = fmt.Errorf("%w: meta/%s", ErrRecord, key)
	}
	return b, err
}

// BestBlock implements View.
func (s *Store) BestBlock() wire.Hash {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.best
}

// Heads returns the new and the old best block of a write that was interrupted,
// ok only if there is one. The old one is zero if it was the first write.
func (s *Store) Heads() (next, old wire.Hash, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.heads) == 0 {
		return next, old, false
	}
	return s.heads[0], s.heads[1], true
}

// appendKey appends the key of an outpoint.
func appendKey(b []byte, o wire.OutPoint) []byte {
	return AppendVarInt(append(b, o.Hash[:]...), uint64(o.Index))
}

func decodeKey(b []byte) (o wire.OutPoint, err error) {
	if len(b) <= wire.HashSize {
		return o, fmt.Errorf("%w: a key of %d bytes", ErrRecord, len(b))
	}
	o.Hash = wire.Hash(b[:wire.HashSize])
	n, rest, err := readVarInt(b[wire.HashSize:], math.MaxUint32)
	if err != nil || len(rest) != 0 {
		return o, fmt.Errorf("%w: index of a key", ErrRecord)
	}
	o.Index = uint32(n)
	return o, nil
}

// Coin implements View.
func (s *Store) Coin(o wire.OutPoint) (c Coin, ok bool, err error) {
	err = s.Coins([]wire.OutPoint{o}, func(_ int, found Coin) { c, ok = found, true })
	return c, ok, err
}

// Coins looks up many coins in one state of the database and calls found for
// each that exists.
func (s *Store) Coins(outs []wire.OutPoint, found func(i int, c Coin)) error {
	var key [wire.HashSize + 10]byte
	return s.db.View(func(tx *storage.Tx) error {
		for i, o := range outs {
			b, err := tx.Get(bucketCoin, appendKey(key[:0], o))
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			c, err := DecodeCoin(b)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrRecord, err)
			}
			found(i, c)
		}
		return nil
	})
}

// ForEach calls f with each coin, in the order of transaction id bytes and of
// the VARINT of the output's index, which is that of numbers below 16512. size
// is that of the record in bytes. All is from one state.
func (s *Store) ForEach(f func(o wire.OutPoint, c Coin, size int) error) error {
	return s.db.View(func(tx *storage.Tx) error {
		return tx.ForEach(bucketCoin, func(key, value []byte) error {
			o, err := decodeKey(key)
			if err != nil {
				return err
			}
			c, err := DecodeCoin(value)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrRecord, err)
			}
			return f(o, c, len(key)+len(value))
		})
	})
}

// write stores changes and the new best block. If it takes more than one batch,
// the first also stores the heads, which the last takes away.
func (s *Store) write(changes []*change, best wire.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.best
	if len(s.heads) != 0 {
		if s.heads[0] != best {
			return fmt.Errorf("%w: the write to %s was not completed", ErrHeads, s.heads[0])
		}
		old = s.heads[1]
	}
	slices.SortFunc(changes, func(a, b *change) int {
		if n := bytes.Compare(a.out.Hash[:], b.out.Hash[:]); n != 0 {
			return n
		}
		return int(int64(a.out.Index) - int64(b.out.Index))
	})
	for first := true; ; first = false {
		rest, err := s.writeBatch(changes, first, best, old)
		if err != nil {
			return err
		}
		if len(rest) == 0 {
			s.best, s.heads = best, nil
			return nil
		}
		s.best, s.heads = wire.Hash{}, []wire.Hash{best, old}
		changes = rest
	}
}

// writeBatch stores as many changes as fit and returns the others.
func (s *Store) writeBatch(changes []*change, first bool, best, old wire.Hash) (rest []*change, err error) {
	var key, value []byte
	err = s.db.Update(func(tx *storage.Tx) error {
		size, n := 0, 0
		for ; n < len(changes) && size < s.batch; n++ {
			c := changes[n]
			key = appendKey(key[:0], c.out)
			size += len(key)
			if c.spent {
				if err := tx.Delete(bucketCoin, key); err != nil {
					return err
				}
				continue
			}
			value = c.coin.Append(value[:0])
			size += len(value)
			// bbolt keeps the key's memory until the commit, but not the value's,
			// which storage copies.
			if err := tx.Put(bucketCoin, bytes.Clone(key), value); err != nil {
				return err
			}
		}
		rest = changes[n:]
		if len(rest) == 0 {
			return errors.Join(tx.Delete(bucketMeta, []byte(keyHeads)), tx.Put(bucketMeta, []byte(keyBest), best[:]))
		}
		if !first {
			return nil
		}
		heads := append(append([]byte{}, best[:]...), old[:]...)
		return errors.Join(tx.Delete(bucketMeta, []byte(keyBest)), tx.Put(bucketMeta, []byte(keyHeads), heads))
	})
	return rest, err
}

// AnyExist reports whether there is a coin under one of the names.
func (s *Store) AnyExist(outs []wire.OutPoint) (exists bool, err error) {
	err = s.Coins(outs, func(int, Coin) { exists = true })
	return exists, err
}

// outputs calls f with the outputs of a transaction in the order of ForEach,
// until it fails.
func (s *Store) outputs(id wire.Hash, f func(o wire.OutPoint) error) error {
	return s.db.View(func(tx *storage.Tx) error {
		return tx.Prefixed(bucketCoin, id[:], func(key, _ []byte) error {
			o, err := decodeKey(key)
			if err != nil {
				return err
			}
			return f(o)
		})
	})
}
