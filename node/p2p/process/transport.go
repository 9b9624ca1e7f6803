package process

import (
	"time"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
)

// Transport is a conn.Manager as Network and Addresses.
type Transport struct {
	*conn.Manager
	// PeerTimeout is -peertimeout: how old a connection is before it is held to
	// time-outs.
	PeerTimeout time.Duration
	// Auto: peers are chosen from the address book.
	Auto bool
}

var (
	_ Network   = Transport{}
	_ Addresses = Transport{}
)

// Punish implements Network.
func (t Transport) Punish(a netaddr.Addr) {
	t.Bans().Discourage(a)
	for _, p := range t.Peers() {
		if p.Addr().Addr == a {
			p.Disconnect("")
		}
	}
}

// InactivityDue implements Network.
func (t Transport) InactivityDue(l Link, now time.Time) bool {
	return now.Unix() > l.ConnectedAt().Unix()+int64(t.PeerTimeout/time.Second)
}

// ExtraOutbound implements Network.
func (t Transport) ExtraOutbound() (fullRelay, blockRelay int) {
	return t.ExtraFullRelay(), t.ExtraBlockRelay()
}

// OnlyOneOf implements Network.
func (t Transport) OnlyOneOf(n netaddr.Network) bool { return !t.MultipleManualOrFull(n) }

// TryNewOutbound implements Network.
func (t Transport) TryNewOutbound(on bool) { t.TryAnotherOutbound(on) }

// TryingNewOutbound implements Network.
func (t Transport) TryingNewOutbound() bool { return t.TryingAnotherOutbound() }

// StartExtraBlockRelay implements Network.
func (t Transport) StartExtraBlockRelay() { t.StartExtraBlockRelayPeers() }

// Active implements Network.
func (t Transport) Active() bool { return t.NetworkActive() }

// UsesAddrman implements Network.
func (t Transport) UsesAddrman() bool { return t.Auto }

// SetServices implements Addresses.
func (t Transport) SetServices(a netaddr.Service, s msg.Services) {
	t.AddrMan().SetServices(a, uint64(s))
}

// Good implements Addresses.
func (t Transport) Good(a netaddr.Service) { t.AddrMan().Good(a) }

// Connected implements Addresses.
func (t Transport) Connected(a netaddr.Service) { t.AddrMan().Connected(a) }

// Add implements Addresses.
func (t Transport) Add(list []netaddr.Entry, source netaddr.Addr, penalty time.Duration) {
	t.AddrMan().Add(list, source, penalty)
}

// Refused implements Addresses.
func (t Transport) Refused(a netaddr.Addr) bool {
	return t.Bans().IsDiscouraged(a) || t.Bans().IsBanned(a)
}

// Reachable implements Addresses.
func (t Transport) Reachable(a netaddr.Addr) bool {
	n := a.Network()
	switch {
	case a.IsIPv4():
		n = netaddr.IPv4
	case a.IsIPv6():
		n = netaddr.IPv6
	}
	return t.Manager.Reachable(n)
}

// ForGetAddr implements Addresses.
func (t Transport) ForGetAddr(l Link, unlimited bool, most, percent int) []netaddr.Entry {
	p, ok := l.(*conn.Peer)
	if unlimited || !ok {
		return t.Manager.Addresses(most, percent, netaddr.Unroutable)
	}
	return t.AddressesFor(p, most, percent)
}

// LocalFor implements Addresses.
func (t Transport) LocalFor(l Link) (netaddr.Service, bool) {
	p, ok := l.(*conn.Peer)
	if !ok {
		return netaddr.Service{}, false
	}
	return t.LocalAddrFor(p)
}

// SeenLocal implements Addresses.
func (t Transport) SeenLocal(a netaddr.Service) { t.Manager.SeenLocal(a) }
