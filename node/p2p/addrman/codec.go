package addrman

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"dashmp/node/p2p/netaddr"
)

// The versions of the file's format (AddrManImpl::Format) and what is added to
// the lowest that can read a file.
const (
	formatDeterministic = 1
	formatASMap         = 2
	formatBIP155        = 3
	fileFormat          = 4 // more than one port per address
	compatBase          = 32
)

// Kinds of errors of Decode.
var (
	// ErrVersion: a newer node wrote the file.
	ErrVersion = errors.New("peers.dat: version")
	// ErrInconsistent: its tables contradict each other.
	ErrInconsistent = errors.New("peers.dat: inconsistent")
	// ErrCorrupt: it is no such file, or damaged.
	ErrCorrupt = errors.New("peers.dat: corrupt")
)

// kindError has the text of Dash Core and a kind for errors.Is.
type kindError struct {
	kind error
	text string
}

func (e *kindError) Error() string { return e.text }
func (e *kindError) Unwrap() error { return e.kind }

func failure(kind error, format string, args ...any) error {
	return &kindError{kind, fmt.Sprintf(format, args...)}
}

func appendInfo(b []byte, i *info) []byte {
	b = i.AppendDisk(b)
	b = i.source.AppendV2(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(i.success))
	return binary.LittleEndian.AppendUint32(b, uint32(i.attempts))
}

// Encode returns the content of peers.dat: the network's magic, the tables in
// format 4, and the double SHA-256 of all that.
func (a *AddrMan) Encode(magic [4]byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	le := binary.LittleEndian
	b := append([]byte(nil), magic[:]...)
	b = append(b, fileFormat, compatBase+fileFormat)
	b = append(b, a.key[:]...)
	b = le.AppendUint32(b, uint32(a.total.fresh))
	b = le.AppendUint32(b, uint32(a.total.tried))
	b = le.AppendUint32(b, newBuckets^1<<30)
	ids := slices.Sorted(maps.Keys(a.infos))
	index := map[int32]uint32{}
	for _, id := range ids {
		if i := a.infos[id]; i.refs > 0 {
			index[id] = uint32(len(index))
			b = appendInfo(b, i)
		}
	}
	for _, id := range ids {
		if i := a.infos[id]; i.tried {
			b = appendInfo(b, i)
		}
	}
	for bucket := range a.fresh {
		at := len(b)
		b = le.AppendUint32(b, 0)
		n := uint32(0)
		for _, id := range a.fresh[bucket] {
			if id != none {
				b = le.AppendUint32(b, index[id])
				n++
			}
		}
		le.PutUint32(b[at:], n)
	}
	b = append(b, make([]byte, 32)...) // no -asmap
	h := sha256.Sum256(b)
	h = sha256.Sum256(h[:])
	return append(b, h[:]...)
}

// Decode replaces everything by the content of a peers.dat. On an error the
// AddrMan is empty, with the key it was made with.
func (a *AddrMan) Decode(b []byte, magic [4]byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reset()
	if err := a.decode(b, magic); err != nil {
		a.reset()
		a.key = a.o.Key
		return err
	}
	return nil
}

// reader takes values off a file; after its end it gives zeros and fails.
type reader struct {
	b   []byte
	err error
}

func (r *reader) bytes(n int) []byte {
	if r.err == nil && len(r.b) < n {
		r.err = failure(ErrCorrupt, "AutoFile::read: end of file: iostream error")
	}
	if r.err != nil {
		return make([]byte, n)
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) u32() uint32 { return binary.LittleEndian.Uint32(r.bytes(4)) }

func (r *reader) info(v2 bool) *info {
	i := &info{}
	take := func(rest []byte, err error) {
		if err != nil && r.err == nil {
			r.err = failure(ErrCorrupt, "%s: iostream error", err)
		}
		if r.err == nil {
			r.b = rest
		}
	}
	e, rest, err := netaddr.ReadEntryDisk(r.b, v2)
	take(rest, err)
	i.Entry = e
	source, rest, err := netaddr.ReadAddr(r.b, v2)
	take(rest, err)
	i.source = source
	i.success = int64(binary.LittleEndian.Uint64(r.bytes(8)))
	i.attempts = int32(r.u32())
	return i
}

func (a *AddrMan) decode(b []byte, magic [4]byte) error {
	r := &reader{b: b}
	if got := r.bytes(4); r.err == nil && !bytes.Equal(got, magic[:]) {
		return failure(ErrCorrupt, "Invalid network magic number")
	}
	format, buckets, err := a.decodeHead(r)
	if err != nil {
		return err
	}
	places := decodePlaces(r, buckets, a.total.fresh)
	var asmap [32]byte
	if format >= formatASMap {
		copy(asmap[:], r.bytes(32))
	}
	if r.err != nil {
		return r.err
	}
	restore := buckets == newBuckets && asmap == [32]byte{}
	if !restore {
		a.logf("Bucketing method was updated, re-bucketing addrman entries from disk")
	}
	a.place(places, restore)
	if code := a.consistency(); code != 0 {
		return failure(ErrInconsistent, "Corrupt data. Consistency check failed with code %d", code)
	}
	sum := sha256.Sum256(b[:len(b)-len(r.b)])
	sum = sha256.Sum256(sum[:])
	if got := r.bytes(32); r.err != nil {
		return r.err
	} else if !bytes.Equal(got, sum[:]) {
		return failure(ErrCorrupt, "Checksum mismatch, data corrupted")
	}
	return nil
}

// decodeHead reads up to the buckets and takes over the addresses.
func (a *AddrMan) decodeHead(r *reader) (format byte, buckets int, err error) {
	format = r.bytes(1)[0]
	compat := r.bytes(1)[0]
	if r.err != nil {
		return 0, 0, r.err
	}
	if compat < compatBase {
		return 0, 0, failure(ErrCorrupt, "Corrupted addrman database: The compat value (%d) is lower than the expected minimum value %d.: iostream error", compat, compatBase)
	}
	if compat-compatBase > fileFormat {
		return 0, 0, failure(ErrVersion, "Unsupported format of addrman database: %d. It is compatible with formats >=%d, but the maximum supported by this version of Dash Core is %d.: iostream error", format, compat-compatBase, fileFormat)
	}
	copy(a.key[:], r.bytes(32))
	fresh, tried, n := int32(r.u32()), int32(r.u32()), r.u32()
	if format >= formatDeterministic {
		n ^= 1 << 30
	}
	switch {
	case r.err != nil:
		return 0, 0, r.err
	case fresh < 0 || fresh > newBuckets*bucketSize:
		return 0, 0, failure(ErrCorrupt, "Corrupt AddrMan serialization: nNew=%d, should be in [0, %d]: iostream error", fresh, newBuckets*bucketSize)
	case tried < 0 || tried > triedBuckets*bucketSize:
		return 0, 0, failure(ErrCorrupt, "Corrupt AddrMan serialization: nTried=%d, should be in [0, %d]: iostream error", tried, triedBuckets*bucketSize)
	}
	v2 := format >= formatBIP155
	for k := int32(0); k < fresh && r.err == nil; k++ {
		i := r.info(v2)
		i.randomPos = len(a.random)
		a.infos[k], a.byAddr[i.Service] = i, k
		a.random = append(a.random, k)
		a.addCount(i.Network(), 1, 0)
	}
	a.lastID = fresh
	for k := int32(0); k < tried && r.err == nil; k++ {
		a.decodeTried(r.info(v2))
	}
	return format, int(int32(n)), r.err
}

// decodeTried puts an address into the tried table if its place is free.
func (a *AddrMan) decodeTried(i *info) {
	bucket := a.triedBucket(i.Service)
	pos := a.position(i.Service, false, bucket)
	if !i.IsValid() || a.tried[bucket][pos] != none {
		return
	}
	id := a.lastID
	a.lastID++
	i.randomPos, i.tried = len(a.random), true
	a.random = append(a.random, id)
	a.infos[id], a.byAddr[i.Service] = i, id
	a.tried[bucket][pos] = id
	a.addCount(i.Network(), 0, 1)
}

type place struct {
	bucket int
	id     int32
}

func decodePlaces(r *reader, buckets, fresh int) []place {
	var list []place
	for b := 0; b < buckets && r.err == nil; b++ {
		n := int32(r.u32())
		for k := int32(0); k < n && r.err == nil; k++ {
			if id := int32(r.u32()); r.err == nil && id >= 0 && int(id) < fresh {
				list = append(list, place{b, id})
			}
		}
	}
	return list
}

// place fills the new table and forgets what got no place.
func (a *AddrMan) place(places []place, restore bool) {
	for _, p := range places {
		i := a.infos[p.id]
		if !i.IsValid() || i.refs >= newPerAddress {
			continue
		}
		if restore {
			pos := a.position(i.Service, true, p.bucket)
			if a.fresh[p.bucket][pos] == none {
				a.fresh[p.bucket][pos] = p.id
				i.refs++
				continue
			}
		}
		b := a.newBucket(i.Service, i.source)
		if pos := a.position(i.Service, true, b); a.fresh[b][pos] == none {
			a.fresh[b][pos] = p.id
			i.refs++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(a.infos)) {
		if i := a.infos[id]; !i.tried && i.refs == 0 {
			a.remove(id)
		}
	}
}
