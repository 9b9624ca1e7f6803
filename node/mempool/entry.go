package mempool

import (
	"math"

	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/wire"
)

// set is a set of entries.
type set map[*entry]struct{}

func (s set) has(e *entry) bool {
	_, ok := s[e]
	return ok
}

// entry is a transaction in the pool (CTxMemPoolEntry).
type entry struct {
	tx     *wire.Tx
	id     wire.Hash
	fee    int64
	size   int
	sigOps int
	// usage is what tx takes in memory, as Dash Core would count it.
	usage int64
	// time is in seconds, height the tip's when it came.
	time           int64
	height         int
	spendsCoinbase bool
	// locks hold as long as lockBlock, the youngest block with a coin that it
	// spends, is in the active chain (LockPoints).
	locks     consensus.Locks
	lockBlock *chain.Index
	// sequence is the pool's number of its coming.
	sequence uint64

	modified          int64
	parents, children set
	// anc and desc include the entry itself.
	anc, desc Sums

	order           uint64 // of entering
	byScore, byTime int    // places in the heaps
}

// begin makes the sums those of an entry alone.
func (e *entry) begin() {
	e.modified = e.fee
	e.parents, e.children = set{}, set{}
	e.anc = Sums{Count: 1, Size: int64(e.size), Fees: e.fee, SigOps: int64(e.sigOps)}
	e.desc = Sums{Count: 1, Size: int64(e.size), Fees: e.fee}
}

// addFee changes the modified fee of e alone (UpdateModifiedFee).
func (e *entry) addFee(delta int64) {
	e.modified = saturate(e.modified, delta)
	e.anc.Fees = saturate(e.anc.Fees, delta)
	e.desc.Fees = saturate(e.desc.Fees, delta)
}

// own are the sums of e alone, with its modified fee.
func (e *entry) own() Sums {
	return Sums{Count: 1, Size: int64(e.size), Fees: e.modified, SigOps: int64(e.sigOps)}
}

// add adds d, or takes it away if sign is -1.
func (s *Sums) add(d Sums, sign int) {
	s.Count += sign * d.Count
	s.Size += int64(sign) * d.Size
	s.Fees = saturate(s.Fees, int64(sign)*d.Fees)
	s.SigOps += int64(sign) * d.SigOps
}

// saturate adds without overflow (SaturatingAdd).
func saturate(a, b int64) int64 {
	switch {
	case b > 0 && a > math.MaxInt64-b:
		return math.MaxInt64
	case b < 0 && a < math.MinInt64-b:
		return math.MinInt64
	}
	return a + b
}

// evictBefore orders entries by the better of their own fee rate and that with
// their descendants, the worst first, of equal ones the youngest
// (CompareTxMemPoolEntryByDescendantScore).
func evictBefore(a, b *entry) bool {
	af, as := a.descendantScore()
	bf, bs := b.descendantScore()
	if l, r := af*bs, as*bf; l != r {
		return l < r
	}
	if a.time != b.time {
		return a.time > b.time
	}
	return a.order > b.order
}

func (e *entry) descendantScore() (fee, size float64) {
	if float64(e.desc.Fees)*float64(e.size) > float64(e.modified)*float64(e.desc.Size) {
		return float64(e.desc.Fees), float64(e.desc.Size)
	}
	return float64(e.modified), float64(e.size)
}

// mineBefore orders entries by the worse of their own fee rate and that with
// their ancestors, the best first (CompareTxMemPoolEntryByAncestorFee).
func mineBefore(a, b *entry) int {
	af, as := a.ancestorScore()
	bf, bs := b.ancestorScore()
	switch l, r := af*bs, as*bf; {
	case l > r:
		return -1
	case l < r:
		return 1
	}
	return a.id.Compare(b.id)
}

func (e *entry) ancestorScore() (fee, size float64) {
	if float64(e.modified)*float64(e.anc.Size) > float64(e.anc.Fees)*float64(e.size) {
		return float64(e.anc.Fees), float64(e.anc.Size)
	}
	return float64(e.modified), float64(e.size)
}

// announceBefore orders entries so that parents precede children and good fee
// rates bad ones; what operators added is not shown by it
// (DepthAndScoreComparator).
func announceBefore(a, b *entry) int {
	if a.anc.Count != b.anc.Count {
		return a.anc.Count - b.anc.Count
	}
	switch l, r := float64(a.fee)*float64(b.size), float64(b.fee)*float64(a.size); {
	case l > r:
		return -1
	case l < r:
		return 1
	}
	return b.id.Compare(a.id)
}
