package netaddr

import (
	"bytes"
	"crypto/sha256"
	"net/netip"
	"strings"
)

// Network is the kind of network an address belongs to. The numbers are those
// of Dash Core's enum Network, which peers.dat and its tests know.
type Network uint8

// The networks.
const (
	Unroutable Network = iota
	IPv4
	IPv6
	Onion
	I2P
	CJDNS
	Internal
	networks
)

// String is the name in RPC results (netbase.cpp, GetNetworkName).
func (n Network) String() string {
	switch n {
	case Unroutable:
		return "not_publicly_routable"
	case IPv4:
		return "ipv4"
	case IPv6:
		return "ipv6"
	case Onion:
		return "onion"
	case I2P:
		return "i2p"
	case CJDNS:
		return "cjdns"
	case Internal:
		return "internal"
	}
	return ""
}

// ParseNetwork reads a network's name in any case; ok is false for one that
// nobody can be told to use (netbase.cpp, ParseNetwork).
func ParseNetwork(name string) (n Network, ok bool) {
	switch strings.ToLower(name) {
	case "ipv4":
		return IPv4, true
	case "ipv6":
		return IPv6, true
	case "onion":
		return Onion, true
	case "i2p":
		return I2P, true
	case "cjdns":
		return CJDNS, true
	}
	return Unroutable, false
}

// Networks lists those a peer can be reached through, in Dash Core's order.
func Networks() []Network { return []Network{IPv4, IPv6, Onion, I2P, CJDNS} }

// size is the length of an address of the network in bytes.
func (n Network) size() int {
	switch n {
	case IPv4:
		return 4
	case IPv6, CJDNS:
		return 16
	case Onion, I2P:
		return 32
	case Internal:
		return 10
	}
	return 0
}

// Addr is an address without a port. The zero value is the unspecified IPv6
// address, as a default CNetAddr is, and is not valid.
type Addr struct {
	// kind is the network; 0 stands for IPv6, so that the zero value is "::".
	kind Network
	b    [32]byte
}

func make6(b []byte) Addr { return raw(IPv6, b) }

func raw(n Network, b []byte) Addr {
	var a Addr
	if n != IPv6 {
		a.kind = n
	}
	copy(a.b[:n.size()], b)
	return a
}

// net is the network of the bytes, routable or not.
func (a Addr) net() Network {
	if a.kind == 0 {
		return IPv6
	}
	return a.kind
}

// Bytes returns the address in network byte order: 4, 16, 32 or 10 bytes.
func (a Addr) Bytes() []byte { return bytes.Clone(a.b[:a.net().size()]) }

// From returns an IP address; one of IPv4 mapped into IPv6 is IPv4.
func From(ip netip.Addr) Addr {
	if ip.Is4() {
		b := ip.As4()
		return raw(IPv4, b[:])
	}
	b := ip.As16()
	return FromLegacy(b)
}

var (
	prefixMapped   = []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}
	prefixTorV2    = []byte{0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43}
	prefixInternal = []byte{0xfd, 0x6b, 0x88, 0xc0, 0x87, 0x24}
)

// FromLegacy reads the 16 bytes of an addr message (CNetAddr::SetLegacyIPv6).
// A Tor v2 address becomes the zero value.
func FromLegacy(b [16]byte) Addr {
	switch {
	case bytes.HasPrefix(b[:], prefixMapped):
		return raw(IPv4, b[12:])
	case bytes.HasPrefix(b[:], prefixTorV2):
		return Addr{}
	case bytes.HasPrefix(b[:], prefixInternal):
		return raw(Internal, b[6:])
	}
	return make6(b[:])
}

// FromName returns the internal address that stands for a DNS seed in the
// address manager; the name must not be empty (CNetAddr::SetInternal).
func FromName(name string) Addr {
	h := sha256.Sum256([]byte(name))
	return raw(Internal, h[:10])
}

// IP returns the address as an IP address; ok is false for other networks.
// CJDNS addresses are IPv6 to the operating system.
func (a Addr) IP() (ip netip.Addr, ok bool) {
	switch a.net() {
	case IPv4:
		return netip.AddrFrom4([4]byte(a.b[:4])), true
	case IPv6, CJDNS:
		return netip.AddrFrom16([16]byte(a.b[:16])), true
	}
	return netip.Addr{}, false
}

// legacy is the encoding of addr messages: zeros if there is none.
func (a Addr) legacy() (b [16]byte) {
	switch a.net() {
	case IPv6:
		copy(b[:], a.b[:16])
	case IPv4:
		copy(b[copy(b[:], prefixMapped):], a.b[:4])
	case Internal:
		copy(b[copy(b[:], prefixInternal):], a.b[:10])
	}
	return b
}

// LegacyCompatible reports whether an addr message can carry the address.
func (a Addr) LegacyCompatible() bool {
	n := a.net()
	return n == IPv4 || n == IPv6 || n == Internal
}

// Key is what the address manager hashes: the legacy bytes if there are such,
// else the address (CNetAddr::GetAddrBytes).
func (a Addr) Key() []byte {
	if a.LegacyCompatible() {
		b := a.legacy()
		return b[:]
	}
	return a.Bytes()
}

// Compare orders addresses by network, then bytes.
func (a Addr) Compare(o Addr) int {
	if a.net() != o.net() {
		return int(a.net()) - int(o.net())
	}
	return bytes.Compare(a.b[:], o.b[:])
}

// WithCJDNS reads an IPv6 address of CJDNS's range as one of CJDNS, which it is
// where that network is reachable (MaybeFlipIPv6toCJDNS).
func (a Addr) WithCJDNS() Addr {
	if a.net() == IPv6 && a.b[0] == 0xfc {
		return raw(CJDNS, a.b[:16])
	}
	return a
}
