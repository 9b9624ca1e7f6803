package consensus

import (
	"dashmp/node/params"
	"dashmp/node/wire"
)

// SpecialContext is what special transactions are checked against.
type SpecialContext struct {
	// Prev is the block that the transactions follow.
	Prev Block
	// PrevCbTx is the coinbase payload of Prev, nil if it has none.
	PrevCbTx *wire.CbTx
	// Lookup finds a known block by its hash, on whichever branch.
	Lookup func(wire.Hash) (Block, bool)
	// SkipCbTx leaves the coinbase payload out, as Dash Core does below an
	// assumed valid block.
	SkipCbTx bool
}

// CheckSpecialTx checks a loose special transaction for the block after c.Prev;
// others pass.
//
// Source of the rule: CheckSpecialTxInner in Dash Core's src/evo/specialtxman.cpp.
func (r *Rules) CheckSpecialTx(tx *wire.Tx, c SpecialContext) error {
	return asError(r.checkSpecialTx(tx, c))
}

func (r *Rules) checkSpecialTx(tx *wire.Tx, c SpecialContext) *Error {
	if !tx.HasExtraPayload() {
		return nil
	}
	if !r.active(params.DIP0003, nextHeight(c.Prev)) {
		return invalid(KindBadSpecial, "bad-tx-type")
	}
	switch tx.Type {
	case wire.TxProRegister, wire.TxProUpService, wire.TxProUpRegistrar, wire.TxProUpRevoke:
		return r.checkProTx(tx, c)
	case wire.TxCoinbase:
		if !tx.IsCoinbase() {
			return invalid(KindConsensus, "bad-cbtx-invalid")
		}
		payload, err := wire.PayloadOf[*wire.CbTx](tx)
		if err != nil {
			return invalid(KindConsensus, "bad-cbtx-payload")
		}
		return r.checkCbTx(payload, c.Prev)
	case wire.TxQuorumCommitment:
		return r.checkCommitmentTx(tx, c)
	case wire.TxMnHfSignal:
		return r.checkMnHf(tx, c)
	case wire.TxAssetLock:
		return checkAssetLock(tx)
	case wire.TxAssetUnlock:
		return checkAssetUnlock(tx, c)
	}
	return invalid(KindBadSpecial, "bad-tx-type-check")
}

// CheckSpecialTxs checks a block's special transactions and what its coinbase
// payload says of the chain up to it, on a chain that never had a masternode.
// That it has none the function itself ensures: the first registration, and
// anything only a quorum can make, is KindUnverified. c.Prev is the parent.
//
// Source of the rule: CSpecialTxProcessor::ProcessSpecialTxsInBlock in Dash
// Core's src/evo/specialtxman.cpp.
func (r *Rules) CheckSpecialTxs(b *wire.Block, c SpecialContext) error {
	return asError(r.checkSpecialTxs(b, c))
}

func (r *Rules) checkSpecialTxs(b *wire.Block, c SpecialContext) *Error {
	height := nextHeight(c.Prev)
	cb, err := r.coinbasePayload(b, c)
	if err != nil {
		return err
	}
	if !c.SkipCbTx && cb == nil && r.active(params.DIP0003, height) {
		return invalid(KindConsensus, "bad-cbtx-version")
	}
	for i, tx := range b.Txs {
		if i == 0 && tx.Type == wire.TxCoinbase {
			continue // done above
		}
		if err := r.checkSpecialTx(tx, c); err != nil {
			return specialInBlock(tx, err)
		}
	}
	if cb != nil {
		if err := r.checkCreditPool(b, cb, c); err != nil {
			return err
		}
	}
	if err := r.checkCommitments(b, c); err != nil {
		return err
	}
	if cb == nil {
		return nil
	}
	// The merkle roots of no masternodes and no quorums.
	if !cb.MerkleRootMNList.IsZero() {
		return invalid(KindConsensus, "bad-cbtx-mnmerkleroot")
	}
	if cb.Version >= wire.CbTxMerkleRootQuorums && !cb.MerkleRootQuorums.IsZero() {
		return invalid(KindConsensus, "bad-cbtx-quorummerkleroot")
	}
	return checkBestChainLock(cb)
}

func specialInBlock(tx *wire.Tx, err *Error) *Error {
	return blockError(err, "Special Transaction check failed (tx hash %s)", tx.ID())
}
