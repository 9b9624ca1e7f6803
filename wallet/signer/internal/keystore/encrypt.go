package keystore

import (
	"fmt"

	"dashmp/node/storage"
	"dashmp/wallet/signer/internal/lockbox"
)

// Encrypted reports whether the store has a passphrase.
func (s *Store) Encrypted() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.kdf != nil
}

// Unlocked reports whether secrets can be read now.
func (s *Store) Unlocked() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.key != nil
}

// Unlock makes the secrets readable until Lock. The passphrase is checked also
// where they are.
func (s *Store) Unlock(passphrase []byte) error {
	k, err := s.passphrase()
	if err != nil {
		return err
	}
	key, err := k.unwrap(s.bound(bucketMeta, []byte("kdf")), passphrase)
	if err != nil {
		return err
	}
	if err := s.check(key); err != nil {
		key.Close()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kdf != k { // it was changed meanwhile
		key.Close()
		return ErrPassphrase
	}
	s.forget()
	s.key = key
	return nil
}

// passphrase returns how the store key is sealed. Deriving a key takes long, so
// it is done without the lock.
func (s *Store) passphrase() (*kdf, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.kdf == nil {
		return nil, fmt.Errorf("%w: the store has no passphrase", ErrState)
	}
	return s.kdf, nil
}

// Lock makes the secrets unreadable. A store without a passphrase cannot be
// locked.
func (s *Store) Lock() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kdf == nil {
		return fmt.Errorf("%w: the store has no passphrase", ErrState)
	}
	s.forget()
	return nil
}

// Encrypt gives the store a passphrase and locks it.
func (s *Store) Encrypt(passphrase []byte) error {
	if s.Encrypted() {
		return fmt.Errorf("%w: the store has a passphrase", ErrState)
	}
	fresh, k, err := s.freshKey(passphrase)
	if err != nil {
		return err
	}
	defer fresh.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kdf != nil || s.key == nil {
		return fmt.Errorf("%w: the store has a passphrase", ErrState)
	}
	if err := s.rekey(s.key, fresh, k); err != nil {
		return err
	}
	s.forget()
	return s.file.wipe()
}

// ChangePassphrase replaces the passphrase; whether the store is locked stays as
// it was.
func (s *Store) ChangePassphrase(old, passphrase []byte) error {
	k, err := s.passphrase()
	if err != nil {
		return err
	}
	key, err := k.unwrap(s.bound(bucketMeta, []byte("kdf")), old)
	if err != nil {
		return err
	}
	defer key.Close()
	fresh, next, err := s.freshKey(passphrase)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kdf != k { // it was changed meanwhile
		fresh.Close()
		return ErrPassphrase
	}
	if err := s.rekey(key, fresh, next); err != nil || s.key == nil {
		fresh.Close()
		return err
	}
	s.forget()
	s.key = fresh
	return nil
}

// freshKey makes a store key and seals it under a passphrase.
func (s *Store) freshKey(passphrase []byte) (*lockbox.Region, *kdf, error) {
	fresh, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	k, err := wrap(s.o.Cost, s.bound(bucketMeta, []byte("kdf")), passphrase, fresh.Bytes())
	if err != nil {
		fresh.Close()
		return nil, nil, err
	}
	return fresh, k, nil
}

// rekey seals every secret under a new store key, in one commit. What the
// database's free pages keep can then be read with the old key only, of which
// the caller keeps nothing.
func (s *Store) rekey(old, fresh *lockbox.Region, k *kdf) error {
	sealed, err := s.resealed(old, fresh)
	if err != nil {
		return err
	}
	err = s.db.Update(func(tx *storage.Tx) error {
		for _, r := range sealed {
			if err := tx.Put(r.Bucket, r.Key, r.Public); err != nil {
				return err
			}
		}
		return tx.Put(bucketMeta, []byte("kdf"), k.encode())
	})
	if err == nil {
		s.kdf = k
	}
	return err
}

// resealed returns every sealed record under another store key.
func (s *Store) resealed(old, fresh *lockbox.Region) ([]Record, error) {
	records := []Record{{Bucket: bucketMeta, Key: []byte("check")}}
	err := s.Public(bucketSealed, func(name, _ []byte) error {
		bucket, key, ok := splitSealedKey(name)
		if !ok {
			return corrupt("a sealed record without a name")
		}
		records = append(records, Record{Bucket: bucket, Key: key})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, r := range records {
		secret, err := s.openRecord(old, r.Bucket, r.Key)
		if err != nil {
			return nil, err
		}
		records[i].Public, err = seal(fresh.Bytes(), s.bound(r.Bucket, r.Key), secret.Bytes())
		secret.Close()
		if err != nil {
			return nil, err
		}
	}
	return records, nil
}
