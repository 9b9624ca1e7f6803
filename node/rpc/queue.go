package rpc

import "sync"

// job is one request on its way through the work queue. A connection has one
// and uses it again.
type job struct {
	run  func()
	done chan struct{} // of one place
}

// queue hands requests to a fixed number of workers, as WorkQueue of
// src/httpserver.cpp: a request waits behind at most depth others, and those of
// external users, which have a queue of their own, are served last.
type queue struct {
	depth, externalDepth int
	workers              sync.WaitGroup

	mu       sync.Mutex // guards what follows
	wake     *sync.Cond
	normal   []*job
	external []*job
	closed   bool
}

func newQueue(threads, depth, externalDepth int) *queue {
	q := &queue{depth: depth, externalDepth: externalDepth}
	q.wake = sync.NewCond(&q.mu)
	q.workers.Add(threads)
	for range threads {
		go q.work()
	}
	return q
}

// do runs j on a worker and waits for it. It reports false at once if the queue
// is full or closed.
func (q *queue) do(j *job, external bool) bool {
	q.mu.Lock()
	list, depth := &q.normal, q.depth
	if external {
		list, depth = &q.external, q.externalDepth
	}
	if q.closed || len(*list) >= depth {
		q.mu.Unlock()
		return false
	}
	*list = append(*list, j)
	q.mu.Unlock()
	q.wake.Signal()
	<-j.done
	return true
}

func (q *queue) work() {
	defer q.workers.Done()
	for {
		j := q.next()
		if j == nil {
			return
		}
		j.run()
		j.done <- struct{}{}
	}
}

// next waits for a job; nil means that the queue is closed and empty.
func (q *queue) next() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		for _, list := range []*[]*job{&q.normal, &q.external} {
			if len(*list) > 0 {
				j := (*list)[0]
				*list = append((*list)[:0], (*list)[1:]...)
				return j
			}
		}
		if q.closed {
			return nil
		}
		q.wake.Wait()
	}
}

// close refuses new jobs, lets the waiting ones run and waits for the workers.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wake.Broadcast()
	q.workers.Wait()
}
