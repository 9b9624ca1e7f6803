package core

import (
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"

	"dashmp/node/p2p/netaddr"
)

func peersOf(t *testing.T, args ...string) *Core {
	t.Helper()
	cfg, err := regtest().config(args...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Params(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &Core{o: Options{Params: p, Config: cfg, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, settings: &settings{}}
}

// Texts as in Dash Core's init.cpp.
func TestPeerOptionsThatMakeNoSense(t *testing.T) {
	for arg, want := range map[string]string{
		"-onlynet=moon":                          "Unknown network specified in -onlynet: 'moon'",
		"-onlynet=cjdns":                         "Outbound connections restricted to CJDNS (-onlynet=cjdns) but -cjdnsreachable is not provided",
		"-maxuploadtarget=x":                     "Unable to parse -maxuploadtarget: 'x'",
		"-whitelist=oopsie@127.0.0.1":            "Invalid P2P permission: 'oopsie'",
		"-whitelist=127.0.0.1/99":                "Invalid netmask specified in -whitelist: '127.0.0.1/99'",
		"-externalip=nobody":                     "Cannot resolve -externalip address: 'nobody'",
		"-uacomment=a/b":                         "User Agent comment (a/b) contains unsafe characters.",
		"-uacomment=" + strings.Repeat("a", 256): "Total length of network version string (276) exceeds maximum length (256). Reduce the number or size of uacomments.",
	} {
		c := peersOf(t, arg)
		_, err := c.connConfig()
		if err == nil {
			_, err = c.userAgent()
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestPeerOptions(t *testing.T) {
	c := peersOf(t, "-onlynet=ipv6", "-maxuploadtarget=1G", "-connect=0", "-addnode=1.2.3.4", "-uacomment=one", "-uacomment=two",
		"-externalip=8.8.8.8", "-maxconnections=5000", "-maxsendbuffer=2", "-whitelist=relay@10.0.0.0/8")
	cfg, err := c.connConfig()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.AutoConnect || len(cfg.Connect) != 0 || len(cfg.AddNodes) != 1 || cfg.Reachable[netaddr.IPv4] || !cfg.Reachable[netaddr.IPv6] ||
		cfg.MaxUploadTarget != 1<<30 || cfg.MaxConnections != maxDescriptors-otherDescriptors-1 || cfg.MaxSendBuffer != 2000 ||
		cfg.ExternalIPs[0].String() != "8.8.8.8:19899" || cfg.Whitelist[0].Subnet.String() != "10.0.0.0/8" {
		t.Errorf("%+v", cfg)
	}
	if name, err := c.userAgent(); err != nil || name != "/Dash Core:23.1.2(one; two)/" {
		t.Errorf("%q %v", name, err)
	}
	if s := c.services(); s != 0xc05 {
		t.Errorf("services %x", s)
	}
}

func TestByteUnits(t *testing.T) {
	for in, want := range map[string]uint64{
		"0": 0, "1": 1 << 20, "1k": 1000, "1K": 1 << 10, "2m": 2e6, "3g": 3e9, "1T": 1 << 40, "1t": 1e12,
		"": math.MaxUint64, "M": math.MaxUint64, "-1": math.MaxUint64, "1x": math.MaxUint64, "20000000T": math.MaxUint64,
	} {
		n, ok := byteUnits(in)
		if ok != (want != math.MaxUint64) || ok && n != want {
			t.Errorf("%q: %d %t", in, n, ok)
		}
	}
}
