package mempool

import (
	"fmt"
	"math"
)

// rollingFee is the fee rate below which nothing enters after the pool was full;
// it halves in time once a block has come (Dash Core: rollingMinimumFeeRate).
type rollingFee struct {
	rate    float64 // duffs per 1000 bytes
	updated int64   // seconds
	block   bool    // a block has come since the rate last rose
}

// rollingHalfLife is the time in seconds in which the rate halves.
const rollingHalfLife = 12 * 60 * 60

func (r *rollingFee) start(now int64) { *r = rollingFee{updated: now} }

// minFeeRate is the pool's lowest fee rate in duffs per 1000 bytes, 0 if it is
// not full (GetMinFee).
func (p *Pool) minFeeRate() int64 {
	r := &p.rolling
	if !r.block || r.rate == 0 {
		return int64(math.Round(r.rate))
	}
	if now := p.now(); now > r.updated+10 {
		half := float64(rollingHalfLife)
		switch usage := p.usage(); {
		case usage < p.o.Limits.MaxUsage/4:
			half /= 4
		case usage < p.o.Limits.MaxUsage/2:
			half /= 2
		}
		r.rate /= math.Pow(2, float64(now-r.updated)/half)
		r.updated = now
		if r.rate < float64(p.o.Policy.IncrementalRelayFee)/2 {
			r.rate = 0
			return 0
		}
	}
	return max(int64(math.Round(r.rate)), p.o.Policy.IncrementalRelayFee)
}

// limit drops what is too old, then the worst until the pool is small enough
// (LimitMempoolSize).
func (p *Pool) limit() {
	if n := p.expire(p.now() - p.o.Limits.Expiry); n > 0 {
		p.debug("Expired %d transactions from the memory pool", n)
	}
	p.trim()
}

// expire drops what came before a time in seconds, with its descendants
// (CTxMemPool::Expire).
func (p *Pool) expire(before int64) (n int) {
	for e := p.age.first(); e != nil && e.time < before; e = p.age.first() {
		list := p.descendants(e).byID()
		n += len(list)
		p.remove(list, ReasonExpiry)
	}
	return n
}

// trim drops the worst until the pool is small enough; what comes afterwards
// must pay more than what was dropped (TrimToSize).
func (p *Pool) trim() {
	n, highest := 0, int64(0)
	for len(p.entries) > 0 && p.usage() > p.o.Limits.MaxUsage {
		e := p.eviction.first()
		rate := e.desc.Fees*1000/e.desc.Size + p.o.Policy.IncrementalRelayFee
		if float64(rate) > p.rolling.rate {
			p.rolling.rate, p.rolling.block = float64(rate), false
		}
		highest = max(highest, rate)
		list := p.descendants(e).byID()
		n += len(list)
		p.remove(list, ReasonSizeLimit)
	}
	if highest > 0 {
		p.debug("Removed %d txn, rolling minimum fee bumped to %d.%08d DASH/kB", n, highest/1e8, highest%1e8)
	}
}

// debug writes a line that -debug=mempool shows.
func (p *Pool) debug(format string, args ...any) {
	p.o.Log.Debug(fmt.Sprintf(format, args...), "category", "mempool")
}
