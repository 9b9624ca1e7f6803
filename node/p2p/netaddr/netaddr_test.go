package netaddr

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func must(t *testing.T, s string) Addr {
	t.Helper()
	a, ok := Parse(s)
	if !ok {
		t.Fatalf("%q is no address", s)
	}
	return a
}

const (
	onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"
	i2p   = "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p"
)

// Forms and classes as in Dash Core's net_tests.cpp and netbase_tests.cpp.
func TestTextAndClass(t *testing.T) {
	for _, c := range []struct {
		in, out  string
		net      Network
		routable bool
		group    string
	}{
		{"127.0.0.1", "127.0.0.1", Unroutable, false, "00"},
		{"::FFFF:192.168.1.1", "192.168.1.1", Unroutable, false, "00"},
		{"8.8.8.8", "8.8.8.8", IPv4, true, "010808"},
		{"2001::8888", "2001::8888", IPv6, true, "01" + "ffff"},
		{"[2a00:1450::1]", "2a00:1450::1", IPv6, true, "02" + "2a001450"},
		{"2001:470:abcd:9999:9999:9999:9999:9999", "2001:470:abcd:9999:9999:9999:9999:9999", IPv6, true, "02" + "20010470af"},
		{"64:FF9B::102:304", "64:ff9b::102:304", IPv6, true, "01" + "0102"},
		{"2002:102:304:9999:9999:9999:9999:9999", "2002:102:304:9999:9999:9999:9999:9999", IPv6, true, "01" + "0102"},
		{onion, onion, Onion, true, "03" + "7f"},
		{strings.ToUpper(i2p[:52]) + ".b32.I2P", i2p, I2P, true, "04" + "af"},
		{"10.0.0.1", "10.0.0.1", Unroutable, false, "00"},
		{"fc00::1", "fc00::1", Unroutable, false, "00"},
		{"192.0.2.1", "192.0.2.1", Unroutable, false, "00"},
		{"::1", "::1", Unroutable, false, "00"},
		{"0:0:1:0:0:0:0:1", "0:0:1::1", IPv6, true, "02" + "00000000"},
	} {
		a := must(t, c.in)
		if a.String() != c.out || a.Network() != c.net || a.IsRoutable() != c.routable {
			t.Errorf("%s: %s %s routable=%t", c.in, a, a.Network(), a.IsRoutable())
		}
		if got := hex.EncodeToString(a.Group()); got != c.group {
			t.Errorf("%s: group %s, want %s", c.in, got, c.group)
		}
	}
	for _, bad := range []string{"", "localhost", "1.2.3", "1.2.3.4.5", ":::", "fd6b:88c0:8724::1", onion[1:], "a" + onion[1:], i2p[1:], "[1.2.3.4"} {
		if a, ok := Parse(bad); ok {
			t.Errorf("%q parsed as %s", bad, a)
		}
	}
}

func TestValid(t *testing.T) {
	for in, want := range map[string]bool{
		"0.0.0.0": false, "255.255.255.255": false, "::": false, "2001:db8::1": false, "127.0.0.1": true, "::1": true, "fe80::1": true,
	} {
		if got := must(t, in).IsValid(); got != want {
			t.Errorf("%s: %t", in, got)
		}
	}
	if (Addr{}).IsValid() || FromName("seed").IsValid() || raw(CJDNS, make([]byte, 16)).IsValid() {
		t.Error("what is no host is valid")
	}
	if c := must(t, "fc00:1:2:3:4:5:6:7").WithCJDNS(); !c.IsCJDNS() || c.Network() != CJDNS || c.String() != "fc00:1:2:3:4:5:6:7" {
		t.Errorf("CJDNS: %s %s", c, c.Network())
	}
}

func TestSplitHostPort(t *testing.T) {
	for _, c := range []struct {
		in, host string
		port     uint16
		ok       bool
	}{
		{"www.dash.org", "www.dash.org", 7, true}, {"[www.dash.org]", "www.dash.org", 7, true}, {"www.dash.org:80", "www.dash.org", 80, true},
		{"127.0.0.1:9999", "127.0.0.1", 9999, true}, {"[::ffff:127.0.0.1]:9999", "::ffff:127.0.0.1", 9999, true},
		{"::9999", "::9999", 7, true}, {"::1", "::1", 7, true}, {":9999", "", 9999, true}, {"[]:9999", "", 9999, true}, {"", "", 7, true},
		{":65535", "", 65535, true}, {":65536", ":65536", 7, false}, {":-1", ":-1", 7, false}, {"[]:70001", "[]:70001", 7, false},
		{"[::]:0", "::", 0, false}, {"h:0", "h", 0, false},
	} {
		host, port, ok := SplitHostPort(c.in, 7)
		if host != c.host || port != c.port || ok != c.ok {
			t.Errorf("%q: %q %d %t", c.in, host, port, ok)
		}
	}
}

func TestSubnet(t *testing.T) {
	for _, c := range []struct{ in, out, holds, lacks string }{
		{"1.2.3.0/24", "1.2.3.0/24", "1.2.3.4", "1.2.2.4"},
		{"1.2.3.4", "1.2.3.4/32", "1.2.3.4", "1.2.3.5"},
		{"1.2.3.4/255.255.255.0", "1.2.3.0/24", "1.2.3.9", "1.2.4.9"},
		{"::/0", "::/0", "2a00::1", "1.2.3.4"},
		{"1:2:3:4:5:6:7:8/ffff::", "1::/16", "1:9::", "2::"},
		{"0.0.0.0/0", "0.0.0.0/0", "8.8.8.8", "::1"},
		{onion, onion, onion, i2p},
	} {
		n, ok := ParseSubnet(c.in)
		if !ok || n.String() != c.out || !n.Match(must(t, c.holds)) || n.Match(must(t, c.lacks)) {
			t.Errorf("%s: %s %t", c.in, n, ok)
		}
	}
	for _, bad := range []string{"1.2.3.0/-1", "1.2.3.0/33", "::/129", "1.2.3.4/255.0.255.0", "1.2.3.4/::", "x/24", "1.2.3.4/", onion + "/32"} {
		if n, ok := ParseSubnet(bad); ok {
			t.Errorf("%q is %s", bad, n)
		}
	}
	if (Subnet{}).Match(must(t, "1.2.3.4")) || Single(FromName("x")).IsValid() {
		t.Error("an invalid subnet holds something")
	}
}

// Encodings as in Dash Core's net_tests.cpp (cnetaddr_unserialize_v2).
func TestV2(t *testing.T) {
	port := "270f"
	for _, c := range []struct{ hex, want string }{
		{"010401020304", "1.2.3.4:9999"},
		{"02100102030405060708090a0b0c0d0e0f10", "[102:304:506:708:90a:b0c:d0e:f10]:9999"},
		{"021000000000000000000000ffff01020304", "[::]:9999"},
		{"0210fd6b88c08724ca978112ca1bbdcafac2", "zklycewkdo64v6wc.internal:9999"},
		{"0210fd87d87eeb430102030405060708090a", "[::]:9999"},
		{"042079bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f", onion + ":9999"},
		{"0520a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87", i2p + ":9999"},
		{"0610fc000001000200030004000500060007", "[fc00:1:2:3:4:5:6:7]:9999"},
		{"aa0401020304", "[::]:9999"},
		{"aa00", "[::]:9999"},
	} {
		b, err := hex.DecodeString(c.hex + port + "77")
		if err != nil {
			t.Fatal(err)
		}
		s, rest, err := ReadV2(b)
		if err != nil || s.String() != c.want || len(rest) != 1 {
			t.Errorf("%s: %s, %d left, %v", c.hex, s, len(rest), err)
		}
		if s.IsValid() && !bytes.Equal(s.AppendV2(nil), b[:len(b)-1]) {
			t.Errorf("%s: written as %x", c.hex, s.AppendV2(nil))
		}
	}
	for in, want := range map[string]string{
		"01050102030405": "BIP155 IPv4 address with length 5 (should be 4)", "010401": "end of data",
		"01fd0102" + strings.Repeat("00", 513): "Address too long: 513 > 512", "": "end of data", "01": "end of data",
		"04100102030405060708090a0b0c0d0e0f10": "BIP155 TORv3 address with length 16 (should be 32)", "aafd0400": "non-canonical",
	} {
		b, _ := hex.DecodeString(in)
		if _, _, err := ReadV2(b); err == nil || !strings.Contains(err.Error(), want) || !(errors.Is(err, ErrShort) || errors.Is(err, ErrFormat)) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestEntries(t *testing.T) {
	e := Entry{Service: Service{must(t, "8.8.8.8"), 9999}, Services: 0xc05, Time: 1700000000}
	for name, c := range map[string]struct {
		b    []byte
		read func([]byte) (Entry, []byte, error)
	}{
		"v1": {e.AppendV1(nil), ReadEntryV1}, "v2": {e.AppendV2(nil), ReadEntryV2},
		"disk": {e.AppendDisk(nil), func(b []byte) (Entry, []byte, error) { return ReadEntryDisk(b, true) }},
	} {
		got, rest, err := c.read(append(c.b, 1))
		if err != nil || len(rest) != 1 || cmp.Diff(e.String(), got.String()) != "" || got != e {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		for n := range c.b {
			if _, _, err := c.read(c.b[:n]); err == nil {
				t.Errorf("%s: %d bytes are enough", name, n)
			}
		}
	}
	if _, _, err := ReadEntryDisk(e.AppendDisk(nil), false); !errors.Is(err, ErrFormat) {
		t.Errorf("addrv2 in an old file: %v", err)
	}
}

func TestReachability(t *testing.T) {
	v4, v6, tor, teredo := must(t, "8.8.8.8"), must(t, "2a00::1"), must(t, onion), must(t, "2001::1")
	if !(v6.ReachabilityFrom(v6) > v4.ReachabilityFrom(v6) && v4.ReachabilityFrom(v4) > v6.ReachabilityFrom(v4) &&
		tor.ReachabilityFrom(tor) > v4.ReachabilityFrom(tor) && teredo.ReachabilityFrom(v6) < v4.ReachabilityFrom(v6)) {
		t.Error("order")
	}
	if must(t, "10.0.0.1").ReachabilityFrom(v4) != 0 {
		t.Error("a private address can be reached")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "1.2.3.4", "[::1]:80", onion, i2p, "1.2.3.0/24", "::/0", "a@b", "%", "fe80::1%1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, ok := Parse(s); ok {
			if b, again := Parse(a.String()); !again || a != b {
				t.Fatalf("%q: %s, %s", s, a, b)
			}
			if ip, isIP := a.IP(); isIP && From(ip) != a && !a.IsCJDNS() {
				t.Fatalf("%q: %s", s, ip)
			}
		}
		if n, ok := ParseSubnet(s); ok && !n.Match(n.Addr()) && n.Addr().IsValid() {
			t.Fatalf("%q does not hold itself", s)
		}
		SplitHostPort(s, 1)
		ParseService(s, 1)
	})
}

func FuzzRead(f *testing.F) {
	e := Entry{Service: FromAddrPort(netip.MustParseAddrPort("[2a00::1]:9999")), Time: 1}
	f.Add(e.AppendV1(nil))
	f.Add(e.AppendV2(nil))
	f.Add(e.AppendDisk(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, rest, err := ReadEntryV1(b); err == nil && e.IsRoutable() {
			if !bytes.Equal(append(e.AppendV1(nil), rest...), b) {
				t.Fatalf("%+v", e)
			}
		}
		e, rest, err := ReadEntryV2(b)
		if err != nil {
			return
		}
		again, left, err := ReadEntryV2(append(e.AppendV2(nil), rest...))
		if err != nil || again != e || len(left) != len(rest) {
			t.Fatalf("%+v %+v %v", e, again, err)
		}
		e.Group()
		_ = e.String()
	})
}
