package fees

import "sort"

// stats follows confirmations over one horizon (TxConfirmStats). Its owner locks.
type stats struct {
	// buckets are the upper bounds of fee rates, inclusive, ascending.
	buckets []float64
	// Moving averages by bucket: of transactions, and of the sum of their rates.
	count, rates []float64
	// By period and bucket: those mined within so many periods, and those which
	// left unmined after so many.
	mined, failed [][]float64
	decay         float64
	// scale is the length of a period in blocks.
	scale int

	// waiting are those in the mempool, by the height at which they came, modulo
	// the number of blocks followed, and bucket; old are those from before.
	waiting [][]int
	old     []int
}

func newStats(buckets []float64, periods int, decay float64, scale int) *stats {
	s := &stats{
		buckets: buckets, count: make([]float64, len(buckets)), rates: make([]float64, len(buckets)),
		mined: matrix[float64](periods, len(buckets)), failed: matrix[float64](periods, len(buckets)), decay: decay, scale: scale,
	}
	s.begin()
	return s
}

func matrix[T any](rows, columns int) [][]T {
	m := make([][]T, rows)
	for i := range m {
		m[i] = make([]T, columns)
	}
	return m
}

// begin makes the counters that are not saved.
func (s *stats) begin() {
	s.waiting, s.old = matrix[int](s.maxConfirms(), len(s.buckets)), make([]int, len(s.buckets))
}

// maxConfirms is the largest number of blocks followed.
func (s *stats) maxConfirms() int { return s.scale * len(s.mined) }

// bucket is where a fee rate belongs.
func (s *stats) bucket(rate float64) int {
	return min(sort.SearchFloat64s(s.buckets, rate), len(s.buckets)-1)
}

// row are the waiting ones that came at a height. Negative heights wrap around
// at 32 bits, as Dash Core's do: at the start of a chain rows are counted twice.
func (s *stats) row(height int) []int { return s.waiting[uint32(height)%uint32(len(s.waiting))] }

// block begins a block (ClearCurrent, UpdateMovingAverages).
func (s *stats) block(height int) {
	row := s.row(height)
	for j := range row {
		s.old[j] += row[j]
		row[j] = 0
	}
	for j := range s.buckets {
		for i := range s.mined {
			s.mined[i][j] *= s.decay
			s.failed[i][j] *= s.decay
		}
		s.rates[j] *= s.decay
		s.count[j] *= s.decay
	}
}

// record counts one that was mined in the given number of blocks (Record).
func (s *stats) record(blocks int, rate float64) {
	periods, at := (blocks+s.scale-1)/s.scale, s.bucket(rate)
	for i := periods; i <= len(s.mined); i++ {
		s.mined[i-1][at]++
	}
	s.count[at]++
	s.rates[at] += rate
}

func (s *stats) enter(height int, rate float64) { s.row(height)[s.bucket(rate)]++ }

// leave forgets one that came at a height; unless it was mined it counts as
// failed (removeTx).
func (s *stats) leave(height, best int, rate float64, mined bool) {
	ago := best - height
	if best == 0 {
		ago = 0
	}
	if ago < 0 {
		return
	}
	at, row := s.bucket(rate), s.old
	if ago < len(s.waiting) {
		row = s.row(height)
	}
	if row[at] > 0 {
		row[at]--
	}
	if !mined && ago >= s.scale {
		for i := 0; i < ago/s.scale && i < len(s.failed); i++ {
			s.failed[i][at]++
		}
	}
}

// sample is what was counted over a range of buckets.
type sample struct {
	mined, total, failed float64
	waiting              int
}

func (s *stats) take(n *sample, target, period, best, bucket int) {
	n.mined += s.mined[period-1][bucket]
	n.total += s.count[bucket]
	n.failed += s.failed[period-1][bucket]
	for c := target; c < s.maxConfirms(); c++ {
		n.waiting += s.row(best - c)[bucket]
	}
	n.waiting += s.old[bucket]
}

// rangeOf describes the buckets from low to high.
func (s *stats) rangeOf(low, high int, n sample) Range {
	r := Range{
		End: s.buckets[high], WithinTarget: n.mined, TotalConfirmed: n.total, InMempool: float64(n.waiting), LeftMempool: n.failed,
	}
	if low > 0 {
		r.Start = s.buckets[low-1]
	}
	return r
}

// noRange is the absence of a range (EstimatorBucket).
var noRange = Range{Start: -1, End: -1}

// estimate is the median fee rate of the lowest range of buckets of which at
// least the part success was mined within target blocks; negative if there is
// none. Ranges have at least enough transactions per block (EstimateMedianVal).
func (s *stats) estimate(target int, enough, success float64, best int) (float64, Detail) {
	d := Detail{Pass: noRange, Fail: noRange, Decay: s.decay, Scale: s.scale}
	period, last := (target+s.scale-1)/s.scale, len(s.buckets)-1
	var n, passed sample
	low, high, bestLow, bestHigh := last, last, last, last
	partial, found, fresh, passing := 0.0, false, true, true
	for bucket := last; bucket >= 0; bucket-- {
		if fresh {
			high, fresh = bucket, false
		}
		low = bucket
		s.take(&n, target, period, best, bucket)
		if partial += s.count[bucket]; partial < enough/(1-s.decay) {
			continue
		}
		partial = 0
		if n.mined/(n.total+n.failed+float64(n.waiting)) < success {
			if passing {
				d.Fail, passing = s.rangeOf(low, high, n), false
			}
			continue
		}
		d.Fail, found, passing, passed = noRange, true, true, n
		n, bestLow, bestHigh, fresh = sample{}, low, high, true
	}
	median := -1.0
	if found {
		d.Pass = Range{
			Start: -1, End: -1, WithinTarget: passed.mined, TotalConfirmed: passed.total, InMempool: float64(passed.waiting),
			LeftMempool: passed.failed,
		}
		if m, ok := s.median(bestLow, bestHigh); ok {
			median, d.Pass = m, s.rangeOf(bestLow, bestHigh, passed)
		}
	}
	if passing && !fresh {
		d.Fail = s.rangeOf(low, high, n)
	}
	return median, d
}

// median is the average fee rate of the bucket with the median transaction.
func (s *stats) median(low, high int) (float64, bool) {
	sum := 0.0
	for j := low; j <= high; j++ {
		sum += s.count[j]
	}
	if sum == 0 {
		return 0, false
	}
	sum /= 2
	for j := low; j <= high; j++ {
		if s.count[j] >= sum {
			return s.rates[j] / s.count[j], true
		}
		sum -= s.count[j]
	}
	return -1, true
}
