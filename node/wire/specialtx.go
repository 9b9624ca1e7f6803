package wire

// Versions of a CbTx.
const (
	CbTxMerkleRootMNList  = 1
	CbTxMerkleRootQuorums = 2
	CbTxCLSigAndBalance   = 3
)

// CbTx is the payload of a coinbase from DIP3 on (DIP4). Fields exist in the
// encoding from the version on that names them.
type CbTx struct {
	Version           uint16
	Height            int32
	MerkleRootMNList  Hash
	MerkleRootQuorums Hash // CbTxMerkleRootQuorums
	// From CbTxCLSigAndBalance on: the best ChainLock, by its distance in
	// blocks below this block's parent, and the credit pool in duffs.
	BestCLHeightDiff  uint32
	BestCLSignature   BLSSignature
	CreditPoolBalance int64
}

// TxType is TxCoinbase.
func (*CbTx) TxType() TxType { return TxCoinbase }

func readCbTx(r *Reader) *CbTx {
	c := &CbTx{Version: r.Uint16(), Height: int32(r.Uint32()), MerkleRootMNList: r.Hash()}
	if c.Version >= CbTxMerkleRootQuorums {
		c.MerkleRootQuorums = r.Hash()
	}
	if c.Version >= CbTxCLSigAndBalance {
		c.BestCLHeightDiff = uint32(r.CompactSize())
		c.BestCLSignature = r.blsSignature()
		c.CreditPoolBalance = int64(r.Uint64())
	}
	return c
}

// Append appends the encoding of c to b.
func (c *CbTx) Append(b []byte) []byte {
	b = appendUint16(b, c.Version)
	b = appendUint32(b, uint32(c.Height))
	b = append(b, c.MerkleRootMNList[:]...)
	if c.Version >= CbTxMerkleRootQuorums {
		b = append(b, c.MerkleRootQuorums[:]...)
	}
	if c.Version >= CbTxCLSigAndBalance {
		b = AppendCompactSize(b, uint64(c.BestCLHeightDiff))
		b = append(b, c.BestCLSignature[:]...)
		b = appendUint64(b, uint64(c.CreditPoolBalance))
	}
	return b
}

// Versions of a final commitment: the BLS scheme, and whether the quorum is
// rotated and therefore has an index (DIP24).
const (
	CommitmentLegacy        = 1
	CommitmentLegacyIndexed = 2
	CommitmentBasic         = 3
	CommitmentBasicIndexed  = 4
)

// FinalCommitment is the outcome of a quorum's key generation (DIP6).
type FinalCommitment struct {
	Version    uint16
	LLMQType   uint8
	QuorumHash Hash
	// QuorumIndex is in the encoding of the indexed versions only.
	QuorumIndex     int16
	Signers         BitSet
	ValidMembers    BitSet
	QuorumPublicKey BLSPublicKey
	QuorumVvecHash  Hash
	QuorumSig       BLSSignature
	MembersSig      BLSSignature
}

// Indexed reports whether the quorum is rotated.
func (c *FinalCommitment) Indexed() bool {
	return c.Version == CommitmentLegacyIndexed || c.Version == CommitmentBasicIndexed
}

// Legacy reports whether keys and signatures are in the legacy serialisation.
func (c *FinalCommitment) Legacy() bool {
	return c.Version == CommitmentLegacy || c.Version == CommitmentLegacyIndexed
}

// ReadFinalCommitment takes a commitment from r, sharing its input.
func ReadFinalCommitment(r *Reader) FinalCommitment {
	c := FinalCommitment{Version: r.Uint16(), LLMQType: r.Uint8(), QuorumHash: r.Hash()}
	if c.Indexed() {
		c.QuorumIndex = int16(r.Uint16())
	}
	c.Signers = readBitSet(r)
	c.ValidMembers = readBitSet(r)
	c.QuorumPublicKey = r.blsPublicKey()
	c.QuorumVvecHash = r.Hash()
	c.QuorumSig = r.blsSignature()
	c.MembersSig = r.blsSignature()
	return c
}

// Append appends the encoding of c to b.
func (c *FinalCommitment) Append(b []byte) []byte {
	b = append(appendUint16(b, c.Version), c.LLMQType)
	b = append(b, c.QuorumHash[:]...)
	if c.Indexed() {
		b = appendUint16(b, uint16(c.QuorumIndex))
	}
	b = c.Signers.append(b)
	b = c.ValidMembers.append(b)
	b = append(b, c.QuorumPublicKey[:]...)
	b = append(b, c.QuorumVvecHash[:]...)
	b = append(b, c.QuorumSig[:]...)
	return append(b, c.MembersSig[:]...)
}

// IsNull reports whether the key generation failed: no member, no key. (Dash
// Core asks whether key and signatures are valid points; a null commitment's
// are all zeros, and consensus refuses one that is neither null nor verified.)
func (c *FinalCommitment) IsNull() bool {
	return c.Signers.Count() == 0 && c.ValidMembers.Count() == 0 &&
		c.QuorumPublicKey == BLSPublicKey{} && c.QuorumVvecHash.IsZero() &&
		c.QuorumSig == BLSSignature{} && c.MembersSig == BLSSignature{}
}

// QuorumCommitment is the payload that mines a commitment.
type QuorumCommitment struct {
	Version    uint16
	Height     uint32
	Commitment FinalCommitment
}

// TxType is TxQuorumCommitment.
func (*QuorumCommitment) TxType() TxType { return TxQuorumCommitment }

func readQuorumCommitment(r *Reader) *QuorumCommitment {
	return &QuorumCommitment{Version: r.Uint16(), Height: r.Uint32(), Commitment: ReadFinalCommitment(r)}
}

// Append appends the encoding of q to b.
func (q *QuorumCommitment) Append(b []byte) []byte {
	return q.Commitment.Append(appendUint32(appendUint16(b, q.Version), q.Height))
}

// MnHfSignal is a masternode quorum's vote for a version bit (MnHfTx, DIP23).
type MnHfSignal struct {
	Version    uint8
	Bit        uint8
	QuorumHash Hash
	Signature  BLSSignature
}

// TxType is TxMnHfSignal.
func (*MnHfSignal) TxType() TxType { return TxMnHfSignal }

func readMnHfSignal(r *Reader) *MnHfSignal {
	return &MnHfSignal{Version: r.Uint8(), Bit: r.Uint8(), QuorumHash: r.Hash(), Signature: r.blsSignature()}
}

// Append appends the encoding of m to b.
func (m *MnHfSignal) Append(b []byte) []byte {
	b = append(b, m.Version, m.Bit)
	b = append(b, m.QuorumHash[:]...)
	return append(b, m.Signature[:]...)
}

// AssetLock moves coins to the credit pool and says whom they credit on
// Platform (DIP27).
type AssetLock struct {
	Version       uint8
	CreditOutputs []TxOut
}

// TxType is TxAssetLock.
func (*AssetLock) TxType() TxType { return TxAssetLock }

func readAssetLock(r *Reader) *AssetLock {
	return &AssetLock{Version: r.Uint8(), CreditOutputs: readTxOuts(r)}
}

// Append appends the encoding of a to b.
func (a *AssetLock) Append(b []byte) []byte {
	b = AppendCompactSize(append(b, a.Version), uint64(len(a.CreditOutputs)))
	for i := range a.CreditOutputs {
		b = a.CreditOutputs[i].Append(b)
	}
	return b
}

// AssetUnlock pays out of the credit pool (DIP27).
type AssetUnlock struct {
	Version         uint8
	Index           uint64
	Fee             uint32 // duffs
	RequestedHeight uint32
	QuorumHash      Hash
	QuorumSig       BLSSignature
}

// TxType is TxAssetUnlock.
func (*AssetUnlock) TxType() TxType { return TxAssetUnlock }

func readAssetUnlock(r *Reader) *AssetUnlock {
	return &AssetUnlock{
		Version:         r.Uint8(),
		Index:           r.Uint64(),
		Fee:             r.Uint32(),
		RequestedHeight: r.Uint32(),
		QuorumHash:      r.Hash(),
		QuorumSig:       r.blsSignature(),
	}
}

// Append appends the encoding of a to b.
func (a *AssetUnlock) Append(b []byte) []byte {
	b = appendUint64(append(b, a.Version), a.Index)
	b = appendUint32(appendUint32(b, a.Fee), a.RequestedHeight)
	b = append(b, a.QuorumHash[:]...)
	return append(b, a.QuorumSig[:]...)
}
