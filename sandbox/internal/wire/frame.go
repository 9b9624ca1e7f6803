package wire

import (
	"encoding/binary"
	"fmt"
)

// Kind is what is wrong with a frame.
type Kind string

// Error returns the kind itself.
func (k Kind) Error() string { return string(k) }

// What can be wrong with a frame. Each has one cause, so that a test can tell
// them apart.
const (
	// ErrMagic: the bytes are no frame of ours.
	ErrMagic Kind = "wire.magic"
	// ErrVersion: a frame of another version of this format.
	ErrVersion Kind = "wire.version"
	// ErrKind: a frame of ours, but not the kind that is due.
	ErrKind Kind = "wire.kind"
	// ErrTooLong: a length or a count is beyond its bound.
	ErrTooLong Kind = "wire.too_long"
	// ErrTruncated: the frame ends before what it announces.
	ErrTruncated Kind = "wire.truncated"
	// ErrSurplus: bytes are left over.
	ErrSurplus Kind = "wire.surplus"
	// ErrReserved: a field that must be zero is not.
	ErrReserved Kind = "wire.reserved"
	// ErrText: a text is empty or has a byte that it must not have.
	ErrText Kind = "wire.text"
	// ErrDuplicate: a name appears twice.
	ErrDuplicate Kind = "wire.duplicate"
	// ErrFDsMissing: fewer descriptors arrived than were announced.
	ErrFDsMissing Kind = "wire.fds_missing"
	// ErrFDsSurplus: more descriptors arrived than were announced.
	ErrFDsSurplus Kind = "wire.fds_surplus"
	// ErrFDsLost: the kernel could not deliver all descriptors (MSG_CTRUNC).
	ErrFDsLost Kind = "wire.fds_lost"
	// ErrFDsNames: the number of names is not the number of descriptors.
	ErrFDsNames Kind = "wire.fds_names"
)

// FrameKind says what the body is.
type FrameKind uint8

// The frames. A child answers a Grant with a Report or a Refusal.
const (
	FrameGrant   FrameKind = 1
	FrameReport  FrameKind = 2
	FrameRefusal FrameKind = 3
	// FrameProbe is the result of a probe; only programs built for tests send it.
	FrameProbe FrameKind = 4
)

const (
	// HeaderSize is the length of a header in bytes.
	HeaderSize = 16
	// MaxGrant bounds the body of a grant in bytes: 32 KiB of filter, 1 MiB of
	// configuration and room for names.
	MaxGrant = 1<<20 + 1<<16
	// MaxReport bounds the body of an answer in bytes.
	MaxReport = 1 << 16
	// MaxFDs bounds the descriptors of a grant. The kernel's own bound for one
	// message is 253 (SCM_MAX_FD).
	MaxFDs = 128

	version = 1
)

// magic is what every header begins with.
var magic = [6]byte{'D', 'G', 0xff, 0xff, 'M', 'P'}

// IsFrame reports whether a stream that begins with b (at least 4 bytes) is
// ours; if not it may be Cap'n Proto.
func IsFrame(b []byte) bool {
	return len(b) >= 4 && [4]byte(b[:4]) == [4]byte(magic[:4])
}

// Header is the fixed part of a frame.
type Header struct {
	Kind FrameKind
	// Size is the length of the body in bytes.
	Size int
	FDs  int
}

// Append appends the header's bytes.
func (h Header) Append(b []byte) []byte {
	b = append(b, magic[:]...)
	b = append(b, version, byte(h.Kind))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.Size))
	b = binary.LittleEndian.AppendUint16(b, uint16(h.FDs))
	return append(b, 0, 0)
}

// ParseHeader reads the HeaderSize bytes of a header.
func ParseHeader(b []byte) (Header, error) {
	if len(b) != HeaderSize {
		return Header{}, fmt.Errorf("header of %d bytes: %w", len(b), ErrTruncated)
	}
	if [6]byte(b[:6]) != magic {
		return Header{}, fmt.Errorf("header % x: %w", b[:6], ErrMagic)
	}
	if b[6] != version {
		return Header{}, fmt.Errorf("version %d, not %d: %w", b[6], version, ErrVersion)
	}
	h := Header{
		Kind: FrameKind(b[7]),
		FDs:  int(binary.LittleEndian.Uint16(b[12:])),
	}
	limit := MaxReport
	switch h.Kind {
	case FrameGrant:
		limit = MaxGrant
	case FrameReport, FrameRefusal, FrameProbe:
	default:
		return Header{}, fmt.Errorf("frame kind %d: %w", h.Kind, ErrKind)
	}
	size := binary.LittleEndian.Uint32(b[8:])
	if size > uint32(limit) {
		return Header{}, fmt.Errorf("body of %d bytes, at most %d: %w", size, limit, ErrTooLong)
	}
	if h.FDs > MaxFDs {
		return Header{}, fmt.Errorf("%d descriptors, at most %d: %w", h.FDs, MaxFDs, ErrTooLong)
	}
	if b[14] != 0 || b[15] != 0 {
		return Header{}, fmt.Errorf("header: %w", ErrReserved)
	}
	h.Size = int(size)
	return h, nil
}
