package storage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The file format of bbolt (version 2), in the byte order of the machine: all
// supported ones are little-endian.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	pageHeaderSize = 16
	elementSize    = 16
	bucketHeader   = 16
	metaSize       = 64
	// initialPages is what bbolt makes of an empty file: two metas, a free
	// list and an empty leaf.
	initialPages = 4

	branchPage   = 0x01
	leafPage     = 0x02
	metaPage     = 0x04
	freelistPage = 0x10
	bucketLeaf   = 0x01

	// maxTreeDepth bounds the walk. A page has at least two keys, so 2^48 pages
	// make no deeper tree.
	maxTreeDepth = 48
	// maxBucketDepth: this package makes no buckets in buckets.
	maxBucketDepth = 1
	maxPageSize    = 64 << 10
)

// prepare empties a file that a crash tore while bbolt created it, so that it is
// created again. Creation is one write of four pages, of which any sectors may
// have reached the disk; nothing was committed then.
func prepare(f *os.File) (empty bool, err error) {
	st, err := f.Stat()
	if err != nil {
		return false, err
	}
	image := initialImage(os.Getpagesize())
	if st.Size() > int64(len(image)) {
		return false, nil
	}
	got := make([]byte, st.Size())
	if _, err := f.ReadAt(got, 0); err != nil && err != io.EOF {
		return false, err
	}
	const sector = 512
	for at := 0; at < len(got); at += sector {
		end := min(at+sector, len(got))
		if s := got[at:end]; !bytes.Equal(s, image[at:end]) && !bytes.Equal(s, make([]byte, len(s))) {
			return false, nil
		}
	}
	if st.Size() == 0 {
		return true, nil
	}
	return true, f.Truncate(0)
}

// initialImage is what bbolt writes into an empty file (DB.init).
func initialImage(pageSize int) []byte {
	b := make([]byte, initialPages*pageSize)
	le := binary.LittleEndian
	page := func(id int, flags uint16) []byte {
		p := b[id*pageSize:]
		le.PutUint64(p, uint64(id))
		le.PutUint16(p[8:], flags)
		return p[pageHeaderSize:]
	}
	for id := range 2 {
		m := page(id, metaPage)
		le.PutUint32(m, boltMagic)
		le.PutUint32(m[4:], boltVersion)
		le.PutUint32(m[8:], uint32(pageSize))
		le.PutUint64(m[16:], 3) // root
		le.PutUint64(m[32:], 2) // free list
		le.PutUint64(m[40:], initialPages)
		le.PutUint64(m[48:], uint64(id)) // transaction
		sum := fnv.New64a()
		sum.Write(m[:metaSize-8])
		le.PutUint64(m[metaSize-8:], sum.Sum64())
	}
	page(2, freelistPage)
	page(3, leafPage)
	return b
}

// meta is bbolt's meta page.
type meta struct {
	pageSize         int
	root, high, txid uint64
}

func readMeta(f io.ReaderAt, off int64) (meta, error) {
	var b [pageHeaderSize + metaSize]byte
	if _, err := f.ReadAt(b[:], off); err != nil {
		return meta{}, corrupt("no meta page: %v", err)
	}
	p := b[pageHeaderSize:]
	sum := fnv.New64a()
	sum.Write(p[:metaSize-8])
	le := binary.LittleEndian
	switch {
	case le.Uint32(p) != boltMagic || le.Uint32(p[4:]) != boltVersion:
		return meta{}, corrupt("not a database")
	case le.Uint64(p[metaSize-8:]) != sum.Sum64():
		return meta{}, corrupt("a meta page does not match its checksum")
	}
	m := meta{pageSize: int(le.Uint32(p[8:])), root: le.Uint64(p[16:]), high: le.Uint64(p[40:]), txid: le.Uint64(p[48:])}
	if m.pageSize < 512 || m.pageSize > maxPageSize || m.pageSize&(m.pageSize-1) != 0 {
		return meta{}, corrupt("page size %d", m.pageSize)
	}
	return m, nil
}

// newestMeta returns the valid meta page of the highest transaction. The second
// lies one page behind the first, whose own size may be unreadable.
func newestMeta(f io.ReaderAt) (meta, error) {
	best, err := readMeta(f, 0)
	size := os.Getpagesize()
	if err == nil {
		size = best.pageSize
	}
	second, err2 := readMeta(f, int64(size))
	if err2 == nil && (err != nil || second.txid > best.txid) {
		return second, nil
	}
	return best, err
}

// verifyFile walks everything that the newest meta page leads to, and returns
// how many buckets there are. It reads each page once.
func verifyFile(f *os.File) (buckets int, err error) {
	m, err := newestMeta(f)
	if err != nil {
		return 0, err
	}
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if m.high < initialPages || m.high > uint64(st.Size())/uint64(m.pageSize) {
		return 0, corrupt("the file has %d bytes, not enough for %d pages", st.Size(), m.high)
	}
	w := &walker{f: f, meta: m, seen: make([]byte, m.high/8+1), found: map[string]*total{}, want: map[string]total{}}
	if err := w.page(m.root, span{}, bucketPath{}, 0); err != nil {
		return 0, err
	}
	return w.buckets, w.compare()
}

// compare holds each bucket against its total.
func (w *walker) compare() error {
	for name, found := range w.found {
		if want := w.want[name]; *found != want {
			return corrupt("bucket %q has %d records, not the %d that were written last", name, found.count, want.count)
		}
		delete(w.want, name)
	}
	for name, want := range w.want {
		if want.count != 0 {
			return corrupt("bucket %q is gone", name)
		}
	}
	return nil
}

type walker struct {
	f    io.ReaderAt
	meta meta
	// seen has one bit per page that is part of the tree.
	seen    []byte
	buckets int
	// found are the totals of the records that are there, want those that were
	// stored with them.
	found map[string]*total
	want  map[string]total
}

// span bounds the keys of a page: first is the parent's key for it, next the
// parent's key for its right neighbour; nil is unbounded.
type span struct{ first, next []byte }

// bucketPath is the bucket that a page belongs to.
type bucketPath struct {
	name  string
	depth int
}

func corrupt(format string, args ...any) error {
	return &Error{Kind: ErrCorrupt, Text: fmt.Sprintf(format, args...)}
}

func (w *walker) page(id uint64, keys span, in bucketPath, depth int) error {
	if depth > maxTreeDepth {
		return corrupt("the tree is deeper than %d", maxTreeDepth)
	}
	body, err := w.load(id)
	if err != nil {
		return err
	}
	return w.elements(body, id, keys, in, depth)
}

// load reads a page with its overflow and marks it.
func (w *walker) load(id uint64) ([]byte, error) {
	size := uint64(w.meta.pageSize)
	if id < 2 || id >= w.meta.high {
		return nil, corrupt("page %d is not one of %d", id, w.meta.high)
	}
	var head [pageHeaderSize]byte
	if _, err := w.f.ReadAt(head[:], int64(id*size)); err != nil {
		return nil, err
	}
	more := uint64(binary.LittleEndian.Uint32(head[12:]))
	if got := binary.LittleEndian.Uint64(head[:]); got != id || more >= w.meta.high-id {
		return nil, corrupt("page %d says that it is page %d with %d more", id, got, more)
	}
	for p := id; p <= id+more; p++ {
		if w.seen[p/8]&(1<<(p%8)) != 0 {
			return nil, corrupt("page %d is used twice", p)
		}
		w.seen[p/8] |= 1 << (p % 8)
	}
	body := make([]byte, (more+1)*size)
	if _, err := w.f.ReadAt(body, int64(id*size)); err != nil {
		return nil, err
	}
	return body, nil
}

// elements checks a page's body: a page of its own or one inside a value.
func (w *walker) elements(body []byte, id uint64, keys span, in bucketPath, depth int) error {
	le := binary.LittleEndian
	flags, count := le.Uint16(body[8:]), int(le.Uint16(body[10:]))
	if flags != branchPage && flags != leafPage || (flags == branchPage && count == 0) {
		return corrupt("page %d has type %#x and %d elements", id, flags, count)
	}
	if pageHeaderSize+count*elementSize > len(body) {
		return corrupt("page %d is too small for %d elements", id, count)
	}
	previous := keys.first
	for i := range count {
		at := pageHeaderSize + i*elementSize
		e, err := element(body, at, flags)
		if err != nil {
			return corrupt("page %d, element %d: %v", id, i, err)
		}
		// The first key may equal the parent's; later ones must ascend.
		order := bytes.Compare(previous, e.key)
		if order > 0 || (order == 0 && i > 0) || (keys.next != nil && bytes.Compare(e.key, keys.next) >= 0) {
			return corrupt("page %d, element %d is out of order", id, i)
		}
		previous = e.key
		if flags == leafPage {
			err = w.leaf(e, in)
		} else {
			next := keys.next
			if i+1 < count {
				following, bad := element(body, at+elementSize, flags)
				if bad != nil {
					return corrupt("page %d, element %d: %v", id, i+1, bad)
				}
				next = following.key
			}
			err = w.page(e.child, span{e.key, next}, in, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// item is an element of a page.
type item struct {
	key, value []byte
	child      uint64
	bucket     bool
}

func element(body []byte, at int, flags uint16) (item, error) {
	le := binary.LittleEndian
	var pos, klen, vlen uint64
	var e item
	if flags == branchPage {
		pos, klen, e.child = uint64(le.Uint32(body[at:])), uint64(le.Uint32(body[at+4:])), le.Uint64(body[at+8:])
	} else {
		e.bucket = le.Uint32(body[at:])&bucketLeaf != 0
		pos, klen, vlen = uint64(le.Uint32(body[at+4:])), uint64(le.Uint32(body[at+8:])), uint64(le.Uint32(body[at+12:]))
	}
	start := uint64(at) + pos
	if start+klen+vlen > uint64(len(body)) {
		return item{}, corrupt("it lies outside the page")
	}
	e.key = body[start : start+klen]
	e.value = body[start+klen : start+klen+vlen]
	return e, nil
}

// leaf checks a record's checksum, or goes into a bucket.
func (w *walker) leaf(e item, in bucketPath) error {
	if !e.bucket {
		if in.depth == 0 {
			return corrupt("a record outside any bucket")
		}
		value, err := unseal(in.name, e.key, e.value)
		if err != nil {
			return err
		}
		if in.name == totalsBucket {
			w.want[string(e.key)], err = decodeTotal(value)
			return err
		}
		w.found[in.name].add(e.value)
		return nil
	}
	if in.depth >= maxBucketDepth || len(e.value) < bucketHeader {
		return corrupt("a bucket where none can be")
	}
	w.buckets++
	inner := bucketPath{string(e.key), in.depth + 1}
	if inner.name != totalsBucket {
		w.found[inner.name] = &total{}
	}
	if root := binary.LittleEndian.Uint64(e.value); root != 0 {
		return w.page(root, span{}, inner, 0)
	}
	body := e.value[bucketHeader:] // a small bucket lies in the value itself
	if len(body) < pageHeaderSize {
		return corrupt("bucket %q is cut off", inner.name)
	}
	if flags := binary.LittleEndian.Uint16(body[8:]); flags != leafPage {
		return corrupt("bucket %q has a page of type %#x", inner.name, flags)
	}
	return w.elements(body, 0, span{}, inner, 0)
}
