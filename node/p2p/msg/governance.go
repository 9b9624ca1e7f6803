package msg

import (
	"encoding/binary"

	"dashmp/node/wire"
)

// GovObj is a governance object: a proposal or a trigger. Time is in seconds
// since the epoch.
type GovObj struct {
	Parent     wire.Hash
	Revision   int32
	Time       int64
	Collateral wire.Hash
	Data       []byte
	Kind       int32
	Masternode wire.OutPoint
	Signature  []byte
}

// DecodeGovObj decodes a govobj message.
func DecodeGovObj(p []byte) (*GovObj, error) {
	r := wire.NewReader(p)
	g := &GovObj{r.Hash(), int32(r.Uint32()), int64(r.Uint64()), r.Hash(), r.VarBytes(), int32(r.Uint32()), wire.ReadOutPoint(r), r.VarBytes()}
	return g, r.Err()
}

// Append appends the encoding of g.
func (g *GovObj) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, g.Parent[:]...), uint32(g.Revision))
	b = binary.LittleEndian.AppendUint64(b, uint64(g.Time))
	b = wire.AppendVarBytes(append(b, g.Collateral[:]...), g.Data)
	b = binary.LittleEndian.AppendUint32(b, uint32(g.Kind))
	return wire.AppendVarBytes(g.Masternode.Append(b), g.Signature)
}

// GovVote is a masternode's vote on a governance object.
type GovVote struct {
	Masternode wire.OutPoint
	Parent     wire.Hash
	Outcome    int32
	Signal     int32
	Time       int64
	Signature  []byte
}

// DecodeGovVote decodes a govobjvote message.
func DecodeGovVote(p []byte) (*GovVote, error) {
	r := wire.NewReader(p)
	v := &GovVote{wire.ReadOutPoint(r), r.Hash(), int32(r.Uint32()), int32(r.Uint32()), int64(r.Uint64()), r.VarBytes()}
	return v, r.Err()
}

// Append appends the encoding of v.
func (v *GovVote) Append(b []byte) []byte {
	b = append(v.Masternode.Append(b), v.Parent[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(v.Outcome))
	b = binary.LittleEndian.AppendUint32(b, uint32(v.Signal))
	b = binary.LittleEndian.AppendUint64(b, uint64(v.Time))
	return wire.AppendVarBytes(b, v.Signature)
}

// GovSync asks for all governance objects, or for the votes on one that are not
// in a filter.
type GovSync struct {
	Object wire.Hash
	Filter FilterLoad
}

// DecodeGovSync decodes a govsync message.
func DecodeGovSync(p []byte) (*GovSync, error) {
	r := wire.NewReader(p)
	g := &GovSync{r.Hash(), FilterLoad{r.VarBytes(), r.Uint32(), r.Uint32(), r.Uint8()}}
	return g, r.Err()
}

// Append appends the encoding of g.
func (g *GovSync) Append(b []byte) []byte { return g.Filter.Append(append(b, g.Object[:]...)) }

// SyncStatus tells how many objects of a kind were sent (ssc).
type SyncStatus struct {
	Item, Count int32
}

// DecodeSyncStatus decodes an ssc message.
func DecodeSyncStatus(p []byte) (s SyncStatus, err error) {
	r := wire.NewReader(p)
	s = SyncStatus{int32(r.Uint32()), int32(r.Uint32())}
	return s, r.Err()
}

// Append appends the encoding of s.
func (s SyncStatus) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, uint32(s.Item)), uint32(s.Count))
}

// DSTX is a mixing transaction with a masternode's signature instead of a fee.
type DSTX struct {
	Tx        *wire.Tx
	ProTx     wire.Hash
	Signature []byte
	Time      int64
}

// DecodeDSTX decodes a dstx message.
func DecodeDSTX(p []byte) (*DSTX, error) {
	r := wire.NewReader(p)
	d := &DSTX{wire.ReadTx(r), r.Hash(), r.VarBytes(), int64(r.Uint64())}
	return d, r.Err()
}

// Append appends the encoding of d.
func (d *DSTX) Append(b []byte) []byte {
	b = append(d.Tx.Append(b), d.ProTx[:]...)
	return binary.LittleEndian.AppendUint64(wire.AppendVarBytes(b, d.Signature), uint64(d.Time))
}

// DSQ is a queue for mixing.
type DSQ struct {
	Denomination int32
	ProTx        wire.Hash
	Time         int64
	Ready        bool
	Signature    []byte
}

// DecodeDSQ decodes a dsq message.
func DecodeDSQ(p []byte) (*DSQ, error) {
	r := wire.NewReader(p)
	d := &DSQ{int32(r.Uint32()), r.Hash(), int64(r.Uint64()), r.Uint8() != 0, r.VarBytes()}
	return d, r.Err()
}

// Append appends the encoding of d.
func (d *DSQ) Append(b []byte) []byte {
	b = append(binary.LittleEndian.AppendUint32(b, uint32(d.Denomination)), d.ProTx[:]...)
	b = appendBool(binary.LittleEndian.AppendUint64(b, uint64(d.Time)), d.Ready)
	return wire.AppendVarBytes(b, d.Signature)
}
