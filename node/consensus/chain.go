package consensus

import (
	"slices"

	"dashmp/node/wire"
)

// Block is a block in its chain, as far as rules look back. It also satisfies
// pow.Block. A nil Block is the parent of the genesis block; a Block must never
// hold a nil pointer.
type Block interface {
	// Prev is the parent, nil for the genesis block.
	Prev() Block
	// Ancestor is the block at height on the way to genesis, the block itself
	// included; nil if height is negative or above it.
	Ancestor(height int) Block
	Height() int
	Hash() wire.Hash
	Version() int32
	// Time is the header's, in seconds since the epoch.
	Time() uint32
	Bits() uint32
}

// Coin is an unspent output with what consensus must know of its origin. It has
// the fields of coins.Coin and converts from it.
type Coin struct {
	Out wire.TxOut
	// Height is that of the block which holds the output.
	Height   uint32
	Coinbase bool
}

const medianSpan = 11

// MedianTimePast is the median time of b and the ten blocks before it, in
// seconds since the epoch; at the start of the chain of as many as there are.
func MedianTimePast(b Block) int64 {
	var times [medianSpan]uint32
	n := 0
	for ; n < medianSpan && b != nil; n++ {
		times[n] = b.Time()
		b = b.Prev()
	}
	slices.Sort(times[:n])
	return int64(times[n/2])
}

// nextHeight is the height of the block after prev.
func nextHeight(prev Block) int {
	if prev == nil {
		return 0
	}
	return prev.Height() + 1
}
