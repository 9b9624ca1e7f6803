package process

import (
	"encoding/binary"
	"hash/maphash"
	"time"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/process/rolling"
)

const (
	// avgAddrInterval is how often a peer is told addresses, avgLocalInterval
	// how often our own, on average.
	avgAddrInterval  = 30 * time.Second
	avgLocalInterval = 24 * time.Hour
	// rotateInterval is for how long an address goes to the same peers.
	rotateInterval = 24 * 60 * 60 // seconds
	// addrRate is how many addresses a second are taken from a peer.
	addrRate = 0.1
	// maxAddrPercent is how much of what we know a peer is told.
	maxAddrPercent = 23
)

// enableAddrRelay begins to exchange addresses with a peer unless that would
// reveal a connection meant for blocks only (SetupAddressRelay).
func (p *Processor) enableAddrRelay(s *peer) bool {
	if s.kind == conn.BlockRelay {
		return false
	}
	if !s.addr.enabled {
		s.addr.enabled, s.addr.known = true, rolling.New(5000, 0.001)
	}
	return true
}

func (p *Processor) handleAddr(s *peer, payload []byte) error {
	return p.takeAddrs(s, msg.TypeAddr, payload)
}

func (p *Processor) handleAddrV2(s *peer, payload []byte) error {
	return p.takeAddrs(s, msg.TypeAddrV2, payload)
}

func (p *Processor) takeAddrs(s *peer, name string, payload []byte) error {
	n, err := msg.Count(payload)
	if err != nil {
		return err
	}
	if n > msg.MaxAddr && s.kind != conn.BlockRelay {
		// Before the list is decoded, as it could be long.
		p.enableAddrRelay(s)
		p.misbehaving(s, 20, "%s message size = %d", name, n)
		return nil
	}
	list, err := msg.DecodeAddr(payload, name == msg.TypeAddrV2)
	if err != nil {
		return err
	}
	if !p.enableAddrRelay(s) {
		p.debug("ignoring %s message from %s peer=%d", name, s.kind, s.id)
		return nil
	}
	now := p.now()
	s.refillTokens(now)
	p.o.Rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	var good []netaddr.Entry
	processed, limited := uint64(0), uint64(0)
	for i := range list {
		if s.addr.tokens >= 1 {
			s.addr.tokens--
		} else if !s.HasPermission(conn.Addr) {
			limited++
			continue
		}
		ok, keep := p.takeAddr(s, &list[i], now, len(list))
		if ok {
			processed++
		}
		if keep {
			good = append(good, list[i])
		}
	}
	s.addr.processed += processed
	s.addr.rateLimited += limited
	p.debug("Received addr: %d addresses (%d processed, %d rate-limited) from peer=%d", len(list), processed, limited, s.id)
	p.o.Addresses.Add(good, s.Addr().Addr, 2*time.Hour)
	if len(list) < msg.MaxAddr {
		s.addr.asked = false
	}
	// One address is most likely the peer's own.
	if s.kind == conn.AddrFetch && len(list) > 1 {
		debugTo(p.conn, "addrfetch connection completed peer=%d; disconnecting", s.id)
		s.Disconnect("")
	}
	return nil
}

func (s *peer) refillTokens(now time.Time) {
	if s.addr.tokens < msg.MaxAddr {
		passed := max(now.Sub(s.addr.tokensAt), 0)
		s.addr.tokens = min(s.addr.tokens+passed.Seconds()*addrRate, msg.MaxAddr)
	}
	s.addr.tokensAt = now
}

// takeAddr handles one of n addresses; keep tells whether it is to be stored.
func (p *Processor) takeAddr(s *peer, e *netaddr.Entry, now time.Time, n int) (ok, keep bool) {
	services := msg.Services(e.Services)
	if !services.ServesBlocks() && !services.Has(services.Desirable(!p.o.Chain.InitialDownload())) {
		return false, false
	}
	if e.Time <= netaddr.UnknownTime || int64(e.Time) > now.Unix()+10*60 {
		e.Time = uint32(now.Unix() - 5*24*60*60)
	}
	s.addr.known.Add(e.Key())
	if p.o.Addresses.Refused(e.Addr) {
		return false, false
	}
	reachable := p.o.Addresses.Reachable(e.Addr)
	if int64(e.Time) > now.Unix()-10*60 && !s.addr.asked && n <= 10 && e.IsRoutable() {
		p.relayAddr(s.id, *e, reachable, now)
	}
	return true, reachable
}

// relayAddr tells an address to one or two peers, the same ones for a day, so
// that nobody spreads further by repeating it (RelayAddress).
func (p *Processor) relayAddr(from int64, e netaddr.Entry, reachable bool, now time.Time) {
	if !reachable && !e.IsRelayable() {
		return
	}
	hash := p.keyed(e.Key())
	day := (uint64(now.Unix()) + hash) / rotateInterval
	choice := p.keyed(binary.LittleEndian.AppendUint64(e.Key(), day))
	most := 2
	if !reachable && choice&1 == 0 {
		most = 1
	}
	var best [2]*peer
	var rank [2]uint64
	for id, s := range p.peers {
		if !s.addr.enabled || id == from || !s.compatible(e.Addr) {
			continue
		}
		r := p.keyed(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, choice), uint64(id)))
		switch {
		case best[0] == nil || r > rank[0]:
			best[1], rank[1] = best[0], rank[0]
			best[0], rank[0] = s, r
		case best[1] == nil || r > rank[1]:
			best[1], rank[1] = s, r
		}
	}
	for _, s := range best[:most] {
		if s != nil {
			p.pushAddr(s, e)
		}
	}
}

// keyed is a number that only this node can foresee.
func (p *Processor) keyed(b []byte) uint64 {
	return maphash.Bytes(p.addrSeed, b)
}

// pushAddr queues an address for a peer that does not have it.
func (p *Processor) pushAddr(s *peer, e netaddr.Entry) {
	if !e.IsValid() || s.addr.known.Has(e.Key()) || !s.compatible(e.Addr) {
		return
	}
	if len(s.addr.toSend) >= msg.MaxAddr {
		s.addr.toSend[p.o.Rand.IntN(len(s.addr.toSend))] = e
		return
	}
	s.addr.toSend = append(s.addr.toSend, e)
}

// handleGetAddr answers inbound peers only, and once: others could find out
// which addresses they planted here.
func (p *Processor) handleGetAddr(s *peer, _ []byte) error {
	if !s.Inbound() {
		p.debug("Ignoring \"getaddr\" from %s connection. peer=%d", s.kind, s.id)
		return nil
	}
	p.enableAddrRelay(s)
	if s.addr.answered {
		p.debug("Ignoring repeated \"getaddr\". peer=%d", s.id)
		return nil
	}
	s.addr.answered = true
	s.addr.toSend = nil
	for _, e := range p.o.Addresses.ForGetAddr(s.Link, s.HasPermission(conn.Addr), msg.MaxAddr, maxAddrPercent) {
		p.pushAddr(s, e)
	}
	return nil
}

// maybeSendAddrs tells a peer our address and those queued, if it is time
// (MaybeSendAddr).
func (p *Processor) maybeSendAddrs(s *peer, now time.Time) {
	if !s.addr.enabled {
		return
	}
	if p.o.Listen && s.addr.nextLocal.Before(now) && !p.o.Chain.InitialDownload() {
		if s.addr.localSent {
			s.addr.known.Reset() // so that it goes out again
		}
		if a, ok := p.o.Addresses.LocalFor(s.Link); ok {
			p.pushAddr(s, netaddr.Entry{Service: a, Services: uint64(s.our), Time: uint32(now.Unix())})
		}
		s.addr.localSent = true
		s.addr.nextLocal = exponential(p.o.Rand, now, avgLocalInterval)
	}
	if !now.After(s.addr.nextSend) {
		return
	}
	s.addr.nextSend = exponential(p.o.Rand, now, avgAddrInterval)
	var list []netaddr.Entry
	for _, e := range s.addr.toSend {
		if !s.addr.known.Has(e.Key()) {
			s.addr.known.Add(e.Key())
			list = append(list, e)
		}
	}
	s.addr.toSend = nil
	if len(list) == 0 {
		return
	}
	name := msg.TypeAddr
	if s.addr.wantsV2 {
		name = msg.TypeAddrV2
	}
	s.Send(name, msg.AppendAddr(nil, list, s.addr.wantsV2))
}
