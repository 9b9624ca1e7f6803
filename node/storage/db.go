package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// lockTimeout is how long Open waits for a lock. A database is passed on only
// when its last holder has gone, so the wait covers no more than an exit.
const lockTimeout = time.Second

// Options configure a DB.
type Options struct {
	// Name is what errors call the database.
	Name string
	// NoSync does not wait for the disk, for tests of the callers only.
	NoSync bool
}

// DB is one open database.
type DB struct {
	name  string
	fresh bool
	file  *os.File
	bolt  *bbolt.DB
	// failed is set by the first sign of corruption; nothing is asked of bbolt
	// afterwards.
	failed atomic.Bool
	closed atomic.Bool
}

// Open opens the database in f and takes f over, also when it fails. An empty
// file becomes an empty database.
func Open(f *os.File, o Options) (*DB, error) {
	db := &DB{name: o.Name, file: f}
	opened := false
	err := db.guard("open", func() error {
		empty, err := prepare(f)
		if err != nil {
			return err
		}
		buckets := 0
		if !empty {
			if buckets, err = verifyFile(f); err != nil {
				return err
			}
		}
		db.fresh = buckets == 0
		opened = true
		db.bolt, err = bbolt.Open(f.Name(), 0o600, &bbolt.Options{
			Timeout:        lockTimeout,
			NoFreelistSync: true,
			FreelistType:   bbolt.FreelistMapType,
			NoStatistics:   true,
			NoSync:         o.NoSync,
			OpenFile:       func(string, int, os.FileMode) (*os.File, error) { return f, nil },
		})
		return err
	})
	if err == nil {
		return db, nil
	}
	if !opened || db.failed.Load() {
		f.Close() // else bbolt has closed it
	}
	return nil, err
}

// Fresh reports whether the database held nothing when it was opened: the file
// was empty, or a crash came before the first commit.
func (db *DB) Fresh() bool { return db.fresh }

// Close waits for transactions and closes the file.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	// A failed bbolt may hold its own locks for ever. Closing the file frees
	// the one that others wait for; the mapping goes with the process.
	if db.failed.Load() {
		return db.file.Close()
	}
	return db.guard("close", db.bolt.Close)
}

// guard runs f, which uses bbolt, so that damage becomes an error.
func (db *DB) guard(op string, f func() error) (err error) {
	if db.failed.Load() {
		return db.fail(ErrCorrupt, "the database was found corrupted before")
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			db.failed.Store(true)
			err = db.fail(ErrCorrupt, fmt.Sprintf("%s: %v", op, r))
		}
	}()
	return db.wrap(op, f())
}

// wrap gives an error its kind; the package's own errors pass.
func (db *DB) wrap(op string, err error) error {
	var own *Error
	var path *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		if own.Name == "" {
			own.Name = db.name
		}
		return err
	case errors.Is(err, berrors.ErrTimeout):
		return db.fail(ErrInUse, "it is in use")
	case errors.Is(err, berrors.ErrDatabaseNotOpen), errors.Is(err, berrors.ErrTxClosed):
		return db.fail(ErrClosed, "it is closed")
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return db.fail(ErrCorrupt, fmt.Sprintf("%s: %v", op, err))
	case errors.As(err, &path):
		return &Error{Kind: ErrIO, Name: db.name, Text: fmt.Sprintf("%s: %v", op, path.Err), Cause: path.Err}
	}
	return &Error{Kind: ErrIO, Name: db.name, Text: fmt.Sprintf("%s: %v", op, err), Cause: err}
}

func (db *DB) fail(kind ErrorKind, text string) error {
	return &Error{Kind: kind, Name: db.name, Text: text}
}

// View runs f on a consistent state. f must not use tx afterwards.
func (db *DB) View(f func(tx *Tx) error) error { return db.run(false, f) }

// Update runs f and commits what it wrote, all or nothing, on disk when Update
// returns. If f fails nothing is written, and f's error is returned.
func (db *DB) Update(f func(tx *Tx) error) error { return db.run(true, f) }

func (db *DB) run(writable bool, f func(tx *Tx) error) error {
	tx := &Tx{db: db, totals: map[string]*total{}}
	err := db.guard("begin", func() (err error) {
		tx.bolt, err = db.bolt.Begin(writable)
		return err
	})
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // f failed, or panicked
			db.guard("roll back", tx.bolt.Rollback)
		}
	}()
	if err := f(tx); err != nil {
		return err
	}
	if writable {
		if err := db.guard("total", tx.putTotals); err != nil {
			return err
		}
	}
	done = true
	if !writable {
		return db.guard("end", tx.bolt.Rollback)
	}
	return db.guard("commit", tx.bolt.Commit)
}

// Tx is a transaction; it must not leave the function it was passed to.
type Tx struct {
	db   *DB
	bolt *bbolt.Tx
	// totals are those of the buckets that were written to.
	totals map[string]*total
}

// Get returns a copy of the value under key, or ErrNotFound.
func (tx *Tx) Get(bucket string, key []byte) ([]byte, error) {
	var value []byte
	err := tx.db.guard("read", func() error {
		b := tx.bolt.Bucket([]byte(bucket))
		if b == nil {
			return &Error{Kind: ErrNotFound, Text: "no bucket " + bucket}
		}
		stored := b.Get(key)
		if stored == nil {
			return &Error{Kind: ErrNotFound, Text: "no such record in " + bucket}
		}
		v, err := unseal(bucket, key, stored)
		value = append([]byte{}, v...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}

// Put stores value under key, making the bucket if it is missing. Keys have 1
// to 32768 bytes. Names of buckets do not begin with a zero byte.
func (tx *Tx) Put(bucket string, key, value []byte) error {
	return tx.db.guard("write", func() error {
		b, err := tx.bolt.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		t, err := tx.total(bucket)
		if err != nil {
			return err
		}
		t.remove(b.Get(key))
		sealed := seal(bucket, key, value)
		t.add(sealed)
		return b.Put(key, sealed)
	})
}

// Delete removes the record under key; it is no error if there is none.
func (tx *Tx) Delete(bucket string, key []byte) error {
	return tx.db.guard("delete", func() error {
		b := tx.bolt.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		t, err := tx.total(bucket)
		if err != nil {
			return err
		}
		t.remove(b.Get(key))
		return b.Delete(key)
	})
}

// Prefixed calls f with a copy of each record whose key begins with prefix, in
// the order of keys, until it fails. A missing bucket is an empty one. f must
// not write to it. That records are missing does not show: see ForEach.
func (tx *Tx) Prefixed(bucket string, prefix []byte, f func(key, value []byte) error) error {
	var cursor *bbolt.Cursor
	err := tx.db.guard("read", func() error {
		if b := tx.bolt.Bucket([]byte(bucket)); b != nil {
			cursor = b.Cursor()
		}
		return nil
	})
	if err != nil || cursor == nil {
		return err
	}
	move := func() ([]byte, []byte) { return cursor.Seek(prefix) }
	for {
		var key, value []byte
		err := tx.db.guard("read", func() error {
			k, stored := move()
			if k == nil || !bytes.HasPrefix(k, prefix) {
				return nil
			}
			v, err := unseal(bucket, k, stored)
			key, value = append([]byte{}, k...), append([]byte{}, v...)
			return err
		})
		if err != nil || key == nil {
			return err
		}
		if err := f(key, value); err != nil {
			return err
		}
		move = cursor.Next
	}
}

// ForEach calls f with a copy of each record of a bucket, in the order of keys,
// until it fails. A missing bucket is an empty one. f must not write to it.
// That a record is missing, or is not the newest, shows at the end only.
func (tx *Tx) ForEach(bucket string, f func(key, value []byte) error) error {
	var cursor *bbolt.Cursor
	var key, value []byte
	var seen total
	step := func(move func() ([]byte, []byte)) error {
		return tx.db.guard("read", func() error {
			k, stored := move()
			key = append([]byte(nil), k...)
			if k == nil {
				return nil
			}
			v, err := unseal(bucket, k, stored)
			value = append([]byte{}, v...)
			seen.add(stored)
			return err
		})
	}
	err := tx.db.guard("read", func() error {
		if b := tx.bolt.Bucket([]byte(bucket)); b != nil {
			cursor = b.Cursor()
		}
		return nil
	})
	if err != nil || cursor == nil {
		return err
	}
	for err = step(cursor.First); err == nil && key != nil; err = step(cursor.Next) {
		if err := f(key, value); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return tx.db.guard("read", func() error {
		want, err := tx.total(bucket)
		if err == nil && seen != *want {
			err = corrupt("bucket %q has %d records, not the %d that were written last", bucket, seen.count, want.count)
		}
		return err
	})
}
