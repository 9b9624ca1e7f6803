package pow

import (
	"math"

	"dashmp/node/arith"
	"dashmp/node/wire"
)

// Target expands bits. ok is false for a target that no block may have:
// negative, zero or beyond 256 bits (the limit of the network is not checked).
func Target(bits uint32) (t arith.Uint256, ok bool) {
	t, negative, overflow := arith.FromCompact(bits)
	return t, !negative && !overflow && !t.IsZero()
}

// Check reports whether hash satisfies bits, and bits the network's limit.
//
// Source of the rule: CheckProofOfWork in Dash Core's src/pow.cpp; a block
// that fails is refused with "high-hash".
func Check(hash wire.Hash, bits uint32, limit arith.Uint256) bool {
	target, ok := Target(bits)
	return ok && target.Cmp(limit) <= 0 && arith.FromHash(hash).Cmp(target) <= 0
}

// Work is the expected number of hashes for a block with these bits: 2^256 /
// (target + 1), and 0 for an impossible target (GetBlockProof).
func Work(bits uint32) arith.Uint256 {
	target, ok := Target(bits)
	if !ok {
		return arith.Uint256{}
	}
	one := arith.FromUint64(1)
	// 2^256 itself does not fit: (2^256 - target - 1) / (target + 1) + 1.
	return target.Not().Div(target.Add(one)).Add(one)
}

// Difficulty is the ratio of the target of bits 0x1d00ffff to that of bits, as
// shown in RPC results and used in the early reward (ConvertBitsToDouble).
func Difficulty(bits uint32) float64 {
	d := 0xffff / float64(bits&0x00ffffff)
	for shift := bits >> 24; shift < 29; shift++ {
		d *= 256
	}
	for shift := bits >> 24; shift > 29; shift-- {
		d /= 256
	}
	return d
}

// EquivalentTime is how many seconds the work between two chains takes at the
// rate of a block with tipBits; negative when from has more
// (GetBlockProofEquivalentTime).
func EquivalentTime(to, from arith.Uint256, tipBits uint32, spacing int64) int64 {
	sign, diff := int64(1), to.Sub(from)
	if to.Cmp(from) <= 0 {
		sign, diff = -1, from.Sub(to)
	}
	proof := Work(tipBits)
	if proof.IsZero() {
		return 0
	}
	seconds := diff.Mul64(uint64(spacing)).Div(proof)
	if seconds.BitLen() > 63 {
		return sign * math.MaxInt64
	}
	return sign * int64(seconds[0])
}
