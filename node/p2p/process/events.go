package process

import (
	"time"

	"dashmp/node/chain"
	"dashmp/node/wire"
)

// chainEvent hears of every change of the chain. It is called with the chain's
// activation held, while no call of this package holds mu.
func (p *Processor) chainEvent(e chain.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case chain.BlockConnected:
		p.blockConnected(e.Block)
	case chain.BlockDisconnected:
		p.confirmed.Reset() // or what was in it would not be relayed
	case chain.NewWork:
		p.announceEarly(e.Index, e.Block)
	case chain.BlockChecked:
		p.blockChecked(e.Index.Hash(), e.Err)
	case chain.UpdatedTip:
		p.tipUpdated(e)
	}
}

func (p *Processor) blockConnected(b *wire.Block) {
	p.sync.lastTipUpdate = p.now()
	for _, tx := range b.Txs {
		id := tx.ID()
		p.confirmed.Add(id[:])
	}
	if p.orphans.Len() > 0 {
		// What waited for it is tried again when the next message is handled;
		// what it excludes is not.
		p.orphans.SetWork(b)
		p.orphans.EraseForBlock(b)
	}
	if p.sync.stall != stallDefault {
		p.sync.stall = max((p.sync.stall * 85 / 100).Truncate(time.Second), stallDefault)
		p.debug("Decreased stalling timeout to %d seconds", int(p.sync.stall.Seconds()))
	}
}

// announceEarly announces a block that has work and builds on the tip, before it
// is judged, to those who asked for that (NewPoWValidBlock).
func (p *Processor) announceEarly(x *chain.Index, b *wire.Block) {
	if x.Height() <= p.relay.highest {
		return
	}
	p.relay.highest = x.Height()
	p.relay.block = recentBlock{hash: x.Hash(), block: b}
	for _, s := range p.peers {
		if s.Disconnecting() || !s.handshaken {
			continue
		}
		p.learnUnknown(s)
		if s.wantsCmpct && !s.has(x) && s.has(x.Parent()) {
			p.debug("PeerManager::NewPoWValidBlock sending header-and-ids %s to peer=%d", x.Hash(), s.id)
			s.Send("cmpctblock", p.relay.block.encoded(p.o.Rand.Uint64))
			s.sent = x
		}
	}
}

// tipUpdated has the new blocks of the active chain announced (UpdatedBlockTip).
func (p *Processor) tipUpdated(e chain.Event) {
	if e.Initial {
		return
	}
	var hashes []wire.Hash
	for x := e.Index; x != e.Fork && x != nil && len(hashes) < maxAnnounce; x = x.Parent() {
		hashes = append([]wire.Hash{x.Hash()}, hashes...)
	}
	for _, s := range p.peers {
		if s.handshaken {
			s.forHeaders = append(s.forHeaders, hashes...)
		}
	}
	p.o.Network.Wake()
}
