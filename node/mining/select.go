package mining

import (
	"container/heap"
	"slices"

	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// maxFailures is after how many packages in a row that did not fit an almost
// full block is taken for full (MAX_CONSECUTIVE_FAILURES).
const maxFailures = 1000

// nearlyFull is how many bytes from its limit a block counts as almost full.
const nearlyFull = 1000

// score is what a transaction is worth together with those of its ancestors
// that are not yet in the block.
type score struct {
	fees, size, sigOps int64
}

// selection fills a block (BlockAssembler::addPackageTxs).
type selection struct {
	// list is the pool, the best first; at finds a transaction in it.
	list []mempool.Entry
	at   map[wire.Hash]int
	// scores are what they are worth in view of what is in the block.
	scores     []score
	in, failed []bool
	// modified are those whose score is another one than in the pool.
	modified []bool
	queue    scoreQueue

	// limits of the block, and what is in it.
	maxSize    uint64
	maxSigOps  int64
	minFeeRate int64
	height     int
	lockTime   int64
	size       uint64
	sigOps     int64
	chosen     []int
}

func (s *selection) prepare() {
	n := len(s.list)
	s.scores, s.in, s.failed, s.modified = make([]score, n), make([]bool, n), make([]bool, n), make([]bool, n)
	s.at = make(map[wire.Hash]int, n)
	for i := range s.list {
		s.at[s.list[i].ID] = i
		s.scores[i] = s.inPool(i)
	}
	s.queue.s = s
}

// inPool is the score of a transaction with all its ancestors.
func (s *selection) inPool(i int) score {
	a := &s.list[i].Ancestors
	return score{a.Fees, a.Size, a.SigOps}
}

// family is a transaction and all that step leads to from it, by way of those
// of which follow approves.
func (s *selection) family(i int, step func(*mempool.Entry) []wire.Hash, follow func(int) bool) []int {
	list, seen := []int{i}, map[int]bool{i: true}
	for n := 0; n < len(list); n++ {
		for _, id := range step(&s.list[list[n]]) {
			if j, ok := s.at[id]; ok && !seen[j] && follow(j) {
				seen[j] = true
				list = append(list, j)
			}
		}
	}
	return list
}

func parents(e *mempool.Entry) []wire.Hash  { return e.Parents }
func children(e *mempool.Entry) []wire.Hash { return e.Children }

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
	failures := 0
	for n := 0; n < len(s.list) || s.queue.Len() > 0; {
		if n < len(s.list) && (s.modified[n] || s.in[n] || s.failed[n]) {
			n++
			continue
		}
		i, fromQueue := s.next(n)
		if !fromQueue {
			n++
		}
		if s.scores[i].fees < standard.Fee(s.minFeeRate, int(s.scores[i].size)) {
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

// next is the better one of entry n of the pool and of those whose score
// changed.
func (s *selection) next(n int) (i int, fromQueue bool) {
	if n == len(s.list) || s.queue.Len() > 0 && s.better(s.queue.top(), n) {
		return s.queue.top(), true
	}
	return n, false
}

// drop gives up on a transaction. It may come again when an ancestor gets into
// the block; as in Dash Core its score then forgets earlier such changes.
func (s *selection) drop(i int, fromQueue bool) {
	if fromQueue {
		s.queue.remove(i)
		s.modified[i], s.failed[i] = false, true
		s.scores[i] = s.inPool(i)
	}
}

// fits reports whether a transaction and its ancestors have room (TestPackage).
func (s *selection) fits(i int) bool {
	return s.size+uint64(s.scores[i].size) < s.maxSize && s.sigOps+s.scores[i].sigOps < s.maxSigOps
}

// group is a transaction with those of its ancestors that are not in the block,
// in an order that is valid in one (SortForBlock).
func (s *selection) group(i int) []int {
	group := s.family(i, parents, func(a int) bool { return !s.in[a] })
	slices.SortFunc(group, func(a, b int) int {
		if d := s.list[a].Ancestors.Count - s.list[b].Ancestors.Count; d != 0 {
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
		s.sigOps += int64(s.list[i].SigOps)
		s.chosen = append(s.chosen, i)
	}
	for _, i := range group {
		e := &s.list[i]
		for _, d := range s.family(i, children, func(int) bool { return true }) {
			if s.in[d] {
				continue
			}
			s.scores[d].fees -= e.ModifiedFee
			s.scores[d].size -= int64(e.Size)
			s.scores[d].sigOps -= int64(e.SigOps)
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
