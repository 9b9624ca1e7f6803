package process

import (
	"context"
	"slices"
	"time"

	"dashmp/node/chain"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/process/compact"
	"dashmp/node/spv"
	"dashmp/node/wire"
)

const (
	// historicalAge is how old a block is, in seconds behind the best header,
	// that falls under -maxuploadtarget.
	historicalAge = 7 * 24 * 60 * 60
	// maxCompactDepth and maxBlockTxnDepth are how deep a block may be that is
	// served compact, and whose transactions are served one by one.
	maxCompactDepth  = 5
	maxBlockTxnDepth = 10
	// limitedBlocks is how many blocks a pruned node promises to have.
	limitedBlocks = 288
	// unconditionalRelay is how long a transaction must have been here to be
	// served to those it was not announced to.
	unconditionalRelay = 2 * time.Minute
)

func (p *Processor) handleGetData(s *peer, payload []byte) error {
	list, err := msg.DecodeInv(payload)
	if err != nil {
		return err
	}
	if len(list) > msg.MaxInv {
		p.misbehaving(s, 20, "getdata message size = %d", len(list))
		return nil
	}
	p.debug("received getdata (%d invsz) peer=%d", len(list), s.id)
	if len(list) > 0 {
		p.debug("received getdata for: %s peer=%d", list[0], s.id)
	}
	s.getdata = append(s.getdata, list...)
	p.serve(s)
	return nil
}

// serve sends what a peer asked for: transactions and the like as long as it
// takes them, then one block (ProcessGetData).
func (p *Processor) serve(s *peer) {
	now := p.now()
	var missing []msg.Inv
	i := 0
	for ; i < len(s.getdata) && !s.SendBufferFull(); i++ {
		inv := s.getdata[i]
		name := inv.Type.Command()
		if name == "" || inv.Type.IsBlock() {
			break
		}
		if !s.tx.may && msg.ViolatesBlocksOnly(name) {
			continue // on a connection for blocks only it gets no answer
		}
		if !inv.Type.IsTx() || !p.serveTx(s, inv, now) {
			missing = append(missing, inv)
		}
	}
	if i < len(s.getdata) && !s.SendBufferFull() {
		if inv := s.getdata[i]; inv.Type.IsBlock() {
			p.serveBlock(s, inv)
		}
		i++ // or it is of an unknown kind
	}
	if s.getdata = s.getdata[i:]; len(s.getdata) == 0 {
		s.getdata = nil
	}
	if len(missing) > 0 {
		s.Send(msg.TypeNotFound, msg.AppendInv(nil, missing))
	}
}

// serveTx sends a transaction that may be told to a peer.
func (p *Processor) serveTx(s *peer, inv msg.Inv, now time.Time) bool {
	tx := p.findTx(s, inv.Hash, now)
	if tx == nil {
		return false
	}
	s.Send(msg.TypeTx, tx.Append(make([]byte, 0, tx.Size())))
	p.o.Pool.RemoveUnbroadcast(inv.Hash)
	// The peer may need its parents, so they may be asked for from now on.
	if e, ok := p.o.Pool.Entry(inv.Hash); ok {
		for _, parent := range e.Parents {
			if info, ok := p.o.Pool.Info(parent); ok && info.Time > now.Add(-unconditionalRelay).Unix() && !s.tx.known.Has(parent[:]) {
				s.tx.announced.Add(parent[:])
			}
		}
	}
	return true
}

// findTx is a transaction that a peer may have: one that has been here for a
// while, or that it was told of (FindTxForGetData).
func (p *Processor) findTx(s *peer, id wire.Hash, now time.Time) *wire.Tx {
	info, ok := p.o.Pool.Info(id)
	if ok && (!s.tx.lastMempool.IsZero() && info.Time <= s.tx.lastMempool.Unix() || info.Time <= now.Add(-unconditionalRelay).Unix()) {
		return info.Tx
	}
	if !s.tx.announced.Has(id[:]) {
		return nil
	}
	if ok {
		return info.Tx
	}
	return p.relay.recent[id].tx
}

// serveBlock sends a block in the form that was asked for (ProcessGetBlockData).
func (p *Processor) serveBlock(s *peer, inv msg.Inv) {
	x := p.o.Chain.Lookup(inv.Hash)
	if x == nil {
		return
	}
	if !p.mayServe(x) {
		p.debug("ProcessGetBlockData: ignoring request from peer=%d for old block that isn't in the main chain", s.id)
		return
	}
	tip := p.o.Chain.Tip()
	historical := int64(p.o.Chain.BestHeader().Time())-int64(x.Time()) > historicalAge || inv.Type == msg.InvFilteredBlock
	if historical && !s.HasPermission(conn.Download) && p.o.Network.UploadTargetReached(true) {
		p.debug("historical block serving limit reached, disconnect peer=%d", s.id)
		s.Disconnect("")
		return
	}
	// Two more for races; nothing below, or others could see how far we pruned.
	if !s.HasPermission(conn.NoBan) && s.our.Limited() && tip.Height()-x.Height() > limitedBlocks+2 {
		p.debug("Ignore block request below NODE_NETWORK_LIMITED threshold, disconnect peer=%d", s.id)
		s.Disconnect("")
		return
	}
	if p.o.Chain.Info(x).Status&chain.HaveData == 0 {
		return
	}
	if err := p.sendBlock(s, inv.Type, x); err != nil {
		p.o.Log.Error("ProcessGetBlockData: cannot load block from disk: " + err.Error())
		return
	}
	if inv.Hash == s.continuation {
		// So that the peer asks for the next 500; at once, and even if it knows.
		s.Send(msg.TypeInv, msg.AppendInv(nil, []msg.Inv{{Type: msg.InvBlock, Hash: tip.Hash()}}))
		s.continuation = wire.Hash{}
	}
}

func (p *Processor) sendBlock(s *peer, form msg.InvType, x *chain.Index) error {
	deep := !p.canDirectFetch() || x.Height() < p.o.Chain.Tip().Height()-maxCompactDepth
	switch {
	case form == msg.InvCmpctBlock && !deep:
		c, err := p.compactOf(x)
		if err == nil {
			s.Send(msg.TypeCmpctBlock, c)
		}
		return err
	case form == msg.InvFilteredBlock:
		return p.sendFiltered(s, x)
	}
	if r := p.relay.block; r.block != nil && r.hash == x.Hash() {
		s.Send(msg.TypeBlock, r.block.Append(make([]byte, 0, r.block.Size())))
		return nil
	}
	raw, err := p.o.Chain.RawBlock(context.Background(), x)
	if err == nil {
		s.Send(msg.TypeBlock, raw)
	}
	return err
}

// sendFiltered proves which transactions of a block match the peer's filter, and
// sends those.
func (p *Processor) sendFiltered(s *peer, x *chain.Index) error {
	if s.tx.filter == nil {
		return nil
	}
	b, err := p.blockOf(x)
	if err != nil {
		return err
	}
	m, matched := spv.FilterBlock(b, s.tx.filter)
	s.Send(msg.TypeMerkleBlock, m.Append(nil))
	for _, i := range matched {
		s.Send(msg.TypeTx, b.Txs[i].Append(nil))
	}
	return nil
}

// blockOf is a block, the most recent one from memory.
func (p *Processor) blockOf(x *chain.Index) (*wire.Block, error) {
	if r := p.relay.block; r.block != nil && r.hash == x.Hash() {
		return r.block, nil
	}
	return p.o.Chain.Block(context.Background(), x)
}

// compactOf is the encoded compact form of a block.
func (p *Processor) compactOf(x *chain.Index) ([]byte, error) {
	if r := &p.relay.block; r.block != nil && r.hash == x.Hash() {
		return r.encoded(p.o.Rand.Uint64), nil
	}
	b, err := p.o.Chain.Block(context.Background(), x)
	if err != nil {
		return nil, err
	}
	return compact.New(b, p.o.Rand.Uint64()).Append(nil), nil
}

// handleGetBlockTxn serves what a peer could not find for a compact block.
func (p *Processor) handleGetBlockTxn(s *peer, payload []byte) error {
	g, err := msg.DecodeGetBlockTxn(payload)
	if err != nil {
		return err
	}
	if r := p.relay.block; r.block != nil && r.hash == g.Block {
		p.sendBlockTxn(s, r.block, g)
		return nil
	}
	x := p.o.Chain.Lookup(g.Block)
	if x == nil || p.o.Chain.Info(x).Status&chain.HaveData == 0 {
		p.debug("Peer %d sent us a getblocktxn for a block we don't have", s.id)
		return nil
	}
	if x.Height() >= p.o.Chain.Tip().Height()-maxBlockTxnDepth {
		b, err := p.o.Chain.Block(context.Background(), x)
		if err != nil {
			p.o.Log.Error("getblocktxn: cannot load block from disk: " + err.Error())
			return nil
		}
		p.sendBlockTxn(s, b, g)
		return nil
	}
	// A whole block costs the peer as much as it costs us.
	p.debug("Peer %d sent us a getblocktxn for a block > %d deep", s.id, maxBlockTxnDepth)
	s.getdata = append(s.getdata, msg.Inv{Type: msg.InvBlock, Hash: g.Block})
	return nil
}

func (p *Processor) sendBlockTxn(s *peer, b *wire.Block, g *msg.GetBlockTxn) {
	t := msg.BlockTxn{Block: g.Block}
	for _, i := range g.Indexes {
		if int(i) >= len(b.Txs) {
			p.misbehaving(s, 100, "getblocktxn with out-of-bounds tx indices")
			return
		}
		t.Txs = append(t.Txs, b.Txs[i])
	}
	s.Send(msg.TypeBlockTxn, t.Append(nil))
}

// handleMempool has the whole mempool announced to a peer that may ask for it
// (BIP35).
func (p *Processor) handleMempool(s *peer, _ []byte) error {
	may := s.HasPermission(conn.Mempool)
	switch {
	case !may && !s.our.Has(msg.ServiceBloom):
		if !s.HasPermission(conn.NoBan) {
			p.debug("mempool request with bloom filters disabled, disconnect peer=%d", s.id)
			s.Disconnect("")
		}
	case !may && p.o.Network.UploadTargetReached(false):
		if !s.HasPermission(conn.NoBan) {
			p.debug("mempool request with bandwidth limit reached, disconnect peer=%d", s.id)
			s.Disconnect("")
		}
	case s.tx.may:
		s.tx.sendMempool = true
	}
	return nil
}

// handleNotFound forgets requests that a peer cannot serve.
func (p *Processor) handleNotFound(s *peer, payload []byte) error {
	list, err := msg.DecodeInv(payload)
	if err != nil || len(list) > 100+maxInFlight {
		return err
	}
	for _, inv := range slices.Compact(list) {
		if inv.Type.Command() != "" {
			s.objects.NotFound(inv)
		}
	}
	return nil
}
