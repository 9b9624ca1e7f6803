package rpc

import (
	"context"
	"errors"
	"time"

	"dashmp/node"
	"dashmp/node/rpc/method"
	"dashmp/node/rpc/univalue"
)

// lastTime bounds how long a call that waits may take once the server stops.
const lastTime = 5 * time.Second

// execute makes a call. One that may take long does not outlast the server: a
// method that waits for the chain answers what it would have at the end of its
// time, as Dash Core's do when RPC stops; any other call is cut off.
func (s *Server) execute(ctx context.Context, owner executor, m *method.Method, req node.RPCRequest) (node.RPCReply, error) {
	if m.Timeout == 0 {
		return owner.ExecuteRPC(ctx, req)
	}
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.stopped:
			cancel()
		case <-running.Done():
		}
	}()
	reply, err := owner.ExecuteRPC(running, req)
	at := timeoutParam(m)
	if err == nil || at < 0 || ctx.Err() != nil || !errors.Is(err, context.Canceled) {
		return reply, err
	}
	req.Params = withTimeout(req.Params, at)
	last, cancelLast := context.WithTimeout(ctx, lastTime)
	defer cancelLast()
	return owner.ExecuteRPC(last, req)
}

// timeoutParam is the index of the parameter that says how many milliseconds a
// method waits, -1 if it does not.
func timeoutParam(m *method.Method) int {
	for i := range m.Params {
		if m.Params[i].First() == "timeout" && m.Params[i].Type == method.Num {
			return i
		}
	}
	return -1
}

// withTimeout replaces the argument by one millisecond.
func withTimeout(params []byte, at int) []byte {
	out, n := []byte{'['}, 0
	list, _ := univalue.Parse(params)
	for v := range list.Elements() {
		if n < at {
			out = append(v.AppendCompact(out), ',')
		}
		n++
	}
	for ; n < at; n++ {
		out = append(out, "null,"...)
	}
	return append(out, "1]"...)
}
