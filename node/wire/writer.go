package wire

import "encoding/binary"

// AppendCompactSize appends n in the shortest form of a compact size.
func AppendCompactSize(b []byte, n uint64) []byte {
	switch {
	case n < 0xfd:
		return append(b, byte(n))
	case n < 1<<16:
		return binary.LittleEndian.AppendUint16(append(b, 0xfd), uint16(n))
	case n < 1<<32:
		return binary.LittleEndian.AppendUint32(append(b, 0xfe), uint32(n))
	default:
		return binary.LittleEndian.AppendUint64(append(b, 0xff), n)
	}
}

// CompactSizeLen is the length in bytes of n as a compact size.
func CompactSizeLen(n uint64) int {
	switch {
	case n < 0xfd:
		return 1
	case n < 1<<16:
		return 3
	case n < 1<<32:
		return 5
	default:
		return 9
	}
}

// AppendVarBytes appends the length of p as a compact size, then p.
func AppendVarBytes(b, p []byte) []byte {
	return append(AppendCompactSize(b, uint64(len(p))), p...)
}

func appendUint16(b []byte, v uint16) []byte { return binary.LittleEndian.AppendUint16(b, v) }
func appendUint32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
func appendUint64(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(b, v) }
