package gcs

import (
	"dashmp/node/coins"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// elements is a set of byte strings.
type elements struct {
	seen map[string]struct{}
	list [][]byte
}

// add adds what is not empty and not there yet.
func (e *elements) add(b []byte) {
	if len(b) == 0 {
		return
	}
	if _, there := e.seen[string(b)]; !there {
		e.seen[string(b)] = struct{}{}
		e.list = append(e.list, b)
	}
}

// output adds a script unless it begins with OP_RETURN.
func (e *elements) output(s []byte) {
	if len(s) > 0 && s[0] != byte(script.OpReturn) {
		e.add(s)
	}
}

// Basic is the basic filter of a block with the given hash that spends what undo
// holds (BasicFilterElements).
func Basic(hash wire.Hash, b *wire.Block, undo coins.BlockUndo) []byte {
	e := elements{seen: map[string]struct{}{}}
	for _, tx := range b.Txs {
		for i := range tx.Outputs {
			e.output(tx.Outputs[i].ScriptPubKey)
		}
		e.special(tx)
	}
	for _, spent := range undo {
		for i := range spent {
			e.add(spent[i].Out.ScriptPubKey)
		}
	}
	return Encode(hash, e.list)
}

// special adds what clients look for in the payload of a special transaction
// (ExtractSpecialTxFilterElements). A payload that does not decode adds nothing.
func (e *elements) special(tx *wire.Tx) {
	if !tx.HasExtraPayload() {
		return
	}
	payload, err := wire.DecodePayload(tx.Type, tx.ExtraPayload)
	if err != nil {
		return
	}
	switch p := payload.(type) {
	case *wire.ProRegister:
		e.add(p.Collateral.Append(nil))
		e.add(p.KeyIDOwner[:])
		e.add(p.KeyIDVoting[:])
		e.add(p.ScriptPayout)
	case *wire.ProUpService:
		e.add(p.ProTxHash[:])
		e.add(p.ScriptOperatorPayout)
	case *wire.ProUpRegistrar:
		e.add(p.ProTxHash[:])
		e.add(p.KeyIDVoting[:])
		e.add(p.ScriptPayout)
	case *wire.ProUpRevoke:
		e.add(p.ProTxHash[:])
	case *wire.AssetLock:
		for i := range p.CreditOutputs {
			e.output(p.CreditOutputs[i].ScriptPubKey)
		}
	}
}

// Hash is the hash of an encoded filter.
func Hash(filter []byte) wire.Hash { return wire.DoubleSHA256(filter) }

// Header chains a filter's hash to the header of the block before, which is zero
// for the genesis block (ComputeHeader).
func Header(filter, previous wire.Hash) wire.Hash {
	return wire.DoubleSHA256(append(filter[:], previous[:]...))
}
