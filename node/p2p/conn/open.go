package conn

import (
	"time"

	"dashmp/node/p2p/netaddr"
)

// pace is the pause between two attempts to connect.
const pace = 500 * time.Millisecond

// openConnections keeps the automatic outbound slots filled, or the peers of
// -connect connected (ThreadOpenConnections).
func (m *Manager) openConnections() {
	defer m.wg.Done()
	if len(m.o.Config.Connect) > 0 {
		m.openFixed()
		return
	}
	start := m.now()
	a := &opener{m: m, seeds: m.o.Config.FixedSeeds, start: start,
		nextFeeler: m.later(start, feelerInterval), nextExtra: m.later(start, extraInterval), nextNetwork: m.later(start, extraInterval)}
	if !a.seeds {
		m.logf("Fixed seeds are disabled")
	}
	for {
		m.fetchNext()
		if !m.sleep(pace) || !m.outbound.take(m.ctx) {
			return
		}
		if !a.once() {
			m.outbound.give()
		}
	}
}

// openFixed connects to the peers of -connect, first often, then seldom.
func (m *Manager) openFixed() {
	for loop := 0; ; loop++ {
		for _, dest := range m.o.Config.Connect {
			_ = m.open(m.ctx, target{dest: dest, kind: Manual})
			for range min(loop, 10) {
				if !m.sleep(pace) {
					return
				}
			}
		}
		if !m.sleep(pace) {
			return
		}
	}
}

// openAdded keeps the peers of -addnode and RPC addnode connected
// (ThreadOpenAddedConnections).
func (m *Manager) openAdded() {
	defer m.wg.Done()
	m.logf("addcon thread start")
	for {
		tried := false
		for _, n := range m.AddedNodes() {
			if n.Connected {
				continue
			}
			if !m.addnode.take(m.ctx) {
				return
			}
			tried = true
			_ = m.open(m.ctx, target{dest: n.Name, kind: Manual, slot: m.addnode})
			if !m.sleep(pace) {
				return
			}
		}
		wait := 2 * time.Second
		if tried {
			wait = time.Minute
		}
		if !m.sleep(wait) {
			return
		}
	}
}

// later is a time after an exponentially distributed interval.
func (m *Manager) later(from time.Time, mean time.Duration) time.Time {
	m.rngMu.Lock()
	defer m.rngMu.Unlock()
	return from.Add(time.Duration(m.rng.ExpFloat64() * float64(mean)))
}

// opener chooses whom to connect to next.
type opener struct {
	m                                  *Manager
	seeds                              bool // fixed seeds may be added
	start                              time.Time
	nextFeeler, nextExtra, nextNetwork time.Time
}

// census is what the present connections say about the next one.
type census struct {
	full, block int
	overlay     int
	groups      map[string]bool
}

func (m *Manager) census() census {
	c := census{groups: map[string]bool{}}
	if m.o.Params.AllowMultipleAddressesFromGroup {
		return c
	}
	for _, p := range m.Peers() {
		switch p.kind {
		case FullRelay:
			c.full++
		case BlockRelay:
			c.block++
		case Manual:
		default:
			continue
		}
		if p.addr.IsPrivacyNet() || p.addr.IsCJDNS() {
			c.overlay++
		} else {
			c.groups[string(p.addr.Group())] = true
		}
	}
	return c
}

// choice is the kind of connection to make next.
type choice struct {
	kind   Kind
	anchor bool
	net    netaddr.Network // Unroutable for any
}

// once makes one attempt; it is false if the slot was not used.
func (a *opener) once() bool {
	m := a.m
	a.addSeeds()
	c := m.census()
	what, ok := a.choose(c)
	if !ok {
		return false
	}
	m.book.ResolveCollisions()
	e, ok := a.pick(what, c)
	if !ok {
		return false
	}
	if what.kind == Feeler {
		if !m.sleep(time.Duration(m.random(int64(time.Second)))) {
			return false
		}
		if m.o.Config.LogIPs {
			m.logNet("Making feeler connection to %s", e.Service)
		} else {
			m.logNet("Making feeler connection")
		}
	}
	if what.net != netaddr.Unroutable {
		m.logNet("Making network specific connection to %s on %s.", e.Service, what.net)
	}
	count := len(c.groups)+c.overlay >= min(m.o.Config.MaxConnections-1, 2)
	_ = m.open(m.ctx, target{entry: e, kind: what.kind, count: count, slot: m.outbound})
	return true // open has given it back, or the peer has it
}

// addSeeds adds the fixed seeds, once, if the book lacks addresses.
func (a *opener) addSeeds() {
	if !a.seeds {
		return
	}
	m := a.m
	empty := m.reachableEmpty()
	if len(empty) == 0 {
		return
	}
	m.mu.Lock()
	none := len(m.added) == 0
	m.mu.Unlock()
	switch {
	case m.now().After(a.start.Add(time.Minute)):
		m.logf("Adding fixed seeds as 60 seconds have passed and addrman is empty for at least one reachable network")
	case !m.o.Config.DNSSeed && len(m.o.Config.SeedNodes) == 0 && none:
		m.logf("Adding fixed seeds as -dnsseed=0 (or IPv4/IPv6 connections are disabled via -onlynet) and neither -addnode nor -seednode are provided")
	default:
		return
	}
	a.seeds = false
	m.addFixedSeeds(empty)
}

// choose decides what the slots are short of.
func (a *opener) choose(c census) (choice, bool) {
	m, now := a.m, a.m.now()
	full := m.o.Config.fullRelay()
	switch {
	case len(m.anchors) > 0 && c.block < m.o.Config.blockRelay():
		return choice{kind: BlockRelay, anchor: true}, true
	case c.full < full:
		return choice{kind: FullRelay}, true
	case c.block < m.o.Config.blockRelay():
		return choice{kind: BlockRelay}, true
	case m.TryingAnotherOutbound():
		return choice{kind: FullRelay}, true
	case now.After(a.nextExtra) && m.extra.Load():
		a.nextExtra = m.later(now, extraInterval)
		return choice{kind: BlockRelay}, true
	case now.After(a.nextFeeler):
		a.nextFeeler = m.later(now, feelerInterval)
		return choice{kind: Feeler}, true
	case c.full == full && full == maxFullRelay && now.After(a.nextNetwork):
		if n, ok := a.missingNetwork(); ok {
			a.nextNetwork = m.later(now, extraInterval)
			return choice{kind: FullRelay, net: n}, true
		}
	}
	return choice{}, false
}

// missingNetwork is a reachable network with addresses and without a peer.
func (a *opener) missingNetwork() (netaddr.Network, bool) {
	m := a.m
	for _, n := range netaddr.Networks() {
		fresh, tried := m.book.Size(n)
		if m.Reachable(n) && fresh+tried > 0 && m.findPeer(func(p *Peer) bool { return p.kind.manualOrFull() && p.addr.Network() == n }) == nil {
			return n, true
		}
	}
	return netaddr.Unroutable, false
}

// pick takes an address from the anchors or the book.
func (a *opener) pick(what choice, c census) (netaddr.Entry, bool) {
	m := a.m
	for what.anchor && len(m.anchors) > 0 {
		e := m.anchors[len(m.anchors)-1]
		m.anchors = m.anchors[:len(m.anchors)-1]
		if e.IsValid() && !m.IsLocal(e.Service) && m.Reachable(reachKey(e.Addr)) && e.Services&serviceNetwork != 0 && !c.groups[string(e.Group())] {
			m.logNet("Trying to make an anchor connection to %s", e.Service)
			return e, true
		}
	}
	now := m.now().Unix()
	for try := 1; try <= 100 && m.ctx.Err() == nil; try++ {
		e, last, ok := a.next(what)
		if !ok || !e.IsValid() || e.Port == m.o.Config.ListenPort && m.IsLocal(e.Service) {
			return e, false
		}
		if a.fits(what, c, e, try) && (now-last >= 600 || try >= 30) {
			return e, true
		}
	}
	return netaddr.Entry{}, false
}

// next asks the book.
func (a *opener) next(what choice) (netaddr.Entry, int64, bool) {
	book := a.m.book
	if what.kind != Feeler {
		return book.Select(false, what.net)
	}
	e, last, ok := book.SelectTriedCollision()
	if ok && !a.m.connectedTo(e.Service) {
		return e, last, true
	}
	if ok {
		book.Good(e.Service)
	}
	return book.Select(true, netaddr.Unroutable)
}

// fits reports whether an address suits the connection to be made.
func (a *opener) fits(what choice, c census, e netaddr.Entry, try int) bool {
	m := a.m
	switch {
	case what.kind != Feeler && c.groups[string(e.Group())],
		!m.Reachable(reachKey(e.Addr)),
		e.Services&serviceNetwork == 0,
		try < 50 && badPort(e.Port):
		return false
	case m.addedContains(e.Service):
		m.logNet("Not making automatic %s connection to %s peer selected for manual (addnode) connection", what.kind, e.Network())
		return false
	}
	return true
}

// badPort reports whether a port belongs to another service, which a stranger
// might want this node to talk to (netbase.cpp, IsBadPort).
func badPort(p uint16) bool {
	if p > 0 && p <= 1023 {
		return true
	}
	switch p {
	case 1719, 1720, 1723, 2049, 3659, 4045, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 8332, 8333,
		10080, 18332, 18333:
		return true
	}
	return false
}
