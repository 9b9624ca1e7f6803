package process

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dashmp/node/blockfile"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/mempool/policy"
	"dashmp/node/mining"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/storage"
	"dashmp/node/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is the synthetic clock of a test; nothing here waits for a real one.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fakeNet is Network and Addresses of a test.
type fakeNet struct {
	punished         []netaddr.Addr
	good, connected  []netaddr.Service
	added            []netaddr.Entry
	known            []netaddr.Entry
	target           bool
	trying           bool
	full, blockRelay int
	nonces           map[uint64]bool
}

func (n *fakeNet) IsOwnNonce(v uint64) bool                  { return n.nonces[v] }
func (n *fakeNet) Punish(a netaddr.Addr)                     { n.punished = append(n.punished, a) }
func (n *fakeNet) UploadTargetReached(bool) bool             { return n.target }
func (n *fakeNet) InactivityDue(Link, time.Time) bool        { return true }
func (n *fakeNet) ExtraOutbound() (int, int)                 { return n.full, n.blockRelay }
func (n *fakeNet) OnlyOneOf(netaddr.Network) bool            { return false }
func (n *fakeNet) TryNewOutbound(on bool)                    { n.trying = on }
func (n *fakeNet) TryingNewOutbound() bool                   { return n.trying }
func (n *fakeNet) StartExtraBlockRelay()                     {}
func (n *fakeNet) Active() bool                              { return true }
func (n *fakeNet) UsesAddrman() bool                         { return true }
func (n *fakeNet) Wake()                                     {}
func (n *fakeNet) SetServices(netaddr.Service, msg.Services) {}
func (n *fakeNet) Good(s netaddr.Service)                    { n.good = append(n.good, s) }
func (n *fakeNet) Connected(s netaddr.Service)               { n.connected = append(n.connected, s) }
func (n *fakeNet) Refused(netaddr.Addr) bool                 { return false }
func (n *fakeNet) Reachable(netaddr.Addr) bool               { return true }
func (n *fakeNet) SeenLocal(netaddr.Service)                 {}
func (n *fakeNet) Add(list []netaddr.Entry, _ netaddr.Addr, _ time.Duration) {
	n.added = append(n.added, list...)
}
func (n *fakeNet) ForGetAddr(Link, bool, int, int) []netaddr.Entry { return n.known }
func (n *fakeNet) LocalFor(Link) (netaddr.Service, bool)           { return netaddr.Service{}, false }

// fakeLink is a connection whose far end is the test, or another node.
type fakeLink struct {
	id       int64
	kind     conn.Kind
	addr     netaddr.Service
	perms    conn.Permissions
	since    time.Time
	full     bool
	gone     bool
	sent     []conn.Message // not yet looked at
	all      int            // bytes ever sent
	to, from bool           // high bandwidth
	pong     time.Duration
	lastBlk  int64
}

func (l *fakeLink) ID() int64                             { return l.id }
func (l *fakeLink) Kind() conn.Kind                       { return l.kind }
func (l *fakeLink) Inbound() bool                         { return l.kind == conn.Inbound }
func (l *fakeLink) Addr() netaddr.Service                 { return l.addr }
func (l *fakeLink) Network() netaddr.Network              { return l.addr.Addr.Network() }
func (l *fakeLink) HasPermission(p conn.Permissions) bool { return l.perms.Has(p) }
func (l *fakeLink) LocalNonce() uint64                    { return uint64(l.id) + 1000 }
func (l *fakeLink) ConnectedAt() time.Time                { return l.since }
func (l *fakeLink) SendBufferFull() bool                  { return l.full }
func (l *fakeLink) Disconnect(string)                     { l.gone = true }
func (l *fakeLink) Disconnecting() bool                   { return l.gone }
func (l *fakeLink) SetVersion(int32, int32, string)       {}
func (l *fakeLink) SetFullyConnected()                    {}
func (l *fakeLink) SetLocalAddr(netaddr.Service)          {}
func (l *fakeLink) SetTimeOffset(int64)                   {}
func (l *fakeLink) SetHasAllWantedServices(bool)          {}
func (l *fakeLink) SetRelaysTxs(bool)                     {}
func (l *fakeLink) SetBloomLoaded(bool)                   {}
func (l *fakeLink) GotBlock(t time.Time)                  { l.lastBlk = t.Unix() }
func (l *fakeLink) GotTx(time.Time)                       {}
func (l *fakeLink) LastBlock() int64                      { return l.lastBlk }
func (l *fakeLink) Pong(d time.Duration)                  { l.pong = d }
func (l *fakeLink) SetHighBandwidthTo(v bool)             { l.to = v }
func (l *fakeLink) SetHighBandwidthFrom(v bool)           { l.from = v }
func (l *fakeLink) Send(name string, payload []byte) {
	if !l.gone {
		l.sent = append(l.sent, conn.Message{Type: name, Payload: payload})
		l.all += len(payload)
	}
}

// logBuffer is the log of a node.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// node is a Processor with a chain, a mempool and a miner of its own.
type node struct {
	*Processor
	t     testing.TB
	clock *clock
	net   *fakeNet
	chain *chain.Manager
	mem   *mempool.Pool
	miner *mining.Miner
	log   *logBuffer
	next  int64
}

// anyone is a script that everybody can satisfy, long enough for transactions
// not to be too small.
var anyone = append([]byte{byte(script.Op1)}, bytes.Repeat([]byte{byte(script.OpNop)}, 50)...)

func newNode(t testing.TB, c *clock, change func(*Options)) *node {
	t.Helper()
	p, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, clock: c, net: &fakeNet{nonces: map[uint64]bool{}}, log: &logBuffer{}}
	log := slog.New(slog.NewTextHandler(n.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	rules := consensus.New(p, nil)
	governance := func() consensus.Governance { return consensus.Governance{} }
	n.chain = openChain(t, p, chain.Options{
		Rules: chain.NewConsensus(rules, governance), Now: c.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), MaxTipAge: 24 * 60 * 60,
	})
	pol := policy.Default()
	pol.RequireStandard = false
	n.mem = mempool.New(mempool.Options{Chain: n.chain, Rules: rules, Policy: pol, Limits: mempool.DefaultLimits(), Now: c.Now,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	n.miner = mining.New(mining.Options{Chain: n.chain, Rules: rules, Pool: n.mem, Now: c.Now, Log: log, Governance: governance,
		MaxSize: mining.DefaultMaxSize, MinFeeRate: mining.DefaultMinFeeRate})
	o := Options{
		Params: p, Chain: n.chain, Pool: n.mem, Network: n.net, Addresses: n.net, UserAgent: "/test/",
		Services: msg.ServiceNetwork | msg.ServiceNetworkLimited | msg.ServiceBloom | msg.ServiceHeadersCompressed,
		Now:      c.Now, WallClock: c.Now, Rand: rand.New(rand.NewPCG(uint64(len(t.Name())), 7)), Log: log, MaxTipAge: 24 * 60 * 60,
		Listen: true, MaxOrphanSize: 10_000_000, ExtraTxs: 100,
	}
	if change != nil {
		change(&o)
	}
	n.Processor = New(o)
	t.Cleanup(func() { n.Close(); n.mem.Close() })
	return n
}

func openChain(t testing.TB, p *params.Params, o chain.Options) *chain.Manager {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	db := func(name string) *storage.DB {
		d, err := storage.Open(open(name), storage.Options{Name: name, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	o.Params, o.Network, o.IndexDB, o.CoinsDB = p, []byte("regtest"), db("index"), db("coins")
	o.Files = func(_ context.Context, kind blockfile.Kind, n uint32) (blockfile.File, error) {
		return blockfile.OSFile(open(fmt.Sprintf("%d-%d", kind, n))), nil
	}
	o.CacheBytes, o.Threads = 1<<28, 1
	o.Sizes = blockfile.Sizes{BlockChunk: 0x10000, UndoChunk: 0x10000}
	m, err := chain.Open(t.Context(), o)
	if err == nil {
		err = m.Activate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.Close(context.Background())
		o.IndexDB.Close()
		o.CoinsDB.Close()
	})
	return m
}

// mine makes blocks on the node's tip.
func (n *node) mine(count int) []wire.Hash {
	n.t.Helper()
	var all []wire.Hash
	for range count {
		n.clock.add(time.Second)
		hashes, err := n.miner.Generate(n.t.Context(), anyone, 1, mining.DefaultMaxTries)
		if err != nil {
			n.t.Fatal(err)
		}
		all = append(all, hashes...)
	}
	return all
}

// block is a block of the node's active chain.
func (n *node) block(height int) *wire.Block {
	n.t.Helper()
	b, err := n.chain.Block(n.t.Context(), n.chain.ActiveAt(height))
	if err != nil {
		n.t.Fatal(err)
	}
	return b
}

// connect makes a connection; nothing has been said on it.
func (n *node) connect(kind conn.Kind, change func(*fakeLink)) *fakeLink {
	n.next++
	a, _ := netaddr.ParseService(fmt.Sprintf("8.8.%d.%d:9999", n.next/250, n.next%250+1), 0)
	l := &fakeLink{id: n.next, kind: kind, addr: a, since: n.clock.Now()}
	if change != nil {
		change(l)
	}
	n.connected(l)
	return l
}

// peerWith shakes hands as a test peer with these services.
func (n *node) peerWith(kind conn.Kind, services msg.Services, change func(*fakeLink)) *fakeLink {
	l := n.connect(kind, change)
	v := msg.Version{Version: msg.ProtocolVersion, Services: services, Time: n.clock.Now().Unix(), Nonce: 5, UserAgent: "/peer/", Relay: true, Fields: msg.VersionFields}
	n.give(l, msg.TypeVersion, v.Append(nil))
	n.give(l, msg.TypeVerack, nil)
	return l
}

const plain = msg.ServiceNetwork

func (n *node) peer(kind conn.Kind) *fakeLink { return n.peerWith(kind, plain, nil) }

// give delivers a message and has the peer served.
func (n *node) give(l *fakeLink, name string, payload []byte) {
	if l.gone {
		return
	}
	for n.backlog(l.id) {
	}
	n.message(l.id, conn.Message{Type: name, Payload: bytes.Clone(payload), Received: n.clock.Now()})
	n.turn(l)
}

// turn is one turn of a peer.
func (n *node) turn(l *fakeLink) {
	for !l.gone && n.backlog(l.id) {
	}
	if !l.gone {
		n.tick(l.id)
	}
}

// turns gives all peers some turns.
func (n *node) turns() {
	for range 3 {
		for id := range n.next + 1 {
			n.mu.Lock()
			s := n.peers[id]
			n.mu.Unlock()
			if s != nil {
				n.turn(s.Link.(*fakeLink))
			}
		}
	}
}

// take removes and returns what was sent of a type.
func (l *fakeLink) take(name string) (list [][]byte) {
	var rest []conn.Message
	for _, m := range l.sent {
		if m.Type == name {
			list = append(list, m.Payload)
		} else {
			rest = append(rest, m)
		}
	}
	l.sent = rest
	return list
}

// invs are the objects of all messages of a type.
func (l *fakeLink) invs(t testing.TB, name string) (all []msg.Inv) {
	t.Helper()
	for _, p := range l.take(name) {
		list, err := msg.DecodeInv(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

func (n *node) logged(text string) bool { return strings.Contains(n.log.String(), text) }

func (n *node) mustLog(text string) {
	n.t.Helper()
	if !n.logged(text) {
		n.t.Errorf("not logged: %s", text)
	}
}

// join connects two nodes; a opens the connection. pump must carry the messages.
type wireUp struct {
	a, b         *node
	linkA, linkB *fakeLink // a's link to b, b's link to a
}

func join(a, b *node, perms conn.Permissions) *wireUp {
	w := &wireUp{a: a, b: b}
	w.linkA = a.connect(conn.Manual, func(l *fakeLink) { l.perms = perms })
	w.linkB = b.connect(conn.Inbound, func(l *fakeLink) { l.perms = perms })
	return w
}

// pump carries messages over some connections until nothing moves.
func pump(t testing.TB, wires ...*wireUp) {
	t.Helper()
	for range 200000 {
		moved := false
		for _, w := range wires {
			moved = carry(w.linkA, w.b, w.linkB) || moved
			moved = carry(w.linkB, w.a, w.linkA) || moved
			w.a.turn(w.linkA)
			w.b.turn(w.linkB)
			moved = moved || len(w.linkA.sent)+len(w.linkB.sent) > 0
		}
		if !moved {
			return
		}
	}
	t.Fatal("messages without end")
}

func carry(from *fakeLink, to *node, at *fakeLink) bool {
	list := from.sent
	from.sent = nil
	for _, m := range list {
		to.give(at, m.Type, m.Payload)
	}
	return len(list) > 0
}
