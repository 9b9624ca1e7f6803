package process

import (
	"math"

	"dashmp/node/chain"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

func (p *Processor) handleGetHeaders(s *peer, payload []byte) error {
	return p.serveHeaders(s, payload, msg.TypeGetHeaders)
}

func (p *Processor) handleGetHeaders2(s *peer, payload []byte) error {
	return p.serveHeaders(s, payload, msg.TypeGetHeaders2)
}

// serveHeaders answers getheaders and getheaders2.
func (p *Processor) serveHeaders(s *peer, payload []byte, name string) error {
	g, err := msg.DecodeGetHeaders(payload)
	if err != nil {
		return err
	}
	if len(g.Locator) > msg.MaxLocator {
		p.debug("%s locator size %d > %d, disconnect peer=%d", name, len(g.Locator), msg.MaxLocator, s.id)
		s.Disconnect("")
		return nil
	}
	if p.o.Chain.Importing() {
		p.debug("Ignoring %s from peer=%d while importing/reindexing", name, s.id)
		return nil
	}
	tip := p.o.Chain.Tip()
	if tip.Work().Cmp(p.o.MinimumChainWork) < 0 && !s.HasPermission(conn.Download) {
		p.debug("Ignoring %s from peer=%d because active chain has too little work; sending empty response", name, s.id)
		p.sendHeaders(s, nil, s.compressed())
		return nil
	}
	var x *chain.Index
	if len(g.Locator) > 0 {
		x = p.next(p.findFork(g.Locator))
	} else {
		x = p.o.Chain.Lookup(g.Stop)
		if x == nil {
			return nil
		}
		if !p.mayServe(x) {
			p.debug("ProcessMessage: ignoring request from peer=%d for old block header that isn't in the main chain", s.id)
			return nil
		}
	}
	height, end := -1, "end"
	if x != nil {
		height = x.Height()
	}
	if !g.Stop.IsZero() {
		end = g.Stop.String()
	}
	p.debug("%s %d to %s from peer=%d", name, height, end, s.id)
	compressed := name == msg.TypeGetHeaders2
	var list []wire.Header
	for limit := s.maxHeaders(compressed); x != nil; x = p.next(x) {
		list = append(list, x.Header())
		if limit--; limit <= 0 || x.Hash() == g.Stop {
			break
		}
	}
	// Reset rather than raise: the tip may have been announced as a compact
	// block before it was connected, and must be announced again then.
	if s.sent = x; x == nil {
		s.sent = p.o.Chain.Tip()
	}
	p.sendHeaders(s, list, compressed)
	return nil
}

func (p *Processor) sendHeaders(s *peer, list []wire.Header, compressed bool) {
	if compressed {
		s.Send(msg.TypeHeaders2, msg.AppendHeaders2(nil, list))
	} else {
		s.Send(msg.TypeHeaders, msg.AppendHeaders(nil, list))
	}
}

// staleRelayAge is how far a block beside the active chain may be behind the
// best header, in seconds and in work, to be told of.
const staleRelayAge = 30 * 24 * 60 * 60

// mayServe reports whether a block or its header may be given away: others could
// recognise this node by old blocks beside the chain (BlockRequestAllowed).
func (p *Processor) mayServe(x *chain.Index) bool {
	if p.o.Chain.Contains(x) {
		return true
	}
	best := p.o.Chain.BestHeader()
	return p.valid(x, chain.ValidScripts) && int64(best.Time())-int64(x.Time()) < staleRelayAge &&
		p.equivalentTime(best, x) < staleRelayAge
}

// equivalentTime is the time in seconds that the difference in work from a block
// to the best one would take now (GetBlockProofEquivalentTime).
func (p *Processor) equivalentTime(best, x *chain.Index) int64 {
	if less(best, x) {
		return -1 // ahead: no matter by how much
	}
	diff := best.Work().Sub(x.Work())
	parent := best.Parent()
	if parent == nil {
		return 0
	}
	each := best.Work().Sub(parent.Work())
	t := diff.Mul64(uint64(p.o.Params.Consensus.PowTargetSpacing)).Div(each)
	if t.BitLen() > 62 {
		return math.MaxInt64
	}
	return int64(t[0])
}

// handleGetBlocks announces the blocks after a locator by inv, 500 at a time.
func (p *Processor) handleGetBlocks(s *peer, payload []byte) error {
	g, err := msg.DecodeGetHeaders(payload)
	if err != nil {
		return err
	}
	if len(g.Locator) > msg.MaxLocator {
		p.debug("getblocks locator size %d > %d, disconnect peer=%d", len(g.Locator), msg.MaxLocator, s.id)
		s.Disconnect("")
		return nil
	}
	x := p.next(p.findFork(g.Locator))
	height, end, limit := -1, "end", 500
	if x != nil {
		height = x.Height()
	}
	if !g.Stop.IsZero() {
		end = g.Stop.String()
	}
	p.debug("getblocks %d to %s limit %d from peer=%d", height, end, limit, s.id)
	for ; x != nil; x = p.next(x) {
		if x.Hash() == g.Stop {
			p.debug("  getblocks stopping at %d %s", x.Height(), x.Hash())
			break
		}
		if p.o.Pruned && (p.o.Chain.Info(x).Status&chain.HaveData == 0 || x.Height() <= p.o.Chain.Tip().Height()-p.likelyKept()) {
			p.debug(" getblocks stopping, pruned or too old block at %d %s", x.Height(), x.Hash())
			break
		}
		s.forInv = append(s.forInv, x.Hash())
		if limit--; limit <= 0 {
			p.debug("  getblocks stopping at limit %d %s", x.Height(), x.Hash())
			s.continuation = x.Hash()
			break
		}
	}
	return nil
}

// minBlocksToKeep is how many blocks a pruned node keeps at least.
const minBlocksToKeep = 288

// likelyKept is how deep a block may be that will not be pruned within an hour.
func (p *Processor) likelyKept() int {
	return minBlocksToKeep - 3600/int(p.o.Params.Consensus.PowTargetSpacing)
}
