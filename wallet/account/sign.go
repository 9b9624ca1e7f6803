package account

import (
	"bytes"
	"context"

	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet"
)

// Spent is an output that a transaction spends.
type Spent struct {
	Out *wire.TxOut
	// Raw is the transaction that has it, nil if it is not known.
	Raw *wire.Tx
	// Redeem is the redeem script of a P2SH output that the wallet does not
	// describe.
	Redeem []byte
}

// SignResult says what became of an input that is not complete.
type SignResult struct {
	Index int
	Err   error
}

// Sign asks the signer for signatures over a transaction and puts them into its
// inputs, beside those that are there. spent are the outputs it spends, by
// input, nil where unknown. What is not complete afterwards is told.
func (a *Account) Sign(ctx context.Context, tx *wire.Tx, spent []*Spent, hashType byte) ([]SignResult, error) {
	req, providers := a.signRequest(tx, spent, hashType)
	sigs := map[sigKey][]byte{}
	if req != nil {
		s, err := a.signer()
		if err != nil {
			return nil, err
		}
		list, err := s.SignTransaction(ctx, a.o.Name, *req)
		if err != nil {
			return nil, err
		}
		for _, sig := range list {
			sigs[sigKey{int(sig.Input), standard.ID(script.Hash160(sig.PubKey))}] = sig.Signature
		}
	}
	var open []SignResult
	original := tx.Clone()
	for i := range tx.Inputs {
		if spent[i] == nil {
			open = append(open, SignResult{i, nil})
			continue
		}
		data := standard.Extract(original, i, spent[i].Out)
		standard.Produce(providers[i], &creator{sigs, original, i}, spent[i].Out.ScriptPubKey, data)
		tx.Inputs[i].ScriptSig = data.ScriptSig
		err := script.Verify(data.ScriptSig, spent[i].Out.ScriptPubKey, standard.VerifyFlags, &script.TxChecker{Tx: original, Index: i})
		if err != nil {
			open = append(open, SignResult{i, err})
		}
	}
	return open, nil
}

// signRequest describes a transaction to the signer, nil if no input is ours.
// providers are what is known of each input's script.
func (a *Account) signRequest(tx *wire.Tx, spent []*Spent, hashType byte) (*wallet.SignRequest, []standard.Provider) {
	a.mu.Lock()
	defer a.mu.Unlock()
	req := &wallet.SignRequest{Transaction: tx.Append(nil)}
	providers := make([]standard.Provider, len(tx.Inputs))
	ours := false
	for i := range tx.Inputs {
		in := wallet.SignInput{SigHash: hashType}
		public := standard.NewPublic()
		if s := spent[i]; s != nil {
			if s.Raw != nil {
				in.Previous = s.Raw.Append(nil)
			}
			in.Amount, in.PubKeyScript, in.RedeemScript = s.Out.Value, s.Out.ScriptPubKey, s.Redeem
			if s.Redeem != nil {
				public.AddScript(s.Redeem)
			}
			for _, p := range a.keysFor(s) {
				if _, found, ok := p.d.expand(p.pos); ok {
					public.Merge(found)
				}
				if p.d.keys {
					in.Keys = append(in.Keys, wallet.KeyPath{Descriptor: p.d.id, Position: p.pos})
					ours = true
				}
			}
		}
		providers[i] = public
		req.Inputs = append(req.Inputs, in)
	}
	for i := range tx.Outputs {
		if p, ok := a.scripts[string(tx.Outputs[i].ScriptPubKey)]; ok && p.d.keys {
			req.Change = append(req.Change, wallet.OwnOutput{Index: uint32(i), Path: wallet.KeyPath{Descriptor: p.d.id, Position: p.pos}})
		}
	}
	if !ours {
		return nil, providers
	}
	return req, providers
}

// keysFor finds where the keys of an output come from: its own script, or those
// that its redeem script names.
func (a *Account) keysFor(s *Spent) []place {
	if p, ok := a.scripts[string(s.Out.ScriptPubKey)]; ok {
		return []place{p}
	}
	code := s.Out.ScriptPubKey
	if s.Redeem != nil {
		code = s.Redeem
	}
	var out []place
	sol := standard.Solve(code)
	for _, key := range sol.Keys {
		for _, script := range [][]byte{payToKeyHash(script.Hash160(key)), standard.PubKeyScript(key)} {
			if p, ok := a.scripts[string(script)]; ok {
				out = append(out, p)
			}
		}
	}
	return out
}

func payToKeyHash(hash []byte) []byte {
	return bytes.Join([][]byte{{0x76, 0xa9, 20}, hash, {0x88, 0xac}}, nil)
}

type sigKey struct {
	input int
	key   standard.ID
}

// creator hands out the signer's signatures.
type creator struct {
	sigs  map[sigKey][]byte
	tx    *wire.Tx
	index int
}

func (c *creator) Sign(id standard.ID, _ []byte) ([]byte, bool) {
	sig, ok := c.sigs[sigKey{c.index, id}]
	return sig, ok
}

func (c *creator) Checker() script.Checker { return &script.TxChecker{Tx: c.tx, Index: c.index} }

// Spends finds the outputs that a transaction spends among the wallet's own
// transactions.
func (a *Account) Spends(tx *wire.Tx) []*Spent {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]*Spent, len(tx.Inputs))
	for i := range tx.Inputs {
		o := tx.Inputs[i].PrevOut
		if t := a.txs[o.Hash]; t != nil && int64(o.Index) < int64(len(t.Raw.Outputs)) {
			out[i] = &Spent{Out: &t.Raw.Outputs[o.Index], Raw: t.Raw}
		}
	}
	return out
}
