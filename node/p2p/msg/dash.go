package msg

import (
	"encoding/binary"

	"dashmp/node/wire"
)

// Spork is a switch that the holders of a key may set. Time is in seconds since
// the epoch, Signature a compact recoverable one.
type Spork struct {
	ID        int32
	Value     int64
	Time      int64
	Signature []byte
}

// DecodeSpork decodes a spork message.
func DecodeSpork(p []byte) (*Spork, error) {
	r := wire.NewReader(p)
	s := &Spork{int32(r.Uint32()), int64(r.Uint64()), int64(r.Uint64()), r.VarBytes()}
	return s, r.Err()
}

// Append appends the encoding of s.
func (s *Spork) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(s.ID))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.Value))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.Time))
	return wire.AppendVarBytes(b, s.Signature)
}

// CLSig is a ChainLock (DIP8).
type CLSig struct {
	Height    int32
	Block     wire.Hash
	Signature wire.BLSSignature
}

// DecodeCLSig decodes a clsig message.
func DecodeCLSig(p []byte) (c CLSig, err error) {
	r := wire.NewReader(p)
	c = CLSig{int32(r.Uint32()), r.Hash(), readSignature(r)}
	return c, r.Err()
}

// Append appends the encoding of c.
func (c *CLSig) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(c.Height))
	return append(append(b, c.Block[:]...), c.Signature[:]...)
}

func readSignature(r *wire.Reader) (s wire.BLSSignature) {
	copy(s[:], r.Bytes(len(s)))
	return s
}

// ISDLock is a deterministic InstantSend lock (DIP22).
type ISDLock struct {
	Version   uint8
	Inputs    []wire.OutPoint
	Tx        wire.Hash
	Cycle     wire.Hash
	Signature wire.BLSSignature
}

// DecodeISDLock decodes an isdlock message.
func DecodeISDLock(p []byte) (*ISDLock, error) {
	r := wire.NewReader(p)
	l := &ISDLock{Version: r.Uint8(), Inputs: make([]wire.OutPoint, r.Count(wire.HashSize+4))}
	for i := range l.Inputs {
		l.Inputs[i] = wire.ReadOutPoint(r)
	}
	l.Tx, l.Cycle, l.Signature = r.Hash(), r.Hash(), readSignature(r)
	return l, r.Err()
}

// Append appends the encoding of l.
func (l *ISDLock) Append(b []byte) []byte {
	b = wire.AppendCompactSize(append(b, l.Version), uint64(len(l.Inputs)))
	for _, o := range l.Inputs {
		b = o.Append(b)
	}
	b = append(append(b, l.Tx[:]...), l.Cycle[:]...)
	return append(b, l.Signature[:]...)
}

// MNAuth proves that a peer is a masternode: its signature over our challenge.
type MNAuth struct {
	ProTx     wire.Hash
	Signature wire.BLSSignature
}

// DecodeMNAuth decodes an mnauth message.
func DecodeMNAuth(p []byte) (m MNAuth, err error) {
	r := wire.NewReader(p)
	m = MNAuth{r.Hash(), readSignature(r)}
	return m, r.Err()
}

// Append appends the encoding of m.
func (m *MNAuth) Append(b []byte) []byte {
	return append(append(b, m.ProTx[:]...), m.Signature[:]...)
}

// GetMNListDiff asks how the masternode list changed between two blocks (DIP4).
type GetMNListDiff struct {
	Base, Block wire.Hash
}

// DecodeGetMNListDiff decodes a getmnlistd message.
func DecodeGetMNListDiff(p []byte) (g GetMNListDiff, err error) {
	r := wire.NewReader(p)
	g = GetMNListDiff{r.Hash(), r.Hash()}
	return g, r.Err()
}

// Append appends the encoding of g.
func (g *GetMNListDiff) Append(b []byte) []byte {
	return append(append(b, g.Base[:]...), g.Block[:]...)
}

// GetQRInfo asks for what is needed to follow quorum rotation (DIP24).
type GetQRInfo struct {
	Bases      []wire.Hash
	Block      wire.Hash
	ExtraShare bool
}

// DecodeGetQRInfo decodes a getqrinfo message.
func DecodeGetQRInfo(p []byte) (*GetQRInfo, error) {
	r := wire.NewReader(p)
	g := &GetQRInfo{readHashes(r), r.Hash(), r.Uint8() != 0}
	return g, r.Err()
}

// Append appends the encoding of g.
func (g *GetQRInfo) Append(b []byte) []byte {
	return appendBool(append(appendHashes(b, g.Bases), g.Block[:]...), g.ExtraShare)
}

// RecoveredSig is a signature of a quorum.
type RecoveredSig struct {
	LLMQType  uint8
	Quorum    wire.Hash
	ID        wire.Hash
	Message   wire.Hash
	Signature wire.BLSSignature
}

// DecodeRecoveredSig decodes a qsigrec message.
func DecodeRecoveredSig(p []byte) (s RecoveredSig, err error) {
	r := wire.NewReader(p)
	s = RecoveredSig{r.Uint8(), r.Hash(), r.Hash(), r.Hash(), readSignature(r)}
	return s, r.Err()
}

// Append appends the encoding of s.
func (s *RecoveredSig) Append(b []byte) []byte {
	b = append(append(b, s.LLMQType), s.Quorum[:]...)
	b = append(append(b, s.ID[:]...), s.Message[:]...)
	return append(b, s.Signature[:]...)
}

// QGetData asks a member for data of a quorum. Mask 1 is the verification
// vector, 2 the encrypted contributions.
type QGetData struct {
	LLMQType uint8
	Quorum   wire.Hash
	Mask     uint16
	ProTx    wire.Hash
	// Error is in the encoding only if HasError, as in answers (qdata).
	Error    uint8
	HasError bool
}

// DecodeQGetData decodes a qgetdata message, or the head of a qdata message.
func DecodeQGetData(p []byte) (q QGetData, err error) {
	r := wire.NewReader(p)
	q = QGetData{LLMQType: r.Uint8(), Quorum: r.Hash(), Mask: r.Uint16(), ProTx: r.Hash()}
	if r.Err() == nil && r.Len() > 0 {
		q.Error, q.HasError = r.Uint8(), true
	}
	return q, r.Err()
}

// Append appends the encoding of q.
func (q *QGetData) Append(b []byte) []byte {
	b = append(append(b, q.LLMQType), q.Quorum[:]...)
	b = binary.LittleEndian.AppendUint16(b, q.Mask)
	b = append(b, q.ProTx[:]...)
	if q.HasError {
		b = append(b, q.Error)
	}
	return b
}

// PlatformBan asks to ban an evo masternode on behalf of Platform (DIP31).
type PlatformBan struct {
	ProTx     wire.Hash
	Height    int32
	Quorum    wire.Hash
	Signature wire.BLSSignature
}

// DecodePlatformBan decodes a platformban message.
func DecodePlatformBan(p []byte) (b PlatformBan, err error) {
	r := wire.NewReader(p)
	b = PlatformBan{r.Hash(), int32(r.Uint32()), r.Hash(), readSignature(r)}
	return b, r.Err()
}

// Append appends the encoding of p.
func (p *PlatformBan) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, p.ProTx[:]...), uint32(p.Height))
	return append(append(b, p.Quorum[:]...), p.Signature[:]...)
}
