package loader

import "time"

// Clock returns the wallet's clock: the wall clock, or mock time in seconds
// since the epoch if that is not 0 (-mocktime).
func Clock(mocktime int64) func() time.Time {
	if mocktime == 0 {
		return time.Now
	}
	return func() time.Time { return time.Unix(mocktime, 0) }
}
