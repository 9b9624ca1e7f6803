package wire

// ProTx payload versions.
const (
	ProTxLegacyBLS = 1
	ProTxBasicBLS  = 2
	ProTxExtAddr   = 3 // extended network information, with v24
)

// MnType is a kind of masternode.
type MnType uint16

// The kinds of masternode.
const (
	MnRegular MnType = 0
	MnEvo     MnType = 1
)

// knownProTx reports whether the encoding of a payload goes on after its version.
func knownProTx(version uint16) bool { return version >= ProTxLegacyBLS && version <= ProTxExtAddr }

// Platform holds what evo masternodes add to a payload. The ports exist in the
// encoding only below ProTxExtAddr.
type Platform struct {
	NodeID   KeyID
	P2PPort  uint16
	HTTPPort uint16
}

func readPlatform(r *Reader, t MnType, version uint16) (p Platform) {
	if t != MnEvo {
		return p
	}
	p.NodeID = r.keyID()
	if version < ProTxExtAddr {
		p.P2PPort, p.HTTPPort = r.Uint16(), r.Uint16()
	}
	return p
}

func (p *Platform) append(b []byte, t MnType, version uint16) []byte {
	if t != MnEvo {
		return b
	}
	b = append(b, p.NodeID[:]...)
	if version < ProTxExtAddr {
		b = appendUint16(appendUint16(b, p.P2PPort), p.HTTPPort)
	}
	return b
}

// ProRegister registers a masternode (ProRegTx, DIP3).
type ProRegister struct {
	Version uint16
	Type    MnType
	Mode    uint16
	// Collateral has a zero hash when it is an output of this transaction.
	Collateral     OutPoint
	NetInfo        NetInfo
	KeyIDOwner     KeyID
	PubKeyOperator BLSPublicKey
	KeyIDVoting    KeyID
	OperatorReward uint16 // in 1/100 of a percent
	ScriptPayout   []byte
	InputsHash     Hash
	Platform       Platform
	// Signature is by the collateral key, empty for an internal collateral.
	Signature []byte
}

// TxType is TxProRegister.
func (*ProRegister) TxType() TxType { return TxProRegister }

func readProRegister(r *Reader) *ProRegister {
	p := &ProRegister{Version: r.Uint16()}
	if !knownProTx(p.Version) {
		return p
	}
	p.Type = MnType(r.Uint16())
	p.Mode = r.Uint16()
	p.Collateral = ReadOutPoint(r)
	p.NetInfo = readNetInfo(r, p.Version)
	p.KeyIDOwner = r.keyID()
	p.PubKeyOperator = r.blsPublicKey()
	p.KeyIDVoting = r.keyID()
	p.OperatorReward = r.Uint16()
	p.ScriptPayout = r.VarBytes()
	p.InputsHash = r.Hash()
	p.Platform = readPlatform(r, p.Type, p.Version)
	p.Signature = r.VarBytes()
	return p
}

// Append appends the encoding of p to b.
func (p *ProRegister) Append(b []byte) []byte {
	b = p.AppendUnsigned(b)
	if knownProTx(p.Version) {
		b = AppendVarBytes(b, p.Signature)
	}
	return b
}

// AppendUnsigned appends the encoding without the signature: what is hashed to sign.
func (p *ProRegister) AppendUnsigned(b []byte) []byte {
	b = appendUint16(b, p.Version)
	if !knownProTx(p.Version) {
		return b
	}
	b = appendUint16(appendUint16(b, uint16(p.Type)), p.Mode)
	b = p.Collateral.Append(b)
	b = p.NetInfo.append(b)
	b = append(b, p.KeyIDOwner[:]...)
	b = append(b, p.PubKeyOperator[:]...)
	b = append(b, p.KeyIDVoting[:]...)
	b = appendUint16(b, p.OperatorReward)
	b = AppendVarBytes(b, p.ScriptPayout)
	b = append(b, p.InputsHash[:]...)
	return p.Platform.append(b, p.Type, p.Version)
}

// ProUpService updates a masternode's addresses (ProUpServTx), signed by its operator.
type ProUpService struct {
	Version uint16
	// Type is in the encoding from ProTxBasicBLS on; before, it is MnRegular.
	Type                 MnType
	ProTxHash            Hash
	NetInfo              NetInfo
	ScriptOperatorPayout []byte
	InputsHash           Hash
	Platform             Platform
	Signature            BLSSignature
}

// TxType is TxProUpService.
func (*ProUpService) TxType() TxType { return TxProUpService }

func readProUpService(r *Reader) *ProUpService {
	p := &ProUpService{Version: r.Uint16()}
	if !knownProTx(p.Version) {
		return p
	}
	if p.Version >= ProTxBasicBLS {
		p.Type = MnType(r.Uint16())
	}
	p.ProTxHash = r.Hash()
	p.NetInfo = readNetInfo(r, p.Version)
	p.ScriptOperatorPayout = r.VarBytes()
	p.InputsHash = r.Hash()
	p.Platform = readPlatform(r, p.Type, p.Version)
	p.Signature = r.blsSignature()
	return p
}

// Append appends the encoding of p to b.
func (p *ProUpService) Append(b []byte) []byte {
	b = p.AppendUnsigned(b)
	if knownProTx(p.Version) {
		b = append(b, p.Signature[:]...)
	}
	return b
}

// AppendUnsigned appends the encoding without the signature: what is hashed to sign.
func (p *ProUpService) AppendUnsigned(b []byte) []byte {
	b = appendUint16(b, p.Version)
	if !knownProTx(p.Version) {
		return b
	}
	if p.Version >= ProTxBasicBLS {
		b = appendUint16(b, uint16(p.Type))
	}
	b = append(b, p.ProTxHash[:]...)
	b = p.NetInfo.append(b)
	b = AppendVarBytes(b, p.ScriptOperatorPayout)
	b = append(b, p.InputsHash[:]...)
	return p.Platform.append(b, p.Type, p.Version)
}

// ProUpRegistrar updates a masternode's operator, voting key and payout
// (ProUpRegTx), signed by its owner.
type ProUpRegistrar struct {
	Version        uint16
	ProTxHash      Hash
	Mode           uint16
	PubKeyOperator BLSPublicKey
	KeyIDVoting    KeyID
	ScriptPayout   []byte
	InputsHash     Hash
	Signature      []byte
}

// TxType is TxProUpRegistrar.
func (*ProUpRegistrar) TxType() TxType { return TxProUpRegistrar }

func readProUpRegistrar(r *Reader) *ProUpRegistrar {
	p := &ProUpRegistrar{Version: r.Uint16()}
	if !knownProTx(p.Version) {
		return p
	}
	p.ProTxHash = r.Hash()
	p.Mode = r.Uint16()
	p.PubKeyOperator = r.blsPublicKey()
	p.KeyIDVoting = r.keyID()
	p.ScriptPayout = r.VarBytes()
	p.InputsHash = r.Hash()
	p.Signature = r.VarBytes()
	return p
}

// Append appends the encoding of p to b.
func (p *ProUpRegistrar) Append(b []byte) []byte {
	b = p.AppendUnsigned(b)
	if knownProTx(p.Version) {
		b = AppendVarBytes(b, p.Signature)
	}
	return b
}

// AppendUnsigned appends the encoding without the signature: what is hashed to sign.
func (p *ProUpRegistrar) AppendUnsigned(b []byte) []byte {
	b = appendUint16(b, p.Version)
	if !knownProTx(p.Version) {
		return b
	}
	b = append(b, p.ProTxHash[:]...)
	b = appendUint16(b, p.Mode)
	b = append(b, p.PubKeyOperator[:]...)
	b = append(b, p.KeyIDVoting[:]...)
	b = AppendVarBytes(b, p.ScriptPayout)
	return append(b, p.InputsHash[:]...)
}

// Reasons of a ProUpRevoke; they inform only.
const (
	RevokeNotSpecified         = 0
	RevokeTerminationOfService = 1
	RevokeCompromisedKeys      = 2
	RevokeChangeOfKeys         = 3
)

// ProUpRevoke is an operator's resignation (ProUpRevTx).
type ProUpRevoke struct {
	Version    uint16
	ProTxHash  Hash
	Reason     uint16
	InputsHash Hash
	Signature  BLSSignature
}

// TxType is TxProUpRevoke.
func (*ProUpRevoke) TxType() TxType { return TxProUpRevoke }

func readProUpRevoke(r *Reader) *ProUpRevoke {
	p := &ProUpRevoke{Version: r.Uint16()}
	if !knownProTx(p.Version) {
		return p
	}
	p.ProTxHash = r.Hash()
	p.Reason = r.Uint16()
	p.InputsHash = r.Hash()
	p.Signature = r.blsSignature()
	return p
}

// Append appends the encoding of p to b.
func (p *ProUpRevoke) Append(b []byte) []byte {
	b = p.AppendUnsigned(b)
	if knownProTx(p.Version) {
		b = append(b, p.Signature[:]...)
	}
	return b
}

// AppendUnsigned appends the encoding without the signature: what is hashed to sign.
func (p *ProUpRevoke) AppendUnsigned(b []byte) []byte {
	b = appendUint16(b, p.Version)
	if !knownProTx(p.Version) {
		return b
	}
	b = append(b, p.ProTxHash[:]...)
	b = appendUint16(b, p.Reason)
	return append(b, p.InputsHash[:]...)
}
