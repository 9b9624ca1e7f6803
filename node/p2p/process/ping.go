package process

import (
	"time"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
)

const (
	// pingInterval is how often a peer is pinged; one that does not answer for
	// pingTimeout is disconnected.
	pingInterval = 2 * time.Minute
	pingTimeout  = 20 * time.Minute
)

// maybePing pings a peer if it is time or an RPC asked for it (MaybeSendPing).
func (p *Processor) maybePing(s *peer, now time.Time) {
	if s.ping.nonce != 0 && now.After(s.ping.start.Add(pingTimeout)) && p.o.Network.InactivityDue(s.Link, now) {
		p.debug("ping timeout: %fs peer=%d", now.Sub(s.ping.start).Seconds(), s.id)
		s.Disconnect("")
		return
	}
	if !s.ping.queued && (s.ping.nonce != 0 || !now.After(s.ping.start.Add(pingInterval))) {
		return
	}
	nonce := p.o.Rand.Uint64()
	for nonce == 0 {
		nonce = p.o.Rand.Uint64()
	}
	s.ping.queued, s.ping.start, s.ping.nonce = false, now, nonce
	s.Send(msg.TypePing, msg.AppendNonce(nil, nonce))
}

func (p *Processor) handlePing(s *peer, payload []byte) error {
	nonce, err := msg.DecodeNonce(payload)
	if err == nil {
		s.Send(msg.TypePong, msg.AppendNonce(nil, nonce))
	}
	return err
}

func (p *Processor) handlePong(s *peer, m conn.Message) {
	problem, finished := "", false
	nonce, err := msg.DecodeNonce(m.Payload)
	switch {
	case err != nil:
		problem, finished = "Short payload", true // a bug elsewhere: forget the ping
	case s.ping.nonce == 0:
		problem = "Unsolicited pong without ping"
	case nonce == s.ping.nonce:
		finished = true
		if took := m.Received.Sub(s.ping.start); took >= 0 {
			s.Pong(took)
		} else {
			problem = "Timing mishap"
		}
	case nonce == 0:
		problem, finished = "Nonce zero", true
	default:
		problem = "Nonce mismatch" // normal if pings overlap
	}
	if problem != "" {
		p.debug("pong peer=%d: %s, %x expected, %x received, %d bytes", s.id, problem, s.ping.nonce, nonce, len(m.Payload))
	}
	if finished {
		s.ping.nonce = 0
	}
}

// SendPings has every peer pinged.
func (p *Processor) SendPings() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.peers {
		s.ping.queued = true
	}
}
