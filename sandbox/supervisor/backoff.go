package supervisor

import "time"

// Restart delays. The first restarts are quick, since callers wait; a role that
// keeps failing waits longer and longer, which also takes the speed out of
// guessing at a role's address space by crashing it.
const (
	firstDelay = 20 * time.Millisecond
	maxDelay   = 10 * time.Second
	// stable is how long an instance must have been up for the delay to fall
	// back by one step.
	stable = 5 * time.Second
	// quick is the number of restarts with the first delay.
	quick = 4
)

// backoff computes the delay before a restart; it belongs to one member.
type backoff struct{ failures int }

// next returns the delay after an instance that had been up for the given time,
// 0 if it never was.
func (b *backoff) next(up time.Duration) time.Duration {
	b.failures = max(0, b.failures-int(up/stable)) + 1
	delay := firstDelay
	for i := quick; i < b.failures && delay < maxDelay; i++ {
		delay *= 2
	}
	return min(delay, maxDelay)
}
