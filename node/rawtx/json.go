package rawtx

import (
	"encoding/hex"

	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/node/params"
	"dashmp/node/rpccall"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// JSON prints transactions of one network.
type JSON struct {
	Base58 params.Base58
	// ServiceFields adds the fields that -deprecatedrpc=service asks for.
	ServiceFields bool
}

// Tx is a transaction without its hex, block and fee, for callers to append
// (TxToUniv).
func (j JSON) Tx(tx *wire.Tx) rpccall.Object {
	o := object{
		{Key: "txid", Value: tx.ID().String()},
		{Key: "version", Value: uint16(tx.Version)},
		{Key: "type", Value: tx.Type},
		{Key: "size", Value: tx.Size()},
		{Key: "locktime", Value: tx.LockTime},
	}
	ins := []any{}
	coinbase := tx.IsCoinbase()
	for i := range tx.Inputs {
		ins = append(ins, j.Input(&tx.Inputs[i], coinbase))
	}
	outs := []any{}
	for i := range tx.Outputs {
		out := &tx.Outputs[i]
		outs = append(outs, object{
			{Key: "value", Value: rpccall.Amount(out.Value)},
			{Key: "valueSat", Value: out.Value},
			{Key: "n", Value: i},
			{Key: "scriptPubKey", Value: j.ScriptPubKey(out.ScriptPubKey)},
		})
	}
	o = append(o, member{Key: "vin", Value: ins}, member{Key: "vout", Value: outs})
	if len(tx.ExtraPayload) > 0 {
		o = append(o,
			member{Key: "extraPayloadSize", Value: len(tx.ExtraPayload)},
			member{Key: "extraPayload", Value: hex.EncodeToString(tx.ExtraPayload)})
	}
	if key, payload := j.Payload(tx); key != "" {
		o = append(o, member{Key: key, Value: payload})
	}
	return o
}

// Input is one input of a transaction.
func (j JSON) Input(in *wire.TxIn, coinbase bool) rpccall.Object {
	var o object
	if coinbase {
		o = object{{Key: "coinbase", Value: hex.EncodeToString(in.ScriptSig)}}
	} else {
		o = object{
			{Key: "txid", Value: in.PrevOut.Hash.String()},
			{Key: "vout", Value: in.PrevOut.Index},
			{Key: "scriptSig", Value: scriptSig(in.ScriptSig)},
		}
	}
	return append(o, member{Key: "sequence", Value: in.Sequence})
}

func scriptSig(s []byte) object {
	return object{
		{Key: "asm", Value: standard.Asm(s, true)},
		{Key: "hex", Value: hex.EncodeToString(s)},
	}
}

// ScriptPubKey is an output script with all that is known of it.
func (j JSON) ScriptPubKey(s []byte) rpccall.Object { return j.script(s, true, true) }

// script is ScriptToUniv.
func (j JSON) script(s []byte, withHex, withAddress bool) object {
	o := object{{Key: "asm", Value: standard.Asm(s, false)}}
	if withAddress {
		o = append(o, member{Key: "desc", Value: descriptor.Infer(s, standard.None{}, j.Base58).String()})
	}
	if withHex {
		o = append(o, member{Key: "hex", Value: hex.EncodeToString(s)})
	}
	if d, ok := address.FromScript(s); ok && withAddress {
		o = append(o, member{Key: "address", Value: address.Encode(d, j.Base58)})
	}
	return append(o, member{Key: "type", Value: standard.Solve(s).Type})
}
