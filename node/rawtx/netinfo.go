package rawtx

import (
	"crypto/sha3"
	"encoding/base32"
	"net/netip"
	"strconv"
	"strings"

	"dashmp/node/wire"
)

// invalidEntry is what Dash Core prints for an address it did not take.
const invalidEntry = "[invalid entry]"

// addresses is where a masternode listens, by purpose
// (GetNetInfoWithLegacyFields).
func addresses(n *wire.NetInfo, t wire.MnType, p *wire.Platform) object {
	o := object{}
	if n.Extended {
		for _, l := range n.Lists {
			list := []any{}
			for i := range l.Entries {
				list = append(list, entry(&l.Entries[i]))
			}
			o = append(o, member{Key: purpose(l.Purpose), Value: list})
		}
		return o
	}
	if n.Single == (wire.Service{}) {
		return o
	}
	with := func(port uint16) []any { return []any{hostPort(serviceHost(n.Single.IP), port)} }
	o = append(o, member{Key: purpose(wire.PurposeCoreP2P), Value: with(n.Single.Port)})
	if t == wire.MnEvo {
		o = append(o,
			member{Key: purpose(wire.PurposePlatformHTTPS), Value: with(p.HTTPPort)},
			member{Key: purpose(wire.PurposePlatformP2P), Value: with(p.P2PPort)})
	}
	return o
}

// purpose is PurposeToString.
func purpose(p wire.NetInfoPurpose) string {
	switch p {
	case wire.PurposeCoreP2P:
		return "core_p2p"
	case wire.PurposePlatformP2P:
		return "platform_p2p"
	case wire.PurposePlatformHTTPS:
		return "platform_https"
	}
	return ""
}

// entries are the addresses for one purpose.
func entries(n *wire.NetInfo, p wire.NetInfoPurpose) []wire.NetInfoEntry {
	for _, l := range n.Lists {
		if l.Purpose == p {
			return l.Entries
		}
	}
	return nil
}

// primary is the first address (GetPrimary).
func primary(n *wire.NetInfo) string {
	if !n.Extended {
		return hostPort(serviceHost(n.Single.IP), n.Single.Port)
	}
	if list := entries(n, wire.PurposeCoreP2P); len(list) > 0 {
		return entry(&list[0])
	}
	return hostPort(serviceHost([16]byte{}), 0)
}

// platformPort is the port of the first address for a purpose, -1 if there is
// no address (GetPlatformPort).
func platformPort(n *wire.NetInfo, p wire.NetInfoPurpose, legacy uint16) int {
	if !n.Extended {
		return int(legacy)
	}
	if list := entries(n, p); len(list) > 0 {
		return int(list[0].Port)
	}
	return -1
}

// entry is one address with its port (NetInfoEntry::ToStringAddrPort).
func entry(e *wire.NetInfoEntry) string {
	switch e.Type {
	case wire.NetInfoDomain:
		return hostPort(string(e.Address), e.Port)
	case wire.NetInfoService:
		return hostPort(networkHost(e.Network, e.Address), e.Port)
	}
	return invalidEntry
}

// hostPort joins host and port, an IPv6 address in brackets.
func hostPort(host string, port uint16) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(port))
}

func serviceHost(ip [16]byte) string { return netip.AddrFrom16(ip).Unmap().String() }

// networkHost is the text of an address of a BIP155 network
// (CNetAddr::ToStringAddr).
func networkHost(network uint8, a []byte) string {
	const version = 3 // of onion services
	encoding := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	switch network {
	case wire.NetTorV3:
		h := sha3.New256()
		h.Write([]byte(".onion checksum"))
		h.Write(a)
		h.Write([]byte{version})
		b := append(append([]byte{}, a...), h.Sum(nil)[:2]...)
		return encoding.EncodeToString(append(b, version)) + ".onion"
	case wire.NetI2P:
		return encoding.EncodeToString(a) + ".b32.i2p"
	}
	if ip, ok := netip.AddrFromSlice(a); ok {
		return ip.Unmap().String()
	}
	return invalidEntry
}
