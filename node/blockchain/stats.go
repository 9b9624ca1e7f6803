package blockchain

import (
	"cmp"
	"context"
	"slices"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/script"
	"dashmp/node/wire"
)

const (
	// coinOverhead is what a coin takes besides its output: outpoint, height,
	// coinbase flag (PER_UTXO_OVERHEAD).
	coinOverhead = 36 + 4 + 1
	// maxBlockSize is the largest size of a block in bytes (MaxBlockSize).
	maxBlockSize = 2_000_000
)

// selected reads parameter 1 of getblockstats: names of statistics in their
// alphabetical order, none for all.
func selected(call *rpccall.Call) (names []string, err error) {
	if !call.Given(1) {
		return nil, nil
	}
	if err := rpcvalue.Want(call.Value(1), univalue.Array); err != nil {
		return nil, err
	}
	for v := range call.Value(1).Elements() {
		if err := rpcvalue.Want(v, univalue.String); err != nil {
			return nil, err
		}
		names = append(names, v.Text())
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (r *RPCs) getBlockStats(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	x, err := r.hashOrHeight(call, 0)
	if err != nil {
		return nil, err
	}
	names, err := selected(call)
	if err != nil {
		return nil, err
	}
	b, err := r.readBlock(ctx, x)
	if err != nil {
		return nil, err
	}
	undo, err := r.undo(ctx, x)
	if err != nil {
		return nil, err
	}
	s := blockStats{minFee: consensus.MaxMoney, minRate: consensus.MaxMoney, minSize: maxBlockSize, genesis: x.Parent() == nil}
	if err := s.count(b, undo); err != nil {
		return nil, err
	}
	all := s.result(x, len(b.Txs), r.subsidy(x))
	if len(names) == 0 {
		return all, nil
	}
	out := object{}
	for _, name := range names {
		i := slices.IndexFunc(all, func(m member) bool { return m.Key == name })
		if i < 0 {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid selected statistic '%s'", name)
		}
		out = append(out, all[i])
	}
	return out, nil
}

// undo reads what a block spent (GetUndoChecked); the genesis block spent
// nothing.
func (r *RPCs) undo(ctx context.Context, x *chain.Index) (coins.BlockUndo, error) {
	if x.Parent() == nil {
		return nil, nil
	}
	if r.pruned(x) {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Undo data not available (pruned data)")
	}
	u, err := r.o.Chain.Undo(ctx, x)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Can't read undo data from disk")
	}
	return u, nil
}

// subsidy is what the block may create, in duffs (GetBlockSubsidy).
func (r *RPCs) subsidy(x *chain.Index) int64 {
	if x.Parent() == nil {
		return consensus.ValueOut(r.o.Params.Genesis.Txs[0])
	}
	return r.o.Rules.Subsidy(x.Parent())
}

// weighted is a fee rate in duffs per byte and the size of its transaction.
type weighted struct{ rate, size int64 }

// blockStats are the sums of getblockstats: amounts in duffs, sizes in bytes.
type blockStats struct {
	genesis bool

	maxFee, maxRate, minFee, minRate int64
	totalOut, totalFee               int64
	inputs, outputs, coins           int64
	maxSize, minSize, totalSize      int64
	coinSize, coinSizeActual         int64
	fees, sizes                      []int64
	rates                            []weighted
}

func (s *blockStats) count(b *wire.Block, undo coins.BlockUndo) error {
	for i, tx := range b.Txs {
		out := s.countOutputs(tx)
		if tx.IsCoinbase() {
			continue
		}
		if i < 1 || i > len(undo) {
			return rpcerr.Errorf(rpcerr.Misc, "Can't read undo data from disk")
		}
		if err := s.countTx(tx, out, undo[i-1]); err != nil {
			return err
		}
	}
	return nil
}

func (s *blockStats) countOutputs(tx *wire.Tx) (total int64) {
	s.outputs += int64(len(tx.Outputs))
	for i := range tx.Outputs {
		out := &tx.Outputs[i]
		total += out.Value
		size := coinBytes(out)
		s.coinSize += size
		if !s.genesis && !script.IsUnspendable(out.ScriptPubKey) {
			s.coins++
			s.coinSizeActual += size
		}
	}
	return total
}

// coinBytes is what an output adds to the set.
func coinBytes(out *wire.TxOut) int64 {
	n := len(out.ScriptPubKey)
	return int64(8+wire.CompactSizeLen(uint64(n))+n) + coinOverhead
}

func (s *blockStats) countTx(tx *wire.Tx, out int64, spent coins.TxUndo) error {
	s.inputs += int64(len(tx.Inputs))
	s.totalOut += out
	size := int64(tx.Size())
	s.sizes = append(s.sizes, size)
	s.maxSize, s.minSize = max(s.maxSize, size), min(s.minSize, size)
	s.totalSize += size
	fee := -out
	for i := range spent {
		fee += spent[i].Out.Value
		n := coinBytes(&spent[i].Out)
		s.coinSize -= n
		s.coinSizeActual -= n
	}
	if rawtx.IsPlatformTransfer(tx) {
		p, err := wire.PayloadOf[*wire.AssetUnlock](tx)
		if err != nil {
			return err
		}
		fee = int64(p.Fee)
	}
	if !consensus.MoneyRange(fee) {
		return rpcerr.Errorf(rpcerr.Misc, "Internal bug detected: MoneyRange(txfee)")
	}
	rate := fee / size
	s.fees, s.rates = append(s.fees, fee), append(s.rates, weighted{rate, size})
	s.maxFee, s.minFee = max(s.maxFee, fee), min(s.minFee, fee)
	s.maxRate, s.minRate = max(s.maxRate, rate), min(s.minRate, rate)
	s.totalFee += fee
	return nil
}

// median is that of a list, cut to an integer; 0 of none.
func median(list []int64) int64 {
	n := len(list)
	if n == 0 {
		return 0
	}
	slices.Sort(list)
	if n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[n/2]
}

// percentiles are the fee rates at five shares of the total size
// (CalculatePercentilesBySize).
func percentiles(list []weighted, total int64) []any {
	t := float64(total)
	shares := [...]float64{t / 10, t / 4, t / 2, t * 3 / 4, t * 9 / 10}
	slices.SortFunc(list, func(a, b weighted) int { return cmp.Or(cmp.Compare(a.rate, b.rate), cmp.Compare(a.size, b.size)) })
	out := []any{}
	sum := int64(0)
	for _, w := range list {
		sum += w.size
		for len(out) < len(shares) && float64(sum) >= shares[len(out)] {
			out = append(out, w.rate)
		}
	}
	for len(out) < len(shares) {
		last := int64(0)
		if len(list) > 0 {
			last = list[len(list)-1].rate
		}
		out = append(out, last)
	}
	return out
}

// orZero is n, or 0 if nothing was smaller than none.
func orZero(n, none int64) int64 {
	if n == none {
		return 0
	}
	return n
}

func perUnit(sum, n int64) int64 {
	if n == 0 {
		return 0
	}
	return sum / n
}

func (s *blockStats) result(x *chain.Index, txs int, subsidy int64) object {
	others := int64(txs - 1)
	return object{
		{Key: "avgfee", Value: perUnit(s.totalFee, others)},
		{Key: "avgfeerate", Value: perUnit(s.totalFee, s.totalSize)},
		{Key: "avgtxsize", Value: perUnit(s.totalSize, others)},
		{Key: "blockhash", Value: x.Hash().String()},
		{Key: "feerate_percentiles", Value: percentiles(s.rates, s.totalSize)},
		{Key: "height", Value: x.Height()},
		{Key: "ins", Value: s.inputs},
		{Key: "maxfee", Value: s.maxFee},
		{Key: "maxfeerate", Value: s.maxRate},
		{Key: "maxtxsize", Value: s.maxSize},
		{Key: "medianfee", Value: median(s.fees)},
		{Key: "mediantime", Value: x.MedianTime()},
		{Key: "mediantxsize", Value: median(s.sizes)},
		{Key: "minfee", Value: orZero(s.minFee, consensus.MaxMoney)},
		{Key: "minfeerate", Value: orZero(s.minRate, consensus.MaxMoney)},
		{Key: "mintxsize", Value: orZero(s.minSize, maxBlockSize)},
		{Key: "outs", Value: s.outputs},
		{Key: "subsidy", Value: subsidy},
		{Key: "time", Value: x.Time()},
		{Key: "total_out", Value: s.totalOut},
		{Key: "total_size", Value: s.totalSize},
		{Key: "totalfee", Value: s.totalFee},
		{Key: "txs", Value: txs},
		{Key: "utxo_increase", Value: s.outputs - s.inputs},
		{Key: "utxo_size_inc", Value: s.coinSize},
		{Key: "utxo_increase_actual", Value: s.coins - s.inputs},
		{Key: "utxo_size_inc_actual", Value: s.coinSizeActual},
	}
}
