package core

import "time"

// DefaultMaxTipAge is the default of -maxtipage in seconds: six hours, a
// quarter of Bitcoin's (Dash Core: DEFAULT_MAX_TIP_AGE).
const DefaultMaxTipAge = 21600

// Clock returns the node's clock: the wall clock, or mock time in seconds since
// the epoch if that is not 0 (-mocktime).
func Clock(mocktime int64) func() time.Time {
	if mocktime == 0 {
		return time.Now
	}
	return func() time.Time { return time.Unix(mocktime, 0) }
}
