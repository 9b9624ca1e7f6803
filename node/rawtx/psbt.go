package rawtx

import (
	"context"
	"encoding/base64"
	"encoding/hex"

	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/node/params"
	"dashmp/node/psbt"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/standard"
)

// parsePSBT reads a PSBT in base 64.
func parsePSBT(v univalue.Value) (*psbt.PSBT, error) {
	if err := rpcvalue.Want(v, univalue.String); err != nil {
		return nil, err
	}
	raw, ok := decodeBase64(v.Text())
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed invalid base64")
	}
	p, err := psbt.Decode(raw)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed %s", err)
	}
	return p, nil
}

func parsePSBTs(list univalue.Value) (out []*psbt.PSBT, err error) {
	for v := range list.Elements() {
		p, err := parsePSBT(v)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func encodePSBT(p *psbt.PSBT) string { return base64.StdEncoding.EncodeToString(p.Append(nil)) }

func (r *rpcs) createPSBT(_ context.Context, call *rpccall.Call) (any, error) {
	tx, err := r.construct(call)
	if err != nil {
		return nil, err
	}
	return encodePSBT(psbt.New(tx)), nil
}

func (r *rpcs) convertToPSBT(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	s, err := call.String(0)
	if err != nil {
		return nil, err
	}
	permit, err := call.BoolOr(1, false)
	if err != nil {
		return nil, err
	}
	tx, ok := DecodeHex(s)
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed")
	}
	tx = tx.Clone()
	for i := range tx.Inputs {
		if len(tx.Inputs[i].ScriptSig) > 0 && !permit {
			return nil, rpcerr.Errorf(rpcerr.Deserialization, "Inputs must not have scriptSigs")
		}
		tx.Inputs[i].ScriptSig = nil
	}
	return encodePSBT(psbt.New(tx)), nil
}

func (r *rpcs) combinePSBT(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	if err := rpcvalue.Want(call.Value(0), univalue.Array); err != nil {
		return nil, err
	}
	if call.Value(0).Len() == 0 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Parameter 'txs' cannot be empty")
	}
	list, err := parsePSBTs(call.Value(0))
	if err != nil {
		return nil, err
	}
	for _, p := range list[1:] {
		if !list[0].Merge(p) {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "PSBTs not compatible (different transactions)")
		}
	}
	return encodePSBT(list[0]), nil
}

func (r *rpcs) joinPSBTs(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	if err := rpcvalue.Want(call.Value(0), univalue.Array); err != nil {
		return nil, err
	}
	if call.Value(0).Len() <= 1 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "At least two PSBTs are required to join PSBTs.")
	}
	list, err := parsePSBTs(call.Value(0))
	if err != nil {
		return nil, err
	}
	joined, twice := psbt.Join(list)
	if twice != nil {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Input %s:%d exists in multiple PSBTs", twice.Hash, twice.Index)
	}
	return encodePSBT(joined), nil
}

func (r *rpcs) finalizePSBT(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	extract, err := call.BoolOr(1, true)
	if err != nil {
		return nil, err
	}
	p, err := parsePSBT(call.Value(0))
	if err != nil {
		return nil, err
	}
	complete := p.Finalize()
	o := object{{Key: "psbt", Value: ""}, {Key: "complete", Value: complete}}
	if complete && extract {
		o[0] = member{Key: "hex", Value: encodeHex(p.Extract())}
	} else {
		o[0].Value = encodePSBT(p)
	}
	return o, nil
}

func (r *rpcs) analyzePSBT(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	p, err := parsePSBT(call.Value(0))
	if err != nil {
		return nil, err
	}
	a := p.Analyze()
	o := object{}
	ins := []any{}
	for i := range a.Inputs {
		ins = append(ins, inputAnalysis(&a.Inputs[i]))
	}
	if len(ins) > 0 {
		o = append(o, member{Key: "inputs", Value: ins})
	}
	if a.Size != nil {
		o = append(o, member{Key: "estimated_vsize", Value: *a.Size}, member{Key: "estimated_feerate", Value: rpccall.Amount(*a.Rate)})
	}
	if a.Fee != nil {
		o = append(o, member{Key: "fee", Value: rpccall.Amount(*a.Fee)})
	}
	o = append(o, member{Key: "next", Value: a.Next.String()})
	if a.Error != "" {
		o = append(o, member{Key: "error", Value: a.Error})
	}
	return o, nil
}

func inputAnalysis(in *psbt.InputAnalysis) object {
	o := object{
		{Key: "has_utxo", Value: in.HasUTXO},
		{Key: "is_final", Value: in.IsFinal},
		{Key: "next", Value: in.Next.String()},
	}
	var missing object
	if len(in.MissingKeys) > 0 {
		missing = append(missing, member{Key: "pubkeys", Value: ids(in.MissingKeys)})
	}
	if in.MissingRedeem != (standard.ID{}) {
		missing = append(missing, member{Key: "redeemscript", Value: hex.EncodeToString(in.MissingRedeem[:])})
	}
	if len(in.MissingSigs) > 0 {
		missing = append(missing, member{Key: "signatures", Value: ids(in.MissingSigs)})
	}
	if missing != nil {
		o = append(o, member{Key: "missing", Value: missing})
	}
	return o
}

func ids(list []standard.ID) (out []string) {
	for _, id := range list {
		out = append(out, hex.EncodeToString(id[:]))
	}
	return out
}

func (r *rpcs) decodePSBT(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	p, err := parsePSBT(call.Value(0))
	if err != nil {
		return nil, err
	}
	keys := []any{}
	for i := range p.ExtKeys {
		k := &p.ExtKeys[i]
		keys = append(keys, object{
			{Key: "xpub", Value: address.EncodeCheck(k.Key.Serialize(params.Base58{ExtPublic: k.Version}))},
			{Key: "master_fingerprint", Value: hex.EncodeToString(k.Origin.Fingerprint[:])},
			{Key: "path", Value: "m" + descriptor.FormatPath(k.Origin.Path)},
		})
	}
	o := object{
		{Key: "tx", Value: r.json.Tx(p.Tx)},
		{Key: "global_xpubs", Value: keys},
		{Key: "psbt_version", Value: p.VersionNumber()},
		{Key: "proprietary", Value: properties(p.Common.Proprietary)},
		{Key: "unknown", Value: pairs(p.Common.Unknown)},
	}
	fee, known := int64(0), true
	add := func(sum *int64, value int64) {
		if rpcvalue.MoneyRange(value) && rpcvalue.MoneyRange(*sum+value) {
			*sum += value
		} else {
			known = false
		}
	}
	total, spent := int64(0), int64(0)
	ins, outs := []any{}, []any{}
	for i := range p.Inputs {
		ins = append(ins, r.psbtInput(&p.Inputs[i]))
		if out, ok := p.Spent(i); ok {
			add(&total, out.Value)
		} else {
			known = false
		}
	}
	for i := range p.Outputs {
		outs = append(outs, r.common(object{}, &p.Outputs[i].Common, nil))
		add(&spent, p.Tx.Outputs[i].Value)
	}
	fee = total - spent
	o = append(o, member{Key: "inputs", Value: ins}, member{Key: "outputs", Value: outs})
	if known {
		o = append(o, member{Key: "fee", Value: rpccall.Amount(fee)})
	}
	return o, nil
}

func (r *rpcs) psbtInput(in *psbt.Input) object {
	o := object{}
	if in.UTXO != nil {
		o = append(o, member{Key: "non_witness_utxo", Value: r.json.Tx(in.UTXO)})
	}
	if len(in.Sigs) > 0 {
		sigs := object{}
		for _, s := range in.Sigs {
			sigs = append(sigs, member{Key: hex.EncodeToString(s.Key), Value: hex.EncodeToString(s.Sig)})
		}
		o = append(o, member{Key: "partial_signatures", Value: sigs})
	}
	if in.SigHash != nil {
		o = append(o, member{Key: "sighash", Value: standard.SigHashName(byte(*in.SigHash))})
	}
	return r.common(o, &in.Common, func(o object) object {
		if len(in.ScriptSig) > 0 {
			o = append(o, member{Key: "final_scriptSig", Value: scriptSig(in.ScriptSig)})
		}
		for k, name := range []string{"ripemd160", "sha256", "hash160", "hash256"} {
			if len(in.Preimages[k]) > 0 {
				o = append(o, member{Key: name + "_preimages", Value: pairs(in.Preimages[k])})
			}
		}
		return o
	})
}

// common appends what inputs and outputs both have; between is appended after
// the key paths.
func (r *rpcs) common(o object, c *psbt.Common, between func(object) object) object {
	if len(c.Redeem) > 0 {
		o = append(o, member{Key: "redeem_script", Value: scriptJSON{r.json, c.Redeem, false}})
	}
	if len(c.KeyPaths) > 0 {
		paths := []any{}
		for _, k := range c.KeyPaths {
			paths = append(paths, object{
				{Key: "pubkey", Value: hex.EncodeToString(k.Key)},
				{Key: "master_fingerprint", Value: hex.EncodeToString(k.Origin.Fingerprint[:])},
				{Key: "path", Value: "m" + descriptor.FormatPath(k.Origin.Path)},
			})
		}
		o = append(o, member{Key: "bip32_derivs", Value: paths})
	}
	if between != nil {
		o = between(o)
	}
	if len(c.Proprietary) > 0 {
		o = append(o, member{Key: "proprietary", Value: properties(c.Proprietary)})
	}
	if len(c.Unknown) > 0 {
		o = append(o, member{Key: "unknown", Value: pairs(c.Unknown)})
	}
	return o
}

func properties(list []psbt.Proprietary) []any {
	out := []any{}
	for _, p := range list {
		out = append(out, object{
			{Key: "identifier", Value: hex.EncodeToString(p.Identifier)},
			{Key: "subtype", Value: p.Subtype},
			{Key: "key", Value: hex.EncodeToString(p.Key)},
			{Key: "value", Value: hex.EncodeToString(p.Value)},
		})
	}
	return out
}

func pairs(list []psbt.Pair) object {
	o := object{}
	for _, e := range list {
		o = append(o, member{Key: hex.EncodeToString(e.Key), Value: hex.EncodeToString(e.Value)})
	}
	return o
}
