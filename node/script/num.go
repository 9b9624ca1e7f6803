package script

import "math"

const (
	// maxNum is the length of an operand of arithmetic: ±(2^31 − 1).
	maxNum = 4
	// maxLockNum is the length of an operand of the lock-time operations, which
	// must hold 32 bits without a sign (BIP65).
	maxLockNum = 5
)

// encodeNum is the shortest little-endian sign-magnitude form of n.
func encodeNum(n int64) []byte {
	if n == 0 {
		return nil
	}
	abs := uint64(n)
	if n < 0 {
		abs = -abs
	}
	b := make([]byte, 0, 9)
	for ; abs > 0; abs >>= 8 {
		b = append(b, byte(abs))
	}
	var sign byte
	if n < 0 {
		sign = 0x80
	}
	if b[len(b)-1]&0x80 != 0 {
		return append(b, sign)
	}
	b[len(b)-1] |= sign
	return b
}

// decodeNum reads an operand of at most limit bytes. Dash Core reports both of
// its failures as an unknown error, since it throws.
func decodeNum(b []byte, minimal bool, limit int) (int64, error) {
	if len(b) > limit || minimal && !isMinimalNum(b) {
		return 0, ErrUnknown
	}
	if len(b) == 0 {
		return 0, nil
	}
	var n int64
	for i, v := range b {
		n |= int64(v) << (8 * i)
	}
	if top := b[len(b)-1]; top&0x80 != 0 {
		return -(n &^ (0x80 << (8 * (len(b) - 1)))), nil
	}
	return n, nil
}

// isMinimalNum reports whether b has no byte that holds nothing but the sign,
// unless the byte before needs its top bit.
func isMinimalNum(b []byte) bool {
	if len(b) == 0 || b[len(b)-1]&0x7f != 0 {
		return true
	}
	return len(b) > 1 && b[len(b)-2]&0x80 != 0
}

// minimize returns the shortest form of the number in b, which may be of any
// length; it never changes b.
func minimize(b []byte) []byte {
	if isMinimalNum(b) {
		return b
	}
	sign := b[len(b)-1]
	i := len(b) - 1
	for i > 0 && b[i-1] == 0 {
		i--
	}
	if i == 0 {
		return nil
	}
	out := append([]byte(nil), b[:i]...)
	if out[i-1]&0x80 != 0 {
		return append(out, sign)
	}
	out[i-1] |= sign
	return out
}

// clampInt is the number as a 32-bit int, as CScriptNum::getint has it.
func clampInt(n int64) int {
	return int(max(math.MinInt32, min(math.MaxInt32, n)))
}

// asBool is false for every form of zero, the negative one included.
func asBool(b []byte) bool {
	for i, v := range b {
		if v != 0 {
			return i != len(b)-1 || v != 0x80
		}
	}
	return false
}

func fromBool(v bool) []byte {
	if v {
		return []byte{1}
	}
	return nil
}
