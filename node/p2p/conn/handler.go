package conn

import "time"

// round is how long the handler waits at most between two rounds.
const round = 100 * time.Millisecond

// handle runs the processor: rounds over all peers in random order, one message
// of each (ThreadMessageHandler). It ends with the Manager.
func (m *Manager) handle() {
	defer m.wg.Done()
	m.logf("msghand thread start")
	timer := time.NewTimer(round)
	defer timer.Stop()
	for m.ctx.Err() == nil {
		more := false
		m.bury()
		for _, p := range m.shuffled() {
			if m.ctx.Err() != nil {
				break
			}
			more = m.serve(p) || more
		}
		if more {
			continue
		}
		timer.Reset(round)
		select {
		case <-m.wake:
		case <-timer.C:
		case <-m.ctx.Done():
		}
	}
}

// serve gives one peer its turn and tells whether it has more to do at once.
func (m *Manager) serve(p *Peer) (more bool) {
	if p.gone.Load() {
		return false
	}
	if !p.started {
		p.started = true
		m.proc.Connected(p)
	}
	if m.proc.Backlog(p) {
		more = true
	} else if !p.gone.Load() && !p.SendBufferFull() {
		var msg received
		var ok bool
		if msg, ok, more = p.in.take(); ok {
			m.proc.Message(p, Message{Type: msg.msgType, Payload: msg.payload, Received: msg.at})
		}
	}
	if !p.gone.Load() {
		m.proc.Tick(p)
	}
	return more && !p.SendBufferFull() && !p.gone.Load()
}

// bury ends the peers whose connections are closed.
func (m *Manager) bury() {
	m.mu.Lock()
	dead := m.dead
	m.dead = nil
	m.mu.Unlock()
	for _, p := range dead {
		if p.started {
			m.proc.Disconnected(p)
		}
	}
}

// shuffled returns the peers in random order, so that nobody gains from having
// several connections in a row.
func (m *Manager) shuffled() []*Peer {
	list := m.Peers()
	m.rngMu.Lock()
	defer m.rngMu.Unlock()
	m.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// watch drops peers that say nothing (CConnman::InactivityCheck).
func (m *Manager) watch() {
	defer m.wg.Done()
	m.logf("net thread start")
	for m.sleep(250 * time.Millisecond) {
		for _, p := range m.Peers() {
			if !p.gone.Load() && m.inactive(p) {
				p.Disconnect("")
			}
		}
	}
}

// inactive reports, and logs, that a peer has been silent too long.
func (m *Manager) inactive(p *Peer) bool {
	now := m.now().Unix()
	limit := int64(m.o.Config.PeerTimeout / time.Second)
	if !m.InactivityDue(p.since, m.now()) {
		return false
	}
	sent, got, idle := p.lastSend.Load(), p.lastRecv.Load(), int64(idleTimeout/time.Second)
	switch {
	case sent == 0 || got == 0:
		m.logNet("socket no message in first %d seconds, %d %d peer=%d", limit, bit(got != 0), bit(sent != 0), p.id)
	case now > sent+idle:
		m.logNet("socket sending timeout: %ds peer=%d", now-sent, p.id)
	case now > got+idle:
		m.logNet("socket receive timeout: %ds peer=%d", now-got, p.id)
	case !p.handshaken():
		m.logNet("version handshake timeout peer=%d", p.id)
	default:
		return false
	}
	return true
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sleep waits; it is false if the Manager ends meanwhile.
func (m *Manager) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-m.ctx.Done():
		return false
	}
}
