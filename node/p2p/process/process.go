package process

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"dashmp/node/arith"
	"dashmp/node/chain"
	"dashmp/node/mempool"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/process/orphan"
	"dashmp/node/p2p/process/rolling"
	"dashmp/node/p2p/process/txrequest"
	"dashmp/node/params"
	"dashmp/node/wire"
	"dashmp/sandbox/logd"
)

// Pool is what is needed of the mempool.
type Pool interface {
	Accept(ctx context.Context, tx *wire.Tx, how mempool.How) (mempool.Result, error)
	Has(id wire.Hash) bool
	Info(id wire.Hash) (mempool.Info, bool)
	Entry(id wire.Hash) (mempool.Entry, bool)
	InfoAll() []mempool.Info
	// Before orders for announcing: parents first, then by fee rate.
	Before(a, b wire.Hash) bool
	RemoveUnbroadcast(id wire.Hash)
	Unbroadcast() []wire.Hash
	Status() mempool.Status
}

// Options are what a Processor works with.
type Options struct {
	Params    *params.Params
	Chain     *chain.Manager
	Pool      Pool
	Network   Network
	Addresses Addresses
	// Services are what this node offers; UserAgent is its name.
	Services  msg.Services
	UserAgent string
	// Now is the node's clock, which follows mock time; WallClock does not, and
	// is when what is done periodically is due.
	Now, WallClock func() time.Time
	Rand           *rand.Rand // used under mu
	Log            *slog.Logger

	// MinimumChainWork is -minimumchainwork, MaxTipAge -maxtipage in seconds.
	MinimumChainWork arith.Uint256
	MaxTipAge        int64
	// BlocksOnly is -blocksonly, Listen -listen, Pruned -prune.
	BlocksOnly, Listen, Pruned bool
	// MaxOrphanSize is -maxorphantxsize in bytes.
	MaxOrphanSize int
	// ExtraTxs is -blockreconstructionextratxn.
	ExtraTxs int
	// LogIPs is -logips.
	LogIPs bool
	// PushVersion is -pushversion, 0 for this node's own.
	PushVersion int32
	// DevnetName is the name of the development network, "" on others.
	DevnetName string
	// Reconcile is -txreconciliation.
	Reconcile bool
	// Filters serves compact filters; nil if there is no index.
	Filters Filters
	// HasTx asks the transaction index; nil if there is none.
	HasTx func(wire.Hash) bool
}

// Processor is the meaning of messages. New makes one.
type Processor struct {
	o    Options
	net  *slog.Logger // category net
	conn *slog.Logger // category netconn
	pool *slog.Logger // category mempool
	rej  *slog.Logger // category mempoolrej
	cmp  *slog.Logger // category cmpctblock
	val  *slog.Logger // category validation

	cancel func()

	mu    sync.Mutex // guards what follows
	peers map[int64]*peer
	sync  syncState
	relay relayState
	recon reconciliation

	orphans  *orphan.Pool
	requests *txrequest.Tracker
	// rejects are transactions that were refused since the tip changed.
	rejects    *rolling.Filter
	rejectsTip wire.Hash
	confirmed  *rolling.Filter
	nextTasks  time.Time    // of what is done every 45 s
	addrSeed   maphash.Seed // for choosing whom to tell an address
}

// New makes a Processor that follows the chain from then on.
func New(o Options) *Processor {
	cat := func(name string) *slog.Logger { return o.Log.With(logd.Category(name)) }
	if o.WallClock == nil {
		o.WallClock = time.Now
	}
	p := &Processor{
		o: o, net: cat("net"), conn: cat("netconn"), pool: cat("mempool"), rej: cat("mempoolrej"), cmp: cat("cmpctblock"), val: cat("validation"),
		peers:     map[int64]*peer{},
		requests:  txrequest.New(o.Rand),
		rejects:   rolling.New(120000, 0.000001),
		confirmed: rolling.New(48000, 0.000001),
		addrSeed:  maphash.MakeSeed(),
	}
	p.orphans = orphan.New(p.pool, o.Rand)
	p.sync = newSyncState()
	p.relay = newRelayState()
	p.cancel = o.Chain.Subscribe(p.chainEvent)
	return p
}

// Close ends following the chain. The transport must have stopped.
func (p *Processor) Close() { p.cancel() }

// debug logs in category net. What is not logged costs next to nothing.
func (p *Processor) debug(format string, args ...any) { debugTo(p.net, format, args...) }

func (p *Processor) info(format string, args ...any) { p.o.Log.Info(fmt.Sprintf(format, args...)) }

func debugTo(log *slog.Logger, format string, args ...any) {
	if log.Enabled(context.Background(), slog.LevelDebug) {
		log.Debug(fmt.Sprintf(format, args...))
	}
}

// now is the node's clock; seconds since the epoch are those of the same moment.
func (p *Processor) now() time.Time { return p.o.Now() }

// Connected implements conn.Processor.
func (p *Processor) Connected(c *conn.Peer) { p.connected(c) }

func (p *Processor) connected(l Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := newPeer(l, p.o.Services, p.now())
	p.peers[l.ID()] = s
	if !l.Inbound() {
		p.pushVersion(s)
	}
}

// Disconnected implements conn.Processor.
func (p *Processor) Disconnected(c *conn.Peer) { p.disconnected(c) }

func (p *Processor) disconnected(l Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.peers[l.ID()]
	if s == nil {
		return
	}
	p.forgetDownloads(s)
	p.orphans.EraseForPeer(s.id)
	p.recon.forget(s.id)
	delete(p.peers, s.id)
	if s.handshaken && s.score == 0 && s.kind != conn.BlockRelay && s.kind != conn.Inbound {
		p.o.Addresses.Connected(s.Addr())
	}
	p.debug("Cleared nodestate for peer=%d", s.id)
}

// Backlog implements conn.Processor: it serves what was asked for, and tries
// orphans again.
func (p *Processor) Backlog(c *conn.Peer) bool { return p.backlog(c.ID()) }

func (p *Processor) backlog(id int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.peers[id]
	if s == nil {
		return false
	}
	if len(s.getdata) > 0 {
		p.serve(s)
	}
	more := p.processOrphan(id)
	p.processOrphan(orphan.Nobody)
	if s.Disconnecting() {
		return false
	}
	return more || len(s.getdata) > 0
}

// Message implements conn.Processor.
func (p *Processor) Message(c *conn.Peer, m conn.Message) { p.message(c.ID(), m) }

func (p *Processor) message(id int64, m conn.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.peers[id]
	if s == nil {
		return
	}
	name := sanitize(m.Type)
	p.debug("received: %s (%d bytes) peer=%d", name, len(m.Payload), id)
	if err := p.dispatch(s, m); err != nil {
		p.debug("ProcessMessages(%s, %d bytes): Exception '%s: iostream error' (NSt8ios_base7failureB5cxx11E) caught", name, len(m.Payload), decodingText(err))
	}
}

// decodingText is what Dash Core says of a payload that it cannot decode.
func decodingText(err error) string {
	for kind, text := range map[error]string{
		wire.ErrNonCanonical: "non-canonical ReadCompactSize()", wire.ErrTooLarge: "ReadCompactSize(): size too large",
		wire.ErrShort: "CDataStream::read(): end of data", wire.ErrCount: "CDataStream::read(): end of data",
		msg.ErrTooLong: "String length limit exceeded", msg.ErrIndex: "differential value overflow",
	} {
		if errors.Is(err, kind) {
			return text
		}
	}
	return err.Error()
}

// handler handles a message of a peer. An error means that it could not be
// decoded. mu is held, but for the time of calls to chain and mempool.
type handler func(p *Processor, s *peer, payload []byte) error

// dispatch finds what to do with a message (ProcessMessage).
func (p *Processor) dispatch(s *peer, m conn.Message) error {
	switch {
	case m.Type == msg.TypeVersion:
		return p.handleVersion(s, m.Payload)
	case s.version == 0:
		p.debug("non-version message before version handshake. Message \"%s\" from peer=%d", sanitize(m.Type), s.id)
		return nil
	}
	if h := beforeVerack[m.Type]; h != nil {
		return h(p, s, m.Payload)
	}
	if !s.handshaken {
		p.debug("Unsupported message \"%s\" prior to verack from peer=%d", sanitize(m.Type), s.id)
		return nil
	}
	if p.rejectsTxs(s) && msg.ViolatesBlocksOnly(m.Type) {
		p.debug("%s sent in violation of protocol peer=%d", m.Type, s.id)
		s.Disconnect("")
		return nil
	}
	switch h := handlers[m.Type]; {
	case m.Type == msg.TypePong:
		p.handlePong(s, m)
	case h != nil:
		return h(p, s, m.Payload)
	case !msg.Known(m.Type):
		p.debug("Unknown command \"%s\" from peer=%d", sanitize(m.Type), s.id)
	}
	return nil
}

// beforeVerack are the messages of the handshake, handlers all others.
var beforeVerack = map[string]handler{
	msg.TypeVerack: (*Processor).handleVerack, msg.TypeSendHeaders: (*Processor).handleSendHeaders,
	msg.TypeSendHeaders2: (*Processor).handleSendHeaders2, msg.TypeSendCmpct: (*Processor).handleSendCmpct,
	msg.TypeSendAddrV2: (*Processor).handleSendAddrV2, msg.TypeSendTxRcncl: (*Processor).handleSendTxRcncl,
}

var handlers = map[string]handler{
	msg.TypeAddr: (*Processor).handleAddr, msg.TypeAddrV2: (*Processor).handleAddrV2, msg.TypeGetAddr: (*Processor).handleGetAddr,
	msg.TypeSendDSQ: (*Processor).handleSendDSQ, msg.TypeQSendRecSigs: (*Processor).handleSendRecSigs,
	msg.TypeInv: (*Processor).handleInv, msg.TypeGetData: (*Processor).handleGetData, msg.TypeNotFound: (*Processor).handleNotFound,
	msg.TypeGetBlocks: (*Processor).handleGetBlocks, msg.TypeGetBlockTxn: (*Processor).handleGetBlockTxn,
	msg.TypeGetHeaders: (*Processor).handleGetHeaders, msg.TypeGetHeaders2: (*Processor).handleGetHeaders2,
	msg.TypeHeaders: (*Processor).handleHeaders, msg.TypeHeaders2: (*Processor).handleHeaders2,
	msg.TypeTx: (*Processor).handleTx, msg.TypeDSTX: (*Processor).handleDSTX, msg.TypeCmpctBlock: (*Processor).handleCmpctBlock,
	msg.TypeBlockTxn: (*Processor).handleBlockTxn, msg.TypeBlock: (*Processor).handleBlock,
	msg.TypeMempool: (*Processor).handleMempool, msg.TypePing: (*Processor).handlePing,
	msg.TypeFilterLoad: (*Processor).handleFilterLoad, msg.TypeFilterAdd: (*Processor).handleFilterAdd,
	msg.TypeFilterClear: (*Processor).handleFilterClear,
	msg.TypeGetCFilters: (*Processor).handleGetCFilters, msg.TypeGetCFHeaders: (*Processor).handleGetCFHeaders,
	msg.TypeGetCFCheckpt: (*Processor).handleGetCFCheckpt,
	msg.TypeMNListDiff:   (*Processor).unasked, msg.TypeQRInfo: (*Processor).unasked,
	msg.TypeQContrib: (*Processor).notForUs, msg.TypeQComplaint: (*Processor).notForUs,
	msg.TypeQJustify: (*Processor).notForUs, msg.TypeQPCommit: (*Processor).notForUs, msg.TypeQWatch: (*Processor).notForUs,
}

// Tick implements conn.Processor.
func (p *Processor) Tick(c *conn.Peer) { p.tick(c.ID()) }

// tick is SendMessages, and what Dash Core's scheduler does.
func (p *Processor) tick(id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.peers[id]
	if s == nil {
		return
	}
	now := p.now()
	p.tasks(p.o.WallClock(), now)
	if p.punishIfDue(s) || !s.handshaken || s.Disconnecting() {
		return
	}
	if s.kind == conn.AddrFetch && now.Sub(s.ConnectedAt()) > 10*avgAddrInterval {
		debugTo(p.conn, "addrfetch connection timeout; disconnecting peer=%d", s.id)
		s.Disconnect("")
		return
	}
	if p.maybePing(s, now); s.Disconnecting() {
		return
	}
	p.maybeSendAddrs(s, now)
	mayFetch := p.mayFetchFrom(s)
	p.startHeaders(s, mayFetch, now)
	p.announceBlocks(s)
	p.sendInventory(s, now)
	if p.checkTimeouts(s, now) {
		return
	}
	p.considerEviction(s, now)
	p.requestObjects(s, mayFetch, now)
}

// sanitize leaves of a stranger's text what is safe in a log (SanitizeString).
func sanitize(s string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;-_/:?@()"
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(safe, r) {
			return r
		}
		return -1
	}, s)
}
