package consensus

import (
	"bytes"
	"fmt"

	"dashmp/node/params"
	"dashmp/node/pow"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// MaxFutureBlockTime is how far a block's time may be ahead of the clock, in
// seconds.
const MaxFutureBlockTime = 2 * 60 * 60

// Checks select parts of CheckBlock. A miner's template has neither work nor,
// in a proposal, a settled merkle root.
type Checks struct {
	Work       bool
	MerkleRoot bool
}

// AllChecks is what a block from outside has to pass.
var AllChecks = Checks{Work: true, MerkleRoot: true}

// CheckHeader applies the rules that need no context to a header with its hash.
//
// Source of the rule: CheckBlockHeader in Dash Core's src/validation.cpp.
func (r *Rules) CheckHeader(h *wire.Header, hash wire.Hash, work bool) error {
	return asError(r.checkHeader(h, hash, work))
}

func (r *Rules) checkHeader(h *wire.Header, hash wire.Hash, work bool) *Error {
	if work && !pow.Check(hash, h.Bits, r.p.Consensus.PowLimit) {
		return invalidf(KindInvalidHeader, "high-hash", "proof of work failed")
	}
	if !r.p.DevnetGenesisHash.IsZero() && h.PrevBlock == r.p.GenesisHash && hash != r.p.DevnetGenesisHash {
		return invalid(KindConsensus, "devnet-genesis")
	}
	return nil
}

// CheckBlock applies the rules that need no context to a block, whose header
// has the given hash.
//
// Source of the rule: CheckBlock in Dash Core's src/validation.cpp.
func (r *Rules) CheckBlock(b *wire.Block, hash wire.Hash, do Checks) error {
	return asError(r.checkBlock(b, hash, do))
}

func (r *Rules) checkBlock(b *wire.Block, hash wire.Hash, do Checks) *Error {
	if err := r.checkHeader(&b.Header, hash, do.Work); err != nil {
		return err
	}
	if do.MerkleRoot {
		root, mutated := b.MerkleRoot()
		if b.Header.MerkleRoot != root {
			return invalidf(KindMutated, "bad-txnmrklroot", "hashMerkleRoot mismatch")
		}
		if mutated { // CVE-2012-2459
			return invalidf(KindMutated, "bad-txns-duplicate", "duplicate transaction")
		}
	}
	if err := checkBlockSize(b, MaxBlockSize); err != nil {
		return err
	}
	if !b.Txs[0].IsCoinbase() {
		return invalidf(KindConsensus, "bad-cb-missing", "first tx is not coinbase")
	}
	for _, tx := range b.Txs[1:] {
		if tx.IsCoinbase() {
			return invalidf(KindConsensus, "bad-cb-multiple", "more than one coinbase")
		}
	}
	sigOps := 0
	for _, tx := range b.Txs {
		if err := checkTransaction(tx); err != nil {
			return txInBlock(tx, err)
		}
	}
	for _, tx := range b.Txs {
		sigOps += LegacySigOps(tx)
	}
	return checkSigOps(sigOps, true)
}

func txInBlock(tx *wire.Tx, err *Error) *Error {
	return blockError(err, "Transaction check failed (tx hash %s)", tx.ID())
}

func checkBlockSize(b *wire.Block, limit int) *Error {
	if len(b.Txs) == 0 || len(b.Txs) > limit || b.Size() > limit {
		return invalidf(KindConsensus, "bad-blk-length", "size limits failed")
	}
	return nil
}

func checkSigOps(n int, dip1 bool) *Error {
	if _, limit := BlockLimits(dip1); n > limit {
		return invalidf(KindConsensus, "bad-blk-sigops", "out-of-bounds SigOpCount")
	}
	return nil
}

// CheckBlockSigOps holds the signature operations of a block at height,
// those of redeem scripts included, to the limit.
func (r *Rules) CheckBlockSigOps(n, height int) error {
	if _, limit := BlockLimits(r.active(params.DIP0001, height)); n > limit {
		return invalid(KindConsensus, "bad-blk-sigops")
	}
	return nil
}

// HeaderContext is what a header is checked against besides its ancestors.
type HeaderContext struct {
	// Now is the network-adjusted time, in seconds since the epoch.
	Now int64
	// Checkpoint is the height of the last checkpoint whose block is known, 0
	// if there is none or checkpoints are off.
	Checkpoint int
}

// ContextualCheckHeader applies the rules that depend on a header's ancestors;
// prev is its parent.
//
// Source of the rule: ContextualCheckBlockHeader in Dash Core's src/validation.cpp.
func (r *Rules) ContextualCheckHeader(h *wire.Header, prev Block, c HeaderContext) error {
	return asError(r.contextualCheckHeader(h, prev, c))
}

func (r *Rules) contextualCheckHeader(h *wire.Header, prev Block, c HeaderContext) *Error {
	height := nextHeight(prev)
	if pow.CheckBits(prev, h, r.p) != nil {
		e := invalid(KindInvalidHeader, string(pow.ErrDiffBits))
		if r.p.Network != params.Main || height > lenientBitsHeight {
			e.Debug = fmt.Sprintf("incorrect proof of work at %d", height)
		}
		return e
	}
	if height < c.Checkpoint {
		return &Error{
			Kind: KindCheckpoint, Reject: "bad-fork-prior-to-checkpoint",
			Log: fmt.Sprintf("forked chain older than last checkpoint (height %d)", height),
		}
	}
	if median := MedianTimePast(prev); int64(h.Time) <= median {
		return invalidf(KindInvalidHeader, "time-too-old", "block's timestamp is too early %d %d", h.Time, median)
	}
	if int64(h.Time) > c.Now+MaxFutureBlockTime {
		return invalidf(KindTimeFuture, "time-too-new",
			"block timestamp too far in the future %d %d", h.Time, c.Now+MaxFutureBlockTime)
	}
	if h.Version < 2 && r.active(params.BIP34, height) ||
		h.Version < 3 && r.active(params.BIP66, height) ||
		h.Version < 4 && r.active(params.BIP65, height) {
		return invalidf(KindInvalidHeader, fmt.Sprintf("bad-version(0x%08x)", uint32(h.Version)),
			"rejected nVersion=0x%08x block", uint32(h.Version))
	}
	return nil
}

// lenientBitsHeight is the last main network height at which a target need only
// be near the rule's.
const lenientBitsHeight = 68589

// LastCheckpoint is the height of the last checkpoint whose block known
// reports, 0 if there is none.
func (r *Rules) LastCheckpoint(known func(wire.Hash) bool) int {
	for i := len(r.p.Checkpoints) - 1; i >= 0; i-- {
		if known(r.p.Checkpoints[i].Hash) {
			return r.p.Checkpoints[i].Height
		}
	}
	return 0
}

// ContextualCheckBlock applies the rules that depend on a block's ancestors but
// not on unspent outputs; prev is its parent. The block must have passed
// CheckBlock.
//
// Source of the rule: ContextualCheckBlock in Dash Core's src/validation.cpp.
func (r *Rules) ContextualCheckBlock(b *wire.Block, prev Block) error {
	return asError(r.contextualCheckBlock(b, prev))
}

func (r *Rules) contextualCheckBlock(b *wire.Block, prev Block) *Error {
	height := nextHeight(prev)
	cutoff := int64(b.Header.Time)
	if r.active(params.CSV, height) && prev != nil { // BIP113
		cutoff = MedianTimePast(prev)
	}
	dip1, dip3 := r.active(params.DIP0001, height), r.active(params.DIP0003, height)
	size, _ := BlockLimits(dip1)
	if err := checkBlockSize(b, size); err != nil {
		return err
	}
	sigOps := 0
	for _, tx := range b.Txs {
		if !IsFinal(tx, height, cutoff) {
			return invalidf(KindConsensus, "bad-txns-nonfinal", "non-final transaction")
		}
		if err := r.contextualCheckTx(tx, height); err != nil {
			return txInBlock(tx, err)
		}
		sigOps += LegacySigOps(tx)
	}
	if err := checkSigOps(sigOps, dip1); err != nil {
		return err
	}
	if r.active(params.BIP34, height) && !dip3 {
		// From DIP3 on the height is in the payload instead.
		want := script.AppendInt(nil, int64(height))
		if !bytes.HasPrefix(b.Txs[0].Inputs[0].ScriptSig, want) {
			return invalidf(KindConsensus, "bad-cb-height", "block height mismatch in coinbase")
		}
	}
	if dip3 && b.Txs[0].Type != wire.TxCoinbase {
		return invalidf(KindConsensus, "bad-cb-type", "coinbase is not a CbTx")
	}
	return nil
}

// ContextualCheckTx applies the rules for the types and sizes of transactions
// in a block at height.
//
// Source of the rule: ContextualCheckTransaction in Dash Core's src/validation.cpp.
func (r *Rules) ContextualCheckTx(tx *wire.Tx, height int) error {
	return asError(r.contextualCheckTx(tx, height))
}

func (r *Rules) contextualCheckTx(tx *wire.Tx, height int) *Error {
	if r.active(params.DIP0003, height) {
		if tx.Type > wire.TxAssetUnlock || tx.Type != wire.TxNormal && tx.Version < wire.SpecialTxVersion {
			return invalid(KindConsensus, "bad-txns-type")
		}
		if tx.Version >= wire.SpecialTxVersion && tx.IsCoinbase() && tx.Type != wire.TxCoinbase {
			return invalid(KindConsensus, "bad-txns-cb-type")
		}
	}
	if r.active(params.DIP0001, height) && tx.Size() > MaxStandardTxSize {
		return invalid(KindConsensus, "bad-txns-oversize")
	}
	return nil
}
