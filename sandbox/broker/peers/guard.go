package peers

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"dashmp/ipc"
	"dashmp/node/p2p/netaddr"
	"dashmp/sandbox/broker"
)

// Bounds. The core paces itself at two automatic connections a second; a batch
// of RPCs may ask for more.
const (
	dialRate, dialBurst = 20, 200 // per second, at once
	maxDialling         = 32
	maxNamed            = 4096
	maxName             = 255 // of a host, RFC 1035
)

// Lookup finds the addresses of a host.
type Lookup func(ctx context.Context, host string) ([]netip.Addr, error)

// Options are what a Guard works with.
type Options struct {
	// Regtest: peers are on this machine or near it.
	Regtest bool
	// Port is the network's default port of peers.
	Port uint16
	// Own are the node's listeners.
	Own []netip.AddrPort
	// Named is what -addnode, -connect and -seednode say.
	Named []string
	// Seeds are the DNS seeds.
	Seeds []string
	// Timeout is -timeout.
	Timeout time.Duration
	// Lookup resolves names; nil if nothing can.
	Lookup Lookup
}

// Guard decides and connects.
type Guard struct {
	o       Options
	dialing chan struct{}

	mu     sync.Mutex // guards what follows
	named  map[netip.AddrPort]bool
	hosts  map[string][]uint16 // ports by the name that may be looked up
	tokens float64
	last   time.Time
}

// New returns a Guard.
func New(o Options) *Guard {
	g := &Guard{
		o: o, dialing: make(chan struct{}, maxDialling), named: map[netip.AddrPort]bool{}, hosts: map[string][]uint16{},
		tokens: dialBurst, last: time.Now(),
	}
	for _, n := range o.Named {
		g.Name(n)
	}
	for _, s := range o.Seeds {
		g.hosts[s] = []uint16{o.Port}
		g.hosts["x1."+s] = []uint16{o.Port}
	}
	return g
}

// Name notes that the operator named a peer. Beyond 4096 it forgets all that
// RPCs named.
func (g *Guard) Name(node string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.named)+len(g.hosts) > maxNamed {
		g.named, g.hosts = map[netip.AddrPort]bool{}, map[string][]uint16{}
	}
	if s, ok := netaddr.ParseService(node, g.o.Port); ok {
		if at, ok := s.AddrPort(); ok {
			g.named[at] = true
		}
		return
	}
	host, port, _ := netaddr.SplitHostPort(node, g.o.Port)
	if len(host) > maxName || strings.ContainsRune(host, 0) || host == "" {
		return
	}
	if !slices.Contains(g.hosts[host], port) {
		g.hosts[host] = append(g.hosts[host], port)
	}
}

// check refuses an address that the core must not connect to.
func (g *Guard) check(at netip.AddrPort) error {
	ip := at.Addr()
	g.mu.Lock()
	named := g.named[at]
	g.mu.Unlock()
	switch {
	case at.Port() == 0 || ip.IsUnspecified() || ip.IsMulticast() || !netaddr.From(ip).IsValid():
		return refused(at, "it is no host's")
	case named:
		return nil
	case g.own(at):
		return refused(at, "it is this node's own")
	case g.o.Regtest || netaddr.From(ip).IsRoutable() || netaddr.From(ip).WithCJDNS().IsCJDNS() && !ip.Is4():
		return nil
	}
	return refused(at, "it is not publicly routable, and nobody named it")
}

func refused(at netip.AddrPort, why string) error {
	return ipc.Errorf(broker.ErrRefused, "no connection to %s: %s", at, why)
}

// own reports whether the address leads back to one of the node's listeners.
func (g *Guard) own(at netip.AddrPort) bool {
	for _, l := range g.o.Own {
		if l.Port() != at.Port() {
			continue
		}
		if l.Addr() == at.Addr() || at.Addr().IsLoopback() && (l.Addr().IsLoopback() || l.Addr().IsUnspecified()) {
			return true
		}
		if l.Addr().IsUnspecified() && isInterface(at.Addr()) {
			return true
		}
	}
	return false
}

// take takes a token for one act.
func (g *Guard) take(verb string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.tokens = min(dialBurst, g.tokens+now.Sub(g.last).Seconds()*dialRate)
	g.last = now
	if g.tokens < 1 {
		return ipc.Errorf(ipc.ErrLimit, "%s: asked too often", verb)
	}
	g.tokens--
	return nil
}

// Resolve looks up a name that was given by the operator or is a DNS seed. What
// it finds for the former counts as named, with the port of the name.
func (g *Guard) Resolve(ctx context.Context, host string) ([]string, error) {
	if err := g.take("ResolveHost"); err != nil {
		return nil, err
	}
	g.mu.Lock()
	ports, known := slices.Clone(g.hosts[host]), len(g.hosts[host]) > 0
	g.mu.Unlock()
	if !known {
		return nil, ipc.Errorf(broker.ErrRefused, "nobody named that host")
	}
	found, err := g.lookup(ctx, host)
	if err != nil {
		return nil, ipc.Errorf(broker.ErrUnreachable, "the name has no address: %v", err)
	}
	found = found[:min(len(found), 256)]
	list := make([]string, len(found))
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, a := range found {
		list[i] = a.Unmap().String()
		if g.seed(host) {
			continue
		}
		for _, p := range ports {
			g.named[netip.AddrPortFrom(a.Unmap(), p)] = true
		}
	}
	return list, nil
}

// seed reports whether a name is a DNS seed, whose answers deserve no trust.
func (g *Guard) seed(host string) bool {
	return slices.Contains(g.o.Seeds, strings.TrimPrefix(host, "x1."))
}

func (g *Guard) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if strings.EqualFold(host, "localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
	}
	if g.o.Lookup == nil {
		return nil, ipc.Errorf(broker.ErrUnreachable, "this build looks no names up; hint: give the address")
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	return g.o.Lookup(ctx, host)
}

// lookupTime is how long a look-up may take.
const lookupTime = 10 * time.Second
