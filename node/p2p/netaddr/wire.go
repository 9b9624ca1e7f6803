package netaddr

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"dashmp/node/wire"
)

// ErrShort: the bytes end within an address.
var ErrShort = errors.New("address: end of data")

// ErrFormat: bytes that no address begins with.
var ErrFormat = errors.New("address: bad encoding")

// maxV2 is the longest address that BIP155 allows for networks to come, in
// bytes.
const maxV2 = 512

// bip155 is the network's id in addrv2 messages.
func (n Network) bip155() byte {
	switch n {
	case IPv4:
		return wire.NetIPv4
	case Onion:
		return wire.NetTorV3
	case I2P:
		return wire.NetI2P
	case CJDNS:
		return wire.NetCJDNS
	}
	return wire.NetIPv6
}

// AppendV2 appends the addrv2 encoding without a port (BIP155).
func (a Addr) AppendV2(b []byte) []byte {
	n := a.net()
	if n == Internal {
		l := a.legacy()
		return append(append(b, wire.NetIPv6, 16), l[:]...)
	}
	return append(append(b, n.bip155(), byte(n.size())), a.b[:n.size()]...)
}

// AppendV1 appends the 16 bytes of an addr message: zeros for an address that
// it cannot carry.
func (a Addr) AppendV1(b []byte) []byte {
	l := a.legacy()
	return append(b, l[:]...)
}

// AppendV1 appends the 18 bytes of a service in an addr or version message; the
// port is big-endian.
func (s Service) AppendV1(b []byte) []byte {
	return binary.BigEndian.AppendUint16(s.Addr.AppendV1(b), s.Port)
}

// AppendV2 appends the service of an addrv2 message; the port is big-endian.
func (s Service) AppendV2(b []byte) []byte {
	return binary.BigEndian.AppendUint16(s.Addr.AppendV2(b), s.Port)
}

// ReadV1 reads the 18 bytes of a service and returns what follows.
func ReadV1(b []byte) (Service, []byte, error) {
	if len(b) < 18 {
		return Service{}, nil, ErrShort
	}
	return Service{FromLegacy([16]byte(b[:16])), binary.BigEndian.Uint16(b[16:])}, b[18:], nil
}

// ReadV2 reads a service of an addrv2 message and returns what follows. An
// address of an unknown network is read over and gives the zero address
// (CNetAddr::UnserializeV2Stream).
func ReadV2(b []byte) (Service, []byte, error) {
	a, b, err := readAddrV2(b)
	if err != nil {
		return Service{}, nil, err
	}
	if len(b) < 2 {
		return Service{}, nil, ErrShort
	}
	return Service{a, binary.BigEndian.Uint16(b)}, b[2:], nil
}

func readAddrV2(b []byte) (Addr, []byte, error) {
	if len(b) < 1 {
		return Addr{}, nil, ErrShort
	}
	id := b[0]
	size, b, err := readSize(b[1:])
	if err != nil {
		return Addr{}, nil, err
	}
	if size > maxV2 {
		return Addr{}, nil, fmt.Errorf("%w: Address too long: %d > %d", ErrFormat, size, maxV2)
	}
	n, name := networkOf(id)
	if n != Unroutable && int(size) != n.size() {
		return Addr{}, nil, fmt.Errorf("%w: BIP155 %s address with length %d (should be %d)", ErrFormat, name, size, n.size())
	}
	if len(b) < int(size) {
		return Addr{}, nil, ErrShort
	}
	v, rest := b[:size], b[size:]
	if n == IPv6 {
		a := FromLegacy([16]byte(v))
		if a.IsIPv4() {
			a = Addr{} // must not be disguised here
		}
		return a, rest, nil
	}
	if n == Unroutable {
		return Addr{}, rest, nil
	}
	return raw(n, v), rest, nil
}

func networkOf(id byte) (n Network, name string) {
	switch id {
	case wire.NetIPv4:
		return IPv4, "IPv4"
	case wire.NetIPv6:
		return IPv6, "IPv6"
	case wire.NetTorV3:
		return Onion, "TORv3"
	case wire.NetI2P:
		return I2P, "I2P"
	case wire.NetCJDNS:
		return CJDNS, "CJDNS"
	}
	return Unroutable, ""
}

// readSize reads a compact size, which must be in its shortest form, up to
// wire.MaxSize.
func readSize(b []byte) (uint64, []byte, error) {
	v, rest, err := readCompact(b)
	if err == nil && v > wire.MaxSize {
		err = fmt.Errorf("%w: ReadCompactSize(): size too large", ErrFormat)
	}
	return v, rest, err
}

func readCompact(b []byte) (v uint64, rest []byte, err error) {
	if len(b) < 1 {
		return 0, nil, ErrShort
	}
	n, least := 0, uint64(0)
	switch b[0] {
	case 0xfd:
		n, least = 2, 0xfd
	case 0xfe:
		n, least = 4, math.MaxUint16+1
	case 0xff:
		n, least = 8, math.MaxUint32+1
	default:
		return uint64(b[0]), b[1:], nil
	}
	if len(b) < 1+n {
		return 0, nil, ErrShort
	}
	var full [8]byte
	copy(full[:], b[1:1+n])
	if v = binary.LittleEndian.Uint64(full[:]); v < least {
		return 0, nil, fmt.Errorf("%w: non-canonical ReadCompactSize()", ErrFormat)
	}
	return v, b[1+n:], nil
}

// ReadAddr reads an address without a port in the encoding of addrv2 messages
// or in the 16 bytes of addr messages, and returns what follows.
func ReadAddr(b []byte, v2 bool) (Addr, []byte, error) {
	if v2 {
		return readAddrV2(b)
	}
	if len(b) < 16 {
		return Addr{}, nil, ErrShort
	}
	return FromLegacy([16]byte(b[:16])), b[16:], nil
}
