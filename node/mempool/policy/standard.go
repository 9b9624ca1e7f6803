package policy

import (
	"dashmp/node/consensus"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// Limits of Dash Core's src/policy/policy.h.
const (
	// MinTxSize is the smallest transaction that is relayed, in bytes; one of 64
	// could pass for an inner node of a merkle tree (CVE-2017-12842).
	MinTxSize = 83
	// MaxTxSigOps is how many signature operations one transaction may have.
	MaxTxSigOps = 4000
	// maxVersion is the highest standard version.
	maxVersion = 3
	// maxScriptSig is the largest standard input script in bytes: 15 of 15
	// signatures with compressed keys, rounded up.
	maxScriptSig = 1650
	// maxRedeemSigOps is how many signature operations a redeem script may have.
	maxRedeemSigOps = 15
)

// Defaults of the options, rates in duffs per 1000 bytes.
const (
	DefaultMinRelayFee         = 1000
	DefaultIncrementalRelayFee = 1000
)

// Policy is what the options say.
type Policy struct {
	// RequireStandard refuses what is not standard (-acceptnonstdtxn=0).
	RequireStandard bool
	// MinRelayFee, IncrementalRelayFee and DustRelayFee are in duffs per 1000
	// bytes.
	MinRelayFee, IncrementalRelayFee, DustRelayFee int64
	// BytesPerSigOp is what a signature operation counts for, in bytes.
	BytesPerSigOp int
	// DataCarrier is the largest script that carries data, in bytes; 0 allows
	// none (-datacarrier, -datacarriersize).
	DataCarrier int
	// BareMultisig allows multisig scripts as outputs (-permitbaremultisig).
	BareMultisig bool
}

// Default is the policy without options.
func Default() Policy {
	return Policy{
		RequireStandard: true, MinRelayFee: DefaultMinRelayFee, IncrementalRelayFee: DefaultIncrementalRelayFee,
		DustRelayFee: standard.DustRelayFee, BytesPerSigOp: standard.BytesPerSigOp, DataCarrier: standard.MaxDataCarrier,
		BareMultisig: true,
	}
}

// Size is what a transaction of so many bytes and signature operations counts
// for (GetVirtualTransactionSize).
func (p *Policy) Size(bytes, sigOps int) int { return max(bytes, sigOps*p.BytesPerSigOp) }

// CheckTx returns why a transaction is not standard by itself, "" if it is
// (IsStandardTx).
func (p *Policy) CheckTx(tx *wire.Tx) string {
	if tx.Version > maxVersion || tx.Version < 1 {
		return "version"
	}
	if tx.Size() >= consensus.MaxStandardTxSize {
		return "tx-size"
	}
	for i := range tx.Inputs {
		s := tx.Inputs[i].ScriptSig
		if len(s) > maxScriptSig {
			return "scriptsig-size"
		}
		if !script.IsPushOnly(s) {
			return "scriptsig-not-pushonly"
		}
	}
	return p.checkOutputs(tx.Outputs)
}

func (p *Policy) checkOutputs(outs []wire.TxOut) string {
	data := 0
	for i := range outs {
		kind, ok := standard.IsStandard(outs[i].ScriptPubKey, p.DataCarrier)
		switch {
		case !ok:
			return "scriptpubkey"
		case kind == standard.NullData:
			data++
		case kind == standard.Multisig && !p.BareMultisig:
			return "bare-multisig"
		case outs[i].Value < standard.DustThreshold(&outs[i], p.DustRelayFee):
			return "dust"
		}
	}
	if data > 1 {
		return "multi-op-return"
	}
	return ""
}

// InputsStandard reports whether the outputs that a standard transaction spends,
// in the order of its inputs, have a standard form, and redeem scripts not too
// many signature operations (AreInputsStandard).
func InputsStandard(tx *wire.Tx, spent []consensus.Coin) bool {
	for i := range tx.Inputs {
		switch standard.Solve(spent[i].Out.ScriptPubKey).Type {
		case standard.NonStandard:
			return false
		case standard.ScriptHash:
			redeem, ok := lastPush(tx.Inputs[i].ScriptSig)
			if !ok || script.SigOps(redeem, true) > maxRedeemSigOps {
				return false
			}
		}
	}
	return true
}

// lastPush is the top of the stack after an input script that only pushes; ok
// is false if running it fails or leaves nothing.
func lastPush(s []byte) (top []byte, ok bool) {
	list, ok := script.Parse(s)
	if !ok || len(list) == 0 || len(list) > script.MaxStackSize {
		return nil, false
	}
	for _, in := range list {
		if in.Op > script.Op16 || in.Op == script.OpReserved || len(in.Data) > script.MaxElementSize {
			return nil, false
		}
	}
	// What OP_1NEGATE and OP_1 to OP_16 push is one byte that is no operation on
	// signatures; Data is nil for them.
	return list[len(list)-1].Data, true
}
