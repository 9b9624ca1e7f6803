package core

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/netperm"
	"dashmp/node/params"
	"dashmp/sandbox/build"
)

// Descriptors that -maxconnections leaves to others (init.cpp), of the 1024
// that the role may have.
const (
	maxDescriptors   = 1024
	otherDescriptors = 150 + 8 + 1
	maxUserAgent     = 256 // bytes
)

// peersError is an error of the operator's options with Dash Core's text.
func peersError(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &StartError{Kind: ErrPeers, Text: text, Cause: netperm.Errorf("%s", text)}
}

// connConfig reads the options of connections (init.cpp, AppInitMain).
func (c *Core) connConfig() (conn.Config, error) {
	o := c.o.Config
	binds := max(len(o.Strings("bind"))+len(o.Strings("whitebind")), 1)
	cfg := conn.Config{
		MaxConnections: min(clamp(o.Int64("maxconnections"), 0), maxDescriptors-otherDescriptors-binds),
		AutoConnect:    !o.IsSet("connect"), Connect: c.peerNames("connect"), AddNodes: c.peerNames("addnode"), SeedNodes: c.peerNames("seednode"),
		Reachable:     map[netaddr.Network]bool{},
		NetworkActive: o.Bool("networkactive"), Listen: o.Bool("listen"), Discover: o.Bool("discover"),
		DNSSeed: o.Bool("dnsseed"), ForceDNSSeed: o.Bool("forcednsseed"), FixedSeeds: o.Bool("fixedseeds"),
		ListenPort:     c.listenPort(),
		WhitelistRelay: o.Bool("whitelistrelay"), WhitelistForceRelay: o.Bool("whitelistforcerelay"),
		PeerTimeout: time.Duration(min(o.Int64("peertimeout"), math.MaxInt32)) * time.Second, BanTime: o.Int64("bantime"),
		BlocksOnly: o.Bool("blocksonly"), LogIPs: o.Bool("logips"), CheckAddrMan: min(clamp(o.Int64("checkaddrman"), 0), 1_000_000),
		MaxSendBuffer: buffer(o.Int64("maxsendbuffer")), MaxReceiveBuffer: buffer(o.Int64("maxreceivebuffer")),
		Deprecated: o.Strings("deprecatedrpc"),
	}
	if o.Int64("peertimeout") <= 0 {
		return cfg, peersError("peertimeout must be a positive integer.")
	}
	if len(cfg.Connect) == 1 && cfg.Connect[0] == "0" {
		cfg.Connect = nil
	}
	var ok bool
	if cfg.MaxUploadTarget, ok = byteUnits(o.String("maxuploadtarget")); !ok {
		return cfg, peersError("Unable to parse -maxuploadtarget: '%s'", o.String("maxuploadtarget"))
	}
	if err := c.reachable(&cfg); err != nil {
		return cfg, err
	}
	c.o.Log.Info(fmt.Sprintf("Using at most %d automatic connections (%d file descriptors available)", cfg.MaxConnections, maxDescriptors))
	return cfg, c.peerAddresses(&cfg)
}

// peerNames are the values of a list of peers.
func (c *Core) peerNames(option string) []string {
	if c.o.Config.IsNegated(option) {
		return nil
	}
	return c.o.Config.Strings(option)
}

// buffer turns kilobytes of an option into bytes.
func buffer(kB int64) int { return int(min(max(kB, 0), 1<<20)) * 1000 }

// listenPort is the port that peers are told (GetListenPort): that of the first
// -bind that has one, else of the first -whitebind without noban, else -port.
func (c *Core) listenPort() uint16 {
	o := c.o.Config
	for _, text := range o.Strings("bind") {
		if s, ok := netaddr.ParseService(text, 0); ok && s.Port != 0 {
			return s.Port
		}
	}
	for _, text := range o.Strings("whitebind") {
		if w, err := netperm.ParseWhitebind(text); err == nil && !w.Permissions.Has(netperm.NoBan) {
			return w.Service.Port
		}
	}
	if n := o.Int64("port"); o.IsSet("port") && n > 0 && n <= math.MaxUint16 {
		return uint16(n)
	}
	return c.o.Params.P2PPort
}

// reachable reads -onlynet.
func (c *Core) reachable(cfg *conn.Config) error {
	only := c.o.Config.Strings("onlynet")
	for _, name := range only {
		n, ok := netaddr.ParseNetwork(name)
		if !ok {
			return peersError("Unknown network specified in -onlynet: '%s'", name)
		}
		cfg.Reachable[n] = true
	}
	if len(only) == 0 {
		cfg.Reachable[netaddr.IPv4], cfg.Reachable[netaddr.IPv6] = true, true
	}
	seeds := cfg.DNSSeed && !cfg.Reachable[netaddr.IPv4] && !cfg.Reachable[netaddr.IPv6]
	switch {
	case cfg.Reachable[netaddr.CJDNS]:
		return peersError("Outbound connections restricted to CJDNS (-onlynet=cjdns) but -cjdnsreachable is not provided")
	case seeds:
		return peersError("Incompatible options: -dnsseed=1 was explicitly specified, but -onlynet forbids connections to IPv4/IPv6")
	case cfg.Reachable[netaddr.Onion]:
		return peersError("Outbound connections restricted to Tor (-onlynet=onion) but the proxy for reaching the Tor network is not provided: none of -proxy, -onion or -listenonion is given")
	case cfg.Reachable[netaddr.I2P]:
		return peersError("Outbound connections restricted to i2p (-onlynet=i2p) but -i2psam is not provided")
	}
	return nil
}

// peerAddresses reads -whitelist and -externalip.
func (c *Core) peerAddresses(cfg *conn.Config) error {
	for _, text := range c.o.Config.Strings("whitelist") {
		w, err := netperm.ParseWhitelist(text)
		if err != nil {
			return peersError("%v", err)
		}
		cfg.Whitelist = append(cfg.Whitelist, w)
	}
	for _, text := range c.o.Config.Strings("externalip") {
		s, ok := netaddr.ParseService(text, cfg.ListenPort)
		if !ok || !s.IsValid() {
			return peersError("Cannot resolve -externalip address: '%s'", text)
		}
		cfg.ExternalIPs = append(cfg.ExternalIPs, s)
	}
	for _, text := range c.o.Config.Interfaces {
		if a, ok := netaddr.Parse(text); ok {
			cfg.Interfaces = append(cfg.Interfaces, a)
		}
	}
	return nil
}

// devnetName is the name of the development network, such as devnet-x, "" on
// others.
func (c *Core) devnetName() string {
	if c.o.Params.Network != params.Devnet {
		return ""
	}
	return c.o.Config.ChainName
}

// safeInComment are the characters of SAFE_CHARS_UA_COMMENT.
const safeInComment = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,;-_?@"

// userAgent is the node's name with the operator's comments (FormatSubVersion).
func (c *Core) userAgent() (string, error) {
	var comments []string
	if name := c.devnetName(); name != "" {
		comments = append(comments, "devnet."+name)
	}
	for _, text := range c.o.Config.Strings("uacomment") {
		if strings.Trim(text, safeInComment) != "" {
			return "", peersError("User Agent comment (%s) contains unsafe characters.", text)
		}
		comments = append(comments, text)
	}
	name := "/Dash Core:" + build.Dash
	if len(comments) > 0 {
		name += "(" + strings.Join(comments, "; ") + ")"
	}
	name += "/"
	if len(name) > maxUserAgent {
		return "", peersError("Total length of network version string (%d) exceeds maximum length (%d). Reduce the number or size of uacomments.", len(name), maxUserAgent)
	}
	return name, nil
}

// byteUnits reads a number of bytes with a unit, MiB without one
// (ParseByteUnits).
func byteUnits(s string) (uint64, bool) {
	units := map[byte]uint64{
		'k': 1e3, 'K': 1 << 10, 'm': 1e6, 'M': 1 << 20, 'g': 1e9, 'G': 1 << 30, 't': 1e12, 'T': 1 << 40,
	}
	if s == "" {
		return 0, false
	}
	unit, named := units[s[len(s)-1]]
	if named {
		s = s[:len(s)-1]
	} else {
		unit = 1 << 20
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > math.MaxUint64/unit {
		return 0, false
	}
	return n * unit, true
}

// services are what the node offers to its peers.
func (c *Core) services() msg.Services {
	s := msg.ServiceNetworkLimited | msg.ServiceHeadersCompressed
	if c.settings.pruneTarget == 0 {
		s |= msg.ServiceNetwork
	}
	if c.o.Config.Bool("peerbloomfilters") {
		s |= msg.ServiceBloom
	}
	if c.peerFilters() != nil {
		s |= msg.ServiceCompactFilters
	}
	return s
}

// peerListeners pairs the listeners with the permissions of -whitebind.
func (c *Core) peerListeners() []conn.Listener {
	perms := map[netaddr.Service]netperm.Permissions{}
	for _, text := range c.o.Config.Strings("whitebind") {
		if w, err := netperm.ParseWhitebind(text); err == nil {
			perms[w.Service] = w.Permissions
		}
	}
	var list []conn.Listener
	for _, f := range c.o.PeerListeners {
		list = append(list, conn.Listener{File: f, Permissions: perms[conn.BoundTo(f)]})
	}
	return list
}
