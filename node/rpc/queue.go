package rpc

import "sync"

// queue lets a fixed number of requests run and a bounded number wait, as
// WorkQueue of src/httpserver.cpp: at most depth wait behind those that run, and
// those of external users, which wait apart, run last. Unlike there a request
// runs on the goroutine of its connection: handing it to a worker and back
// would wake other threads twice per call.
type queue struct {
	depth, externalDepth int

	mu       sync.Mutex // guards what follows
	free     int        // requests that may begin to run
	normal   []chan struct{}
	external []chan struct{}
}

func newQueue(threads, depth, externalDepth int) *queue {
	return &queue{depth: depth, externalDepth: externalDepth, free: threads}
}

// enter waits for a turn, which leave ends. It reports false at once if too
// many wait already.
func (q *queue) enter(external bool) bool {
	q.mu.Lock()
	if q.free > 0 { // then nobody waits
		q.free--
		q.mu.Unlock()
		return true
	}
	list, depth := &q.normal, q.depth
	if external {
		list, depth = &q.external, q.externalDepth
	}
	if len(*list) >= depth {
		q.mu.Unlock()
		return false
	}
	turn := make(chan struct{})
	*list = append(*list, turn)
	q.mu.Unlock()
	<-turn
	return true
}

// leave passes the turn on.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, list := range []*[]chan struct{}{&q.normal, &q.external} {
		if len(*list) > 0 {
			close((*list)[0])
			*list = append((*list)[:0], (*list)[1:]...)
			return
		}
	}
	q.free++
}
