package process

import (
	"slices"
	"time"

	"dashmp/node/chain"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

const (
	// maxInFlight is how many blocks are asked of a peer at a time, window how
	// far ahead of the last common block.
	maxInFlight = 16
	window      = 1024
	// stallDefault is how long a peer may keep the window from moving; the time
	// doubles up to stallMax when a peer is lost, so that a slow line of our own
	// does not cost us all.
	stallDefault = 2 * time.Second
	stallMax     = 64 * time.Second
)

// request is a block that is under way, and from whom.
type request struct {
	from *peer
	*queued
}

// syncState is the download of headers and blocks across all peers.
type syncState struct {
	inFlight map[wire.Hash]request
	// source is who sent a block that is being processed, and whether that peer
	// is to blame if it is invalid.
	source map[wire.Hash]blockSource
	// started is how many peers headers are synchronised with; downloading from
	// how many blocks are.
	started, downloading int
	stall                time.Duration
	// lastInv is the last block whose inv made us ask another peer for headers.
	lastInv       wire.Hash
	lastTipUpdate time.Time
	nextStale     time.Time
	finished      bool // the initial synchronisation is over
	protected     int  // peers with chainSync.protect
	// highBandwidth are the up to three peers that announce with compact blocks,
	// the one that did least lately first.
	highBandwidth []*peer
}

type blockSource struct {
	peer   int64
	punish bool
}

func newSyncState() syncState {
	return syncState{inFlight: map[wire.Hash]request{}, source: map[wire.Hash]blockSource{}, stall: stallDefault}
}

// requestBlock counts a block as under way from a peer; it is no longer from any
// other. fresh is false if it was from the same one (BlockRequested).
func (p *Processor) requestBlock(s *peer, x *chain.Index) (q *queued, fresh bool) {
	if r, ok := p.sync.inFlight[x.Hash()]; ok && r.from == s {
		return r.queued, false
	}
	p.endRequest(x.Hash())
	q = &queued{index: x}
	s.inFlight = append(s.inFlight, q)
	if len(s.inFlight) == 1 {
		s.downloading = p.now()
		p.sync.downloading++
	}
	p.sync.inFlight[x.Hash()] = request{s, q}
	return q, true
}

// endRequest forgets that a block is under way (RemoveBlockRequest).
func (p *Processor) endRequest(hash wire.Hash) {
	r, ok := p.sync.inFlight[hash]
	if !ok {
		return
	}
	s := r.from
	i := slices.Index(s.inFlight, r.queued)
	if i == 0 {
		if now := p.now(); now.After(s.downloading) {
			s.downloading = now // the next one starts
		}
	}
	s.inFlight = slices.Delete(s.inFlight, i, i+1)
	if len(s.inFlight) == 0 {
		p.sync.downloading--
	}
	s.stallingSince = time.Time{}
	delete(p.sync.inFlight, hash)
}

// forgetDownloads undoes what a peer has part in, when it goes.
func (p *Processor) forgetDownloads(s *peer) {
	for len(s.inFlight) > 0 {
		p.endRequest(s.inFlight[0].index.Hash())
	}
	if s.syncStarted {
		p.sync.started--
	}
	if s.chainSync.protect {
		p.sync.protected--
	}
	p.sync.highBandwidth = slices.DeleteFunc(p.sync.highBandwidth, func(o *peer) bool { return o == s })
}

// learnUnknown looks whether the last unknown block that a peer announced has
// become known (ProcessBlockAvailability).
func (p *Processor) learnUnknown(s *peer) {
	if s.unknown.IsZero() {
		return
	}
	if x := p.o.Chain.Lookup(s.unknown); x != nil {
		s.noteHas(x)
		s.unknown = wire.Hash{}
	}
}

func (s *peer) noteHas(x *chain.Index) {
	if s.best == nil || !less(x, s.best) {
		s.best = x
	}
}

// announced notes that a peer has a block (UpdateBlockAvailability).
func (p *Processor) announced(s *peer, hash wire.Hash) {
	p.learnUnknown(s)
	if x := p.o.Chain.Lookup(hash); x != nil {
		s.noteHas(x)
	} else {
		s.unknown = hash
	}
}

// less reports whether a's chain has less work than b's.
func less(a, b *chain.Index) bool {
	x, y := a.Work(), b.Work()
	return x.Cmp(y) < 0
}

// has reports whether a peer has a header (PeerHasHeader).
func (s *peer) has(x *chain.Index) bool {
	return s.best != nil && s.best.AncestorAt(x.Height()) == x || s.sent != nil && s.sent.AncestorAt(x.Height()) == x
}

// canDirectFetch reports whether the tip is recent enough to take announced
// blocks at once (CanDirectFetch).
func (p *Processor) canDirectFetch() bool {
	return int64(p.o.Chain.Tip().Time()) > p.now().Unix()-int64(p.o.Params.Consensus.PowTargetSpacing)*20
}

// mayFetchFrom reports whether headers and blocks may be asked of a peer while
// the chain is being downloaded: preferably of those that we chose.
func (p *Processor) mayFetchFrom(s *peer) bool {
	if s.preferred || !s.their.ServesBlocks() {
		return s.preferred
	}
	if s.kind == conn.AddrFetch {
		return false
	}
	for _, o := range p.peers {
		if o.preferred {
			return len(p.sync.inFlight) == 0
		}
	}
	return true
}

// nextBlocks finds up to n blocks that a peer has and we do not, in ascending
// order. If there are none because the window is full, staller is who keeps it
// from moving (FindNextBlocksToDownload).
func (p *Processor) nextBlocks(s *peer, n int) (list []*chain.Index, staller *peer) {
	p.learnUnknown(s)
	tip := p.o.Chain.Tip()
	if n <= 0 || s.best == nil || less(s.best, tip) || s.best.Work().Cmp(p.o.MinimumChainWork) < 0 {
		return nil, nil
	}
	if s.shared == nil {
		s.shared = p.o.Chain.ActiveAt(min(s.best.Height(), tip.Height()))
	}
	s.shared = chain.Fork(s.shared, s.best)
	if s.shared == s.best {
		return nil, nil
	}
	f := fetch{p: p, s: s, n: n, end: s.shared.Height() + window}
	// Beyond the window by one, to see whether it is what holds us up.
	last := min(s.best.Height(), f.end+1)
	for walk := s.shared; walk.Height() < last; {
		step := min(last-walk.Height(), max(n-len(f.list), 128))
		walk = s.best.AncestorAt(walk.Height() + step)
		some := make([]*chain.Index, step)
		for i, x := step-1, walk; i >= 0; i, x = i-1, x.Parent() {
			some[i] = x
		}
		for _, x := range some {
			if !f.consider(x) {
				return f.list, f.staller
			}
		}
	}
	return f.list, nil
}

// fetch is a search of nextBlocks.
type fetch struct {
	p       *Processor
	s       *peer
	n, end  int
	list    []*chain.Index
	waiting *peer // whom the first block under way is from
	staller *peer
}

// consider looks at the next block, and reports whether to go on.
func (f *fetch) consider(x *chain.Index) bool {
	info := f.p.o.Chain.Info(x)
	if info.Status&(chain.FailedValid|chain.FailedChild) != 0 {
		return false // the whole chain of this peer is invalid
	}
	if info.Status&chain.HaveData != 0 || f.p.o.Chain.Contains(x) {
		if info.ChainTransactions > 0 {
			f.s.shared = x
		}
		return true
	}
	if r, ok := f.p.sync.inFlight[x.Hash()]; ok {
		if f.waiting == nil {
			f.waiting = r.from
		}
		return true
	}
	if x.Height() > f.end {
		if len(f.list) == 0 && f.waiting != f.s {
			f.staller = f.waiting
		}
		return false
	}
	f.list = append(f.list, x)
	return len(f.list) < f.n
}

// requestObjects asks a peer for blocks, and for whatever else it announced.
func (p *Processor) requestObjects(s *peer, mayFetch bool, now time.Time) {
	var ask []msg.Inv
	if s.their.ServesBlocks() && (mayFetch && !s.their.Limited() || !p.o.Chain.InitialDownload()) && len(s.inFlight) < maxInFlight {
		list, staller := p.nextBlocks(s, maxInFlight-len(s.inFlight))
		for _, x := range list {
			ask = append(ask, msg.Inv{Type: msg.InvBlock, Hash: x.Hash()})
			p.requestBlock(s, x)
			p.debug("Requesting block %s (%d) peer=%d", x.Hash(), x.Height(), s.id)
		}
		if len(s.inFlight) == 0 && staller != nil && staller.stallingSince.IsZero() {
			staller.stallingSince = now
			p.debug("Stall started peer=%d", staller.id)
		}
	}
	objects, expired := p.requests.Due(&s.objects, now, p.alreadyHave)
	for _, inv := range expired {
		p.debug("timeout of inflight object %s from peer=%d", inv, s.id)
	}
	for _, inv := range objects {
		p.debug("Requesting %s peer=%d", inv, s.id)
	}
	ask = append(ask, objects...)
	for part := range slices.Chunk(ask, maxGetData) {
		s.Send(msg.TypeGetData, msg.AppendInv(nil, part))
		p.debug("SendMessages -- GETDATA -- pushed size = %d peer=%d", len(part), s.id)
	}
}

// maxGetData is how many objects one message of ours asks for (MAX_GETDATA_SZ).
const maxGetData = 1000

// FetchBlock asks a peer for a block whose header is known (RPC
// getblockfrompeer). The text is why not, "" if it was asked.
func (p *Processor) FetchBlock(id int64, x *chain.Index) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.peers[id]
	switch {
	case p.o.Chain.Importing():
		return "Importing..."
	case s == nil:
		return "Peer does not exist"
	}
	if _, fresh := p.requestBlock(s, x); !fresh {
		return "Already requested from this peer"
	}
	if !s.handshaken || s.Disconnecting() {
		return "Peer not fully connected"
	}
	s.Send(msg.TypeGetData, msg.AppendInv(nil, []msg.Inv{{Type: msg.InvBlock, Hash: x.Hash()}}))
	p.debug("Requesting block %s from peer=%d", x.Hash(), id)
	return ""
}
