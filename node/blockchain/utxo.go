package blockchain

import (
	"context"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/wire"
)

// poolHeight is the height of a coin whose transaction is not in a block yet
// (MEMPOOL_HEIGHT).
const poolHeight = 0x7fffffff

// poolCoin is an output of a transaction in the pool. known is false if the
// pool does not have the transaction (CCoinsViewMemPool::GetCoin).
func (r *RPCs) poolCoin(o wire.OutPoint) (c coins.Coin, ok, known bool) {
	if r.o.Mempool == nil {
		return c, false, false
	}
	tx := r.o.Mempool.Transaction(o.Hash)
	if tx == nil {
		return c, false, false
	}
	if int64(o.Index) >= int64(len(tx.Outputs)) {
		return c, false, true
	}
	return coins.Coin{Out: tx.Outputs[o.Index], Height: poolHeight}, true, true
}

// Coin is an output that no transaction in the chain has spent, or one of the
// pool (FindCoins); false if there is none.
func (r *RPCs) Coin(_ context.Context, o wire.OutPoint) (*wire.TxOut, bool, error) {
	coin, found, pooled := r.poolCoin(o)
	if !pooled {
		var err error
		if coin, found, err = r.o.Chain.View().Coin(o); err != nil {
			return nil, false, err
		}
	}
	return &coin.Out, found, nil
}

func (r *RPCs) getTxOut(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(2, 3); err != nil {
		return nil, err
	}
	h, err := hash(call, 0, "txid")
	if err != nil {
		return nil, err
	}
	n, err := rpcvalue.Integer(call.Value(1), 64)
	if err == nil && (n < 0 || n > wire.NullIndex) {
		err = rpcerr.Errorf(rpcerr.Misc, "JSON integer out of range")
	}
	if err != nil {
		return nil, err
	}
	withPool, err := call.BoolOr(2, true)
	if err != nil {
		return nil, err
	}
	o := wire.OutPoint{Hash: h, Index: uint32(n)}
	var coin coins.Coin
	found, pooled := false, false
	if withPool {
		coin, found, pooled = r.poolCoin(o)
	}
	tip := r.o.Chain.Tip()
	if !pooled {
		err = r.o.Chain.With(func(x *chain.Index, view coins.View) error {
			var err error
			tip = x
			coin, found, err = view.Coin(o)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if !found || withPool && r.o.Mempool != nil && r.o.Mempool.IsSpent(o) {
		return nil, nil
	}
	confirmations := 0
	if !pooled {
		confirmations = tip.Height() - int(coin.Height) + 1
	}
	return object{
		{Key: "bestblock", Value: tip.Hash().String()},
		{Key: "confirmations", Value: confirmations},
		{Key: "value", Value: rpccall.Amount(coin.Out.Value)},
		{Key: "scriptPubKey", Value: r.json.ScriptPubKey(coin.Out.ScriptPubKey)},
		{Key: "coinbase", Value: coin.Coinbase},
	}, nil
}

// LookupCoins is the method by which the rpc role asks for the outputs that a
// transaction spends, on behalf of the signer. Clients cannot call it. Its
// parameter is a transaction in hexadecimal; the result is an array with the
// form of the parameter prevtxs of signrawtransactionwithkey, without those
// that are not known. A text that is no transaction has none: the signer
// refuses it.
const LookupCoins = "lookupcoins"

func (r *RPCs) lookupCoins(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	list := []any{}
	text, err := call.String(0)
	if err != nil {
		return list, nil
	}
	raw, err := rpcvalue.Hex(text, "transaction")
	if err != nil {
		return list, nil
	}
	tx, err := wire.DecodeTx(raw)
	if err != nil {
		return list, nil
	}
	seen := map[wire.OutPoint]bool{}
	for i := range tx.Inputs {
		o := tx.Inputs[i].PrevOut
		if seen[o] {
			continue
		}
		seen[o] = true
		out, found, err := r.Coin(ctx, o)
		if err != nil {
			return nil, err
		}
		if found {
			list = append(list, object{
				{Key: "txid", Value: o.Hash.String()},
				{Key: "vout", Value: o.Index},
				{Key: "scriptPubKey", Value: hexText(out.ScriptPubKey)},
				{Key: "amount", Value: rpccall.Amount(out.Value)},
			})
		}
	}
	return list, nil
}

// hashKind reads the name of a digest (ParseHashType).
func hashKind(name string) (coins.HashKind, error) {
	switch name {
	case "hash_serialized_2":
		return coins.HashSerialized2, nil
	case "muhash":
		return coins.HashMuhash, nil
	case "none":
		return coins.HashNone, nil
	}
	return 0, rpcerr.Errorf(rpcerr.InvalidParameter, "'%s' is not a valid hash_type", name)
}

// setQuery are the parameters of gettxoutsetinfo.
type setQuery struct {
	kind     coins.HashKind
	useIndex bool
	// at is the block that is asked for, nil for the tip.
	at *chain.Index
}

func (r *RPCs) parseSetQuery(call *rpccall.Call) (q setQuery, err error) {
	q.kind = coins.HashSerialized2
	if call.Given(0) {
		name, err := call.String(0)
		if err != nil {
			return q, err
		}
		if q.kind, err = hashKind(name); err != nil {
			return q, err
		}
	}
	if q.useIndex, err = call.BoolOr(2, true); err != nil || !call.Given(1) {
		return q, err
	}
	switch {
	case r.o.Indexes.CoinStats == nil:
		err = rpcerr.Errorf(rpcerr.InvalidParameter, "Querying specific block heights requires coinstatsindex")
	case q.kind == coins.HashSerialized2:
		err = rpcerr.Errorf(rpcerr.InvalidParameter, "hash_serialized_2 hash type cannot be queried for a specific block")
	case !q.useIndex:
		err = rpcerr.Errorf(rpcerr.InvalidParameter, "Cannot set use_index to false when querying for a specific block")
	default:
		q.at, err = r.hashOrHeight(call, 1)
	}
	return q, err
}

func (r *RPCs) getTxOutSetInfo(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 3); err != nil {
		return nil, err
	}
	q, err := r.parseSetQuery(call)
	if err != nil {
		return nil, err
	}
	index := r.o.Indexes.CoinStats
	if !q.useIndex || index == nil {
		return r.walkedSetInfo(ctx, q.kind)
	}
	x := q.at
	if x == nil {
		x = r.o.Chain.Tip()
	}
	if !index.WaitSynced(ctx) {
		if at := index.Summary().Height; x.Height() > at {
			return nil, rpcerr.Errorf(rpcerr.Internal, "Unable to get data because coinstatsindex is still syncing. Current height: %d", at)
		}
	}
	if q.kind == coins.HashSerialized2 {
		return r.walkedSetInfo(ctx, q.kind)
	}
	return indexedSetInfo(index, x, q.kind)
}

func unreadableSet() error {
	return rpcerr.Errorf(rpcerr.Internal, "Unable to read UTXO set")
}

// walkedSetInfo counts the set itself.
func (r *RPCs) walkedSetInfo(ctx context.Context, kind coins.HashKind) (any, error) {
	st, x, err := r.o.Chain.Stats(ctx, kind)
	if err != nil || !st.HasAmount {
		if err != nil && ctx.Err() == nil {
			r.o.Log.Error(err.Error())
		}
		return nil, unreadableSet()
	}
	return append(setInfo(x, st.Outputs, st.Bogo, kind, st.Hash),
		member{Key: "total_amount", Value: rpccall.Amount(st.Amount)},
		member{Key: "transactions", Value: st.Transactions},
		member{Key: "disk_size", Value: st.DiskSize}), nil
}

func setInfo(x *chain.Index, outputs, bogo uint64, kind coins.HashKind, digest wire.Hash) object {
	o := object{
		{Key: "height", Value: x.Height()},
		{Key: "bestblock", Value: x.Hash().String()},
		{Key: "txouts", Value: outputs},
		{Key: "bogosize", Value: bogo},
	}
	switch kind {
	case coins.HashSerialized2:
		o = append(o, member{Key: "hash_serialized_2", Value: digest.String()})
	case coins.HashMuhash:
		o = append(o, member{Key: "muhash", Value: digest.String()})
	}
	return o
}

// indexedSetInfo reads from the index what the set was after a block, and what
// the block did to it.
func indexedSetInfo(index CoinStatsIndex, x *chain.Index, kind coins.HashKind) (any, error) {
	s, ok := index.Stats(x)
	if !ok {
		return nil, unreadableSet()
	}
	var before CoinStats
	if x.Parent() != nil {
		if before, ok = index.Stats(x.Parent()); !ok {
			return nil, unreadableSet()
		}
	}
	unspendables := object{
		{Key: "genesis_block", Value: rpccall.Amount(s.UnspendableGenesis - before.UnspendableGenesis)},
		{Key: "bip30", Value: rpccall.Amount(s.UnspendableBIP30 - before.UnspendableBIP30)},
		{Key: "scripts", Value: rpccall.Amount(s.UnspendableScripts - before.UnspendableScripts)},
		{Key: "unclaimed_rewards", Value: rpccall.Amount(s.UnspendableUnclaimedRewards - before.UnspendableUnclaimedRewards)},
	}
	return append(setInfo(x, s.Outputs, s.Bogo, kind, s.Muhash),
		member{Key: "total_amount", Value: rpccall.Amount(s.Amount)},
		member{Key: "total_unspendable_amount", Value: rpccall.Amount(s.Unspendable)},
		member{Key: "block_info", Value: object{
			{Key: "prevout_spent", Value: rpccall.Amount(s.PrevoutSpent - before.PrevoutSpent)},
			{Key: "coinbase", Value: rpccall.Amount(s.Coinbase - before.Coinbase)},
			{Key: "new_outputs_ex_coinbase", Value: rpccall.Amount(s.NewOutputsExCoinbase - before.NewOutputsExCoinbase)},
			{Key: "unspendable", Value: rpccall.Amount(s.Unspendable - before.Unspendable)},
			{Key: "unspendables", Value: unspendables},
		}}), nil
}
