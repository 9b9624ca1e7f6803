package blockchain

import (
	"context"
	"encoding/hex"

	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
)

func (r *RPCs) getISLocks(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	list, err := idList(call)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for v := range list.Elements() {
		id, err := rpcvalue.Hash(v, "txid")
		if err != nil {
			return nil, err
		}
		var lock *InstantLock
		if r.o.Locks != nil {
			lock = r.o.Locks.InstantLock(id)
		}
		if lock == nil {
			out = append(out, "None")
			continue
		}
		out = append(out, instantLock(lock))
	}
	return out, nil
}

func instantLock(l *InstantLock) object {
	inputs := []any{}
	for _, in := range l.Inputs {
		inputs = append(inputs, object{{Key: "txid", Value: in.Hash.String()}, {Key: "vout", Value: in.Index}})
	}
	return object{
		{Key: "txid", Value: l.TxID.String()},
		{Key: "inputs", Value: inputs},
		{Key: "id", Value: l.ID.String()},
		{Key: "cycleHash", Value: l.CycleHash.String()},
		{Key: "signature", Value: hex.EncodeToString(l.Signature[:])},
		{Key: "hex", Value: hex.EncodeToString(l.Raw)},
	}
}

func (r *RPCs) getTxChainLocks(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	list, err := idList(call)
	if err != nil {
		return nil, err
	}
	if r.o.Indexes.Tx != nil {
		r.o.Indexes.Tx.WaitSynced(ctx)
	}
	out := []any{}
	for v := range list.Elements() {
		id, err := rpcvalue.Hash(v, "txid")
		if err != nil {
			return nil, err
		}
		if err := r.genesisCoinbase(id); err != nil {
			return nil, err
		}
		height, locked, pooled := -1, false, false
		if tx, block := r.find(ctx, id, nil); tx != nil {
			if x := r.o.Chain.Lookup(block); x != nil && r.o.Chain.Contains(x) {
				height, locked = x.Height(), r.chainLocked(x)
			}
			pooled = height == -1
		}
		out = append(out, object{
			{Key: "height", Value: height}, {Key: "chainlock", Value: locked}, {Key: "mempool", Value: pooled},
		})
	}
	return out, nil
}
