package conn

import (
	_ "embed"
	"fmt"
	"time"

	"dashmp/node/p2p/netaddr"
	"dashmp/node/params"
)

// The addresses that Dash Core is shipped with (chainparamsseeds.h), each as in
// an addrv2 message: network, length, address, port.
var (
	//go:embed seeds/main.bin
	seedsMain string
	//go:embed seeds/test.bin
	seedsTest string
)

// serviceNetwork is the bit of a peer that serves whole blocks.
const serviceNetwork = 1

const day = 24 * time.Hour

// fixedSeeds returns the shipped addresses with a random age of one to two
// weeks (ConvertSeeds).
func (m *Manager) fixedSeeds() []netaddr.Entry {
	data := ""
	switch m.o.Params.Network {
	case params.Main:
		data = seedsMain
	case params.Test:
		data = seedsTest
	}
	var list []netaddr.Entry
	for b := []byte(data); len(b) > 0; {
		s, rest, err := netaddr.ReadV2(b)
		if err != nil {
			panic("fixed seeds: " + err.Error()) // they are part of the program
		}
		b = rest
		age := 7*day + time.Duration(m.random(int64(7*day)))
		list = append(list, netaddr.Entry{Service: s, Services: serviceNetwork, Time: uint32(m.now().Add(-age).Unix())})
	}
	return list
}

// addFixedSeeds puts the shipped addresses of networks without any into the
// book.
func (m *Manager) addFixedSeeds(empty map[netaddr.Network]bool) {
	var list []netaddr.Entry
	for _, e := range m.fixedSeeds() {
		if empty[e.Network()] {
			list = append(list, e)
		}
	}
	m.book.Add(list, netaddr.FromName("fixedseeds"), 0)
	m.logf("Added %d fixed seeds from reachable networks.", len(list))
}

// reachableEmpty are the reachable networks of which the book has no address.
func (m *Manager) reachableEmpty() map[netaddr.Network]bool {
	empty := map[netaddr.Network]bool{}
	for _, n := range netaddr.Networks() {
		if fresh, tried := m.book.Size(n); m.Reachable(n) && fresh+tried == 0 {
			empty[n] = true
		}
	}
	return empty
}

// seeds asks the DNS seeds, or says that it does not.
func (m *Manager) seeds() {
	if !m.o.Config.DNSSeed {
		m.logf("DNS seeding disabled")
		return
	}
	m.goes(m.askSeeds)
}

// Times of Dash Core's DNS seeding.
const (
	seedsAtOnce    = 3
	seedWaitFew    = 11 * time.Second
	seedWaitMany   = 5 * time.Minute
	manyAddresses  = 1000
	addressesATime = 32
)

// askSeeds is ThreadDNSAddressSeed.
func (m *Manager) askSeeds() {
	defer m.wg.Done()
	m.logf("dnsseed thread start")
	names := append([]string(nil), m.o.Params.DNSSeeds...)
	m.rngMu.Lock()
	m.rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	m.rngMu.Unlock()
	fresh, tried := m.book.Size(netaddr.Unroutable)
	now, found := 0, 0
	if m.o.Config.ForceDNSSeed || fresh+tried == 0 {
		now = len(names)
	}
	for _, name := range names {
		if now == 0 {
			now = seedsAtOnce
			if enough := m.waitForPeers(fresh + tried); enough {
				if found > 0 {
					m.logf("%d addresses found from DNS seeds", found)
				}
				m.logf("P2P peers available. Skipped DNS seeding.")
				return
			}
		}
		for !m.NetworkActive() {
			if !m.sleep(time.Second) {
				return
			}
		}
		if m.ctx.Err() != nil {
			return
		}
		found += m.askSeed(name)
		now--
	}
	m.logf("%d addresses found from DNS seeds", found)
}

// waitForPeers waits before seeds are asked although the book has addresses; it
// is true if enough peers came meanwhile.
func (m *Manager) waitForPeers(known int) bool {
	wait := seedWaitFew
	if known >= manyAddresses {
		wait = seedWaitMany
	}
	m.logf("Waiting %d seconds before querying DNS seeds.", int(wait.Seconds()))
	for ; wait > 0; wait -= seedWaitFew {
		if !m.sleep(min(wait, seedWaitFew)) {
			return true
		}
		if m.countReady(FullRelay) >= 2 {
			return true
		}
	}
	return false
}

// askSeed adds what one seed answers to the book; a seed that cannot be
// resolved is asked as a peer.
func (m *Manager) askSeed(name string) (found int) {
	m.logf("Loading addresses from DNS seed %s", name)
	host := fmt.Sprintf("x%x.%s", serviceNetwork, name)
	ips, err := m.o.Network.Resolve(m.ctx, host)
	if err != nil || len(ips) == 0 {
		m.addFetch(name)
		return 0
	}
	var list []netaddr.Entry
	for _, ip := range ips[:min(len(ips), addressesATime)] {
		age := 3*day + time.Duration(m.random(int64(4*day)))
		list = append(list, netaddr.Entry{
			Service:  netaddr.Service{Addr: netaddr.From(ip), Port: m.o.Params.P2PPort},
			Services: serviceNetwork, Time: uint32(m.now().Add(-age).Unix()),
		})
	}
	m.book.Add(list, netaddr.FromName(host), 0)
	return len(list)
}

// addFetch notes whom to ask for addresses.
func (m *Manager) addFetch(dest string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fetches = append(m.fetches, dest)
}

// fetchNext connects to the next one to ask, if a slot is free
// (ProcessAddrFetch).
func (m *Manager) fetchNext() {
	m.mu.Lock()
	if len(m.fetches) == 0 {
		m.mu.Unlock()
		return
	}
	dest := m.fetches[0]
	m.fetches = m.fetches[1:]
	m.mu.Unlock()
	if m.outbound.tryTake() {
		_ = m.open(m.ctx, target{dest: dest, kind: AddrFetch, slot: m.outbound})
	}
}
