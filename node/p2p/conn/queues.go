package conn

import (
	"sync"
	"sync/atomic"
	"time"
)

// inbox holds messages that wait to be processed. Its bytes are bounded by
// -maxreceivebuffer and the one message that exceeded it.
type inbox struct {
	mu   sync.Mutex // guards list and size
	list []received
	size int
	// room is signalled when there is room again; its lock is mu.
	room *sync.Cond
}

type received struct {
	frame
	at time.Time
}

func (q *inbox) init() { q.room = sync.NewCond(&q.mu) }

// put adds a message, tells of it, and then waits while the inbox is over its
// limit, or until closed.
func (q *inbox) put(r received, limit int, closed func() bool, tell func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list = append(q.list, r)
	q.size += r.size()
	tell()
	for q.size > limit && !closed() {
		q.room.Wait()
	}
}

// wake lets put look again whether it is closed.
func (q *inbox) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.room.Broadcast()
}

// take removes the first message and tells whether there are more.
func (q *inbox) take() (r received, ok, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return received{}, false, false
	}
	r = q.list[0]
	q.list[0] = received{}
	q.list = q.list[1:]
	if len(q.list) == 0 {
		q.list = nil
	}
	q.size -= r.size()
	q.room.Broadcast()
	return r, true, len(q.list) > 0
}

// outbox holds messages that wait to be sent.
type outbox struct {
	mu   sync.Mutex // guards list and size
	list []outgoing
	size int
	full atomic.Bool   // size is beyond -maxsendbuffer
	some chan struct{} // has an element if the list may not be empty
}

type outgoing struct {
	msgType string
	header  [headerSize]byte
	payload []byte
}

// outgoingOverhead is what a waiting message takes beside its payload, in bytes.
const outgoingOverhead = 96

// hardLimit is how much may wait to be sent beyond -maxsendbuffer before the
// peer is dropped, in bytes. Only a processor that goes on sending to a full
// peer gets there.
const hardLimit = 32 << 20

func (q *outbox) put(p *Peer, msgType string, payload []byte) {
	o := outgoing{msgType: msgType, payload: payload}
	appendHeader(o.header[:0], p.m.o.Params.Magic, msgType, payload)
	q.mu.Lock()
	q.list = append(q.list, o)
	q.size += len(payload) + outgoingOverhead
	q.full.Store(q.size > p.m.o.Config.MaxSendBuffer)
	over := q.size > p.m.o.Config.MaxSendBuffer+hardLimit
	q.mu.Unlock()
	if over {
		p.Disconnect("send queue overflow")
	}
	select {
	case q.some <- struct{}{}:
	default:
	}
}

// take removes the first message.
func (q *outbox) take() (o outgoing, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return outgoing{}, false
	}
	o = q.list[0]
	q.list[0] = outgoing{}
	q.list = q.list[1:]
	if len(q.list) == 0 {
		q.list = nil
	}
	return o, true
}

// sent gives back the room of a message and tells whether a full queue has room
// again.
func (q *outbox) sent(o outgoing, limit int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.size -= len(o.payload) + outgoingOverhead
	return q.full.Swap(q.size > limit) && q.size <= limit
}
