package consensus

import "dashmp/node/wire"

const mnHfVersion = 1

// checkMnHf checks a masternodes' signal for a version bit up to the point
// where a quorum is needed. As with an asset unlock, one with a signature stays
// undecided.
//
// Source of the rule: CheckMNHFTx in Dash Core's src/evo/mnhftx.cpp.
func (r *Rules) checkMnHf(tx *wire.Tx, c SpecialContext) *Error {
	payload, err := wire.PayloadOf[*wire.MnHfSignal](tx)
	if err != nil {
		return invalid(KindConsensus, "bad-mnhf-payload")
	}
	if payload.Signature != (wire.BLSSignature{}) {
		return unverified("a masternode hard fork signal")
	}
	if payload.Version == 0 || payload.Version > mnHfVersion {
		return invalid(KindConsensus, "bad-mnhf-version")
	}
	if payload.Bit >= versionBitsCount {
		// Dash Core stops on an assertion before it gets to this reason.
		return invalid(KindConsensus, "bad-mnhf-nbit-out-of-bounds")
	}
	if !r.p.ValidMNActivation(int(payload.Bit), MedianTimePast(c.Prev)).Allowed {
		return invalid(KindConsensus, "bad-mnhf-non-ehf")
	}
	b, known := c.Lookup(payload.QuorumHash)
	if !known || !inChain(b, c.Prev) {
		return invalid(KindConsensus, "bad-mnhf-quorum-hash")
	}
	return invalid(KindConsensus, "bad-mnhf-missing-quorum")
}

// inChain reports whether b is tip or one of its ancestors.
func inChain(b, tip Block) bool {
	a := tip.Ancestor(b.Height())
	return a != nil && a.Hash() == b.Hash()
}
