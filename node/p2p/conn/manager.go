package conn

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"dashmp/node/p2p/addrman"
	"dashmp/node/p2p/ban"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/params"
	"dashmp/sandbox/logd"
)

// Network is what a Manager asks of the broker.
type Network interface {
	// Dial connects to a peer and returns the non-blocking socket. Whether it
	// may is the broker's decision.
	Dial(ctx context.Context, to netip.AddrPort, kind Kind) (*os.File, error)
	// Resolve looks a name up; the result has at most 256 addresses.
	Resolve(ctx context.Context, name string) ([]netip.Addr, error)
}

// Files keeps what is to be known in the next run.
type Files interface {
	// Load reads a file; one that is not there is fs.ErrNotExist.
	Load(ctx context.Context, f File) ([]byte, error)
	// Store replaces a file as a whole.
	Store(ctx context.Context, f File, content []byte) error
	// Retire takes a file away for good, or keeps it under another name.
	Retire(ctx context.Context, f File, keep bool) error
}

// File is one of the files of a Manager.
type File uint8

// The files.
const (
	PeersFile   File = iota // peers.dat
	BansFile                // banlist.json
	AnchorsFile             // anchors.dat
)

// Listener is a bound, listening, non-blocking socket. The Manager owns it.
type Listener struct {
	File *os.File
	// Permissions are those of -whitebind for who connects there.
	Permissions Permissions
}

// Options are what a Manager works with.
type Options struct {
	Params *params.Params
	// Services are the bits this node offers.
	Services uint64
	// UserAgent is the name in version messages.
	UserAgent string
	Network   Network
	Files     Files
	// DataDir is where the files are, for messages only.
	DataDir   string
	Listeners []Listener
	Config    Config
	// Now is the node's clock, which follows mock time; WallClock does not.
	Now, WallClock func() time.Time
	// Seed is secret randomness.
	Seed [32]byte
	Log  *slog.Logger
	// Info is asked by getnetworkinfo; nil for none.
	Info func() NodeInfo
}

// NodeInfo is what getnetworkinfo tells of other parts of the node.
type NodeInfo struct {
	BuildVersion   string
	TimeOffset     int64 // seconds
	RelayFee       int64 // duffs per kB
	IncrementalFee int64 // duffs per kB
	Warnings       string
}

// Manager keeps the connections (CConnman).
type Manager struct {
	o     Options
	known map[string]bool // message types
	// netLog and connLog are for the categories net and netconn.
	netLog, connLog *slog.Logger
	proc            Processor
	book            *addrman.AddrMan
	bans            *ban.Manager
	local           *locals

	outbound, addnode *slots

	mu        sync.Mutex // guards what follows
	peers     []*Peer
	dead      []*Peer // whose Disconnected is still to be called
	lastID    int64
	added     []string // -addnode and RPC addnode
	fetches   []string // whom to ask for addresses
	anchors   []netaddr.Entry
	responses map[uint64]response

	active    atomic.Bool
	another   atomic.Bool // try one more outbound peer
	extra     atomic.Bool // extra block-relay-only peers may be tried
	bytesRecv atomic.Uint64
	upload    uploadTarget
	bansDirty atomic.Bool
	wake      chan struct{}

	rngMu sync.Mutex // guards rng
	rng   *rand.Rand

	ctx    context.Context // of the goroutines; ended by Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// New returns a Manager that does nothing yet. Its address book and list of
// bans are empty until Start.
func New(o Options) *Manager {
	m := &Manager{o: o, known: map[string]bool{}, wake: make(chan struct{}, 1), responses: map[uint64]response{}}
	m.netLog, m.connLog = o.Log.With(logd.Category("net")), o.Log.With(logd.Category("netconn"))
	for _, t := range KnownMessages() {
		m.known[t] = true
	}
	m.rng = rand.New(rand.NewChaCha8(m.derive("random")))
	m.book = addrman.New(addrman.Options{
		Key: m.derive("addrman"), Rand: rand.New(rand.NewChaCha8(m.derive("addrman random"))),
		Now: o.Now, Log: o.Log, LogIPs: o.Config.LogIPs, CheckRatio: o.Config.CheckAddrMan,
	})
	m.bans = ban.New(ban.Options{Now: o.Now, Default: o.Config.BanTime, Changed: func() { m.bansDirty.Store(true) }})
	m.local = &locals{m: m, list: map[netaddr.Service]localScore{}}
	c := &o.Config
	m.outbound = newSlots(min(c.maxOutbound(), c.MaxConnections))
	m.addnode = newSlots(maxAddnode)
	m.added = slices.Clone(c.AddNodes)
	m.fetches = slices.Clone(c.SeedNodes)
	m.active.Store(c.NetworkActive)
	m.upload.limit = c.MaxUploadTarget
	m.upload.window = maxBlockSize
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// derive makes one secret of several from the seed.
func (m *Manager) derive(label string) [32]byte {
	return sha256.Sum256(append(m.o.Seed[:], label...))
}

// keyed is a number that only this node can compute (GetDeterministicRandomizer).
func (m *Manager) keyed(label string, data []byte) uint64 {
	k := m.derive(label)
	h := sha256.Sum256(append(k[:], data...))
	return binary.LittleEndian.Uint64(h[:8])
}

func (m *Manager) now() time.Time { return m.o.Now() }

func (m *Manager) logf(format string, args ...any) { m.o.Log.Info(fmt.Sprintf(format, args...)) }

func (m *Manager) logNet(format string, args ...any) { debugf(m.netLog, format, args...) }

func (m *Manager) logConn(format string, args ...any) { debugf(m.connLog, format, args...) }

func debugf(l *slog.Logger, format string, args ...any) {
	if l.Enabled(context.Background(), slog.LevelDebug) {
		l.Debug(fmt.Sprintf(format, args...))
	}
}

// random returns a number below n.
func (m *Manager) random(n int64) int64 {
	m.rngMu.Lock()
	defer m.rngMu.Unlock()
	return m.rng.Int64N(n)
}

// AddrMan is the address book.
func (m *Manager) AddrMan() *addrman.AddrMan { return m.book }

// Bans is the list of bans and of who is discouraged.
func (m *Manager) Bans() *ban.Manager { return m.bans }

// Services are the bits this node offers.
func (m *Manager) Services() uint64 { return m.o.Services }

// UserAgent is the name in version messages.
func (m *Manager) UserAgent() string { return m.o.UserAgent }

// ListenPort is the port that peers are told.
func (m *Manager) ListenPort() uint16 { return m.o.Config.ListenPort }

// BlocksOnly reports whether transactions are relayed with nobody.
func (m *Manager) BlocksOnly() bool { return m.o.Config.BlocksOnly }

// Reachable reports whether the node connects to a network.
func (m *Manager) Reachable(n netaddr.Network) bool { return m.o.Config.Reachable[n] }

// ReachableAddr reports whether the node connects to an address's network.
func (m *Manager) ReachableAddr(a netaddr.Addr) bool { return m.Reachable(reachKey(a)) }

// UsesAddrman reports whether the node connects to addresses of its book.
func (m *Manager) UsesAddrman() bool { return m.o.Config.AutoConnect }

// InactivityDue reports whether a connection of that age is held to time-outs
// (ShouldRunInactivityChecks).
func (m *Manager) InactivityDue(since, now time.Time) bool {
	return since.Unix()+int64(m.o.Config.PeerTimeout/time.Second) < now.Unix()
}

// Peers returns all peers, those that are ending included, in order of their
// numbers.
func (m *Manager) Peers() []*Peer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.peers)
}

// staying returns the peers that are not ending: what RPCs show. Dash Core shows
// a peer that it drops for another 100 ms.
func (m *Manager) staying() []*Peer {
	return slices.DeleteFunc(m.Peers(), (*Peer).Disconnecting)
}

// Peer returns the peer of that number that is not ending, nil if there is none.
func (m *Manager) Peer(id int64) *Peer {
	return m.findPeer(func(p *Peer) bool { return p.id == id })
}

func (m *Manager) findPeer(match func(*Peer) bool) *Peer {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.peers {
		if !p.Disconnecting() && match(p) {
			return p
		}
	}
	return nil
}

// ForEach calls f for every peer whose handshake is over (ForEachNode).
func (m *Manager) ForEach(f func(*Peer)) {
	for _, p := range m.Peers() {
		if p.FullyConnected() {
			f(p)
		}
	}
}

// Count counts the peers that are inbound, and those that are not.
func (m *Manager) Count() (in, out int) {
	for _, p := range m.Peers() {
		if p.Inbound() {
			in++
		} else {
			out++
		}
	}
	return in, out
}

// Wake lets the handler look again at once.
func (m *Manager) Wake() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// IsOwnNonce reports whether the nonce of an incoming version message is one
// that this node has sent to somebody who is still being greeted: then the
// connection is to itself (CheckIncomingNonce, negated).
func (m *Manager) IsOwnNonce(nonce uint64) bool {
	for _, p := range m.Peers() {
		if !p.Inbound() && !p.handshaken() && p.nonce == nonce {
			return true
		}
	}
	return false
}

// NetworkActive reports whether there may be connections at all.
func (m *Manager) NetworkActive() bool { return m.active.Load() }

// SetNetworkActive switches the network on, or off, which drops all peers.
func (m *Manager) SetNetworkActive(on bool) {
	m.logf("SetNetworkActive: %t", on)
	if m.active.Swap(on) == on || on {
		return
	}
	for _, p := range m.Peers() {
		m.logConn("Network not active, dropping peer=%d", p.id)
		p.Disconnect("")
	}
}

// TryAnotherOutbound asks for one outbound peer beyond the slots, or no longer
// (SetTryNewOutboundPeer).
func (m *Manager) TryAnotherOutbound(on bool) {
	if m.another.Swap(on) != on {
		m.logNet("setting try another outbound peer=%t", on)
	}
}

// TryingAnotherOutbound is what TryAnotherOutbound set.
func (m *Manager) TryingAnotherOutbound() bool { return m.another.Load() }

// StartExtraBlockRelayPeers lets extra block-relay-only peers be tried.
func (m *Manager) StartExtraBlockRelayPeers() {
	m.logNet("enabling extra block-relay-only peers")
	m.extra.Store(true)
}

// ExtraFullRelay is how many full-relay peers there are beyond the slots
// (GetExtraFullOutboundCount).
func (m *Manager) ExtraFullRelay() int { return max(m.countReady(FullRelay)-m.o.Config.fullRelay(), 0) }

// ExtraBlockRelay is the same of block-relay-only peers.
func (m *Manager) ExtraBlockRelay() int {
	return max(m.countReady(BlockRelay)-m.o.Config.blockRelay(), 0)
}

func (m *Manager) countReady(k Kind) int {
	n := 0
	m.ForEach(func(p *Peer) {
		if p.kind == k {
			n++
		}
	})
	return n
}

// MultipleManualOrFull reports whether more than one connection that stays is
// of that network (MultipleManualOrFullOutboundConns).
func (m *Manager) MultipleManualOrFull(n netaddr.Network) bool {
	count := 0
	for _, p := range m.Peers() {
		if p.kind.manualOrFull() && p.addr.Network() == n {
			count++
		}
	}
	return count > 1
}

// slots is a counting semaphore (CSemaphore).
type slots struct{ free chan struct{} }

func newSlots(n int) *slots {
	s := &slots{make(chan struct{}, max(n, 0))}
	for range cap(s.free) {
		s.free <- struct{}{}
	}
	return s
}

// take waits for a slot; it is false when ctx ends.
func (s *slots) take(ctx context.Context) bool {
	select {
	case <-s.free:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *slots) tryTake() bool {
	select {
	case <-s.free:
		return true
	default:
		return false
	}
}

func (s *slots) give() { s.free <- struct{}{} }
