package rpc

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/rpc/method"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// run executes a call and appends its result to dst (CRPCTable::execute).
func (s *Server) run(ctx context.Context, c *call, dst []byte) ([]byte, *rpcerr.Error) {
	s.logCall(ctx, c)
	s.mu.RLock()
	warmup := s.warmup
	s.mu.RUnlock()
	if warmup != "" {
		return dst, rpcerr.Errorf(rpcerr.InWarmup, "%s", warmup)
	}
	m, args, err := s.table.Resolve(c.method, c.params)
	if err != nil {
		return dst, err
	}
	defer s.active.end(s.active.begin(m.Name))
	limit := m.Timeout
	if limit == 0 {
		limit = s.opt.CallTimeout
	}
	if m.Owner != method.RPC {
		return s.forward(ctx, m, args, c, limit, dst)
	}
	own, ok := ownMethods[m.Name]
	if !ok {
		return dst, rpcerr.Errorf(rpcerr.MethodNotFound, "Method not found")
	}
	return own(s, ctx, args, limit, dst)
}

// program is the name under which operators know an owner.
func program(o method.Owner) string {
	switch o {
	case method.Core:
		return "dash-node-core"
	case method.Wallet:
		return "dash-wallet"
	case method.Signer:
		return "dash-signer"
	default:
		return "dash-node-rpc"
	}
}

// executor is what all owners have in common.
type executor interface {
	ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error)
}

// executor returns the owner as it is now, or the error that it is not running.
func (s *Server) executor(o method.Owner) (executor, *rpcerr.Error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch {
	case o == method.Core && s.node != nil:
		return s.node, nil
	case o == method.Wallet && s.wallet != nil:
		return s.wallet, nil
	case o == method.Signer && s.secrets != nil:
		return s.secrets, nil
	}
	return nil, rpcerr.Errorf(rpcerr.Misc, "%s is not running: the call was not made, try again", program(o))
}

// forward sends a call to its owner, with handles in place of secrets.
func (s *Server) forward(ctx context.Context, m *method.Method, args []univalue.Value, c *call,
	limit time.Duration, dst []byte) ([]byte, *rpcerr.Error) {
	owner, err := s.executor(m.Owner)
	if err != nil {
		return dst, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := s.protector(ctx, m.Spender())
	defer p.drop()
	defer p.finish(false)
	params, err := p.params(m, args)
	if err == nil {
		params, err = s.first(ctx, m, params, limit)
	}
	if err != nil {
		return dst, err
	}
	if err := s.checkValues(m, args); err != nil {
		return dst, err
	}
	s.allowPeer(ctx, m, args)
	reply, fail := s.execute(ctx, owner, m, node.RPCRequest{Method: m.Name, Params: list(params...), Wallet: c.wallet, HasWallet: c.hasWallet, User: c.user})
	if fail != nil {
		return dst, ownerError(m.Owner, fail, limit)
	}
	if reply.Code != 0 {
		return dst, &rpcerr.Error{Code: rpcerr.Code(reply.Code), Message: reply.Message}
	}
	if err := p.finish(true); err != nil {
		return dst, err
	}
	c.exports.note(m, reply.Result)
	return appendResult(dst, program(m.Owner), reply.Result)
}

// checkValues answers a string that is none of its parameter's values with the
// method's help (RPCHelpMan::ToString, thrown by the method).
func (s *Server) checkValues(m *method.Method, args []univalue.Value) *rpcerr.Error {
	for i, a := range args[:min(len(args), len(m.Params))] {
		if v := m.Params[i].Values; v != nil && a.Kind() == univalue.String && !slices.Contains(v, a.Text()) {
			return rpcerr.Errorf(rpcerr.Misc, "%s", s.table.Help(m.Name))
		}
	}
	return nil
}

// allowPeer tells the supervisor whom the operator names, so that the core may
// connect to it: the core's own word would not do. A supervisor that does not
// take it refuses the connection later.
func (s *Server) allowPeer(ctx context.Context, m *method.Method, args []univalue.Value) {
	if !m.NamesPeer || s.opt.Broker == nil || len(args) == 0 || args[0].Kind() != univalue.String {
		return
	}
	if err := s.opt.Broker.AllowPeer(ctx, args[0].Text()); err != nil {
		s.opt.Logger.Warn("AllowPeer: " + err.Error())
	}
}

// first makes the call that goes before a method's own, and puts its result
// among the parameters.
func (s *Server) first(ctx context.Context, m *method.Method, params [][]byte, limit time.Duration) ([][]byte, *rpcerr.Error) {
	f := m.First
	if f == nil || f.Param >= len(params) || string(params[f.Param]) == "null" {
		return params, nil
	}
	other, err := s.executor(f.Owner)
	if err != nil {
		return nil, err
	}
	reply, fail := other.ExecuteRPC(ctx, node.RPCRequest{Method: f.Method, Params: list(params[f.Param])})
	if fail != nil {
		return nil, ownerError(f.Owner, fail, limit)
	}
	if reply.Code != 0 {
		return nil, &rpcerr.Error{Code: rpcerr.Code(reply.Code), Message: reply.Message}
	}
	result, err := appendResult(nil, program(f.Owner), reply.Result)
	if err != nil {
		return nil, err
	}
	for len(params) <= f.Into {
		params = append(params, []byte("null"))
	}
	params[f.Into] = result
	return params, nil
}

// appendResult appends what another process answered, once it is known to be
// JSON.
func appendResult(dst []byte, from string, result []byte) ([]byte, *rpcerr.Error) {
	v, ok := univalue.Parse(result)
	if !ok {
		return dst, rpcerr.Errorf(rpcerr.Internal, "%s gave an answer that is not JSON", from)
	}
	return append(dst, v.Raw()...), nil
}

// ownerError says why an owner gave no answer.
func ownerError(o method.Owner, err error, limit time.Duration) *rpcerr.Error {
	switch {
	case errors.Is(err, ipc.ErrDisconnected):
		return rpcerr.Errorf(rpcerr.Misc, "%s is not running: the connection to it was lost during the call", program(o))
	case errors.Is(err, context.DeadlineExceeded):
		if limit == 0 { // not known here: that of the method which is being answered
			return rpcerr.Errorf(rpcerr.Misc, "%s did not answer in time", program(o))
		}
		return rpcerr.Errorf(rpcerr.Misc, "%s did not answer within %v", program(o), limit)
	case errors.Is(err, context.Canceled):
		return rpcerr.Errorf(rpcerr.NotConnected, "Shutting down")
	default:
		return rpcerr.Errorf(rpcerr.Misc, "%s: %v", program(o), err)
	}
}

// active is the calls in progress.
type active struct {
	mu    sync.Mutex // guards calls
	calls []*activeCall
}

type activeCall struct {
	method string
	began  time.Time
}

func (a *active) begin(name string) *activeCall {
	c := &activeCall{name, time.Now()}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, c)
	return c
}

func (a *active) end(c *activeCall) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, x := range a.calls {
		if x == c {
			a.calls = append(a.calls[:i], a.calls[i+1:]...)
			return
		}
	}
}

// append appends the calls as getrpcinfo shows them.
func (a *active) append(dst []byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	dst = append(dst, '[')
	for i, c := range a.calls {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = univalue.AppendString(append(dst, `{"method":`...), c.method)
		dst = appendInt(append(dst, `,"duration":`...), time.Since(c.began).Microseconds())
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
