package process

import (
	"context"
	"errors"
	"time"

	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
)

// maxForward is how far mockscheduler may go at once.
const maxForward = time.Hour

// Methods is the RPC about what is done periodically.
func (p *Processor) Methods() rpccall.Methods {
	return rpccall.Methods{"mockscheduler": p.mockScheduler}
}

// mockScheduler makes what is done now and then due earlier by some seconds
// (src/rpc/node.cpp).
func (p *Processor) mockScheduler(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(1, 1); err != nil {
		return nil, err
	}
	if !p.o.Params.IsMockable {
		return nil, errors.New("mockscheduler is for regression testing (-regtest mode) only")
	}
	if err := rpcvalue.CheckTypes(c, univalue.Number); err != nil {
		return nil, err
	}
	seconds, err := rpcvalue.Integer(c.Value(0), 64)
	if err != nil {
		return nil, err
	}
	if seconds <= 0 || seconds > int64(maxForward/time.Second) {
		return nil, errors.New("delta_time must be between 1 and 3600 seconds (1 hr)")
	}
	p.forward(time.Duration(seconds) * time.Second)
	return nil, nil
}

// forward makes what tasks does due earlier by d (CScheduler::MockForward).
func (p *Processor) forward(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.nextTasks.IsZero() { // else nothing is scheduled yet
		p.nextTasks = p.nextTasks.Add(-d)
		p.relay.rebroadcast = p.relay.rebroadcast.Add(-d)
	}
	p.o.Network.Wake()
}
