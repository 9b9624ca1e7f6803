package spv

import (
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

// maxTransactions is more than a block can hold: its largest size in bytes by
// the least that a transaction takes, as Dash Core bounds it.
const maxTransactions = 2_000_000 / 60

// Proof proves that the transactions for which match says so are in a block of
// at least one transaction (CMerkleBlock).
func Proof(header wire.Header, ids []wire.Hash, match func(i int) bool) *msg.MerkleBlock {
	t := tree{ids: ids, matched: make([]bool, len(ids))}
	for i := range ids {
		t.matched[i] = match(i)
	}
	t.build(t.height(), 0)
	return &msg.MerkleBlock{Header: header, Transactions: uint32(len(ids)), Hashes: t.hashes, Flags: t.flags}
}

// matchesType reports whether filters look at a transaction of a block.
func matchesType(tx *wire.Tx) bool {
	if uint16(tx.Version) < wire.SpecialTxVersion {
		return true
	}
	switch tx.Type {
	case wire.TxNormal, wire.TxProRegister, wire.TxProUpService, wire.TxProUpRegistrar, wire.TxProUpRevoke, wire.TxCoinbase,
		wire.TxAssetLock, wire.TxAssetUnlock:
		return true
	}
	return false
}

// FilterBlock proves which transactions of a block a filter matches, and returns
// their indices. The filter grows by them.
func FilterBlock(b *wire.Block, f *Filter) (m *msg.MerkleBlock, matched []int) {
	ids := make([]wire.Hash, len(b.Txs))
	for i, tx := range b.Txs {
		ids[i] = tx.ID()
	}
	m = Proof(b.Header, ids, func(i int) bool {
		if !matchesType(b.Txs[i]) || !f.Match(b.Txs[i]) {
			return false
		}
		matched = append(matched, i)
		return true
	})
	return m, matched
}

// tree is a Merkle tree of which a part is written.
type tree struct {
	ids     []wire.Hash
	matched []bool

	hashes []wire.Hash
	flags  []byte
	bits   int
}

// width is the number of nodes at a height above the n leaves.
func width(n, height int) int { return (n + 1<<height - 1) >> height }

func (t *tree) height() int {
	h := 0
	for width(len(t.ids), h) > 1 {
		h++
	}
	return h
}

func (t *tree) flag(set bool) {
	if t.bits%8 == 0 {
		t.flags = append(t.flags, 0)
	}
	if set {
		t.flags[t.bits/8] |= 1 << (t.bits % 8)
	}
	t.bits++
}

// build writes a node and, below it, what leads to matches (TraverseAndBuild).
func (t *tree) build(height, pos int) {
	parent := false
	for p := pos << height; p < (pos+1)<<height && p < len(t.ids); p++ {
		parent = parent || t.matched[p]
	}
	t.flag(parent)
	if height == 0 || !parent {
		t.hashes = append(t.hashes, t.hash(height, pos))
		return
	}
	t.build(height-1, 2*pos)
	if 2*pos+1 < width(len(t.ids), height-1) {
		t.build(height-1, 2*pos+1)
	}
}

func (t *tree) hash(height, pos int) wire.Hash {
	first := pos << height
	leaves := append([]wire.Hash(nil), t.ids[first:min(first+1<<height, len(t.ids))]...)
	// The last node of an odd level is doubled up to this height, also where a
	// tree of these leaves alone would end lower.
	for ; height > 0; height-- {
		if len(leaves)%2 == 1 {
			leaves = append(leaves, leaves[len(leaves)-1])
		}
		for i := range len(leaves) / 2 {
			leaves[i] = join(leaves[2*i], leaves[2*i+1])
		}
		leaves = leaves[:len(leaves)/2]
	}
	return leaves[0]
}

func join(a, b wire.Hash) wire.Hash {
	var both [2 * wire.HashSize]byte
	copy(both[:], a[:])
	copy(both[wire.HashSize:], b[:])
	return wire.DoubleSHA256(both[:])
}

// Extract returns the transactions that a proof is about and the Merkle root
// that it leads to, which the caller compares with the header's; ok is false if
// it is malformed (ExtractMatches).
func Extract(m *msg.MerkleBlock) (root wire.Hash, matches []wire.Hash, ok bool) {
	n := int(m.Transactions)
	if n == 0 || m.Transactions > maxTransactions || len(m.Hashes) > n || 8*len(m.Flags) < len(m.Hashes) {
		return root, nil, false
	}
	x := extractor{m: m, n: n}
	height := 0
	for width(n, height) > 1 {
		height++
	}
	root = x.walk(height, 0)
	if x.bad || (x.bits+7)/8 != len(m.Flags) || x.used != len(m.Hashes) {
		return wire.Hash{}, nil, false
	}
	return root, x.matches, true
}

type extractor struct {
	m          *msg.MerkleBlock
	n          int
	bits, used int
	matches    []wire.Hash
	bad        bool
}

// walk returns the hash of a node (TraverseAndExtract).
func (x *extractor) walk(height, pos int) wire.Hash {
	if x.bad || x.bits >= 8*len(x.m.Flags) {
		x.bad = true
		return wire.Hash{}
	}
	parent := x.m.Flags[x.bits/8]>>(x.bits%8)&1 == 1
	x.bits++
	if height == 0 || !parent {
		if x.used >= len(x.m.Hashes) {
			x.bad = true
			return wire.Hash{}
		}
		h := x.m.Hashes[x.used]
		x.used++
		if height == 0 && parent {
			x.matches = append(x.matches, h)
		}
		return h
	}
	left := x.walk(height-1, 2*pos)
	right := left
	if 2*pos+1 < width(x.n, height-1) {
		if right = x.walk(height-1, 2*pos+1); right == left {
			x.bad = true // ids differ: equal branches are those of CVE-2012-2459
		}
	}
	return join(left, right)
}
