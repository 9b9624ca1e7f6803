package process

import (
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

func (p *Processor) handleInv(s *peer, payload []byte) error {
	list, err := msg.DecodeInv(payload)
	if err != nil {
		return err
	}
	if len(list) > msg.MaxInv {
		p.misbehaving(s, 20, "inv message size = %d", len(list))
		return nil
	}
	var newest wire.Hash
	for _, inv := range list {
		switch {
		case inv.Type.Command() == "":
			p.debug("got inv of unknown type %d: %s peer=%d", uint32(inv.Type), inv.Hash, s.id)
		case inv.Type == msg.InvBlock:
			if p.invBlock(s, inv) {
				newest = inv.Hash
			}
		case !p.invObject(s, inv):
			return nil
		}
	}
	if !newest.IsZero() {
		p.followInv(s, newest)
	}
	return nil
}

// haveNew is how the log tells whether an announced object is here.
func haveNew(have bool) string {
	if have {
		return "have"
	}
	return "new"
}

// invBlock notes that a peer has a block, and reports whether headers are to be
// asked for.
func (p *Processor) invBlock(s *peer, inv msg.Inv) bool {
	have := p.o.Chain.Lookup(inv.Hash) != nil
	p.debug("got inv: %s  %s peer=%d", inv, haveNew(have), s.id)
	p.announced(s, inv.Hash)
	_, under := p.sync.inFlight[inv.Hash]
	return !have && !under && !p.o.Chain.Importing()
}

// invObject notes that a peer has some other object, and reports whether it may
// announce such.
func (p *Processor) invObject(s *peer, inv msg.Inv) bool {
	name := inv.Type.Command()
	rejects := p.rejectsTxs(s)
	violation := func() bool {
		p.debug("%s (%s) inv sent in violation of protocol, disconnecting peer=%d", name, inv.Hash, s.id)
		s.Disconnect("")
		return false
	}
	if rejects && msg.ViolatesBlocksOnly(name) {
		return violation()
	}
	have := p.alreadyHave(inv)
	p.debug("got inv: %s  %s peer=%d", inv, haveNew(have), s.id)
	s.tx.known.Add(inv.Hash[:])
	if !have && !p.o.Chain.InitialDownload() {
		p.requests.Announced(&s.objects, inv, p.now(), false)
	}
	return true
}

// followInv asks for the headers up to a block that was announced by inv. Before
// our first synchronisation that makes one more peer per block a source of
// headers, in case the one that we chose does not answer.
func (p *Processor) followInv(s *peer, newest wire.Hash) {
	if !s.syncStarted && (s.invGetHeaders || newest == p.sync.lastInv) {
		return
	}
	best := p.o.Chain.BestHeader()
	if p.askHeaders(s, best) {
		p.debug("%s (%d) %s to peer=%d", s.getHeadersType(), best.Height(), newest, s.id)
	}
	if !s.syncStarted {
		s.invGetHeaders = true
		p.sync.lastInv = newest
	}
}

// alreadyHave reports whether an announced object is not needed (AlreadyHave).
// Of what masternodes sign nothing is needed, as long as nobody can verify it.
func (p *Processor) alreadyHave(inv msg.Inv) bool {
	if !inv.Type.IsTx() {
		return true
	}
	if tip := p.o.Chain.Tip().Hash(); tip != p.rejectsTip {
		p.rejectsTip = tip // what was refused may be right now
		p.rejects.Reset()
	}
	h := inv.Hash
	return p.orphans.Has(h) || p.confirmed.Has(h[:]) || inv.Type == msg.InvTx && p.rejects.Has(h[:]) || p.o.Pool.Has(h) ||
		p.o.HasTx != nil && p.o.HasTx(h)
}
