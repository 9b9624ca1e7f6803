package pow

import (
	"math"

	"dashmp/node/arith"
	"dashmp/node/params"
	"dashmp/node/wire"
)

// ErrDiffBits is the reject reason of a block with the wrong target.
const ErrDiffBits ErrorKind = "bad-diffbits"

// ErrorKind is a reason for which Dash Core refuses a block, in its words.
type ErrorKind string

func (k ErrorKind) Error() string { return string(k) }

// Block is a block in its chain. Prev of the block at height 0 is not called.
type Block[T any] interface {
	Prev() T
	Height() int
	// Time is the header's, in seconds since the epoch.
	Time() uint32
	Bits() uint32
}

// NextBits is the target, in compact form, that the block after tip must have
// if its header's time is blockTime.
//
// Source of the rule: GetNextWorkRequired in Dash Core's src/pow.cpp.
func NextBits[T Block[T]](tip T, blockTime uint32, c *params.Consensus) uint32 {
	limit := c.PowLimit.Compact()
	height := tip.Height()
	if height < c.MinimumDifficultyBlocks {
		return limit
	}
	if height+1 < c.PowKGWHeight {
		return nextBitsBitcoin(tip, blockTime, c)
	}
	if c.PowNoRetargeting {
		return limit
	}
	if c.PowAllowMinDifficultyBlocks {
		late := int64(blockTime) - int64(tip.Time())
		if late > 2*60*60 {
			return limit
		}
		if late > c.PowTargetSpacing*4 {
			target, _, _ := arith.FromCompact(tip.Bits())
			return capped(target.Mul64(10), c)
		}
	}
	if height+1 < c.PowDGWHeight {
		return kimotoGravityWell(tip, c)
	}
	return darkGravityWave(tip, c)
}

// preDGW3Height is the last main network height whose target is only checked
// to be near the rule's: the first versions of Dark Gravity Wave differed by
// platform.
const preDGW3Height = 68589

// CheckBits checks a header's target against the rule: exactly, but on the
// main network up to height 68589 only to within half of its difficulty. The
// error is ErrDiffBits.
//
// Source of the rule: ContextualCheckBlockHeader in Dash Core's src/validation.cpp.
func CheckBits[T Block[T]](tip T, h *wire.Header, p *params.Params) error {
	want := NextBits(tip, h.Time, &p.Consensus)
	if h.Bits == want {
		return nil
	}
	if p.Network != params.Main || tip.Height()+1 > preDGW3Height {
		return ErrDiffBits
	}
	n1, n2 := Difficulty(h.Bits), Difficulty(want)
	if math.Abs(n1-n2) > n1*0.5 {
		return ErrDiffBits
	}
	return nil
}

// capped is t in compact form, at most the network's limit.
func capped(t arith.Uint256, c *params.Consensus) uint32 {
	if t.Cmp(c.PowLimit) > 0 {
		t = c.PowLimit
	}
	return t.Compact()
}

// scaled is t * actual / target. Dash Core's product takes a 32-bit factor.
func scaled(t arith.Uint256, actual, target int64) arith.Uint256 {
	return t.Mul64(uint64(uint32(actual))).Div64(uint64(target))
}

// nextBitsBitcoin changes the target once per interval, as Bitcoin does
// (GetNextWorkRequiredBTC, CalculateNextWorkRequired).
func nextBitsBitcoin[T Block[T]](tip T, blockTime uint32, c *params.Consensus) uint32 {
	// A devnet's spacing may exceed the timespan; Dash Core then divides by
	// zero and dies, which is no rule to follow.
	interval := max(c.DifficultyAdjustmentInterval(), 1)
	if (int64(tip.Height())+1)%interval != 0 {
		if !c.PowAllowMinDifficultyBlocks {
			return tip.Bits()
		}
		limit := c.PowLimit.Compact()
		if int64(blockTime) > int64(tip.Time())+c.PowTargetSpacing*2 {
			return limit
		}
		// The last block that did not have the limit for being late.
		b := tip
		for b.Height() > 0 && int64(b.Height())%interval != 0 && b.Bits() == limit {
			b = b.Prev()
		}
		return b.Bits()
	}
	if c.PowNoRetargeting {
		return tip.Bits()
	}
	first := tip
	for range interval - 1 {
		first = first.Prev()
	}
	span := int64(tip.Time()) - int64(first.Time())
	span = min(max(span, c.PowTargetTimespan/4), c.PowTargetTimespan*4)
	target, _, _ := arith.FromCompact(tip.Bits())
	return capped(scaled(target, span, c.PowTargetTimespan), c)
}

// darkGravityWave is version 3: the timespan of the last 24 blocks (23
// intervals, measured against 24) scales a weighted mean of their targets, in
// which the latest but one counts for most.
func darkGravityWave[T Block[T]](tip T, c *params.Consensus) uint32 {
	const window = 24
	if tip.Height() < window {
		return c.PowLimit.Compact()
	}
	b := tip
	mean, _, _ := arith.FromCompact(b.Bits())
	for n := uint64(2); n <= window; n++ {
		b = b.Prev()
		target, _, _ := arith.FromCompact(b.Bits())
		mean = mean.Mul64(n).Add(target).Div64(n + 1)
	}
	span := int64(tip.Time()) - int64(b.Time())
	want := window * c.PowTargetSpacing
	span = min(max(span, want/3), want*3)
	return capped(scaled(mean, span, want), c)
}
