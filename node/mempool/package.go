package mempool

import (
	"context"
	"fmt"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/mempool/policy"
	"dashmp/node/wire"
)

// TestPackage judges transactions as if they entered one after the other,
// parents first; none may conflict with another or be in the pool. Nothing is
// kept. The error is no refusal.
//
// Source: ProcessNewPackage with test_accept.
func (p *Pool) TestPackage(ctx context.Context, txs []*wire.Tx) (r PackageResult, err error) {
	err = p.atTip(ctx, func() error {
		r, err = p.acceptTogether(txs, false)
		return err
	})
	return r, err
}

// AcceptPackage judges a child with all its unconfirmed parents, parents first,
// and lets them in; what each pays too little the child may pay for all. The
// error is no refusal.
//
// Source: ProcessNewPackage, MemPoolAccept::AcceptPackage.
func (p *Pool) AcceptPackage(ctx context.Context, txs []*wire.Tx) (r PackageResult, err error) {
	if reason := policy.CheckPackage(txs); reason != "" {
		return PackageResult{Kind: PackagePolicy, Reject: reason}, nil
	}
	if !policy.IsChildWithParents(txs) {
		return PackageResult{Kind: PackagePolicy, Reject: "package-not-child-with-parents"}, nil
	}
	err = p.atTip(ctx, func() error {
		if r, err = p.acceptFamily(txs); err != nil {
			return err
		}
		return p.checkSometimes()
	})
	if err == nil {
		err = p.o.Chain.Flush(chain.FlushPeriodic)
	}
	return r, err
}

// acceptFamily is AcceptPackage with the lock held.
func (p *Pool) acceptFamily(txs []*wire.Tx) (PackageResult, error) {
	complete, err := p.hasAllParents(txs)
	if err != nil {
		return PackageResult{}, err
	}
	if !complete {
		return PackageResult{Kind: PackagePolicy, Reject: "package-not-child-with-unconfirmed-parents"}, nil
	}
	r := PackageResult{Txs: map[wire.Hash]Result{}}
	var rest []*wire.Tx
	hopeless := false
	for _, tx := range txs {
		id := tx.ID()
		if e := p.entries[id]; e != nil {
			r.Txs[id] = Result{ID: id, Already: true, Size: e.size, Fee: e.fee}
			continue
		}
		one, err := p.acceptOne(&judgement{tx: tx, time: p.now()}, false)
		switch {
		case err != nil:
			return PackageResult{}, err
		case one.Err == nil:
			r.Txs[id] = one
		case one.Err.Kind != consensus.KindMempoolPolicy && one.Err.Kind != consensus.KindMissingInputs:
			hopeless = true // a package changes nothing about it
		default:
			rest = append(rest, tx)
		}
	}
	if hopeless || len(rest) == 0 {
		return r, nil
	}
	together, err := p.acceptTogether(rest, true)
	for id, one := range r.Txs {
		if together.Txs == nil {
			together.Txs = map[wire.Hash]Result{}
		}
		if _, judged := together.Txs[id]; !judged {
			together.Txs[id] = one
		}
	}
	return together, err
}

// hasAllParents reports whether all that the last of a package spends is in the
// package or in the chain.
func (p *Pool) hasAllParents(txs []*wire.Tx) (complete bool, err error) {
	parents := map[wire.Hash]bool{}
	for _, tx := range txs[:len(txs)-1] {
		parents[tx.ID()] = true
	}
	child := txs[len(txs)-1]
	complete = true
	err = p.o.Chain.With(func(tip *chain.Index, view coins.View) error {
		if tip != p.tip {
			return errMoved
		}
		for i := range child.Inputs {
			out := child.Inputs[i].PrevOut
			if parents[out.Hash] {
				continue
			}
			if _, ok, err := view.Coin(out); err != nil || !ok {
				complete = false
				return err
			}
		}
		return nil
	})
	return complete, err
}

// acceptTogether judges transactions that may depend on each other, and lets
// them in if submit is set (MemPoolAccept::AcceptMultipleTransactions).
func (p *Pool) acceptTogether(txs []*wire.Tx, submit bool) (PackageResult, error) {
	if reason := policy.CheckPackage(txs); reason != "" {
		return PackageResult{Kind: PackagePolicy, Reject: reason}, nil
	}
	r := PackageResult{Txs: map[wire.Hash]Result{}}
	list, err := p.checkAll(txs, submit, &r)
	if err != nil || r.Kind != PackageOK {
		return r, err
	}
	size, fee := 0, int64(0)
	for _, j := range list {
		size += j.e.size
		fee = saturate(fee, p.modifiedFee(j.e))
	}
	r.HasFeeRate, r.FeeRate = true, fee*1000/int64(size)
	if submit && p.checkFeeRate(size, fee) != nil {
		r.Kind, r.Reject = PackagePolicy, "package-fee-too-low"
		return r, nil
	}
	if len(txs) > 1 && p.packageLimits(txs, p.o.Limits) != nil {
		r.Kind, r.Reject = PackagePolicy, "package-mempool-limits"
		return r, nil
	}
	for _, j := range list {
		one, err := p.result(j, p.checkScripts(j))
		if err != nil {
			return r, err
		}
		if one.Err != nil || !submit {
			r.Txs[j.id] = one
		}
		if one.Err != nil {
			r.Kind, r.Reject = PackageTx, "transaction failed"
			return r, nil
		}
	}
	if submit {
		err = p.submit(list, &r)
	}
	return r, err
}

// checkAll applies the cheap rules to all, up to the first that fails.
func (p *Pool) checkAll(txs []*wire.Tx, submit bool, r *PackageResult) (list []*judgement, err error) {
	made := map[wire.OutPoint]wire.TxOut{}
	for _, tx := range txs {
		j := &judgement{tx: tx, id: tx.ID(), time: p.now(), inPackage: submit, made: made}
		if err := p.check(j); err != nil {
			one, err := p.result(j, err)
			r.Kind, r.Reject, r.Txs[j.id] = PackageTx, "transaction failed", one
			return nil, err
		}
		for i := range tx.Outputs {
			made[wire.OutPoint{Hash: j.id, Index: uint32(i)}] = tx.Outputs[i]
		}
		list = append(list, j)
	}
	return list, nil
}

// submit lets a package in, and only then trims the pool: an earlier one must
// not go before a later one pays for it (MemPoolAccept::SubmitPackage).
func (p *Pool) submit(list []*judgement, r *PackageResult) error {
	for _, j := range list {
		err := p.checkConsensusScripts(j)
		if err == nil {
			// Those before it have entered.
			j.ancestors, err = p.ancestorsOfNew(j.tx, j.e.size, p.o.Limits)
		}
		if err == nil {
			err = p.enter(j, true)
		}
		if err != nil {
			return fmt.Errorf("mempool: what was judged right cannot enter: %s: %w", j.id, err)
		}
	}
	p.limit()
	for _, j := range list {
		if e := p.entries[j.id]; e != nil {
			r.Txs[j.id] = Result{ID: j.id, Size: e.size, Fee: e.fee}
			p.tellAdded(e)
			continue
		}
		r.Txs[j.id] = Result{ID: j.id, Err: refusal(refuse(consensus.KindMempoolPolicy, "mempool full"))}
	}
	return nil
}
