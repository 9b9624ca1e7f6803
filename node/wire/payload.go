package wire

import "fmt"

// MaxPayloadSize is the largest extra payload consensus allows, in bytes
// (MAX_TX_EXTRA_PAYLOAD). Decoders do not apply it.
const MaxPayloadSize = 10_000

// Sizes of BLS keys and signatures in bytes, in both schemes.
const (
	BLSPublicKeySize = 48
	BLSSignatureSize = 96
)

// BLSPublicKey and BLSSignature are unchecked encodings of BLS12-381 points,
// in the legacy or the basic serialisation as the version of their payload
// says.
type (
	BLSPublicKey [BLSPublicKeySize]byte
	BLSSignature [BLSSignatureSize]byte
)

// KeyID is the HASH160 of an ECDSA public key, or a platform node id.
type KeyID [20]byte

// Payload is the decoded extra payload of a special transaction.
type Payload interface {
	// TxType is the type of the transactions that carry such a payload.
	TxType() TxType
	// Append appends the encoding to b.
	Append(b []byte) []byte
}

// DecodePayload decodes the payload of a transaction of type t. Types without
// a payload of their own give ErrPayloadType. The result shares b.
//
// Source of the rule: GetTxPayload in Dash Core's src/evo/specialtx.h, which
// also refuses trailing bytes.
func DecodePayload(t TxType, b []byte) (Payload, error) {
	r := NewReader(b)
	var p Payload
	switch t {
	case TxProRegister:
		p = readProRegister(r)
	case TxProUpService:
		p = readProUpService(r)
	case TxProUpRegistrar:
		p = readProUpRegistrar(r)
	case TxProUpRevoke:
		p = readProUpRevoke(r)
	case TxCoinbase:
		p = readCbTx(r)
	case TxQuorumCommitment:
		p = readQuorumCommitment(r)
	case TxMnHfSignal:
		p = readMnHfSignal(r)
	case TxAssetLock:
		p = readAssetLock(r)
	case TxAssetUnlock:
		p = readAssetUnlock(r)
	default:
		return nil, fmt.Errorf("%w: %d has no payload", ErrPayloadType, t)
	}
	if err := r.Finish(); err != nil {
		return nil, fmt.Errorf("payload of type %d: %w", t, err)
	}
	return p, nil
}

// PayloadOf decodes t's extra payload as a P. It fails with ErrPayloadType if
// that is not t's type.
func PayloadOf[P Payload](t *Tx) (P, error) {
	var none P
	if t.Type != none.TxType() {
		return none, fmt.Errorf("%w: %d", ErrPayloadType, t.Type)
	}
	p, err := DecodePayload(t.Type, t.ExtraPayload)
	if err != nil {
		return none, err
	}
	return p.(P), nil
}

// InputsHash binds a ProTx payload to the inputs of its transaction: the
// double SHA-256 of all spent outpoints.
//
// Source of the rule: CalcTxInputsHash in Dash Core's src/evo/specialtx.cpp.
func (t *Tx) InputsHash() Hash {
	b := make([]byte, 0, len(t.Inputs)*(HashSize+4))
	for i := range t.Inputs {
		b = t.Inputs[i].PrevOut.Append(b)
	}
	return DoubleSHA256(b)
}

func (r *Reader) blsPublicKey() (k BLSPublicKey) {
	copy(k[:], r.Bytes(len(k)))
	return k
}

func (r *Reader) blsSignature() (s BLSSignature) {
	copy(s[:], r.Bytes(len(s)))
	return s
}

func (r *Reader) keyID() (k KeyID) {
	copy(k[:], r.Bytes(len(k)))
	return k
}
