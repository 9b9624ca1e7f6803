package msg

import (
	"encoding/binary"

	"dashmp/node/p2p/netaddr"
	"dashmp/node/wire"
)

// Protocol versions (Dash Core's src/version.h).
const (
	// ProtocolVersion is what this node speaks.
	ProtocolVersion = 70240
	// MinPeerVersion is the oldest that is not disconnected.
	MinPeerVersion = 70221
	// AddrV2Version: from here on sendaddrv2 is understood.
	AddrV2Version = 70223
	// DSQInvVersion: mixing queues are announced by inventory.
	DSQInvVersion = 70234
	// MoreHeaders2Version: headers2 holds 8000 headers rather than 2000.
	MoreHeaders2Version = 70235
)

// Services is what a node offers (ServiceFlags).
type Services uint64

// The services.
const (
	ServiceNetwork           Services = 1 << 0
	ServiceBloom             Services = 1 << 2
	ServiceCompactFilters    Services = 1 << 6
	ServiceNetworkLimited    Services = 1 << 10
	ServiceHeadersCompressed Services = 1 << 11
	ServiceP2PV2             Services = 1 << 12
)

// Has reports whether all of these services are offered.
func (s Services) Has(all Services) bool { return s&all == all }

// ServesBlocks reports whether blocks can be had, be it only recent ones.
func (s Services) ServesBlocks() bool { return s&(ServiceNetwork|ServiceNetworkLimited) != 0 }

// Limited reports whether only recent blocks can be had (BIP159).
func (s Services) Limited() bool {
	return s&ServiceNetwork == 0 && s&ServiceNetworkLimited != 0
}

// Desirable is what a peer that offers s has to offer to be worth a connection:
// the whole chain, or its end if that is all we still lack
// (GetDesirableServiceFlags). synced tells that the initial download is over.
func (s Services) Desirable(synced bool) Services {
	if s.Has(ServiceNetworkLimited) && synced {
		return ServiceNetworkLimited
	}
	return ServiceNetwork
}

// Version opens a connection. Time is in seconds since the epoch; You is the
// address that the sender sees the receiver at.
type Version struct {
	Version      int32
	Services     Services
	Time         int64
	YourServices Services
	You          netaddr.Service
	MyServices   Services
	Me           netaddr.Service
	Nonce        uint64
	UserAgent    string
	Height       int32
	Relay        bool
	// Challenge is signed by a masternode that answers with mnauth.
	Challenge wire.Hash
	// Masternode tells that the connection serves masternodes only.
	Masternode bool
	// Fields is how many of the optional fields from Nonce on the message has,
	// 0 to 6: Nonce (with MyServices and Me), UserAgent, Height, Relay,
	// Challenge, Masternode.
	Fields int
}

// VersionFields is Version.Fields of a message that has them all.
const VersionFields = 6

// maxUserAgent is the longest user agent in bytes (MAX_SUBVERSION_LENGTH).
const maxUserAgent = 256

// DecodeVersion decodes a version message. A user agent of more than 256 bytes
// is ErrTooLong.
func DecodeVersion(p []byte) (*Version, error) {
	r := wire.NewReader(p)
	v := &Version{Nonce: 1, Height: -1, Relay: true}
	v.Version, v.Services, v.Time = int32(r.Uint32()), Services(r.Uint64()), int64(r.Uint64())
	v.YourServices, v.You = Services(r.Uint64()), readService(r)
	for _, read := range []func() error{
		func() error {
			v.MyServices, v.Me, v.Nonce = Services(r.Uint64()), readService(r), r.Uint64()
			return nil
		},
		func() (err error) { v.UserAgent, err = limitedString(r, maxUserAgent); return err },
		func() error { v.Height = int32(r.Uint32()); return nil },
		func() error { v.Relay = r.Uint8() != 0; return nil },
		func() error { v.Challenge = r.Hash(); return nil },
		func() error { v.Masternode = r.Uint8() != 0; return nil },
	} {
		if r.Err() != nil || r.Len() == 0 {
			break
		}
		if err := read(); err != nil {
			return nil, err
		}
		v.Fields++
	}
	return v, r.Err()
}

// Append appends the encoding of v.
func (v *Version) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(v.Version))
	b = binary.LittleEndian.AppendUint64(b, uint64(v.Services))
	b = binary.LittleEndian.AppendUint64(b, uint64(v.Time))
	b = binary.LittleEndian.AppendUint64(b, uint64(v.YourServices))
	b = v.You.AppendV1(b)
	for i, field := range []func(){
		func() {
			b = binary.LittleEndian.AppendUint64(b, uint64(v.MyServices))
			b = v.Me.AppendV1(b)
			b = binary.LittleEndian.AppendUint64(b, v.Nonce)
		},
		func() { b = wire.AppendVarBytes(b, []byte(v.UserAgent)) },
		func() { b = binary.LittleEndian.AppendUint32(b, uint32(v.Height)) },
		func() { b = appendBool(b, v.Relay) },
		func() { b = append(b, v.Challenge[:]...) },
		func() { b = appendBool(b, v.Masternode) },
	} {
		if i < v.Fields {
			field()
		}
	}
	return b
}

// limitedString reads a string of at most limit bytes (LIMITED_STRING).
func limitedString(r *wire.Reader, limit uint64) (string, error) {
	n := r.CompactSize()
	if n > limit {
		return "", ErrTooLong
	}
	return string(r.Bytes(int(n))), r.Err()
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// SendCmpct announces that compact blocks are understood (BIP152). HighBandwidth
// asks for blocks to be announced with them.
type SendCmpct struct {
	HighBandwidth bool
	Version       uint64
}

// CmpctVersion is the only version of compact blocks that Dash knows.
const CmpctVersion = 1

// DecodeSendCmpct decodes a sendcmpct message.
func DecodeSendCmpct(p []byte) (s SendCmpct, err error) {
	r := wire.NewReader(p)
	s.HighBandwidth, s.Version = r.Uint8() != 0, r.Uint64()
	return s, r.Err()
}

// Append appends the encoding of s.
func (s SendCmpct) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint64(appendBool(b, s.HighBandwidth), s.Version)
}

// SendTxRcncl offers to reconcile sets of transactions (BIP330).
type SendTxRcncl struct {
	Version uint32
	Salt    uint64
}

// DecodeSendTxRcncl decodes a sendtxrcncl message.
func DecodeSendTxRcncl(p []byte) (s SendTxRcncl, err error) {
	r := wire.NewReader(p)
	s.Version, s.Salt = r.Uint32(), r.Uint64()
	return s, r.Err()
}

// Append appends the encoding of s.
func (s SendTxRcncl) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, s.Version), s.Salt)
}

// DecodeNonce decodes the number in a ping or pong.
func DecodeNonce(p []byte) (uint64, error) {
	r := wire.NewReader(p)
	n := r.Uint64()
	return n, r.Err()
}

// AppendNonce appends the number in a ping or pong.
func AppendNonce(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }

// DecodeBool decodes the only field of senddsq and qsendrecsigs.
func DecodeBool(p []byte) (bool, error) {
	r := wire.NewReader(p)
	v := r.Uint8()
	return v != 0, r.Err()
}

// AppendBool appends the only field of senddsq and qsendrecsigs.
func AppendBool(b []byte, v bool) []byte { return appendBool(b, v) }
