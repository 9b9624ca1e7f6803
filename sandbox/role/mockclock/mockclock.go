// Package mockclock is the clock of a node: the system's, or the time at which a
// test on regtest has stopped it (-mocktime, setmocktime). It is safe for
// concurrent use. It says nothing of who may set it.
package mockclock

import (
	"sync/atomic"
	"time"
)

// Clock is the clock of one process. The zero value runs with the system's.
type Clock struct {
	// mock is the time in seconds since the epoch at which the clock stands, 0
	// if it runs.
	mock atomic.Int64
}

// Set stops the clock at seconds since the epoch; 0 lets it run again.
func (c *Clock) Set(seconds int64) { c.mock.Store(seconds) }

// Now returns the time.
func (c *Clock) Now() time.Time {
	if s := c.mock.Load(); s != 0 {
		return time.Unix(s, 0)
	}
	return time.Now()
}
