package netaddr

import (
	"bytes"
	"encoding/binary"
)

// IsIPv4, IsIPv6, IsOnion, IsI2P, IsCJDNS and IsInternal tell the network of the
// bytes, whether or not it can be reached.
func (a Addr) IsIPv4() bool { return a.net() == IPv4 }

// IsIPv6 is true for what is neither IPv4 nor of an overlay network.
func (a Addr) IsIPv6() bool { return a.net() == IPv6 }

// IsOnion is true for Tor v3.
func (a Addr) IsOnion() bool { return a.net() == Onion }

// IsI2P is true for I2P.
func (a Addr) IsI2P() bool { return a.net() == I2P }

// IsCJDNS is true for CJDNS.
func (a Addr) IsCJDNS() bool { return a.net() == CJDNS }

// IsInternal is true for a name of the address manager.
func (a Addr) IsInternal() bool { return a.net() == Internal }

// IsPrivacyNet is true for Tor and I2P.
func (a Addr) IsPrivacyNet() bool { return a.IsOnion() || a.IsI2P() }

// IsRelayable reports whether the address is told on to peers even if this node
// cannot reach it.
func (a Addr) IsRelayable() bool { return !a.IsInternal() }

// IsBindAny is true for 0.0.0.0 and ::.
func (a Addr) IsBindAny() bool {
	return (a.IsIPv4() || a.IsIPv6()) && a.b == [32]byte{}
}

func (a Addr) has6(prefix ...byte) bool { return a.IsIPv6() && bytes.HasPrefix(a.b[:], prefix) }
func (a Addr) has4(prefix ...byte) bool { return a.IsIPv4() && bytes.HasPrefix(a.b[:], prefix) }

// IsPrivate is true for IPv4's private networks (RFC1918).
func (a Addr) IsPrivate() bool {
	return a.has4(10) || a.has4(192, 168) || a.has4(172) && a.b[1]&0xf0 == 16
}

func (a Addr) rfc2544() bool { return a.has4(198, 18) || a.has4(198, 19) }
func (a Addr) rfc3927() bool { return a.has4(169, 254) }
func (a Addr) rfc6598() bool { return a.has4(100) && a.b[1]&0xc0 == 64 }
func (a Addr) rfc5737() bool {
	return a.has4(192, 0, 2) || a.has4(198, 51, 100) || a.has4(203, 0, 113)
}
func (a Addr) rfc3849() bool { return a.has6(0x20, 0x01, 0x0d, 0xb8) }
func (a Addr) rfc3964() bool { return a.has6(0x20, 0x02) }
func (a Addr) rfc6052() bool { return a.has6(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0) }
func (a Addr) rfc4380() bool { return a.has6(0x20, 0x01, 0, 0) }
func (a Addr) rfc4862() bool { return a.has6(0xfe, 0x80, 0, 0, 0, 0, 0, 0) }
func (a Addr) rfc4193() bool { return a.IsIPv6() && a.b[0]&0xfe == 0xfc }
func (a Addr) rfc6145() bool { return a.has6(0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0) }
func (a Addr) rfc4843() bool { return a.has6(0x20, 0x01, 0) && a.b[3]&0xf0 == 0x10 }
func (a Addr) rfc7343() bool { return a.has6(0x20, 0x01, 0) && a.b[3]&0xf0 == 0x20 }
func (a Addr) heNet() bool   { return a.has6(0x20, 0x01, 0x04, 0x70) }

// IsLocal is true for loopback addresses and for 0.0.0.0/8.
func (a Addr) IsLocal() bool {
	return a.has4(127) || a.has4(0) || a.has6(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
}

// IsValid reports whether the address could be that of a host
// (CNetAddr::IsValid).
func (a Addr) IsValid() bool {
	switch {
	case a.IsBindAny(), a.rfc3849(), a.IsInternal(), a.IsCJDNS() && a.b[0] != 0xfc:
		return false
	}
	return !a.has4(255, 255, 255, 255)
}

// IsRoutable reports whether the address can be reached over the public
// internet or an overlay (CNetAddr::IsRoutable without -allowprivatenet).
func (a Addr) IsRoutable() bool {
	return a.IsValid() && !(a.IsPrivate() || a.rfc2544() || a.rfc3927() || a.rfc4862() || a.rfc6598() || a.rfc5737() ||
		a.rfc4193() || a.rfc4843() || a.rfc7343() || a.IsLocal() || a.IsInternal())
}

// Network is the network by which the address is reached, Unroutable if by none
// (CNetAddr::GetNetwork).
func (a Addr) Network() Network {
	switch {
	case a.IsInternal():
		return Internal
	case !a.IsRoutable():
		return Unroutable
	}
	return a.net()
}

// linked4 is the IPv4 address that an address carries (GetLinkedIPv4).
func (a Addr) linked4() (v uint32, ok bool) {
	be := binary.BigEndian.Uint32
	switch {
	case !a.IsRoutable():
		return 0, false
	case a.IsIPv4():
		return be(a.b[:]), true
	case a.rfc6052(), a.rfc6145():
		return be(a.b[12:]), true
	case a.rfc3964():
		return be(a.b[2:]), true
	case a.rfc4380():
		return ^be(a.b[12:]), true
	}
	return 0, false
}

// NetClass is Network, but IPv4 for what tunnels it (CNetAddr::GetNetClass).
func (a Addr) NetClass() Network {
	switch n := a.Network(); n {
	case Internal, Unroutable:
		return n
	default:
		if _, ok := a.linked4(); ok {
			return IPv4
		}
		return n
	}
}

// Group names the part of the network that one operator is likely to have: two
// outbound peers are not taken from the same one (NetGroupManager::GetGroup
// without -asmap).
func (a Addr) Group() []byte {
	class := a.NetClass()
	g := []byte{byte(class)}
	bits := 0
	v4, linked := a.linked4()
	switch {
	case a.IsLocal(): // all local addresses are one group
	case a.IsInternal():
		bits = 80
	case !a.IsRoutable(): // and so are all that cannot be reached
	case linked:
		return append(g, byte(v4>>24), byte(v4>>16))
	case a.IsOnion(), a.IsI2P():
		bits = 4
	case a.IsCJDNS():
		bits = 12 // the first 8 are the same for all
	case a.heNet():
		bits = 36
	default:
		bits = 32
	}
	whole := bits / 8
	g = append(g, a.b[:whole]...)
	if rest := bits % 8; rest > 0 {
		g = append(g, a.b[whole]|(1<<(8-rest)-1))
	}
	return g
}

// Reachability of an address for a partner, the higher the better.
const (
	reachNot = iota
	reachDefault
	reachTeredo
	reachIPv6Weak
	reachIPv4
	reachIPv6Strong
	reachPrivate
)

// ReachabilityFrom says how well a partner can reach the address; the highest
// of several is what a node tells that partner (CNetAddr::GetReachabilityFrom).
func (a Addr) ReachabilityFrom(partner Addr) int {
	if !a.IsRoutable() || a.IsInternal() {
		return reachNot
	}
	ours, teredo := a.Network(), a.rfc4380()
	if partner.rfc4380() {
		return reachTo(teredo, ours, reachIPv6Weak, reachDefault)
	}
	switch theirs := partner.Network(); theirs {
	case IPv4:
		if ours == IPv4 {
			return reachIPv4
		}
	case IPv6:
		v6 := reachIPv6Strong
		if a.rfc3964() || a.rfc6052() || a.rfc6145() {
			v6 = reachIPv6Weak
		}
		return reachTo(teredo, ours, v6, reachDefault)
	case Onion:
		if ours == IPv4 {
			return reachIPv4
		}
		if ours == Onion {
			return reachPrivate
		}
	case I2P, CJDNS:
		if ours == theirs {
			return reachPrivate
		}
	default:
		if ours == Onion {
			return reachPrivate
		}
		return reachTo(teredo, ours, reachIPv6Weak, reachDefault)
	}
	return reachDefault
}

func reachTo(teredo bool, ours Network, v6, other int) int {
	switch {
	case teredo:
		return reachTeredo
	case ours == IPv4:
		return reachIPv4
	case ours == IPv6:
		return v6
	}
	return other
}
