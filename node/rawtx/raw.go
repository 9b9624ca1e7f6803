package rawtx

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"dashmp/node/address"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// DecodeHex decodes a transaction in hexadecimal that takes up all of s
// (DecodeHexTx).
func DecodeHex(s string) (*wire.Tx, bool) {
	if !standard.IsHex(s) {
		return nil, false
	}
	raw, err := hex.DecodeString(s)
	if err != nil {
		return nil, false
	}
	tx, err := wire.DecodeTx(raw)
	return tx, err == nil
}

func encodeHex(tx *wire.Tx) string { return hex.EncodeToString(tx.Append(nil)) }

func (r *rpcs) decodeRawTransaction(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	s, err := call.String(0)
	if err != nil {
		return nil, err
	}
	tx, ok := DecodeHex(s)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed")
	}
	return r.json.Tx(tx), nil
}

func (r *rpcs) decodeScript(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	s, err := call.String(0)
	if err != nil {
		return nil, err
	}
	var code []byte
	if s != "" {
		if code, err = rpcvalue.Hex(s, "argument"); err != nil {
			return nil, err
		}
	}
	b := r.json.appendScript(nil, code, false, true)
	if standard.Solve(code).Type != standard.ScriptHash {
		d := address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(code)}
		b = append(append(b[:len(b)-1], `,"p2sh":"`...), address.Encode(d, r.o.Base58)...)
		b = append(b, `"}`...)
	}
	return json.RawMessage(b), nil
}

func (r *rpcs) createRawTransaction(_ context.Context, call *rpccall.Call) (any, error) {
	tx, err := r.construct(call)
	if err != nil {
		return nil, err
	}
	return encodeHex(tx), nil
}

// construct makes a transaction of the parameters inputs, outputs and locktime
// (ConstructTransaction).
func (r *rpcs) construct(call *rpccall.Call) (*wire.Tx, error) {
	if err := call.Count(2, 3); err != nil {
		return nil, err
	}
	if err := rpcvalue.CheckTypes(call, univalue.Array, univalue.Null, univalue.Number); err != nil {
		return nil, err
	}
	outputs := call.Value(1)
	if outputs.IsNull() {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, output argument must be non-null")
	}
	if outputs.Kind() != univalue.Object {
		if err := rpcvalue.Want(outputs, univalue.Array); err != nil {
			return nil, err
		}
	}
	tx := &wire.Tx{Version: 2}
	if v := call.Value(2); !v.IsNull() {
		n, err := rpcvalue.Integer(v, 64)
		if err != nil {
			return nil, err
		}
		if n < 0 || n > wire.SequenceFinal {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, locktime out of range")
		}
		tx.LockTime = uint32(n)
	}
	for v := range call.Value(0).Elements() {
		in, err := parseInput(v, tx.LockTime)
		if err != nil {
			return nil, err
		}
		tx.Inputs = append(tx.Inputs, in)
	}
	list, err := outputList(outputs)
	if err != nil {
		return nil, err
	}
	tx.Outputs, err = r.parseOutputs(list)
	return tx, err
}

func parseInput(v univalue.Value, lockTime uint32) (in wire.TxIn, err error) {
	if err := rpcvalue.Want(v, univalue.Object); err != nil {
		return in, err
	}
	if in.PrevOut.Hash, err = rpcvalue.Hash(v.Find("txid"), "txid"); err != nil {
		return in, err
	}
	index := v.Find("vout")
	if index.Kind() != univalue.Number {
		return in, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, missing vout key")
	}
	n, err := rpcvalue.Integer(index, 32)
	if err != nil {
		return in, err
	}
	if n < 0 {
		return in, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, vout cannot be negative")
	}
	in.PrevOut.Index = uint32(n)
	in.Sequence = wire.SequenceFinal
	if lockTime != 0 {
		in.Sequence = wire.SequenceFinal - 1
	}
	if s := v.Find("sequence"); s.Kind() == univalue.Number {
		n, err := rpcvalue.Integer(s, 64)
		if err != nil {
			return in, err
		}
		if n < 0 || n > wire.SequenceFinal {
			return in, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, sequence number is out of range")
		}
		in.Sequence = uint32(n)
	}
	return in, nil
}

// output is one output as a caller writes it: an address or "data", and what it
// gets.
type output struct {
	name  string
	value univalue.Value
}

// outputList brings both forms of outputs, an object or an array of objects with
// one member, into order. Of equal names the first one's value counts for all.
func outputList(v univalue.Value) (list []output, err error) {
	first := map[string]univalue.Value{}
	add := func(k, v univalue.Value) {
		name := k.Text()
		if _, ok := first[name]; !ok {
			first[name] = v
		}
		list = append(list, output{name, first[name]})
	}
	for k, m := range v.Members() {
		add(k, m)
	}
	for e := range v.Elements() {
		if e.Kind() != univalue.Object {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, key-value pair not an object as expected")
		}
		if e.Len() != 1 {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, key-value pair must contain exactly one key")
		}
		for k, m := range e.Members() {
			add(k, m)
		}
	}
	return list, nil
}

func (r *rpcs) parseOutputs(list []output) (outs []wire.TxOut, err error) {
	seen := map[address.Destination]bool{}
	hasData := false
	for _, o := range list {
		if o.name == "data" {
			if hasData {
				return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, duplicate key: data")
			}
			hasData = true
			data, err := rpcvalue.Hex(rpcvalue.Text(o.value), "Data")
			if err != nil {
				return nil, err
			}
			outs = append(outs, wire.TxOut{ScriptPubKey: script.AppendPush([]byte{byte(script.OpReturn)}, data)})
			continue
		}
		d, err := address.Decode(o.name, r.o.Base58)
		if err != nil {
			return nil, rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Invalid Dash address: %s", o.name)
		}
		if seen[d] {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid parameter, duplicated address: %s", o.name)
		}
		seen[d] = true
		amount, err := rpcvalue.Amount(o.value)
		if err != nil {
			return nil, err
		}
		outs = append(outs, wire.TxOut{Value: amount, ScriptPubKey: d.Script()})
	}
	return outs, nil
}

func (r *rpcs) combineRawTransaction(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	if err := rpcvalue.Want(call.Value(0), univalue.Array); err != nil {
		return nil, err
	}
	var variants []*wire.Tx
	for v := range call.Value(0).Elements() {
		if err := rpcvalue.Want(v, univalue.String); err != nil {
			return nil, err
		}
		tx, ok := DecodeHex(v.Text())
		if !ok {
			return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed for tx %d. Make sure the tx has at least one input.", len(variants))
		}
		variants = append(variants, tx)
	}
	if len(variants) == 0 {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "Missing transactions")
	}
	merged := variants[0].Clone()
	for i := range merged.Inputs {
		out, ok, err := r.o.Coin(ctx, merged.Inputs[i].PrevOut)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, rpcerr.Errorf(rpcerr.Verify, "Input not found or already spent")
		}
		data := standard.NewSignatureData()
		for _, v := range variants {
			if i < len(v.Inputs) {
				data.Merge(standard.Extract(v, i, out))
			}
		}
		standard.Produce(standard.None{}, standard.None{Tx: merged, Index: i}, out.ScriptPubKey, data)
		merged.Inputs[i].ScriptSig = data.ScriptSig
	}
	return encodeHex(merged), nil
}
