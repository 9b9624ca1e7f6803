package addrman

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dashmp/node/p2p/netaddr"
)

// clock is a node's clock that a test sets.
type clock struct{ now int64 }

func (c *clock) Now() time.Time { return time.Unix(c.now, 0) }

const start = 1_700_000_000

func book(c *clock) *AddrMan {
	return New(Options{
		Key: [32]byte{1}, Rand: rand.New(rand.NewPCG(1, 2)), Now: c.Now, Log: slog.New(slog.DiscardHandler), CheckRatio: 1,
	})
}

func service(t interface{ Fatal(...any) }, s string) netaddr.Service {
	v, ok := netaddr.ParseService(s, 9999)
	if !ok {
		t.Fatal(s)
	}
	return v
}

func entry(t interface{ Fatal(...any) }, s string) netaddr.Entry {
	return netaddr.Entry{Service: service(t, s), Services: 1, Time: start}
}

var magic = [4]byte{0xfc, 0xc1, 0xb7, 0xdc}

// Buckets with the key that Dash Core's addrman_tests.cpp uses: uint256 of 1 is
// the byte 1 at the low end. The positions are those of its tests
// (addrman_serialization, caddrinfo_get_tried_bucket and …_new_bucket give only
// inequalities), so what is compared here is the spread they demand.
func TestBucketsSpread(t *testing.T) {
	a := book(&clock{start})
	tried, fresh := map[int]bool{}, map[int]bool{}
	for i := range 255 {
		tried[a.triedBucket(service(t, fmt.Sprintf("250.1.1.%d", i)))] = true
		fresh[a.newBucket(service(t, fmt.Sprintf("250.1.1.%d", i)), service(t, "250.1.1.1").Addr)] = true
	}
	if len(tried) > triedPerGroup || len(fresh) != 1 {
		t.Errorf("one group has %d tried and %d new buckets", len(tried), len(fresh))
	}
	for i := range 255 {
		tried[a.triedBucket(service(t, fmt.Sprintf("250.%d.1.1", i)))] = true
	}
	if len(tried) <= triedPerGroup {
		t.Errorf("many groups have %d tried buckets", len(tried))
	}
	sources := map[int]bool{}
	for i := range 255 {
		for j := range 4 {
			sources[a.newBucket(service(t, fmt.Sprintf("250.%d.%d.1", i, j)), service(t, "253.3.1.1").Addr)] = true
		}
	}
	if len(sources) > newPerSourceGroup {
		t.Errorf("one source reaches %d buckets", len(sources))
	}
}

func TestLife(t *testing.T) {
	c := &clock{start}
	a := book(c)
	peer := entry(t, "8.8.8.8")
	source := service(t, "9.9.9.9").Addr
	if a.Add([]netaddr.Entry{entry(t, "10.0.0.1"), entry(t, "192.0.2.1")}, source, 0) {
		t.Error("unroutable addresses were added")
	}
	if !a.Add([]netaddr.Entry{peer}, source, 0) || a.Add([]netaddr.Entry{peer}, source, 0) {
		t.Error("added once and no more")
	}
	if e, _, ok := a.Select(false, netaddr.Unroutable); !ok || e.Service != peer.Service {
		t.Errorf("selected %v", e)
	}
	if _, _, ok := a.Select(false, netaddr.IPv6); ok {
		t.Error("selected of a network without addresses")
	}
	if !a.Good(peer.Service) || a.Good(peer.Service) {
		t.Error("into the tried table once")
	}
	if _, _, ok := a.Select(true, netaddr.Unroutable); ok {
		t.Error("a tried address is selected as new")
	}
	if fresh, tried := a.Size(netaddr.IPv4); fresh != 0 || tried != 1 {
		t.Errorf("%d new, %d tried", fresh, tried)
	}
	c.now += 3600
	a.Connected(peer.Service)
	a.SetServices(peer.Service, 5)
	a.Attempt(peer.Service, true)
	list := a.GetAddr(0, 0, netaddr.Unroutable)
	if len(list) != 1 || list[0].Time != start+3600 || list[0].Services != 5 {
		t.Errorf("%+v", list)
	}
	if len(a.GetAddr(0, 23, netaddr.Unroutable)) != 0 || len(a.GetAddr(0, 0, netaddr.Onion)) != 0 {
		t.Error("GetAddr ignores its bounds")
	}
}

// One source cannot fill the table.
func TestOneSourceIsBounded(t *testing.T) {
	a := New(Options{Key: [32]byte{1}, Rand: rand.New(rand.NewPCG(1, 2)), Now: (&clock{start}).Now, Log: slog.New(slog.DiscardHandler)})
	var list []netaddr.Entry
	for i := range 60000 {
		e := entry(t, fmt.Sprintf("%d.%d.%d.1", 20+i%100, i/100%256, i/25600))
		list = append(list, e)
	}
	a.Add(list, service(t, "9.9.9.9").Addr, 0)
	fresh, _ := a.Size(netaddr.Unroutable)
	if fresh > newPerSourceGroup*bucketSize || fresh < 1000 {
		t.Errorf("one source has %d addresses", fresh)
	}
	if code := a.consistency(); code != 0 {
		t.Errorf("inconsistent: %d", code)
	}
}

func TestTriedCollision(t *testing.T) {
	c := &clock{start}
	a := book(c)
	// Two addresses at the same place of the tried table.
	var first, second netaddr.Entry
	seen := map[[2]int]netaddr.Entry{}
	for i := 0; second.Port == 0; i++ {
		e := entry(t, fmt.Sprintf("%d.%d.1.1", 20+i%200, i/200%256))
		b := a.triedBucket(e.Service)
		at := [2]int{b, a.position(e.Service, false, b)}
		if old, ok := seen[at]; ok {
			first, second = old, e
		}
		seen[at] = e
	}
	a.Add([]netaddr.Entry{first, second}, service(t, "9.9.9.9").Addr, 0)
	if !a.Good(first.Service) || a.Good(second.Service) {
		t.Fatal("the second displaced the first at once")
	}
	if e, _, ok := a.SelectTriedCollision(); !ok || e.Service != first.Service {
		t.Errorf("to be tested: %v", e)
	}
	c.now += int64(replacement/time.Second) + 1
	a.Attempt(first.Service, true) // and it fails
	c.now += 61
	a.ResolveCollisions()
	if _, _, ok := a.SelectTriedCollision(); ok {
		t.Error("still colliding")
	}
	if _, i := a.find(second.Service); !i.tried {
		t.Error("the one that answers has not replaced the one that does not")
	}
	if _, i := a.find(first.Service); i == nil || i.tried {
		t.Error("the displaced one should be in the new table")
	}
}

func TestFile(t *testing.T) {
	c := &clock{start}
	a := book(c)
	for i := range 500 {
		e := entry(t, fmt.Sprintf("%d.%d.1.1", 20+i%100, i%250))
		a.Add([]netaddr.Entry{e}, service(t, fmt.Sprintf("%d.9.9.9", 20+i%30)).Addr, 0)
		if i%5 == 0 {
			a.Good(e.Service)
		}
	}
	tor := entry(t, "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:9999")
	a.Add([]netaddr.Entry{tor}, netaddr.FromName("fixedseeds"), 0)
	b := a.Encode(magic)
	d := book(c)
	if err := d.Decode(b, magic); err != nil {
		t.Fatal(err)
	}
	for _, n := range append(netaddr.Networks(), netaddr.Unroutable) {
		f1, t1 := a.Size(n)
		if f2, t2 := d.Size(n); f1 != f2 || t1 != t2 {
			t.Errorf("%s: %d new, %d tried became %d, %d", n, f1, t1, f2, t2)
		}
	}
	if again := d.Encode(magic); string(again) != string(b) {
		t.Error("written differently")
	}
}

// The forms of damage of Dash Core's feature_addrman.py.
func TestDamagedFile(t *testing.T) {
	a := book(&clock{start})
	a.Add([]netaddr.Entry{entry(t, "8.8.8.8")}, service(t, "9.9.9.9").Addr, 0)
	good := a.Encode(magic)
	at := func(offset int, v ...byte) []byte {
		b := append([]byte(nil), good...)
		copy(b[offset:], v)
		return b
	}
	minus := binary.LittleEndian.AppendUint32(nil, ^uint32(0))
	for name, c := range map[string]struct {
		b    []byte
		kind error
		text string
	}{
		"magic":    {at(0, 9), ErrCorrupt, "Invalid network magic number"},
		"compat":   {at(5, 0), ErrCorrupt, "Corrupted addrman database: The compat value (0) is lower than the expected minimum value 32.: iostream error"},
		"future":   {at(5, 143), ErrVersion, "Unsupported format of addrman database: 4. It is compatible with formats >=111, but the maximum supported by this version of Dash Core is 4.: iostream error"},
		"new":      {at(38, minus...), ErrCorrupt, "Corrupt AddrMan serialization: nNew=-1, should be in [0, 65536]: iostream error"},
		"tried":    {at(42, minus...), ErrCorrupt, "Corrupt AddrMan serialization: nTried=-1, should be in [0, 16384]: iostream error"},
		"end":      {good[:len(good)-1], ErrCorrupt, "AutoFile::read: end of file: iostream error"},
		"empty":    {nil, ErrCorrupt, "AutoFile::read: end of file: iostream error"},
		"checksum": {at(len(good)-1, good[len(good)-1]^1), ErrCorrupt, "Checksum mismatch, data corrupted"},
		"key":      {at(6, make([]byte, 32)...), ErrInconsistent, "Corrupt data. Consistency check failed with code -16"},
	} {
		d := book(&clock{start})
		err := d.Decode(c.b, magic)
		if !errors.Is(err, c.kind) || err.Error() != c.text {
			t.Errorf("%s: %v", name, err)
		}
		if fresh, tried := d.Size(netaddr.Unroutable); fresh+tried != 0 {
			t.Errorf("%s: not empty after it", name)
		}
	}
}

// Whatever happens, the tables stay consistent: every call checks them.
func TestConsistency(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := &clock{start}
		a := book(c)
		gen := rapid.Custom(func(r *rapid.T) netaddr.Service {
			return service(r, fmt.Sprintf("%d.%d.1.1:%d", rapid.IntRange(20, 25).Draw(r, "a"), rapid.IntRange(0, 60).Draw(r, "b"), rapid.IntRange(1, 3).Draw(r, "port")))
		})
		for range rapid.IntRange(1, 15).Draw(r, "steps") {
			s := gen.Draw(r, "service")
			switch rapid.IntRange(0, 5).Draw(r, "act") {
			case 0, 1:
				var list []netaddr.Entry
				for range rapid.IntRange(1, 50).Draw(r, "n") {
					list = append(list, netaddr.Entry{Service: gen.Draw(r, "entry"), Time: uint32(c.now)})
				}
				a.Add(list, s.Addr, 0)
			case 2:
				a.Good(s)
			case 3:
				a.Attempt(s, true)
			case 4:
				c.now += rapid.Int64Range(0, 20000).Draw(r, "later")
				a.ResolveCollisions()
			case 5:
				a.Select(rapid.Bool().Draw(r, "fresh"), netaddr.Unroutable)
			}
			if code := a.consistency(); code != 0 {
				r.Fatalf("inconsistent: %d", code)
			}
		}
		d := book(c)
		if err := d.Decode(a.Encode(magic), magic); err != nil {
			r.Fatal(err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	a := book(&clock{start})
	f.Add(a.Encode(magic))
	a.Add([]netaddr.Entry{entry(f, "8.8.8.8"), entry(f, "[2a00::1]")}, service(f, "9.9.9.9").Addr, 0)
	a.Good(service(f, "8.8.8.8"))
	f.Add(a.Encode(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := book(&clock{start})
		if err := d.Decode(b, magic); err != nil {
			return
		}
		if code := d.consistency(); code != 0 {
			t.Fatalf("inconsistent: %d", code)
		}
	})
}

// testdata/peers.dat was written by Dash Core v23.1.2 on regtest: 63 addresses by
// addpeeraddress, every third of the IPv4 ones and the IPv6 one as tried. Each
// address was its own source, so that its bucket in the new table is known: it
// must be the one that follows from the key here.
func TestFileOfDashCore(t *testing.T) {
	b, err := os.ReadFile("testdata/peers.dat")
	if err != nil {
		t.Fatal(err)
	}
	regtest := [4]byte{0xfc, 0xc1, 0xb7, 0xdc}
	a := book(&clock{start})
	if err := a.Decode(b, regtest); err != nil {
		t.Fatal(err)
	}
	fresh, tried := a.Size(netaddr.Unroutable)
	onions, _ := a.Size(netaddr.Onion)
	i2ps, _ := a.Size(netaddr.I2P)
	if fresh != 42 || tried != 21 || onions != 1 || i2ps != 1 {
		t.Errorf("%d new, %d tried, %d of Tor, %d of I2P", fresh, tried, onions, i2ps)
	}
	for bucket := range a.fresh {
		for _, id := range a.fresh[bucket] {
			if id == none {
				continue
			}
			if i := a.infos[id]; a.newBucket(i.Service, i.source) != bucket {
				t.Errorf("%s is in bucket %d, not %d", i.Service, bucket, a.newBucket(i.Service, i.source))
			}
		}
	}
	if got := a.Encode(regtest); len(got) != len(b) {
		t.Errorf("%d bytes became %d", len(b), len(got))
	}
}
