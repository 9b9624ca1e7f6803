package mining

import (
	"container/heap"
	"slices"

	"dashmp/node/consensus"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// Candidate is a transaction of the memory pool.
type Candidate struct {
	Tx *wire.Tx
	ID wire.Hash
	// Fee is what it pays, ModifiedFee what it counts for
	// (prioritisetransaction), in duffs.
	Fee, ModifiedFee int64
	// Size is in bytes; SigOps is counted as in a block.
	Size, SigOps int
	// Parents are the positions of those it spends from.
	Parents []int
}

// maxFailures is after how many packages in a row that did not fit an almost
// full block is taken for full (MAX_CONSECUTIVE_FAILURES).
const maxFailures = 1000

// nearlyFull is how many bytes from its limit a block counts as almost full.
const nearlyFull = 1000

// score is what a transaction is worth together with those of its ancestors
// that are not yet in the block.
type score struct {
	fees         int64
	size, sigOps int
}

// selection fills a block (BlockAssembler::addPackageTxs).
type selection struct {
	list []Candidate
	// ancestors and descendants are by position, without the transaction itself.
	ancestors   [][]int
	descendants [][]int
	// base are the scores in the pool, scores those in the block so far.
	base, scores []score
	in, failed   []bool
	// modified are those whose score has changed since the pool was sorted.
	modified []bool
	queue    scoreQueue

	// limits of the block, and what is in it.
	maxSize    uint64
	maxSigOps  int
	minFeeRate int64
	height     int
	lockTime   int64
	size       uint64
	sigOps     int
	chosen     []int
}

func (s *selection) prepare() {
	n := len(s.list)
	s.ancestors, s.descendants = make([][]int, n), make([][]int, n)
	s.scores, s.in, s.failed, s.modified = make([]score, n), make([]bool, n), make([]bool, n), make([]bool, n)
	for i := range s.list {
		c := &s.list[i]
		for _, p := range c.Parents {
			s.ancestors[i] = append(append(s.ancestors[i], p), s.ancestors[p]...)
		}
		if len(c.Parents) > 1 {
			slices.Sort(s.ancestors[i])
			s.ancestors[i] = slices.Compact(s.ancestors[i])
		}
		s.scores[i] = score{c.ModifiedFee, c.Size, c.SigOps}
		for _, a := range s.ancestors[i] {
			s.descendants[a] = append(s.descendants[a], i)
			s.scores[i].fees += s.list[a].ModifiedFee
			s.scores[i].size += s.list[a].Size
			s.scores[i].sigOps += s.list[a].SigOps
		}
	}
	s.base = slices.Clone(s.scores)
	s.queue.s = s
}

// worth is the rate that counts: the lower one of the transaction alone and with
// its ancestors, as a fee and a size.
func (s *selection) worth(i int) (fee, size float64) {
	c, with := &s.list[i], &s.scores[i]
	if float64(c.ModifiedFee)*float64(with.size) > float64(with.fees)*float64(c.Size) {
		return float64(with.fees), float64(with.size)
	}
	return float64(c.ModifiedFee), float64(c.Size)
}

// better is the order in which transactions are looked at
// (CompareTxMemPoolEntryByAncestorFee).
func (s *selection) better(a, b int) bool {
	feeA, sizeA := s.worth(a)
	feeB, sizeB := s.worth(b)
	x, y := feeA*sizeB, sizeA*feeB
	if x == y {
		return s.list[a].ID.Compare(s.list[b].ID) < 0
	}
	return x > y
}

// run chooses. Positions of what was chosen are in the order of the block.
func (s *selection) run() {
	if len(s.list) == 0 {
		return
	}
	s.prepare()
	order := make([]int, len(s.list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if a != b && s.better(a, b) {
			return -1
		}
		return 1
	})
	failures := 0
	for len(order) > 0 || s.queue.Len() > 0 {
		if len(order) > 0 && (s.modified[order[0]] || s.in[order[0]] || s.failed[order[0]]) {
			order = order[1:]
			continue
		}
		i, fromQueue := s.next(&order)
		if s.scores[i].fees < standard.Fee(s.minFeeRate, s.scores[i].size) {
			return // whatever is left pays less
		}
		if !s.fits(i) {
			s.drop(i, fromQueue)
			if failures++; failures > maxFailures && s.size > s.maxSize-nearlyFull {
				return
			}
			continue
		}
		group := s.group(i)
		if !s.final(group) {
			s.drop(i, fromQueue)
			continue
		}
		failures = 0
		s.add(group)
	}
}

// next is the best of the sorted pool and of those whose score changed.
func (s *selection) next(order *[]int) (i int, fromQueue bool) {
	switch {
	case len(*order) == 0:
		return s.queue.top(), true
	case s.queue.Len() > 0 && s.better(s.queue.top(), (*order)[0]):
		return s.queue.top(), true
	}
	i = (*order)[0]
	*order = (*order)[1:]
	return i, false
}

// drop gives up on a transaction. It may come again when an ancestor gets into
// the block; as in Dash Core its score then forgets earlier such changes.
func (s *selection) drop(i int, fromQueue bool) {
	if fromQueue {
		s.queue.remove(i)
		s.modified[i], s.failed[i] = false, true
		s.scores[i] = s.base[i]
	}
}

// fits reports whether a transaction and its ancestors have room (TestPackage).
func (s *selection) fits(i int) bool {
	return s.size+uint64(s.scores[i].size) < s.maxSize && s.sigOps+s.scores[i].sigOps < s.maxSigOps
}

// group is a transaction with those of its ancestors that are not in the block,
// in an order that is valid in one (SortForBlock).
func (s *selection) group(i int) []int {
	group := []int{i}
	for _, a := range s.ancestors[i] {
		if !s.in[a] {
			group = append(group, a)
		}
	}
	slices.SortFunc(group, func(a, b int) int {
		if d := len(s.ancestors[a]) - len(s.ancestors[b]); d != 0 {
			return d
		}
		return s.list[a].ID.Compare(s.list[b].ID)
	})
	return group
}

func (s *selection) final(group []int) bool {
	for _, i := range group {
		if !consensus.IsFinal(s.list[i].Tx, s.height, s.lockTime) {
			return false
		}
	}
	return true
}

// add puts a group into the block and takes it off its descendants' scores
// (UpdatePackagesForAdded).
func (s *selection) add(group []int) {
	for _, i := range group {
		if s.modified[i] {
			s.queue.remove(i)
			s.modified[i] = false
		}
		s.in[i] = true
		s.size += uint64(s.list[i].Size)
		s.sigOps += s.list[i].SigOps
		s.chosen = append(s.chosen, i)
	}
	for _, i := range group {
		c := &s.list[i]
		for _, d := range s.descendants[i] {
			if s.in[d] {
				continue
			}
			s.scores[d].fees -= c.ModifiedFee
			s.scores[d].size -= c.Size
			s.scores[d].sigOps -= c.SigOps
			if s.modified[d] {
				s.queue.fix(d)
			} else {
				s.modified[d] = true
				heap.Push(&s.queue, d)
			}
		}
	}
}

// scoreQueue is a heap of positions, the best on top.
type scoreQueue struct {
	s     *selection
	items []int
	at    map[int]int // where a position is in items
}

func (q *scoreQueue) Len() int           { return len(q.items) }
func (q *scoreQueue) Less(i, j int) bool { return q.s.better(q.items[i], q.items[j]) }
func (q *scoreQueue) Swap(i, j int) {
	q.items[i], q.items[j] = q.items[j], q.items[i]
	q.at[q.items[i]], q.at[q.items[j]] = i, j
}

// Push implements heap.Interface.
func (q *scoreQueue) Push(x any) {
	if q.at == nil {
		q.at = map[int]int{}
	}
	i := x.(int) //nolint:forcetypeassert // only positions are pushed
	q.at[i] = len(q.items)
	q.items = append(q.items, i)
}

// Pop implements heap.Interface.
func (q *scoreQueue) Pop() any {
	i := q.items[len(q.items)-1]
	q.items = q.items[:len(q.items)-1]
	delete(q.at, i)
	return i
}

func (q *scoreQueue) top() int     { return q.items[0] }
func (q *scoreQueue) remove(i int) { heap.Remove(q, q.at[i]) }
func (q *scoreQueue) fix(i int)    { heap.Fix(q, q.at[i]) }
