package standard

import (
	"dashmp/node/address"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// extractor notes which signatures verify.
type extractor struct {
	script.Checker
	data *SignatureData
}

// CheckSig verifies and notes.
func (e *extractor) CheckSig(sig, key, code []byte) bool {
	if !e.Checker.CheckSig(sig, key, code) {
		return false
	}
	id := address.Hash160(key)
	if _, ok := e.data.Signatures[id]; !ok {
		e.data.Signatures[id] = KeySig{Key: key, Sig: sig}
	}
	return true
}

// Extract finds what an input script already has for spending out: all of it
// when it is complete, else the redeem script and the signatures that verify
// (DataFromTransaction). Of an input script that does more than push only the
// pushes at its start count.
func Extract(tx *wire.Tx, index int, out *wire.TxOut) *SignatureData {
	data := NewSignatureData()
	data.ScriptSig = tx.Inputs[index].ScriptSig
	check := &extractor{&script.TxChecker{Tx: tx, Index: index}, data}
	if script.Verify(data.ScriptSig, out.ScriptPubKey, VerifyFlags, check) == nil {
		data.Complete = true
		return data
	}
	stack := pushes(data.ScriptSig)
	code := out.ScriptPubKey
	sol := Solve(code)
	if n := len(stack) - 1; sol.Type == ScriptHash && n >= 0 && len(stack[n]) > 0 {
		data.Redeem, code = stack[n], stack[n]
		stack, sol = stack[:n], Solve(code)
	}
	if sol.Type == Multisig {
		data.match(sol.Keys, stack, code, check)
	}
	return data
}

// match gives each signature to the first key, from the last one found on, that
// it verifies with.
func (d *SignatureData) match(keys, stack [][]byte, code []byte, check *extractor) {
	next := 0
	for _, sig := range stack {
		for i := next; i < len(keys); i++ {
			_, known := d.Signatures[address.Hash160(keys[i])]
			if known || check.CheckSig(sig, keys[i], code) {
				next = i + 1
				break
			}
		}
	}
}

// pushes are the elements that s leaves on the stack before it does anything else.
func pushes(s []byte) (stack [][]byte) {
	list, _ := script.Parse(s)
	for _, in := range list {
		switch {
		case in.Op <= script.OpPushData4 && len(in.Data) <= script.MaxElementSize:
			stack = append(stack, in.Data)
		case in.Op == script.Op1Negate:
			stack = append(stack, []byte{0x81})
		case in.Op >= script.Op1 && in.Op <= script.Op16:
			stack = append(stack, []byte{byte(in.Op-script.Op1) + 1})
		default:
			return stack
		}
	}
	return stack
}
