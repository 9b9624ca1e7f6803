package blockchain

import (
	"context"
	"encoding/hex"
	"maps"
	"slices"

	"dashmp/node/chain"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
)

// filterTypes are the types of compact filters that exist.
var filterTypes = []string{"basic"}

func (r *RPCs) getBlockFilter(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	h, err := hash(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	name := "basic"
	if call.Given(1) {
		if name, err = call.String(1); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(filterTypes, name) {
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Unknown filtertype")
	}
	index := r.o.Indexes.Filters[name]
	if index == nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Index is not enabled for filtertype %s", name)
	}
	x, err := r.lookUp(h)
	if err != nil {
		return nil, err
	}
	info := r.o.Chain.Info(x).Status
	connected := info&(chain.FailedValid|chain.FailedChild) == 0 && info&7 >= chain.ValidScripts
	ready := index.WaitSynced(ctx)
	filter, header, ok := index.Filter(x)
	switch {
	case ok:
		return object{{Key: "filter", Value: hex.EncodeToString(filter)}, {Key: "header", Value: header.String()}}, nil
	case !connected:
		return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Filter not found. Block was not connected to active chain.")
	case !ready:
		return nil, rpcerr.Errorf(rpcerr.Misc, "Filter not found. Block filters are still in the process of being indexed.")
	}
	return nil, rpcerr.Errorf(rpcerr.Internal, "Filter not found. This error is unexpected and indicates index corruption.")
}

func (r *RPCs) getIndexInfo(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 1); err != nil {
		return nil, err
	}
	only := ""
	if call.Given(0) {
		var err error
		if only, err = call.String(0); err != nil {
			return nil, err
		}
	}
	var all []Index
	if r.o.Indexes.Tx != nil {
		all = append(all, r.o.Indexes.Tx)
	}
	if r.o.Indexes.CoinStats != nil {
		all = append(all, r.o.Indexes.CoinStats)
	}
	for _, name := range slices.Sorted(maps.Keys(r.o.Indexes.Filters)) {
		all = append(all, r.o.Indexes.Filters[name])
	}
	out := object{}
	for _, index := range all {
		if s := index.Summary(); only == "" || only == s.Name {
			out = append(out, member{Key: s.Name, Value: object{
				{Key: "synced", Value: s.Synced}, {Key: "best_block_height", Value: s.Height},
			}})
		}
	}
	return out, nil
}
