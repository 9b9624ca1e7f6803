package account

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/node/hdkey"
	"dashmp/node/standard"
	"dashmp/node/storage"
	"dashmp/wallet"
)

// desc is a descriptor of the wallet.
type desc struct {
	id   wallet.DescriptorID
	text string // public, with checksum
	d    *descriptor.Descriptor
	// cache has what hardened steps need.
	cache descriptor.Cache
	// created is in seconds since the epoch.
	created int64
	// Positions first to end-1 are watched; next is the next to give out.
	first, end, next uint32
	watched          uint32 // up to here in scripts
	active, internal bool
	keys             bool // the signer has private keys of it
	fromSeed         bool
}

// DescriptorInfo describes a descriptor of the wallet.
type DescriptorInfo struct {
	ID               wallet.DescriptorID
	Text             string
	Created          int64
	Active, Internal bool
	Range            bool
	First, End, Next uint32
	Keys, FromSeed   bool
}

// NewDescriptor is one that is added.
type NewDescriptor struct {
	Public  wallet.PublicDescriptor
	Derived []wallet.DerivedKey
	// Created is the time before which nothing paid it, in seconds since the
	// epoch.
	Created          int64
	Active, Internal bool
	First, End, Next uint32
	Keys             bool
}

func (a *Account) loadDescriptor(key, value []byte) error {
	d, err := decodeDesc(value)
	if err != nil {
		return err
	}
	d.id = wallet.DescriptorID(key)
	if d.d, err = descriptor.ParsePublic(d.text, a.o.Base58, true); err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	a.place(d)
	return nil
}

// place puts a descriptor among the others.
func (a *Account) place(d *desc) {
	if a.descs[d.id] == nil {
		a.order = append(a.order, d.id)
	}
	a.descs[d.id] = d
	for i, internal := range []bool{false, true} {
		switch {
		case d.active && d.internal == internal:
			if old := a.active[i]; old != nil && old.id != d.id {
				old.active = false
			}
			a.active[i] = d
		case a.active[i] != nil && a.active[i].id == d.id:
			a.active[i] = nil
		}
	}
}

func (a *Account) loadDerived(key, value []byte) error {
	id, k, err := decodeDerived(key, value)
	if err != nil {
		return err
	}
	d := a.descs[id]
	if d == nil {
		return fmt.Errorf("%w: a derived key without its descriptor", errRecord)
	}
	return d.addDerived(&k, a)
}

func (d *desc) addDerived(k *wallet.DerivedKey, a *Account) error {
	p, err := hdkey.DecodePublic(k.Key, a.o.Base58)
	if err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	switch k.Kind {
	case wallet.DerivedParent:
		if d.cache.Parents == nil {
			d.cache.Parents = map[uint32]hdkey.Public{}
		}
		d.cache.Parents[k.Expression] = *p
	case wallet.DerivedLastHardened:
		if d.cache.LastHardened == nil {
			d.cache.LastHardened = map[uint32]hdkey.Public{}
		}
		d.cache.LastHardened[k.Expression] = *p
	default:
		if d.cache.Derived == nil {
			d.cache.Derived = map[uint32]map[uint32]hdkey.Public{}
		}
		if d.cache.Derived[k.Expression] == nil {
			d.cache.Derived[k.Expression] = map[uint32]hdkey.Public{}
		}
		d.cache.Derived[k.Expression][k.Position] = *p
	}
	return nil
}

// expand returns the scripts at a position and what it takes to spend them.
func (d *desc) expand(pos uint32) ([][]byte, *standard.Public, bool) {
	if d.d.NeedsSecrets() {
		return d.d.ExpandCached(pos, &d.cache)
	}
	return d.d.Expand(pos, nil, nil)
}

// watch puts the scripts of a descriptor into the table.
func (a *Account) watch(d *desc) error {
	for ; d.watched < d.end; d.watched++ {
		if d.watched < d.first {
			d.watched = d.first
		}
		if d.watched >= d.end {
			break
		}
		scripts, _, ok := d.expand(d.watched)
		if !ok {
			return fmt.Errorf("wallet: descriptor %s has nothing at position %d", d.text, d.watched)
		}
		for _, s := range scripts {
			if _, known := a.scripts[string(s)]; !known {
				a.scripts[string(s)] = place{d, d.watched}
			}
		}
	}
	return nil
}

// missing tells which positions a descriptor lacks keys for, so that positions
// up to end can be watched. n is 0 if it needs none.
func (d *desc) missing(end uint32) (first, n uint32) {
	if !d.d.NeedsSecrets() || end <= d.watched {
		return 0, 0
	}
	if _, _, ok := d.expand(end - 1); ok {
		return 0, 0
	}
	return max(d.watched, d.first), end - max(d.watched, d.first)
}

// AddDescriptor stores a descriptor, or replaces what is known of it.
func (a *Account) AddDescriptor(n NewDescriptor) error {
	parsed, err := descriptor.ParsePublic(n.Public.Text, a.o.Base58, true)
	if err != nil {
		return err
	}
	d := &desc{
		id: n.Public.ID, text: n.Public.Text, d: parsed, created: n.Created, first: n.First, end: n.End, next: n.Next,
		active: n.Active, internal: n.Internal, keys: n.Keys, fromSeed: n.Public.FromSeed,
	}
	for i := range n.Derived {
		if err := d.addDerived(&n.Derived[i], a); err != nil {
			return err
		}
	}
	if parsed.NeedsSecrets() && n.Public.Normalized != "" {
		if again, err := descriptor.ParsePublic(n.Public.Normalized, a.o.Base58, true); err == nil && !again.NeedsSecrets() {
			// Everything follows from the keys behind the last hardened step.
			d.text, d.d = n.Public.Normalized, again
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if old := a.descs[d.id]; old != nil {
		d.keys, d.fromSeed = d.keys || old.keys, d.fromSeed || old.fromSeed
	}
	changed := []*desc{d}
	if d.active {
		if i := index(d.internal); a.active[i] != nil && a.active[i].id != d.id {
			a.active[i].active = false
			changed = append(changed, a.active[i])
		}
	}
	err = a.db.Update(func(tx *storage.Tx) error {
		for i := range n.Derived {
			if err := tx.Put(bucketDerived, derivedKey(d.id, &n.Derived[i]), n.Derived[i].Key); err != nil {
				return err
			}
		}
		return putDescs(tx, changed)
	})
	if err != nil {
		return err
	}
	a.place(d)
	return a.watch(d)
}

func putDescs(tx *storage.Tx, list []*desc) error {
	for _, d := range list {
		if err := tx.Put(bucketDescriptor, d.id[:], d.encode()); err != nil {
			return err
		}
	}
	return nil
}

// index is where the active descriptor of a kind is.
func index(internal bool) int {
	if internal {
		return 1
	}
	return 0
}

// Descriptors lists the wallet's descriptors in the order they came.
func (a *Account) Descriptors() []DescriptorInfo {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []DescriptorInfo
	for _, id := range a.order {
		d := a.descs[id]
		out = append(out, DescriptorInfo{
			ID: id, Text: d.text, Created: d.created, Active: d.active, Internal: d.internal, Range: d.d.IsRange(),
			First: d.first, End: d.end, Next: d.next, Keys: d.keys, FromSeed: d.fromSeed,
		})
	}
	return out
}

// TopUp watches keypool positions beyond the next of every ranged descriptor.
// Those behind hardened steps are asked of the signer, which must be unlocked
// then; if it is not, what is watched already stays enough for a while.
func (a *Account) TopUp(ctx context.Context) error {
	a.mu.Lock()
	ids := slices.Clone(a.order)
	a.mu.Unlock()
	for _, id := range ids {
		if err := a.topUp(ctx, id, a.o.KeyPool); err != nil {
			return err
		}
	}
	return nil
}

func (a *Account) topUp(ctx context.Context, id wallet.DescriptorID, pool uint32) error {
	a.mu.Lock()
	d := a.descs[id]
	if d == nil || !d.d.IsRange() {
		a.mu.Unlock()
		return nil
	}
	end := max(d.end, min(d.next+pool, hdkey.Hardened))
	first, n := d.missing(end)
	a.mu.Unlock()
	var derived []wallet.DerivedKey
	for n > 0 {
		s, err := a.signer()
		if err != nil {
			return err
		}
		step := min(n, 1000)
		more, err := s.Expand(ctx, a.o.Name, id, first, step)
		if err != nil {
			return err
		}
		derived, first, n = append(derived, more...), first+step, n-step
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if d = a.descs[id]; d == nil || end <= d.end && len(derived) == 0 {
		return nil
	}
	for i := range derived {
		if err := d.addDerived(&derived[i], a); err != nil {
			return err
		}
	}
	before := d.end
	d.end = max(d.end, end)
	err := a.db.Update(func(tx *storage.Tx) error {
		for i := range derived {
			if err := tx.Put(bucketDerived, derivedKey(id, &derived[i]), derived[i].Key); err != nil {
				return err
			}
		}
		return putDescs(tx, []*desc{d})
	})
	if err != nil {
		d.end = before
		return err
	}
	return a.watch(d)
}

// ErrKeypool: no address is left to be given out.
var ErrKeypool = fmt.Errorf("Error: Keypool ran out, please call keypoolrefill first")

// ErrNoAddresses: the wallet has no active descriptor of the kind.
var ErrNoAddresses = fmt.Errorf("Error: This wallet has no available keys")

// NewDestination gives out the next address, on disk before it is returned.
func (a *Account) NewDestination(ctx context.Context, internal bool) (address.Destination, error) {
	a.mu.Lock()
	d := a.active[index(internal)]
	a.mu.Unlock()
	if d == nil {
		return address.Destination{}, ErrNoAddresses
	}
	topUp := a.topUp(ctx, d.id, a.o.KeyPool+1)
	a.mu.Lock()
	defer a.mu.Unlock()
	if d.next >= d.end {
		if topUp != nil {
			return address.Destination{}, topUp
		}
		return address.Destination{}, ErrKeypool
	}
	scripts, _, ok := d.expand(d.next)
	if !ok {
		return address.Destination{}, ErrKeypool
	}
	dest, ok := address.FromScript(scripts[0])
	if !ok {
		return dest, fmt.Errorf("Error: the active descriptor has no addresses")
	}
	d.next++
	if err := a.db.Update(func(tx *storage.Tx) error { return putDescs(tx, []*desc{d}) }); err != nil {
		d.next--
		return address.Destination{}, err
	}
	return dest, nil
}

// used moves a descriptor's next position beyond one that was seen on the chain.
func (a *Account) used(p place) *desc {
	if !p.d.d.IsRange() || p.pos < p.d.next {
		return nil
	}
	p.d.next = p.pos + 1
	if !p.d.d.NeedsSecrets() {
		p.d.end = max(p.d.end, min(p.d.next+a.o.KeyPool, hdkey.Hardened))
		_ = a.watch(p.d) // public steps do not fail
	}
	return p.d
}

// KeyPoolSize counts the addresses that can be given out, receiving and change.
func (a *Account) KeyPoolSize() (external, internal int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := [2]int{}
	for i, d := range a.active {
		if d != nil {
			n[i] = int(d.end - d.next)
		}
	}
	return n[0], n[1]
}

// ScriptInfo is what the wallet knows of an output script.
type ScriptInfo struct {
	// Mine: the wallet watches it; Spendable: the signer has keys for it.
	Mine, Spendable bool
	Solvable        bool
	Descriptor      DescriptorInfo
	Position        uint32
	Public          *standard.Public
	// Inferred is the descriptor of just this script.
	Inferred string
}

// Script tells what the wallet knows of an output script.
func (a *Account) Script(s []byte) ScriptInfo {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, ok := a.scripts[string(s)]
	if !ok {
		return ScriptInfo{}
	}
	_, public, _ := p.d.expand(p.pos)
	info := ScriptInfo{
		Mine: true, Spendable: p.d.keys, Solvable: p.d.d.IsSolvable(), Position: p.pos, Public: public,
		Descriptor: DescriptorInfo{ID: p.d.id, Text: p.d.text, Created: p.d.created, Active: p.d.active, Internal: p.d.internal},
	}
	if info.Solvable {
		info.Inferred = descriptor.Infer(s, public, a.o.Base58).String()
	}
	return info
}

// isMine reports whether a script is watched.
func (a *Account) isMine(s []byte) bool { _, ok := a.scripts[string(s)]; return ok }

// isChange reports whether an own output is change: it pays an address that is
// not in the address book (Dash Core: ScriptIsChange).
func (a *Account) isChange(s []byte) bool {
	if !a.isMine(s) {
		return false
	}
	d, ok := address.FromScript(s)
	if !ok {
		return true
	}
	_, named := a.labels[address.Encode(d, a.o.Base58)]
	return !named
}

// IsChange is isChange for callers.
func (a *Account) IsChange(s []byte) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.isChange(s)
}

// sortedDescriptors are in the order of their texts, as listdescriptors has
// them.
func SortDescriptors(list []DescriptorInfo) {
	slices.SortFunc(list, func(x, y DescriptorInfo) int { return bytes.Compare([]byte(x.Text), []byte(y.Text)) })
}

// Shape tells of a descriptor's public text whether it is ranged, whether it
// gives one script per position, and whether hardened steps need its keys.
func (a *Account) Shape(text string) (ranged, single, hardened bool, err error) {
	d, err := descriptor.ParsePublic(text, a.o.Base58, true)
	if err != nil {
		return false, false, false, err
	}
	return d.IsRange(), d.IsSingle(), d.NeedsSecrets(), nil
}

// FirstAddress is the address at a descriptor's first position, "" if it has
// none.
func (a *Account) FirstAddress(id wallet.DescriptorID) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.descs[id]
	if d == nil {
		return ""
	}
	if scripts, _, ok := d.expand(d.first); ok {
		return a.address(scripts[0])
	}
	return ""
}
