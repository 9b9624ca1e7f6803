package chain

import (
	"slices"

	"dashmp/node/arith"
	"dashmp/node/blockfile"
	"dashmp/node/consensus"
	"dashmp/node/pow"
	"dashmp/node/wire"
)

// Status says how far a block was checked and what of it is on disk. The bits
// are those of Dash Core's BlockStatus.
type Status uint32

// The levels of validity, each of which includes the ones before.
const (
	ValidTree         Status = 2 // header, its ancestors, work and time
	ValidTransactions Status = 3 // the block by itself
	ValidChain        Status = 4 // amounts and spending
	ValidScripts      Status = 5 // everything
	validMask         Status = 7
)

// The flags.
const (
	HaveData Status = 8
	HaveUndo Status = 16
	// FailedValid: the block breaks a rule, or an operator said so.
	FailedValid Status = 32
	// FailedChild: an ancestor does.
	FailedChild Status = 64
	failedMask         = FailedValid | FailedChild
	// ConflictChainLock: the block conflicts with a ChainLock.
	ConflictChainLock Status = 128
	// unverified: this build lacks what decides; kept in memory only.
	unverified Status = 1 << 16
	// onDisk: the index on disk has the header; kept in memory only.
	onDisk     Status = 1 << 17
	storedMask        = unverified - 1
)

// Index is a header in the tree. What its methods return never changes.
type Index struct {
	hash    wire.Hash
	merkle  wire.Hash
	work    arith.Uint256
	parent  *Index
	skip    *Index
	height  int32
	version int32
	time    uint32
	bits    uint32
	nonce   uint32
	timeMax uint32

	// The rest is guarded by Manager.mu.

	status Status
	txs    uint32
	// chainTxs counts the transactions up to here; 0 unless the blocks of all
	// ancestors have been here.
	chainTxs uint64
	file     uint32
	data     uint32
	undo     uint32
	// sequence is the order of arrival; lower is preferred among equal work.
	sequence int32
}

// newIndex makes an entry whose parent is nil only for a genesis block.
func newIndex(hash wire.Hash, h *wire.Header, parent *Index) *Index {
	x := &Index{
		hash: hash, merkle: h.MerkleRoot, parent: parent, version: h.Version, time: h.Time, bits: h.Bits,
		nonce: h.Nonce, timeMax: h.Time, work: pow.Work(h.Bits),
	}
	if parent != nil {
		x.height = parent.height + 1
		x.work = parent.work.Add(x.work)
		x.timeMax = max(x.timeMax, parent.timeMax)
		x.skip = parent.AncestorAt(skipHeight(int(x.height)))
	}
	return x
}

// Hash is the block's hash.
func (x *Index) Hash() wire.Hash { return x.hash }

// Header is the block's header.
func (x *Index) Header() wire.Header {
	h := wire.Header{Version: x.version, MerkleRoot: x.merkle, Time: x.time, Bits: x.bits, Nonce: x.nonce}
	if x.parent != nil {
		h.PrevBlock = x.parent.hash
	}
	return h
}

// Height is the number of ancestors.
func (x *Index) Height() int { return int(x.height) }

// Version is the header's.
func (x *Index) Version() int32 { return x.version }

// Time is the header's, in seconds since the epoch.
func (x *Index) Time() uint32 { return x.time }

// TimeMax is the latest time of the block and its ancestors.
func (x *Index) TimeMax() uint32 { return x.timeMax }

// Bits is the header's target in compact form.
func (x *Index) Bits() uint32 { return x.bits }

// Work is that of the whole chain up to the block.
func (x *Index) Work() arith.Uint256 { return x.work }

// Parent is the block before, nil for the genesis block.
func (x *Index) Parent() *Index { return x.parent }

// Prev implements consensus.Block.
func (x *Index) Prev() consensus.Block { return asBlock(x.parent) }

// Ancestor implements consensus.Block.
func (x *Index) Ancestor(height int) consensus.Block { return asBlock(x.AncestorAt(height)) }

func asBlock(x *Index) consensus.Block {
	if x == nil {
		return nil
	}
	return x
}

// MedianTime is the median time past, in seconds since the epoch.
func (x *Index) MedianTime() int64 { return consensus.MedianTimePast(x) }

// skipHeight is where the skip pointer of the block at a height leads: clearing
// low bits gives a way of O(log n) steps to any ancestor (Dash Core:
// src/chain.cpp, GetSkipHeight).
func skipHeight(n int) int {
	if n < 2 {
		return 0
	}
	if n&1 == 0 {
		return n & (n - 1)
	}
	n-- // an odd height clears two bits of the even one below it
	n &= n - 1
	return n&(n-1) + 1
}

// AncestorAt is the ancestor at a height, x itself included; nil if the height
// is negative or above x.
func (x *Index) AncestorAt(height int) *Index {
	if x == nil || height < 0 || height > int(x.height) {
		return nil
	}
	for int(x.height) > height {
		to, next := skipHeight(int(x.height)), skipHeight(int(x.height)-1)
		// The parent's pointer may lead further without going too far.
		better := next >= height && next < to-2
		if x.skip != nil && (to == height || to > height && !better) {
			x = x.skip
		} else {
			x = x.parent
		}
	}
	return x
}

// Fork is the last common ancestor of two blocks, nil if there is none.
func Fork(a, b *Index) *Index {
	if a == nil || b == nil {
		return nil
	}
	height := int(min(a.height, b.height))
	a, b = a.AncestorAt(height), b.AncestorAt(height)
	for a != b {
		a, b = a.parent, b.parent
	}
	return a
}

// worse orders candidates: less work, then later arrival, then the hash, which
// only decides between blocks of before the last start.
func worse(a, b *Index) bool { return order(a, b) < 0 }

func order(a, b *Index) int {
	if n := a.work.Cmp(b.work); n != 0 {
		return n
	}
	if a.sequence != b.sequence {
		if a.sequence > b.sequence {
			return -1
		}
		return 1
	}
	return b.hash.Compare(a.hash)
}

// valid reports whether the block reached a level and did not fail.
func (x *Index) valid(level Status) bool {
	return x.status&failedMask == 0 && x.status&validMask >= level
}

// raise lifts the level of a block that did not fail.
func (x *Index) raise(level Status) bool {
	if x.status&failedMask != 0 || x.status&validMask >= level {
		return false
	}
	x.status = x.status&^validMask | level
	return true
}

func (x *Index) pos() blockfile.Pos { return blockfile.Pos{File: x.file, Offset: x.data} }

// candidates are the blocks that may become the tip, the best last.
type candidates struct{ list []*Index }

func (c *candidates) find(x *Index) (int, bool) { return slices.BinarySearchFunc(c.list, x, order) }

func (c *candidates) add(x *Index) {
	if at, found := c.find(x); !found {
		c.list = slices.Insert(c.list, at, x)
	}
}

func (c *candidates) remove(x *Index) {
	if at, found := c.find(x); found {
		c.list = slices.Delete(c.list, at, at+1)
	}
}

func (c *candidates) best() *Index {
	if len(c.list) == 0 {
		return nil
	}
	return c.list[len(c.list)-1]
}

// prune removes all that are worse than the tip.
func (c *candidates) prune(tip *Index) {
	at, _ := c.find(tip)
	clear(c.list[:at])
	c.list = c.list[at:]
}
