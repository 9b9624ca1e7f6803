package arith

// FromCompact expands a target from its compact form: one byte of size, a sign
// bit and 23 bits of mantissa. negative and overflow tell what a Uint256
// cannot hold; as in arith_uint256::SetCompact the number is then what is left.
func FromCompact(bits uint32) (u Uint256, negative, overflow bool) {
	size, word := uint(bits>>24), bits&0x007fffff
	if size <= 3 {
		word >>= 8 * (3 - size)
		u = FromUint64(uint64(word))
	} else {
		u = FromUint64(uint64(word)).Lsh(8 * (size - 3))
	}
	negative = word != 0 && bits&0x00800000 != 0
	overflow = word != 0 && (size > 34 || word > 0xff && size > 33 || word > 0xffff && size > 32)
	return u, negative, overflow
}

// Compact is u in compact form, the mantissa's lower bits cut off
// (arith_uint256::GetCompact of a non-negative number).
func (u Uint256) Compact() uint32 {
	size := uint32(u.BitLen()+7) / 8
	var c uint32
	if size <= 3 {
		c = uint32(u[0] << (8 * (3 - size)))
	} else {
		c = uint32(u.Rsh(uint(8 * (size - 3)))[0])
	}
	// The mantissa's highest bit is the sign: make room for it.
	if c&0x00800000 != 0 {
		c >>= 8
		size++
	}
	return c | size<<24
}
