package psbt

import (
	"fmt"

	"dashmp/node/script"
	"dashmp/node/standard"
)

// Role is who has to act next.
type Role uint8

// The roles, in their order of work.
const (
	Creator Role = iota
	Updater
	Signer
	Finalizer
	Extractor
)

// String is the name that RPCs give it (PSBTRoleName).
func (r Role) String() string {
	return [...]string{"creator", "updater", "signer", "finalizer", "extractor"}[r]
}

// InputAnalysis is the state of one input.
type InputAnalysis struct {
	HasUTXO, IsFinal bool
	Next             Role
	MissingKeys      []standard.ID
	MissingSigs      []standard.ID
	MissingRedeem    standard.ID // zero: none
}

// Analysis is the state of a PSBT.
type Analysis struct {
	Inputs []InputAnalysis
	Next   Role
	// Size in bytes, Rate in duffs per 1000 bytes, Fee in duffs; nil if unknown.
	Size      *int64
	Rate, Fee *int64
	// Error is why it is invalid, "" if it is not.
	Error string
}

const maxMoney = 21_000_000 * 100_000_000

func moneyRange(n int64) bool { return n >= 0 && n <= maxMoney }

func invalid(format string, args ...any) *Analysis {
	return &Analysis{Next: Creator, Error: "PSBT is not valid. " + fmt.Sprintf(format, args...)}
}

// Analyze tells what p still needs (AnalyzePSBT). It works on a copy.
func (p *PSBT) Analyze() *Analysis {
	c := *p
	c.Inputs = append([]Input{}, p.Inputs...)
	a := &Analysis{Inputs: make([]InputAnalysis, len(c.Inputs)), Next: Extractor}
	total, known := int64(0), true
	for i := range c.Inputs {
		out, ok := c.Spent(i)
		switch {
		case ok && (!moneyRange(out.Value) || !moneyRange(total+out.Value)):
			return invalid("Input %d has invalid value", i)
		case ok && script.IsUnspendable(out.ScriptPubKey):
			return invalid("Input %d spends unspendable output", i)
		case ok:
			total += out.Value
		case c.Inputs[i].UTXO != nil:
			return invalid("Input %d specifies invalid prevout", i)
		default:
			known = false
		}
		a.Inputs[i] = c.analyzeInput(i, ok)
		a.Next = min(a.Next, a.Inputs[i].Next)
	}
	if known {
		return c.estimate(a, total)
	}
	return a
}

func (p *PSBT) analyzeInput(i int, hasUTXO bool) InputAnalysis {
	in := InputAnalysis{HasUTXO: hasUTXO, Next: Extractor}
	if !hasUTXO {
		in.Next = Updater
		return in
	}
	if p.Inputs[i].Signed() {
		in.IsFinal = true
		return in
	}
	complete, sigs := p.SignInput(i, standard.None{}, standard.None{Tx: p.Tx, Index: i}, true)
	if complete {
		in.Next = Finalizer
		return in
	}
	in.MissingKeys, in.MissingSigs, in.MissingRedeem = sigs.MissingKeys, sigs.MissingSigs, sigs.MissingRedeem
	in.Next = Updater
	if len(sigs.MissingKeys) == 0 && sigs.MissingRedeem == (standard.ID{}) && len(sigs.MissingSigs) > 0 {
		in.Next = Signer
	}
	return in
}

// estimate adds the fee, and size and rate as far as the input scripts can be
// made up.
func (p *PSBT) estimate(a *Analysis, total int64) *Analysis {
	spent := int64(0)
	for _, out := range p.Tx.Outputs {
		if !moneyRange(out.Value) || !moneyRange(spent+out.Value) {
			return invalid("Output amount invalid")
		}
		spent += out.Value
	}
	fee := total - spent
	a.Fee = &fee
	tx := p.Tx.Clone()
	sigOps := 0
	for i := range p.Inputs {
		if ok, _ := p.SignInput(i, standard.None{}, dummy{}, true); !ok {
			return a
		}
		out, _ := p.Spent(i)
		tx.Inputs[i].ScriptSig = p.Inputs[i].ScriptSig
		sigOps += script.SigOps(tx.Inputs[i].ScriptSig, false)
		if script.IsPayToScriptHash(out.ScriptPubKey) {
			sigOps += script.SigOpsP2SH(out.ScriptPubKey, tx.Inputs[i].ScriptSig)
		}
	}
	for _, out := range tx.Outputs {
		sigOps += script.SigOps(out.ScriptPubKey, false)
	}
	size := int64(max(tx.Size(), sigOps*standard.BytesPerSigOp))
	rate := fee * 1000 / size
	a.Size, a.Rate = &size, &rate
	return a
}
