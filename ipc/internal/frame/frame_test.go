package frame

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"capnproto.org/go/capnp/v3"
)

func words(ws ...uint64) []byte {
	var b []byte
	for _, w := range ws {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		name          string
		b             []byte
		header, total int
		err           error
	}{
		{"nothing", nil, 0, 0, nil},
		{"three bytes", []byte{0, 0, 0}, 0, 0, nil},
		{"half a header", []byte{0, 0, 0, 0}, 0, 0, nil},
		{"one empty segment", words(0), 8, 8, nil},
		{"one segment", words(3 << 32), 8, 32, nil},
		{"two segments, header cut", words(1 | 1<<32), 0, 0, nil},
		{"two segments", words(1|1<<32, 2), 16, 40, nil},
		{"three segments", words(2|1<<32, 2|3<<32), 16, 64, nil},
		{"as many segments as allowed", append(words(3), make([]byte, 16)...), 24, 24, nil},
		{"one segment more", words(4), 0, 0, ErrSegments},
		{"all segments", words(0xffffffff), 0, 0, ErrSegments},
		{"as large as allowed", words(127 << 32), 8, 1024, nil},
		{"a word larger", words(128 << 32), 0, 0, ErrSize},
		{"as large as can be said", words(0xffffffff << 32), 0, 0, ErrSize},
		{"sum too large", words(1|127<<32, 127), 0, 0, ErrSize},
	} {
		header, total, err := Size(c.b, 4, 1024)
		if header != c.header || total != c.total || !errors.Is(err, c.err) {
			t.Errorf("%s: %d, %d, %v, want %d, %d, %v", c.name, header, total, err, c.header, c.total, c.err)
		}
	}
}

func TestPutHeaderAndSplit(t *testing.T) {
	for n := 1; n < 6; n++ {
		var sizes []int
		var body []byte
		for i := range n {
			sizes = append(sizes, 8*i)
			body = append(body, bytes.Repeat([]byte{byte(i)}, 8*i)...)
		}
		b := append(PutHeader(nil, sizes...), body...)
		header, total, err := Size(b, 10, 1<<20)
		if err != nil || total != len(b) || header != len(b)-len(body) {
			t.Fatalf("%d segments: %d, %d, %v", n, header, total, err)
		}
		for i, s := range Split(b, nil) {
			if !bytes.Equal(s, bytes.Repeat([]byte{byte(i)}, 8*i)) {
				t.Errorf("%d segments: segment %d is %v", n, i, s)
			}
		}
	}
}

// Pointers by hand: a struct pointer is offset<<2 | data<<32 | pointers<<48, a
// list pointer 1 | offset<<2 | size<<32 | count<<35, a far pointer
// 2 | double<<2 | word<<3 | segment<<32.
func structPtr(offset int32, data, ptrs uint16) uint64 {
	return uint64(uint32(offset)<<2) | uint64(data)<<32 | uint64(ptrs)<<48
}

func listPtr(offset int32, size, count uint64) uint64 {
	return 1 | uint64(uint32(offset)<<2) | size<<32 | count<<35
}

func farPtr(double bool, word uint32, seg uint64) uint64 {
	p := 2 | uint64(word<<3) | seg<<32
	if double {
		p |= 4
	}
	return p
}

func TestValidate(t *testing.T) {
	seg := func(ws ...uint64) [][]byte { return [][]byte{words(ws...)} }
	for _, c := range []struct {
		name string
		segs [][]byte
		err  error
	}{
		{"no segment", nil, ErrMalformed},
		{"no root", [][]byte{nil}, ErrMalformed},
		{"null root", seg(0), nil},
		{"struct", seg(structPtr(0, 1, 0), 7), nil},
		{"struct one word short", seg(structPtr(0, 2, 0), 7), ErrMalformed},
		{"struct one word off", seg(structPtr(1, 1, 0), 7), ErrMalformed},
		{"struct before the segment", seg(structPtr(-2, 1, 0)), ErrMalformed},
		{"empty struct at -1", seg(structPtr(-1, 0, 0)), nil},
		{"empty struct at -2", seg(structPtr(-2, 0, 0)), ErrMalformed},
		{"largest struct", seg(structPtr(0, 0xffff, 0xffff)), ErrMalformed},
		{"bytes", seg(listPtr(0, 2, 8), 0), nil},
		{"a byte too many", seg(listPtr(0, 2, 9), 0), ErrMalformed},
		{"bits", seg(listPtr(0, 1, 64), 0), nil},
		{"a bit too many", seg(listPtr(0, 1, 65), 0), ErrMalformed},
		{"two-byte elements", seg(listPtr(0, 3, 5), 0), ErrMalformed},
		{"eight-byte elements", seg(listPtr(0, 5, 2), 0, 0), nil},
		{"voids", seg(listPtr(0, 0, 900)), nil},
		{"too many voids", seg(listPtr(0, 0, 1<<29-1)), ErrTraversal},
		{"pointers", seg(listPtr(0, 6, 2), 0, structPtr(-1, 0, 0)), nil},
		{"a pointer too many", seg(listPtr(0, 6, 2), 0), ErrMalformed},
		{"structs", seg(listPtr(0, 7, 2), structPtr(2, 1, 0), 1, 2), nil},
		{"structs that do not fit their words", seg(listPtr(0, 7, 2), structPtr(3, 1, 0), 1, 2), ErrMalformed},
		{"structs beyond the segment", seg(listPtr(0, 7, 3), structPtr(2, 1, 0), 1, 2), ErrMalformed},
		{"structs with a list for a tag", seg(listPtr(0, 7, 2), listPtr(2, 1, 0), 1, 2), ErrMalformed},
		{"empty structs", seg(listPtr(0, 7, 0), structPtr(900, 0, 0)), nil},
		{"too many empty structs", seg(listPtr(0, 7, 0), structPtr(1<<29-1, 0, 0)), ErrTraversal},
		{"bad pointer in a struct", seg(structPtr(0, 0, 1), structPtr(9, 1, 1)), ErrMalformed},
		{"bad pointer in a list of structs", seg(listPtr(0, 7, 1), structPtr(1, 0, 1), structPtr(9, 1, 1)), ErrMalformed},
		{"capability", seg(3 | 5<<32), nil},
		{"unknown other pointer", seg(7 | 5<<32), ErrMalformed},
		{"far", [][]byte{words(farPtr(false, 1, 1)), words(0, structPtr(0, 1, 0), 9)}, nil},
		{"far to a missing segment", [][]byte{words(farPtr(false, 1, 2)), words(0, 0)}, ErrMalformed},
		{"far beyond its segment", [][]byte{words(farPtr(false, 2, 1)), words(0, 0)}, ErrMalformed},
		{"far to a far", [][]byte{words(farPtr(false, 0, 1)), words(farPtr(false, 0, 0))}, ErrMalformed},
		{"far to null", [][]byte{words(farPtr(false, 0, 1)), words(0)}, nil},
		{"far to a capability", [][]byte{words(farPtr(false, 0, 1)), words(3)}, nil},
		{"double far", [][]byte{words(farPtr(true, 0, 1)), words(farPtr(false, 1, 2), structPtr(0, 1, 0)), words(0, 9)}, nil},
		{"double far, pad cut", [][]byte{words(farPtr(true, 0, 1)), words(farPtr(false, 1, 2))}, ErrMalformed},
		{"double far, tag with an offset", [][]byte{words(farPtr(true, 0, 1)), words(farPtr(false, 1, 2), structPtr(1, 1, 0)), words(0, 9)}, ErrMalformed},
		{"double far, tag that is far", [][]byte{words(farPtr(true, 0, 1)), words(farPtr(false, 1, 2), farPtr(false, 0, 0)), words(0, 9)}, ErrMalformed},
		{"double far to a double far", [][]byte{words(farPtr(true, 0, 1)), words(farPtr(true, 1, 2), structPtr(0, 1, 0)), words(0, 9)}, ErrMalformed},
		{"double far to a missing segment", [][]byte{words(farPtr(true, 0, 1)), words(farPtr(false, 1, 3), structPtr(0, 1, 0)), words(0, 9)}, ErrMalformed},
		{"double far beyond its segment", [][]byte{words(farPtr(true, 0, 1)), words(farPtr(false, 2, 2), structPtr(0, 1, 0)), words(0, 9)}, ErrMalformed},
		{"pointer to itself", seg(structPtr(-1, 0, 1)), ErrNesting},
		{"two that point to each other", seg(structPtr(0, 0, 1), structPtr(-2, 0, 1)), ErrNesting},
	} {
		if err := Validate(c.segs, 64, 1000); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
	}
}

func TestNestingIsExact(t *testing.T) {
	for depth := 1; depth < 20; depth++ {
		ws := make([]uint64, depth)
		for i := range ws {
			ws[i] = structPtr(0, 0, 1)
		}
		ws = append(ws, 0)
		if err := Validate([][]byte{words(ws...)}, depth, 1000); err != nil {
			t.Errorf("depth %d: %v", depth, err)
		}
		if err := Validate([][]byte{words(ws...)}, depth-1, 1000); !errors.Is(err, ErrNesting) {
			t.Errorf("depth %d, one less allowed: %v", depth, err)
		}
	}
}

// TestAmplification: 30 structs, each with two pointers to the next, are 2^30
// when every pointer is followed.
func TestAmplification(t *testing.T) {
	ws := []uint64{structPtr(0, 0, 2)}
	for range 30 {
		ws = append(ws, structPtr(1, 0, 2), structPtr(0, 0, 2))
	}
	ws = append(ws, 0, 0)
	if err := Validate([][]byte{words(ws...)}, 64, 8<<20); !errors.Is(err, ErrTraversal) {
		t.Errorf("error %v", err)
	}
}

func TestCapabilities(t *testing.T) {
	var ids []uint32
	err := Capabilities([][]byte{words(structPtr(0, 0, 3), 3|7<<32, structPtr(1, 0, 1), 3|9<<32, 3|8<<32)}, 10, 100,
		func(id uint32) { ids = append(ids, id) })
	if err != nil || len(ids) != 3 || ids[0] != 7 || ids[1] != 8 || ids[2] != 9 {
		t.Errorf("%v, %v", ids, err)
	}
}

// readAll follows every pointer with the library's own accessors.
func readAll(p capnp.Ptr, depth int) error {
	if !p.IsValid() || depth == 0 {
		return nil
	}
	if s := p.Struct(); s.IsValid() {
		for i := range s.Size().PointerCount {
			q, err := s.Ptr(i)
			if err == nil {
				err = readAll(q, depth-1)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	l := p.List()
	for i := range l.Len() {
		s := l.Struct(i)
		for j := range s.Size().PointerCount {
			q, err := s.Ptr(j)
			if err == nil {
				err = readAll(q, depth-1)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// FuzzFrame feeds arbitrary bytes to the parser. Whatever it lets through, the
// library must be able to read without an error, a panic or more work than
// allowed.
func FuzzFrame(f *testing.F) {
	f.Add(words(0))
	f.Add(words(0xffffffff))
	f.Add(words(1<<32, 0))
	f.Add(words(2<<32, structPtr(0, 0, 1), structPtr(-2, 0, 1)))
	f.Add(words(3<<32, listPtr(0, 7, 1), structPtr(1, 0, 1), 3))
	f.Add(words(1|1<<32, 3, farPtr(true, 0, 1), farPtr(false, 2, 1), structPtr(0, 1, 0), 9))
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 16
		header, total, err := Size(b, 16, limit)
		if err != nil || total == 0 {
			return
		}
		if total > limit || header > total {
			t.Fatalf("header %d, total %d", header, total)
		}
		if total > len(b) {
			return
		}
		segs := Split(b[:total], nil)
		sum := header
		for _, s := range segs {
			sum += len(s)
		}
		if sum != total {
			t.Fatalf("segments of %d bytes in a message of %d", sum, total)
		}
		if Validate(segs, 16, 1<<12) != nil {
			return
		}
		msg, err := capnp.Unmarshal(append([]byte(nil), b[:total]...))
		if err != nil {
			t.Fatalf("valid, but not for the library: %v", err)
		}
		root, err := msg.Root()
		if err == nil {
			err = readAll(root, 20)
		}
		if err != nil {
			t.Fatalf("valid, but the library says %v", err)
		}
	})
}
