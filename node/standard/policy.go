package standard

import (
	"math"

	"dashmp/node/script"
	"dashmp/node/wire"
)

// VerifyFlags are the rules that a relayed transaction's scripts must satisfy
// (STANDARD_SCRIPT_VERIFY_FLAGS).
const VerifyFlags = script.VerifyP2SH | script.VerifyDERSig | script.VerifyStrictEnc | script.VerifyMinimalData |
	script.VerifyNullDummy | script.VerifyDiscourageUpgradableNops | script.VerifyCleanStack | script.VerifyNullFail |
	script.VerifyCheckLockTime | script.VerifyCheckSequence | script.VerifyLowS | script.VerifyConstScriptCode

const (
	// DustRelayFee is the default of -dustrelayfee in duffs per 1000 bytes.
	DustRelayFee = 3000
	// MaxDataCarrier is the default of -datacarriersize in bytes, OP_RETURN and
	// the push included.
	MaxDataCarrier = 83
	// spendSize is what spending an output takes at least, in bytes.
	spendSize = 148
	// maxBareKeys is how many keys a standard bare multisig may have.
	maxBareKeys = 3
	// BytesPerSigOp is the default of -bytespersigop.
	BytesPerSigOp = 20
)

// IsStandard reports whether an output script is relayed. dataCarrier bounds
// the length of a script that carries data; 0 allows none.
func IsStandard(s []byte, dataCarrier int) (Type, bool) {
	sol := Solve(s)
	switch sol.Type {
	case NonStandard:
		return sol.Type, false
	case Multisig:
		return sol.Type, len(sol.Keys) <= maxBareKeys
	case NullData:
		return sol.Type, len(s) <= dataCarrier
	}
	return sol.Type, true
}

// Fee is what size bytes cost at a rate in duffs per 1000 bytes, rounded away
// from zero to at least one duff (CFeeRate::GetFee).
func Fee(rate int64, size int) int64 {
	fee := int64(math.Ceil(float64(rate*int64(size)) / 1000))
	if fee == 0 && size != 0 {
		switch {
		case rate > 0:
			return 1
		case rate < 0:
			return -1
		}
	}
	return fee
}

// DustThreshold is the value in duffs below which an output is dust: less than
// it costs to spend it at rate (GetDustThreshold). An output that nobody can
// spend is never dust.
func DustThreshold(out *wire.TxOut, rate int64) int64 {
	if script.IsUnspendable(out.ScriptPubKey) {
		return 0
	}
	return Fee(rate, len(out.Append(nil))+spendSize)
}
