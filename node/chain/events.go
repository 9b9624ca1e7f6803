package chain

import (
	"sync"

	"dashmp/node/coins"
	"dashmp/node/wire"
)

// EventKind is what an Event tells.
type EventKind uint8

const (
	// BlockConnected: Index is the new tip, Block and Undo are its own.
	BlockConnected EventKind = iota
	// BlockDisconnected: Index was the tip, Block and Undo are its own.
	BlockDisconnected
	// UpdatedTip: a whole step is done; Index is the tip, Fork where the old
	// and the new chain part, nil after an invalidation.
	UpdatedTip
	// BlockChecked: Index was tried and refused with Err, or connected (nil).
	BlockChecked
	// NewWork: Index builds on the tip, its work and transactions are right by
	// themselves, and it may be announced before it is connected.
	NewWork
	// Flushed: everything up to Index is on disk.
	Flushed
)

// Event is a change of the chain.
type Event struct {
	Kind  EventKind
	Index *Index
	Block *wire.Block
	// Undo is what the block spent.
	Undo coins.BlockUndo
	Fork *Index
	// Initial: the node is still downloading the chain.
	Initial bool
	Err     error
}

// events delivers in order, one at a time.
type events struct {
	mu          sync.Mutex // guards what follows
	queue       []Event
	subscribers []*subscriber

	delivery sync.Mutex // held while subscribers run; taken before mu
}

type subscriber struct{ f func(Event) }

func (e *events) add(ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.subscribers) > 0 {
		e.queue = append(e.queue, ev)
	}
}

// deliver empties the queue. When it returns every event that was in it has
// been heard.
func (e *events) deliver() {
	e.delivery.Lock()
	defer e.delivery.Unlock()
	for {
		e.mu.Lock()
		queue, subscribers := e.queue, e.subscribers
		e.queue = nil
		e.mu.Unlock()
		if len(queue) == 0 {
			return
		}
		for _, ev := range queue {
			for _, s := range subscribers {
				s.f(ev)
			}
		}
	}
}

// Subscribe has f called with every event from now on. f must not change the
// chain. After cancel returns f is not called any more; f must not call it.
func (m *Manager) Subscribe(f func(Event)) (cancel func()) {
	s := &subscriber{f}
	e := &m.events
	e.mu.Lock()
	defer e.mu.Unlock()
	e.subscribers = append(append([]*subscriber{}, e.subscribers...), s)
	return func() {
		e.delivery.Lock()
		defer e.delivery.Unlock()
		e.mu.Lock()
		defer e.mu.Unlock()
		var rest []*subscriber
		for _, other := range e.subscribers {
			if other != s {
				rest = append(rest, other)
			}
		}
		e.subscribers = rest
	}
}
