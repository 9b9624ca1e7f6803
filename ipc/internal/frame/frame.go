package frame

import (
	"encoding/binary"
	"errors"
)

// What can be wrong with a message. The first three are limits, the last is a
// message that no honest peer sends.
var (
	ErrSegments  = errors.New("too many segments")
	ErrSize      = errors.New("message too large")
	ErrNesting   = errors.New("message nested too deeply")
	ErrTraversal = errors.New("message amplifies beyond the traversal limit")
	ErrMalformed = errors.New("malformed message")
)

const wordBytes = 8

// Size reads the stream header at the start of b. It returns the length of the
// header and of header and segments together, in bytes; total is 0 while b is
// too short to tell. maxBytes bounds total, maxSegments the segment count.
func Size(b []byte, maxSegments, maxBytes int) (header, total int, err error) {
	if len(b) < 4 {
		return 0, 0, nil
	}
	last := binary.LittleEndian.Uint32(b)
	if uint64(last) >= uint64(maxSegments) {
		return 0, 0, ErrSegments
	}
	n := int(last) + 1
	header = (4 + 4*n + 7) &^ 7
	if len(b) < header {
		return 0, 0, nil
	}
	words := uint64(0)
	for i := range n {
		words += uint64(binary.LittleEndian.Uint32(b[4+4*i:]))
	}
	// At most 2^32 segments of 2^32 words: no overflow before the comparison.
	if words > uint64(maxBytes-header)/wordBytes {
		return 0, 0, ErrSize
	}
	return header, header + int(words)*wordBytes, nil
}

// Split appends the segments of the complete message b to segs.
func Split(b []byte, segs [][]byte) [][]byte {
	n := int(binary.LittleEndian.Uint32(b)) + 1
	at := (4 + 4*n + 7) &^ 7
	for i := range n {
		size := int(binary.LittleEndian.Uint32(b[4+4*i:])) * wordBytes
		segs = append(segs, b[at:at+size:at+size])
		at += size
	}
	return segs
}

// PutHeader appends the stream header for segments of the given sizes in bytes.
func PutHeader(b []byte, sizes ...int) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(sizes)-1))
	for _, s := range sizes {
		b = binary.LittleEndian.AppendUint32(b, uint32(s/wordBytes))
	}
	if len(sizes)%2 == 0 {
		b = append(b, 0, 0, 0, 0)
	}
	return b
}
