package fees

import (
	"fmt"
	"log/slog"
	"math"
	"sync"

	"dashmp/node/wire"
)

// Tx is a transaction as the estimator sees it.
type Tx struct {
	ID wire.Hash
	// Height is that of the tip when it entered the mempool.
	Height int
	// FeeRate is in duffs per 1000 bytes, without what operators add.
	FeeRate int64
}

// Horizon is how far back an estimate looks.
type Horizon uint8

// The horizons.
const (
	Short  Horizon = iota // 12 blocks
	Medium                // 48 blocks
	Long                  // 1008 blocks
)

// Horizons returns all, in the order in which RPCs show them.
func Horizons() []Horizon { return []Horizon{Short, Medium, Long} }

// String is the horizon's name in RPCs.
func (h Horizon) String() string { return [...]string{"short", "medium", "long"}[h] }

// Range tells of a range of fee rates, in duffs per 1000 bytes, and of the
// transactions counted in it (EstimatorBucket). Start is -1 of no range.
type Range struct {
	Start, End                                           float64
	WithinTarget, TotalConfirmed, InMempool, LeftMempool float64
}

// Detail is how an estimate came about (EstimationResult).
type Detail struct {
	Pass, Fail Range
	Decay      float64
	// Scale is the length of a period in blocks.
	Scale int
}

// Parameters of Dash Core's src/policy/fees.h.
const (
	minRate, maxRate, rateSpacing = 1000, 1e7, 1.05
	infinite                      = 1e99

	halfSuccess, success, doubleSuccess = .6, .85, .95
	// Transactions per block that a range must have.
	enoughShort, enough = 0.5, 0.1
	// oldestHistory is how old saved history may be, in blocks.
	oldestHistory = 6 * 1008
)

// tracked is a transaction that has not been mined.
type tracked struct {
	height int
	rate   float64
}

// Estimator learns what fee rates get mined.
type Estimator struct {
	log *slog.Logger

	mu sync.Mutex // guards what follows
	// best is the height of the last block heard of, first that of the first one
	// with a transaction that was followed.
	best, first int
	// Saved history reached from savedFirst to savedBest.
	savedFirst, savedBest int
	txs                   map[wire.Hash]tracked
	stats                 [3]*stats // by Horizon
	// Since the last block: those followed, and those not.
	followed, ignored int
}

// New makes an estimator that knows nothing.
func New(log *slog.Logger) *Estimator {
	var buckets []float64
	for b := float64(minRate); b <= maxRate; b *= rateSpacing {
		buckets = append(buckets, b)
	}
	buckets = append(buckets, infinite)
	return &Estimator{log: log, txs: map[wire.Hash]tracked{}, stats: [3]*stats{
		Short: newStats(buckets, 12, .962, 1), Medium: newStats(buckets, 24, .9952, 2), Long: newStats(buckets, 42, .99931, 24),
	}}
}

// Entered hears of a transaction that entered the mempool; informs is false of
// one that says nothing about fees (processTransaction).
func (e *Estimator) Entered(tx Tx, informs bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := e.txs[tx.ID]; known || tx.Height != e.best {
		return // a block that the estimator has yet to hear of, or a side chain
	}
	if !informs {
		e.ignored++
		return
	}
	e.followed++
	t := tracked{tx.Height, float64(tx.FeeRate)}
	e.txs[tx.ID] = t
	for _, s := range e.stats {
		s.enter(t.height, t.rate)
	}
}

// Remove hears that a transaction left the mempool (removeTx).
func (e *Estimator) Remove(id wire.Hash) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.remove(id, false)
}

func (e *Estimator) remove(id wire.Hash, mined bool) bool {
	t, ok := e.txs[id]
	if !ok {
		return false
	}
	for _, s := range e.stats {
		s.leave(t.height, e.best, t.rate, mined)
	}
	delete(e.txs, id)
	return true
}

// Block hears of a block and of those of its transactions which were in the
// mempool, before they leave it (processBlock).
func (e *Estimator) Block(height int, txs []Tx) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if height <= e.best {
		return // a reorganisation
	}
	e.best = height
	for _, s := range e.stats {
		s.block(height)
	}
	counted := 0
	for _, tx := range txs {
		blocks := height - tx.Height
		if !e.remove(tx.ID, true) || blocks <= 0 {
			continue
		}
		for _, s := range e.stats {
			s.record(blocks, float64(tx.FeeRate))
		}
		counted++
	}
	if e.first == 0 && counted > 0 {
		e.first = e.best
		e.debug("Blockpolicy first recorded height %d", e.first)
	}
	from := "current"
	if e.savedSpan() > e.span() {
		from = "historical"
	}
	e.debug("Blockpolicy estimates updated by %d of %d block txs, since last block %d of %d tracked, mempool map size %d, max target %d from %s",
		counted, len(txs), e.followed, e.followed+e.ignored, len(e.txs), e.maxUsable(), from)
	e.followed, e.ignored = 0, 0
}

func (e *Estimator) debug(format string, args ...any) {
	e.log.Debug(fmt.Sprintf(format, args...), "category", "estimatefee")
}

// span is over how many blocks was counted (BlockSpan).
func (e *Estimator) span() int {
	if e.first == 0 {
		return 0
	}
	return e.best - e.first
}

// savedSpan is over how many it was when the file was saved (HistoricalBlockSpan).
func (e *Estimator) savedSpan() int {
	if e.savedFirst == 0 || e.best-e.savedBest > oldestHistory {
		return 0
	}
	return e.savedBest - e.savedFirst
}

// maxUsable is the largest target for which enough could have failed
// (MaxUsableEstimate).
func (e *Estimator) maxUsable() int {
	return min(e.stats[Long].maxConfirms(), max(e.span(), e.savedSpan())/2)
}

// HighestTarget is the largest target in blocks that a horizon follows.
func (e *Estimator) HighestTarget(h Horizon) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stats[h].maxConfirms()
}

// Raw estimates the fee rate, in duffs per 1000 bytes, at which the part
// threshold is mined within target blocks; 0 if that is not known. A target that
// the horizon does not follow, or a threshold above 1, has no detail either
// (estimateRawFee).
func (e *Estimator) Raw(target int, threshold float64, h Horizon) (int64, Detail) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.stats[h]
	if target <= 0 || target > s.maxConfirms() || threshold > 1 {
		return 0, Detail{Pass: noRange, Fail: noRange}
	}
	sufficient := float64(enough)
	if h == Short {
		sufficient = enoughShort
	}
	median, d := s.estimate(target, sufficient, threshold, e.best)
	if median < 0 {
		return 0, d
	}
	return int64(math.Round(median)), d
}

// Reason is how an estimate came about; the text is Dash Core's
// (StringForFeeReason).
type Reason string

// The reasons.
const (
	ReasonNone         Reason = "None"
	ReasonHalf         Reason = "Half Target 60% Threshold"
	ReasonFull         Reason = "Target 85% Threshold"
	ReasonDouble       Reason = "Double Target 95% Threshold"
	ReasonConservative Reason = "Conservative Double Target longer horizon"
)

// Estimate is an answer of Smart.
type Estimate struct {
	// Rate is in duffs per 1000 bytes, 0 if there is no estimate.
	Rate int64
	// Blocks is the target that it holds for.
	Blocks int
	Reason Reason
}

// Smart estimates the fee rate for being mined within target blocks, or the
// nearest number for which it can. A conservative estimate looks at longer
// horizons too (estimateSmartFee).
func (e *Estimator) Smart(target int, conservative bool) Estimate {
	e.mu.Lock()
	defer e.mu.Unlock()
	if target <= 0 || target > e.stats[Long].maxConfirms() {
		return Estimate{Blocks: target, Reason: ReasonNone}
	}
	target = min(max(target, 2), e.maxUsable())
	if target <= 1 {
		return Estimate{Blocks: target, Reason: ReasonNone}
	}
	median, reason := e.combined(target/2, halfSuccess, true), ReasonHalf
	raise := func(rate float64, why Reason) {
		if rate > median {
			median, reason = rate, why
		}
	}
	raise(e.combined(target, success, true), ReasonFull)
	raise(e.combined(2*target, doubleSuccess, !conservative), ReasonDouble)
	if conservative || median == -1 {
		raise(e.conservative(2*target), ReasonConservative)
	}
	if median < 0 {
		return Estimate{Blocks: target, Reason: reason}
	}
	return Estimate{Rate: int64(math.Round(median)), Blocks: target, Reason: reason}
}

// combined is the estimate of the shortest horizon that follows the target;
// shorter ones may lower it if asked to (estimateCombinedFee).
func (e *Estimator) combined(target int, success float64, shorter bool) float64 {
	short, medium, long := e.stats[Short], e.stats[Medium], e.stats[Long]
	if target < 1 || target > long.maxConfirms() {
		return -1
	}
	var rate float64
	switch {
	case target <= short.maxConfirms():
		rate, _ = short.estimate(target, enoughShort, success, e.best)
	case target <= medium.maxConfirms():
		rate, _ = medium.estimate(target, enough, success, e.best)
	default:
		rate, _ = long.estimate(target, enough, success, e.best)
	}
	lower := func(s *stats, sufficient float64) {
		if !shorter || target <= s.maxConfirms() {
			return
		}
		if r, _ := s.estimate(s.maxConfirms(), sufficient, success, e.best); r > 0 && (rate == -1 || r < rate) {
			rate = r
		}
	}
	lower(medium, enough)
	lower(short, enoughShort)
	return rate
}

// conservative is what the horizons longer than needed say (estimateConservativeFee).
func (e *Estimator) conservative(target int) float64 {
	rate := -1.0
	if target <= e.stats[Short].maxConfirms() {
		rate, _ = e.stats[Medium].estimate(target, enough, doubleSuccess, e.best)
	}
	if target <= e.stats[Medium].maxConfirms() {
		long, _ := e.stats[Long].estimate(target, enough, doubleSuccess, e.best)
		rate = max(rate, long)
	}
	return rate
}
