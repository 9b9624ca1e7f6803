package conn

import (
	"cmp"
	"slices"
	"time"

	"dashmp/node/p2p/netaddr"
)

// candidate is what the choice of whom to drop looks at
// (NodeEvictionCandidate).
type candidate struct {
	id        int64
	since     time.Time
	minPing   time.Duration
	lastBlock int64
	lastTx    int64
	services  bool
	relaysTxs bool
	bloom     bool
	group     uint64
	prefer    bool
	local     bool
	net       netaddr.Network
}

// less orders candidates; what comes last is protected.
type less func(a, b candidate) int

func truth(a, b bool) int { return bit(a) - bit(b) }

// younger comes first, so that those that are connected longest are protected.
func younger(a, b candidate) int { return b.since.Compare(a.since) }

func byBlock(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.lastBlock, b.lastBlock), truth(a.services, b.services), younger(a, b))
}

func byTx(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.lastTx, b.lastTx), truth(a.relaysTxs, b.relaysTxs), truth(b.bloom, a.bloom), younger(a, b))
}

func byBlockOnly(a, b candidate) int {
	return cmp.Or(truth(b.relaysTxs, a.relaysTxs), byBlock(a, b))
}

// protect takes the last k of an order off the list, as far as they qualify.
func protect(list []candidate, order less, k int, qualifies func(candidate) bool) []candidate {
	slices.SortStableFunc(list, order)
	first := len(list) - min(k, len(list))
	tail := slices.DeleteFunc(slices.Clone(list[first:]), qualifies)
	return append(list[:first:first], tail...)
}

func always(candidate) bool { return true }

// disadvantaged are networks whose peers have longer ways and would otherwise
// lose by ping times.
type disadvantaged struct {
	is    func(candidate) bool
	count int
}

// protectByRatio protects half of what is left: up to a quarter by network, the
// rest by uptime (ProtectEvictionCandidatesByRatio).
func protectByRatio(list []candidate) []candidate {
	total := len(list) / 2
	nets := []disadvantaged{
		{is: func(c candidate) bool { return c.net == netaddr.CJDNS }},
		{is: func(c candidate) bool { return c.net == netaddr.I2P }},
		{is: func(c candidate) bool { return c.local }},
		{is: func(c candidate) bool { return c.net == netaddr.Onion }},
	}
	for i := range nets {
		for _, c := range list {
			nets[i].count += bit(nets[i].is(c))
		}
	}
	slices.SortStableFunc(nets, func(a, b disadvantaged) int { return a.count - b.count })
	most, done := total/2, 0
	for done < most {
		some := 0
		for _, n := range nets {
			some += bit(n.count > 0)
		}
		if some == 0 {
			break
		}
		each, progress := max((most-done)/some, 1), false
		for i := range nets {
			n := &nets[i]
			if n.count == 0 {
				continue
			}
			before := len(list)
			order := func(a, b candidate) int { return cmp.Or(truth(n.is(a), n.is(b)), younger(a, b)) }
			list = protect(list, order, each, n.is)
			if delta := before - len(list); delta > 0 {
				progress = true
				n.count -= delta
				if done += delta; done >= most {
					break
				}
			}
		}
		if !progress {
			break
		}
	}
	return protect(list, younger, total-done, always)
}

// chooseToEvict says which inbound peer without the permission noban is worth
// least (SelectNodeToEvict): attackers cannot easily be better at everything
// that protects.
func chooseToEvict(list []candidate) (int64, bool) {
	list = protect(list, func(a, b candidate) int { return cmp.Compare(a.group, b.group) }, 4, always)
	list = protect(list, func(a, b candidate) int { return cmp.Compare(b.minPing, a.minPing) }, 8, always)
	list = protect(list, byTx, 4, always)
	list = protect(list, byBlockOnly, 8, func(c candidate) bool { return !c.relaysTxs && c.services })
	list = protect(list, byBlock, 4, always)
	list = protectByRatio(list)
	if len(list) == 0 {
		return 0, false
	}
	if slices.ContainsFunc(list, func(c candidate) bool { return c.prefer }) {
		list = slices.DeleteFunc(list, func(c candidate) bool { return !c.prefer })
	}
	// The youngest of the group with the most connections.
	groups := map[uint64][]candidate{}
	var worst []candidate
	for _, c := range list {
		g := append(groups[c.group], c)
		groups[c.group] = g
		if len(g) > len(worst) || len(g) == len(worst) && g[0].since.After(worst[0].since) {
			worst = g
		}
	}
	return worst[0].id, true
}

// evict drops an inbound peer to make room; false if all are protected.
func (m *Manager) evict() bool {
	var list []candidate
	for _, p := range m.Peers() {
		if p.Inbound() && !p.HasPermission(NoBan) && !p.gone.Load() {
			list = append(list, p.candidate())
		}
	}
	id, ok := chooseToEvict(list)
	if !ok {
		return false
	}
	p := m.Peer(id)
	if p == nil {
		return false
	}
	m.logConn("selected inbound connection for eviction peer=%d; disconnecting", id)
	p.Disconnect("")
	return true
}

func (p *Peer) candidate() candidate {
	p.state.Lock()
	defer p.state.Unlock()
	s := &p.state
	c := candidate{
		id: p.id, since: p.since, minPing: s.minPing, lastBlock: s.lastBlock, lastTx: s.lastTx, services: s.hasServices,
		relaysTxs: s.relaysTxs, bloom: s.bloomLoaded, group: p.group, prefer: p.prefer, local: p.addr.IsLocal(), net: p.Network(),
	}
	if c.minPing < 0 {
		c.minPing = 1<<63 - 1
	}
	return c
}
