package netaddr

import (
	"net/netip"
	"strconv"
)

// Service is an address and a TCP port.
type Service struct {
	Addr
	Port uint16
}

// FromAddrPort returns an IP address and port.
func FromAddrPort(ap netip.AddrPort) Service {
	if !ap.IsValid() {
		return Service{}
	}
	return Service{From(ap.Addr()), ap.Port()}
}

// AddrPort is the service for a socket; ok is false if none can reach it.
func (s Service) AddrPort() (netip.AddrPort, bool) {
	ip, ok := s.IP()
	return netip.AddrPortFrom(ip, s.Port), ok
}

// ParseService reads ADDR, ADDR:PORT, [ADDR] or [ADDR]:PORT; port is the
// default. Names are not looked up (LookupNumeric).
func ParseService(text string, port uint16) (Service, bool) {
	host, port, _ := SplitHostPort(text, port)
	a, ok := Parse(host)
	if !ok {
		return Service{}, false
	}
	return Service{a, port}, true
}

// String is ADDR:PORT or [ADDR]:PORT (CService::ToStringAddrPort).
func (s Service) String() string {
	port := strconv.Itoa(int(s.Port))
	if s.IsIPv6() || s.IsCJDNS() {
		return "[" + s.Addr.String() + "]:" + port
	}
	return s.Addr.String() + ":" + port
}

// Key is what the address manager hashes (CService::GetKey).
func (s Service) Key() []byte {
	return append(s.Addr.Key(), byte(s.Port>>8), byte(s.Port))
}

// Compare orders services by address, then port.
func (s Service) Compare(o Service) int {
	if c := s.Addr.Compare(o.Addr); c != 0 {
		return c
	}
	return int(s.Port) - int(o.Port)
}
