package blockchain

import (
	"context"
	"errors"

	"dashmp/node/chain"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
)

// Defaults of verifychain (DEFAULT_CHECKLEVEL, DEFAULT_CHECKBLOCKS).
const (
	checkLevel  = 3
	checkBlocks = 6
)

func (r *RPCs) verifyChain(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 2); err != nil {
		return nil, err
	}
	level, err := intOr(call, 0, checkLevel)
	if err != nil {
		return nil, err
	}
	blocks, err := intOr(call, 1, checkBlocks)
	if err != nil {
		return nil, err
	}
	if err := r.o.Chain.Verify(ctx, level, blocks); err != nil {
		r.o.Log.Error(err.Error())
		return false, nil
	}
	return true, nil
}

func (r *RPCs) invalidateBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	x, err := r.block(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	// Of the genesis block Dash Core says nothing and does nothing.
	if err := r.o.Chain.Invalidate(ctx, x); !errors.Is(err, chain.ErrGenesis) {
		return nil, databaseError(err)
	}
	return nil, nil
}

func (r *RPCs) reconsiderBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	h, err := hash(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	// There is nothing to ignore until blocks are refused for a ChainLock.
	if _, err := call.BoolOr(1, false); err != nil {
		return nil, err
	}
	x, err := r.lookUp(h)
	if err != nil {
		return nil, err
	}
	return nil, databaseError(r.o.Chain.Reconsider(ctx, x))
}

func (r *RPCs) preciousBlock(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	x, err := r.block(call, 0, "blockhash")
	if err != nil {
		return nil, err
	}
	return nil, databaseError(r.o.Chain.Precious(ctx, x))
}

// databaseError is err, if there is one, as the failure to move the chain.
func databaseError(err error) error {
	if err == nil {
		return nil
	}
	return rpcerr.Errorf(rpcerr.Database, "%v", err)
}

const (
	// firstTime: a larger parameter of pruneblockchain is a time, in seconds
	// since the epoch.
	firstTime = 1_000_000_000
	// timestampWindow is by how many seconds a block may be older than it says
	// (TIMESTAMP_WINDOW).
	timestampWindow = 2 * 60 * 60
	// blocksToKeep at the tip are never deleted (MIN_BLOCKS_TO_KEEP).
	blocksToKeep = 288
)

func (r *RPCs) pruneBlockchain(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	if r.o.Pruner == nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Cannot prune blocks because node is not in prune mode.")
	}
	height, err := call.Int(0)
	if err != nil {
		return nil, err
	}
	if height < 0 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Negative block height.")
	}
	tip := r.o.Chain.Tip()
	if height > firstTime {
		x := earliest(tip, int64(height)-timestampWindow)
		if x == nil {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Could not find block with at least the specified timestamp.")
		}
		height = x.Height()
	}
	switch {
	case tip.Height() < r.o.Params.PruneAfterHeight:
		return nil, rpcerr.Errorf(rpcerr.Misc, "Blockchain is too short for pruning.")
	case height > tip.Height():
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Blockchain is shorter than the attempted prune height.")
	case height > tip.Height()-blocksToKeep:
		r.o.Log.Debug("Attempt to prune blocks close to the tip.  Retaining the minimum number of blocks.")
		height = tip.Height() - blocksToKeep
	}
	if err := r.o.Pruner.PruneTo(ctx, height); err != nil {
		return nil, err
	}
	return r.o.Pruner.FirstStored().Height() - 1, nil
}

// earliest is the first block before which none, and which itself, is not older
// than a time (FindEarliestAtLeast); nil if there is none.
func earliest(tip *chain.Index, time int64) *chain.Index {
	if int64(tip.TimeMax()) < time {
		return nil
	}
	low, high := 0, tip.Height()
	for low < high {
		if mid := (low + high) / 2; int64(tip.AncestorAt(mid).TimeMax()) < time {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return tip.AncestorAt(low)
}
