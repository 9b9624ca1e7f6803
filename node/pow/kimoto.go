package pow

import (
	_ "embed"
	"encoding/binary"
	"math"

	"dashmp/node/arith"
	"dashmp/node/params"
)

// kimotoDeviations holds, for every number of blocks m from 1 to 4032 (the
// most a main network window spans), 1 + 0.7084 * (m/28.2)^-1.228 as
// little-endian doubles. Go's math.Pow may differ from the C library's in the
// last bit, which a consensus rule cannot afford; a test recomputes each value
// from a correctly rounded power, on which the C library agrees for all.
//
//go:embed kimoto.bin
var kimotoDeviations string

// eventHorizon is how far the rate of the last m blocks may deviate.
func eventHorizon(m uint64) float64 {
	var b [8]byte
	copy(b[:], kimotoDeviations[8*(m-1):])
	return math.Float64frombits(binary.LittleEndian.Uint64(b[:]))
}

// kimotoGravityWell looks back until the blocks' rate has left the event
// horizon, at least 14 and at most 4032 blocks on the main network, and scales
// the mean of their targets by that rate (KimotoGravityWell).
func kimotoGravityWell[T Block[T]](tip T, c *params.Consensus) uint32 {
	// Timespan times 0.025 and times 7.
	fewest := uint64(float64(c.PowTargetTimespan)*0.025) / uint64(c.PowTargetSpacing)
	most := min(uint64(c.PowTargetTimespan*7)/uint64(c.PowTargetSpacing), uint64(len(kimotoDeviations)/8))
	if tip.Height() == 0 || uint64(tip.Height()) < fewest {
		return c.PowLimit.Compact()
	}
	var mean arith.Uint256
	var actual, want int64
	b := tip
	for m := uint64(1); b.Height() > 0 && m <= most; m++ {
		mean = runningMean(mean, b.Bits(), m)
		actual = max(int64(tip.Time())-int64(b.Time()), 0)
		want = c.PowTargetSpacing * int64(m)
		ratio := 1.0
		if actual != 0 && want != 0 {
			ratio = float64(want) / float64(actual)
		}
		fast := eventHorizon(m)
		if m >= fewest && (ratio <= 1/fast || ratio >= fast) {
			break
		}
		b = b.Prev()
	}
	if actual != 0 && want != 0 {
		mean = scaled(mean, actual, want)
	}
	return capped(mean, c)
}

// runningMean adds the m-th target to a mean of m-1, with the distance to it
// divided by m, rounded towards the mean.
func runningMean(mean arith.Uint256, bits uint32, m uint64) arith.Uint256 {
	target, _, _ := arith.FromCompact(bits)
	switch {
	case m == 1:
		return target
	case target.Cmp(mean) >= 0:
		return mean.Add(target.Sub(mean).Div64(m))
	default:
		return mean.Sub(mean.Sub(target).Div64(m))
	}
}
