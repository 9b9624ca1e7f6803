package ban

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"dashmp/node/p2p/netaddr"
)

// DefaultTime is how long a ban lasts without -bantime, in seconds.
const DefaultTime = 24 * 60 * 60

// maxDiscouraged bounds the addresses that are remembered as discouraged, the
// size of Dash Core's rolling filter.
const maxDiscouraged = 50000

// Entry is one ban.
type Entry struct {
	Subnet netaddr.Subnet
	// Created and Until are in seconds since the epoch.
	Created, Until int64
}

// Options are what a Manager works with.
type Options struct {
	Now func() time.Time
	// Default is -bantime in seconds.
	Default int64
	// Changed is told that the list is to be written; nil for none.
	Changed func()
}

// Manager is the list of bans (BanMan).
type Manager struct {
	o Options

	mu          sync.Mutex // guards everything
	bans        map[netaddr.Subnet]Entry
	discouraged map[netaddr.Addr]bool
	order       []netaddr.Addr // of discouraged, a ring
	next        int
}

// New returns a list without bans.
func New(o Options) *Manager {
	return &Manager{o: o, bans: map[netaddr.Subnet]Entry{}, discouraged: map[netaddr.Addr]bool{}}
}

func (m *Manager) changed() {
	if m.o.Changed != nil {
		m.o.Changed()
	}
}

// IsBanned reports whether an address is in a banned subnet.
func (m *Manager) IsBanned(a netaddr.Addr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.o.Now().Unix()
	for n, e := range m.bans {
		if now < e.Until && n.Match(a) {
			return true
		}
	}
	return false
}

// IsSubnetBanned reports whether exactly this subnet is banned.
func (m *Manager) IsSubnetBanned(n netaddr.Subnet) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.bans[n]
	return ok && m.o.Now().Unix() < e.Until
}

// Discourage notes that an address misbehaved. The oldest of 50000 is forgotten.
func (m *Manager) Discourage(a netaddr.Addr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.discouraged[a] {
		return
	}
	if len(m.order) < maxDiscouraged {
		m.order = append(m.order, a)
	} else {
		delete(m.discouraged, m.order[m.next])
		m.order[m.next] = a
		m.next = (m.next + 1) % maxDiscouraged
	}
	m.discouraged[a] = true
}

// IsDiscouraged reports whether an address misbehaved.
func (m *Manager) IsDiscouraged(a netaddr.Addr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.discouraged[a]
}

// Ban bans a subnet for seconds from now, or until a time since the epoch if
// absolute is set; with 0 or less it is the default. A ban is only ever
// lengthened (BanMan::Ban).
func (m *Manager) Ban(n netaddr.Subnet, seconds int64, absolute bool) {
	m.mu.Lock()
	now := m.o.Now().Unix()
	if seconds <= 0 {
		seconds, absolute = m.o.Default, false
	}
	e := Entry{Subnet: n, Created: now, Until: seconds}
	if !absolute {
		e.Until += now
	}
	longer := m.bans[n].Until < e.Until
	if longer {
		m.bans[n] = e
	}
	m.mu.Unlock()
	if longer {
		m.changed()
	}
}

// Unban lifts the ban of exactly this subnet, and reports whether there was one.
func (m *Manager) Unban(n netaddr.Subnet) bool {
	m.mu.Lock()
	_, ok := m.bans[n]
	delete(m.bans, n)
	m.mu.Unlock()
	if ok {
		m.changed()
	}
	return ok
}

// Clear lifts all bans.
func (m *Manager) Clear() {
	m.mu.Lock()
	clear(m.bans)
	m.mu.Unlock()
	m.changed()
}

// List returns the bans that have not ended, ordered by subnet.
func (m *Manager) List() []Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sweep()
	list := make([]Entry, 0, len(m.bans))
	for _, e := range m.bans {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Entry) int { return a.Subnet.Compare(b.Subnet) })
	return list
}

// sweep forgets bans that are over.
func (m *Manager) sweep() {
	now := m.o.Now().Unix()
	for n, e := range m.bans {
		if now > e.Until || !n.IsValid() {
			delete(m.bans, n)
		}
	}
}

// file is the form of banlist.json.
type file struct {
	Banned []fileEntry `json:"banned_nets"`
}

type fileEntry struct {
	Version int    `json:"version"`
	Created int64  `json:"ban_created"`
	Until   int64  `json:"banned_until"`
	Address string `json:"address"`
}

// Encode returns the content of banlist.json.
func (m *Manager) Encode() []byte {
	f := file{Banned: []fileEntry{}}
	for _, e := range m.List() {
		f.Banned = append(f.Banned, fileEntry{1, e.Created, e.Until, e.Subnet.String()})
	}
	b, err := json.MarshalIndent(f, "", "    ")
	if err != nil {
		panic(err) // it holds nothing that has no JSON
	}
	return append(b, '\n')
}

// ErrFile: the bytes are no list of bans.
var ErrFile = errors.New("banlist.json")

// Decode replaces the list by the content of a banlist.json. Entries of another
// version or without a valid subnet are left out (BanMapFromJson).
func (m *Manager) Decode(b []byte) error {
	var f file
	if err := json.Unmarshal(b, &f); err != nil {
		return fmt.Errorf("%w: %v", ErrFile, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.bans)
	for _, e := range f.Banned {
		if n, ok := netaddr.ParseSubnet(e.Address); ok && e.Version == 1 {
			m.bans[n] = Entry{n, e.Created, e.Until}
		}
	}
	m.sweep()
	return nil
}

// ClearDiscouraged forgets who misbehaved.
func (m *Manager) ClearDiscouraged() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.discouraged)
	m.order, m.next = nil, 0
}
