package conn

import (
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"dashmp/node/p2p/netaddr"
)

// Peer is one connection (CNode). What is exported may be used by any
// goroutine.
type Peer struct {
	id      int64
	kind    Kind
	addr    netaddr.Service
	name    string // what the operator called it, else addr
	bind    netaddr.Service
	perms   Permissions
	nonce   uint64
	group   uint64 // keyed network group
	since   time.Time
	prefer  bool // discouraged: goes first when a slot is needed
	m       *Manager
	stream  Stream
	slot    *slots // to give back, nil for inbound
	started bool   // Connected has been called; handler goroutine only

	gone    atomic.Bool   // Disconnect has been called
	closing chan struct{} // closed by Disconnect

	in  inbox
	out outbox

	counts struct {
		sync.Mutex // guards what follows
		sent, recv map[string]uint64
	}
	bytesSent, bytesRecv atomic.Uint64
	lastSend, lastRecv   atomic.Int64 // seconds since the epoch, 0 before the first
	remoteClosed         atomic.Bool

	state peerState
}

// peerState is what the processor tells about the peer.
type peerState struct {
	sync.Mutex // guards what follows
	peerFacts
}

type peerFacts struct {
	version      int32
	common       int32
	userAgent    string
	addrLocal    netaddr.Service
	timeOffset   int64
	connected    bool // version handshake done
	hasServices  bool
	relaysTxs    bool
	bloomLoaded  bool
	lastBlock    int64
	lastTx       int64
	pingTime     time.Duration
	minPing      time.Duration // -1 before the first
	highBandTo   bool
	highBandFrom bool
}

// initialVersion is the version in which the handshake is spoken
// (INIT_PROTO_VERSION).
const initialVersion = 209

// ID is the number of the peer; it is never used again.
func (p *Peer) ID() int64 { return p.id }

// Kind is how the connection came about.
func (p *Peer) Kind() Kind { return p.kind }

// Inbound reports whether the peer opened the connection.
func (p *Peer) Inbound() bool { return p.kind == Inbound }

// Addr is the peer's address and port.
func (p *Peer) Addr() netaddr.Service { return p.addr }

// Name is how the connection is called in RPCs: what the operator asked for,
// else the address.
func (p *Peer) Name() string { return p.name }

// LocalAddr is this node's end of the connection; it may be invalid.
func (p *Peer) LocalAddr() netaddr.Service { return p.bind }

// Permissions are what the operator grants the peer.
func (p *Peer) Permissions() Permissions { return p.perms }

// HasPermission reports whether the peer has all of f.
func (p *Peer) HasPermission(f Permissions) bool { return p.perms.Has(f) }

// LocalNonce is the nonce of this node's version message to the peer, by which
// it recognises itself (Manager.IsOwnNonce).
func (p *Peer) LocalNonce() uint64 { return p.nonce }

// KeyedNetGroup tells groups of the network apart without naming them.
func (p *Peer) KeyedNetGroup() uint64 { return p.group }

// ConnectedAt is when the connection was made, by the node's clock.
func (p *Peer) ConnectedAt() time.Time { return p.since }

// Network is the network of the connection (ConnectedThroughNetwork).
func (p *Peer) Network() netaddr.Network { return p.addr.NetClass() }

// LogName is the peer in log texts: its number, or with -logips its address
// (CNode::GetLogString).
func (p *Peer) LogName() string {
	if p.m.o.Config.LogIPs {
		return p.addr.String()
	}
	return strconv.FormatInt(p.id, 10)
}

// Send queues a message. The payload must not be changed afterwards. For a
// peer that is to be disconnected it does nothing.
func (p *Peer) Send(msgType string, payload []byte) {
	if p.gone.Load() {
		return
	}
	p.m.logNet("sending %s (%d bytes) peer=%d", msgType, len(payload), p.id)
	p.out.put(p, msgType, payload)
}

// SendBufferFull reports whether more is waiting to be sent than
// -maxsendbuffer allows (fPauseSend).
func (p *Peer) SendBufferFull() bool { return p.out.full.Load() }

// Disconnect ends the connection: what is queued may still be sent within 100
// ms; nothing more is processed. The reason, if any, is logged (category net).
func (p *Peer) Disconnect(reason string) {
	if p.gone.Swap(true) {
		return
	}
	if reason != "" {
		p.m.logNet("%s, disconnecting peer=%d", reason, p.id)
	}
	close(p.closing)
}

// Disconnecting reports whether Disconnect has been called.
func (p *Peer) Disconnecting() bool { return p.gone.Load() }

// SetVersion notes what the version message says: the protocol version, the
// lower one of both sides, and the user agent, which must be sanitised.
func (p *Peer) SetVersion(version, common int32, userAgent string) {
	p.state.Lock()
	defer p.state.Unlock()
	p.state.version, p.state.common, p.state.userAgent = version, common, userAgent
}

// Version is the peer's protocol version, 0 before it is known.
func (p *Peer) Version() int32 { p.state.Lock(); defer p.state.Unlock(); return p.state.version }

// CommonVersion is the version in which both sides speak, 209 before the
// handshake (GetCommonVersion).
func (p *Peer) CommonVersion() int32 {
	p.state.Lock()
	defer p.state.Unlock()
	if p.state.common == 0 {
		return initialVersion
	}
	return p.state.common
}

// SetFullyConnected notes that the handshake is over (fSuccessfullyConnected).
func (p *Peer) SetFullyConnected() { p.set(func(s *peerState) { s.connected = true }) }

// FullyConnected reports whether the handshake is over and the peer stays.
func (p *Peer) FullyConnected() bool {
	p.state.Lock()
	defer p.state.Unlock()
	return p.state.connected && !p.gone.Load()
}

// handshaken is FullyConnected, of a peer that goes as well.
func (p *Peer) handshaken() bool { p.state.Lock(); defer p.state.Unlock(); return p.state.connected }

// SetLocalAddr notes this node's address as the peer sees it (addrlocal).
func (p *Peer) SetLocalAddr(a netaddr.Service) { p.set(func(s *peerState) { s.addrLocal = a }) }

// SeenAs is what SetLocalAddr noted, else invalid.
func (p *Peer) SeenAs() netaddr.Service {
	p.state.Lock()
	defer p.state.Unlock()
	return p.state.addrLocal
}

// SetTimeOffset notes the peer's clock minus this node's in seconds.
func (p *Peer) SetTimeOffset(seconds int64) { p.set(func(s *peerState) { s.timeOffset = seconds }) }

// SetHasAllWantedServices, SetRelaysTxs and SetBloomLoaded note what makes a
// peer worth its slot.
func (p *Peer) SetHasAllWantedServices(v bool) { p.set(func(s *peerState) { s.hasServices = v }) }

// SetRelaysTxs notes that transactions are relayed to the peer.
func (p *Peer) SetRelaysTxs(v bool) { p.set(func(s *peerState) { s.relaysTxs = v }) }

// SetBloomLoaded notes that the peer has loaded a filter.
func (p *Peer) SetBloomLoaded(v bool) { p.set(func(s *peerState) { s.bloomLoaded = v }) }

// GotBlock and GotTx note that a peer sent something new and valid, at a time
// of the node's clock.
func (p *Peer) GotBlock(at time.Time) { p.set(func(s *peerState) { s.lastBlock = at.Unix() }) }

// GotTx notes a new transaction that was accepted.
func (p *Peer) GotTx(at time.Time) { p.set(func(s *peerState) { s.lastTx = at.Unix() }) }

// LastBlock is what GotBlock noted last, in seconds since the epoch.
func (p *Peer) LastBlock() int64 { p.state.Lock(); defer p.state.Unlock(); return p.state.lastBlock }

// Pong notes how long a ping took.
func (p *Peer) Pong(took time.Duration) {
	p.set(func(s *peerState) {
		s.pingTime = took
		if s.minPing < 0 || took < s.minPing {
			s.minPing = took
		}
	})
}

// SetHighBandwidthTo and SetHighBandwidthFrom note who asked whom for compact
// blocks without announcement (BIP152).
func (p *Peer) SetHighBandwidthTo(v bool) { p.set(func(s *peerState) { s.highBandTo = v }) }

// SetHighBandwidthFrom notes that the peer asked.
func (p *Peer) SetHighBandwidthFrom(v bool) { p.set(func(s *peerState) { s.highBandFrom = v }) }

func (p *Peer) set(f func(*peerState)) {
	p.state.Lock()
	defer p.state.Unlock()
	f(&p.state)
}

// countSent and countReceived account for bytes on the wire.
func (p *Peer) countSent(msgType string, n int) {
	p.bytesSent.Add(uint64(n))
	p.lastSend.Store(p.m.now().Unix())
	p.m.upload.sent(p.m.now(), uint64(n))
	p.counts.Lock()
	defer p.counts.Unlock()
	p.counts.sent[msgType] += uint64(n)
}

func (p *Peer) countReceived(n int) {
	p.bytesRecv.Add(uint64(n))
	p.lastRecv.Store(p.m.now().Unix())
	p.m.bytesRecv.Add(uint64(n))
}

// countMessage accounts for a whole message; unknown types share one count, so
// that a stranger cannot fill the map.
func (p *Peer) countMessage(msgType string, n int) {
	if !p.m.known[msgType] {
		msgType = OtherMessages
	}
	p.counts.Lock()
	defer p.counts.Unlock()
	p.counts.recv[msgType] += uint64(n)
}

// perMessage returns copies of the counters.
func (p *Peer) perMessage() (sent, recv map[string]uint64) {
	p.counts.Lock()
	defer p.counts.Unlock()
	return maps.Clone(p.counts.sent), maps.Clone(p.counts.recv)
}
