package process

import (
	"context"
	"slices"
	"time"

	"dashmp/node/chain"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

const (
	// headersBase and headersEach are how long the synchronisation of headers
	// with one peer may take: a base and a part for each expected header.
	headersBase = 15 * time.Minute
	headersEach = time.Millisecond
	// headersResponse is how long a peer has to answer getheaders.
	headersResponse = 2 * time.Minute
	// maxAnnounce is how many blocks are announced by headers.
	maxAnnounce = 8
	// maxUnconnected announcements that do not connect cost a peer points.
	maxUnconnected = 10
)

// locator names blocks of a chain, the older the sparser (LocatorEntries).
func locator(x *chain.Index) (list []wire.Hash) {
	for step := 1; x != nil; {
		list = append(list, x.Hash())
		if x.Height() == 0 {
			break
		}
		x = x.AncestorAt(max(x.Height()-step, 0))
		if len(list) > 10 {
			step *= 2
		}
	}
	return list
}

// askHeaders asks a peer for what follows x, unless an answer to an earlier
// question is due (MaybeSendGetHeaders).
func (p *Processor) askHeaders(s *peer, x *chain.Index) bool {
	now := p.now()
	if now.Sub(s.lastGetHeaders) <= headersResponse {
		return false
	}
	g := msg.GetHeaders{Version: msg.ProtocolVersion, Locator: locator(x)}
	s.Send(s.getHeadersType(), g.Append(nil))
	s.lastGetHeaders = now
	return true
}

// startHeaders begins to synchronise headers with a peer: with one, and when we
// are nearly done with all.
func (p *Processor) startHeaders(s *peer, mayFetch bool, now time.Time) {
	if s.syncStarted || !s.their.ServesBlocks() || p.o.Chain.Importing() {
		return
	}
	best := p.o.Chain.BestHeader()
	if (p.sync.started > 0 || !mayFetch) && int64(best.Time()) <= now.Unix()-p.o.MaxTipAge {
		return
	}
	from := best
	if from.Parent() != nil {
		from = from.Parent() // so that the answer is not empty and tells what the peer has
	}
	if !p.askHeaders(s, from) {
		return
	}
	p.debug("initial %s (%d) to peer=%d (startheight:%d)", s.getHeadersType(), from.Height(), s.id, s.startHeight)
	s.syncStarted = true
	expected := (now.Unix() - int64(best.Time())) / int64(p.o.Params.Consensus.PowTargetSpacing)
	s.headersTimeout = now.Add(headersBase + time.Duration(expected)*headersEach)
	p.sync.started++
}

func (p *Processor) handleHeaders(s *peer, payload []byte) error {
	return p.takeHeaders(s, payload, false)
}

func (p *Processor) handleHeaders2(s *peer, payload []byte) error {
	return p.takeHeaders(s, payload, true)
}

func (p *Processor) takeHeaders(s *peer, payload []byte, compressed bool) error {
	if p.o.Chain.Importing() {
		p.debug("Unexpected headers message received from peer %d", s.id)
		return nil
	}
	s.lastGetHeaders = time.Time{} // most likely the answer
	n, err := msg.Count(payload)
	if err != nil {
		return err
	}
	if n > uint64(s.maxHeaders(compressed)) {
		p.misbehaving(s, 20, "headers message size = %d", n)
		return nil
	}
	decode := msg.DecodeHeaders
	if compressed {
		decode = msg.DecodeHeaders2
	}
	list, err := decode(payload)
	if err != nil {
		return err
	}
	p.processHeaders(s, list, false)
	return nil
}

// processHeaders takes headers from a peer (ProcessHeadersMessage).
func (p *Processor) processHeaders(s *peer, list []wire.Header, viaCompact bool) {
	if len(list) == 0 {
		return
	}
	if p.o.Chain.Lookup(list[0].PrevBlock) == nil {
		if len(list) <= maxAnnounce {
			p.unconnectedHeaders(s, list)
		} else {
			p.misbehaving(s, 10, "invalid header received")
		}
		return
	}
	hashes := make([]wire.Hash, len(list))
	for i := range list {
		hashes[i] = list[i].Hash()
		if i > 0 && list[i].PrevBlock != hashes[i-1] {
			p.misbehaving(s, 20, "non-continuous headers sequence")
			return
		}
	}
	fresh := p.o.Chain.Lookup(hashes[len(hashes)-1]) == nil
	last, err := p.o.Chain.ProcessHeaders(context.Background(), list)
	if err != nil {
		if refusal(err) != nil {
			at := 0
			if last != nil {
				at = slices.Index(hashes, last.Hash()) + 1
			}
			p.logRefused(hashes[at], err)
			p.punishForBlock(s, err, viaCompact, "invalid header received")
		}
		return
	}
	more := len(list) == s.maxHeaders(s.compressed())
	if more && p.askHeaders(s, last) {
		p.debug("more %s (%d) to end to peer=%d (startheight:%d)", s.getHeadersType(), last.Height(), s.id, s.startHeight)
	}
	p.learnFromHeaders(s, last, fresh, more)
	p.directFetch(s, last)
}

// logRefused says which header was refused and why.
func (p *Processor) logRefused(hash wire.Hash, err error) {
	debugTo(p.val, "AcceptBlockHeader: Consensus::ContextualCheckBlockHeader: %s, %s", hash, err)
}

// unconnectedHeaders handles an announcement that does not connect to what we
// know, which happens to honest peers too (HandleFewUnconnectingHeaders).
func (p *Processor) unconnectedHeaders(s *peer, list []wire.Header) {
	s.unconnected++
	best := p.o.Chain.BestHeader()
	if p.askHeaders(s, best) {
		p.debug("received header %s: missing prev block %s, sending %s (%d) to end (peer=%d, nUnconnectingHeaders=%d)",
			list[0].Hash(), list[0].PrevBlock, s.getHeadersType(), best.Height(), s.id, s.unconnected)
	}
	p.announced(s, list[len(list)-1].Hash())
	if s.unconnected%maxUnconnected == 0 {
		p.misbehaving(s, 20, "%d non-connecting headers", s.unconnected)
	}
}

// learnFromHeaders notes what valid headers say about a peer
// (UpdatePeerStateForReceivedHeaders).
func (p *Processor) learnFromHeaders(s *peer, last *chain.Index, fresh, more bool) {
	if s.unconnected > 0 {
		p.debug("peer=%d: resetting nUnconnectingHeaders (%d -> 0)", s.id, s.unconnected)
	}
	s.unconnected = 0
	p.announced(s, last.Hash())
	tip := p.o.Chain.Tip()
	if fresh && less(tip, last) {
		s.lastBlockAt = p.now().Unix()
	}
	if p.o.Chain.InitialDownload() && !more && s.best != nil && s.best.Work().Cmp(p.o.MinimumChainWork) < 0 && s.outbound() {
		p.info("Disconnecting outbound peer %d -- headers chain has insufficient work", s.id)
		s.Disconnect("")
	}
	if !s.Disconnecting() && s.kind == conn.FullRelay && s.best != nil && !s.chainSync.protect &&
		p.sync.protected < maxProtected && !less(s.best, tip) {
		p.debug("Protecting outbound peer=%d from eviction", s.id)
		s.chainSync.protect = true
		p.sync.protected++
	}
}

// directFetch asks for the blocks up to an announced header if we are close to
// the tip (HeadersDirectFetchBlocks).
func (p *Processor) directFetch(s *peer, last *chain.Index) {
	if !p.canDirectFetch() || p.failed(last) || less(last, p.o.Chain.Tip()) {
		return
	}
	var fetch []*chain.Index
	walk := last
	for ; walk != nil && !p.o.Chain.Contains(walk) && len(fetch) <= maxInFlight; walk = walk.Parent() {
		if _, under := p.sync.inFlight[walk.Hash()]; !under && p.o.Chain.Info(walk).Status&chain.HaveData == 0 {
			fetch = append(fetch, walk)
		}
	}
	if walk == nil || !p.o.Chain.Contains(walk) {
		p.debug("Large reorg, won't direct fetch to %s (%d)", last.Hash(), last.Height())
		return
	}
	var ask []msg.Inv
	for i := len(fetch) - 1; i >= 0 && len(s.inFlight) < maxInFlight; i-- {
		x := fetch[i]
		ask = append(ask, msg.Inv{Type: msg.InvBlock, Hash: x.Hash()})
		p.requestBlock(s, x)
		p.debug("Requesting block %s from  peer=%d", x.Hash(), s.id)
	}
	if len(ask) == 0 {
		return
	}
	if len(ask) > 1 {
		p.debug("Downloading blocks toward %s (%d) via headers direct fetch", last.Hash(), last.Height())
	}
	if !p.o.BlocksOnly && s.providesCmpct && len(ask) == 1 && len(p.sync.inFlight) == 1 && p.valid(last.Parent(), chain.ValidChain) {
		ask[0].Type = msg.InvCmpctBlock
	}
	s.Send(msg.TypeGetData, msg.AppendInv(nil, ask))
}

// failed reports whether a block or an ancestor is known to be invalid.
func (p *Processor) failed(x *chain.Index) bool {
	return p.o.Chain.Info(x).Status&(chain.FailedValid|chain.FailedChild) != 0
}

// valid reports whether a block has been judged up to a level and not failed
// (CBlockIndex::IsValid).
func (p *Processor) valid(x *chain.Index, level chain.Status) bool {
	const levels = 7
	status := p.o.Chain.Info(x).Status
	return status&(chain.FailedValid|chain.FailedChild) == 0 && status&levels >= level
}

// findFork is the last block of a locator in the active chain, else the first
// (FindForkInGlobalIndex).
func (p *Processor) findFork(have []wire.Hash) *chain.Index {
	for _, h := range have {
		if x := p.o.Chain.Lookup(h); x != nil && p.o.Chain.Contains(x) {
			return x
		}
	}
	return p.o.Chain.ActiveAt(0)
}

// next is the block after x in the active chain, nil if x is its tip or not in it.
func (p *Processor) next(x *chain.Index) *chain.Index {
	if !p.o.Chain.Contains(x) {
		return nil
	}
	return p.o.Chain.ActiveAt(x.Height() + 1)
}
