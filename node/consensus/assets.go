package consensus

import (
	"dashmp/node/script"
	"dashmp/node/wire"
)

const (
	assetVersion = 1 // the only version of both payloads
	// maxWithdrawals bounds the outputs of an asset unlock.
	maxWithdrawals = 32
)

// checkAssetLock checks that the coins of the one OP_RETURN output are exactly
// those the payload credits.
//
// Source of the rule: CheckAssetLockTx in Dash Core's src/evo/assetlocktx.cpp.
func checkAssetLock(tx *wire.Tx) *Error {
	amount, err := burned(tx)
	if err != nil {
		return err
	}
	if amount == 0 {
		return invalid(KindBadSpecial, "bad-assetlocktx-no-return")
	}
	payload, decodeErr := wire.PayloadOf[*wire.AssetLock](tx)
	if decodeErr != nil {
		return invalid(KindBadSpecial, "bad-assetlocktx-payload")
	}
	if payload.Version == 0 || payload.Version > assetVersion {
		return invalid(KindBadSpecial, "bad-assetlocktx-version")
	}
	if len(payload.CreditOutputs) == 0 {
		return invalid(KindBadSpecial, "bad-assetlocktx-emptycreditoutputs")
	}
	var credited int64
	for i := range payload.CreditOutputs {
		o := &payload.CreditOutputs[i]
		if o.Value == 0 || !MoneyRange(o.Value) || !MoneyRange(credited+o.Value) {
			return invalid(KindBadSpecial, "bad-assetlocktx-credit-outofrange")
		}
		credited += o.Value
		if !script.IsPayToPubkeyHash(o.ScriptPubKey) {
			return invalid(KindBadSpecial, "bad-assetlocktx-pubKeyHash")
		}
	}
	if credited != amount {
		return invalid(KindBadSpecial, "bad-assetlocktx-creditamount")
	}
	return nil
}

// burned is the value of the only OP_RETURN output, which must hold an empty push.
func burned(tx *wire.Tx) (amount int64, err *Error) {
	for i := range tx.Outputs {
		s, v := tx.Outputs[i].ScriptPubKey, tx.Outputs[i].Value
		if len(s) == 0 || script.Opcode(s[0]) != script.OpReturn {
			continue
		}
		if len(s) != 2 || s[1] != 0 {
			return 0, invalid(KindBadSpecial, "bad-assetlocktx-non-empty-return")
		}
		if v == 0 || !MoneyRange(v) {
			return 0, invalid(KindBadSpecial, "bad-assetlocktx-opreturn-outofrange")
		}
		if amount > 0 {
			return 0, invalid(KindBadSpecial, "bad-assetlocktx-multiple-return")
		}
		amount = v
	}
	return amount, nil
}

// checkAssetUnlock checks a withdrawal up to the point where a quorum is needed.
// Of a chain without quorums none is valid, but a signature that is there might
// be malformed, for which Dash Core has another reason.
//
// Source of the rule: CheckAssetUnlockTx in Dash Core's src/evo/assetlocktx.cpp.
func checkAssetUnlock(tx *wire.Tx, c SpecialContext) *Error {
	if len(tx.Inputs) != 0 {
		return invalid(KindBadSpecial, "bad-assetunlocktx-have-input")
	}
	if len(tx.Outputs) > maxWithdrawals {
		return invalid(KindBadSpecial, "bad-assetunlocktx-too-many-outs")
	}
	payload, err := wire.PayloadOf[*wire.AssetUnlock](tx)
	if err != nil {
		return invalid(KindBadSpecial, "bad-assetunlocktx-payload")
	}
	if payload.QuorumSig != (wire.BLSSignature{}) {
		return unverified("an asset unlock")
	}
	if payload.Version == 0 || payload.Version > assetVersion {
		return invalid(KindBadSpecial, "bad-assetunlocktx-version")
	}
	if _, known := c.Lookup(payload.QuorumHash); !known {
		return invalid(KindConsensus, "bad-assetunlock-quorum-hash")
	}
	return invalid(KindConsensus, "bad-assetunlock-too-old-quorum")
}

// assetUnlockFee is the fee an asset unlock names, in duffs (GetAssetUnlockFee).
func assetUnlockFee(tx *wire.Tx) (int64, *Error) {
	payload, err := wire.PayloadOf[*wire.AssetUnlock](tx)
	if err != nil {
		return 0, invalid(KindBadSpecial, "bad-assetunlocktx-payload")
	}
	// 32 bits of duffs cannot exceed MaxMoney.
	if payload.Fee == 0 {
		return 0, invalid(KindConsensus, "bad-txns-assetunlock-fee-outofrange")
	}
	return int64(payload.Fee), nil
}
