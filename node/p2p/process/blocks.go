package process

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"dashmp/node/chain"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/process/compact"
	"dashmp/node/wire"
)

func (p *Processor) handleBlock(s *peer, payload []byte) error {
	if p.o.Chain.Importing() {
		p.debug("Unexpected block message received from peer %d", s.id)
		return nil
	}
	r := wire.NewReader(payload)
	if wire.ReadBlock(r); r.Err() != nil {
		return r.Err()
	}
	b, err := wire.DecodeBlock(bytes.Clone(payload[:len(payload)-r.Len()]))
	if err != nil {
		return err
	}
	hash := b.Header.Hash()
	p.debug("received block %s peer=%d", hash, s.id)
	_, requested := p.sync.inFlight[hash]
	p.endRequest(hash)
	if _, ok := p.sync.source[hash]; !ok {
		p.sync.source[hash] = blockSource{s.id, true}
	}
	p.processBlock(s, b, hash, requested)
	return nil
}

// processBlock offers a block to the chain without holding the lock
// (ProcessBlock). Who sent an invalid one is punished by blockChecked.
func (p *Processor) processBlock(s *peer, b *wire.Block, hash wire.Hash, requested bool) {
	p.mu.Unlock()
	isNew, err := p.o.Chain.ProcessBlock(context.Background(), b, requested)
	p.mu.Lock()
	if err != nil {
		if e := refusal(err); e != nil {
			p.logRefused(hash, e)
			p.info("ERROR: ProcessNewBlock: AcceptBlock FAILED: %s", e)
			p.blockChecked(hash, err)
		} else if !errors.Is(err, chain.ErrClosed) && !errors.Is(err, chain.ErrImporting) {
			p.o.Log.Error("ProcessNewBlock: " + err.Error())
		}
	}
	if isNew {
		s.GotBlock(p.now())
	} else {
		delete(p.sync.source, hash)
	}
}

// blockChecked is the verdict on a block: its sender is punished if it is
// invalid, and asked for compact blocks if it is a new tip (BlockChecked).
func (p *Processor) blockChecked(hash wire.Hash, verdict error) {
	src, ok := p.sync.source[hash]
	if !ok {
		return
	}
	delete(p.sync.source, hash)
	s := p.peers[src.peer]
	switch {
	case s == nil:
	case verdict != nil:
		if refusal(verdict) != nil {
			p.punishForBlock(s, verdict, !src.punish, "")
		}
	case !p.o.Chain.InitialDownload():
		if _, this := p.sync.inFlight[hash]; len(p.sync.inFlight) == 0 || len(p.sync.inFlight) == 1 && this {
			p.preferCompactFrom(s)
		}
	}
}

// preferCompactFrom asks a peer that sent a valid new block to announce blocks
// compactly; no more than three peers do
// (MaybeSetPeerAsAnnouncingHeaderAndIDs).
func (p *Processor) preferCompactFrom(s *peer) {
	if p.o.BlocksOnly || !s.providesCmpct {
		return
	}
	list := p.sync.highBandwidth
	if i := slices.Index(list, s); i >= 0 {
		p.sync.highBandwidth = append(slices.Delete(list, i, i+1), s)
		return
	}
	outbound := 0
	for _, o := range list {
		if !o.Inbound() {
			outbound++
		}
	}
	// An inbound peer does not take the place of the last outbound one.
	if s.Inbound() && len(list) >= 3 && outbound == 1 && !list[0].Inbound() {
		list[0], list[1] = list[1], list[0]
	}
	p.setHighBandwidth(s, true)
	list = append(list, s)
	if len(list) > 3 {
		p.setHighBandwidth(list[0], false)
		list = slices.Delete(list, 0, 1)
	}
	p.sync.highBandwidth = list
}

func (p *Processor) setHighBandwidth(s *peer, on bool) {
	s.Send(msg.TypeSendCmpct, msg.SendCmpct{HighBandwidth: on, Version: msg.CmpctVersion}.Append(nil))
	s.SetHighBandwidthTo(on)
}

// askBlock asks for a block as a whole.
func (s *peer) askBlock(hash wire.Hash) {
	s.Send(msg.TypeGetData, msg.AppendInv(nil, []msg.Inv{{Type: msg.InvBlock, Hash: hash}}))
}

func (p *Processor) handleCmpctBlock(s *peer, payload []byte) error {
	if p.o.Chain.Importing() {
		p.debug("Unexpected cmpctblock message received from peer %d", s.id)
		return nil
	}
	c, err := msg.DecodeCompactBlock(bytes.Clone(payload))
	if err != nil {
		return err
	}
	if p.o.Chain.Lookup(c.Header.PrevBlock) == nil {
		if !p.o.Chain.InitialDownload() {
			p.askHeaders(s, p.o.Chain.BestHeader())
		}
		return nil
	}
	hash := c.Header.Hash()
	fresh := p.o.Chain.Lookup(hash) == nil
	x, err := p.o.Chain.ProcessHeaders(context.Background(), []wire.Header{c.Header})
	if err != nil {
		if refusal(err) != nil {
			p.logRefused(hash, err)
			p.punishForBlock(s, err, true, "invalid header via cmpctblock")
		}
		return nil
	}
	if fresh {
		p.info("Saw new cmpctblock header hash=%s peer=%d", hash, s.id)
	}
	p.announced(s, hash)
	tip := p.o.Chain.Tip()
	if fresh && less(tip, x) {
		s.lastBlockAt = p.now().Unix()
	}
	p.takeCompact(s, &arrival{c, x, hash, len(payload)})
	return nil
}

// arrival is the compact form of a block whose header is right.
type arrival struct {
	*msg.CompactBlock
	index *chain.Index
	hash  wire.Hash
	size  int // of the message in bytes
}

// takeCompact decides what to do with the compact form of a block.
func (p *Processor) takeCompact(s *peer, c *arrival) {
	x, hash := c.index, c.hash
	info, tip := p.o.Chain.Info(x), p.o.Chain.Tip()
	r, under := p.sync.inFlight[hash]
	switch {
	case info.Status&chain.HaveData != 0:
		return
	case !less(tip, x) || info.Transactions != 0: // there is better, or it was here and was pruned
		if under {
			s.askBlock(hash)
		}
		return
	case !under && !p.canDirectFetch():
		return
	case x.Height() > tip.Height()+2:
		// Our mempool is of no use for it.
		if under {
			s.askBlock(hash)
		} else {
			p.processHeaders(s, []wire.Header{c.Header}, true)
		}
		return
	}
	if !under && len(s.inFlight) < maxInFlight || under && r.from == s {
		p.beginCompact(s, c)
		return
	}
	// It is under way from another peer; but perhaps it is here already.
	part, status := compact.Begin(c.CompactBlock, p.poolTxs(), p.relay.extra)
	if status != compact.OK || len(part.Missing()) > 0 {
		return
	}
	b, status := part.Finish(nil)
	if status != compact.OK {
		return
	}
	if _, ok := p.sync.source[hash]; !ok {
		p.sync.source[hash] = blockSource{s.id, false}
	}
	p.processBlock(s, b, hash, true)
	if p.valid(x, chain.ValidTransactions) {
		p.endRequest(hash) // only now, so that a false one does no harm
	}
}

// poolTxs is the mempool as package compact wants it.
func (p *Processor) poolTxs() []compact.Tx {
	infos := p.o.Pool.InfoAll()
	list := make([]compact.Tx, len(infos))
	for i, info := range infos {
		list[i] = compact.Tx{ID: info.ID, Tx: info.Tx}
	}
	return list
}

// beginCompact rebuilds a block and asks for what is missing.
func (p *Processor) beginCompact(s *peer, c *arrival) {
	hash := c.hash
	q, fresh := p.requestBlock(s, c.index)
	if !fresh && q.partial != nil {
		p.debug("Peer sent us compact block we were already syncing!")
		return
	}
	part, status := compact.Begin(c.CompactBlock, p.poolTxs(), p.relay.extra)
	switch status {
	case compact.Invalid:
		p.endRequest(hash)
		p.misbehaving(s, 100, "invalid compact block")
		return
	case compact.Failed:
		s.askBlock(hash)
		return
	}
	debugTo(p.cmp, "Initialized PartiallyDownloadedBlock for block %s using a cmpctblock of size %d", hash, c.size)
	q.partial = part
	if missing := part.Missing(); len(missing) > 0 {
		g := msg.GetBlockTxn{Block: hash, Indexes: missing}
		s.Send(msg.TypeGetBlockTxn, g.Append(nil))
		return
	}
	p.finishCompact(s, &msg.BlockTxn{Block: hash})
}

func (p *Processor) handleBlockTxn(s *peer, payload []byte) error {
	if p.o.Chain.Importing() {
		p.debug("Unexpected blocktxn message received from peer %d", s.id)
		return nil
	}
	t, err := msg.DecodeBlockTxn(bytes.Clone(payload))
	if err == nil {
		p.finishCompact(s, t)
	}
	return err
}

// finishCompact puts the missing transactions into a block.
func (p *Processor) finishCompact(s *peer, t *msg.BlockTxn) {
	r, ok := p.sync.inFlight[t.Block]
	if !ok || r.partial == nil || r.from != s {
		p.debug("Peer %d sent us block transactions for block we weren't expecting", s.id)
		return
	}
	b, status := r.partial.Finish(t.Txs)
	switch status {
	case compact.Invalid:
		p.endRequest(t.Block)
		p.misbehaving(s, 100, "invalid compact block/non-matching block transactions")
		return
	case compact.Failed:
		s.askBlock(t.Block) // short ids may have clashed
		return
	}
	n := r.partial.Counts
	debugTo(p.cmp, "Successfully reconstructed block %s with %d txn prefilled, %d txn from mempool (incl at least %d from extra pool) and %d txn requested",
		t.Block, n.Prefilled, n.Pool, n.Extra, len(t.Txs))
	p.endRequest(t.Block)
	// A peer may relay a compact block before it has judged it (BIP152).
	if _, ok := p.sync.source[t.Block]; !ok {
		p.sync.source[t.Block] = blockSource{s.id, false}
	}
	p.processBlock(s, b, t.Block, true)
}
