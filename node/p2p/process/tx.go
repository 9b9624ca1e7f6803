package process

import (
	"bytes"
	"context"
	"errors"

	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

// maxExtraSize is the largest refused transaction that is kept for compact
// blocks, in bytes.
const maxExtraSize = 100000

func (p *Processor) handleTx(s *peer, payload []byte) error {
	if p.o.Chain.InitialDownload() {
		return nil // it could not be judged, and is no offence
	}
	r := wire.NewReader(payload)
	wire.ReadTx(r)
	if r.Err() != nil {
		return r.Err()
	}
	// Only its own bytes are kept, not what a stranger appended.
	tx, err := wire.DecodeTx(bytes.Clone(payload[:len(payload)-r.Len()]))
	if err != nil {
		return err
	}
	id := tx.ID()
	s.tx.known.Add(id[:])
	inv := msg.Inv{Type: msg.InvTx, Hash: id}
	p.requests.Received(&s.objects, inv, p.now())
	if p.alreadyHave(inv) {
		p.forceRelay(s, id)
		return nil
	}
	p.takeTx(s, tx, id)
	return nil
}

// handleDSTX takes note of a mixing transaction. Without a list of masternodes
// nobody can tell whether one signed it, so it is not taken (ValidateDSTX).
func (p *Processor) handleDSTX(s *peer, payload []byte) error {
	if p.o.Chain.InitialDownload() {
		return nil
	}
	d, err := msg.DecodeDSTX(payload)
	if err != nil {
		return err
	}
	id := d.Tx.ID()
	s.tx.known.Add(id[:])
	p.requests.Received(&s.objects, msg.Inv{Type: msg.InvDSTX, Hash: id}, p.now())
	return nil
}

// forceRelay relays what is here already for a peer that may have that, so that
// this node can be the gateway of another.
func (p *Processor) forceRelay(s *peer, id wire.Hash) {
	if !s.HasPermission(conn.ForceRelay) {
		return
	}
	if !p.o.Pool.Has(id) {
		p.info("Not relaying non-mempool transaction %s from forcerelay peer=%d", id, s.id)
		return
	}
	p.info("Force relaying tx %s from peer=%d", id, s.id)
	p.relayTx(id)
}

// accept offers a transaction to the mempool without holding the lock.
func (p *Processor) accept(tx *wire.Tx) (mempool.Result, bool) {
	p.mu.Unlock()
	defer p.mu.Lock()
	r, err := p.o.Pool.Accept(context.Background(), tx, mempool.How{})
	if err != nil {
		p.o.Log.Error("mempool: " + err.Error())
	}
	return r, err == nil
}

func (p *Processor) takeTx(s *peer, tx *wire.Tx, id wire.Hash) {
	r, ok := p.accept(tx)
	switch {
	case !ok:
		return
	case r.Err == nil:
		p.relayTx(id)
		p.orphans.AddChildren(tx, s.id)
		s.GotTx(p.now())
		status := p.o.Pool.Status()
		debugTo(p.pool, "AcceptToMemoryPool: peer=%d: accepted %s (poolsz %d txn, %d kB)", s.id, id, status.Count, status.Usage/1000)
		p.processOrphan(s.id)
		return
	case r.Err.Kind == consensus.KindMissingInputs:
		p.takeOrphan(s, tx, id)
	default:
		p.rejects.Add(id[:])
		if tx.Size() < maxExtraSize {
			p.addExtra(tx)
		}
	}
	debugTo(p.rej, "%s from peer=%d was not accepted: %s", id, s.id, r.Err)
	p.punishForTx(s, r.Err)
}

// punishForTx adds to the score of whoever sent a transaction that can never be
// valid (MaybePunishNodeForTx).
func (p *Processor) punishForTx(s *peer, err error) {
	if errors.Is(err, consensus.KindConsensus) {
		p.misbehaving(s, 100, "")
	}
}

// takeOrphan keeps a transaction whose parents are unknown, and asks its sender
// for them.
func (p *Processor) takeOrphan(s *peer, tx *wire.Tx, id wire.Hash) {
	parents := map[wire.Hash]struct{}{}
	for _, in := range tx.Inputs {
		parents[in.PrevOut.Hash] = struct{}{}
	}
	for h := range parents {
		if p.rejects.Has(h[:]) {
			debugTo(p.pool, "not keeping orphan with rejected parents %s", id)
			p.rejects.Add(id[:])
			return
		}
	}
	now := p.now()
	for h := range parents {
		s.tx.known.Add(h[:])
		// It may be a mixing transaction, which has another kind of inventory.
		for _, typ := range []msg.InvType{msg.InvTx, msg.InvDSTX} {
			if inv := (msg.Inv{Type: typ, Hash: h}); !p.alreadyHave(inv) {
				p.requests.Announced(&s.objects, inv, now, false)
			}
		}
	}
	if p.orphans.Add(tx, s.id, now) {
		p.addExtra(tx)
	}
	p.orphans.Limit(p.o.MaxOrphanSize, now)
}

// processOrphan tries orphans of a peer's work until one is settled, and reports
// whether there is more to do (ProcessOrphanTx).
func (p *Processor) processOrphan(worker int64) bool {
	for {
		tx, sender := p.orphans.Next(worker)
		if tx == nil {
			return false
		}
		id := tx.ID()
		r, ok := p.accept(tx)
		switch {
		case !ok:
			return false
		case r.Err == nil:
			debugTo(p.pool, "   accepted orphan tx %s", id)
			p.relayTx(id)
			p.orphans.AddChildren(tx, worker)
			p.orphans.Erase(id)
			return p.orphans.More(worker)
		case r.Err.Kind != consensus.KindMissingInputs:
			debugTo(p.pool, "   invalid orphan tx %s from peer=%d. %s", id, sender, r.Err)
			if s := p.peers[sender]; s != nil {
				p.punishForTx(s, r.Err)
			}
			debugTo(p.pool, "   removed orphan tx %s", id)
			p.rejects.Add(id[:])
			p.orphans.Erase(id)
			return p.orphans.More(worker)
		}
	}
}
