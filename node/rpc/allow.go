package rpc

import (
	"errors"
	"math/bits"
	"net/netip"
	"strings"
)

// ParseAllow reads a value of -rpcallowip: an address, address/bits or
// address/netmask (LookupSubNet of src/netbase.cpp). The error has Dash Core's
// text.
func ParseAllow(s string) (netip.Prefix, error) {
	bad := wording("Invalid -rpcallowip subnet specification: " + s + ". Valid are a single IP (e.g. 1.2.3.4), " +
		"a network/netmask (e.g. 1.2.3.4/255.255.255.0) or a network/CIDR (e.g. 1.2.3.4/24).")
	host, mask, hasMask := strings.Cut(s, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, bad
	}
	addr = addr.Unmap()
	n := addr.BitLen()
	if hasMask {
		if n, err = maskBits(mask, addr); err != nil {
			return netip.Prefix{}, bad
		}
	}
	p, err := addr.Prefix(n)
	if err != nil {
		return netip.Prefix{}, bad
	}
	return p, nil
}

// maskBits returns the length of a mask given as a number or as an address.
func maskBits(s string, addr netip.Addr) (int, error) {
	p, err := netip.ParsePrefix(addr.String() + "/" + s)
	if err == nil {
		return p.Bits(), nil
	}
	mask, err := netip.ParseAddr(s)
	if err != nil {
		return 0, err
	}
	if mask.BitLen() != addr.BitLen() {
		return 0, errors.New("mask of another family")
	}
	ones, ended := 0, false
	for _, b := range mask.AsSlice() {
		n := bits.LeadingZeros8(^b)
		if b<<n != 0 || ended && b != 0 {
			return 0, errors.New("mask with gaps")
		}
		ended = n < 8
		ones += n
	}
	return ones, nil
}

// allowed reports whether a client at that address may be served
// (ClientAllowed of src/httpserver.cpp).
func (s *Server) allowed(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return false
	}
	if a == netip.IPv6Loopback() || a.Is4() && a.As4()[0] == 127 {
		return true
	}
	for _, p := range s.opt.Allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
