package conn

import (
	"encoding/binary"
	"slices"
	"time"

	"dashmp/node/p2p/netaddr"
)

// response is what peers of one kind are answered for about a day.
type response struct {
	list  []netaddr.Entry
	until time.Time
}

// Addresses returns addresses for an operator, or for a peer with the
// permission Addr: see addrman.GetAddr. The banned and discouraged are left out.
func (m *Manager) Addresses(most, percent int, n netaddr.Network) []netaddr.Entry {
	return slices.DeleteFunc(m.book.GetAddr(most, percent, n), func(e netaddr.Entry) bool {
		return m.bans.IsDiscouraged(e.Addr) || m.bans.IsBanned(e.Addr)
	})
}

// AddressesFor returns what a getaddr of the peer is answered: the same for all
// peers of one network that reached the same local socket, for 21 to 27 hours,
// so that nobody can follow the book by asking again and again.
func (m *Manager) AddressesFor(p *Peer, most, percent int) []netaddr.Entry {
	id := append([]byte{byte(p.Network())}, p.bind.Addr.Key()...)
	port := uint16(0)
	if p.Inbound() {
		port = p.bind.Port
	}
	key := m.keyed("addrcache", binary.LittleEndian.AppendUint16(id, port))
	now := m.now()
	m.mu.Lock()
	r, ok := m.responses[key]
	m.mu.Unlock()
	if ok && !r.until.Before(now) {
		return slices.Clone(r.list)
	}
	r = response{
		list:  m.Addresses(most, percent, netaddr.Unroutable),
		until: now.Add(21*time.Hour + time.Duration(m.random(int64(6*time.Hour)))),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.responses[key] = r
	return slices.Clone(r.list)
}
