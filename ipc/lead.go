package ipc

import (
	"errors"
	"sync/atomic"
	"time"

	"dashmp/ipc/internal/fdsock"
)

// Whoever waits on a connection reads it. At any time at most one goroutine
// leads: it reads messages and dispatches them, to itself where they are its
// own. A caller leads while it waits for its reply, a server thread while it
// waits for its next call, and the background goroutine when nobody else does.
// So an empty call costs no switch between goroutines on either side.
//
// A leader that has work of its own just stops leading. If others are known to
// need a leader it wakes the background goroutine; otherwise it leaves the
// connection unattended, which the background goroutine notices within one or
// two ticks. A message that arrives during a slow handler is therefore read some
// ten milliseconds late at worst, once, since from then on the background
// goroutine leads until the connection is quiet.
const (
	// A tick is short when little happens, and longer while calls follow each
	// other closely: a timer every millisecond keeps moving the process between
	// processors, at three times the cost of a call.
	shortTick = time.Millisecond
	longTick  = 8 * shortTick
	// busyTerms is how many changes of the lead make a tick a busy one.
	busyTerms = 8
	// restAfter is the number of ticks that one leader may wait before the
	// background goroutine stops ticking; the leader wakes it when it leaves.
	restAfter = 8
)

// lead is who reads the connection.
type lead struct {
	held atomic.Bool
	// terms counts how often the lead was taken.
	terms atomic.Uint64
	// followers are goroutines that wait for a reply and do not lead.
	followers atomic.Int32
	// active counts calls that wait for a reply or that are being served.
	active atomic.Int32
	// resting says that the background goroutine neither leads nor ticks.
	resting atomic.Bool
	// wake tells the background goroutine to lead.
	wake chan struct{}
}

// waiter is a goroutine that can be woken.
type waiter struct {
	ch chan struct{}
	// leading is the connection that the goroutine may be blocked on.
	leading atomic.Pointer[Conn]
}

func newWaiter() waiter { return waiter{ch: make(chan struct{}, 1)} }

// rouse wakes the waiter wherever it waits.
func (w *waiter) rouse() {
	select {
	case w.ch <- struct{}{}:
	default:
	}
	if c := w.leading.Load(); c != nil {
		c.sock.Kick()
	}
}

func (l *lead) try() bool {
	if l.held.Load() || !l.held.CompareAndSwap(false, true) {
		return false
	}
	l.terms.Add(1)
	return true
}

// leave ends a term. eager says that somebody has to go on at once.
func (l *lead) leave(eager bool) {
	l.held.Store(false)
	if eager || l.followers.Load() > 0 || l.resting.Load() {
		l.callBackground()
	}
}

func (l *lead) callBackground() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// leadFor leads on behalf of w until call is done or there is work for t;
// either may be nil. The caller has the lead.
func (c *Conn) leadFor(w *waiter, t *thread, call *ClientCall) {
	w.leading.Store(c)
	c.rx.by = w
	for {
		if err := c.drain(); err != nil {
			c.fail(err)
			break
		}
		if call != nil && call.ready() || t != nil && t.ready() {
			break
		}
		if !c.fill() {
			break
		}
	}
	c.rx.by = nil
	w.leading.Store(nil)
	// A partial message means that more is on its way.
	c.lead.leave(c.rx.partial() || c.lead.active.Load() > 1)
	if c.ended() {
		c.sweep()
	}
}

// sweep lets go of what has been read and will not be dispatched, once the
// connection has ended: whoever leads last does it.
func (c *Conn) sweep() {
	if c.lead.try() {
		c.closeRights()
		c.rx.buf, c.rx.large, c.rx.r, c.rx.w = nil, nil, 0, 0
		c.lead.held.Store(false)
	}
}

// fill reads once; false if the connection has ended.
func (c *Conn) fill() bool {
	if c.ended() {
		return false
	}
	err := c.receive()
	if err == nil {
		return true
	}
	if c.ended() {
		return false
	}
	if errors.Is(err, fdsock.ErrKicked) {
		return true
	}
	c.fail(c.transportError(err))
	return false
}

// background leads when nobody else does, and takes the connection apart when
// it has ended.
func (c *Conn) background() {
	defer c.wg.Done()
	for c.leadBackground() {
		c.watch()
	}
	c.teardown()
}

// leadBackground leads until a caller or a thread of its own can take over. It
// is false when the connection has ended.
func (c *Conn) leadBackground() bool {
	if !c.lead.try() {
		return !c.ended()
	}
	c.mu.Lock()
	c.out.deferring = false
	c.flushDeferredLocked()
	c.mu.Unlock()
	for {
		c.rx.handed = false
		if err := c.drain(); err != nil {
			c.fail(err)
		}
		if c.ended() {
			c.lead.leave(false)
			return false
		}
		if c.rx.handed && !c.rx.partial() &&
			c.lead.followers.Load() == 0 && c.lead.active.Load() <= 1 {
			break
		}
		if !c.fill() {
			c.lead.leave(false)
			return false
		}
	}
	c.lead.leave(false)
	return true
}

func (c *Conn) ended() bool {
	select {
	case <-c.ending:
		return true
	default:
		return false
	}
}

// watch returns when the background goroutine should try to lead: it was called,
// or the connection has been unattended for a whole tick.
func (c *Conn) watch() {
	c.mu.Lock()
	c.out.deferring = true
	c.mu.Unlock()
	tick := shortTick
	timer := time.NewTimer(tick)
	defer timer.Stop()
	c.sock.SetQuick(true)
	defer c.sock.SetQuick(false)
	for still, term := 0, c.lead.terms.Load(); ; {
		select {
		case <-c.lead.wake:
			return
		case <-c.ending:
			return
		case <-timer.C:
		}
		c.mu.Lock()
		c.flushDeferredLocked()
		c.mu.Unlock()
		now, held := c.lead.terms.Load(), c.lead.held.Load()
		switch {
		case now != term:
			if held && now >= term+busyTerms {
				tick = min(2*tick, longTick)
			} else {
				tick = shortTick
			}
			still, term = 0, now
		case !held:
			return
		default:
			still++
		}
		if still >= restAfter {
			c.rest()
			return
		}
		timer.Reset(tick)
	}
}

// rest waits without ticking until the leader leaves.
func (c *Conn) rest() {
	c.mu.Lock()
	c.out.deferring = false
	c.flushDeferredLocked()
	c.mu.Unlock()
	c.lead.resting.Store(true)
	defer c.lead.resting.Store(false)
	// The leader may have left before it could see resting.
	if !c.lead.held.Load() {
		return
	}
	select {
	case <-c.lead.wake:
	case <-c.ending:
	}
}
