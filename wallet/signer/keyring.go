package signer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dashmp/ipc"
	"dashmp/node/descriptor"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/keystore"
	"dashmp/wallet/signer/internal/secretly"
)

// Kinds of errors of key stores, as the wallet sees them.
const (
	// ErrLocked: the passphrase must be given first.
	ErrLocked = ipc.Kind("signer.locked")
	// ErrPassphrase: it is not the passphrase.
	ErrPassphrase = ipc.Kind("signer.passphrase")
	// ErrState: the store is not in a state for that.
	ErrState = ipc.Kind("signer.state")
	// ErrNotOpen: no key store of that name is open.
	ErrNotOpen = ipc.Kind("signer.notopen")
	// ErrNoKey: the store has no such descriptor or key.
	ErrNoKey = ipc.Kind("signer.nokey")
	// ErrStore: a key store cannot be read or written.
	ErrStore = ipc.Kind("signer.store")
	// ErrRequest: a request makes no sense.
	ErrRequest = ipc.Kind("signer.request")
)

// maxStores bounds the open key stores, as the wallet process bounds wallets.
const maxStores = 256

// kindExists is the broker's answer to making what is there.
const kindExists = ipc.Kind("datadir.exists")

// keyring is an open key store with its descriptors.
type keyring struct {
	name  string
	store *keystore.Store

	mu    sync.Mutex // guards the rest
	held  map[wallet.DescriptorID]*held
	order []wallet.DescriptorID
	until int64       // when it locks, in seconds since the epoch; 0: never
	timer *time.Timer // nil if nothing is to come
	spent ledger
}

// OpenKeyStore opens the key store of a wallet, or makes an empty one.
func (s *Signer) OpenKeyStore(ctx context.Context, name string, create bool) (wallet.KeyStoreInfo, error) {
	s.opening.Lock()
	defer s.opening.Unlock()
	if _, err := s.ring(name); err == nil {
		return wallet.KeyStoreInfo{}, ipc.Errorf(ErrState, "the key store is open")
	}
	s.mu.Lock()
	full, closed := len(s.rings) >= maxStores, s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return wallet.KeyStoreInfo{}, ipc.Errorf(ErrState, "the signer is stopping")
	case full:
		return wallet.KeyStoreInfo{}, ipc.Errorf(ErrState, "no more than %d key stores can be open", maxStores)
	}
	k, err := s.openRing(ctx, name, create)
	if err != nil {
		return wallet.KeyStoreInfo{}, err
	}
	s.mu.Lock()
	s.rings[name] = k
	s.mu.Unlock()
	return k.info(), nil
}

func (s *Signer) openRing(ctx context.Context, name string, create bool) (*keyring, error) {
	db, err := s.o.Broker.OpenKeyStore(ctx, name, create)
	if create && errors.Is(err, kindExists) {
		// What a crash left of an earlier creation is empty and can be used.
		db, err = s.o.Broker.OpenKeyStore(ctx, name, false)
	}
	if err != nil {
		return nil, err
	}
	key, err := s.o.Broker.OpenStoreKey(ctx, name)
	if err != nil {
		db.Close()
		return nil, err
	}
	dbFile, keyFile := db.File("keys.bolt"), key.File("keys.secret")
	if dbFile == nil || keyFile == nil {
		return nil, ipc.Errorf(ErrStore, "the broker gave no descriptor")
	}
	store, err := keystore.Open(dbFile, keyFile, keystore.Options{Network: s.o.Network, Name: name, Create: create, Cost: s.o.Cost})
	if err != nil {
		return nil, s.storeError(name, err)
	}
	k := &keyring{name: name, store: store, held: map[wallet.DescriptorID]*held{}}
	if err := errors.Join(k.load(s.o.Base58), k.spent.load(store)); err != nil {
		return nil, errors.Join(s.storeError(name, err), store.Close())
	}
	return k, nil
}

// storeError is an error of a key store for the wallet. Kinds of it that the
// wallet can do something about keep their kind; nothing in it is secret.
func (s *Signer) storeError(name string, err error) error {
	for from, to := range map[error]ipc.Kind{
		keystore.ErrLocked: ErrLocked, keystore.ErrPassphrase: ErrPassphrase, keystore.ErrState: ErrState, keystore.ErrNotFound: ErrNoKey,
	} {
		if errors.Is(err, from) {
			return ipc.Errorf(to, "%v", err)
		}
	}
	var own *ipc.Error
	if errors.As(err, &own) {
		return own
	}
	s.o.Log.Error(fmt.Sprintf("key store %q: %v", name, err))
	return ipc.Errorf(ErrStore, "%v", err)
}

// ring returns an open key store.
func (s *Signer) ring(name string) (*keyring, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.rings[name]; k != nil {
		return k, nil
	}
	return nil, ipc.Errorf(ErrNotOpen, "no key store of this name is open")
}

// CloseKeyStore closes a key store and wipes what is held of it.
func (s *Signer) CloseKeyStore(_ context.Context, name string) error {
	s.mu.Lock()
	k := s.rings[name]
	delete(s.rings, name)
	s.mu.Unlock()
	if k == nil {
		return ipc.Errorf(ErrNotOpen, "no key store of this name is open")
	}
	return k.close()
}

func (k *keyring) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopTimer()
	return k.store.Close()
}

// KeyStore tells the state of an open key store.
func (s *Signer) KeyStore(_ context.Context, name string) (wallet.KeyStoreInfo, error) {
	k, err := s.ring(name)
	if err != nil {
		return wallet.KeyStoreInfo{}, err
	}
	return k.info(), nil
}

func (k *keyring) info() wallet.KeyStoreInfo {
	k.mu.Lock()
	defer k.mu.Unlock()
	info := wallet.KeyStoreInfo{Encrypted: k.store.Encrypted(), Unlocked: k.store.Unlocked(), Until: k.until}
	for _, id := range k.order {
		h := k.held[id]
		info.Mnemonic = info.Mnemonic || h.fromSeed
		info.Descriptors = append(info.Descriptors, h.public(id))
	}
	return info
}

// Encrypt gives a key store a passphrase and locks it.
func (s *Signer) Encrypt(_ context.Context, name string, passphrase uint64) error {
	method := "encryptwallet"
	if _, err := s.findBox(method, passphrase); err != nil {
		method = "createwallet" // which may have a passphrase too
	}
	return s.withPassphrase(name, method, passphrase, func(k *keyring, b []byte) error { return k.store.Encrypt(b) })
}

// ChangePassphrase replaces a passphrase.
func (s *Signer) ChangePassphrase(_ context.Context, name string, old, next uint64) error {
	return s.withPassphrase(name, "walletpassphrasechange", old, func(k *keyring, before []byte) error {
		r, err := s.takeDeposited("walletpassphrasechange", next)
		if err != nil {
			return err
		}
		defer r.Close()
		return k.store.ChangePassphrase(before, r.Bytes())
	})
}

// maxUnlock is the longest time for which keys are unlocked, in seconds (Dash
// Core: MAX_SLEEP_TIME).
const maxUnlock = 100_000_000

// Unlock makes keys usable for some seconds.
func (s *Signer) Unlock(_ context.Context, name string, passphrase uint64, seconds int64) error {
	if seconds < 0 {
		return ipc.Errorf(ErrRequest, "keys are unlocked for a time, not for %d seconds", seconds)
	}
	seconds = min(seconds, maxUnlock)
	return s.withPassphrase(name, "walletpassphrase", passphrase, func(k *keyring, b []byte) error {
		if err := k.store.Unlock(b); err != nil {
			return err
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.stopTimer()
		k.until = s.o.Now().Unix() + seconds
		k.timer = time.AfterFunc(time.Duration(seconds)*time.Second, k.expire(k.until))
		return nil
	})
}

// expire locks a key store when its time is over, unless it was unlocked anew.
func (k *keyring) expire(until int64) func() {
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.timer == nil || k.until != until {
			return
		}
		k.stopTimer()
		_ = k.store.Lock() // it has a passphrase, or it would have no timer
		secretly.Collect()
	}
}

func (k *keyring) stopTimer() {
	if k.timer != nil {
		k.timer.Stop()
	}
	k.timer, k.until = nil, 0
}

// Lock ends the time for which keys are usable.
func (s *Signer) Lock(_ context.Context, name string) error {
	k, err := s.ring(name)
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.stopTimer()
	k.mu.Unlock()
	err = k.store.Lock()
	secretly.Collect()
	if err != nil {
		return s.storeError(name, err)
	}
	return nil
}

// withPassphrase runs use with a deposited passphrase, which it uses up.
func (s *Signer) withPassphrase(name, method string, handle uint64, use func(k *keyring, passphrase []byte) error) error {
	r, err := s.takeDeposited(method, handle)
	if err != nil {
		return err
	}
	defer secretly.Collect()
	defer r.Close()
	k, err := s.ring(name)
	if err != nil {
		return err
	}
	if err := use(k, r.Bytes()); err != nil {
		return s.storeError(name, err)
	}
	return nil
}

// held is a descriptor of a key store.
type held struct {
	desc       *descriptor.Descriptor
	normalized string
	// keys are the private keys that the store has of it.
	keys     []keyID
	complete bool
	fromSeed bool
}

func (h *held) public(id wallet.DescriptorID) wallet.PublicDescriptor {
	return wallet.PublicDescriptor{
		ID: id, Text: h.desc.String(), Normalized: h.normalized,
		Keys: uint32(len(h.keys)), Complete: h.complete, FromSeed: h.fromSeed,
	}
}
