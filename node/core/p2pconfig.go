package core

import (
	"fmt"
	"math"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/netperm"

	"golang.org/x/sys/unix"
)

// connConfig reads the options of connections (init.cpp, AppInitMain).
func (c *Core) connConfig() (conn.Config, error) {
	o := c.o.Config
	cfg := conn.Config{
		MaxConnections: clamp(o.Int64("maxconnections"), 0), AutoConnect: !o.IsSet("connect"), NetworkActive: o.Bool("networkactive"),
		Listen: o.Bool("listen"), Discover: o.Bool("discover"), DNSSeed: o.Bool("dnsseed"), ForceDNSSeed: o.Bool("forcednsseed"),
		FixedSeeds: o.Bool("fixedseeds"), ListenPort: c.o.Params.P2PPort, WhitelistRelay: o.Bool("whitelistrelay"),
		WhitelistForceRelay: o.Bool("whitelistforcerelay"), PeerTimeout: c.seconds("peertimeout"), BanTime: o.Int64("bantime"),
		BlocksOnly: o.Bool("blocksonly"), LogIPs: o.Bool("logips"), CheckAddrMan: clamp(o.Int64("checkaddrman"), 0),
		MaxSendBuffer: clamp(o.Int64("maxsendbuffer"), 0) * 1000, MaxReceiveBuffer: clamp(o.Int64("maxreceivebuffer"), 0) * 1000,
		Deprecated: o.Strings("deprecatedrpc"),
	}
	for name, list := range map[string]*[]string{"connect": &cfg.Connect, "addnode": &cfg.AddNodes, "seednode": &cfg.SeedNodes} {
		if !o.IsNegated(name) {
			*list = o.Strings(name)
		}
	}
	if len(cfg.Connect) == 1 && cfg.Connect[0] == "0" {
		cfg.Connect = nil
	}
	if o.IsSet("port") {
		cfg.ListenPort = uint16(o.Int64("port"))
	}
	cfg.Reachable = map[netaddr.Network]bool{netaddr.IPv4: true, netaddr.IPv6: true}
	if o.IsSet("onlynet") {
		cfg.Reachable = map[netaddr.Network]bool{}
		for _, name := range o.Strings("onlynet") {
			n, ok := netaddr.ParseNetwork(name)
			if !ok {
				return cfg, fmt.Errorf("Unknown network specified in -onlynet: '%s'", name) //nolint:staticcheck // Dash Core's text
			}
			cfg.Reachable[n] = true
		}
	}
	for _, text := range o.Strings("externalip") {
		s, ok := netaddr.ParseService(text, cfg.ListenPort)
		if !ok || !s.IsValid() {
			return cfg, fmt.Errorf("Cannot resolve -externalip address: '%s'", text) //nolint:staticcheck // Dash Core's text
		}
		cfg.ExternalIPs = append(cfg.ExternalIPs, s)
	}
	for _, text := range o.Strings("whitelist") {
		w, err := netperm.ParseWhitelist(text)
		if err != nil {
			return cfg, err
		}
		cfg.Whitelist = append(cfg.Whitelist, w)
	}
	var err error
	cfg.MaxUploadTarget, err = byteUnits(o.String("maxuploadtarget"))
	return cfg, err
}

// byteUnits reads a number of bytes with a unit, MiB without one
// (ParseByteUnits).
func byteUnits(text string) (uint64, error) {
	digits, unit := text, uint64(1<<20)
	if n := len(text); n > 0 {
		if u, ok := map[byte]uint64{
			'k': 1e3, 'K': 1 << 10, 'm': 1e6, 'M': 1 << 20, 'g': 1e9, 'G': 1 << 30, 't': 1e12, 'T': 1 << 40,
		}[text[n-1]]; ok {
			digits, unit = text[:n-1], u
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || strings.HasPrefix(digits, "+") || n > math.MaxUint64/unit {
		return 0, fmt.Errorf("Unable to parse -maxuploadtarget: '%s'", text) //nolint:staticcheck // Dash Core's text
	}
	return n * unit, nil
}

// peerListeners are the granted listeners with the permissions of -whitebind.
func (c *Core) peerListeners() (list []conn.Listener, err error) {
	grants := map[netip.AddrPort]netperm.Permissions{}
	for _, text := range c.o.Config.Strings("whitebind") {
		w, err := netperm.ParseWhitebind(text)
		if err != nil {
			return nil, err
		}
		if at, ok := w.Service.AddrPort(); ok {
			grants[at] = w.Permissions
		}
	}
	for _, f := range c.o.PeerListeners {
		l := conn.Listener{File: f}
		if len(grants) > 0 {
			at, err := localAddr(f)
			if err != nil {
				return nil, err
			}
			l.Permissions = grants[at]
		}
		list = append(list, l)
	}
	return list, nil
}

// localAddr is where a socket is bound.
func localAddr(f *os.File) (at netip.AddrPort, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return at, err
	}
	var name unix.Sockaddr
	ctl := raw.Control(func(fd uintptr) { name, err = unix.Getsockname(int(fd)) })
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		at = netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		at = netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))
	}
	if ctl != nil {
		return at, ctl
	}
	return at, err
}
