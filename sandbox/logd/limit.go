package logd

import "time"

// Rates of what one role may write to the log, in bytes of text. Records that
// no option asked for are held to the lower one, so that no stranger can fill a
// disk through a role; the figure lets a chain be synchronised at 1,000 blocks
// per second with a line of 250 bytes for each. The higher one bounds what a
// role that has been taken over can write in categories that are enabled.
const (
	plainRate, plainBurst = 256 << 10, 8 << 20
	debugRate, debugBurst = 16 << 20, 64 << 20
)

// bucket is a token bucket; it belongs to one reader and has no lock.
type bucket struct {
	rate, burst float64 // bytes per second, bytes
	tokens      float64
	last        time.Time
}

func newBucket(rate, burst int) bucket {
	return bucket{rate: float64(rate), burst: float64(burst), tokens: float64(burst)}
}

// take takes n tokens at time now, if there are as many.
func (b *bucket) take(now time.Time, n int) bool {
	if !b.last.IsZero() {
		if d := now.Sub(b.last).Seconds(); d > 0 {
			b.tokens = min(b.burst, b.tokens+d*b.rate)
		}
	}
	b.last = now
	if b.tokens < float64(n) {
		return false
	}
	b.tokens -= float64(n)
	return true
}
