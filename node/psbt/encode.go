package psbt

import (
	"encoding/binary"

	"dashmp/node/params"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// The types of entries (src/psbt.h).
const (
	globalTx      = 0x00
	globalExtKey  = 0x01
	globalVersion = 0xfb
	proprietary   = 0xfc // in every map

	inUTXO      = 0x00
	inSig       = 0x02
	inSigHash   = 0x03
	inRedeem    = 0x04
	inKeyPath   = 0x06
	inScriptSig = 0x07
	inPreimage  = 0x0a // and the three after it

	outRedeem  = 0x00
	outKeyPath = 0x02
)

// magic begins every PSBT.
const magic = "psbt\xff"

// HighestVersion is the only version there is.
const HighestVersion = 0

// Append appends the encoding of p to b.
func (p *PSBT) Append(b []byte) []byte {
	b = append(b, magic...)
	b = entry(b, wire.AppendCompactSize(nil, globalTx), p.Tx.Append(nil))
	for i := range p.ExtKeys {
		k := &p.ExtKeys[i]
		raw := k.Key.Serialize(params.Base58{ExtPublic: k.Version})
		b = entry(b, append([]byte{globalExtKey}, raw...), pathBytes(k.Origin))
	}
	if v := p.VersionNumber(); v > 0 {
		b = entry(b, wire.AppendCompactSize(nil, globalVersion), binary.LittleEndian.AppendUint32(nil, v))
	}
	b = appendRest(b, p.Common.Proprietary, p.Common.Unknown)
	for i := range p.Inputs {
		b = p.Inputs[i].append(b)
	}
	for i := range p.Outputs {
		o := &p.Outputs[i]
		b = o.append(b, outRedeem, outKeyPath)
		b = appendRest(b, o.Proprietary, o.Unknown)
	}
	return b
}

// entry appends a key and a value with their lengths.
func entry(b, key, value []byte) []byte {
	return wire.AppendVarBytes(wire.AppendVarBytes(b, key), value)
}

// pathBytes is the value of a key path: fingerprint and steps, little-endian.
func pathBytes(o standard.Origin) []byte {
	b := append([]byte{}, o.Fingerprint[:]...)
	for _, n := range o.Path {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// appendRest appends what is passed on as it came, and ends the map.
func appendRest(b []byte, p []Proprietary, unknown []Pair) []byte {
	for _, e := range p {
		b = entry(b, e.Key, e.Value)
	}
	for _, e := range unknown {
		b = entry(b, e.Key, e.Value)
	}
	return append(b, 0)
}

func (c *Common) append(b []byte, redeem, keyPath byte) []byte {
	if len(c.Redeem) > 0 {
		b = entry(b, []byte{redeem}, c.Redeem)
	}
	for _, k := range c.KeyPaths {
		b = entry(b, append([]byte{keyPath}, k.Key...), pathBytes(k.Origin))
	}
	return b
}

func (in *Input) append(b []byte) []byte {
	if in.UTXO != nil {
		b = entry(b, []byte{inUTXO}, in.UTXO.Append(nil))
	}
	if len(in.ScriptSig) > 0 {
		b = entry(b, []byte{inScriptSig}, in.ScriptSig)
		return appendRest(b, in.Proprietary, in.Unknown)
	}
	for _, s := range in.Sigs {
		b = entry(b, append([]byte{inSig}, s.Key...), s.Sig)
	}
	if in.SigHash != nil {
		b = entry(b, []byte{inSigHash}, binary.LittleEndian.AppendUint32(nil, *in.SigHash))
	}
	b = in.Common.append(b, inRedeem, inKeyPath)
	for k, list := range in.Preimages {
		for _, e := range list {
			b = entry(b, append([]byte{inPreimage + byte(k)}, e.Key...), e.Value)
		}
	}
	return appendRest(b, in.Proprietary, in.Unknown)
}
