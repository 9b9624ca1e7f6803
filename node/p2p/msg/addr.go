package msg

import (
	"dashmp/node/p2p/netaddr"
	"dashmp/node/wire"
)

// MaxAddr is how many entries addr and addrv2 may have (MAX_ADDR_TO_SEND).
const MaxAddr = 1000

// The shortest entries of addr and addrv2 in bytes.
const (
	minAddr   = 30
	minAddrV2 = 9
)

// DecodeAddr decodes an addr message, or an addrv2 message (BIP155) if v2. In
// the latter an address of a network that this version does not know becomes the
// zero address.
func DecodeAddr(p []byte, v2 bool) ([]netaddr.Entry, error) {
	read, least := netaddr.ReadEntryV1, minAddr
	if v2 {
		read, least = netaddr.ReadEntryV2, minAddrV2
	}
	r := wire.NewReader(p)
	list := make([]netaddr.Entry, r.Count(least))
	if r.Err() != nil {
		return nil, r.Err()
	}
	rest := r.Bytes(r.Len())
	for i := range list {
		var err error
		if list[i], rest, err = read(rest); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AppendAddr appends the encoding of an addr message, or of addrv2 if v2. Before
// v2 an address that only addrv2 can carry becomes zeros.
func AppendAddr(b []byte, list []netaddr.Entry, v2 bool) []byte {
	b = wire.AppendCompactSize(b, uint64(len(list)))
	for _, e := range list {
		if v2 {
			b = e.AppendV2(b)
		} else {
			b = e.AppendV1(b)
		}
	}
	return b
}

func readService(r *wire.Reader) netaddr.Service {
	s, _, err := netaddr.ReadV1(r.Bytes(18))
	if err != nil {
		return netaddr.Service{} // r has the error
	}
	return s
}
