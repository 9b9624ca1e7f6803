package host

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"dashmp/node/options"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/netperm"
	"dashmp/node/params"
	"dashmp/sandbox/broker/peers"
)

// peerBind is one address to listen at for peers.
type peerBind struct {
	at netip.AddrPort
	// must: a failure is reported; otherwise it is only logged.
	must bool
}

// PeerBind is where the node listens for peers (init.cpp, AppInitMain, and
// CConnman::InitBinds).
type PeerBind struct {
	binds []peerBind
	// any: on all addresses.
	any  bool
	port uint16
	off  bool
	net  *params.Params
}

// PeerBindOptions reads -listen, -port, -bind and -whitebind. Its errors have
// Dash Core's texts.
func PeerBindOptions(c *options.Config) (PeerBind, error) {
	p, err := params.Select(c.Chain(), params.Options{DevnetName: strings.TrimPrefix(c.ChainName(), params.Devnet+"-")})
	if err != nil {
		return PeerBind{}, err
	}
	b := PeerBind{port: p.P2PPort, off: !c.BoolOr("listen", true), net: p}
	if c.IsSet("port") {
		n := c.Int64("port")
		if n < 1 || n > 65535 {
			return b, Sayf("Invalid port specified in -port: '%s'", c.String("port"))
		}
		b.port = uint16(n)
	}
	binds, white := c.Strings("bind"), c.Strings("whitebind")
	if b.off && len(binds)+len(white) > 0 {
		return b, Sayf("Cannot set -bind or -whitebind together with -listen=0")
	}
	onion := false
	for _, text := range binds {
		host, kind, tagged := cutLast(text, "=")
		port := b.port
		if tagged {
			port = p.OnionPort
		}
		at, ok := netaddr.ParseService(host, port)
		ap, isIP := at.AddrPort()
		if !ok || !isIP || tagged && kind != "onion" {
			return b, Sayf("Cannot resolve -bind address: '%s'", text)
		}
		onion = onion || tagged
		b.binds = append(b.binds, peerBind{ap, !tagged})
	}
	for _, text := range white {
		w, err := netperm.ParseWhitebind(text)
		if err != nil {
			return b, Sayf("%w", err)
		}
		ap, ok := w.Service.AddrPort()
		if !ok {
			return b, Sayf("Cannot resolve -whitebind address: '%s'", text)
		}
		b.binds = append(b.binds, peerBind{ap, true})
	}
	if !onion {
		b.binds = append(b.binds, peerBind{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), p.OnionPort), false})
	}
	b.any = len(binds)+len(white) == 0
	return b, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// ListenPeers binds the listeners for peers and logs it in Dash Core's words.
// Only that none could be bound is an error. report shows the operator the text
// of a failure.
func ListenPeers(b PeerBind, log *slog.Logger, report func(string)) ([]*os.File, error) {
	if b.off {
		return nil, nil
	}
	var all []*os.File
	try := func(one peerBind) {
		f, err := Listen(one.at)
		shown := netaddr.FromAddrPort(one.at).String()
		if err == nil {
			log.Info("Bound to " + shown)
			all = append(all, f)
			return
		}
		text := fmt.Sprintf("Unable to bind to %s on this computer. Dash Core is probably already running.", shown)
		if !errors.Is(err, unix.EADDRINUSE) {
			text = fmt.Sprintf("Unable to bind to %s on this computer (bind returned error %v)", shown, err)
		}
		log.Error(text)
		if one.must {
			report(text)
		}
	}
	for _, one := range b.binds {
		try(one)
	}
	if b.any {
		try(peerBind{netip.AddrPortFrom(netip.IPv6Unspecified(), b.port), false})
		try(peerBind{netip.AddrPortFrom(netip.IPv4Unspecified(), b.port), len(all) == 0})
	}
	if len(all) == 0 {
		report("Failed to listen on any port. Use -listen=0 if you want this.")
		return nil, Sayf("Failed to listen on any port. Use -listen=0 if you want this.")
	}
	return all, nil
}

// own lists where the node listens.
func (b PeerBind) own() []netip.AddrPort {
	if b.off {
		return nil
	}
	var list []netip.AddrPort
	for _, one := range b.binds {
		list = append(list, one.at)
	}
	if b.any {
		list = append(list, netip.AddrPortFrom(netip.IPv6Unspecified(), b.port), netip.AddrPortFrom(netip.IPv4Unspecified(), b.port))
	}
	return list
}

// PeerGuard makes what decides whom the core connects to.
func PeerGuard(c *options.Config, b PeerBind, lookup peers.Lookup) *peers.Guard {
	p := b.net
	o := peers.Options{
		Regtest: p.Network == params.Regtest, Port: p.P2PPort, Own: b.own(), Seeds: p.DNSSeeds, Lookup: lookup,
		Timeout: time.Duration(max(c.Int64("timeout"), 1)) * time.Millisecond,
	}
	for _, name := range []string{"addnode", "connect", "seednode"} {
		if !c.IsNegated(name) {
			o.Named = append(o.Named, c.Strings(name)...)
		}
	}
	if rpc, err := BindOptions(c); err == nil && c.BoolOr("server", true) {
		if at, _, err := rpc.Endpoints(); err == nil {
			o.Own = append(o.Own, at...)
		}
	}
	return peers.New(o)
}

// Interfaces lists the addresses of the interfaces that are up and no loopback,
// if the node listens on all addresses and -discover is on (net.cpp, Discover).
func Interfaces(c *options.Config) []string {
	b, err := PeerBindOptions(c)
	if err != nil || b.off || !b.any || !c.BoolOr("discover", true) {
		return nil
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var list []string
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				list = append(list, p.Addr().String())
			}
		}
	}
	return list
}
