package consensus

import (
	"bytes"

	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// maxOperatorReward is the whole reward in 1/100 of a percent.
const maxOperatorReward = 10_000

// checkProTx checks the fields of a masternode's transaction that need no other
// knowledge. Nothing passes: the rest takes the masternode list.
//
// Dash Core also asks here whether a key is a point of its curve, of which this
// build only knows that zero is none. A payload with a broken key and another
// fault may therefore be refused for the latter.
//
// Source of the rule: GetValidatedPayload in Dash Core's src/evo/specialtxman.cpp.
func (r *Rules) checkProTx(tx *wire.Tx, c SpecialContext) *Error {
	payload, err := wire.DecodePayload(tx.Type, tx.ExtraPayload)
	if err != nil {
		return invalid(KindConsensus, "bad-protx-payload")
	}
	var e *Error
	switch p := payload.(type) {
	case *wire.ProRegister:
		e = r.checkProRegister(p, c.Prev)
	case *wire.ProUpService:
		e = r.checkProUpService(p, c.Prev)
	case *wire.ProUpRegistrar:
		e = r.checkProUpRegistrar(p, c.Prev)
	case *wire.ProUpRevoke:
		e = r.checkProUpRevoke(p, c.Prev)
	}
	if e != nil {
		return e
	}
	return unverified("a masternode's transaction")
}

// checkProTxVersion checks a payload's version; extended is for the types that
// may use extended addresses (ProTxVersion::GetMaxFromDeployment).
func (r *Rules) checkProTxVersion(version uint16, extended bool, prev Block) *Error {
	highest := uint16(wire.ProTxLegacyBLS)
	if r.active(params.V19, nextHeight(prev)) {
		highest = wire.ProTxBasicBLS
		if extended && r.bits.Active(params.DeploymentV24, prev) {
			highest = wire.ProTxExtAddr
		}
	}
	if version == 0 || version > highest {
		return invalid(KindConsensus, "bad-protx-version")
	}
	return nil
}

func (r *Rules) checkProRegister(p *wire.ProRegister, prev Block) *Error {
	if err := r.checkProTxVersion(p.Version, true, prev); err != nil {
		return err
	}
	switch {
	case p.Version < wire.ProTxBasicBLS && p.Type == wire.MnEvo:
		return invalid(KindConsensus, "bad-protx-evo-version")
	case p.Type > wire.MnEvo:
		return invalid(KindConsensus, "bad-protx-type")
	case p.Mode != 0:
		return invalid(KindConsensus, "bad-protx-mode")
	case p.KeyIDOwner == wire.KeyID{}, p.PubKeyOperator == wire.BLSPublicKey{}, p.KeyIDVoting == wire.KeyID{}:
		return invalid(KindBadSpecial, "bad-protx-key-null")
	case !validPayout(p.ScriptPayout):
		return invalid(KindBadSpecial, "bad-protx-payee")
	}
	if p.NetInfo.Extended {
		return unverified("a masternode's extended addresses")
	}
	if paysKey(p.ScriptPayout, p.KeyIDOwner) || paysKey(p.ScriptPayout, p.KeyIDVoting) {
		return invalid(KindBadSpecial, "bad-protx-payee-reuse")
	}
	if p.OperatorReward > maxOperatorReward {
		return invalid(KindBadSpecial, "bad-protx-operator-reward")
	}
	return nil
}

func (r *Rules) checkProUpService(p *wire.ProUpService, prev Block) *Error {
	if err := r.checkProTxVersion(p.Version, true, prev); err != nil {
		return err
	}
	if p.Version < wire.ProTxBasicBLS && p.Type == wire.MnEvo {
		return invalid(KindConsensus, "bad-protx-evo-version")
	}
	if !p.NetInfo.Extended && p.NetInfo.Single == (wire.Service{}) {
		return invalid(KindBadSpecial, "bad-protx-netinfo-empty")
	}
	return nil
}

func (r *Rules) checkProUpRegistrar(p *wire.ProUpRegistrar, prev Block) *Error {
	if err := r.checkProTxVersion(p.Version, false, prev); err != nil {
		return err
	}
	switch {
	case p.Mode != 0:
		return invalid(KindConsensus, "bad-protx-mode")
	case p.PubKeyOperator == wire.BLSPublicKey{}, p.KeyIDVoting == wire.KeyID{}:
		return invalid(KindBadSpecial, "bad-protx-key-null")
	case !validPayout(p.ScriptPayout):
		return invalid(KindBadSpecial, "bad-protx-payee")
	}
	return nil
}

func (r *Rules) checkProUpRevoke(p *wire.ProUpRevoke, prev Block) *Error {
	if err := r.checkProTxVersion(p.Version, false, prev); err != nil {
		return err
	}
	if p.Reason > wire.RevokeChangeOfKeys {
		return invalid(KindConsensus, "bad-protx-reason")
	}
	return nil
}

func validPayout(s []byte) bool {
	return script.IsPayToPubkeyHash(s) || script.IsPayToScriptHash(s)
}

// paysKey reports whether s pays to the hash of a key.
func paysKey(s []byte, key wire.KeyID) bool {
	return script.IsPayToPubkeyHash(s) && bytes.Equal(s[3:23], key[:])
}
