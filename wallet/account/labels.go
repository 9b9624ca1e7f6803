package account

import (
	"maps"

	"dashmp/node/storage"
	"dashmp/node/wire"
)

// SetLabel enters an address into the address book.
func (a *Account) SetLabel(address string, l Label) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.db.Update(func(tx *storage.Tx) error {
		return tx.Put(bucketLabel, []byte(address), putBytes(putBytes(nil, []byte(l.Purpose)), []byte(l.Text)))
	})
	if err == nil {
		a.labels[address] = l
	}
	return err
}

// Label returns the entry of an address.
func (a *Account) Label(address string) (Label, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l, ok := a.labels[address]
	return l, ok
}

// Labels returns the address book, by address.
func (a *Account) Labels() map[string]Label {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.labels)
}

// Lock keeps a coin from being chosen, over restarts if persistent is set.
func (a *Account) Lock(o wire.OutPoint, persistent bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if persistent {
		if err := a.db.Update(func(tx *storage.Tx) error { return tx.Put(bucketLocked, outPointKey(o), []byte{1}) }); err != nil {
			return err
		}
	}
	a.locked[o] = a.locked[o] || persistent
	return nil
}

// Unlock undoes Lock.
func (a *Account) Unlock(list ...wire.OutPoint) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.db.Update(func(tx *storage.Tx) error {
		for _, o := range list {
			if a.locked[o] {
				if err := tx.Delete(bucketLocked, outPointKey(o)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, o := range list {
		delete(a.locked, o)
	}
	return nil
}

// Locked returns the locked coins; true for those whose lock is on disk.
func (a *Account) Locked() map[wire.OutPoint]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.locked)
}

// Address is the text of an output script's address, "" if it has none.
func (a *Account) Address(s []byte) string { return a.address(s) }

// IsSpent reports whether one of the wallet's transactions spends an output.
func (a *Account) IsSpent(o wire.OutPoint) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.spent(o)
}
