package conn

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"dashmp/node/p2p/netaddr"
)

// errAlready: there is a connection to that peer.
var errAlready = errors.New("already connected")

// target is whom to connect to: an entry of the address book, or what the
// operator wrote.
type target struct {
	entry netaddr.Entry
	dest  string // address or name, "" for entry
	kind  Kind
	count bool   // a failure counts against the address
	slot  *slots // taken; given back when the connection ends or fails
}

// open connects to a peer (OpenNetworkConnection). It takes over the slot.
func (m *Manager) open(ctx context.Context, t target) error {
	p, err := m.connect(ctx, t)
	if err == nil && !m.start(p) {
		err = m.ctx.Err()
		_ = p.stream.Close()
	}
	if err != nil && t.slot != nil {
		t.slot.give()
	}
	return err
}

func (m *Manager) connect(ctx context.Context, t target) (*Peer, error) {
	switch {
	case m.ctx.Err() != nil || !m.NetworkActive():
		return nil, errClosed
	case t.dest != "" && m.findPeer(func(p *Peer) bool { return p.name == t.dest }) != nil:
		return nil, errAlready
	case t.dest == "" && (m.bans.IsDiscouraged(t.entry.Addr) || m.bans.IsBanned(t.entry.Addr) || m.connectedTo(t.entry.Service) ||
		t.entry.Port == m.o.Config.ListenPort && m.IsLocal(t.entry.Service)):
		return nil, errAlready
	}
	shown := "new peer"
	if m.o.Config.LogIPs {
		shown = t.entry.Service.String()
	}
	m.logConn("CConnman::OpenNetworkConnection -- connecting to %s", shown)
	p, err := m.reach(ctx, t)
	if err != nil {
		m.logConn("CConnman::OpenNetworkConnection -- ConnectNode failed for %s", shown)
		return nil, err
	}
	m.logConn("CConnman::OpenNetworkConnection -- successfully connected to %s, peer=%d", shown, p.id)
	return p, nil
}

// connectedTo reports whether there is a connection to the address, whoever
// opened it (AlreadyConnectedToAddress).
func (m *Manager) connectedTo(s netaddr.Service) bool {
	return m.findPeer(func(p *Peer) bool { return p.addr.Addr == s.Addr || p.name == s.String() }) != nil
}

// reach resolves and dials (ConnectNode).
func (m *Manager) reach(ctx context.Context, t target) (*Peer, error) {
	if t.dest == "" {
		if m.findPeer(func(p *Peer) bool { return p.addr == t.entry.Service }) != nil {
			m.logf("Failed to open new connection, already connected")
			return nil, errAlready
		}
		m.logNet("trying v1 connection %s lastseen=%.1fhrs", t.entry.Service, m.now().Sub(epoch(int64(t.entry.Time))).Hours())
		return m.dial(ctx, t)
	}
	m.logNet("trying v1 connection %s lastseen=0.0hrs", t.dest)
	list, err := m.resolve(ctx, t.dest)
	if err != nil {
		m.logf("No address for %s: %s", strconv.Quote(t.dest), err)
		return nil, err
	}
	for _, s := range list {
		if !s.IsValid() {
			m.logNet("Resolver returned invalid address %s for %s", s, t.dest)
			return nil, errors.New("invalid address")
		}
		if m.findPeer(func(p *Peer) bool { return p.addr == s }) != nil {
			m.logf("Not opening a connection to %s, already connected to %s", t.dest, s)
			return nil, errAlready
		}
		t.entry.Service = s
	}
	return m.dial(ctx, t)
}

// resolve turns what the operator wrote into addresses, in random order.
func (m *Manager) resolve(ctx context.Context, dest string) ([]netaddr.Service, error) {
	host, port, _ := netaddr.SplitHostPort(dest, m.o.Params.P2PPort)
	if a, ok := netaddr.Parse(host); ok {
		return []netaddr.Service{{Addr: m.flip(a), Port: port}}, nil
	}
	ips, err := m.o.Network.Resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	list := make([]netaddr.Service, len(ips))
	for i, ip := range ips {
		list[i] = netaddr.Service{Addr: m.flip(netaddr.From(ip)), Port: port}
	}
	if len(list) == 0 {
		return nil, errors.New("no address")
	}
	m.rngMu.Lock()
	defer m.rngMu.Unlock()
	m.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list, nil
}

// flip reads an IPv6 address as one of CJDNS where that can be reached.
func (m *Manager) flip(a netaddr.Addr) netaddr.Addr {
	if m.Reachable(netaddr.CJDNS) {
		return a.WithCJDNS()
	}
	return a
}

func (m *Manager) dial(ctx context.Context, t target) (*Peer, error) {
	s := t.entry.Service
	at, ok := s.AddrPort()
	if !ok {
		return nil, errors.New("no way to that network")
	}
	f, err := m.o.Network.Dial(ctx, at, t.kind)
	m.book.Attempt(s, t.count)
	if err != nil {
		if t.kind == Manual {
			m.logf("connect() to %s failed: %s", s, err)
		} else {
			m.logNet("connect() to %s failed: %s", s, err)
		}
		return nil, err
	}
	p, err := m.newPeer(f, t.kind, t.entry, t.dest)
	if err != nil {
		f.Close()
		return nil, err
	}
	p.slot = t.slot
	return p, nil
}

// OpenOnce tries one manual connection (RPC addnode onetry). Whether it worked
// shows in the list of peers.
func (m *Manager) OpenOnce(ctx context.Context, dest string) {
	_ = m.open(ctx, target{dest: dest, kind: Manual})
}

// OpenKind tries one automatic connection of a kind, for tests; false if its
// slots are taken (CConnman::AddConnection).
func (m *Manager) OpenKind(ctx context.Context, dest string, k Kind) bool {
	limit := map[Kind]int{FullRelay: m.o.Config.fullRelay(), BlockRelay: m.o.Config.blockRelay()}
	if most, ok := limit[k]; ok {
		n := 0
		for _, p := range m.Peers() {
			n += bit(p.kind == k)
		}
		if n >= most {
			return false
		}
	}
	if !m.outbound.tryTake() {
		return false
	}
	_ = m.open(ctx, target{dest: dest, kind: k, slot: m.outbound})
	return true
}

// AddNode puts a peer on the list of those to stay connected to; false if it is
// on it (CConnman::AddNode).
func (m *Manager) AddNode(dest string) bool {
	s, numeric := m.numeric(dest)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.added {
		if other, ok := m.numeric(d); d == dest || numeric && ok && other == s {
			return false
		}
	}
	m.added = append(m.added, dest)
	return true
}

func (m *Manager) numeric(dest string) (netaddr.Service, bool) {
	s, ok := netaddr.ParseService(dest, m.o.Params.P2PPort)
	return netaddr.Service{Addr: m.flip(s.Addr), Port: s.Port}, ok && s.IsValid()
}

// RemoveNode takes a peer off that list; false if it is not on it.
func (m *Manager) RemoveNode(dest string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(m.added, dest)
	if i < 0 {
		return false
	}
	m.added = slices.Delete(m.added, i, i+1)
	return true
}

// AddedNode is an entry of that list.
type AddedNode struct {
	Name      string
	Connected bool
	Inbound   bool
	At        netaddr.Service // if connected
}

// AddedNodes returns the list with the state of each (GetAddedNodeInfo).
func (m *Manager) AddedNodes() []AddedNode {
	m.mu.Lock()
	names, peers := slices.Clone(m.added), slices.Clone(m.peers)
	m.mu.Unlock()
	list := make([]AddedNode, 0, len(names))
	for _, name := range names {
		n := AddedNode{Name: name}
		s, numeric := m.numeric(name)
		for _, p := range peers {
			if numeric && p.addr == s || !numeric && p.name == name {
				n.Connected, n.Inbound, n.At = true, p.Inbound(), p.addr
			}
		}
		list = append(list, n)
	}
	return list
}

// addedContains reports whether an address is on the list of added nodes.
func (m *Manager) addedContains(s netaddr.Service) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.added, func(d string) bool { return d == s.String() || d == s.Addr.String() })
}

// DisconnectName drops the peer of that name or address; false if there is none.
func (m *Manager) DisconnectName(name string) bool {
	p := m.findPeer(func(p *Peer) bool { return p.name == name })
	if p == nil {
		return false
	}
	if m.o.Config.LogIPs {
		m.logConn("disconnect by address=%s matched peer=%d; disconnecting", name, p.id)
	} else {
		m.logConn("disconnect by address matched peer=%d; disconnecting", p.id)
	}
	p.Disconnect("")
	return true
}

// DisconnectID drops the peer of that number; false if there is none.
func (m *Manager) DisconnectID(id int64) bool {
	p := m.Peer(id)
	if p == nil {
		return false
	}
	m.logConn("disconnect by id peer=%d; disconnecting", id)
	p.Disconnect("")
	return true
}

// DisconnectSubnet drops all peers of a subnet.
func (m *Manager) DisconnectSubnet(n netaddr.Subnet) {
	for _, p := range m.Peers() {
		if n.Match(p.addr.Addr) {
			m.logConn("disconnect by subnet matched peer=%d; disconnecting", p.id)
			p.Disconnect("")
		}
	}
}
