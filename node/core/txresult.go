package core

import (
	"encoding/hex"
	"fmt"
	"strings"

	"dashmp/node/rpccall"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// txResult is a transaction of a genesis block in getblock (TxToUniv): one
// coinbase input, version 1, outputs to a bare key or to nobody.
func txResult(tx *wire.Tx) (rpccall.Object, error) {
	raw := tx.Append(nil)
	var ins []any
	for _, in := range tx.Inputs {
		ins = append(ins, rpccall.Object{
			{Key: "coinbase", Value: hex.EncodeToString(in.ScriptSig)},
			{Key: "sequence", Value: in.Sequence},
		})
	}
	var outs []any
	for n, out := range tx.Outputs {
		spk, err := outputScript(out.ScriptPubKey)
		if err != nil {
			return nil, err
		}
		outs = append(outs, rpccall.Object{
			{Key: "value", Value: rpccall.Amount(out.Value)},
			{Key: "valueSat", Value: out.Value},
			{Key: "n", Value: n},
			{Key: "scriptPubKey", Value: spk},
		})
	}
	return rpccall.Object{
		{Key: "txid", Value: tx.ID().String()},
		{Key: "version", Value: tx.Version},
		{Key: "type", Value: tx.Type},
		{Key: "size", Value: len(raw)},
		{Key: "locktime", Value: tx.LockTime},
		{Key: "vin", Value: ins},
		{Key: "vout", Value: outs},
		{Key: "hex", Value: hex.EncodeToString(raw)},
		{Key: "instantlock", Value: false},
		{Key: "instantlock_internal", Value: false},
	}, nil
}

// outputScript describes the output scripts that genesis blocks have
// (ScriptToUniv, InferDescriptor).
func outputScript(s []byte) (rpccall.Object, error) {
	list, ok := script.Parse(s)
	var asm, desc, kind string
	switch {
	case ok && len(list) == 2 && isPublicKey(list[0].Data) && list[1].Op == script.OpCheckSig:
		key := hex.EncodeToString(list[0].Data)
		asm, desc, kind = key+" OP_CHECKSIG", "pk("+key+")", "pubkey"
	case ok && len(list) == 1 && list[0].Op == script.OpReturn:
		asm, desc, kind = "OP_RETURN", "raw("+hex.EncodeToString(s)+")", "nulldata"
	default:
		return nil, fmt.Errorf("an output script that no genesis block has: %x", s)
	}
	return rpccall.Object{
		{Key: "asm", Value: asm},
		{Key: "desc", Value: desc + "#" + descriptorChecksum(desc)},
		{Key: "hex", Value: hex.EncodeToString(s)},
		{Key: "type", Value: kind},
	}, nil
}

// isPublicKey reports whether b has the form of a public key (CPubKey::ValidSize).
func isPublicKey(b []byte) bool {
	switch len(b) {
	case 33:
		return b[0] == 2 || b[0] == 3
	case 65:
		return b[0] == 4 || b[0] == 6 || b[0] == 7
	}
	return false
}

// descriptorChecksum is the eight characters after the # of a descriptor, a BCH
// code over its text (BIP 380; Dash Core: DescriptorChecksum). desc must consist
// of characters of the descriptor language, as those made here do.
func descriptorChecksum(desc string) string {
	const input = "0123456789()[],'/*abcdefgh@:$%{}" + "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~" + "ijklmnopqrstuvwxyzABCDEFGH`#\"\\ "
	const output = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	step := func(c uint64, v int) uint64 {
		top := c >> 35
		c = (c&0x7ffffffff)<<5 ^ uint64(v)
		for i, g := range []uint64{0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd} {
			if top>>i&1 != 0 {
				c ^= g
			}
		}
		return c
	}
	c, class, inClass := uint64(1), 0, 0
	for _, r := range desc {
		at := strings.IndexRune(input, r)
		c = step(c, at&31)
		class = class*3 + at>>5
		if inClass++; inClass == 3 {
			c, class, inClass = step(c, class), 0, 0
		}
	}
	if inClass > 0 {
		c = step(c, class)
	}
	for range 8 {
		c = step(c, 0)
	}
	c ^= 1
	sum := make([]byte, 8)
	for i := range sum {
		sum[i] = output[c>>(5*(7-i))&31]
	}
	return string(sum)
}
