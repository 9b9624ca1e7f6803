package consensus

import (
	"dashmp/node/script"
	"dashmp/node/wire"
)

// Limits of Dash Core's src/consensus/consensus.h.
const (
	// MaxLegacyBlockSize and MaxBlockSize are in bytes, before and from DIP1 on.
	MaxLegacyBlockSize = 1_000_000
	MaxBlockSize       = 2_000_000
	// sigOpBytes: one signature operation is allowed for so many bytes.
	sigOpBytes = 50
	// CoinbaseMaturity is the depth in blocks from which a coinbase may be spent.
	CoinbaseMaturity = 100
	// MaxStandardTxSize bounds transactions, in bytes, from DIP1 on.
	MaxStandardTxSize = 100_000
)

// BlockLimits are the largest size of a block in bytes and the largest number
// of its signature operations.
func BlockLimits(dip1 bool) (size, sigOps int) {
	size = MaxLegacyBlockSize
	if dip1 {
		size = MaxBlockSize
	}
	return size, size / sigOpBytes
}

// CheckTransaction applies the rules that need no context.
//
// Source of the rule: CheckTransaction in Dash Core's src/consensus/tx_check.cpp.
func CheckTransaction(tx *wire.Tx) error { return asError(checkTransaction(tx)) }

func checkTransaction(tx *wire.Tx) *Error {
	// The type alone decides here, whatever the version says.
	noOutputs := tx.Type == wire.TxQuorumCommitment || tx.Type == wire.TxMnHfSignal
	if len(tx.Inputs) == 0 && !noOutputs && tx.Type != wire.TxAssetUnlock {
		return invalid(KindConsensus, "bad-txns-vin-empty")
	}
	if len(tx.Outputs) == 0 && !noOutputs {
		return invalid(KindConsensus, "bad-txns-vout-empty")
	}
	if tx.Size() > MaxLegacyBlockSize {
		return invalid(KindConsensus, "bad-txns-oversize")
	}
	if len(tx.ExtraPayload) > wire.MaxPayloadSize {
		return invalid(KindConsensus, "bad-txns-payload-oversize")
	}
	if err := checkOutputs(tx); err != nil {
		return err
	}
	if repeatsInput(tx) { // CVE-2018-17144
		return invalid(KindConsensus, "bad-txns-inputs-duplicate")
	}
	if tx.IsCoinbase() {
		shortest := 2
		if tx.Type == wire.TxCoinbase { // whose payload holds the height
			shortest = 1
		}
		if n := len(tx.Inputs[0].ScriptSig); n < shortest || n > 100 {
			return invalid(KindConsensus, "bad-cb-length")
		}
		return nil
	}
	for i := range tx.Inputs {
		if tx.Inputs[i].PrevOut.IsNull() {
			return invalid(KindConsensus, "bad-txns-prevout-null")
		}
	}
	return nil
}

// repeatsInput reports whether tx spends an output twice.
func repeatsInput(tx *wire.Tx) bool {
	// Most transactions have few inputs, for which comparing each with each
	// needs no memory.
	const few = 16
	if len(tx.Inputs) <= few {
		for i := range tx.Inputs {
			for j := range i {
				if tx.Inputs[i].PrevOut == tx.Inputs[j].PrevOut {
					return true
				}
			}
		}
		return false
	}
	seen := make(map[wire.OutPoint]struct{}, len(tx.Inputs))
	for i := range tx.Inputs {
		seen[tx.Inputs[i].PrevOut] = struct{}{}
	}
	return len(seen) < len(tx.Inputs)
}

// checkOutputs refuses negative amounts and overflows (CVE-2010-5139).
func checkOutputs(tx *wire.Tx) *Error {
	var sum int64
	for i := range tx.Outputs {
		v := tx.Outputs[i].Value
		if v < 0 {
			return invalid(KindConsensus, "bad-txns-vout-negative")
		}
		if v > MaxMoney {
			return invalid(KindConsensus, "bad-txns-vout-toolarge")
		}
		if sum += v; !MoneyRange(sum) {
			return invalid(KindConsensus, "bad-txns-txouttotal-toolarge")
		}
	}
	return nil
}

// IsFinal reports whether tx may be in a block at height whose time, or whose
// parent's median time from BIP113 on, is blockTime.
//
// Source of the rule: IsFinalTx in Dash Core's src/consensus/tx_verify.cpp.
func IsFinal(tx *wire.Tx, height int, blockTime int64) bool {
	if tx.LockTime == 0 {
		return true
	}
	limit := blockTime
	if tx.LockTime < script.LockTimeSeconds {
		limit = int64(height)
	}
	if int64(tx.LockTime) < limit {
		return true
	}
	for i := range tx.Inputs {
		if tx.Inputs[i].Sequence != wire.SequenceFinal {
			return false
		}
	}
	return true
}

// LegacySigOps counts signature operations the way blocks were limited from the
// start: of all scripts in tx, run or not, each CHECKMULTISIG as twenty.
func LegacySigOps(tx *wire.Tx) (n int) {
	for i := range tx.Inputs {
		n += script.SigOps(tx.Inputs[i].ScriptSig, false)
	}
	for i := range tx.Outputs {
		n += script.SigOps(tx.Outputs[i].ScriptPubKey, false)
	}
	return n
}

// P2SHSigOps counts signature operations of the redeem scripts that tx runs;
// spent are the coins of its inputs in their order, none for a coinbase.
func P2SHSigOps(tx *wire.Tx, spent []Coin) (n int) {
	if tx.IsCoinbase() {
		return 0
	}
	for i := range min(len(tx.Inputs), len(spent)) {
		if pubKey := spent[i].Out.ScriptPubKey; script.IsPayToScriptHash(pubKey) {
			n += script.SigOpsP2SH(pubKey, tx.Inputs[i].ScriptSig)
		}
	}
	return n
}

// SigOps is what tx counts against its block's limit (GetTransactionSigOpCount).
func SigOps(tx *wire.Tx, spent []Coin, flags script.Flags) int {
	n := LegacySigOps(tx)
	if flags&script.VerifyP2SH != 0 {
		n += P2SHSigOps(tx, spent)
	}
	return n
}

// CheckTxInputs checks amounts and the maturity of coinbases, and returns the
// fee in duffs. spent are the coins that tx spends, in the order of its inputs;
// fewer coins than inputs means that one is missing or spent. tx must have
// passed CheckTransaction and is not a coinbase.
//
// Source of the rule: Consensus::CheckTxInputs in Dash Core's
// src/consensus/tx_verify.cpp.
func CheckTxInputs(tx *wire.Tx, spent []Coin, spendHeight int) (fee int64, err error) {
	fee, e := checkTxInputs(tx, spent, spendHeight)
	return fee, asError(e)
}

func checkTxInputs(tx *wire.Tx, spent []Coin, spendHeight int) (int64, *Error) {
	if tx.HasExtraPayload() && tx.Type == wire.TxAssetUnlock {
		return assetUnlockFee(tx)
	}
	if len(spent) < len(tx.Inputs) {
		return 0, invalidf(KindMissingInputs, "bad-txns-inputs-missingorspent", "CheckTxInputs: inputs missing/spent")
	}
	var in int64
	for i := range spent {
		c := &spent[i]
		if depth := spendHeight - int(c.Height); c.Coinbase && depth < CoinbaseMaturity {
			return 0, invalidf(KindPrematureSpend, "bad-txns-premature-spend-of-coinbase",
				"tried to spend coinbase at depth %d", depth)
		}
		if !MoneyRange(c.Out.Value) || !MoneyRange(in+c.Out.Value) {
			return 0, invalid(KindConsensus, "bad-txns-inputvalues-outofrange")
		}
		in += c.Out.Value
	}
	out := ValueOut(tx)
	if in < out {
		return 0, invalidf(KindConsensus, "bad-txns-in-belowout",
			"value in (%s) < value out (%s)", formatMoney(in), formatMoney(out))
	}
	// Both are amounts and out is not negative, so the fee is an amount, which
	// Dash Core checks once more as bad-txns-fee-outofrange.
	return in - out, nil
}

// AddFees adds a transaction's fee to those of its block, in duffs.
func AddFees(sum, fee int64) (int64, error) {
	if sum += fee; !MoneyRange(sum) {
		return 0, invalid(KindConsensus, "bad-txns-accumulated-fee-outofrange")
	}
	return sum, nil
}
