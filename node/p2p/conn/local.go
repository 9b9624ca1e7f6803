package conn

import (
	"slices"
	"sync"

	"dashmp/node/p2p/netaddr"
)

// Scores of local addresses by where they are known from (net.h).
const (
	LocalNone   = iota // learned
	LocalIface         // of an interface
	LocalBind          // bound to explicitly
	LocalMapped        // told by a gateway
	LocalManual        // -externalip
)

type localScore struct{ score int }

// locals are the addresses by which peers can reach this node (mapLocalHost).
type locals struct {
	m    *Manager
	mu   sync.Mutex // guards list
	list map[netaddr.Service]localScore
}

// LocalAddress is one of them.
type LocalAddress struct {
	netaddr.Service
	Score int
}

// AddLocal notes an address of this node (AddLocal). It reports whether it can
// be one that peers are told.
func (m *Manager) AddLocal(s netaddr.Service, score int) bool {
	if !s.IsRoutable() && m.o.Params.RequireRoutableExternalIP ||
		!m.o.Config.Discover && score < LocalManual || !m.Reachable(reachKey(s.Addr)) {
		return false
	}
	m.logf("AddLocal(%s,%d)", s, score)
	l := m.local
	l.mu.Lock()
	defer l.mu.Unlock()
	old, known := l.list[s]
	switch {
	case !known:
		l.list[s] = localScore{score}
	case score >= old.score:
		l.list[s] = localScore{score + 1}
	}
	return true
}

// reachKey is the network that -onlynet counts an address to.
func reachKey(a netaddr.Addr) netaddr.Network {
	switch {
	case a.IsIPv4():
		return netaddr.IPv4
	case a.IsIPv6():
		return netaddr.IPv6
	}
	return a.Network()
}

// SeenLocal notes that a peer sees this node at an address; it is false if that
// is not known to be one (SeenLocal).
func (m *Manager) SeenLocal(s netaddr.Service) bool {
	l := m.local
	l.mu.Lock()
	defer l.mu.Unlock()
	old, known := l.list[s]
	if known {
		l.list[s] = localScore{old.score + 1}
	}
	return known
}

// IsLocal reports whether an address is this node's.
func (m *Manager) IsLocal(s netaddr.Service) bool {
	l := m.local
	l.mu.Lock()
	defer l.mu.Unlock()
	_, known := l.list[s]
	return known
}

// LocalAddresses lists the addresses, ordered.
func (m *Manager) LocalAddresses() []LocalAddress {
	l := m.local
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]LocalAddress, 0, len(l.list))
	for s, v := range l.list {
		list = append(list, LocalAddress{s, v.score})
	}
	slices.SortFunc(list, func(a, b LocalAddress) int { return a.Compare(b.Service) })
	return list
}

// localFor is the address by which the peer reaches this node best, else an
// unspecified one with the listening port (GetLocalAddress).
func (m *Manager) localFor(p *Peer) netaddr.Service {
	best, reach, score := netaddr.Service{Port: m.o.Config.ListenPort}, -1, -1
	if !m.o.Config.Listen {
		return best
	}
	for _, l := range m.LocalAddresses() {
		// Peers of a privacy network are not told of others, nor others of it.
		n := p.Network()
		if l.Network() != n && (privacy(n) || l.IsPrivacyNet()) {
			continue
		}
		if r := l.ReachabilityFrom(p.addr.Addr); r > reach || r == reach && l.Score > score {
			best, reach, score = l.Service, r, l.Score
		}
	}
	return best
}

func privacy(n netaddr.Network) bool { return n == netaddr.Onion || n == netaddr.I2P }

// LocalAddrFor is the address of this node that the peer is to be told; ok is
// false if there is none worth telling (GetLocalAddrForPeer).
func (m *Manager) LocalAddrFor(p *Peer) (netaddr.Service, bool) {
	a := m.localFor(p)
	seen := p.SeenAs()
	good := m.o.Config.Discover && p.addr.IsRoutable() && seen.IsRoutable() && m.Reachable(reachKey(seen.Addr))
	if good {
		odds := int64(2)
		if m.scoreOf(a) > LocalManual {
			odds = 8
		}
		if !a.IsRoutable() || m.random(odds) == 0 {
			if p.Inbound() {
				a = seen
			} else {
				a.Addr = seen.Addr
			}
		}
	}
	if a.IsRoutable() {
		m.logNet("Advertising address %s to peer=%d", a, p.id)
		return a, true
	}
	return netaddr.Service{}, false
}

func (m *Manager) scoreOf(s netaddr.Service) int {
	m.local.mu.Lock()
	defer m.local.mu.Unlock()
	return m.local.list[s].score
}
