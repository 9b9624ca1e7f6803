package main

import (
	"encoding/hex"
	"io"
	"os"
	"strings"

	"dashmp/node/address"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpcvalue"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// registers hold JSON by name.
type registers map[string]univalue.Value

func (r registers) put(name string, data []byte) error {
	v, ok := univalue.Parse(data)
	if !ok {
		return textf("Cannot parse JSON for key %s", name)
	}
	r[name] = v
	return nil
}

// set takes NAME:JSON.
func (e *editor) set(value string) error {
	name, data, _ := strings.Cut(value, ":")
	if name == "" || data == "" {
		return text("Register input requires NAME:VALUE")
	}
	return e.registers.put(name, []byte(data))
}

// load takes NAME:FILENAME.
func (e *editor) load(value string) error {
	name, path, _ := strings.Cut(value, ":")
	if name == "" || path == "" {
		return text("Register load requires NAME:FILENAME")
	}
	f, err := os.Open(path)
	if err != nil {
		return textf("Cannot open file %s", path)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxInput))
	if err != nil {
		return textf("Error reading file %s", path)
	}
	return e.registers.put(name, data)
}

// items are the elements of an array or the values of an object.
func items(v univalue.Value) []univalue.Value {
	var out []univalue.Value
	for e := range v.Elements() {
		out = append(out, e)
	}
	for _, e := range v.Members() {
		out = append(out, e)
	}
	return out
}

// sign signs each input whose previous output is known (MutateTxSign).
func (e *editor) sign(value string) error {
	hashType := byte(script.SigHashAll)
	if value != "" {
		var ok bool
		if hashType, ok = standard.ParseSigHash(value); !ok {
			return text("unknown sighash flag/sign option")
		}
	}
	keys := keyring{}
	public := standard.NewPublic()
	list, ok := e.registers["privatekeys"]
	if !ok {
		return text("privatekeys register variable must be set.")
	}
	defer keys.wipe()
	for _, v := range items(list) {
		if err := keys.add(v, e.base58, public); err != nil {
			return err
		}
	}
	coins, err := e.previous(public)
	if err != nil {
		return err
	}
	single := hashType&^script.SigHashAnyoneCanPay == script.SigHashSingle
	for i := range e.tx.Inputs {
		out, ok := coins[e.tx.Inputs[i].PrevOut]
		if !ok {
			continue
		}
		data := standard.Extract(e.tx, i, &out)
		if !single || i < len(e.tx.Outputs) {
			standard.Produce(public, &signing{keys, e.tx, i, hashType}, out.ScriptPubKey, data)
		}
		e.tx.Inputs[i].ScriptSig = data.ScriptSig
	}
	return nil
}

// maxMoney is the value of a previous output of which none is said.
const maxMoney = 21_000_000_00000000

// previous reads the register prevtxs.
func (e *editor) previous(public *standard.Public) (map[wire.OutPoint]wire.TxOut, error) {
	list, ok := e.registers["prevtxs"]
	if !ok {
		return nil, text("prevtxs register variable must be set.")
	}
	coins := map[wire.OutPoint]wire.TxOut{}
	for _, v := range items(list) {
		point, out, err := previousOutput(v)
		if err != nil {
			return nil, err
		}
		if old, twice := coins[point]; twice && string(old.ScriptPubKey) != string(out.ScriptPubKey) {
			return nil, textf("Previous output scriptPubKey mismatch:\n%s\nvs:\n%s",
				standard.Asm(old.ScriptPubKey, false), standard.Asm(out.ScriptPubKey, false))
		}
		coins[point] = out
		redeem := v.Find("redeemScript")
		if script.IsPayToScriptHash(out.ScriptPubKey) && hasKey(v, "redeemScript") {
			s, err := hexValue(redeem, "redeemScript")
			if err != nil {
				return nil, err
			}
			public.AddScript(s)
		}
	}
	return coins, nil
}

func hasKey(v univalue.Value, key string) bool {
	for k := range v.Members() {
		if k.Is(key) {
			return true
		}
	}
	return false
}

func previousOutput(v univalue.Value) (point wire.OutPoint, out wire.TxOut, err error) {
	if v.Kind() != univalue.Object {
		return point, out, text("expected prevtxs internal object")
	}
	for key, kind := range map[string]univalue.Kind{"txid": univalue.String, "vout": univalue.Number, "scriptPubKey": univalue.String} {
		if v.Find(key).Kind() != kind {
			return point, out, text("prevtxs internal object typecheck fail")
		}
	}
	txid := v.Find("txid").Text()
	if point.Hash, err = wire.ParseHash(txid); err != nil || len(txid) != 2*wire.HashSize {
		return point, out, textf("txid must be hexadecimal string (not '%s')", txid)
	}
	n, err := rpcvalue.Integer(v.Find("vout"), 32)
	if err != nil {
		return point, out, text("JSON integer out of range")
	}
	if n < 0 {
		return point, out, text("vout cannot be negative")
	}
	point.Index = uint32(n)
	if out.ScriptPubKey, err = hexValue(v.Find("scriptPubKey"), "scriptPubKey"); err != nil {
		return point, out, err
	}
	out.Value = maxMoney
	if hasKey(v, "amount") {
		if out.Value, err = rpcvalue.Amount(v.Find("amount")); err != nil {
			return point, out, err
		}
	}
	return point, out, nil
}

// hexValue reads hexadecimal text of at least a byte (ParseHexUV).
func hexValue(v univalue.Value, name string) ([]byte, error) {
	s := v.Text()
	if !standard.IsHex(s) {
		return nil, textf("%s must be hexadecimal string (not '%s')", name, s)
	}
	return hex.DecodeString(s)
}

// signing makes the signatures of one input (standard.Creator).
type signing struct {
	keys     keyring
	tx       *wire.Tx
	index    int
	hashType byte
}

// Sign signs with the key of that ID.
func (s *signing) Sign(id standard.ID, code []byte) ([]byte, bool) {
	key, ok := s.keys[id]
	if !ok {
		return nil, false
	}
	hash := script.SigHash(s.tx, s.index, code, uint32(s.hashType))
	return append(signLowR(key, hash), s.hashType), true
}

// Checker verifies what has been made.
func (s *signing) Checker() script.Checker { return &script.TxChecker{Tx: s.tx, Index: s.index} }

var _ standard.Creator = (*signing)(nil)

// keyring holds private keys by the hash of their public keys.
type keyring map[standard.ID]*[address.SecretSize]byte

func (k keyring) wipe() {
	for _, key := range k {
		clear(key[:])
	}
}
