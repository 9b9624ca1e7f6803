package addrman

import (
	"maps"
	"slices"
	"time"

	"dashmp/node/p2p/netaddr"
)

// Add notes addresses that source told of; penalty is taken off their time. It
// reports whether any was new (AddrMan::Add).
func (a *AddrMan) Add(list []netaddr.Entry, source netaddr.Addr, penalty time.Duration) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	added := 0
	for _, e := range list {
		if a.addSingle(e, source, penalty) {
			added++
		}
	}
	if added > 0 {
		a.logf("Added %d addresses (of %d) from %s: %d tried, %d new", added, len(list), source, a.total.tried, a.total.fresh)
	}
	return added > 0
}

func (a *AddrMan) addSingle(e netaddr.Entry, source netaddr.Addr, penalty time.Duration) bool {
	if !e.IsRoutable() {
		return false
	}
	if e.Addr == source {
		penalty = 0 // it speaks of itself
	}
	late := int64(penalty / time.Second)
	id, i := a.find(e.Service)
	if i != nil {
		if !a.refresh(i, e, late) {
			return false
		}
	} else {
		id, i = a.create(e, source)
		i.Time = uint32(max(0, int64(i.Time)-late))
	}
	bucket := a.newBucket(i.Service, source)
	pos := a.position(i.Service, true, bucket)
	at := a.fresh[bucket][pos]
	if at == id {
		return false
	}
	insert := at == none
	if !insert {
		there := a.infos[at]
		insert = there.terrible(a.o.Now().Unix()) || there.refs > 1 && i.refs == 0
	}
	if !insert {
		if i.refs == 0 {
			a.remove(id)
		}
		return false
	}
	a.clearNew(bucket, pos)
	i.refs++
	a.fresh[bucket][pos] = id
	a.logf("Added %s mapped to AS0 to new[%d][%d]", e.Service, bucket, pos)
	return true
}

// refresh takes over what an entry says of a known address, and reports whether
// that may get another place.
func (a *AddrMan) refresh(i *info, e netaddr.Entry, late int64) bool {
	interval := int64(24 * 3600)
	if a.o.Now().Unix()-int64(e.Time) < 24*3600 {
		interval = 3600
	}
	if int64(i.Time) < int64(e.Time)-interval-late {
		i.Time = uint32(max(0, int64(e.Time)-late))
	}
	i.Services |= e.Services
	if e.Time <= i.Time || i.tried || i.refs == newPerAddress {
		return false
	}
	// Each place makes the next one half as likely.
	return i.refs == 0 || a.o.Rand.IntN(1<<i.refs) == 0
}

// Good notes that a peer answered (AddrMan::Good). It reports whether the
// address got into the tried table.
func (a *AddrMan) Good(s netaddr.Service) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	return a.good(s, true, a.o.Now().Unix())
}

func (a *AddrMan) good(s netaddr.Service, testFirst bool, now int64) bool {
	a.lastGood = now
	id, i := a.find(s)
	if i == nil {
		return false
	}
	i.success, i.try, i.attempts = now, now, 0
	if i.tried || i.refs == 0 {
		return false
	}
	bucket := a.triedBucket(s)
	pos := a.position(s, false, bucket)
	if at := a.tried[bucket][pos]; testFirst && at != none {
		if len(a.collisions) < triedCollisions {
			a.collisions[id] = true
		}
		if a.o.LogIPs {
			a.logf("Collision with %s while attempting to move %s to tried table. Collisions=%d", a.infos[at].Service, s, len(a.collisions))
		}
		return false
	}
	a.makeTried(i, id)
	if a.o.LogIPs {
		a.logf("Moved %s mapped to AS0 to tried[%d][%d]", s, bucket, pos)
	}
	return true
}

// Attempt notes that a connection is tried; count says whether its failure
// counts against the address.
func (a *AddrMan) Attempt(s netaddr.Service, count bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	_, i := a.find(s)
	if i == nil {
		return
	}
	now := a.o.Now().Unix()
	i.try = now
	if count && i.countTry < a.lastGood {
		i.countTry = now
		i.attempts++
	}
}

// Connected notes that a peer was connected until now.
func (a *AddrMan) Connected(s netaddr.Service) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	if _, i := a.find(s); i != nil {
		if now := a.o.Now().Unix(); now-int64(i.Time) > 20*60 {
			i.Time = uint32(now)
		}
	}
}

// SetServices notes what a peer offers.
func (a *AddrMan) SetServices(s netaddr.Service, services uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	if _, i := a.find(s); i != nil {
		i.Services = services
	}
}

// ResolveCollisions decides the collisions in the tried table that have been
// tested or waited long enough (AddrMan::ResolveCollisions).
func (a *AddrMan) ResolveCollisions() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	now := a.o.Now().Unix()
	for _, id := range slices.Sorted(maps.Keys(a.collisions)) {
		if a.resolve(id, now) {
			delete(a.collisions, id)
		}
	}
}

// resolve reports whether the collision of id is over.
func (a *AddrMan) resolve(id int32, now int64) bool {
	i, ok := a.infos[id]
	if !ok || !i.IsValid() {
		return true
	}
	bucket := a.triedBucket(i.Service)
	at := a.tried[bucket][a.position(i.Service, false, bucket)]
	if at == none {
		a.good(i.Service, false, now)
		return true
	}
	old := a.infos[at]
	limit := int64(replacement / time.Second)
	switch {
	case now-old.success < limit:
		return true
	case now-old.try < limit: // it was tried and failed
		if now-old.try <= 60 {
			return false
		}
		a.logf("Replacing %s with %s in tried table", old.Service, i.Service)
	case now-i.success > int64(testWindow/time.Second):
		a.logf("Unable to test; replacing %s with %s in tried table anyway", old.Service, i.Service)
	default:
		return false
	}
	a.good(i.Service, false, now)
	return true
}

// SelectTriedCollision chooses an address of the tried table that another one
// would replace, and tells when it was tried last.
func (a *AddrMan) SelectTriedCollision() (e netaddr.Entry, lastTry int64, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	if len(a.collisions) == 0 {
		return e, 0, false
	}
	ids := slices.Sorted(maps.Keys(a.collisions))
	id := ids[a.o.Rand.IntN(len(ids))]
	i, ok := a.infos[id]
	if !ok {
		delete(a.collisions, id)
		return e, 0, false
	}
	bucket := a.triedBucket(i.Service)
	at := a.tried[bucket][a.position(i.Service, false, bucket)]
	if at == none {
		return e, 0, false
	}
	return a.infos[at].Entry, a.infos[at].try, true
}

// Select chooses an address to connect to, of the new table only if freshOnly
// is set, of one network unless it is Unroutable (AddrMan::Select).
func (a *AddrMan) Select(freshOnly bool, n netaddr.Network) (e netaddr.Entry, lastTry int64, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	c := a.total
	if n != netaddr.Unroutable {
		c = a.counts[n]
	}
	if c.fresh == 0 && (freshOnly || c.tried == 0) {
		return e, 0, false
	}
	useTried := !freshOnly && c.tried > 0 && (c.fresh == 0 || a.o.Rand.IntN(2) == 0)
	buckets := a.fresh[:]
	if useTried {
		buckets = a.tried[:]
	}
	now := a.o.Now().Unix()
	for factor := 1.0; ; factor *= 1.2 {
		i := a.pick(buckets, n)
		for i == nil {
			i = a.pick(buckets, n)
		}
		if a.o.Rand.Float64() < factor*i.chance(now) {
			table := "new"
			if useTried {
				table = "tried"
			}
			a.logf("Selected %s from %s", i.Service, table)
			return i.Entry, i.try, true
		}
	}
}

// pick takes the first address of the network in a random bucket from a random
// place on, nil if there is none.
func (a *AddrMan) pick(buckets [][bucketSize]int32, n netaddr.Network) *info {
	bucket := &buckets[a.o.Rand.IntN(len(buckets))]
	first := a.o.Rand.IntN(bucketSize)
	for k := range bucketSize {
		id := bucket[(first+k)%bucketSize]
		if id == none {
			continue
		}
		if i := a.infos[id]; n == netaddr.Unroutable || i.Network() == n {
			return i
		}
	}
	return nil
}

// GetAddr returns up to most addresses (0 for any number), at most percent of
// all, of one network unless it is Unroutable, at random (AddrMan::GetAddr).
func (a *AddrMan) GetAddr(most, percent int, n netaddr.Network) []netaddr.Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.check()
	limit := len(a.random)
	if percent != 0 {
		limit = percent * limit / 100
	}
	if most != 0 {
		limit = min(limit, most)
	}
	now := a.o.Now().Unix()
	list := []netaddr.Entry{}
	for k := 0; k < len(a.random) && len(list) < limit; k++ {
		a.swapRandom(k, k+a.o.Rand.IntN(len(a.random)-k))
		i := a.infos[a.random[k]]
		if n != netaddr.Unroutable && i.NetClass() != n || i.terrible(now) {
			continue
		}
		list = append(list, i.Entry)
	}
	a.logf("GetAddr returned %d random addresses", len(list))
	return list
}

// Size counts the addresses of a network, of all if it is Unroutable.
func (a *AddrMan) Size(n netaddr.Network) (fresh, tried int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.total
	if n != netaddr.Unroutable {
		c = a.counts[n]
	}
	return c.fresh, c.tried
}
