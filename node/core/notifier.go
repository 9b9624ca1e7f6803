package core

import (
	"context"
	"sync"

	"dashmp/node"
	"dashmp/node/chain"
)

// maxNotices bounds the tips that wait for -blocknotify; the oldest go first.
const maxNotices = 1024

// notifier asks the broker to run -blocknotify, so that nobody waits for it.
type notifier struct {
	c  *Core
	on bool

	mu     sync.Mutex // guards what follows
	queue  []node.Hash
	active bool // a goroutine empties the queue
	closed bool
	wg     sync.WaitGroup
}

func newNotifier(c *Core) *notifier {
	return &notifier{c: c, on: c.o.Config.IsSet("blocknotify")}
}

// tip notes a new tip, unless the chain is still being downloaded.
func (n *notifier) tip(ev chain.Event) {
	if !n.on || ev.Initial {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	if len(n.queue) >= maxNotices {
		n.queue = n.queue[1:]
	}
	n.queue = append(n.queue, node.Hash(ev.Index.Hash()))
	if !n.active {
		n.active = true
		n.wg.Go(n.run)
	}
}

func (n *notifier) run() {
	for {
		n.mu.Lock()
		if len(n.queue) == 0 {
			n.active = false
			n.mu.Unlock()
			return
		}
		hash := n.queue[0]
		n.queue = n.queue[1:]
		n.mu.Unlock()
		if err := n.c.o.Broker.NotifyBlock(context.Background(), hash); err != nil {
			n.c.o.Log.Warn("blocknotify: " + err.Error())
		}
	}
}

// close waits until what was noted has been passed on.
func (n *notifier) close() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.wg.Wait()
}
