package process

import (
	"math"
	"time"

	"dashmp/node/chain"
	"dashmp/node/p2p/conn"
)

const (
	// maxProtected outbound peers are safe from being dropped for a slow chain.
	maxProtected = 4
	// chainSyncTimeout is how long an outbound peer may be behind our tip.
	chainSyncTimeout = 20 * time.Minute
	// staleInterval is how often the tip's age is looked at, taskInterval how
	// often superfluous peers are looked for.
	staleInterval = 150 * time.Second
	taskInterval  = 45 * time.Second
	// minConnected is how long a peer is kept at least.
	minConnected = 30 * time.Second
)

// chainSync is the deadline for a peer whose chain has less work than ours
// (ChainSyncTimeoutState).
type chainSync struct {
	timeout time.Time
	work    *chain.Index // with the work that it has to reach
	asked   bool
	protect bool
}

// considerEviction drops an outbound peer whose chain stays behind ours
// (ConsiderEviction).
func (p *Processor) considerEviction(s *peer, now time.Time) {
	c := &s.chainSync
	if c.protect || !s.outbound() || !s.syncStarted {
		return
	}
	tip := p.o.Chain.Tip()
	best := "<none>"
	if s.best != nil {
		best = s.best.Hash().String()
	}
	switch {
	case s.best != nil && !less(s.best, tip):
		*c = chainSync{}
	case c.timeout.IsZero() || c.work != nil && s.best != nil && !less(s.best, c.work):
		*c = chainSync{timeout: now.Add(chainSyncTimeout), work: tip}
	case !now.After(c.timeout):
	case c.asked:
		p.info("Disconnecting outbound peer %d for old chain, best known block = %s", s.id, best)
		s.Disconnect("")
	default:
		from := c.work
		if from.Parent() != nil {
			from = from.Parent()
		}
		p.askHeaders(s, from)
		p.debug("sending %s to outbound peer=%d to verify chain work (current best known block:%s, benchmark blockhash: %s)",
			s.getHeadersType(), s.id, best, c.work.Hash())
		c.asked, c.timeout = true, now.Add(headersResponse)
	}
}

// checkTimeouts drops a peer that holds up the download, and reports whether it
// did.
func (p *Processor) checkTimeouts(s *peer, now time.Time) bool {
	who := ""
	if p.o.LogIPs {
		who = " peeraddr=" + s.Addr().String()
	}
	if !s.stallingSince.IsZero() && s.stallingSince.Before(now.Add(-p.sync.stall)) {
		p.info("Peer=%d%s is stalling block download, disconnecting", s.id, who)
		s.Disconnect("")
		if next := min(2*p.sync.stall, stallMax); next != p.sync.stall {
			p.sync.stall = next
			p.debug("Increased stalling timeout temporarily to %d seconds", int(next.Seconds()))
		}
		return true
	}
	if len(s.inFlight) > 0 {
		// An interval, and half of one for each other peer that shares our line.
		spacing := time.Duration(p.o.Params.Consensus.PowTargetSpacing) * time.Second
		if now.After(s.downloading.Add(spacing + spacing/2*time.Duration(p.sync.downloading-1))) {
			p.info("Timeout downloading block %s from peer=%d%s, disconnecting", s.inFlight[0].index.Hash(), s.id, who)
			s.Disconnect("")
			return true
		}
	}
	return p.checkHeadersTimeout(s, now, who)
}

func (p *Processor) checkHeadersTimeout(s *peer, now time.Time, who string) bool {
	if !s.syncStarted || s.headersTimeout.IsZero() {
		return false
	}
	if int64(p.o.Chain.BestHeader().Time()) > now.Unix()-p.o.MaxTipAge {
		s.headersTimeout = time.Time{} // we have caught up once
		return false
	}
	if !now.After(s.headersTimeout) || p.sync.started != 1 || !p.otherPreferred(s) {
		return false
	}
	if !s.HasPermission(conn.NoBan) {
		p.info("Timeout downloading headers from peer=%d%s, disconnecting", s.id, who)
		s.Disconnect("")
		return true
	}
	p.info("Timeout downloading headers from noban peer=%d%s, not disconnecting", s.id, who)
	s.syncStarted = false // so that another one is tried
	p.sync.started--
	return false
}

func (p *Processor) otherPreferred(s *peer) bool {
	for _, o := range p.peers {
		if o != s && o.preferred {
			return true
		}
	}
	return false
}

// tasks does every 45 s what Dash Core's scheduler does
// (CheckForStaleTipAndEvictPeers), and announces again what nobody asked for
// (ReattemptInitialBroadcast).
func (p *Processor) tasks(wall, now time.Time) {
	switch {
	case p.nextTasks.IsZero():
		p.nextTasks = wall.Add(taskInterval)
		p.relay.rebroadcast = p.nextRebroadcast(wall)
		return
	case wall.Before(p.nextTasks):
		return
	}
	p.nextTasks = wall.Add(taskInterval)
	p.evictExtra(now)
	p.checkStaleTip(now)
	if !p.sync.finished && p.canDirectFetch() {
		p.o.Network.StartExtraBlockRelay()
		p.sync.finished = true
	}
	if wall.After(p.relay.rebroadcast) {
		p.rebroadcast()
		p.relay.rebroadcast = p.nextRebroadcast(wall)
	}
}

// nextRebroadcast is a time in 10 to 15 minutes, so that nobody recognises this
// node by it.
func (p *Processor) nextRebroadcast(wall time.Time) time.Time {
	return wall.Add(10*time.Minute + time.Duration(p.o.Rand.Int64N(int64(5*time.Minute))))
}

// rebroadcast announces again what nobody has asked for.
func (p *Processor) rebroadcast() {
	for _, id := range p.o.Pool.Unbroadcast() {
		if p.o.Pool.Has(id) {
			p.relayTx(id)
		} else {
			p.o.Pool.RemoveUnbroadcast(id)
		}
	}
}

// checkStaleTip allows one more connection if no block has come for long.
func (p *Processor) checkStaleTip(now time.Time) {
	if !now.After(p.sync.nextStale) {
		return
	}
	p.sync.nextStale = now.Add(staleInterval)
	if p.sync.lastTipUpdate.IsZero() {
		p.sync.lastTipUpdate = now
	}
	age := now.Sub(p.sync.lastTipUpdate)
	stale := age > 3*time.Duration(p.o.Params.Consensus.PowTargetSpacing)*time.Second && len(p.sync.inFlight) == 0
	n := p.o.Network
	if stale && !p.o.Chain.Importing() && n.Active() && n.UsesAddrman() {
		p.info("Potential stale tip detected, will try using extra outbound peer (last tip update: %d seconds ago)", int(age.Seconds()))
		n.TryNewOutbound(true)
	} else if n.TryingNewOutbound() {
		n.TryNewOutbound(false)
	}
}

// evictExtra drops a peer of a kind of which there are more than wanted
// (EvictExtraOutboundPeers).
func (p *Processor) evictExtra(now time.Time) {
	full, blocks := p.o.Network.ExtraOutbound()
	if blocks > 0 {
		p.evictBlockRelay(now)
	}
	if full > 0 {
		p.evictFullRelay(now)
	}
}

// evictBlockRelay drops the youngest unless it gave us a block later than the
// second youngest.
func (p *Processor) evictBlockRelay(now time.Time) {
	var youngest, second *peer
	for _, s := range p.peers {
		switch {
		case s.kind != conn.BlockRelay || s.Disconnecting():
		case youngest == nil || s.id > youngest.id:
			youngest, second = s, youngest
		case second == nil || s.id > second.id:
			second = s
		}
	}
	s := youngest
	if s == nil {
		return
	}
	if second != nil && youngest.LastBlock() > second.LastBlock() {
		s = second
	}
	if now.Sub(s.ConnectedAt()) >= minConnected && len(s.inFlight) == 0 {
		s.Disconnect("")
		p.debug("disconnecting extra block-relay-only peer=%d (last block received at time %d)", s.id, s.LastBlock())
	} else {
		p.debug("keeping block-relay-only peer=%d chosen for eviction (connect time: %d, blocks_in_flight: %d)", s.id, s.ConnectedAt().Unix(), len(s.inFlight))
	}
}

// evictFullRelay drops the one that least recently announced a new block, unless
// it is protected or our only one on its network.
func (p *Processor) evictFullRelay(now time.Time) {
	var worst *peer
	oldest := int64(math.MaxInt64)
	for _, s := range p.peers {
		if s.kind != conn.FullRelay || s.Disconnecting() || s.chainSync.protect || p.o.Network.OnlyOneOf(s.Network()) {
			continue
		}
		if s.lastBlockAt < oldest || s.lastBlockAt == oldest && s.id > worst.id {
			worst, oldest = s, s.lastBlockAt
		}
	}
	if worst == nil {
		return
	}
	if now.Sub(worst.ConnectedAt()) > minConnected && len(worst.inFlight) == 0 {
		p.debug("disconnecting extra outbound peer=%d (last block announcement received at time %d)", worst.id, oldest)
		worst.Disconnect("")
		p.o.Network.TryNewOutbound(false)
		return
	}
	p.debug("keeping outbound peer=%d chosen for eviction (connect time: %d, blocks_in_flight: %d)", worst.id, worst.ConnectedAt().Unix(), len(worst.inFlight))
}
