package mempool

import (
	"slices"
	"sync"
)

// events delivers in order, one at a time.
type events struct {
	mu          sync.Mutex // guards what follows
	queue       []Event
	subscribers []*subscriber

	delivery sync.Mutex // held while subscribers run; taken before mu
}

type subscriber struct{ f func(Event) }

func (e *events) subscribe(f func(Event)) (cancel func()) {
	s := &subscriber{f}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.subscribers = append(slices.Clone(e.subscribers), s)
	return func() {
		e.delivery.Lock()
		defer e.delivery.Unlock()
		e.mu.Lock()
		defer e.mu.Unlock()
		e.subscribers = slices.DeleteFunc(slices.Clone(e.subscribers), func(o *subscriber) bool { return o == s })
	}
}

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
