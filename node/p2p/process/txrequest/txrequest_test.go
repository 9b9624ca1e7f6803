package txrequest

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"dashmp/node/p2p/msg"
)

func tx(i int) (v msg.Inv) {
	v.Type = msg.InvTx
	binary.LittleEndian.PutUint64(v.Hash[:], uint64(i))
	return v
}

func nothing(msg.Inv) bool { return false }

func start() (*Tracker, time.Time) {
	return New(rand.New(rand.NewPCG(1, 2))), time.Unix(1700000000, 0)
}

func asked(t *testing.T, tr *Tracker, p *Peer, now time.Time, want int) {
	t.Helper()
	if ask, _ := tr.Due(p, now, nothing); len(ask) != want {
		t.Errorf("%d requests, want %d", len(ask), want)
	}
}

func TestPreferredFirst(t *testing.T) {
	tr, now := start()
	in, out := &Peer{}, &Peer{Preferred: true}
	tr.Announced(in, tx(1), now, false)
	asked(t, tr, in, now.Add(InboundDelay-1), 0)
	tr.Announced(out, tx(1), now.Add(time.Second), false)
	asked(t, tr, out, now.Add(time.Second), 1)
	asked(t, tr, in, now.Add(InboundDelay), 0) // asked of the other
	asked(t, tr, in, now.Add(time.Second+time.Minute), 0)
	asked(t, tr, in, now.Add(time.Second+time.Minute+maxRandomDelay+InboundDelay), 1)
}

func TestOnlyTransactionsWait(t *testing.T) {
	tr, now := start()
	p := &Peer{}
	tr.Announced(p, msg.Inv{Type: msg.InvSpork, Hash: tx(1).Hash}, now, false)
	asked(t, tr, p, now, 1)
}

func TestInFlightLimit(t *testing.T) {
	tr, now := start()
	p := &Peer{Preferred: true}
	for i := range 2*MaxInFlight + 50 {
		tr.Announced(p, tx(i), now, false)
	}
	asked(t, tr, p, now, MaxInFlight)
	asked(t, tr, p, now, 0)
	for i := range 10 {
		tr.Received(p, tx(i), now)
		p.NotFound(tx(20 + i))
	}
	asked(t, tr, p, now, 20)
	// After ten minutes and up to ten more the peer is used again.
	asked(t, tr, p, now.Add(25*time.Minute), MaxInFlight)
}

func TestReceivedIsNotAskedAgain(t *testing.T) {
	tr, now := start()
	a, b := &Peer{Preferred: true}, &Peer{Preferred: true}
	tr.Announced(a, tx(1), now, false)
	tr.Announced(b, tx(1), now, false)
	asked(t, tr, a, now, 1)
	tr.Received(a, tx(1), now)
	asked(t, tr, b, now.Add(time.Hour), 0)
	tr.Announced(b, tx(1), now.Add(time.Hour), true)
	asked(t, tr, b, now.Add(time.Hour), 1)
}

func TestHaveIsNotAsked(t *testing.T) {
	tr, now := start()
	p := &Peer{Preferred: true}
	tr.Announced(p, tx(1), now, false)
	if ask, _ := tr.Due(p, now, func(msg.Inv) bool { return true }); len(ask) != 0 || len(p.announced) != 0 {
		t.Error("asked for what is here")
	}
}

// TestBounds: a peer that announces without end is not heard after its limit,
// and memory of what was delivered has an end.
func TestBounds(t *testing.T) {
	tr, now := start()
	p := &Peer{}
	for i := range MaxAnnouncements + 1000 {
		tr.Announced(p, tx(i), now, false)
	}
	if len(p.announced) != MaxAnnouncements || len(p.queue) != MaxAnnouncements {
		t.Errorf("%d announced, %d queued", len(p.announced), len(p.queue))
	}
	for i := range 5 * msg.MaxInv {
		tr.Received(p, tx(i), now.Add(time.Duration(i)))
	}
	if n := len(tr.erased); n > 2*msg.MaxInv {
		t.Errorf("%d remembered", n)
	}
	if _, ok := tr.erased[tx(5*msg.MaxInv-1).Hash]; !ok {
		t.Error("the latest is forgotten")
	}
}
