package consensus

import (
	"dashmp/node/params"
	"dashmp/node/wire"
)

// checkProTx checks the fields of a masternode's transaction that come before
// the first one that needs its list or a BLS key. Nothing passes.
//
// Source of the rule: IsTriviallyValid in Dash Core's src/evo/providertx.cpp.
func (r *Rules) checkProTx(tx *wire.Tx, c SpecialContext) *Error {
	payload, err := wire.DecodePayload(tx.Type, tx.ExtraPayload)
	if err != nil {
		return invalid(KindConsensus, "bad-protx-payload")
	}
	switch p := payload.(type) {
	case *wire.ProRegister:
		// Its operator key is only parsed when it is looked at.
		if err := r.checkProTxVersion(p.Version, p.Type, true, c.Prev); err != nil {
			return err
		}
		if p.Type != wire.MnRegular && p.Type != wire.MnEvo {
			return invalid(KindConsensus, "bad-protx-type")
		}
		if p.Mode != 0 {
			return invalid(KindConsensus, "bad-protx-mode")
		}
	case *wire.ProUpRegistrar: // nor is the one here
		if err := r.checkProTxVersion(p.Version, wire.MnRegular, false, c.Prev); err != nil {
			return err
		}
		if p.Mode != 0 {
			return invalid(KindConsensus, "bad-protx-mode")
		}
	}
	return unverified("a masternode's transaction")
}

// checkProTxVersion checks a payload's version; eligible is for the types that
// may use extended addresses (ProTxVersion::GetMaxFromDeployment).
func (r *Rules) checkProTxVersion(version uint16, kind wire.MnType, eligible bool, prev Block) *Error {
	highest := uint16(wire.ProTxLegacyBLS)
	if r.active(params.V19, nextHeight(prev)) {
		highest = wire.ProTxBasicBLS
		if eligible && r.bits.Active(params.DeploymentV24, prev) {
			highest = wire.ProTxExtAddr
		}
	}
	if version == 0 || version > highest {
		return invalid(KindConsensus, "bad-protx-version")
	}
	if version < wire.ProTxBasicBLS && kind == wire.MnEvo {
		return invalid(KindConsensus, "bad-protx-evo-version")
	}
	return nil
}
