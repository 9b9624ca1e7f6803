package spv

import (
	"encoding/binary"
	"math/bits"

	"dashmp/node/p2p/msg"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// Limits of a filter (src/common/bloom.h).
const (
	MaxFilterSize = 36000 // bytes
	MaxFunctions  = 50
)

// Values of the flags, which say what outputs that matched are added to the
// filter.
const (
	updateAll        = 1
	updatePubKeyOnly = 2
	updateMask       = 3
)

// Filter is a Bloom filter.
type Filter struct {
	data      []byte
	functions uint32
	tweak     uint32
	flags     uint8
}

// NewFilter makes the filter that a message describes; it shares nothing with
// it. ok is false if the filter exceeds the limits.
func NewFilter(m *msg.FilterLoad) (f *Filter, ok bool) {
	if len(m.Data) > MaxFilterSize || m.Functions > MaxFunctions {
		return nil, false
	}
	return &Filter{append([]byte(nil), m.Data...), m.Functions, m.Tweak, m.Flags}, true
}

// bit is where function n puts data.
func (f *Filter) bit(n uint32, data []byte) uint32 {
	return murmur3(n*0xfba4c795+f.tweak, data) % uint32(len(f.data)*8)
}

// Insert adds data.
func (f *Filter) Insert(data []byte) {
	if len(f.data) == 0 {
		return
	}
	for n := range f.functions {
		i := f.bit(n, data)
		f.data[i>>3] |= 1 << (i & 7)
	}
}

// Contains reports whether data may have been added. A filter of no bytes has
// everything.
func (f *Filter) Contains(data []byte) bool {
	if len(f.data) == 0 {
		return true
	}
	for n := range f.functions {
		if i := f.bit(n, data); f.data[i>>3]>>(i&7)&1 == 0 {
			return false
		}
	}
	return true
}

func (f *Filter) containsOutPoint(o wire.OutPoint) bool { return f.Contains(o.Append(nil)) }

// containsPush reports whether the filter has one of the pushes of a script.
func (f *Filter) containsPush(s []byte) bool {
	list, _ := script.Parse(s)
	for _, in := range list {
		if len(in.Data) > 0 && f.Contains(in.Data) {
			return true
		}
	}
	return false
}

// Match reports whether a transaction is relevant, and adds what is needed to
// recognise those that spend it (IsRelevantAndUpdate).
func (f *Filter) Match(tx *wire.Tx) bool {
	if len(f.data) == 0 {
		return true
	}
	id := tx.ID()
	found := f.Contains(id[:]) || f.matchPayload(tx)
	for i := range tx.Outputs {
		found = f.matchOutput(tx.Outputs[i].ScriptPubKey, wire.OutPoint{Hash: id, Index: uint32(i)}) || found
	}
	if found {
		return true
	}
	for i := range tx.Inputs {
		if in := &tx.Inputs[i]; f.containsOutPoint(in.PrevOut) || f.containsPush(in.ScriptSig) {
			return true
		}
	}
	return false
}

func (f *Filter) matchOutput(s []byte, o wire.OutPoint) bool {
	if !f.containsPush(s) {
		return false
	}
	switch f.flags & updateMask {
	case updateAll:
		f.Insert(o.Append(nil))
	case updatePubKeyOnly:
		if t := standard.Solve(s).Type; t == standard.PubKey || t == standard.Multisig {
			f.Insert(o.Append(nil))
		}
	}
	return true
}

// matchPayload looks at the keys, scripts and registrations that a special
// transaction names (CheckSpecialTransactionMatchesAndUpdate).
func (f *Filter) matchPayload(tx *wire.Tx) bool {
	if !tx.HasExtraPayload() {
		return false
	}
	payload, err := wire.DecodePayload(tx.Type, tx.ExtraPayload)
	if err != nil {
		return false
	}
	id := tx.ID()
	switch p := payload.(type) {
	case *wire.ProRegister:
		found := f.containsOutPoint(p.Collateral) || f.Contains(p.KeyIDOwner[:]) || f.Contains(p.KeyIDVoting[:]) || f.containsPush(p.ScriptPayout)
		return found && f.remember(id)
	case *wire.ProUpService:
		return f.Contains(p.ProTxHash[:]) || f.containsPush(p.ScriptOperatorPayout) && f.remember(p.ProTxHash)
	case *wire.ProUpRegistrar:
		return f.Contains(p.ProTxHash[:]) || (f.Contains(p.KeyIDVoting[:]) || f.containsPush(p.ScriptPayout)) && f.remember(p.ProTxHash)
	case *wire.ProUpRevoke:
		return f.Contains(p.ProTxHash[:])
	case *wire.AssetLock:
		found := false
		for i, out := range p.CreditOutputs {
			found = f.matchOutput(out.ScriptPubKey, wire.OutPoint{Hash: id, Index: uint32(i)}) || found
		}
		return found
	}
	return false
}

// remember adds the registration that matched, if the filter is to grow.
func (f *Filter) remember(registration wire.Hash) bool {
	if f.flags&updateMask == updateAll {
		f.Insert(registration[:])
	}
	return true
}

// murmur3 is MurmurHash3 with 32 bits (src/hash.cpp).
func murmur3(seed uint32, data []byte) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	h := seed
	mix := func(k uint32) uint32 { return bits.RotateLeft32(k*c1, 15) * c2 }
	rest := data
	for ; len(rest) >= 4; rest = rest[4:] {
		h = bits.RotateLeft32(h^mix(binary.LittleEndian.Uint32(rest)), 13)*5 + 0xe6546b64
	}
	if len(rest) > 0 {
		var k uint32
		for i, b := range rest {
			k |= uint32(b) << (8 * i)
		}
		h ^= mix(k)
	}
	h ^= uint32(len(data))
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
