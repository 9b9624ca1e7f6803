package txrequest

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"

	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

// Limits and delays (net_processing.cpp).
const (
	// MaxAnnouncements is how many objects a peer may have announced.
	MaxAnnouncements = 2 * msg.MaxInv
	// MaxInFlight is how many objects are asked of a peer at a time.
	MaxInFlight = 100
	// InboundDelay is the head start of preferred peers with transactions.
	InboundDelay = 2 * time.Second
	// maxRandomDelay spreads repeated requests.
	maxRandomDelay = 2 * time.Second
	// expiryFactor times its interval a request is forgotten.
	expiryFactor = 10
)

// interval is how long a peer has to answer before another one is asked
// (GetObjectInterval).
func interval(t msg.InvType) time.Duration {
	switch t {
	case msg.InvQSigRec:
		return 15 * time.Second
	case msg.InvCLSig:
		return 5 * time.Second
	case msg.InvISDLock:
		return 10 * time.Second
	}
	return time.Minute
}

// Tracker is what is known across peers. New makes one.
type Tracker struct {
	rand   *rand.Rand
	asked  limited
	erased limited
}

// New makes a Tracker.
func New(r *rand.Rand) *Tracker {
	return &Tracker{rand: r, asked: limited{}, erased: limited{}}
}

// Peer is what one peer announced. The zero value is ready.
type Peer struct {
	// Preferred peers are asked without delay.
	Preferred bool

	queue     queue
	sequence  uint64
	announced map[msg.Inv]struct{}
	inFlight  map[msg.Inv]time.Time
	nextCheck time.Time
}

// Announced notes that p has an object; it does nothing if p said so already or
// announced too much. force asks for it even if it was delivered or another peer
// has been asked.
func (t *Tracker) Announced(p *Peer, inv msg.Inv, now time.Time, force bool) {
	if _, known := p.announced[inv]; known || len(p.announced) >= MaxAnnouncements || len(p.queue) >= MaxAnnouncements {
		return
	}
	if p.announced == nil {
		p.announced, p.inFlight = map[msg.Inv]struct{}{}, map[msg.Inv]time.Time{}
	}
	p.announced[inv] = struct{}{}
	p.push(t.due(p, inv, now), inv)
	if force {
		delete(t.asked, inv.Hash)
		delete(t.erased, inv.Hash)
	}
}

// due is when p may be asked (CalculateObjectGetDataTime).
func (t *Tracker) due(p *Peer, inv msg.Inv, now time.Time) time.Time {
	if last, ok := t.asked[inv.Hash]; ok {
		now = last.Add(interval(inv.Type))
		if inv.Type == msg.InvTx {
			now = now.Add(time.Duration(t.rand.Int64N(int64(maxRandomDelay))))
		}
	}
	if inv.Type == msg.InvTx && !p.Preferred {
		now = now.Add(InboundDelay)
	}
	return now
}

func (p *Peer) push(at time.Time, inv msg.Inv) {
	p.sequence++
	heap.Push(&p.queue, item{at, p.sequence, inv})
}

// Received notes that p sent an object (EraseObjectRequest).
func (t *Tracker) Received(p *Peer, inv msg.Inv, now time.Time) {
	delete(t.asked, inv.Hash)
	t.erased.set(inv.Hash, now)
	p.forget(inv)
}

func (p *Peer) forget(inv msg.Inv) {
	delete(p.announced, inv)
	delete(p.inFlight, inv)
}

// NotFound notes that p does not have what it was asked for.
func (p *Peer) NotFound(inv msg.Inv) {
	if _, ok := p.inFlight[inv]; ok {
		p.forget(inv)
	}
}

// InFlight is how many objects p was asked for and has not sent.
func (p *Peer) InFlight() int { return len(p.inFlight) }

// Due returns what to ask of p now and counts it as asked for. have tells what
// is not needed.
func (t *Tracker) Due(p *Peer, now time.Time, have func(msg.Inv) bool) (ask, expired []msg.Inv) {
	if !p.nextCheck.After(now) {
		expired = t.expire(p, now)
	}
	for len(p.queue) > 0 && !p.queue[0].at.After(now) && len(p.inFlight) < MaxInFlight {
		inv := heap.Pop(&p.queue).(item).inv
		if _, done := t.erased[inv.Hash]; done || have(inv) {
			p.forget(inv)
			continue
		}
		if last, ok := t.asked[inv.Hash]; ok && last.After(now.Add(-interval(inv.Type))) {
			p.push(t.due(p, inv, now), inv) // another peer was asked
			continue
		}
		ask = append(ask, inv)
		t.asked.set(inv.Hash, now)
		p.inFlight[inv] = now
	}
	return ask, expired
}

// expire forgets old requests, so that a peer that did not answer can be used
// again.
func (t *Tracker) expire(p *Peer, now time.Time) (expired []msg.Inv) {
	for inv, at := range p.inFlight {
		if !at.After(now.Add(-expiryFactor * interval(inv.Type))) {
			expired = append(expired, inv)
			p.forget(inv)
		}
	}
	whole := expiryFactor * interval(msg.InvTx)
	p.nextCheck = now.Add(whole/2 + time.Duration(t.rand.Int64N(int64(whole))))
	return expired
}

// limited is a map that keeps the latest entries (unordered_limitedmap).
type limited map[wire.Hash]time.Time

func (l limited) set(h wire.Hash, at time.Time) {
	l[h] = at
	if len(l) <= 2*msg.MaxInv {
		return
	}
	times := make([]time.Time, 0, len(l))
	for _, at := range l {
		times = append(times, at)
	}
	slices.SortFunc(times, time.Time.Compare)
	excess := len(l) - msg.MaxInv
	limit := times[excess-1]
	for h, at := range l {
		if excess > 0 && !at.After(limit) {
			delete(l, h)
			excess--
		}
	}
}

type item struct {
	at       time.Time
	sequence uint64
	inv      msg.Inv
}

// queue is a heap by time, then order of arrival.
type queue []item

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	if c := q[i].at.Compare(q[j].at); c != 0 {
		return c < 0
	}
	return q[i].sequence < q[j].sequence
}
func (q *queue) Push(x any) { *q = append(*q, x.(item)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
