package process

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"dashmp/node/chain"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/p2p/process/compact"
	"dashmp/node/p2p/process/rolling"
	"dashmp/node/p2p/process/txrequest"
	"dashmp/node/spv"
	"dashmp/node/wire"
)

// Link is a connection to a peer; *conn.Peer is one.
type Link interface {
	ID() int64
	Kind() conn.Kind
	Inbound() bool
	Addr() netaddr.Service
	Network() netaddr.Network
	HasPermission(conn.Permissions) bool
	LocalNonce() uint64
	ConnectedAt() time.Time
	Send(msgType string, payload []byte)
	SendBufferFull() bool
	Disconnect(reason string)
	Disconnecting() bool
	SetVersion(version, common int32, userAgent string)
	SetFullyConnected()
	SetLocalAddr(netaddr.Service)
	SetTimeOffset(seconds int64)
	SetHasAllWantedServices(bool)
	SetRelaysTxs(bool)
	SetBloomLoaded(bool)
	GotBlock(time.Time)
	GotTx(time.Time)
	LastBlock() int64
	Pong(time.Duration)
	SetHighBandwidthTo(bool)
	SetHighBandwidthFrom(bool)
}

var _ Link = (*conn.Peer)(nil)

// Network is all connections together. Its methods must not call the Processor.
type Network interface {
	// IsOwnNonce reports whether a version message's nonce is of one of this
	// node's own outbound connections.
	IsOwnNonce(nonce uint64) bool
	// Punish discourages an address and ends all connections to it.
	Punish(netaddr.Addr)
	// UploadTargetReached is for -maxuploadtarget; historical leaves room for
	// new blocks.
	UploadTargetReached(historical bool) bool
	// InactivityDue reports whether a peer is old enough to be held to time-outs
	// (ShouldRunInactivityChecks).
	InactivityDue(l Link, now time.Time) bool
	// ExtraOutbound is how many connections there are beyond the wanted ones.
	ExtraOutbound() (fullRelay, blockRelay int)
	// OnlyOneOf reports whether there is no second connection of full relay, or
	// of an operator's, to a network.
	OnlyOneOf(netaddr.Network) bool
	// TryNewOutbound allows one connection more than wanted, or not any more;
	// TryingNewOutbound tells; StartExtraBlockRelay allows another kind.
	TryNewOutbound(bool)
	TryingNewOutbound() bool
	StartExtraBlockRelay()
	// Active and UsesAddrman: connections are made, and to known addresses.
	Active() bool
	UsesAddrman() bool
	// Wake has Tick called soon.
	Wake()
}

// Addresses is what is known of other nodes. Its methods must not call the
// Processor.
type Addresses interface {
	SetServices(netaddr.Service, msg.Services)
	Good(netaddr.Service)
	Connected(netaddr.Service)
	Add(list []netaddr.Entry, source netaddr.Addr, penalty time.Duration)
	// Refused: it is banned or discouraged.
	Refused(netaddr.Addr) bool
	Reachable(netaddr.Addr) bool
	// ForGetAddr answers getaddr; whoever may ask without limit gets no cache.
	ForGetAddr(l Link, unlimited bool, most, percent int) []netaddr.Entry
	// LocalFor is this node's address as it is told to a peer.
	LocalFor(l Link) (netaddr.Service, bool)
	// SeenLocal: a peer calls this node by an address.
	SeenLocal(netaddr.Service)
}

// Filters are compact block filters (BIP157); ok is false if one is not there
// yet.
type Filters interface {
	// Range returns the filters from a height to a block, and their hashes.
	Range(ctx context.Context, start int, stop *chain.Index) (filters [][]byte, blocks []wire.Hash, ok bool)
	// Hashes returns the hashes of the filters from a height to a block.
	Hashes(ctx context.Context, start int, stop *chain.Index) ([]wire.Hash, bool)
	// Header returns the filter header of a block.
	Header(ctx context.Context, x *chain.Index) (wire.Hash, bool)
}

// queued is a block that was asked of a peer.
type queued struct {
	index *chain.Index
	// partial is what there is of it if it came compact.
	partial *compact.Partial
}

// peer is what is kept for one peer (Peer and CNodeState in Dash Core).
type peer struct {
	Link
	id         int64
	kind       conn.Kind
	our, their msg.Services

	version, common int32
	handshaken      bool // verack has come
	startHeight     int

	score      int
	discourage bool

	// Blocks to announce: by headers if possible, or by inv.
	forHeaders, forInv []wire.Hash
	continuation       wire.Hash

	ping struct {
		nonce  uint64
		start  time.Time
		queued bool
	}

	tx   txRelay
	addr addrRelay

	getdata        []msg.Inv
	lastGetHeaders time.Time
	// invGetHeaders: an inv made us ask for headers before we synchronised.
	invGetHeaders bool

	best        *chain.Index // the best block that it is known to have
	unknown     wire.Hash    // the last that it announced and we do not know
	shared      *chain.Index // the last that both have
	sent        *chain.Index // the best header that we sent
	unconnected int          // announcements in a row that did not connect
	lastBlockAt int64        // when it announced a new best block

	syncStarted    bool
	headersTimeout time.Time // zero: never again
	stallingSince  time.Time
	inFlight       []*queued
	downloading    time.Time // since when the first of inFlight is
	preferred      bool      // for downloads

	wantsHeaders, wantsHeaders2 bool
	wantsCmpct, providesCmpct   bool
	wantsRecSigs                bool
	chainSync                   chainSync

	objects txrequest.Peer
}

// txRelay is what is relayed to a peer besides blocks.
type txRelay struct {
	// may: transactions may ever be relayed; wanted: they are now.
	may, wanted bool
	filter      *spv.Filter
	// known are objects that the peer has or was told of; announced are
	// transactions that it was told of lately.
	known, announced *rolling.Filter
	toSend           map[wire.Hash]struct{}
	other            []msg.Inv
	sendMempool      bool
	lastMempool      time.Time
	next             time.Time
}

// addrRelay is the relay of addresses with a peer.
type addrRelay struct {
	enabled                bool
	known                  *rolling.Filter
	toSend                 []netaddr.Entry
	wantsV2                bool
	asked, answered        bool // getaddr
	tokens                 float64
	tokensAt               time.Time
	nextSend, nextLocal    time.Time
	localSent              bool
	processed, rateLimited uint64
}

func newPeer(l Link, our msg.Services, now time.Time) *peer {
	s := &peer{Link: l, id: l.ID(), kind: l.Kind(), our: our, startHeight: -1}
	if l.HasPermission(conn.BloomFilter) {
		s.our |= msg.ServiceBloom
	}
	s.tx = txRelay{
		known: rolling.New(50000, 0.000001), announced: rolling.New(recentRelay, 0.000001),
		toSend: map[wire.Hash]struct{}{},
	}
	s.addr.tokens, s.addr.tokensAt = 1, now
	return s
}

// outbound reports whether the node chose the peer (IsOutboundOrBlockRelayConn).
func (s *peer) outbound() bool { return s.kind == conn.FullRelay || s.kind == conn.BlockRelay }

// compressed reports whether headers are exchanged compressed (DIP25).
func (s *peer) compressed() bool { return s.their.Has(msg.ServiceHeadersCompressed) }

// getHeadersType is how headers are asked of the peer.
func (s *peer) getHeadersType() string {
	if s.compressed() {
		return msg.TypeGetHeaders2
	}
	return msg.TypeGetHeaders
}

// maxHeaders is how many headers a message may have (GetHeadersLimit).
func (s *peer) maxHeaders(compressed bool) int {
	if compressed && s.common >= msg.MoreHeaders2Version {
		return msg.MaxHeaders2
	}
	return msg.MaxHeaders
}

// rejectsTxs reports whether the peer must not send transactions
// (RejectIncomingTxs).
func (p *Processor) rejectsTxs(s *peer) bool {
	return s.kind == conn.BlockRelay || s.kind == conn.Feeler || p.o.BlocksOnly && !s.HasPermission(conn.Relay)
}

// exponential is the next moment of a Poisson process.
func exponential(r *rand.Rand, now time.Time, average time.Duration) time.Time {
	return now.Add(time.Duration(-math.Log1p(-r.Float64()) * float64(average)))
}
