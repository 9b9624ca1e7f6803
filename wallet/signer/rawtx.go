package signer

import (
	"context"
	"encoding/hex"

	"dashmp/node/address"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet/signer/internal/lockbox"
)

// secretList takes the secrets that array parameter i names, all of them or
// none. Each is the JSON of an array of strings: the rpc role packs them.
func (b *Box) secretList(call *rpccall.Call, i int) (list []*lockbox.Region, err error) {
	for v := range call.Value(i).Elements() {
		handle, ok := uint64(0), false
		if v.Kind() == univalue.String {
			handle, ok = parseHandle(v.Text())
		}
		switch r, takeErr := b.take(call.Method, handle); {
		case !ok:
			err = rpcerr.Errorf(rpcerr.Internal, "a secret was not passed as a handle")
		case takeErr != nil:
			err = rpcerr.Errorf(rpcerr.Internal, "%v", takeErr)
		default:
			list = append(list, r)
		}
	}
	if err != nil {
		closeAll(list)
		return nil, err
	}
	return list, nil
}

func closeAll(list []*lockbox.Region) {
	for _, r := range list {
		r.Close()
	}
}

// signRawTransaction signs with the keys in parameter 1 (Dash Core:
// signrawtransactionwithkey of src/rpc/rawtransaction.cpp). Parameter 4 are the
// outputs it spends, as far as the core knows them: the rpc role adds it.
func (b *Box) signRawTransaction(_ context.Context, call *rpccall.Call) (any, error) {
	secrets, err := b.secretList(call, 1)
	defer closeAll(secrets)
	if err != nil {
		return nil, err
	}
	if err := call.Count(2, 5); err != nil {
		return nil, err
	}
	err = rpcvalue.CheckTypes(call, univalue.String, univalue.Array, univalue.Array, univalue.String, univalue.Array)
	if err != nil {
		return nil, err
	}
	tx, ok := decodeTx(call.Value(0).Text())
	if !ok {
		return nil, rpcerr.Errorf(rpcerr.Deserialization, "TX decode failed. Make sure the tx has at least one input.")
	}
	keys := newKeySet()
	defer keys.close()
	for _, s := range secrets {
		if err := keys.addPacked(s.Bytes(), b.s.o.Base58.SecretKey); err != nil {
			return nil, err
		}
	}
	spent := map[wire.OutPoint]*wire.TxOut{}
	if err := prevouts(call.Value(4), nil, spent); err != nil {
		return nil, err
	}
	if err := prevouts(call.Value(2), keys, spent); err != nil {
		return nil, err
	}
	hashType, err := sigHashType(call.Value(3))
	if err != nil {
		return nil, err
	}
	return signInputs(tx, keys, spent, hashType), nil
}

func decodeTx(text string) (*wire.Tx, bool) {
	if !standard.IsHex(text) {
		return nil, false
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, false
	}
	tx, err := wire.DecodeTx(raw)
	if err != nil {
		return nil, false
	}
	return tx.Clone(), true
}

// sigHashType reads the name of a signature hash type (ParseSighashString).
func sigHashType(v univalue.Value) (byte, error) {
	if v.IsNull() {
		return script.SigHashAll, nil
	}
	t, ok := standard.ParseSigHash(v.Text())
	if !ok {
		return 0, rpcerr.Errorf(rpcerr.Misc, "%s is not a valid sighash parameter.", v.Text())
	}
	return t, nil
}

// prevouts reads outputs into spent, and redeem scripts into keys
// (ParsePrevouts).
func prevouts(list univalue.Value, keys *keySet, spent map[wire.OutPoint]*wire.TxOut) error {
	for v := range list.Elements() {
		if v.Kind() != univalue.Object {
			return rpcerr.Errorf(rpcerr.Deserialization, `expected object with {"txid'","vout","scriptPubKey"}`)
		}
		if err := prevout(v, keys, spent); err != nil {
			return err
		}
	}
	return nil
}

// field refuses an object in which a member is missing or of another type
// (RPCTypeCheckObj).
func field(o univalue.Value, key string, want univalue.Kind) error {
	switch v := o.Find(key); {
	case v.IsNull():
		return rpcerr.Errorf(rpcerr.Type, "Missing %s", key)
	case v.Kind() != want:
		return rpcerr.Errorf(rpcerr.Type, "JSON value of type %s for field %s is not of expected type %s", v.Kind(), key, want)
	}
	return nil
}

func prevout(o univalue.Value, keys *keySet, spent map[wire.OutPoint]*wire.TxOut) error {
	for _, err := range []error{
		field(o, "scriptPubKey", univalue.String), field(o, "txid", univalue.String), field(o, "vout", univalue.Number),
	} {
		if err != nil {
			return err
		}
	}
	id, err := rpcvalue.Hash(o.Find("txid"), "txid")
	if err != nil {
		return err
	}
	n, err := rpcvalue.Integer(o.Find("vout"), 64)
	if err != nil {
		return err
	}
	if keys != nil && (n > 0x7fffffff || n < -0x80000000) { // what the core says may have any index
		return rpcerr.Errorf(rpcerr.Misc, "JSON integer out of range")
	}
	if n < 0 {
		return rpcerr.Errorf(rpcerr.Deserialization, "vout cannot be negative")
	}
	code, err := rpcvalue.Hex(o.Find("scriptPubKey").Text(), "scriptPubKey")
	if err != nil && (keys != nil || len(o.Find("scriptPubKey").Text()) > 0) { // an output in the chain may have no script
		return err
	}
	at := wire.OutPoint{Hash: id, Index: uint32(n)}
	if old := spent[at]; old != nil && string(old.ScriptPubKey) != string(code) {
		return rpcerr.Errorf(rpcerr.Deserialization, "Previous output scriptPubKey mismatch:\n%s\nvs:\n%s",
			standard.Asm(old.ScriptPubKey, false), standard.Asm(code, false))
	}
	out := &wire.TxOut{ScriptPubKey: code}
	if a := o.Find("amount"); !a.IsNull() {
		if out.Value, err = rpcvalue.Amount(a); err != nil {
			return err
		}
	}
	spent[at] = out
	if keys != nil && script.IsPayToScriptHash(code) {
		return redeemScript(o, code, keys)
	}
	return nil
}

func redeemScript(o univalue.Value, code []byte, keys *keySet) error {
	if err := field(o, "redeemScript", univalue.String); err != nil {
		return err
	}
	redeem, err := rpcvalue.Hex(o.Find("redeemScript").Text(), "redeemScript")
	if err != nil {
		return err
	}
	keys.addScript(redeem)
	d := address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(redeem)}
	if string(d.Script()) != string(code) {
		return rpcerr.Errorf(rpcerr.InvalidParameter, "redeemScript does not match scriptPubKey")
	}
	return nil
}

// signInputs signs what it can and tells what is wrong with the rest
// (SignTransaction of src/script/sign.cpp and src/rpc/rawtransaction_util.cpp).
func signInputs(tx *wire.Tx, keys *keySet, spent map[wire.OutPoint]*wire.TxOut, hashType byte) rpccall.Object {
	single := hashType&^script.SigHashAnyoneCanPay == script.SigHashSingle
	original := tx.Clone()
	var problems []any
	for i := range tx.Inputs {
		in := &tx.Inputs[i]
		text := "Input not found or already spent"
		if out := spent[in.PrevOut]; out != nil {
			data := standard.Extract(tx, i, out)
			if !single || i < len(tx.Outputs) {
				standard.Produce(keys, &inputSigner{keys, tx, i, hashType}, out.ScriptPubKey, data)
			}
			in.ScriptSig = data.ScriptSig
			err := script.Verify(in.ScriptSig, out.ScriptPubKey, standard.VerifyFlags, &script.TxChecker{Tx: original, Index: i})
			if err == nil {
				continue
			}
			text = problem(err)
		}
		problems = append(problems, rpccall.Object{
			{Key: "txid", Value: in.PrevOut.Hash.String()},
			{Key: "vout", Value: in.PrevOut.Index},
			{Key: "scriptSig", Value: hex.EncodeToString(in.ScriptSig)},
			{Key: "sequence", Value: in.Sequence},
			{Key: "error", Value: text},
		})
	}
	o := rpccall.Object{
		{Key: "hex", Value: hex.EncodeToString(tx.Append(nil))},
		{Key: "complete", Value: len(problems) == 0},
	}
	if len(problems) > 0 {
		o = append(o, rpccall.Member{Key: "errors", Value: problems})
	}
	return o
}

func problem(err error) string {
	switch err {
	case script.ErrInvalidStackOperation:
		return "Unable to sign input, invalid stack size (possibly missing key)"
	case script.ErrSigNullFail:
		return "CHECK(MULTI)SIG failing with non-zero signature (possibly need more signatures)"
	}
	return err.Error()
}
