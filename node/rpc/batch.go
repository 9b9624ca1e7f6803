package rpc

import (
	"context"
	"time"

	"dashmp/node"
	"dashmp/node/rpc/method"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
)

// maxGroup bounds the bytes of parameters that cross to the core in one call.
const maxGroup = 1 << 20

// group is consecutive calls of a batch that cross to the core together: one
// crossing costs more than a small call itself. They are run in their order, and
// answered as if each had crossed alone.
type group struct {
	calls []call
	reqs  []node.RPCRequest
	size  int
}

// joins resolves a call and adds it to the group, if it is one for the core that
// needs nothing but to be passed on and takes no longer than any: no secret in or
// out, no call before it, no peer to allow. It is left to run otherwise, as is
// whatever is wrong with it.
func (g *group) joins(s *Server, ctx context.Context, c *call) bool {
	s.mu.RLock()
	ready := s.warmup == "" && s.node != nil
	s.mu.RUnlock()
	if !ready {
		return false
	}
	m, args, err := s.table.Resolve(c.method, c.params)
	if err != nil || m.Owner != method.Core || m.Timeout != 0 || m.First != nil || m.NamesPeer || m.HasSecret() || m.HasSecretResult() {
		return false
	}
	params := make([][]byte, len(args))
	size := 0
	for i, v := range args {
		params[i] = plainArgument(v)
		size += len(params[i])
	}
	if len(g.reqs) > 0 && g.size+size > maxGroup || len(g.reqs) >= node.MaxBatchCalls {
		return false
	}
	s.logCall(ctx, c)
	g.calls, g.size = append(g.calls, *c), g.size+size
	g.reqs = append(g.reqs, node.RPCRequest{
		Method: m.Name, Params: list(params...), Wallet: c.wallet, HasWallet: c.hasWallet, User: c.user,
	})
	return true
}

func plainArgument(v univalue.Value) []byte {
	if v.IsNull() {
		return []byte("null")
	}
	return v.AppendCompact(nil)
}

// run makes the calls of the group and appends their answers to dst, whose
// beginning is at start, separated from what is there. It empties the group.
func (g *group) run(ctx context.Context, s *Server, dst []byte, start int) []byte {
	calls, reqs := g.calls, g.reqs
	*g = group{}
	for len(reqs) > 0 && len(dst)-start <= s.opt.MaxReply {
		replies, fail := g.ask(ctx, s, reqs)
		for i, r := range replies {
			dst = separate(dst, start)
			mark := len(dst)
			out, err := append(dst, `{"result":`...), fail
			if err == nil && r.Code != 0 {
				err = &rpcerr.Error{Code: rpcerr.Code(r.Code), Message: r.Message}
			}
			if err == nil {
				out, err = appendResult(out, program(method.Core), r.Result)
			}
			dst = finish(out, mark, err, calls[i].id)
		}
		calls, reqs = calls[len(replies):], reqs[len(replies):]
	}
	return dst
}

// ask makes calls in one. If that fails, all have the error.
func (g *group) ask(ctx context.Context, s *Server, reqs []node.RPCRequest) ([]node.RPCReply, *rpcerr.Error) {
	all := make([]node.RPCReply, len(reqs))
	s.mu.RLock()
	owner := s.node
	s.mu.RUnlock()
	if owner == nil {
		return all, rpcerr.Errorf(rpcerr.Misc, "%s is not running: the call was not made, try again", program(method.Core))
	}
	for i := range reqs {
		defer s.active.end(s.active.begin(reqs[i].Method))
	}
	limit := s.opt.CallTimeout * time.Duration(len(reqs))
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	replies, err := owner.ExecuteRPCs(ctx, reqs)
	switch {
	case err != nil:
		return all, ownerError(method.Core, err, limit)
	case len(replies) == 0 || len(replies) > len(reqs):
		return all, rpcerr.Errorf(rpcerr.Internal, "%s gave %d answers to %d calls", program(method.Core), len(replies), len(reqs))
	}
	return replies, nil
}

// separate appends a comma unless the array at start is empty so far.
func separate(dst []byte, start int) []byte {
	if len(dst) > start+1 {
		return append(dst, ',')
	}
	return dst
}

// finish completes an answer that begins at mark.
func finish(dst []byte, mark int, err *rpcerr.Error, id univalue.Value) []byte {
	if err != nil {
		clear(dst[mark:])
		return appendError(dst[:mark], err, id)
	}
	return append(id.AppendCompact(append(dst, `,"error":null,"id":`...)), '}')
}
