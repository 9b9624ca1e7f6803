package fees

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"dashmp/node/wire"
)

// ErrFile: the data is no fee_estimates.dat that can be used.
var ErrFile = errors.New("fees: malformed file")

// Versions in the file: what a reader must be at least, and what wrote it.
const (
	versionRequired = 140100
	versionWritten  = 230102
)

// Bounds of what a file may hold.
const (
	maxBuckets  = 1000
	maxConfirms = 6 * 24 * 7
)

// Append appends the form of Dash Core's fee_estimates.dat: versions and heights
// in 32 bits, then doubles by their bits in lists; little-endian
// (CBlockPolicyEstimator::Write).
func (e *Estimator) Append(b []byte) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	first, best := e.savedFirst, e.savedBest
	if e.span() > e.savedSpan()/2 {
		first, best = e.first, e.best
	}
	for _, n := range []int{versionRequired, versionWritten, e.best, first, best} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = appendDoubles(b, e.stats[Medium].buckets)
	for _, h := range []Horizon{Medium, Short, Long} {
		b = e.stats[h].append(b)
	}
	return b
}

func (s *stats) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.decay))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.scale))
	b = appendDoubles(b, s.rates)
	b = appendDoubles(b, s.count)
	for _, m := range [][][]float64{s.mined, s.failed} {
		b = wire.AppendCompactSize(b, uint64(len(m)))
		for _, row := range m {
			b = appendDoubles(b, row)
		}
	}
	return b
}

func appendDoubles(b []byte, list []float64) []byte {
	b = wire.AppendCompactSize(b, uint64(len(list)))
	for _, f := range list {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

// Decode replaces what the estimator knows by the content of a file; an error is
// ErrFile and changes nothing (CBlockPolicyEstimator::Read).
func (e *Estimator) Decode(data []byte) error {
	r := wire.NewReader(data)
	required := r.Uint32()
	r.Uint32() // who wrote it
	best, first, last := r.Uint32(), r.Uint32(), r.Uint32()
	if r.Err() == nil && (required > versionWritten || required < versionRequired) {
		return fmt.Errorf("%w: version %d", ErrFile, required)
	}
	if first > last || last > best || best > math.MaxInt32 {
		return fmt.Errorf("%w: historical block range for estimates is invalid", ErrFile)
	}
	buckets := readDoubles(r)
	if r.Err() == nil && (len(buckets) < 2 || len(buckets) > maxBuckets || !slices.IsSorted(buckets)) {
		return fmt.Errorf("%w: must have between 2 and %d feerate buckets in ascending order", ErrFile, maxBuckets)
	}
	var read [3]*stats
	for _, h := range []Horizon{Medium, Short, Long} {
		var err error
		if read[h], err = readStats(r, buckets); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats, e.best, e.savedFirst, e.savedBest = read, int(best), int(first), int(last)
	e.txs = map[wire.Hash]tracked{}
	return nil
}

func readStats(r *wire.Reader, buckets []float64) (*stats, error) {
	s := &stats{buckets: buckets, decay: math.Float64frombits(r.Uint64()), scale: int(r.Uint32())}
	s.rates, s.count = readDoubles(r), readDoubles(r)
	s.mined, s.failed = readRows(r), readRows(r)
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	switch {
	case !(s.decay > 0 && s.decay < 1):
		return nil, fmt.Errorf("%w: decay must be between 0 and 1 (non-inclusive)", ErrFile)
	case s.scale == 0 || s.scale > maxConfirms || len(s.mined) == 0 || s.maxConfirms() > maxConfirms:
		return nil, fmt.Errorf("%w: must maintain estimates for between 1 and %d confirms", ErrFile, maxConfirms)
	case len(s.failed) != len(s.mined):
		return nil, fmt.Errorf("%w: mismatch in confirms tracked for failures", ErrFile)
	}
	for _, row := range append([][]float64{s.rates, s.count}, slices.Concat(s.mined, s.failed)...) {
		if len(row) != len(buckets) {
			return nil, fmt.Errorf("%w: mismatch in the number of buckets", ErrFile)
		}
	}
	s.begin()
	return s, nil
}

func readDoubles(r *wire.Reader) []float64 {
	list := make([]float64, r.Count(8))
	for i := range list {
		list[i] = math.Float64frombits(r.Uint64())
	}
	return list
}

// readRows reads a list of lists; each takes at least a byte.
func readRows(r *wire.Reader) [][]float64 {
	n := r.Count(1)
	if n > maxConfirms {
		n = 0 // refused, since there is none
	}
	rows := make([][]float64, 0, n)
	for range n {
		rows = append(rows, readDoubles(r))
	}
	return rows
}

// Flush counts what still waits as failed, as before a stop (FlushUnconfirmed).
func (e *Estimator) Flush() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id := range e.txs {
		e.remove(id, false)
	}
}
