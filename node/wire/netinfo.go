package wire

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// NetInfo is where a masternode listens: one address in payloads below
// ProTxExtAddr, lists of addresses by purpose from there on.
//
// As in Dash Core an address that can never be valid does not survive
// decoding: the single one becomes all zeros, one in a list becomes an entry
// of type NetInfoInvalid. Lists are kept in the order of their purpose, and of
// two lists with one purpose the first.
//
// Source of the rules: Dash Core's src/evo/netinfo.h.
type NetInfo struct {
	Extended bool
	// Single is the address when not Extended.
	Single Service
	// Version of the extended form; only NetInfoVersion has lists.
	Version uint8
	Lists   []NetInfoList
}

// NetInfoVersion is the only known version of extended network information.
const NetInfoVersion = 1

// NetInfoPurpose says what a list of addresses is for.
type NetInfoPurpose uint8

// The known purposes. Others decode, for the payload's check to refuse.
const (
	PurposeCoreP2P       NetInfoPurpose = 0
	PurposePlatformP2P   NetInfoPurpose = 1
	PurposePlatformHTTPS NetInfoPurpose = 2
)

// NetInfoList is the addresses for one purpose.
type NetInfoList struct {
	Purpose NetInfoPurpose
	Entries []NetInfoEntry
}

// NetInfoType is the kind of an entry.
type NetInfoType uint8

// The kinds of entries.
const (
	NetInfoService NetInfoType = 0x01
	NetInfoDomain  NetInfoType = 0x02
	NetInfoInvalid NetInfoType = 0xff
)

// NetInfoEntry is one address in a list.
type NetInfoEntry struct {
	Type NetInfoType
	// Network is the BIP155 id of a service's network.
	Network uint8
	// Address is the raw address of a service, or the text of a domain.
	Address []byte
	Port    uint16
}

// Service is an IPv6 (or mapped IPv4) address and a port.
type Service struct {
	IP   [16]byte
	Port uint16
}

// BIP155 network ids that decode, with the length of their addresses.
const (
	NetIPv4  = 1
	NetIPv6  = 2
	NetTorV3 = 4
	NetI2P   = 5
	NetCJDNS = 6

	maxAddrV2Size = 512
)

var addrV2Sizes = [...]int{NetIPv4: 4, NetIPv6: 16, NetTorV3: 32, NetI2P: 32, NetCJDNS: 16}

func readNetInfo(r *Reader, proTxVersion uint16) NetInfo {
	if proTxVersion < ProTxExtAddr {
		var s Service
		copy(s.IP[:], r.Bytes(len(s.IP)))
		s.Port = r.Uint16BE()
		if !validIPv6Field(s.IP[:]) {
			s = Service{}
		}
		return NetInfo{Single: s}
	}
	n := NetInfo{Extended: true, Version: r.Uint8()}
	if n.Version != NetInfoVersion {
		return n
	}
	for range r.Count(2) {
		list := NetInfoList{Purpose: NetInfoPurpose(r.Uint8())}
		for range r.Count(1) {
			list.Entries = append(list.Entries, readNetInfoEntry(r))
		}
		i, found := slices.BinarySearchFunc(n.Lists, list.Purpose,
			func(l NetInfoList, p NetInfoPurpose) int { return cmp.Compare(l.Purpose, p) })
		if !found {
			n.Lists = slices.Insert(n.Lists, i, list)
		}
	}
	return n
}

// readNetInfoEntry never fails on what an entry holds: Dash Core catches the
// error, marks the entry invalid and reads on where the error struck.
func readNetInfoEntry(r *Reader) NetInfoEntry {
	invalid := NetInfoEntry{Type: NetInfoInvalid}
	t := NetInfoType(r.Uint8())
	if r.err != nil {
		return invalid
	}
	sub := Reader{b: r.b}
	e := invalid
	switch t {
	case NetInfoService:
		e = readServiceV2(&sub)
	case NetInfoDomain:
		e = NetInfoEntry{Type: NetInfoDomain, Address: sub.VarBytes(), Port: sub.Uint16BE()}
		if !validDomain(e.Address) || e.Port == 0 {
			e = invalid
		}
	}
	r.b = sub.b
	if sub.err != nil {
		return invalid
	}
	return e
}

func readServiceV2(r *Reader) NetInfoEntry {
	invalid := NetInfoEntry{Type: NetInfoInvalid}
	network := r.Uint8()
	size := int(r.CompactSize())
	known := int(network) < len(addrV2Sizes) && addrV2Sizes[network] > 0
	if size > maxAddrV2Size || known && size != addrV2Sizes[network] {
		r.fail(ErrTooLarge)
	}
	addr := r.Bytes(size)
	port := r.Uint16BE()
	if r.err != nil || !known || !validAddress(network, addr) {
		return invalid
	}
	return NetInfoEntry{Type: NetInfoService, Network: network, Address: addr, Port: port}
}

func (n *NetInfo) append(b []byte) []byte {
	if !n.Extended {
		return binary.BigEndian.AppendUint16(append(b, n.Single.IP[:]...), n.Single.Port)
	}
	b = append(b, n.Version)
	if n.Version != NetInfoVersion {
		return b
	}
	b = AppendCompactSize(b, uint64(len(n.Lists)))
	for _, l := range n.Lists {
		b = append(b, byte(l.Purpose))
		b = AppendCompactSize(b, uint64(len(l.Entries)))
		for _, e := range l.Entries {
			b = e.append(b)
		}
	}
	return b
}

func (e *NetInfoEntry) append(b []byte) []byte {
	b = append(b, byte(e.Type))
	switch e.Type {
	case NetInfoService:
		b = append(b, e.Network)
	case NetInfoDomain:
	default:
		return b
	}
	return binary.BigEndian.AppendUint16(AppendVarBytes(b, e.Address), e.Port)
}

// Prefixes of IPv6 addresses with another meaning.
const (
	prefixIPv4     = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"
	prefixTorV2    = "\xfd\x87\xd8\x7e\xeb\x43"
	prefixInternal = "\xfd\x6b\x88\xc0\x87\x24"
	prefixRFC3849  = "\x20\x01\x0d\xb8"
	prefixCJDNS    = "\xfc"
)

// validIPv6Field is CNetAddr::IsValid of an address in the format before BIP155.
func validIPv6Field(ip []byte) bool {
	if v4, ok := bytes.CutPrefix(ip, []byte(prefixIPv4)); ok {
		return validAddress(NetIPv4, v4)
	}
	return validIPv6(ip)
}

func validIPv6(ip []byte) bool {
	for _, p := range []string{prefixTorV2, prefixInternal, prefixRFC3849} {
		if bytes.HasPrefix(ip, []byte(p)) {
			return false
		}
	}
	return !bytes.Equal(ip, make([]byte, 16))
}

// validAddress is CNetAddr::IsValid of an address in the format of BIP155.
func validAddress(network uint8, a []byte) bool {
	switch network {
	case NetIPv4:
		v := binary.BigEndian.Uint32(a)
		return v != 0 && v != 0xffffffff
	case NetIPv6:
		return validIPv6(a) && !bytes.HasPrefix(a, []byte(prefixIPv4))
	case NetCJDNS:
		return bytes.HasPrefix(a, []byte(prefixCJDNS))
	default:
		return true
	}
}

// validDomain is DomainPort::Validate without the port: a lower-case name of
// at least two labels.
func validDomain(d []byte) bool {
	if len(d) < 3 || len(d) > 253 {
		return false
	}
	labels := bytes.Split(d, []byte("."))
	for _, l := range labels {
		if len(l) == 0 || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for _, c := range l {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return len(labels) >= 2
}
