package blockchain

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"math"
	"slices"

	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/pow"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/node/wire"
)

func (r *RPCs) getBlockchainInfo(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	c := r.o.Chain
	tip := c.Tip()
	o := object{
		{Key: "chain", Value: r.o.ChainName},
		{Key: "blocks", Value: tip.Height()},
		{Key: "headers", Value: c.BestHeader().Height()},
		{Key: "bestblockhash", Value: tip.Hash().String()},
		{Key: "difficulty", Value: rpccall.Double(pow.Difficulty(tip.Bits()))},
		{Key: "time", Value: tip.Time()},
		{Key: "mediantime", Value: tip.MedianTime()},
		{Key: "verificationprogress", Value: rpccall.Double(c.Progress(tip))},
		{Key: "initialblockdownload", Value: c.InitialDownload()},
		{Key: "chainwork", Value: tip.Work().String()},
		{Key: "size_on_disk", Value: c.Usage()},
		{Key: "pruned", Value: r.o.Pruner != nil},
	}
	if p := r.o.Pruner; p != nil {
		automatic := p.Target() != 0
		o = append(o, member{Key: "pruneheight", Value: p.FirstStored().Height()}, member{Key: "automatic_pruning", Value: automatic})
		if automatic {
			o = append(o, member{Key: "prune_target_size", Value: p.Target()})
		}
	}
	warnings := ""
	if r.o.Warnings != nil {
		warnings = r.o.Warnings()
	}
	return append(o, member{Key: "softforks", Value: r.softForks(tip)}, member{Key: "warnings", Value: warnings}), nil
}

// softForks lists the deployments and how they stand for the next block.
func (r *RPCs) softForks(tip *chain.Index) object {
	o := object{}
	for _, f := range r.o.Rules.SoftForks(tip) {
		if f.BIP9 == nil {
			o = append(o, member{Key: f.Name, Value: object{
				{Key: "type", Value: "buried"}, {Key: "active", Value: f.Active}, {Key: "height", Value: f.Height},
			}})
			continue
		}
		v := object{{Key: "type", Value: "bip9"}, {Key: "bip9", Value: versionBits(f.BIP9)}}
		if f.Active {
			v = append(v, member{Key: "height", Value: f.Height})
		}
		o = append(o, member{Key: f.Name, Value: append(v, member{Key: "active", Value: f.Active})})
	}
	return o
}

// versionBits is a deployment that miners signal (SoftForkDescPushBack).
func versionBits(b *consensus.BIP9Info) object {
	o := object{{Key: "status", Value: string(b.Status)}}
	add := func(key string, value any) { o = append(o, member{Key: key, Value: value}) }
	if b.Bit >= 0 {
		add("bit", b.Bit)
	}
	add("start_time", b.StartTime)
	add("timeout", b.Timeout)
	add("min_activation_height", b.MinActivationHeight)
	add("ehf", b.EHF)
	if b.EHFHeight >= 0 {
		add("ehf_height", b.EHFHeight)
	}
	add("since", b.Since)
	if s := b.Statistics; s != nil {
		st := object{{Key: "period", Value: s.Period}, {Key: "elapsed", Value: s.Elapsed}, {Key: "count", Value: s.Count}}
		if b.Status != consensus.StateLockedIn {
			st = append(st, member{Key: "threshold", Value: s.Threshold}, member{Key: "possible", Value: s.Possible})
		}
		add("statistics", st)
	}
	if b.ActivationHeight >= 0 {
		add("activation_height", b.ActivationHeight)
	}
	return o
}

// getChainTips lists the ends of branches, the highest first. Among equal
// heights Dash Core's order is that of addresses in memory; here it is that of
// hashes.
func (r *RPCs) getChainTips(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 2); err != nil {
		return nil, err
	}
	count, err := intOr(call, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	least, err := intOr(call, 1, -1)
	if err != nil {
		return nil, err
	}
	tips := r.o.Chain.Tips()
	slices.SortFunc(tips, func(a, b chain.ChainTip) int {
		x, y := a.Index.Hash(), b.Index.Hash()
		return cmp.Or(cmp.Compare(b.Index.Height(), a.Index.Height()), bytes.Compare(x[:], y[:]))
	})
	list := []any{}
	for _, t := range tips {
		if t.BranchLength < least {
			continue
		}
		if len(list) >= count {
			break
		}
		x := t.Index
		fork := x.AncestorAt(x.Height() - t.BranchLength)
		list = append(list, object{
			{Key: "height", Value: x.Height()},
			{Key: "hash", Value: x.Hash().String()},
			{Key: "difficulty", Value: rpccall.Double(pow.Difficulty(x.Bits()))},
			{Key: "chainwork", Value: x.Work().String()},
			{Key: "branchlen", Value: t.BranchLength},
			{Key: "forkpoint", Value: fork.Hash().String()},
			{Key: "status", Value: t.Status},
		})
	}
	return list, nil
}

// month is the default window of getchaintxstats in seconds.
const month = 30 * 24 * 60 * 60

func (r *RPCs) getChainTxStats(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 2); err != nil {
		return nil, err
	}
	x := r.o.Chain.Tip()
	if call.Given(1) {
		var err error
		if x, err = r.block(call, 1, "blockhash"); err != nil {
			return nil, err
		}
		if !r.o.Chain.Contains(x) {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Block is not in main chain")
		}
	}
	count := max(0, min(int(month/r.o.Params.Consensus.PowTargetSpacing), x.Height()-1))
	if call.Given(0) {
		var err error
		if count, err = call.Int(0); err != nil {
			return nil, err
		}
		if count < 0 || count > 0 && count >= x.Height() {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid block count: should be between 0 and the block's height - 1")
		}
	}
	past := x.AncestorAt(x.Height() - count)
	seconds := x.MedianTime() - past.MedianTime()
	total := r.o.Chain.Info(x).ChainTransactions
	txs := int64(total) - int64(r.o.Chain.Info(past).ChainTransactions)
	o := object{
		{Key: "time", Value: x.Time()},
		{Key: "txcount", Value: total},
		{Key: "window_final_block_hash", Value: x.Hash().String()},
		{Key: "window_final_block_height", Value: x.Height()},
		{Key: "window_block_count", Value: count},
	}
	if count > 0 {
		o = append(o, member{Key: "window_tx_count", Value: txs}, member{Key: "window_interval", Value: seconds})
		if seconds > 0 {
			o = append(o, member{Key: "txrate", Value: rpccall.Double(float64(txs) / float64(seconds))})
		}
	}
	return o, nil
}

func (r *RPCs) getBestChainLock(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	var best *ChainLock
	if r.o.Locks != nil {
		best = r.o.Locks.BestChainLock()
	}
	if best == nil {
		return nil, rpcerr.Errorf(rpcerr.Internal, "Unable to find any ChainLock")
	}
	return object{
		{Key: "blockhash", Value: best.Hash.String()},
		{Key: "height", Value: best.Height},
		{Key: "signature", Value: hex.EncodeToString(best.Signature[:])},
		{Key: "known_block", Value: r.o.Chain.Lookup(best.Hash) != nil},
		{Key: "hex", Value: hex.EncodeToString(best.raw())},
	}, nil
}

// raw is the encoding of a ChainLock (CChainLockSig): height, block, signature.
func (l *ChainLock) raw() []byte {
	n := uint32(l.Height)
	b := []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
	return append(append(b, l.Hash[:]...), l.Signature[:]...)
}

// hashes is a set of hashes.
type hashes map[wire.Hash]bool
