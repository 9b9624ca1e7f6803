package mempool

import (
	"context"
	"fmt"
	"slices"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/mempool/policy"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// defaultMaxFeeRate is the highest fee rate without maxfeerate, in duffs per
// 1000 bytes (DEFAULT_MAX_RAW_TX_FEE_RATE).
const defaultMaxFeeRate = 10_000_000

// sortedTexts are hashes as they are displayed, in the order of their text.
func sortedTexts(list []wire.Hash) []string {
	out := texts(list)
	slices.Sort(out)
	return out
}

// Texts of TransactionErrorString.
const (
	textInChain  = "Transaction already in block chain"
	textFeeLimit = "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)"
)

// Broadcast lets a transaction in and has it announced, unless it costs more
// than maxFee duffs; 0 is no limit. One that is in the pool is announced again.
// Without relay nothing is announced. A refusal is an *rpcerr.Error, as
// sendrawtransaction tells it (BroadcastTransaction).
func (p *Pool) Broadcast(ctx context.Context, tx *wire.Tx, maxFee int64, relay, bypass bool) error {
	id := tx.ID()
	mined := false
	err := p.o.Chain.With(func(_ *chain.Index, view coins.View) (err error) {
		mined, err = unspent(view, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if mined {
		return rpcerr.Errorf(rpcerr.VerifyAlreadyIn, textInChain)
	}
	if !p.Has(id) {
		if err := p.hand(ctx, tx, maxFee, How{BypassLimits: bypass}); err != nil {
			return err
		}
		if relay {
			p.AddUnbroadcast(id)
		}
	}
	if relay {
		p.announce(id)
	}
	return nil
}

// hand judges the fee before it lets a transaction in.
func (p *Pool) hand(ctx context.Context, tx *wire.Tx, maxFee int64, how How) error {
	if maxFee > 0 {
		test := how
		test.Test = true
		if err := p.limited(ctx, tx, maxFee, test); err != nil {
			return err
		}
	}
	return p.limited(ctx, tx, 0, how)
}

// limited is Accept with the refusals of Broadcast.
func (p *Pool) limited(ctx context.Context, tx *wire.Tx, maxFee int64, how How) error {
	r, err := p.Accept(ctx, tx, how)
	switch {
	case err != nil:
		return err
	case r.Err != nil:
		return broadcastError(r.Err)
	case maxFee > 0 && r.Fee > maxFee:
		return rpcerr.Errorf(rpcerr.Verify, textFeeLimit)
	}
	return nil
}

// Test judges a transaction as Broadcast does, without keeping it.
func (p *Pool) Test(ctx context.Context, tx *wire.Tx, maxFee int64) error {
	return p.limited(ctx, tx, maxFee, How{Test: true})
}

// broadcastError is a refusal as RPCs tell it (HandleATMPError).
func broadcastError(e *consensus.Error) error {
	if e.Kind == consensus.KindMissingInputs {
		return rpcerr.Errorf(rpcerr.Verify, "%s", e.Error())
	}
	return rpcerr.Errorf(rpcerr.VerifyRejected, "%s", e.Error())
}

func (r *rpcs) sendRawTransaction(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 4); err != nil {
		return nil, err
	}
	if err := rpcvalue.CheckTypes(call, univalue.String, univalue.Null, univalue.Bool, univalue.Bool); err != nil {
		return nil, err
	}
	text, err := call.String(0)
	if err != nil {
		return nil, err
	}
	tx, ok := rawtx.DecodeHex(text)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed. Make sure the tx has at least one input.")
	}
	rate, err := maxFeeRate(call)
	if err != nil {
		return nil, err
	}
	bypass, err := call.BoolOr(3, false)
	if err != nil {
		return nil, err
	}
	if err := r.p.Broadcast(ctx, tx, standard.Fee(rate, tx.Size()), true, bypass); err != nil {
		return nil, err
	}
	return tx.ID().String(), nil
}

// maxFeeRate reads parameter 1, in DASH per 1000 bytes.
func maxFeeRate(call *rpccall.Call) (int64, error) {
	if !call.Given(1) {
		return defaultMaxFeeRate, nil
	}
	return rpcvalue.Amount(call.Value(1))
}

// checkList holds parameter 0 to the number of transactions in a package.
func checkList(call *rpccall.Call) error {
	if err := rpcvalue.Want(call.Value(0), univalue.Array); err != nil {
		return err
	}
	if n := call.Value(0).Len(); n < 1 || n > policy.MaxPackageCount {
		return rpcerr.Errorf(rpcerr.InvalidParameter, "Array must contain between 1 and %d transactions.", policy.MaxPackageCount)
	}
	return nil
}

// decodeList reads the transactions of parameter 0.
func decodeList(call *rpccall.Call) (list []*wire.Tx, err error) {
	for v := range call.Value(0).Elements() {
		if err := rpcvalue.Want(v, univalue.String); err != nil {
			return nil, err
		}
		tx, ok := rawtx.DecodeHex(v.Text())
		if !ok {
			return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed: %s Make sure the tx has at least one input.", v.Text())
		}
		list = append(list, tx)
	}
	return list, nil
}

func (r *rpcs) testMempoolAccept(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	if err := checkList(call); err != nil {
		return nil, err
	}
	rate, err := maxFeeRate(call)
	if err != nil {
		return nil, err
	}
	txs, err := decodeList(call)
	if err != nil {
		return nil, err
	}
	p, err := r.judge(ctx, txs)
	if err != nil {
		return nil, err
	}
	result, expensive := []object{}, false
	for _, tx := range txs {
		id := tx.ID()
		o := object{{Key: "txid", Value: id.String()}}
		if p.Kind == PackagePolicy {
			o = append(o, member{Key: "package-error", Value: p.Reject})
		}
		if one, judged := p.Txs[id]; judged && !expensive {
			if one.Err == nil {
				limit := standard.Fee(rate, one.Size)
				expensive = limit != 0 && one.Fee > limit
			}
			o = append(o, tested(&one, expensive)...)
		}
		result = append(result, o)
	}
	return result, nil
}

// judge tests one or several transactions.
func (r *rpcs) judge(ctx context.Context, txs []*wire.Tx) (PackageResult, error) {
	if len(txs) > 1 {
		return r.p.TestPackage(ctx, txs)
	}
	one, err := r.p.Accept(ctx, txs[0], How{Test: true})
	return PackageResult{Txs: map[wire.Hash]Result{one.ID: one}}, err
}

// tested is what testmempoolaccept tells of one that was judged.
func tested(one *Result, expensive bool) object {
	reason := ""
	switch {
	case expensive:
		reason = "max-fee-exceeded"
	case one.Err == nil:
		return object{
			{Key: "allowed", Value: true}, {Key: "vsize", Value: one.Size},
			{Key: "fees", Value: object{{Key: "base", Value: rpccall.Amount(one.Fee)}}},
		}
	case one.Err.Kind == consensus.KindMissingInputs:
		reason = "missing-inputs"
	default:
		reason = one.Err.Reject
	}
	return object{{Key: "allowed", Value: false}, {Key: "reject-reason", Value: reason}}
}

func (r *rpcs) submitPackage(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	if !r.o.Mockable {
		return nil, fmt.Errorf("submitpackage is for regression testing (-regtest mode) only")
	}
	if err := checkList(call); err != nil {
		return nil, err
	}
	txs, err := decodeList(call)
	if err != nil {
		return nil, err
	}
	p, err := r.p.AcceptPackage(ctx, txs)
	if err != nil {
		return nil, err
	}
	if err := packageError(&p, txs); err != nil {
		return nil, err
	}
	results := object{}
	for _, tx := range txs {
		if err := r.p.Broadcast(ctx, tx, 0, true, false); err != nil {
			return nil, afterSubmission(err)
		}
		id := tx.ID()
		one, judged := p.Txs[id]
		if !judged {
			return nil, rpcerr.Errorf(rpcerr.Misc, "%s was not judged", id)
		}
		results = append(results, member{Key: id.String(), Value: object{
			{Key: "txid", Value: id.String()}, {Key: "size", Value: one.Size},
			{Key: "fees", Value: object{{Key: "base", Value: rpccall.Amount(one.Fee)}}},
		}})
	}
	result := object{{Key: "tx-results", Value: results}}
	if p.HasFeeRate {
		result = append(result, member{Key: "package-feerate", Value: rpccall.Amount(p.FeeRate)})
	}
	return result, nil
}

// afterSubmission is the failure to announce a package that is in the pool.
func afterSubmission(err error) error {
	e, ok := err.(*rpcerr.Error)
	if !ok {
		return err
	}
	return rpcerr.Errorf(e.Code, "transaction broadcast failed: %s (all transactions were submitted, 0 transactions were broadcast successfully)", e.Message)
}

// packageError is the refusal of a package.
func packageError(p *PackageResult, txs []*wire.Tx) error {
	switch p.Kind {
	case PackagePolicy:
		return rpcerr.Errorf(rpcerr.Verify, "%s", p.Reject)
	case PackageTx:
		for _, tx := range txs {
			if one := p.Txs[tx.ID()]; one.Err != nil {
				return rpcerr.Errorf(rpcerr.VerifyRejected, "%s failed: %s", tx.ID(), one.Err.Reject)
			}
		}
	}
	return nil
}
