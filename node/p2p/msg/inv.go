package msg

import (
	"encoding/binary"
	"fmt"

	"dashmp/node/wire"
)

// InvType is a kind of inventory (GetDataMsg in Dash Core's src/protocol.h).
type InvType uint32

// The kinds of inventory.
const (
	InvTx            InvType = 1
	InvBlock         InvType = 2
	InvFilteredBlock InvType = 3 // in getdata only
	InvSpork         InvType = 6
	InvDSTX          InvType = 16
	InvGovObj        InvType = 17
	InvGovObjVote    InvType = 18
	InvCmpctBlock    InvType = 20 // in getdata only
	InvQFCommit      InvType = 21
	InvQContrib      InvType = 23
	InvQComplaint    InvType = 24
	InvQJustify      InvType = 25
	InvQPCommit      InvType = 26
	InvQSigRec       InvType = 28
	InvCLSig         InvType = 29
	InvISDLock       InvType = 31
	InvDSQ           InvType = 32
	InvPlatformBan   InvType = 33
)

// Command is the message that delivers such an object, "" for a kind that is not
// known (CInv::GetCommand).
func (t InvType) Command() string {
	switch t {
	case InvTx:
		return TypeTx
	case InvBlock:
		return TypeBlock
	case InvFilteredBlock:
		return TypeMerkleBlock
	case InvCmpctBlock:
		return TypeCmpctBlock
	case InvSpork:
		return TypeSpork
	case InvDSTX:
		return TypeDSTX
	case InvGovObj:
		return TypeGovObj
	case InvGovObjVote:
		return TypeGovObjVote
	case InvQFCommit:
		return TypeQFCommit
	case InvQContrib:
		return TypeQContrib
	case InvQComplaint:
		return TypeQComplaint
	case InvQJustify:
		return TypeQJustify
	case InvQPCommit:
		return TypeQPCommit
	case InvQSigRec:
		return TypeQSigRec
	case InvCLSig:
		return TypeCLSig
	case InvISDLock:
		return TypeISDLock
	case InvDSQ:
		return TypeDSQ
	case InvPlatformBan:
		return TypePlatformBan
	}
	return ""
}

// IsTx reports whether the object is a transaction, mixing ones included.
func (t InvType) IsTx() bool { return t == InvTx || t == InvDSTX }

// IsBlock reports whether the object is a block in any form.
func (t InvType) IsBlock() bool {
	return t == InvBlock || t == InvFilteredBlock || t == InvCmpctBlock
}

// Inv names an object.
type Inv struct {
	Type InvType
	Hash wire.Hash
}

// String is CInv::ToString.
func (i Inv) String() string {
	if c := i.Type.Command(); c != "" {
		return c + " " + i.Hash.String()
	}
	return fmt.Sprintf("0x%08x %s", uint32(i.Type), i.Hash)
}

// invSize is the length of an encoded Inv in bytes.
const invSize = 4 + wire.HashSize

// MaxInv is how many entries inv, getdata and notfound may have (MAX_INV_SZ).
const MaxInv = 50000

// DecodeInv decodes the list of an inv, getdata or notfound message.
func DecodeInv(p []byte) ([]Inv, error) {
	r := wire.NewReader(p)
	list := make([]Inv, r.Count(invSize))
	for i := range list {
		list[i] = Inv{InvType(r.Uint32()), r.Hash()}
	}
	return list, r.Err()
}

// AppendInv appends the encoding of a list.
func AppendInv(b []byte, list []Inv) []byte {
	b = wire.AppendCompactSize(b, uint64(len(list)))
	for i := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(list[i].Type))
		b = append(b, list[i].Hash[:]...)
	}
	return b
}
