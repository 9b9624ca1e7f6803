package core

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"time"

	"dashmp/ipc"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/process"
	"dashmp/sandbox/broker"
)

// peerNetwork connects through the broker.
type peerNetwork struct{ broker broker.Core }

// Dial implements conn.Network.
func (n *peerNetwork) Dial(ctx context.Context, to netip.AddrPort, kind conn.Kind) (*os.File, error) {
	as := broker.DialAutomatic
	switch kind {
	case conn.Manual:
		as = broker.DialManual
	case conn.Feeler:
		as = broker.DialFeeler
	case conn.AddrFetch:
		as = broker.DialAddrFetch
	}
	fd, err := n.broker.DialPeer(ctx, to.Addr().AsSlice(), uint32(to.Port()), as)
	if err != nil {
		return nil, err
	}
	f := fd.File("peer " + to.String())
	if f == nil {
		return nil, errors.New("no socket")
	}
	return f, nil
}

// Resolve implements conn.Network.
func (n *peerNetwork) Resolve(ctx context.Context, name string) ([]netip.Addr, error) {
	texts, err := n.broker.ResolveHost(ctx, name)
	if err != nil {
		return nil, err
	}
	var list []netip.Addr
	for _, t := range texts {
		if a, err := netip.ParseAddr(t); err == nil {
			list = append(list, a)
		}
	}
	return list, nil
}

// maxPeerFile bounds what is read of a file of the last run: a full address
// book has 82,000 entries of at most 150 bytes.
const maxPeerFile = 16 << 20

// peerFiles keeps files through the broker.
type peerFiles struct{ broker broker.Core }

func stateFile(f conn.File) broker.StateFile {
	switch f {
	case conn.BansFile:
		return broker.BanListFile
	case conn.AnchorsFile:
		return broker.AnchorsFile
	}
	return broker.PeersFile
}

// Load implements conn.Files.
func (p *peerFiles) Load(ctx context.Context, name conn.File) ([]byte, error) {
	fd, err := p.broker.OpenState(ctx, stateFile(name))
	if err != nil {
		var e *ipc.Error
		if errors.As(err, &e) && e.Kind == stateNotFound {
			return nil, fs.ErrNotExist
		}
		return nil, err
	}
	f := fd.File("state file")
	if f == nil {
		return nil, errors.New("no file")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPeerFile+1))
	if err == nil && len(b) > maxPeerFile {
		err = errors.New("the file is too large")
	}
	return b, err
}

// stateNotFound is what the broker says of a state file that is not there.
const stateNotFound = ipc.Kind("datadir.notfound")

// Store implements conn.Files.
func (p *peerFiles) Store(ctx context.Context, name conn.File, content []byte) error {
	fd, err := p.broker.CreateState(ctx, stateFile(name))
	if err != nil {
		return err
	}
	f := fd.File("state file")
	if f == nil {
		return errors.New("no file")
	}
	_, err = f.Write(content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return p.broker.CommitState(ctx, stateFile(name))
}

// Retire implements conn.Files.
func (p *peerFiles) Retire(ctx context.Context, name conn.File, keep bool) error {
	return p.broker.RetireState(ctx, stateFile(name), keep)
}

// connections is the transport as the processor asks for it.
type connections struct{ *conn.Manager }

var _ process.Network = (*connections)(nil)

// Punish implements process.Network.
func (c *connections) Punish(a netaddr.Addr) {
	c.Bans().Discourage(a)
	c.DisconnectSubnet(netaddr.Single(a))
}

// InactivityDue implements process.Network.
func (c *connections) InactivityDue(l process.Link, now time.Time) bool {
	return c.Manager.InactivityDue(l.ConnectedAt(), now)
}

// ExtraOutbound implements process.Network.
func (c *connections) ExtraOutbound() (int, int) { return c.ExtraFullRelay(), c.ExtraBlockRelay() }

// OnlyOneOf implements process.Network.
func (c *connections) OnlyOneOf(n netaddr.Network) bool { return !c.MultipleManualOrFull(n) }

// TryNewOutbound implements process.Network.
func (c *connections) TryNewOutbound(on bool) { c.TryAnotherOutbound(on) }

// TryingNewOutbound implements process.Network.
func (c *connections) TryingNewOutbound() bool { return c.TryingAnotherOutbound() }

// StartExtraBlockRelay implements process.Network.
func (c *connections) StartExtraBlockRelay() { c.StartExtraBlockRelayPeers() }

// Active implements process.Network.
func (c *connections) Active() bool { return c.NetworkActive() }

// addresses is what the transport knows of other nodes, as the processor asks.
type addresses struct{ m *conn.Manager }

var _ process.Addresses = (*addresses)(nil)

// SetServices implements process.Addresses.
func (a *addresses) SetServices(s netaddr.Service, bits msg.Services) {
	a.m.AddrMan().SetServices(s, uint64(bits))
}

// Good implements process.Addresses.
func (a *addresses) Good(s netaddr.Service) { a.m.AddrMan().Good(s) }

// Connected implements process.Addresses.
func (a *addresses) Connected(s netaddr.Service) { a.m.AddrMan().Connected(s) }

// Add implements process.Addresses.
func (a *addresses) Add(list []netaddr.Entry, source netaddr.Addr, penalty time.Duration) {
	a.m.AddrMan().Add(list, source, penalty)
}

// Refused implements process.Addresses.
func (a *addresses) Refused(x netaddr.Addr) bool {
	return a.m.Bans().IsBanned(x) || a.m.Bans().IsDiscouraged(x)
}

// Reachable implements process.Addresses.
func (a *addresses) Reachable(x netaddr.Addr) bool { return a.m.ReachableAddr(x) }

// ForGetAddr implements process.Addresses.
func (a *addresses) ForGetAddr(l process.Link, unlimited bool, most, percent int) []netaddr.Entry {
	if p := a.m.Peer(l.ID()); p != nil && !unlimited {
		return a.m.AddressesFor(p, most, percent)
	}
	return a.m.Addresses(most, percent, netaddr.Unroutable)
}

// LocalFor implements process.Addresses.
func (a *addresses) LocalFor(l process.Link) (netaddr.Service, bool) {
	p := a.m.Peer(l.ID())
	if p == nil {
		return netaddr.Service{}, false
	}
	return a.m.LocalAddrFor(p)
}

// SeenLocal implements process.Addresses.
func (a *addresses) SeenLocal(s netaddr.Service) { a.m.SeenLocal(s) }
