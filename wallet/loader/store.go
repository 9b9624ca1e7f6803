package loader

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/storage"
	"dashmp/wallet/account"
)

// The records of a wallet's database, bucket meta; numbers are little-endian.
//
//	schema   version of this layout (uint32)
//	network  name of the chain
//	name     the wallet's name when it was made
//	flags    as in Dash Core (uint64; src/wallet/walletutil.h)
//	created  seconds since the epoch (int64)
//	best     the last block followed: hash, height (uint32), time (uint32)
const (
	schema     = 1
	bucketMeta = "meta"
	bestSize   = 32 + 4 + 4
)

// Wallet flags, with Dash Core's bits (WalletFlags).
const (
	flagAvoidReuse         = uint64(1) << 0
	flagDisablePrivateKeys = uint64(1) << 32
	flagBlank              = uint64(1) << 33
	flagDescriptors        = uint64(1) << 34
	flagExternalSigner     = uint64(1) << 35
)

// knownFlags are those that this build understands. As in Dash Core, unknown
// flags in the upper half forbid loading.
const knownFlags = flagAvoidReuse | flagDisablePrivateKeys | flagBlank | flagDescriptors

// meta is what a wallet knows of itself.
type meta struct {
	network string
	flags   uint64
	// created is in seconds since the epoch.
	created int64
	best    node.BlockRef
}

// openWallet is a loaded wallet.
type openWallet struct {
	name string
	db   *storage.DB
	meta meta // best is the account's from then on
	*account.Account

	// payRate is that of settxfee in duffs per 1000 bytes, 0 for none.
	payRate atomic.Int64
	// scanning is set during a rescan; stopScan ends it.
	scanning, stopScan atomic.Bool
	// scanStart is in nanoseconds since the epoch, scanDone in ten-thousandths.
	scanStart, scanDone atomic.Int64
	// paying is held from choosing coins to having stored what spends them.
	paying sync.Mutex
}

func openDatabase(fd ipc.FD, name string) (*storage.DB, error) {
	f := fd.File(name)
	if f == nil {
		return nil, errors.New("the broker gave no descriptor")
	}
	return storage.Open(f, storage.Options{Name: fmt.Sprintf("wallet %q", name)})
}

// createWallet writes the first records into an empty database.
func createWallet(fd ipc.FD, name string, m meta) (*openWallet, error) {
	db, err := openDatabase(fd, name)
	if err != nil {
		return nil, err
	}
	err = errors.New("the database of the new wallet is not empty")
	if db.Fresh() {
		err = db.Update(func(tx *storage.Tx) error { return m.write(tx, name) })
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &openWallet{name: name, db: db, meta: m}, nil
}

// withAccount reads the rest of a wallet.
func (w *openWallet) withAccount(o account.Options) error {
	var err error
	o.Name = w.name
	w.Account, err = account.Open(w.db, w.meta.best, o)
	return err
}

// loadWallet reads a wallet.
func loadWallet(fd ipc.FD, name string) (*openWallet, error) {
	db, err := openDatabase(fd, name)
	if err != nil {
		return nil, err
	}
	w := &openWallet{name: name, db: db}
	if err := db.View(w.meta.read); err != nil {
		return nil, errors.Join(fmt.Errorf("wallet %q: %w", name, err), db.Close())
	}
	return w, nil
}

func (m *meta) write(tx *storage.Tx, name string) error {
	le := binary.LittleEndian
	put := func(key string, value []byte) error { return tx.Put(bucketMeta, []byte(key), value) }
	return errors.Join(
		put("schema", le.AppendUint32(nil, schema)),
		put("network", []byte(m.network)),
		put("name", []byte(name)),
		put("flags", le.AppendUint64(nil, m.flags)),
		put("created", le.AppendUint64(nil, uint64(m.created))),
		put("best", account.EncodeBest(m.best)),
	)
}

func (m *meta) read(tx *storage.Tx) error {
	le := binary.LittleEndian
	var err error
	get := func(key string, size int) []byte {
		v, e := tx.Get(bucketMeta, []byte(key))
		if e == nil && size >= 0 && len(v) != size {
			e = fmt.Errorf("%s has %d bytes", key, len(v))
		}
		if e != nil {
			err = errors.Join(err, e)
			return make([]byte, max(size, 0))
		}
		return v
	}
	version := le.Uint32(get("schema", 4))
	m.network = string(get("network", -1))
	m.flags = le.Uint64(get("flags", 8))
	m.created = int64(le.Uint64(get("created", 8)))
	m.best = decodeBest(get("best", bestSize))
	switch {
	case err != nil:
		return err
	case version != schema:
		return fmt.Errorf("the schema is %d, not %d", version, schema)
	case m.flags>>32 & ^(knownFlags>>32) != 0:
		return fmt.Errorf("unknown flags %#x", m.flags)
	}
	return nil
}

func decodeBest(v []byte) node.BlockRef {
	le := binary.LittleEndian
	return node.BlockRef{Hash: node.Hash(v[:32]), Height: int32(le.Uint32(v[32:])), Time: le.Uint32(v[36:])}
}

func (w *openWallet) has(flag uint64) bool { return w.meta.flags&flag != 0 }

func (w *openWallet) close() error { return w.db.Close() }
