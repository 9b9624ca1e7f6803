package keystore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"dashmp/node/storage"
	"dashmp/wallet/signer/internal/lockbox"
)

// The layout of the database, bucket "meta": numbers are little-endian.
//
//	schema   version of this layout (uint32)
//	network  name of the chain
//	name     the wallet's name
//	kdf      passes (uint32), KiB (uint32), salt, the sealed store key
//	check    a constant, sealed: whether a store key is the right one
const (
	schema     = 1
	bucketMeta = "meta"
	checkText  = "dash-signer key store"
	maxRecord  = 64 << 10
)

// Options are what a Store belongs to.
type Options struct {
	// Network and Name are those of the wallet. Everything is bound to them.
	Network, Name string
	// Create makes a new store in an empty database.
	Create bool
	// Cost is that of new passphrases.
	Cost Cost
}

// Store is an open key store.
type Store struct {
	o    Options
	db   *storage.DB
	file keyFile

	mu  sync.RWMutex // guards the rest; held while a secret is read or written
	kdf *kdf         // nil: there is no passphrase
	key *lockbox.Region
}

// Record is one record: public, or a secret that is sealed.
type Record struct {
	// Bucket and Key name it; buckets of secrets and of public records differ.
	Bucket string
	Key    []byte
	// Public is stored as it is, unless Secret is set.
	Public []byte
	Secret *lockbox.Region
}

// Open opens a store, or makes one. It takes both files over, also when it
// fails. A store with a passphrase is locked at first.
func Open(db, key *os.File, o Options) (*Store, error) {
	s := &Store{o: o, file: keyFile{key}}
	var err error
	if s.db, err = storage.Open(db, storage.Options{Name: fmt.Sprintf("key store %q", o.Name)}); err != nil {
		return nil, errors.Join(err, key.Close())
	}
	if err := s.load(); err != nil {
		s.forget()
		return nil, errors.Join(err, s.db.Close(), key.Close())
	}
	return s, nil
}

func (s *Store) load() error {
	if s.db.Fresh() {
		if !s.o.Create {
			return corrupt("the database is empty")
		}
		return s.create()
	}
	if s.o.Create {
		return fmt.Errorf("%w: the key store is not empty", ErrState)
	}
	if err := s.db.View(s.readMeta); err != nil {
		return err
	}
	key, err := s.file.read()
	if err != nil {
		return err
	}
	if s.kdf != nil {
		// A crash may have come before the old key was overwritten.
		if key != nil {
			key.Close()
			return s.file.wipe()
		}
		return nil
	}
	if key == nil {
		return corrupt("the file of the store key is empty")
	}
	s.key = key
	return s.check(key)
}

// create makes an empty store without a passphrase. The key is on disk before
// the database says that there is a store.
func (s *Store) create() (err error) {
	if s.key, err = newKey(); err != nil {
		return err
	}
	if err := s.file.write(s.key); err != nil {
		return err
	}
	sealed, err := seal(s.key.Bytes(), s.bound(bucketMeta, []byte("check")), []byte(checkText))
	if err != nil {
		return err
	}
	return s.db.Update(func(tx *storage.Tx) error {
		put := func(key string, value []byte) error { return tx.Put(bucketMeta, []byte(key), value) }
		return errors.Join(
			put("schema", binary.LittleEndian.AppendUint32(nil, schema)),
			put("network", []byte(s.o.Network)),
			put("name", append([]byte{'='}, s.o.Name...)), // a value is never empty
			put("check", sealed))
	})
}

func (s *Store) readMeta(tx *storage.Tx) error {
	get := func(key string) ([]byte, error) { return tx.Get(bucketMeta, []byte(key)) }
	version, err := get("schema")
	if err != nil || len(version) != 4 || binary.LittleEndian.Uint32(version) != schema {
		return corrupt("the layout is not version %d", schema)
	}
	network, err := get("network")
	if err != nil {
		return corrupt("no network")
	}
	if string(network) != s.o.Network {
		return fmt.Errorf("%w: it is one of %s", ErrForeign, network)
	}
	name, err := get("name")
	if err != nil || string(name) != "="+s.o.Name {
		return fmt.Errorf("%w: it was made for a wallet of another name", ErrForeign)
	}
	switch sealed, err := get("kdf"); {
	case errors.Is(err, storage.ErrNotFound):
		return nil
	case err != nil:
		return err
	default:
		s.kdf, err = decodeKDF(sealed)
		return err
	}
}

// check finds out whether key is the store key.
func (s *Store) check(key *lockbox.Region) error {
	text, err := s.openRecord(key, bucketMeta, []byte("check"))
	if err != nil {
		return err
	}
	defer text.Close()
	if string(text.Bytes()) != checkText {
		return corrupt("the check record says something else")
	}
	return nil
}

// bound is what a sealed record is bound to.
func (s *Store) bound(bucket string, key []byte) []byte {
	var b []byte
	for _, part := range [][]byte{[]byte(s.o.Network), []byte(s.o.Name), []byte(bucket), key} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

// openRecord reads a secret with a store key.
func (s *Store) openRecord(with *lockbox.Region, bucket string, key []byte) (*lockbox.Region, error) {
	var sealed []byte
	err := s.db.View(func(tx *storage.Tx) (err error) {
		sealed, err = tx.Get(bucket, key)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	r, ok, err := open(with.Bytes(), s.bound(bucket, key), sealed)
	if err == nil && !ok {
		err = corrupt("a secret cannot be opened with the store key")
	}
	return r, err
}

// Secret reads a secret into a region, which the caller closes.
func (s *Store) Secret(bucket string, key []byte) (*lockbox.Region, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.key == nil {
		return nil, ErrLocked
	}
	return s.openRecord(s.key, bucket, key)
}

// Public calls f with every public record of a bucket, in the order of keys.
func (s *Store) Public(bucket string, f func(key, value []byte) error) error {
	return s.db.View(func(tx *storage.Tx) error { return tx.ForEach(bucket, f) })
}

// Put writes records in one commit, on disk when it returns. Secrets need an
// unlocked store.
func (s *Store) Put(records ...Record) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	values := make([][]byte, len(records))
	for i, r := range records {
		values[i] = r.Public
		if r.Secret == nil {
			continue
		}
		if s.key == nil {
			return ErrLocked
		}
		var err error
		if values[i], err = seal(s.key.Bytes(), s.bound(r.Bucket, r.Key), r.Secret.Bytes()); err != nil {
			return err
		}
	}
	return s.db.Update(func(tx *storage.Tx) error {
		for i, r := range records {
			if len(values[i]) > maxRecord {
				return fmt.Errorf("keystore: a record of %d bytes", len(values[i]))
			}
			bucket := r.Bucket
			if r.Secret != nil {
				if err := tx.Put(bucketSealed, sealedKey(bucket, r.Key), []byte{1}); err != nil {
					return err
				}
			}
			if err := tx.Put(bucket, r.Key, values[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// bucketSealed names every record that is sealed, so that Encrypt finds them.
const bucketSealed = "sealed"

func sealedKey(bucket string, key []byte) []byte {
	return append(append([]byte(bucket), 0), key...)
}

func splitSealedKey(b []byte) (bucket string, key []byte, ok bool) {
	before, after, ok := bytes.Cut(b, []byte{0})
	return string(before), after, ok && len(after) > 0
}

// Close locks the store and closes its files.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	return errors.Join(s.db.Close(), s.file.f.Close())
}

func (s *Store) forget() {
	if s.key != nil {
		s.key.Close()
		s.key = nil
	}
}

// Delete removes a public record.
func (s *Store) Delete(bucket string, key []byte) error {
	return s.db.Update(func(tx *storage.Tx) error { return tx.Delete(bucket, key) })
}
