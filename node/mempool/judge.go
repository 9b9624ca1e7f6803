package mempool

import (
	"errors"
	"fmt"

	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/mempool/policy"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// judgement is a transaction while it is judged (MemPoolAccept::Workspace).
type judgement struct {
	tx *wire.Tx
	id wire.Hash
	// time is when it came, in seconds.
	time int64
	// bypass: fees do not matter. inPackage: they are judged together.
	bypass, inPackage bool
	// made are the outputs of those before it in its package.
	made map[wire.OutPoint]wire.TxOut

	spent     []consensus.Coin
	missing   []wire.Hash
	e         *entry
	ancestors set
}

// unconfirmed is the height of coins that no block holds (MEMPOOL_HEIGHT).
const unconfirmed = 0x7fffffff

func refuse(k consensus.Kind, reject string) error { return &consensus.Error{Kind: k, Reject: reject} }

func refusef(k consensus.Kind, reject, format string, args ...any) error {
	return &consensus.Error{Kind: k, Reject: reject, Debug: fmt.Sprintf(format, args...)}
}

// check applies every rule but those of scripts, the cheap ones first
// (MemPoolAccept::PreChecks). An error that is a *consensus.Error is a refusal.
func (p *Pool) check(j *judgement) error {
	if err := p.checkAlone(j.tx); err != nil {
		return err
	}
	if p.entries[j.id] != nil {
		return refuse(consensus.KindConflict, "txn-already-in-mempool")
	}
	for i := range j.tx.Inputs {
		if p.spends[j.tx.Inputs[i].PrevOut] != nil {
			return refuse(consensus.KindConflict, "txn-mempool-conflict")
		}
	}
	if err := p.findCoins(j); err != nil {
		return err
	}
	locks, block := p.lockPoints(j.tx, j.spent)
	if !locks.Satisfied(p.tip) {
		return refuse(consensus.KindPrematureSpend, "non-BIP68-final")
	}
	if err := p.checkSpending(j); err != nil {
		return err
	}
	j.e.locks, j.e.lockBlock = locks, block
	var err error
	if j.ancestors, err = p.chainLimits(j.tx, j.e.size, p.o.Limits); err != nil {
		return refusef(consensus.KindMempoolPolicy, "too-long-mempool-chain", "%v", err)
	}
	return p.o.Rules.CheckSpecialTx(j.tx, consensus.SpecialContext{Prev: p.tip, Lookup: func(h wire.Hash) (consensus.Block, bool) {
		x := p.o.Chain.Lookup(h)
		if x == nil {
			return nil, false
		}
		return x, true
	}})
}

// checkAlone applies the rules that need no coins.
func (p *Pool) checkAlone(tx *wire.Tx) error {
	if err := consensus.CheckTransaction(tx); err != nil {
		return err
	}
	if err := p.o.Rules.ContextualCheckTx(tx, p.tip.Height()+1); err != nil {
		p.o.Log.Error(fmt.Sprintf("PreChecks: ContextualCheckTransaction: %s, %v", tx.ID(), err))
		return err
	}
	if tx.Version >= wire.SpecialTxVersion && tx.Type == wire.TxQuorumCommitment {
		return refuse(consensus.KindConsensus, "qc-not-allowed")
	}
	if tx.IsCoinbase() {
		return refuse(consensus.KindConsensus, "coinbase")
	}
	if p.o.Policy.RequireStandard {
		if reason := p.o.Policy.CheckTx(tx); reason != "" {
			return refuse(consensus.KindNotStandard, reason)
		}
	}
	if tx.Size() < policy.MinTxSize {
		return refuse(consensus.KindNotStandard, "tx-size-small")
	}
	if !p.final(tx) {
		return refuse(consensus.KindPrematureSpend, "non-final")
	}
	return nil
}

// final reports whether the next block may hold tx (CheckFinalTxAtTip).
func (p *Pool) final(tx *wire.Tx) bool {
	return consensus.IsFinal(tx, p.tip.Height()+1, p.tip.MedianTime())
}

// findCoins looks up what a transaction spends: in its package, in the pool,
// then in the chain, whose lock is held no longer than that.
func (p *Pool) findCoins(j *judgement) error {
	j.spent = make([]consensus.Coin, len(j.tx.Inputs))
	return p.o.Chain.With(func(tip *chain.Index, view coins.View) error {
		if tip != p.tip {
			return errMoved
		}
		for i := range j.tx.Inputs {
			out := j.tx.Inputs[i].PrevOut
			coin, ok, err := p.coin(out, j.made, view)
			if err != nil {
				return err
			}
			if j.spent[i] = coin; !ok {
				j.miss(out.Hash)
			}
		}
		if len(j.missing) == 0 {
			return nil
		}
		known, err := unspent(view, j.tx, j.id)
		if err != nil {
			return err
		}
		if known {
			j.missing = nil
			return refuse(consensus.KindConflict, "txn-already-known")
		}
		return refuse(consensus.KindMissingInputs, "bad-txns-inputs-missingorspent")
	})
}

func (j *judgement) miss(id wire.Hash) {
	for _, m := range j.missing {
		if m == id {
			return
		}
	}
	j.missing = append(j.missing, id)
}

// coin is an output that may be spent (CCoinsViewMemPool::GetCoin).
func (p *Pool) coin(o wire.OutPoint, made map[wire.OutPoint]wire.TxOut, view coins.View) (consensus.Coin, bool, error) {
	if out, ok := made[o]; ok {
		return consensus.Coin{Out: out, Height: unconfirmed}, true, nil
	}
	if e := p.entries[o.Hash]; e != nil {
		if int64(o.Index) >= int64(len(e.tx.Outputs)) {
			return consensus.Coin{}, false, nil
		}
		return consensus.Coin{Out: e.tx.Outputs[o.Index], Height: unconfirmed}, true, nil
	}
	c, ok, err := view.Coin(o)
	return consensus.Coin(c), ok, err
}

// unspent reports whether the chain has an unspent output of a transaction.
func unspent(view coins.View, tx *wire.Tx, id wire.Hash) (bool, error) {
	outs := make([]wire.OutPoint, len(tx.Outputs))
	for i := range outs {
		outs[i] = wire.OutPoint{Hash: id, Index: uint32(i)}
	}
	if fast, ok := view.(interface {
		AnyExist([]wire.OutPoint) (bool, error)
	}); ok {
		return fast.AnyExist(outs)
	}
	for _, o := range outs {
		if _, ok, err := view.Coin(o); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// lockPoints are the relative lock times of tx, and the youngest block with a
// coin that it spends: while that is in the active chain they hold
// (CalculateLockPointsAtTip).
func (p *Pool) lockPoints(tx *wire.Tx, spent []consensus.Coin) (consensus.Locks, *chain.Index) {
	heights, youngest := make([]int, len(spent)), 0
	for i := range spent {
		if spent[i].Height == unconfirmed {
			heights[i] = p.tip.Height() + 1
			continue
		}
		heights[i] = int(spent[i].Height)
		youngest = max(youngest, heights[i])
	}
	return consensus.SequenceLocks(tx, true, heights, p.tip), p.tip.AncestorAt(youngest)
}

// checkSpending applies the rules about what is spent, and makes the entry.
func (p *Pool) checkSpending(j *judgement) error {
	fee, err := consensus.CheckTxInputs(j.tx, j.spent, p.tip.Height()+1)
	if err != nil {
		return err
	}
	if p.o.Policy.RequireStandard && !policy.InputsStandard(j.tx, j.spent) {
		return refuse(consensus.KindInputsNotStandard, "bad-txns-nonstandard-inputs")
	}
	sigOps := consensus.SigOps(j.tx, j.spent, standard.VerifyFlags)
	j.e = &entry{
		tx: j.tx, id: j.id, fee: fee, size: p.o.Policy.Size(j.tx.Size(), sigOps), sigOps: sigOps,
		usage: txUsage(j.tx), time: j.time, height: p.tip.Height(),
	}
	for i := range j.spent {
		j.e.spendsCoinbase = j.e.spendsCoinbase || j.spent[i].Coinbase
	}
	if sigOps > policy.MaxTxSigOps {
		return refusef(consensus.KindNotStandard, "bad-txns-too-many-sigops", "%d", sigOps)
	}
	// A signal of masternodes has neither inputs nor a fee.
	if j.bypass || j.inPackage || j.tx.Version >= wire.SpecialTxVersion && j.tx.Type == wire.TxMnHfSignal {
		return nil
	}
	return p.checkFeeRate(j.e.size, p.modifiedFee(j.e))
}

// modifiedFee is the fee of a transaction that is to enter, with what an
// operator added to it.
func (p *Pool) modifiedFee(e *entry) int64 { return saturate(e.fee, p.deltas[e.id]) }

// checkFeeRate holds a fee in duffs to the pool's and the relay's minimum
// (MemPoolAccept::CheckFeeRate).
func (p *Pool) checkFeeRate(size int, fee int64) error {
	if least := standard.Fee(p.minFeeRate(), size); least > 0 && fee < least {
		return refusef(consensus.KindMempoolPolicy, "mempool min fee not met", "%d < %d", fee, least)
	}
	if least := standard.Fee(p.o.Policy.MinRelayFee, size); fee < least {
		return refusef(consensus.KindMempoolPolicy, "min relay fee not met", "%d < %d", fee, least)
	}
	return nil
}

// mandatory are the rules whose breach condemns whoever relays it
// (MANDATORY_SCRIPT_VERIFY_FLAGS).
const mandatory = script.VerifyP2SH

// checkScripts verifies the inputs by the rules of relay
// (MemPoolAccept::PolicyScriptChecks).
func (p *Pool) checkScripts(j *judgement) error {
	return p.runScripts(j, standard.VerifyFlags)
}

// checkConsensusScripts verifies them by those of the tip's block and remembers
// it, which saves the work when they are mined
// (MemPoolAccept::ConsensusScriptChecks).
func (p *Pool) checkConsensusScripts(j *judgement) error {
	flags := p.o.Rules.ScriptFlags(p.tip.Height())
	if err := p.runScripts(j, flags); err != nil {
		p.o.Log.Error(fmt.Sprintf("BUG! PLEASE REPORT THIS! CheckInputScripts failed against latest-block but not STANDARD flags %s, %v", j.id, err))
		return err
	}
	if p.o.Scripts != nil {
		p.o.Scripts.AddTransaction(j.id, flags)
	}
	return nil
}

// runScripts verifies all inputs (CheckInputScripts).
func (p *Pool) runScripts(j *judgement, flags script.Flags) error {
	if p.o.Scripts != nil && p.o.Scripts.HasTransaction(j.id, flags) {
		return nil
	}
	for i := range j.tx.Inputs {
		err := p.runScript(j, i, flags)
		if err == nil {
			continue
		}
		if flags&standard.VerifyFlags&^mandatory != 0 && p.runScript(j, i, flags&^(standard.VerifyFlags&^mandatory)) == nil {
			return refuse(consensus.KindNotStandard, "non-mandatory-script-verify-flag ("+err.Error()+")")
		}
		return refuse(consensus.KindConsensus, "mandatory-script-verify-flag-failed ("+err.Error()+")")
	}
	return nil
}

func (p *Pool) runScript(j *judgement, i int, flags script.Flags) error {
	checker := &script.TxChecker{Tx: j.tx, Index: i}
	if p.o.Scripts != nil {
		checker.Cache = p.o.Scripts
	}
	return script.Verify(j.tx.Inputs[i].ScriptSig, j.spent[i].Out.ScriptPubKey, flags, checker)
}

// refusal is err as a refusal, nil if it is an error of the system.
func refusal(err error) *consensus.Error {
	var e *consensus.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
