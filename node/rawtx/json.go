package rawtx

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"dashmp/node/address"
	"dashmp/node/coins"
	"dashmp/node/descriptor"
	"dashmp/node/params"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// JSON prints transactions of one network.
type JSON struct {
	Base58 params.Base58
	// ServiceFields adds the fields that -deprecatedrpc=service asks for.
	ServiceFields bool
}

// Details is what is shown of a transaction besides itself.
type Details struct {
	// Head and Tail stand before and after everything else.
	Head, Tail rpccall.Object
	// Undo is what it spends, one per input; nil if that is unknown, or if it is
	// a coinbase. It tells the fee.
	Undo coins.TxUndo
	// Prevouts shows what is spent with each input.
	Prevouts bool
	// Input and Output append members that an index knows of an input or output;
	// nil if there is none.
	Input, Output func(o wire.OutPoint) rpccall.Object
	// Hex shows the encoding.
	Hex bool
}

// Tx is a transaction as decoderawtransaction shows it.
func (j JSON) Tx(tx *wire.Tx) rpccall.Appender { return j.Detailed(tx, Details{}) }

// Detailed is a transaction with more about it (TxToUniv).
func (j JSON) Detailed(tx *wire.Tx, d Details) rpccall.Appender { return &detailed{j, tx, d} }

// detailed writes its JSON directly: a block has thousands of members, and a
// tree of them took five times as long to build as the text.
type detailed struct {
	j  JSON
	tx *wire.Tx
	d  Details
}

// AppendJSON appends the object.
func (t *detailed) AppendJSON(b []byte) ([]byte, error) {
	if t.d.Undo != nil && len(t.d.Undo) != len(t.tx.Inputs) {
		return b, fmt.Errorf("undo data of %d inputs for %d", len(t.d.Undo), len(t.tx.Inputs))
	}
	tx := t.tx
	b, err := appendMembers(append(b, '{'), t.d.Head)
	if err != nil {
		return b, err
	}
	b = appendKey(b, "txid")
	b = appendHash(b, tx.ID())
	b = strconv.AppendUint(append(b, `,"version":`...), uint64(uint16(tx.Version)), 10)
	b = strconv.AppendUint(append(b, `,"type":`...), uint64(tx.Type), 10)
	b = strconv.AppendInt(append(b, `,"size":`...), int64(tx.Size()), 10)
	b = strconv.AppendUint(append(b, `,"locktime":`...), uint64(tx.LockTime), 10)
	if b, err = t.appendInputs(append(b, `,"vin":[`...)); err != nil {
		return b, err
	}
	if b, err = t.appendOutputs(append(b, `],"vout":[`...)); err != nil {
		return b, err
	}
	b = append(b, ']')
	if len(tx.ExtraPayload) > 0 {
		b = strconv.AppendInt(append(b, `,"extraPayloadSize":`...), int64(len(tx.ExtraPayload)), 10)
		b = appendHex(append(b, `,"extraPayload":`...), tx.ExtraPayload)
	}
	if key, payload := t.j.Payload(tx); key != "" {
		if b, err = payload.AppendJSON(appendKey(b, key)); err != nil {
			return b, err
		}
	}
	if t.d.Undo != nil {
		fee, err := t.fee()
		if err != nil {
			return b, err
		}
		b = fee.Append(append(b, `,"fee":`...))
	}
	if t.d.Hex {
		b = appendHex(append(b, `,"hex":`...), tx.Append(nil))
	}
	if b, err = appendMembers(b, t.d.Tail); err != nil {
		return b, err
	}
	return append(b, '}'), nil
}

// MarshalJSON is AppendJSON for package encoding/json.
func (t *detailed) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil) }

// fee is what the transaction pays: an asset unlock says it itself, having no
// inputs.
func (t *detailed) fee() (rpccall.Amount, error) {
	fee := int64(0)
	for i := range t.d.Undo {
		fee += t.d.Undo[i].Out.Value
	}
	for i := range t.tx.Outputs {
		fee -= t.tx.Outputs[i].Value
	}
	if IsPlatformTransfer(t.tx) {
		p, err := wire.PayloadOf[*wire.AssetUnlock](t.tx)
		if err != nil {
			return 0, err
		}
		fee = int64(p.Fee)
	}
	if !rpcvalue.MoneyRange(fee) {
		return 0, fmt.Errorf("the fee of %s is %d", t.tx.ID(), fee)
	}
	return rpccall.Amount(fee), nil
}

// IsPlatformTransfer reports whether a transaction is paid out of the credit
// pool (CTransaction::IsPlatformTransfer).
func IsPlatformTransfer(tx *wire.Tx) bool {
	return uint16(tx.Version) >= wire.SpecialTxVersion && tx.Type == wire.TxAssetUnlock
}

func (t *detailed) appendInputs(b []byte) ([]byte, error) {
	coinbase := t.tx.IsCoinbase()
	for i := range t.tx.Inputs {
		in := &t.tx.Inputs[i]
		if i > 0 {
			b = append(b, ',')
		}
		if coinbase {
			b = appendHex(append(b, `{"coinbase":`...), in.ScriptSig)
		} else {
			b = appendHash(append(b, `{"txid":`...), in.PrevOut.Hash)
			b = strconv.AppendUint(append(b, `,"vout":`...), uint64(in.PrevOut.Index), 10)
			b = appendScriptSig(append(b, `,"scriptSig":`...), in.ScriptSig)
			if t.d.Input != nil {
				var err error
				if b, err = appendMembers(b, t.d.Input(in.PrevOut)); err != nil {
					return b, err
				}
			}
		}
		if t.d.Undo != nil && t.d.Prevouts {
			b = t.j.appendPrevout(append(b, `,"prevout":`...), &t.d.Undo[i])
		}
		b = strconv.AppendUint(append(b, `,"sequence":`...), uint64(in.Sequence), 10)
		b = append(b, '}')
	}
	return b, nil
}

func (j JSON) appendPrevout(b []byte, c *coins.Coin) []byte {
	b = strconv.AppendBool(append(b, `{"generated":`...), c.Coinbase)
	b = strconv.AppendUint(append(b, `,"height":`...), uint64(c.Height), 10)
	b = rpccall.Amount(c.Out.Value).Append(append(b, `,"value":`...))
	return append(j.appendScript(append(b, `,"scriptPubKey":`...), c.Out.ScriptPubKey, true, true), '}')
}

func (t *detailed) appendOutputs(b []byte) ([]byte, error) {
	id := t.tx.ID()
	for i := range t.tx.Outputs {
		out := &t.tx.Outputs[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = rpccall.Amount(out.Value).Append(append(b, `{"value":`...))
		b = strconv.AppendInt(append(b, `,"valueSat":`...), out.Value, 10)
		b = strconv.AppendInt(append(b, `,"n":`...), int64(i), 10)
		b = t.j.appendScript(append(b, `,"scriptPubKey":`...), out.ScriptPubKey, true, true)
		if t.d.Output != nil {
			var err error
			if b, err = appendMembers(b, t.d.Output(wire.OutPoint{Hash: id, Index: uint32(i)})); err != nil {
				return b, err
			}
		}
		b = append(b, '}')
	}
	return b, nil
}

// ScriptPubKey is an output script with all that is known of it.
func (j JSON) ScriptPubKey(s []byte) rpccall.Appender { return scriptJSON{j, s, true} }

// scriptJSON is a script with its hex, and with what it pays or without.
type scriptJSON struct {
	j           JSON
	s           []byte
	withAddress bool
}

// AppendJSON appends the object.
func (s scriptJSON) AppendJSON(b []byte) ([]byte, error) {
	return s.j.appendScript(b, s.s, true, s.withAddress), nil
}

// MarshalJSON is AppendJSON for package encoding/json.
func (s scriptJSON) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil) }

// appendScript is ScriptToUniv.
func (j JSON) appendScript(b, s []byte, withHex, withAddress bool) []byte {
	sol := standard.Solve(s)
	b = append(append(append(b, `{"asm":"`...), standard.Asm(s, false)...), '"')
	d, hasAddress := address.FromScript(s)
	text := ""
	if withAddress {
		if hasAddress {
			text = address.Encode(d, j.Base58)
			b = append(append(b, `,"desc":"`...), descriptor.AddChecksum("addr("+text+")")...)
		} else {
			b = append(append(b, `,"desc":"`...), descriptor.Infer(s, standard.None{}, j.Base58).String()...)
		}
		b = append(b, '"')
	}
	if withHex {
		b = appendHex(append(b, `,"hex":`...), s)
	}
	if withAddress && hasAddress {
		b = append(append(append(b, `,"address":"`...), text...), '"')
	}
	return append(append(append(b, `,"type":"`...), sol.Type...), `"}`...)
}

func appendScriptSig(b, s []byte) []byte {
	b = append(append(append(b, `{"asm":"`...), standard.Asm(s, true)...), '"')
	return append(appendHex(append(b, `,"hex":`...), s), '}')
}

// scriptSig is an input script.
func scriptSig(s []byte) object {
	return object{
		{Key: "asm", Value: standard.Asm(s, true)},
		{Key: "hex", Value: hex.EncodeToString(s)},
	}
}

// appendKey begins a further member; the first has no comma before it.
func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(univalue.AppendString(b, key), ':')
}

func appendMembers(b []byte, o rpccall.Object) ([]byte, error) {
	for _, m := range o {
		var err error
		if b, err = rpccall.Append(appendKey(b, m.Key), m.Value); err != nil {
			return b, err
		}
	}
	return b, nil
}

func appendHex(b, data []byte) []byte {
	return append(hex.AppendEncode(append(b, '"'), data), '"')
}

func appendHash(b []byte, h wire.Hash) []byte {
	return append(append(append(b, '"'), h.String()...), '"')
}
