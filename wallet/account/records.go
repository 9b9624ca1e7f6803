package account

import (
	"encoding/binary"
	"errors"
	"fmt"

	"dashmp/node"
	"dashmp/node/storage"
	"dashmp/node/wire"
	"dashmp/wallet"
)

// The records of a wallet's database; numbers are little-endian. The bucket
// meta is the loader's but for "best".
//
//	descriptor  id → flags, created, first, end, next, text
//	derived     id, kind, expression, position → extended public key
//	tx          txid → state, times, order, texts, transaction
//	label       address → purpose, label
//	locked      outpoint → 1
const (
	bucketMeta       = "meta"
	bucketDescriptor = "descriptor"
	bucketDerived    = "derived"
	bucketTx         = "tx"
	bucketLabel      = "label"
	bucketLocked     = "locked"
)

var errRecord = errors.New("wallet: a record is not what was written")

// reader takes a record apart; ok is false once something was missing.
type reader struct {
	b  []byte
	ok bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || len(r.b) < n {
		r.ok, r.b = false, nil
		return make([]byte, max(n, 0)%1024)
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) u8() byte { return r.take(1)[0] }
func (r *reader) u32() uint32 {
	return binary.LittleEndian.Uint32(r.take(4))
}
func (r *reader) i64() int64 { return int64(binary.LittleEndian.Uint64(r.take(8))) }
func (r *reader) bytes() []byte {
	n := r.u32()
	if !r.ok || int64(n) > int64(len(r.b)) {
		r.ok = false
		return nil
	}
	return r.take(int(n))
}

func put32(b []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(b, n) }
func put64(b []byte, n int64) []byte  { return binary.LittleEndian.AppendUint64(b, uint64(n)) }
func putBytes(b, p []byte) []byte     { return append(put32(b, uint32(len(p))), p...) }

const (
	descActive = 1 << iota
	descInternal
	descKeys
	descFromSeed
)

func (d *desc) encode() []byte {
	var flags byte
	for bit, on := range map[byte]bool{descActive: d.active, descInternal: d.internal, descKeys: d.keys, descFromSeed: d.fromSeed} {
		if on {
			flags |= bit
		}
	}
	b := put64([]byte{flags}, d.created)
	b = put32(put32(put32(b, d.first), d.end), d.next)
	return append(b, d.text...)
}

func decodeDesc(b []byte) (*desc, error) {
	r := &reader{b, true}
	flags := r.u8()
	d := &desc{
		active: flags&descActive != 0, internal: flags&descInternal != 0, keys: flags&descKeys != 0, fromSeed: flags&descFromSeed != 0,
		created: r.i64(), first: r.u32(), end: r.u32(), next: r.u32(),
	}
	d.text = string(r.b)
	if !r.ok || d.first > d.end || d.next > d.end {
		return nil, fmt.Errorf("%w: a descriptor", errRecord)
	}
	return d, nil
}

func derivedKey(id wallet.DescriptorID, k *wallet.DerivedKey) []byte {
	b := append(append([]byte{}, id[:]...), byte(k.Kind))
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, k.Expression), k.Position)
}

func decodeDerived(key, value []byte) (id wallet.DescriptorID, k wallet.DerivedKey, err error) {
	if len(key) != 41 {
		return id, k, fmt.Errorf("%w: a derived key", errRecord)
	}
	return wallet.DescriptorID(key), wallet.DerivedKey{
		Kind: wallet.DerivedKind(key[32]), Expression: binary.BigEndian.Uint32(key[33:]), Position: binary.BigEndian.Uint32(key[37:]), Key: value,
	}, nil
}

func (t *Tx) encode() []byte {
	b := append([]byte{byte(t.State)}, t.Block.Hash[:]...)
	b = put32(put32(put32(b, uint32(t.Block.Height)), t.Block.Time), t.Position)
	b = put64(put64(b, t.Received), t.Order)
	b = putBytes(putBytes(b, []byte(t.Comment)), []byte(t.To))
	var own byte
	if t.Sent {
		own = 1
	}
	return t.Raw.Append(append(b, own))
}

func decodeTx(b []byte) (*Tx, error) {
	r := &reader{b, true}
	t := &Tx{State: State(r.u8())}
	copy(t.Block.Hash[:], r.take(32))
	t.Block.Height, t.Block.Time, t.Position = int32(r.u32()), r.u32(), r.u32()
	t.Received, t.Order = r.i64(), r.i64()
	t.Comment, t.To = string(r.bytes()), string(r.bytes())
	t.Sent = r.u8() == 1
	if !r.ok || t.State > Conflicted {
		return nil, fmt.Errorf("%w: a transaction", errRecord)
	}
	var err error
	if t.Raw, err = wire.DecodeTx(r.b); err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	t.ID = t.Raw.ID()
	return t, nil
}

// EncodeBest is the record of the block up to which a wallet has followed the
// chain: hash, height, time.
func EncodeBest(b node.BlockRef) []byte {
	return put32(put32(append([]byte{}, b.Hash[:]...), uint32(b.Height)), b.Time)
}

func putBest(tx *storage.Tx, b node.BlockRef) error {
	return tx.Put(bucketMeta, []byte("best"), EncodeBest(b))
}

func outPointKey(o wire.OutPoint) []byte { return o.Append(nil) }

func decodeOutPoint(b []byte) (wire.OutPoint, error) {
	if len(b) != wire.HashSize+4 {
		return wire.OutPoint{}, fmt.Errorf("%w: a locked coin", errRecord)
	}
	return wire.OutPoint{Hash: wire.Hash(b), Index: binary.LittleEndian.Uint32(b[wire.HashSize:])}, nil
}
