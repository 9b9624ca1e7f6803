package consensus

import (
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// Rules are the rules of one network. The version-bits states it remembers are
// under a lock of their own; everything else is read-only.
type Rules struct {
	p    *params.Params
	bits *VersionBits
}

// New makes the rules for a network. signals tells which version bits
// masternodes have signalled; nil means none ever.
func New(p *params.Params, signals Signals) *Rules {
	return &Rules{p: p, bits: NewVersionBits(p, signals)}
}

// Params are the network's parameters.
func (r *Rules) Params() *params.Params { return r.p }

// VersionBits are the deployments that miners signal for.
func (r *Rules) VersionBits() *VersionBits { return r.bits }

// active reports whether a buried rule holds for the block at height.
func (r *Rules) active(b params.Buried, height int) bool { return r.p.Consensus.ActiveAt(b, height) }

// ScriptFlags are the script rules of the block at height. P2SH has been one
// since the first block of every Dash chain, so there are no exceptions.
//
// Source of the rule: GetBlockScriptFlags in Dash Core's src/validation.cpp.
func (r *Rules) ScriptFlags(height int) script.Flags {
	flags := script.VerifyP2SH
	for _, d := range [...]struct {
		rule params.Buried
		flag script.Flags
	}{
		{params.BIP66, script.VerifyDERSig},
		{params.BIP65, script.VerifyCheckLockTime},
		{params.CSV, script.VerifyCheckSequence},
		{params.BIP147, script.VerifyNullDummy},
	} {
		if r.active(d.rule, height) {
			flags |= d.flag
		}
	}
	return flags
}

// SequenceLocksActive reports whether BIP68 holds for the block at height.
func (r *Rules) SequenceLocksActive(height int) bool { return r.active(params.CSV, height) }

// EnforceBIP30 reports whether the block after prev may not overwrite unspent
// outputs: it need not be looked for on the chain whose coinbases cannot
// repeat because they hold their height (BIP34).
//
// Source of the rule: ConnectBlock in Dash Core's src/validation.cpp. Its two
// excepted blocks are Bitcoin's and can be on no Dash chain.
func (r *Rules) EnforceBIP30(prev Block) bool {
	c := &r.p.Consensus
	b := prev.Ancestor(c.BIP34Height)
	return b == nil || b.Hash() != c.BIP34Hash
}

// CheckBIP30 refuses a block that overwrites an unspent output; have reports
// whether there is one. Call it if EnforceBIP30.
func CheckBIP30(b *wire.Block, have func(wire.OutPoint) (bool, error)) error {
	for _, tx := range b.Txs {
		id := tx.ID()
		for i := range tx.Outputs {
			found, err := have(wire.OutPoint{Hash: id, Index: uint32(i)})
			if err != nil {
				return err
			}
			if found {
				return invalid(KindConsensus, "bad-txns-BIP30")
			}
		}
	}
	return nil
}

// CheckSuperblockStart holds the block from which superblocks are allowed to
// the one the network agreed on.
func (r *Rules) CheckSuperblockStart(height int, hash wire.Hash) error {
	c := &r.p.Consensus
	if height == c.SuperblockStartBlock && !c.SuperblockStartHash.IsZero() && hash != c.SuperblockStartHash {
		return invalid(KindConsensus, "bad-sb-start")
	}
	return nil
}

// ScriptFailure is the refusal of a transaction in a block, one of whose
// scripts failed with err on the thread that connects it. mandatory: it fails
// also by the rules that every node has always had (MANDATORY_SCRIPT_VERIFY_FLAGS).
func ScriptFailure(err error, mandatory bool) error {
	if !mandatory {
		return invalid(KindConsensus, "non-mandatory-script-verify-flag ("+err.Error()+")")
	}
	return invalid(KindConsensus, "mandatory-script-verify-flag-failed ("+err.Error()+")")
}

// ScriptsFailure is the refusal of a block, one of whose scripts failed on
// another thread; which, Dash Core does not say.
func ScriptsFailure() error { return invalid(KindConsensus, "block-validation-failed") }
