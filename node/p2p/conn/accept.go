package conn

import (
	"errors"
	"net/netip"
	"os"
	"time"

	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/netperm"
)

// lingering is how many inbound connections may be ending beside those that
// hold slots; beyond, a new one is closed at once. It bounds what a flood of
// connections takes.
const lingering = 32

// listen accepts connections until the listener is closed.
func (m *Manager) listen(a *acceptor, perms Permissions) {
	defer m.wg.Done()
	for {
		f, from, err := a.accept()
		if errors.Is(err, errClosed) {
			return
		}
		if err != nil {
			m.logf("socket error accept failed: %s", err)
			if !m.sleep(100 * time.Millisecond) {
				return
			}
			continue
		}
		if !m.admit(f, netaddr.FromAddrPort(from), perms) {
			f.Close()
		}
	}
}

// grant completes the permissions of an inbound peer.
func (m *Manager) grant(perms Permissions, a netaddr.Addr) Permissions {
	for _, w := range m.o.Config.Whitelist {
		if w.Subnet.Match(a) {
			perms |= w.Permissions
		}
	}
	if !perms.Has(netperm.Implicit) {
		return perms
	}
	perms = perms&^netperm.Implicit | Mempool | NoBan
	if m.o.Config.WhitelistForceRelay {
		perms |= ForceRelay
	}
	if m.o.Config.WhitelistRelay {
		perms |= Relay
	}
	return perms
}

// admit makes a peer of an accepted connection, or refuses it
// (CreateNodeFromAcceptedSocket).
func (m *Manager) admit(f *os.File, from netaddr.Service, perms Permissions) bool {
	dropped := "connection dropped"
	if m.o.Config.LogIPs {
		dropped = "connection from " + from.String() + " dropped"
	}
	perms = m.grant(perms, from.Addr)
	noban := perms.Has(NoBan)
	inbound, _ := m.Count()
	discouraged := m.bans.IsDiscouraged(from.Addr)
	limit := m.o.Config.maxInbound()
	switch {
	case !m.NetworkActive():
		m.logConn("%s: not accepting new connections", dropped)
		return false
	case inbound >= max(limit, 0)+lingering:
		m.logConn("%s (too many connections are ending)", dropped)
		return false
	case !noban && m.bans.IsBanned(from.Addr):
		m.logConn("%s (banned)", dropped)
		return false
	case !noban && inbound+1 >= limit && discouraged:
		m.logConn("connection from %s dropped (discouraged)", from)
		return false
	}
	for ; inbound >= limit; inbound-- {
		if !m.evict() {
			m.logConn("failed to find an eviction candidate - connection dropped (full)")
			return false
		}
	}
	p, err := m.newPeer(f, Inbound, netaddr.Entry{Service: from}, "")
	if err != nil {
		return false
	}
	p.perms, p.prefer = perms, discouraged
	if m.o.Config.LogIPs {
		m.logConn("connection from %s accepted, peer=%d", from, p.id)
	} else {
		m.logConn("connection accepted, peer=%d", p.id)
	}
	return m.start(p)
}

// newPeer makes a peer that is not known yet. It owns f unless it fails.
func (m *Manager) newPeer(f *os.File, k Kind, to netaddr.Entry, name string) (*Peer, error) {
	s, err := newStream(f)
	if err != nil {
		return nil, err
	}
	at := boundTo(f)
	if !at.IsValid() {
		at = netip.AddrPort{}
	}
	p := &Peer{
		kind: k, addr: to.Service, name: name, bind: netaddr.FromAddrPort(at),
		group: m.keyed("netgroup", to.Group()), since: m.now().Truncate(time.Second),
		m: m, stream: s, closing: make(chan struct{}),
	}
	if name == "" {
		p.name = to.Service.String()
	}
	p.state.minPing = -1
	p.counts.sent, p.counts.recv = map[string]uint64{}, map[string]uint64{}
	p.out.some = make(chan struct{}, 1)
	p.in.init()
	m.mu.Lock()
	p.id = m.lastID
	m.lastID++
	m.mu.Unlock()
	p.nonce = m.keyed("nonce", []byte{byte(p.id), byte(p.id >> 8), byte(p.id >> 16), byte(p.id >> 24), byte(p.id >> 32)})
	return p, nil
}

// start makes the peer known and runs it. It is false if the Manager ends.
func (m *Manager) start(p *Peer) bool {
	if m.o.Config.LogIPs {
		m.logNet("Added connection to %s peer=%d", p.name, p.id)
	} else {
		m.logNet("Added connection peer=%d", p.id)
	}
	m.mu.Lock()
	if m.ctx.Err() != nil {
		m.mu.Unlock()
		return false
	}
	m.peers = append(m.peers, p)
	m.wg.Add(1)
	m.mu.Unlock()
	if !m.NetworkActive() {
		p.Disconnect("") // it was switched off meanwhile
	}
	go p.run()
	m.Wake()
	return true
}

// remove forgets a peer whose connection is closed.
func (m *Manager) remove(p *Peer) {
	if m.o.Config.LogIPs {
		m.logf("ThreadSocketHandler -- removing node: peer=%d addr=%s nRefCount=1 fInbound=%d m_masternode_connection=0 m_masternode_iqr_connection=0", p.id, p.addr, bit(p.Inbound()))
	} else {
		m.logf("ThreadSocketHandler -- removing node: peer=%d nRefCount=1 fInbound=%d m_masternode_connection=0 m_masternode_iqr_connection=0", p.id, bit(p.Inbound()))
	}
	m.mu.Lock()
	for i, q := range m.peers {
		if q == p {
			m.peers = append(m.peers[:i:i], m.peers[i+1:]...)
			break
		}
	}
	m.dead = append(m.dead, p)
	m.mu.Unlock()
	if p.slot != nil {
		p.slot.give()
	}
	m.Wake()
}
