package main

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// editor is the transaction being made.
type editor struct {
	base58    params.Base58
	tx        *wire.Tx
	registers registers
}

// commands change the transaction (MutateTx of src/bitcoin-tx.cpp).
var commands = map[string]func(e *editor, value string) error{
	"nversion":    (*editor).version,
	"locktime":    (*editor).lockTime,
	"delin":       (*editor).deleteInput,
	"in":          (*editor).addInput,
	"delout":      (*editor).deleteOutput,
	"outaddr":     (*editor).payAddress,
	"outpubkey":   (*editor).payPubKey,
	"outmultisig": (*editor).payMultisig,
	"outscript":   (*editor).payScript,
	"outdata":     (*editor).addData,
	"sign":        (*editor).sign,
	"load":        (*editor).load,
	"set":         (*editor).set,
}

// Bounds of Dash Core.
const (
	maxStandardVersion = 3             // TX_MAX_STANDARD_VERSION
	maxOutputs         = 2_000_000 / 9 // outputs of the smallest size in a block
	maxScript          = 10_000        // MAX_SCRIPT_SIZE
)

func (e *editor) version(value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1 || n > maxStandardVersion {
		return textf("Invalid TX version requested: '%s'", value)
	}
	e.tx.Version = int16(n)
	return nil
}

func (e *editor) lockTime(value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > 0xffffffff {
		return textf("Invalid TX locktime requested: '%s'", value)
	}
	e.tx.LockTime = uint32(n)
	return nil
}

func (e *editor) deleteInput(value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n >= int64(len(e.tx.Inputs)) {
		return textf("Invalid TX input index '%s'", value)
	}
	e.tx.Inputs = slices.Delete(e.tx.Inputs, int(n), int(n)+1)
	return nil
}

func (e *editor) deleteOutput(value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n >= int64(len(e.tx.Outputs)) {
		return textf("Invalid TX output index '%s'", value)
	}
	e.tx.Outputs = slices.Delete(e.tx.Outputs, int(n), int(n)+1)
	return nil
}

// addInput takes TXID:VOUT[:SEQUENCE].
func (e *editor) addInput(value string) error {
	parts := strings.Split(value, ":")
	if len(parts) < 2 {
		return text("TX input missing separator")
	}
	txid, err := wire.ParseHash(parts[0])
	if err != nil || len(parts[0]) != 2*wire.HashSize {
		return text("invalid TX input txid")
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || n < 0 || n > maxOutputs {
		return textf("invalid TX input vout '%s'", parts[1])
	}
	in := wire.TxIn{PrevOut: wire.OutPoint{Hash: txid, Index: uint32(n)}, Sequence: wire.SequenceFinal}
	if len(parts) > 2 {
		if in.Sequence, err = number(parts[2], "invalid TX sequence id"); err != nil {
			return err
		}
	}
	e.tx.Inputs = append(e.tx.Inputs, in)
	return nil
}

// number reads 32 bits; complaint begins the error.
func number(s, complaint string) (uint32, error) {
	trimmed := strings.Trim(s, " \f\n\r\t\v")
	n, err := strconv.ParseUint(trimmed, 10, 32)
	if err != nil || trimmed[0] == '+' {
		return 0, textf("%s '%s'", complaint, s)
	}
	return uint32(n), nil
}

// amount reads an amount in DASH (ParseMoney of src/util/moneystr.cpp).
func amount(s string) (int64, error) {
	const bad = text("invalid TX output value")
	s = strings.Trim(s, " \f\n\r\t\v")
	whole, fraction, _ := strings.Cut(s, ".")
	if s == "" || len(whole) > 10 || len(fraction) > 8 || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, bad
	}
	n, err := strconv.ParseInt("0"+whole+fraction+strings.Repeat("0", 8-len(fraction)), 10, 64)
	if err != nil || n > 21_000_000_00000000 {
		return 0, bad
	}
	return n, nil
}

func (e *editor) pay(value int64, scriptPubKey []byte) {
	e.tx.Outputs = append(e.tx.Outputs, wire.TxOut{Value: value, ScriptPubKey: scriptPubKey})
}

// payAddress takes VALUE:ADDRESS.
func (e *editor) payAddress(value string) error {
	parts := strings.Split(value, ":")
	if len(parts) != 2 {
		return text("TX output missing or too many separators")
	}
	n, err := amount(parts[0])
	if err != nil {
		return err
	}
	to, err := address.Decode(parts[1], e.base58)
	if err != nil {
		return text("invalid TX output address")
	}
	e.pay(n, to.Script())
	return nil
}

func scriptHash(s []byte) []byte {
	return address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(s)}.Script()
}

func pubKey(s string) ([]byte, error) {
	key, err := hex.DecodeString(s)
	if err != nil || !standard.ValidKey(key) {
		return nil, text("invalid TX output pubkey")
	}
	return key, nil
}

// payPubKey takes VALUE:PUBKEY[:FLAGS].
func (e *editor) payPubKey(value string) error {
	parts := strings.Split(value, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return text("TX output missing or too many separators")
	}
	n, err := amount(parts[0])
	if err != nil {
		return err
	}
	key, err := pubKey(parts[1])
	if err != nil {
		return err
	}
	s := standard.PubKeyScript(key)
	if len(parts) == 3 && strings.Contains(parts[2], "S") {
		s = scriptHash(s)
	}
	e.pay(n, s)
	return nil
}

// payMultisig takes VALUE:REQUIRED:NUMBER:PUBKEY:…[:FLAGS].
func (e *editor) payMultisig(value string) error {
	parts := strings.Split(value, ":")
	if len(parts) < 3 {
		return text("Not enough multisig parameters")
	}
	n, err := amount(parts[0])
	if err != nil {
		return err
	}
	required, err := number(parts[1], "invalid multisig required number")
	if err != nil {
		return err
	}
	count, err := number(parts[2], "invalid multisig total number")
	if err != nil {
		return err
	}
	keys, most := parts[3:], uint32(standard.MaxMultisigKeys)
	if uint64(len(keys)) < uint64(count) {
		return text("incorrect number of multisig pubkeys")
	}
	if required < 1 || required > most || count < 1 || count > most || count < required {
		return textf("multisig parameter mismatch. Required %d of %dsignatures.", required, count)
	}
	s, err := multisig(required, keys[:count])
	if err != nil {
		return err
	}
	flags := keys[count:]
	if len(flags) > 1 {
		return text("Too many parameters")
	}
	return e.payWrapped(n, s, len(flags) == 1 && strings.Contains(flags[0], "S"))
}

func multisig(required uint32, texts []string) ([]byte, error) {
	var keys [][]byte
	for _, t := range texts {
		key, err := pubKey(t)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return standard.MultisigScript(int(required), keys), nil
}

// payWrapped pays to a script, behind its hash if wrap is set.
func (e *editor) payWrapped(n int64, s []byte, wrap bool) error {
	if wrap {
		if len(s) > script.MaxElementSize {
			return textf("redeemScript exceeds size limit: %d > %d", len(s), script.MaxElementSize)
		}
		s = scriptHash(s)
	}
	e.pay(n, s)
	return nil
}

// payScript takes VALUE:SCRIPT[:FLAGS].
func (e *editor) payScript(value string) error {
	parts := strings.Split(value, ":")
	if len(parts) < 2 {
		return text("TX output missing separator")
	}
	n, err := amount(parts[0])
	if err != nil {
		return err
	}
	s, err := standard.ParseAsm(parts[1])
	if err != nil {
		return err
	}
	if len(s) > maxScript {
		return textf("script exceeds size limit: %d > %d", len(s), maxScript)
	}
	return e.payWrapped(n, s, len(parts) == 3 && strings.Contains(parts[2], "S"))
}

// addData takes [VALUE:]DATA.
func (e *editor) addData(value string) error {
	n, data := int64(0), value
	if before, after, found := strings.Cut(value, ":"); found {
		if before == "" {
			return text("TX output value not specified")
		}
		var err error
		if n, err = amount(before); err != nil {
			return err
		}
		data = after
	}
	b, err := hex.DecodeString(data)
	if err != nil || len(b) == 0 {
		return text("invalid TX output data")
	}
	e.pay(n, script.AppendPush([]byte{byte(script.OpReturn)}, b))
	return nil
}
