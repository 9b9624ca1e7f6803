package supervisor

import (
	"sync"
	"time"

	"dashmp/ipc"
)

// rate is a token bucket on one verb of one instance's broker.
type rate struct {
	perSecond, burst float64

	mu     sync.Mutex // guards tokens, last
	tokens float64
	last   time.Time
}

func newRate(perSecond, burst float64) *rate {
	return &rate{perSecond: perSecond, burst: burst, tokens: burst, last: time.Now()}
}

// take takes a token or returns an error for the role that asked too often.
func (r *rate) take(verb string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.tokens = min(r.burst, r.tokens+now.Sub(r.last).Seconds()*r.perSecond)
	r.last = now
	if r.tokens < 1 {
		return ipc.Errorf(ipc.ErrLimit, "%s: asked too often", verb)
	}
	r.tokens--
	return nil
}
