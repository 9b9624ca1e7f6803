package wire

import (
	"encoding/binary"
	"fmt"
)

// MaxSize bounds every compact size (MAX_SIZE in Dash Core's src/serialize.h).
const MaxSize = 0x02000000

// Reader takes values from the front of a byte slice. Its first error sticks
// and makes all later reads return zero values; check Err once at the end.
type Reader struct {
	b   []byte
	err error
}

// NewReader reads from b and never writes to it.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err is the first error, or nil.
func (r *Reader) Err() error { return r.err }

// Len is the number of bytes left.
func (r *Reader) Len() int { return len(r.b) }

// Finish returns the first error, or ErrTrailing if bytes are left.
func (r *Reader) Finish() error {
	if r.err == nil && len(r.b) > 0 {
		return fmt.Errorf("%w: %d bytes", ErrTrailing, len(r.b))
	}
	return r.err
}

func (r *Reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Bytes returns the next n bytes, sharing the input.
func (r *Reader) Bytes(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.b) {
		r.fail(fmt.Errorf("%w: need %d bytes, have %d", ErrShort, n, len(r.b)))
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// Uint8 reads one byte.
func (r *Reader) Uint8() uint8 {
	if b := r.Bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// Uint16 reads two bytes, little-endian.
func (r *Reader) Uint16() uint16 {
	if b := r.Bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// Uint16BE reads two bytes, big-endian (ports).
func (r *Reader) Uint16BE() uint16 {
	if b := r.Bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// Uint32 reads four bytes, little-endian.
func (r *Reader) Uint32() uint32 {
	if b := r.Bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// Uint64 reads eight bytes, little-endian.
func (r *Reader) Uint64() uint64 {
	if b := r.Bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Hash reads 32 bytes.
func (r *Reader) Hash() (h Hash) {
	copy(h[:], r.Bytes(HashSize))
	return h
}

// CompactSize reads a size in its shortest form, at most MaxSize.
func (r *Reader) CompactSize() uint64 {
	n := r.CompactUint64()
	if n > MaxSize {
		r.fail(fmt.Errorf("%w: size %d", ErrTooLarge, n))
		return 0
	}
	return n
}

// CompactUint64 reads a number in the encoding of sizes without MaxSize's bound.
func (r *Reader) CompactUint64() uint64 {
	var n, least uint64
	switch first := r.Uint8(); first {
	case 0xfd:
		n, least = uint64(r.Uint16()), 0xfd
	case 0xfe:
		n, least = uint64(r.Uint32()), 1<<16
	case 0xff:
		n, least = r.Uint64(), 1<<32
	default:
		return uint64(first)
	}
	if r.err != nil {
		return 0
	}
	if n < least {
		r.fail(fmt.Errorf("%w: %d", ErrNonCanonical, n))
		return 0
	}
	return n
}

// VarBytes reads a compact size and that many bytes, sharing the input.
func (r *Reader) VarBytes() []byte {
	n := r.CompactSize()
	return r.Bytes(int(n)) // at most MaxSize
}

// Count reads the length of a list whose elements take at least size bytes
// each, and refuses it when that many cannot follow.
func (r *Reader) Count(size int) int {
	n := r.CompactSize()
	if r.err != nil {
		return 0
	}
	if n > uint64(len(r.b)/size) {
		r.fail(fmt.Errorf("%w: %d elements of %d bytes or more in %d bytes", ErrCount, n, size, len(r.b)))
		return 0
	}
	return int(n)
}
