package netaddr

import (
	"bytes"
	"math/bits"
	"strconv"
	"strings"
)

// Subnet is a range of IPv4 or IPv6 addresses, or a single address of any
// network. The zero value is not valid and holds nothing (CSubNet).
type Subnet struct {
	addr  Addr // with the bits outside of the mask cleared
	ones  uint8
	valid bool
}

// Single is the subnet of one address; it is not valid for an internal one.
func Single(a Addr) Subnet {
	switch a.net() {
	case IPv4, IPv6:
		return Subnet{a, uint8(8 * a.net().size()), true}
	case Internal:
		return Subnet{}
	}
	return Subnet{addr: a, valid: true}
}

// Range is the subnet of the first ones bits of an IPv4 or IPv6 address.
func Range(a Addr, ones int) Subnet {
	n := a.net()
	if n != IPv4 && n != IPv6 || ones < 0 || ones > 8*n.size() {
		return Subnet{}
	}
	return Subnet{a.masked(ones), uint8(ones), true}
}

func (a Addr) masked(ones int) Addr {
	for i := range a.net().size() {
		keep := min(max(ones-8*i, 0), 8)
		a.b[i] &= byte(0xff << (8 - keep))
	}
	return a
}

// ParseSubnet reads ADDR, ADDR/BITS or ADDR/MASK (netbase.cpp, LookupSubNet).
func ParseSubnet(s string) (Subnet, bool) {
	host, mask := s, ""
	slash := strings.LastIndexByte(s, '/')
	if slash >= 0 {
		host, mask = s[:slash], s[slash+1:]
	}
	a, ok := Parse(host)
	if !ok {
		return Subnet{}, false
	}
	if slash < 0 {
		n := Single(a)
		return n, n.valid
	}
	if ones, err := strconv.ParseUint(mask, 10, 8); err == nil {
		n := Range(a, int(ones))
		return n, n.valid
	}
	m, ok := Parse(mask)
	if !ok || m.net() != a.net() {
		return Subnet{}, false
	}
	ones := 0
	for _, b := range m.b[:m.net().size()] {
		ones += bits.OnesCount8(b)
	}
	all := m
	for i := range all.b[:m.net().size()] {
		all.b[i] = 0xff
	}
	if all.masked(ones) != m {
		return Subnet{}, false // a hole
	}
	n := Range(a, ones)
	return n, n.valid
}

// IsValid reports whether the subnet holds anything.
func (n Subnet) IsValid() bool { return n.valid }

// IsSingle reports whether it is one address.
func (n Subnet) IsSingle() bool { return n == Single(n.addr) }

// Match reports whether it holds a valid address.
func (n Subnet) Match(a Addr) bool {
	if !n.valid || !a.IsValid() || n.addr.net() != a.net() {
		return false
	}
	if n.addr.IsIPv4() || n.addr.IsIPv6() {
		a = a.masked(int(n.ones))
	}
	return a == n.addr
}

// String is ADDR/BITS, or the address alone outside of IP (CSubNet::ToString).
func (n Subnet) String() string {
	if n.addr.IsIPv4() || n.addr.IsIPv6() {
		return n.addr.String() + "/" + strconv.Itoa(int(n.ones))
	}
	return n.addr.String()
}

// Compare orders subnets by address, then mask.
func (n Subnet) Compare(o Subnet) int {
	if c := n.addr.Compare(o.addr); c != 0 {
		return c
	}
	return bytes.Compare([]byte{n.ones}, []byte{o.ones})
}

// Addr is the first address of the subnet.
func (n Subnet) Addr() Addr { return n.addr }
