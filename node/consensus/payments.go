package consensus

import (
	"bytes"
	"fmt"

	"dashmp/node/params"
	"dashmp/node/pow"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// Governance is what the node knows of superblocks.
type Governance struct {
	// Synced: the node has all governance objects, so that what it does not
	// know is not there.
	Synced bool
	// SuperblocksEnabled is the state of spork 9.
	SuperblocksEnabled bool
}

// Subsidy is what the block after prev may create besides its fees, in duffs.
func (r *Rules) Subsidy(prev Block) int64 {
	return pow.Subsidy(prev.Bits(), prev.Height(), r.active(params.V20, nextHeight(prev)), r.p).Block
}

// CheckCoinbase checks what the coinbase of the block after prev pays, on a
// chain that never had a masternode; fees are the sum of the block's, in duffs.
//
// Source of the rule: CMNPaymentsProcessor in Dash Core's
// src/masternode/payments.cpp.
func (r *Rules) CheckCoinbase(coinbase *wire.Tx, prev Block, fees int64, g Governance) error {
	if err := r.checkCoinbaseValue(coinbase, prev, fees, g); err != nil {
		return err
	}
	return asError(r.checkPayees(coinbase, prev, fees))
}

func (r *Rules) checkCoinbaseValue(coinbase *wire.Tx, prev Block, fees int64, g Governance) error {
	paid, limit := ValueOut(coinbase), r.Subsidy(prev)+fees
	height, c := nextHeight(prev), &r.p.Consensus
	tooMuch := func(limit int64, why string) error {
		return &Error{Kind: KindUnset, Reject: "bad-cb-amount", Log: fmt.Sprintf(
			"coinbase pays too much at height %d (actual=%d vs limit=%d), exceeded %s", height, paid, limit, why)}
	}
	switch {
	case paid <= limit:
		return nil
	case height < c.BudgetPaymentsStartBlock:
		return tooMuch(limit, "block reward, old budgets are not activated yet")
	case height < c.SuperblockStartBlock && height%c.BudgetPaymentsCycleBlocks >= c.BudgetPaymentsWindowBlocks:
		return tooMuch(limit, "block reward, block is not in old budget cycle window")
	case height < c.SuperblockStartBlock:
		if g.Synced {
			return tooMuch(limit, "block reward, old budgets are disabled")
		}
		return nil // nobody has the budgets any more
	case height%c.SuperblockCycle != 0:
		return tooMuch(limit, "block reward, only regular blocks are allowed at this height")
	}
	if most := limit + r.SuperblockLimit(height); paid > most {
		return tooMuch(most, "superblock max value")
	}
	if !g.Synced {
		// Dash Core trusts the network here.
		return unverified("a superblock without governance data")
	}
	if !g.SuperblocksEnabled {
		return tooMuch(limit, "block reward, superblocks are disabled")
	}
	return tooMuch(limit, "block reward, no triggered superblock detected")
}

// SuperblockLimit is what the superblock at height may pay from the treasury,
// in duffs; 0 if there can be none.
//
// Source of the rule: CSuperblock::GetPaymentsLimit in Dash Core's
// src/governance/classes.cpp.
func (r *Rules) SuperblockLimit(height int) int64 {
	c := &r.p.Consensus
	if height < c.SuperblockStartBlock || height%c.SuperblockCycle != 0 {
		return 0
	}
	bits := uint32(1)
	if c.PowAllowMinDifficultyBlocks {
		bits = c.PowLimit.Compact()
	}
	return pow.Subsidy(bits, height-1, r.active(params.V20, height), r.p).Treasury * int64(c.SuperblockCycle)
}

// PlatformOutput is the output that the coinbase of the block after prev must
// have for the credit pool; ok is false if none is due.
func (r *Rules) PlatformOutput(prev Block, fees int64) (out wire.TxOut, ok bool) {
	height := nextHeight(prev)
	if !r.active(params.V20, height) || !r.active(params.MNRR, height) {
		return wire.TxOut{}, false
	}
	split := pow.SplitReward(height, r.Subsidy(prev), fees, &r.p.Consensus)
	return wire.TxOut{Value: split.Platform, ScriptPubKey: []byte{byte(script.OpReturn)}}, true
}

func (r *Rules) checkPayees(coinbase *wire.Tx, prev Block, fees int64) *Error {
	height := nextHeight(prev)
	if height < r.p.Consensus.DIP0003EnforcementHeight {
		return nil
	}
	want, due := r.PlatformOutput(prev, fees)
	if !due {
		return nil
	}
	for i := range coinbase.Outputs {
		o := &coinbase.Outputs[i]
		if o.Value == want.Value && bytes.Equal(o.ScriptPubKey, want.ScriptPubKey) {
			return nil
		}
	}
	return &Error{Kind: KindUnset, Reject: "bad-cb-payee", Log: fmt.Sprintf(
		"Failed to find expected payee scriptPubKey=%x amount=%d height=%d", want.ScriptPubKey, want.Value, height)}
}
