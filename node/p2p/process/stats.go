package process

import "dashmp/node/p2p/conn"

// PeerStats implements conn.PeerInfo (GetNodeStateStats).
func (p *Processor) PeerStats(id int64) (conn.PeerStats, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.peers[id]
	if s == nil {
		return conn.PeerStats{}, false
	}
	st := conn.PeerStats{
		Services: uint64(s.their), RelayTxs: s.tx.may && s.tx.wanted, MisbehaviorScore: s.score, StartingHeight: s.startHeight,
		SyncHeight: -1, CommonHeight: -1, AddrRelayEnabled: s.addr.enabled,
		AddrProcessed: s.addr.processed, AddrRateLimited: s.addr.rateLimited,
	}
	if s.best != nil {
		st.SyncHeight = s.best.Height()
	}
	if s.shared != nil {
		st.CommonHeight = s.shared.Height()
	}
	for _, q := range s.inFlight {
		st.HeightsInFlight = append(st.HeightsInFlight, q.index.Height())
	}
	if s.ping.nonce != 0 && !s.ping.start.IsZero() {
		st.PingWait = p.now().Sub(s.ping.start)
	}
	return st, true
}
