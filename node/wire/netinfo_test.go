package wire

import (
	"bytes"
	"testing"
)

func netInfoPayload(t *testing.T, version uint16, info []byte) (*ProUpService, []byte) {
	t.Helper()
	b := appendUint16(nil, version)
	if version >= ProTxBasicBLS {
		b = appendUint16(b, uint16(MnRegular))
	}
	b = append(b, make([]byte, HashSize)...)
	b = append(b, info...)
	b = append(b, 0) // payout
	b = append(b, make([]byte, HashSize+BLSSignatureSize)...)
	p, err := DecodePayload(TxProUpService, b)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*ProUpService), b
}

func TestSingleAddress(t *testing.T) {
	v4 := func(a, b, c, d byte) []byte { return append([]byte(prefixIPv4), a, b, c, d) }
	v6 := func(prefix string) []byte { return append([]byte(prefix), make([]byte, 16-len(prefix))...) }
	for _, tc := range []struct {
		name string
		ip   []byte
		keep bool
	}{
		{"routable", v4(1, 2, 3, 4), true},
		{"private", v4(10, 2, 3, 4), true},
		{"IPv6", v6("\x2a\x01"), true},
		{"CJDNS stays IPv6 in this format", v6("\xfc"), true},
		{"none", v6(""), false},
		{"0.0.0.0", v4(0, 0, 0, 0), false},
		{"broadcast", v4(255, 255, 255, 255), false},
		{"documentation", v6(prefixRFC3849), false},
		{"internal", v6(prefixInternal), false},
		{"TORv2", v6(prefixTorV2), false},
	} {
		p, raw := netInfoPayload(t, ProTxBasicBLS, append(bytes.Clone(tc.ip), 0x4e, 0x1f))
		if kept := p.NetInfo.Single != (Service{}); kept != tc.keep {
			t.Errorf("%s: kept %v", tc.name, kept)
		}
		if same := bytes.Equal(p.Append(nil), raw); same != tc.keep {
			t.Errorf("%s: encodes the same %v", tc.name, same)
		}
		if tc.keep && p.NetInfo.Single.Port != 0x4e1f {
			t.Errorf("%s: port %x", tc.name, p.NetInfo.Single.Port)
		}
	}
}

// TestExtendedEntries checks which entries survive, and that reading goes on
// at the right byte after one that does not: the second entry always decodes.
func TestExtendedEntries(t *testing.T) {
	good := []byte("\x01\x01\x04\x01\x02\x03\x04\x27\x0f") // 1.2.3.4:9999
	onion := "\x01\x04\x20" + string(make([]byte, 32)) + "\x00\x01"
	for _, tc := range []struct {
		name, entry string
		want        NetInfoType
	}{
		{"IPv4", string(good), NetInfoService},
		{"IPv6", "\x01\x02\x10\x2a" + string(make([]byte, 15)) + "\x00\x01", NetInfoService},
		{"onion", onion, NetInfoService},
		{"I2P", "\x01\x05\x20" + string(make([]byte, 32)) + "\x00\x00", NetInfoService},
		{"CJDNS", "\x01\x06\x10\xfc" + string(make([]byte, 15)) + "\x00\x01", NetInfoService},
		{"CJDNS without its prefix", "\x01\x06\x10\xfd" + string(make([]byte, 15)) + "\x00\x01", NetInfoInvalid},
		{"0.0.0.0", "\x01\x01\x04\x00\x00\x00\x00\x27\x0f", NetInfoInvalid},
		{"IPv4 in IPv6", "\x01\x02\x10" + prefixIPv4 + "\x01\x02\x03\x04\x00\x01", NetInfoInvalid},
		{"unknown network", "\x01\x09\x03abc\x00\x01", NetInfoInvalid},
		{"TORv2", "\x01\x03\x0aabcdefghij\x00\x01", NetInfoInvalid},
		{"domain", "\x02\x0bexample.org\x01\xbb", NetInfoDomain},
		{"domain with upper case", "\x02\x0bExample.org\x01\xbb", NetInfoInvalid},
		{"domain with one label", "\x02\x04dash\x01\xbb", NetInfoInvalid},
		{"domain with an empty label", "\x02\x04a..b\x01\xbb", NetInfoInvalid},
		{"domain with a hyphen at the end", "\x02\x04a-.b\x01\xbb", NetInfoInvalid},
		{"domain without port", "\x02\x03a.b\x00\x00", NetInfoInvalid},
		{"unknown type", "\x07", NetInfoInvalid},
		{"invalid", "\xff", NetInfoInvalid},
		// The error strikes after the length: the rest is read as what follows.
		{"IPv4 of wrong length", "\x01\x01\x05", NetInfoInvalid},
		{"too long", "\x01\x09\xfd\x01\x02", NetInfoInvalid},
		{"length not canonical", "\x01\x09\xfd\x01\x00", NetInfoInvalid},
	} {
		info := append([]byte{1, 1, 0, 2}, tc.entry...)
		p, raw := netInfoPayload(t, ProTxExtAddr, append(info, good...))
		entries := p.NetInfo.Lists[0].Entries
		if entries[0].Type != tc.want {
			t.Errorf("%s: type %#x, want %#x", tc.name, entries[0].Type, tc.want)
		}
		if e := entries[1]; e.Type != NetInfoService || !bytes.Equal(e.Address, []byte{1, 2, 3, 4}) || e.Port != 9999 {
			t.Errorf("%s: the next entry is %+v", tc.name, e)
		}
		if tc.want != NetInfoInvalid && !bytes.Equal(p.Append(nil), raw) {
			t.Errorf("%s: encoding differs", tc.name)
		}
	}
}

func TestExtendedLists(t *testing.T) {
	// Purposes 2, 0, 0: kept in order, the first of two.
	p, _ := netInfoPayload(t, ProTxExtAddr, []byte{1, 3, 2, 1, 0xff, 0, 0, 0, 1, 0xff})
	l := p.NetInfo.Lists
	if len(l) != 2 || l[0].Purpose != PurposeCoreP2P || len(l[0].Entries) != 0 || l[1].Purpose != PurposePlatformHTTPS {
		t.Errorf("lists %+v", l)
	}
	p, raw := netInfoPayload(t, ProTxExtAddr, []byte{2})
	if p.NetInfo.Version != 2 || !bytes.Equal(p.Append(nil), raw) {
		t.Errorf("unknown version: %+v", p.NetInfo)
	}
}
