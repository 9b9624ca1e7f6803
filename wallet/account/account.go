package account

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dashmp/node"
	"dashmp/node/params"
	"dashmp/node/storage"
	"dashmp/node/wire"
	"dashmp/wallet"
)

// DefaultKeyPool is Dash Core's -keypool: how many positions are watched beyond
// the last that was used.
const DefaultKeyPool = 1000

// Options are what an Account works with.
type Options struct {
	// Name is the wallet's, under which the signer has its key store.
	Name string
	// Base58 are the network's version bytes.
	Base58 params.Base58
	// Signer returns the signer, nil while it is not there.
	Signer func() wallet.Signer
	// KeyPool is -keypool.
	KeyPool uint32
	// Now is the node's clock.
	Now func() time.Time
	// Log receives what goes to debug.log.
	Log *slog.Logger
}

// ErrSigner: the signer process is not there.
var ErrSigner = errors.New("dash-signer is not running: try again")

// Account is one wallet.
type Account struct {
	o  Options
	db *storage.DB

	mu      sync.Mutex // guards the rest
	descs   map[wallet.DescriptorID]*desc
	order   []wallet.DescriptorID
	active  [2]*desc // receiving, change
	scripts map[string]place
	txs     map[wire.Hash]*Tx
	byOrder []*Tx
	spends  map[wire.OutPoint][]*Tx
	labels  map[string]Label
	// locked coins are not chosen; true if the lock is on disk.
	locked map[wire.OutPoint]bool
	best   node.BlockRef
}

// place is where a script comes from.
type place struct {
	d   *desc
	pos uint32
}

// Label is an entry of the address book.
type Label struct {
	// Purpose is "receive", "send", or empty.
	Purpose, Text string
}

// Open loads an account from a wallet's database, which stays the caller's.
func Open(db *storage.DB, best node.BlockRef, o Options) (*Account, error) {
	a := &Account{
		o: o, db: db, best: best, descs: map[wallet.DescriptorID]*desc{}, scripts: map[string]place{}, txs: map[wire.Hash]*Tx{},
		spends: map[wire.OutPoint][]*Tx{}, labels: map[string]Label{}, locked: map[wire.OutPoint]bool{},
	}
	err := db.View(func(tx *storage.Tx) error {
		return errors.Join(
			tx.ForEach(bucketDescriptor, a.loadDescriptor),
			tx.ForEach(bucketDerived, a.loadDerived),
			tx.ForEach(bucketTx, a.loadTx),
			tx.ForEach(bucketLabel, func(k, v []byte) error {
				r := &reader{v, true}
				l := Label{string(r.bytes()), string(r.bytes())}
				if !r.ok {
					return fmt.Errorf("%w: a label", errRecord)
				}
				a.labels[string(k)] = l
				return nil
			}),
			tx.ForEach(bucketLocked, func(k, _ []byte) error {
				o, err := decodeOutPoint(k)
				a.locked[o] = true
				return err
			}))
	})
	if err != nil {
		return nil, err
	}
	for _, id := range a.order {
		if err := a.watch(a.descs[id]); err != nil {
			return nil, err
		}
	}
	a.sortTxs()
	return a, nil
}

// Best is the block up to which the wallet has followed the chain.
func (a *Account) Best() node.BlockRef {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.best
}

// HasDescriptors reports whether there is anything to watch.
func (a *Account) HasDescriptors() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.descs) > 0
}

// signer returns the signer, or the error that it is not there.
func (a *Account) signer() (wallet.Signer, error) {
	if s := a.o.Signer(); s != nil {
		return s, nil
	}
	return nil, ErrSigner
}
