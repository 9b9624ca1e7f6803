package psbt

import (
	"dashmp/node/address"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// fill tells sigs what the map knows (FillSignatureData).
func (c *Common) fill(sigs *standard.SignatureData) {
	if len(c.Redeem) > 0 {
		sigs.Redeem = c.Redeem
	}
	for _, k := range c.KeyPaths {
		id := address.Hash160(k.Key)
		if _, known := sigs.Keys[id]; !known {
			sigs.Keys[id] = k
		}
	}
}

// take adds what sigs found out (FromSignatureData).
func (c *Common) take(sigs *standard.SignatureData) {
	if len(c.Redeem) == 0 && len(sigs.Redeem) > 0 {
		c.Redeem = sigs.Redeem
	}
	for _, k := range sigs.Keys {
		c.KeyPaths, _ = insert(c.KeyPaths, k, byPub)
	}
}

func (in *Input) take(sigs *standard.SignatureData) {
	if sigs.Complete {
		in.Sigs, in.KeyPaths, in.Redeem = nil, nil, nil
		if len(sigs.ScriptSig) > 0 {
			in.ScriptSig = sigs.ScriptSig
		}
		return
	}
	for _, s := range sigs.Signatures {
		in.Sigs, _ = insert(in.Sigs, s, bySigner)
	}
	in.Common.take(sigs)
}

// Signed reports whether the input has its final script.
func (in *Input) Signed() bool { return len(in.ScriptSig) > 0 }

// SignInput adds to input i what provider and creator have, and its final
// script if that is complete and finalize says so. It returns what was missing,
// nil for an input that is final already or whose output is not known
// (SignPSBTInput).
func (p *PSBT) SignInput(i int, provider standard.Provider, creator standard.Creator, finalize bool) (bool, *standard.SignatureData) {
	in := &p.Inputs[i]
	if in.Signed() {
		return true, nil
	}
	out, ok := p.Spent(i)
	if !ok {
		return false, nil
	}
	sigs := standard.NewSignatureData()
	for _, s := range in.Sigs {
		sigs.Signatures[address.Hash160(s.Key)] = s
	}
	in.fill(sigs)
	complete := standard.Produce(provider, creator, out.ScriptPubKey, sigs)
	if !finalize {
		sigs.Complete = false
	}
	in.take(sigs)
	return complete, sigs
}

// UpdateOutput adds redeem script and key paths of output i that the provider
// has (UpdatePSBTOutput).
func (p *PSBT) UpdateOutput(i int, provider standard.Provider) {
	sigs := standard.NewSignatureData()
	p.Outputs[i].fill(sigs)
	standard.Produce(provider, refuser{}, p.Tx.Outputs[i].ScriptPubKey, sigs)
	p.Outputs[i].take(sigs)
}

// Update adds what the provider has to inputs whose output is not known, which
// is nothing yet, and to outputs (utxoupdatepsbt).
func (p *PSBT) Update(provider standard.Provider) {
	for i := range p.Inputs {
		if p.Inputs[i].UTXO == nil {
			p.SignInput(i, provider, standard.None{Tx: p.Tx, Index: i}, true)
		}
	}
	for i := range p.Outputs {
		p.UpdateOutput(i, provider)
	}
}

// Finalize makes final scripts of the signatures that are there, and reports
// whether all inputs have one (FinalizePSBT).
func (p *PSBT) Finalize() bool {
	complete := true
	for i := range p.Inputs {
		ok, _ := p.SignInput(i, standard.None{}, standard.None{Tx: p.Tx, Index: i}, true)
		complete = complete && ok
	}
	return complete
}

// Extract is the transaction with the final scripts.
func (p *PSBT) Extract() *wire.Tx {
	tx := p.Tx.Clone()
	for i := range tx.Inputs {
		tx.Inputs[i].ScriptSig = p.Inputs[i].ScriptSig
	}
	return tx
}

// refuser signs nothing and accepts nothing.
type refuser struct{}

func (refuser) Sign(standard.ID, []byte) ([]byte, bool) { return nil, false }
func (refuser) Checker() script.Checker                 { return refuser{} }
func (refuser) CheckSig(_, _, _ []byte) bool            { return false }
func (refuser) CheckLockTime(int64) bool                { return false }
func (refuser) CheckSequence(int64) bool                { return false }

// dummy signs everything with a signature of the usual size and accepts it, to
// estimate sizes (DummySignatureCreator).
type dummy struct{ refuser }

func (dummy) CheckSig(_, _, _ []byte) bool { return true }

func (d dummy) Checker() script.Checker { return d }

func (dummy) Sign(standard.ID, []byte) ([]byte, bool) {
	const number = 32 // bytes of R and of S
	sig := make([]byte, 2*number+7)
	sig[0], sig[1] = 0x30, 2*number+4
	sig[2], sig[3], sig[4] = 0x02, number, 0x01
	sig[4+number], sig[5+number], sig[6+number] = 0x02, number, 0x01
	sig[6+2*number] = script.SigHashAll
	return sig, true
}
