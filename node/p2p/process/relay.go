package process

import (
	"container/heap"
	"time"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/process/compact"
	"dashmp/node/wire"
)

const (
	// inboundInterval and outboundInterval are how often transactions are
	// announced on average.
	inboundInterval  = 5 * time.Second
	outboundInterval = 2 * time.Second
	// maxBroadcast is how many transactions are announced at a time, for blocks
	// of 2 MB: 4 times 7 a second in 5 seconds for each MB.
	maxBroadcast = 4 * 7 * 5 * 2
	// recentRelay is how many announced transactions a peer may ask for.
	recentRelay = 3500
	// relayCache is how long they can be had after they have left the mempool.
	relayCache = 15 * time.Minute
)

// relayState is what is announced to all.
type relayState struct {
	// nextInbound is one moment for all inbound peers: several connections of
	// one spy learn no more than one.
	nextInbound time.Time
	// recent are transactions that were announced lately, expiry their order.
	recent map[wire.Hash]recentTx
	expiry []wire.Hash
	// block is the last that was announced before it was connected, highest
	// the highest such.
	block   recentBlock
	highest int
	// extra are transactions that were refused or replaced, for compact blocks;
	// a ring.
	extra     []compact.Tx
	nextExtra int
	// rebroadcast is when transactions are announced again that nobody asked
	// for.
	rebroadcast time.Time
}

type recentTx struct {
	tx      *wire.Tx
	expires time.Time
}

type recentBlock struct {
	hash    wire.Hash
	block   *wire.Block
	compact []byte
}

// encoded is the compact form, which is made once.
func (r *recentBlock) encoded(nonce func() uint64) []byte {
	if r.compact == nil {
		r.compact = compact.New(r.block, nonce()).Append(nil)
	}
	return r.compact
}

func newRelayState() relayState { return relayState{recent: map[wire.Hash]recentTx{}} }

// RelayTransaction announces a transaction of the mempool to all peers.
func (p *Processor) RelayTransaction(id wire.Hash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.relayTx(id)
}

func (p *Processor) relayTx(id wire.Hash) {
	for _, s := range p.peers {
		if !s.tx.may {
			continue
		}
		if s.tx.known.Has(id[:]) {
			p.debug("PushInv -- skipping known inv: tx %s peer=%d", id, s.id)
			continue
		}
		p.debug("PushInv -- adding new inv: tx %s peer=%d", id, s.id)
		s.tx.toSend[id] = struct{}{}
	}
}

// addExtra keeps a transaction that is not in the mempool for compact blocks
// (AddToCompactExtraTransactions).
func (p *Processor) addExtra(tx *wire.Tx) {
	if p.o.ExtraTxs <= 0 {
		return
	}
	r := &p.relay
	if len(r.extra) < p.o.ExtraTxs {
		r.extra = append(r.extra, compact.Tx{ID: tx.ID(), Tx: tx})
		return
	}
	r.extra[r.nextExtra] = compact.Tx{ID: tx.ID(), Tx: tx}
	r.nextExtra = (r.nextExtra + 1) % p.o.ExtraTxs
}

// inventory collects announcements and sends them in messages of the right size.
type inventory struct {
	p    *Processor
	s    *peer
	list []msg.Inv
}

func (i *inventory) add(inv msg.Inv) {
	if i.list = append(i.list, inv); len(i.list) == msg.MaxInv {
		i.flush()
	}
}

func (i *inventory) queue(inv msg.Inv) {
	i.p.debug("SendMessages -- queued inv: %s  index=%d peer=%d", inv, len(i.list), i.s.id)
	i.add(inv)
}

func (i *inventory) flush() {
	if len(i.list) > 0 {
		i.s.Send(msg.TypeInv, msg.AppendInv(nil, i.list))
		i.list = nil
	}
}

// sendInventory announces blocks that could not be announced otherwise, and
// transactions if it is time.
func (p *Processor) sendInventory(s *peer, now time.Time) {
	out := &inventory{p: p, s: s}
	for _, h := range s.forInv {
		out.add(msg.Inv{Type: msg.InvBlock, Hash: h})
	}
	s.forInv = nil
	if s.tx.may && p.trickle(s, now) {
		if !s.tx.wanted {
			clear(s.tx.toSend)
		}
		if s.tx.sendMempool {
			p.announceMempool(s, out, now)
		}
		p.announceTxs(s, out, now)
	}
	for _, inv := range s.tx.other {
		if !s.tx.wanted && msg.ViolatesBlocksOnly(inv.Type.Command()) || s.tx.known.Has(inv.Hash[:]) {
			continue
		}
		s.tx.known.Add(inv.Hash[:])
		out.queue(inv)
	}
	s.tx.other = nil
	out.flush()
}

// trickle reports whether it is time to announce transactions to a peer.
func (p *Processor) trickle(s *peer, now time.Time) bool {
	due := s.HasPermission(conn.NoBan)
	if !s.tx.next.Before(now) {
		return due
	}
	if !s.Inbound() {
		s.tx.next = exponential(p.o.Rand, now, outboundInterval)
		return true
	}
	if p.relay.nextInbound.Before(now) {
		p.relay.nextInbound = exponential(p.o.Rand, now, inboundInterval)
	}
	s.tx.next = p.relay.nextInbound
	return true
}

// announceMempool answers BIP35's question.
func (p *Processor) announceMempool(s *peer, out *inventory, now time.Time) {
	s.tx.sendMempool = false
	for _, info := range p.o.Pool.InfoAll() {
		delete(s.tx.toSend, info.ID)
		if s.tx.filter != nil && !s.tx.filter.Match(info.Tx) {
			continue
		}
		s.tx.known.Add(info.ID[:])
		out.queue(msg.Inv{Type: msg.InvTx, Hash: info.ID})
	}
	s.tx.lastMempool = now
}

// announceTxs announces some of what waits, parents and high fees first.
func (p *Processor) announceTxs(s *peer, out *inventory, now time.Time) {
	if len(s.tx.toSend) == 0 {
		return
	}
	most := min(maxBroadcast+len(s.tx.toSend)/1000*5, 1000)
	h := &byRank{before: p.o.Pool.Before}
	for id := range s.tx.toSend {
		h.ids = append(h.ids, id)
	}
	heap.Init(h)
	for h.Len() > 0 && most > 0 {
		id := heap.Pop(h).(wire.Hash)
		delete(s.tx.toSend, id)
		if s.tx.known.Has(id[:]) {
			continue
		}
		info, ok := p.o.Pool.Info(id)
		if !ok || s.tx.filter != nil && !s.tx.filter.Match(info.Tx) {
			continue
		}
		s.tx.announced.Add(id[:])
		s.tx.known.Add(id[:])
		p.remember(id, info.Tx, now)
		out.queue(msg.Inv{Type: msg.InvTx, Hash: id})
		most--
	}
}

// remember keeps a transaction for those that ask for it after it has left the
// mempool.
func (p *Processor) remember(id wire.Hash, tx *wire.Tx, now time.Time) {
	r := &p.relay
	for len(r.expiry) > 0 && r.recent[r.expiry[0]].expires.Before(now) {
		delete(r.recent, r.expiry[0])
		r.expiry = r.expiry[1:]
	}
	if _, ok := r.recent[id]; !ok {
		r.recent[id] = recentTx{tx, now.Add(relayCache)}
		r.expiry = append(r.expiry, id)
	}
}

// byRank is a heap of ids in the order of announcing.
type byRank struct {
	ids    []wire.Hash
	before func(a, b wire.Hash) bool
}

func (h *byRank) Len() int           { return len(h.ids) }
func (h *byRank) Less(i, j int) bool { return h.before(h.ids[i], h.ids[j]) }
func (h *byRank) Swap(i, j int)      { h.ids[i], h.ids[j] = h.ids[j], h.ids[i] }
func (h *byRank) Push(x any)         { h.ids = append(h.ids, x.(wire.Hash)) }
func (h *byRank) Pop() any {
	last := h.ids[len(h.ids)-1]
	h.ids = h.ids[:len(h.ids)-1]
	return last
}
