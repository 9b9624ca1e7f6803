package mempool

import (
	"context"

	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/wire"
)

// Accept judges a transaction at the chain's tip and, if it is right and how
// does not say otherwise, lets it in. The error is not a refusal, but the end of
// ctx or an error of the system.
//
// Source: ChainstateManager::ProcessTransaction.
func (p *Pool) Accept(ctx context.Context, tx *wire.Tx, how How) (Result, error) {
	return p.acceptAt(ctx, tx, how, p.now())
}

// acceptAt is Accept of a transaction that came at a time in seconds.
func (p *Pool) acceptAt(ctx context.Context, tx *wire.Tx, how How, time int64) (r Result, err error) {
	err = p.atTip(ctx, func() error {
		if r, err = p.acceptOne(&judgement{tx: tx, time: time, bypass: how.BypassLimits}, how.Test); err != nil {
			return err
		}
		return p.checkSometimes()
	})
	if err == nil {
		// What was read of the coins may have made their cache too large.
		err = p.o.Chain.Flush(chain.FlushPeriodic)
	}
	return r, err
}

// acceptOne judges one transaction with the lock held at the chain's tip
// (MemPoolAccept::AcceptSingleTransaction). The error is no refusal.
func (p *Pool) acceptOne(j *judgement, test bool) (Result, error) {
	j.id = j.tx.ID()
	err := p.check(j)
	if err == nil {
		err = p.checkScripts(j)
	}
	if err == nil {
		err = p.checkConsensusScripts(j)
	}
	if err == nil && !test {
		err = p.enter(j, j.bypass)
	}
	return p.result(j, err)
}

// result is what became of j. An error that is no refusal is passed on.
func (p *Pool) result(j *judgement, err error) (Result, error) {
	if err == nil {
		return Result{ID: j.id, Size: j.e.size, Fee: j.e.fee}, nil
	}
	e := refusal(err)
	if e == nil {
		return Result{}, err
	}
	p.debug("AcceptToMemoryPool: %v %s (%s)", j.id, e.Reject, e.Debug)
	return Result{ID: j.id, Err: e, Missing: j.missing}, nil
}

// enter lets in what was judged, and keeps the pool within its limits unless
// that is for the caller to do (MemPoolAccept::Finalize).
func (p *Pool) enter(j *judgement, unlimited bool) error {
	informs := p.modifiedFee(j.e) != 0 && !unlimited && p.current() && p.independent(j.tx)
	p.insert(j.e, j.ancestors)
	p.updates++
	if p.o.Fees != nil {
		p.o.Fees.Entered(j.e.forFees(), informs)
	}
	if !unlimited {
		p.limit()
		if p.entries[j.id] == nil {
			return refuse(consensus.KindMempoolPolicy, "mempool full")
		}
	}
	if !j.inPackage {
		p.tellAdded(j.e)
	}
	return nil
}

func (p *Pool) tellAdded(e *entry) {
	e.sequence = p.nextSequence()
	p.events.add(Event{Added: true, Tx: e.tx, ID: e.id, Sequence: e.sequence, Fee: e.fee, Size: e.size})
}

// independent reports whether tx spends nothing of the pool (HasNoInputsOf).
func (p *Pool) independent(tx *wire.Tx) bool {
	for i := range tx.Inputs {
		if p.entries[tx.Inputs[i].PrevOut.Hash] != nil {
			return false
		}
	}
	return true
}

// staleForFees is how old the tip may be, in seconds, for transactions to tell
// anything about fees.
const staleForFees = 3 * 60 * 60

// current reports whether the node is not behind (IsCurrentForFeeEstimation).
func (p *Pool) current() bool {
	return !p.o.Chain.InitialDownload() && int64(p.tip.Time()) >= p.now()-staleForFees &&
		p.tip.Height() >= p.o.Chain.BestHeader().Height()-1
}
