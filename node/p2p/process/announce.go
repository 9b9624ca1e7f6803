package process

import (
	"dashmp/node/chain"
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

// announceBlocks tells a peer of new blocks of the active chain: by headers if
// it wants and they connect to what it has, compactly if it asked for that, else
// by inv.
func (p *Processor) announceBlocks(s *peer) {
	if len(s.forHeaders) == 0 {
		return
	}
	hashes := s.forHeaders
	s.forHeaders = nil
	p.learnUnknown(s)
	byInv := !s.wantsHeaders && !s.wantsHeaders2 && (!s.wantsCmpct || len(hashes) > 1) || len(hashes) > maxAnnounce
	if !byInv {
		list, last, ok := p.connecting(s, hashes)
		byInv = !ok || len(list) > 0 && !p.announceHeaders(s, list, last)
	}
	if byInv {
		p.announceTip(s, hashes[len(hashes)-1])
	}
}

// connecting are the headers of those blocks that a peer does not have; ok is
// false if they do not connect to what it has.
func (p *Processor) connecting(s *peer, hashes []wire.Hash) (list []wire.Header, last *chain.Index, ok bool) {
	for _, h := range hashes {
		x := p.o.Chain.Lookup(h)
		if x == nil || p.o.Chain.ActiveAt(x.Height()) != x || last != nil && x.Parent() != last {
			return nil, nil, false
		}
		last = x
		parent := x.Parent()
		switch {
		case len(list) > 0:
			list = append(list, x.Header())
		case s.has(x):
		case parent == nil || s.has(parent) || parent.Hash() == p.o.Params.DevnetGenesisHash:
			list = append(list, x.Header())
		default:
			return nil, nil, false
		}
	}
	return list, last, true
}

// announceHeaders announces headers in the way that a peer likes best, and
// reports whether it likes any.
func (p *Processor) announceHeaders(s *peer, list []wire.Header, last *chain.Index) bool {
	first := list[0].Hash()
	switch {
	case len(list) == 1 && s.wantsCmpct:
		p.debug("SendMessages sending header-and-ids %s to peer=%d", first, s.id)
		c, err := p.compactOf(last)
		if err != nil {
			p.o.Log.Error("SendMessages: cannot load block from disk: " + err.Error())
			return false
		}
		s.Send(msg.TypeCmpctBlock, c)
	case s.wantsHeaders2:
		s.Send(msg.TypeHeaders2, msg.AppendHeaders2(nil, list))
	case s.wantsHeaders:
		if len(list) > 1 {
			p.debug("SendMessages: %d headers, range (%s, %s), to peer=%d", len(list), first, last.Hash(), s.id)
		} else {
			p.debug("SendMessages: sending header %s to peer=%d", first, s.id)
		}
		s.Send(msg.TypeHeaders, msg.AppendHeaders(nil, list))
	default:
		return false
	}
	s.sent = last
	return true
}

// announceTip queues an inv for the last of the blocks to announce.
func (p *Processor) announceTip(s *peer, hash wire.Hash) {
	x := p.o.Chain.Lookup(hash)
	if x == nil {
		return
	}
	if !p.o.Chain.Contains(x) {
		p.debug("Announcing block %s not on main chain (tip=%s)", hash, p.o.Chain.Tip().Hash())
	}
	if !s.has(x) {
		s.forInv = append(s.forInv, hash)
		p.debug("SendMessages: sending inv peer=%d hash=%s", s.id, hash)
	}
}
