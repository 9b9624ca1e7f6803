package addrman

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"dashmp/node/p2p/netaddr"
	"dashmp/node/wire"
	"dashmp/sandbox/logd"
)

// The tables (addrman_impl.h, addrman.cpp).
const (
	triedBuckets            = 256
	newBuckets              = 1024
	bucketSize              = 64
	triedPerGroup           = 8
	newPerSourceGroup       = 64
	newPerAddress           = 8
	horizon                 = 30 * 24 * time.Hour
	retries                 = 3
	maxFailures             = 10
	minFail                 = 7 * 24 * time.Hour
	replacement             = 4 * time.Hour
	triedCollisions         = 10
	testWindow              = 40 * time.Minute
	none              int32 = -1
)

// Options are what an AddrMan works with.
type Options struct {
	// Key is the secret from which positions follow; a file brings its own.
	Key [32]byte
	// Rand is used under the mutex.
	Rand *rand.Rand
	// Now is the node's clock.
	Now func() time.Time
	// Log receives texts of the category addrman.
	Log *slog.Logger
	// LogIPs lets the log name addresses.
	LogIPs bool
	// CheckRatio is -checkaddrman: every so many operations the tables are
	// checked; 0 is never.
	CheckRatio int
}

// info is what is known of one address (AddrInfo).
type info struct {
	netaddr.Entry
	source    netaddr.Addr
	success   int64 // last one, seconds since the epoch
	try       int64 // last one
	countTry  int64 // last one that was counted
	attempts  int32 // since the last success
	refs      int   // places in the new table
	tried     bool
	randomPos int
}

type count struct{ fresh, tried int }

// AddrMan is the address manager.
type AddrMan struct {
	o   Options
	log *slog.Logger // category addrman

	mu         sync.Mutex // guards everything
	key        [32]byte
	lastID     int32
	infos      map[int32]*info
	byAddr     map[netaddr.Service]int32
	random     []int32
	fresh      [newBuckets][bucketSize]int32
	tried      [triedBuckets][bucketSize]int32
	total      count
	counts     map[netaddr.Network]count
	lastGood   int64
	collisions map[int32]bool
}

// New returns an empty AddrMan.
func New(o Options) *AddrMan {
	a := &AddrMan{o: o, log: o.Log.With(logd.Category("addrman"))}
	a.reset()
	a.key = o.Key
	return a
}

func (a *AddrMan) reset() {
	a.lastID, a.random, a.total, a.lastGood = 0, nil, count{}, 1
	a.infos, a.byAddr = map[int32]*info{}, map[netaddr.Service]int32{}
	a.counts, a.collisions = map[netaddr.Network]count{}, map[int32]bool{}
	for i := range a.fresh {
		for j := range a.fresh[i] {
			a.fresh[i][j] = none
		}
	}
	for i := range a.tried {
		for j := range a.tried[i] {
			a.tried[i][j] = none
		}
	}
}

func (a *AddrMan) logf(format string, args ...any) {
	if a.log.Enabled(context.Background(), slog.LevelDebug) {
		a.log.Debug(fmt.Sprintf(format, args...))
	}
}

// cheapHash is the first eight bytes, little-endian, of the double SHA-256
// (HashWriter::GetCheapHash).
func cheapHash(b []byte) uint64 {
	h := sha256.Sum256(b)
	h = sha256.Sum256(h[:])
	return binary.LittleEndian.Uint64(h[:8])
}

func (a *AddrMan) hash(parts ...[]byte) uint64 {
	b := append([]byte(nil), a.key[:]...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return cheapHash(b)
}

func vector(b []byte) []byte { return wire.AppendVarBytes(nil, b) }

func le64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// triedBucket is AddrInfo::GetTriedBucket.
func (a *AddrMan) triedBucket(s netaddr.Service) int {
	h := a.hash(vector(s.Key()))
	return int(a.hash(vector(s.Group()), le64(h%triedPerGroup)) % triedBuckets)
}

// newBucket is AddrInfo::GetNewBucket.
func (a *AddrMan) newBucket(s netaddr.Service, source netaddr.Addr) int {
	from := vector(source.Group())
	h := a.hash(vector(s.Group()), from)
	return int(a.hash(from, le64(h%newPerSourceGroup)) % newBuckets)
}

// position is AddrInfo::GetBucketPosition.
func (a *AddrMan) position(s netaddr.Service, fresh bool, bucket int) int {
	kind := byte('K')
	if fresh {
		kind = 'N'
	}
	return int(a.hash([]byte{kind}, binary.LittleEndian.AppendUint32(nil, uint32(bucket)), vector(s.Key())) % bucketSize)
}

// terrible reports whether an address is not worth its place
// (AddrInfo::IsTerrible).
func (i *info) terrible(now int64) bool {
	switch {
	case now-i.try <= 60:
		return false
	case int64(i.Time) > now+600, now-int64(i.Time) > int64(horizon/time.Second):
		return true
	case i.success == 0 && i.attempts >= retries:
		return true
	}
	return now-i.success > int64(minFail/time.Second) && i.attempts >= maxFailures
}

// chance is how likely a choice is kept, at most 1 (AddrInfo::GetChance).
func (i *info) chance(now int64) float64 {
	c := 1.0
	if now-i.try < 600 {
		c = 0.01
	}
	return c * math.Pow(0.66, float64(min(i.attempts, 8)))
}

func (a *AddrMan) find(s netaddr.Service) (int32, *info) {
	id, ok := a.byAddr[s]
	if !ok {
		return none, nil
	}
	return id, a.infos[id]
}

func (a *AddrMan) addCount(n netaddr.Network, fresh, tried int) {
	c := a.counts[n]
	c.fresh, c.tried = c.fresh+fresh, c.tried+tried
	a.counts[n] = c
	a.total.fresh, a.total.tried = a.total.fresh+fresh, a.total.tried+tried
}

func (a *AddrMan) create(e netaddr.Entry, source netaddr.Addr) (int32, *info) {
	id := a.lastID
	a.lastID++
	i := &info{Entry: e, source: source, randomPos: len(a.random)}
	a.infos[id], a.byAddr[e.Service] = i, id
	a.random = append(a.random, id)
	a.addCount(e.Network(), 1, 0)
	return id, i
}

func (a *AddrMan) swapRandom(x, y int) {
	if x == y {
		return
	}
	a.random[x], a.random[y] = a.random[y], a.random[x]
	a.infos[a.random[x]].randomPos, a.infos[a.random[y]].randomPos = x, y
}

// remove forgets an address that is in no table.
func (a *AddrMan) remove(id int32) {
	i := a.infos[id]
	a.swapRandom(i.randomPos, len(a.random)-1)
	a.random = a.random[:len(a.random)-1]
	a.addCount(i.Network(), -1, 0)
	delete(a.byAddr, i.Service)
	delete(a.infos, id)
}

func (a *AddrMan) clearNew(bucket, pos int) {
	id := a.fresh[bucket][pos]
	if id == none {
		return
	}
	a.fresh[bucket][pos] = none
	i := a.infos[id]
	i.refs--
	a.logf("Removed %s from new[%d][%d]", i.Service, bucket, pos)
	if i.refs == 0 {
		a.remove(id)
	}
}

// makeTried moves an address from the new to the tried table.
func (a *AddrMan) makeTried(i *info, id int32) {
	first := a.newBucket(i.Service, i.source)
	for n := 0; n < newBuckets && i.refs > 0; n++ {
		bucket := (first + n) % newBuckets
		pos := a.position(i.Service, true, bucket)
		if a.fresh[bucket][pos] == id {
			a.fresh[bucket][pos] = none
			i.refs--
		}
	}
	a.addCount(i.Network(), -1, 0)
	bucket := a.triedBucket(i.Service)
	pos := a.position(i.Service, false, bucket)
	if evict := a.tried[bucket][pos]; evict != none {
		old := a.infos[evict]
		old.tried = false
		a.tried[bucket][pos] = none
		a.addCount(old.Network(), 0, -1)
		b := a.newBucket(old.Service, old.source)
		p := a.position(old.Service, true, b)
		a.clearNew(b, p)
		old.refs = 1
		a.fresh[b][p] = evict
		a.addCount(old.Network(), 1, 0)
		a.logf("Moved %s from tried[%d][%d] to new[%d][%d] to make space", old.Service, bucket, pos, b, p)
	}
	a.tried[bucket][pos] = id
	i.tried = true
	a.addCount(i.Network(), 0, 1)
}
