package netaddr

import (
	"bytes"
	"crypto/sha3"
	"encoding/base32"
	"net/netip"
	"strconv"
	"strings"
)

var lower32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567")

// onionChecksum is bytes 33 and 34 of a Tor v3 name (rend-spec-v3).
func onionChecksum(key []byte) []byte {
	h := sha3.Sum256(append(append([]byte(".onion checksum"), key...), 3))
	return h[:2]
}

// String is the text form (CNetAddr::ToStringAddr).
func (a Addr) String() string {
	n := a.net()
	b := a.b[:n.size()]
	switch n {
	case Onion:
		return lower32.EncodeToString(append(append(bytes.Clone(b), onionChecksum(b)...), 3)) + ".onion"
	case I2P:
		return lower32.WithPadding(base32.NoPadding).EncodeToString(b) + ".b32.i2p"
	case Internal:
		return lower32.EncodeToString(b) + ".internal"
	}
	ip, _ := a.IP()
	return ip.String()
}

// Parse reads an address: IPv4, IPv6 with or without brackets, a Tor v3 or I2P
// name. It looks nothing up (netbase.cpp, LookupHost without lookup).
func Parse(s string) (Addr, bool) {
	if len(s) >= 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	if a, ok := parseOnion(s); ok {
		return a, true
	}
	if a, ok := parseI2P(s); ok {
		return a, true
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return Addr{}, false
	}
	a := From(ip.WithZone(""))
	return a, !a.IsInternal()
}

func parseOnion(s string) (Addr, bool) {
	name, ok := strings.CutSuffix(s, ".onion")
	if !ok || len(name) != 56 {
		return Addr{}, false
	}
	b, err := lower32.DecodeString(strings.ToLower(name))
	if err != nil || len(b) != 35 || b[34] != 3 || !bytes.Equal(b[32:34], onionChecksum(b[:32])) {
		return Addr{}, false
	}
	return raw(Onion, b[:32]), true
}

func parseI2P(s string) (Addr, bool) {
	const digits = 52
	if len(s) != digits+len(".b32.i2p") || !strings.EqualFold(s[digits:], ".b32.i2p") {
		return Addr{}, false
	}
	b, err := lower32.DecodeString(strings.ToLower(s[:digits]) + "====")
	if err != nil || len(b) != 32 {
		return Addr{}, false
	}
	return raw(I2P, b), true
}

// SplitHostPort separates HOST:PORT, [HOST]:PORT, HOST and [HOST]; port is
// the default where none is given. ok is false for a port that is none
// (util/strencodings.cpp, SplitHostPort).
func SplitHostPort(s string, port uint16) (host string, p uint16, ok bool) {
	colon := strings.LastIndexByte(s, ':')
	bracketed := colon > 0 && s[0] == '[' && s[colon-1] == ']'
	several := colon > 0 && strings.LastIndexByte(s[:colon], ':') >= 0
	ok = true
	if colon >= 0 && (colon == 0 || bracketed || !several) {
		n, err := strconv.ParseUint(s[colon+1:], 10, 16)
		if ok = err == nil && n != 0; err == nil {
			s, port = s[:colon], uint16(n)
		}
	}
	if len(s) >= 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	return s, port, ok
}
