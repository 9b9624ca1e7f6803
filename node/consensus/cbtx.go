package consensus

import (
	"dashmp/node/params"
	"dashmp/node/pow"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// coinbasePayload checks and returns the payload of b's coinbase, nil if it has
// none or it is to be left out. A ChainLock is refused in any case: the rules
// rely on there being none.
func (r *Rules) coinbasePayload(b *wire.Block, c SpecialContext) (*wire.CbTx, *Error) {
	if len(b.Txs) == 0 || b.Txs[0].Type != wire.TxCoinbase {
		return nil, nil
	}
	tx := b.Txs[0]
	if c.SkipCbTx {
		if cb, err := wire.PayloadOf[*wire.CbTx](tx); err == nil && cb.BestCLSignature != (wire.BLSSignature{}) {
			return nil, unverified("the ChainLock in the coinbase")
		}
		return nil, nil
	}
	if !tx.IsCoinbase() {
		return nil, invalid(KindConsensus, "bad-cbtx-invalid")
	}
	cb, err := wire.PayloadOf[*wire.CbTx](tx)
	if err != nil {
		return nil, invalid(KindConsensus, "bad-cbtx-payload")
	}
	if err := r.checkCbTx(cb, c.Prev); err != nil {
		return nil, specialInBlock(tx, err)
	}
	if cb.BestCLSignature != (wire.BLSSignature{}) {
		// Dash Core refuses the payload if this is no point of the curve, and
		// takes it for none if it is one in the other serialisation.
		return nil, unverified("the ChainLock in the coinbase")
	}
	return cb, nil
}

// checkCbTx checks version and height (CheckCbTx in Dash Core's src/evo/cbtx.cpp).
func (r *Rules) checkCbTx(cb *wire.CbTx, prev Block) *Error {
	if cb.Version == 0 || cb.Version > wire.CbTxCLSigAndBalance {
		return invalid(KindConsensus, "bad-cbtx-version")
	}
	if prev == nil {
		return nil
	}
	height := nextHeight(prev)
	if int64(height) != int64(cb.Height) {
		return invalid(KindConsensus, "bad-cbtx-height")
	}
	// DIP8 is asked about for the parent, one block later than everything else.
	if r.active(params.DIP0008, prev.Height()) && cb.Version < wire.CbTxMerkleRootQuorums {
		return invalid(KindConsensus, "bad-cbtx-version")
	}
	if r.active(params.V20, height) != (cb.Version >= wire.CbTxCLSigAndBalance) {
		return invalid(KindConsensus, "bad-cbtx-version")
	}
	return nil
}

// checkBestChainLock checks the coinbase's ChainLock where none has ever been:
// it can be neither older than the parent's nor absent by mistake.
func checkBestChainLock(cb *wire.CbTx) *Error {
	if cb.Version >= wire.CbTxCLSigAndBalance && cb.BestCLHeightDiff != 0 {
		return invalid(KindConsensus, "bad-cbtx-cldiff")
	}
	return nil
}

// CreditPoolAfter is the balance in duffs that the coinbase of the block after
// c.Prev with transactions txs (the coinbase included) must tell: what the
// parent told, and what the block locks and gives to Platform. ok is false
// before there is a credit pool.
//
// Source of the rule: CCreditPoolDiff in Dash Core's src/evo/creditpool.cpp.
func (r *Rules) CreditPoolAfter(txs []*wire.Tx, c SpecialContext) (balance int64, ok bool) {
	height := nextHeight(c.Prev)
	if c.Prev == nil || !r.active(params.DIP0008, height) || !r.active(params.V20, height) {
		return 0, false
	}
	if c.PrevCbTx != nil && r.active(params.V20, c.Prev.Height()) {
		balance = c.PrevCbTx.CreditPoolBalance
	}
	if r.active(params.MNRR, height) {
		reward := pow.Subsidy(c.Prev.Bits(), c.Prev.Height(), true, r.p).Block
		balance += pow.PlatformShare(pow.MasternodePayment(height, reward, true, &r.p.Consensus))
	}
	for i, tx := range txs {
		if i > 0 && tx.HasExtraPayload() && tx.Type == wire.TxAssetLock {
			balance += locked(tx)
		}
	}
	return balance, true
}

// locked is what an asset lock adds to the credit pool: its first OP_RETURN.
func locked(tx *wire.Tx) int64 {
	for i := range tx.Outputs {
		if s := tx.Outputs[i].ScriptPubKey; len(s) > 0 && script.Opcode(s[0]) == script.OpReturn {
			return tx.Outputs[i].Value
		}
	}
	return 0
}

func (r *Rules) checkCreditPool(b *wire.Block, cb *wire.CbTx, c SpecialContext) *Error {
	want, ok := r.CreditPoolAfter(b.Txs, c)
	if ok && cb.CreditPoolBalance != want {
		return invalid(KindConsensus, "bad-cbtx-assetlocked-amount")
	}
	return nil
}
