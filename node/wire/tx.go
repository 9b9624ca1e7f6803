package wire

import (
	"bytes"
	"math"
	"slices"
)

// TxType is the kind of a transaction (DIP2); it is the upper half of what was
// the 32-bit version.
type TxType uint16

// The transaction types of Dash Core's src/primitives/transaction.h.
const (
	TxNormal           TxType = 0
	TxProRegister      TxType = 1
	TxProUpService     TxType = 2
	TxProUpRegistrar   TxType = 3
	TxProUpRevoke      TxType = 4
	TxCoinbase         TxType = 5
	TxQuorumCommitment TxType = 6
	TxMnHfSignal       TxType = 7
	TxAssetLock        TxType = 8
	TxAssetUnlock      TxType = 9
)

// SpecialTxVersion is the lowest version whose type field has a meaning.
const SpecialTxVersion = 3

// Values of TxIn.Sequence.
const (
	SequenceFinal = math.MaxUint32
	// SequenceLockDisable switches the relative lock time of BIP 68 off.
	SequenceLockDisable = 1 << 31
	// SequenceLockSeconds makes its unit 512 seconds rather than a block.
	SequenceLockSeconds = 1 << 22
	// SequenceLockMask selects its value.
	SequenceLockMask = 0xffff
	// SequenceLockGranularity is the shift from its unit to seconds.
	SequenceLockGranularity = 9
)

// Smallest encodings, for checks before allocation.
const (
	minTxSize    = 10 // version, two empty lists, lock time
	minTxInSize  = HashSize + 4 + 1 + 4
	minTxOutSize = 8 + 1
)

// OutPoint names an output of a transaction.
type OutPoint struct {
	Hash  Hash
	Index uint32
}

// NullIndex is the index of the null outpoint.
const NullIndex = math.MaxUint32

// IsNull reports whether o is the outpoint of a coinbase input.
func (o OutPoint) IsNull() bool { return o.Hash.IsZero() && o.Index == NullIndex }

// TxIn is an input of a transaction.
type TxIn struct {
	PrevOut   OutPoint
	ScriptSig []byte
	Sequence  uint32
}

// TxOut is an output of a transaction.
type TxOut struct {
	// Value is in duffs. Any 64 bits decode; ranges are for consensus to check.
	Value        int64
	ScriptPubKey []byte
}

// Tx is a transaction. One that came from a decoder remembers its id: to
// change it, change a Clone.
type Tx struct {
	// Version is the lower half of the encoded version. Dash Core holds it as
	// a signed number and extends its sign over the type when it encodes, so a
	// negative version makes the type 0xffff in the encoding and in the id.
	Version  int16
	Type     TxType
	Inputs   []TxIn
	Outputs  []TxOut
	LockTime uint32
	// ExtraPayload exists in the encoding only if HasExtraPayload.
	ExtraPayload []byte

	id    Hash
	hasID bool
}

// HasExtraPayload reports whether the encoding ends in a payload.
func (t *Tx) HasExtraPayload() bool { return t.Version >= SpecialTxVersion && t.Type != TxNormal }

// IsCoinbase reports whether the only input spends the null outpoint.
func (t *Tx) IsCoinbase() bool { return len(t.Inputs) == 1 && t.Inputs[0].PrevOut.IsNull() }

// ReadTx takes a transaction from r. The result shares r's input.
func ReadTx(r *Reader) *Tx {
	start := r.b
	version := r.Uint32()
	t := &Tx{Version: int16(version), Type: TxType(version >> 16)}
	if n := r.Count(minTxInSize); n > 0 {
		t.Inputs = make([]TxIn, n)
		for i := range t.Inputs {
			t.Inputs[i] = readTxIn(r)
		}
	}
	t.Outputs = readTxOuts(r)
	t.LockTime = r.Uint32()
	if t.HasExtraPayload() {
		t.ExtraPayload = r.VarBytes()
	}
	if r.err == nil && t.encodedVersion() == version {
		t.id, t.hasID = DoubleSHA256(start[:len(start)-len(r.b)]), true
	}
	return t
}

func readTxIn(r *Reader) TxIn {
	return TxIn{
		PrevOut:   ReadOutPoint(r),
		ScriptSig: r.VarBytes(),
		Sequence:  r.Uint32(),
	}
}

func readTxOuts(r *Reader) []TxOut {
	n := r.Count(minTxOutSize)
	if n == 0 {
		return nil
	}
	outs := make([]TxOut, n)
	for i := range outs {
		outs[i] = ReadTxOut(r)
	}
	return outs
}

// ReadOutPoint takes an outpoint from r.
func ReadOutPoint(r *Reader) OutPoint { return OutPoint{Hash: r.Hash(), Index: r.Uint32()} }

// ReadTxOut takes an output from r.
func ReadTxOut(r *Reader) TxOut {
	return TxOut{Value: int64(r.Uint64()), ScriptPubKey: r.VarBytes()}
}

// DecodeTx decodes a transaction that takes up all of b.
func DecodeTx(b []byte) (*Tx, error) {
	r := NewReader(b)
	t := ReadTx(r)
	if err := r.Finish(); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Tx) encodedVersion() uint32 { return uint32(int32(t.Version)) | uint32(t.Type)<<16 }

// Append appends the encoding of t to b.
func (t *Tx) Append(b []byte) []byte {
	b = appendUint32(b, t.encodedVersion())
	b = AppendCompactSize(b, uint64(len(t.Inputs)))
	for i := range t.Inputs {
		b = t.Inputs[i].append(b)
	}
	b = AppendCompactSize(b, uint64(len(t.Outputs)))
	for i := range t.Outputs {
		b = t.Outputs[i].Append(b)
	}
	b = appendUint32(b, t.LockTime)
	if t.HasExtraPayload() {
		b = AppendVarBytes(b, t.ExtraPayload)
	}
	return b
}

func (i *TxIn) append(b []byte) []byte {
	b = i.PrevOut.Append(b)
	b = AppendVarBytes(b, i.ScriptSig)
	return appendUint32(b, i.Sequence)
}

// Append appends the encoding of o to b.
func (o OutPoint) Append(b []byte) []byte {
	return appendUint32(append(b, o.Hash[:]...), o.Index)
}

// Append appends the encoding of o to b.
func (o *TxOut) Append(b []byte) []byte {
	return AppendVarBytes(appendUint64(b, uint64(o.Value)), o.ScriptPubKey)
}

// Size is the length of the encoding in bytes.
func (t *Tx) Size() int {
	n := 8 + CompactSizeLen(uint64(len(t.Inputs))) + CompactSizeLen(uint64(len(t.Outputs)))
	for i := range t.Inputs {
		n += HashSize + 8 + varBytesLen(t.Inputs[i].ScriptSig)
	}
	for i := range t.Outputs {
		n += 8 + varBytesLen(t.Outputs[i].ScriptPubKey)
	}
	if t.HasExtraPayload() {
		n += varBytesLen(t.ExtraPayload)
	}
	return n
}

func varBytesLen(b []byte) int { return CompactSizeLen(uint64(len(b))) + len(b) }

// ID is the transaction id: the double SHA-256 of the encoding.
func (t *Tx) ID() Hash {
	if t.hasID {
		return t.id
	}
	return DoubleSHA256(t.Append(make([]byte, 0, t.Size())))
}

// Clone is a deep copy that shares no memory with t and forgets the id.
func (t *Tx) Clone() *Tx {
	c := *t
	c.id, c.hasID = Hash{}, false
	c.Inputs = slices.Clone(t.Inputs)
	for i := range c.Inputs {
		c.Inputs[i].ScriptSig = bytes.Clone(c.Inputs[i].ScriptSig)
	}
	c.Outputs = slices.Clone(t.Outputs)
	for i := range c.Outputs {
		c.Outputs[i].ScriptPubKey = bytes.Clone(c.Outputs[i].ScriptPubKey)
	}
	c.ExtraPayload = bytes.Clone(t.ExtraPayload)
	return &c
}
