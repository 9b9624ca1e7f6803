package process

import (
	"errors"
	"fmt"

	"dashmp/node/consensus"
	"dashmp/node/p2p/conn"
)

// threshold is the score at which a peer is discouraged
// (DISCOURAGEMENT_THRESHOLD).
const threshold = 100

// misbehaving adds to a peer's score (Misbehaving).
func (p *Processor) misbehaving(s *peer, points int, format string, args ...any) {
	before := s.score
	s.score += points
	warning := ""
	if s.score >= threshold && before < threshold {
		warning = " DISCOURAGE THRESHOLD EXCEEDED"
		s.discourage = true
	}
	why := fmt.Sprintf(format, args...)
	if why != "" {
		why = ": " + why
	}
	p.debug("Misbehaving: peer=%d (%d -> %d)%s%s", s.id, before, s.score, warning, why)
}

// punishForBlock adds to the score of whoever sent an invalid block or header
// (MaybePunishNodeForBlock).
func (p *Processor) punishForBlock(s *peer, err error, viaCompact bool, why string) {
	switch {
	case errors.Is(err, consensus.KindConsensus), errors.Is(err, consensus.KindMutated):
		if !viaCompact {
			p.misbehaving(s, 100, "%s", why)
			return
		}
	case errors.Is(err, consensus.KindCachedInvalid):
		// An outbound peer on an invalid chain is of no use.
		if !viaCompact && s.kind != conn.Inbound {
			p.misbehaving(s, 100, "%s", why)
			return
		}
	case errors.Is(err, consensus.KindInvalidHeader), errors.Is(err, consensus.KindCheckpoint), errors.Is(err, consensus.KindInvalidPrev):
		p.misbehaving(s, 100, "%s", why)
		return
	case errors.Is(err, consensus.KindMissingPrev), errors.Is(err, consensus.KindChainLock):
		p.misbehaving(s, 10, "%s", why)
		return
	}
	if why != "" {
		p.debug("peer=%d: %s", s.id, why)
	}
}

// punishIfDue ends the connection to a peer whose score is too high, and reports
// whether it did (MaybeDiscourageAndDisconnect).
func (p *Processor) punishIfDue(s *peer) bool {
	if !s.discourage {
		return false
	}
	s.discourage = false
	switch {
	case s.HasPermission(conn.NoBan):
		p.info("Warning: not punishing noban peer %d!", s.id)
		return false
	case s.kind == conn.Manual:
		p.info("Warning: not punishing manually connected peer %d!", s.id)
		return false
	case s.Addr().IsLocal():
		p.debug("Warning: disconnecting but not discouraging local peer %d!", s.id)
		s.Disconnect("")
		return true
	}
	p.debug("Disconnecting and discouraging peer %d!", s.id)
	p.o.Network.Punish(s.Addr().Addr)
	s.Disconnect("")
	return true
}

// refusal is the error as a verdict, nil if it is none.
func refusal(err error) *consensus.Error {
	var e *consensus.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
