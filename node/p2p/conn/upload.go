package conn

import (
	"sync"
	"time"
)

// uploadTime is the cycle of -maxuploadtarget.
const uploadTime = 24 * time.Hour

// uploadTarget counts sent bytes against -maxuploadtarget.
type uploadTarget struct {
	limit  uint64 // bytes per cycle, 0 for none
	window uint64 // bytes that are kept back for each ten minutes left

	mu    sync.Mutex // guards what follows
	total uint64
	start time.Time // of the cycle
	cycle uint64    // bytes in it
}

func (u *uploadTarget) sent(now time.Time, n uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.total += n
	if now.After(u.start.Add(uploadTime)) {
		u.start, u.cycle = now, 0
	}
	u.cycle += n
}

// left is the time until the cycle ends (GetMaxOutboundTimeLeftInCycle).
func (u *uploadTarget) left(now time.Time) time.Duration {
	switch end := u.start.Add(uploadTime); {
	case u.limit == 0:
		return 0
	case u.start.IsZero():
		return uploadTime
	case now.After(end):
		return 0
	default:
		return end.Sub(now)
	}
}

func (u *uploadTarget) reached(now time.Time, historical bool) bool {
	if u.limit == 0 {
		return false
	}
	if !historical {
		return u.cycle >= u.limit
	}
	keep := uint64(u.left(now)/(10*time.Minute)) * u.window
	return keep >= u.limit || u.cycle >= u.limit-keep
}

// UploadTargetReached reports whether -maxuploadtarget is used up, or, for
// historical blocks, so far that the rest is kept for new ones
// (OutboundTargetReached).
func (m *Manager) UploadTargetReached(historical bool) bool {
	m.upload.mu.Lock()
	defer m.upload.mu.Unlock()
	return m.upload.reached(m.now(), historical)
}
