package conn

import (
	"context"
	"fmt"
	"slices"
	"time"

	"dashmp/node/rpccall"
)

func (m *Manager) rpcGetPeerInfo(_ context.Context, c *rpccall.Call) (any, error) {
	if err := c.Count(0, 0); err != nil {
		return nil, err
	}
	list := []rpccall.Object{}
	info, ok := m.proc.(PeerInfo)
	if !ok {
		return list, nil
	}
	for _, p := range m.staying() {
		if s, ok := info.PeerStats(p.id); ok {
			list = append(list, p.info(s))
		}
	}
	return list, nil
}

func seconds(d time.Duration) rpccall.Double {
	return rpccall.Double(float64(d/time.Microsecond) / 1e6)
}

// info is the peer's object in getpeerinfo.
func (p *Peer) info(s PeerStats) rpccall.Object {
	o := rpccall.Object{{Key: "id", Value: p.id}, {Key: "addr", Value: p.name}}
	add := func(key string, v any) { o = append(o, rpccall.Member{Key: key, Value: v}) }
	p.state.Lock()
	st := p.state.peerFacts
	p.state.Unlock()
	if p.bind.IsValid() {
		add("addrbind", p.bind.String())
	}
	if st.addrLocal.IsValid() {
		add("addrlocal", st.addrLocal.String())
	}
	add("network", p.Network().String())
	add("services", fmt.Sprintf("%016x", s.Services))
	add("servicesnames", serviceNames(s.Services))
	add("relaytxes", s.RelayTxs)
	add("lastsend", p.lastSend.Load())
	add("lastrecv", p.lastRecv.Load())
	add("last_transaction", st.lastTx)
	add("last_block", st.lastBlock)
	add("bytessent", p.bytesSent.Load())
	add("bytesrecv", p.bytesRecv.Load())
	add("conntime", p.since.Unix())
	add("timeoffset", st.timeOffset)
	if st.pingTime > 0 {
		add("pingtime", seconds(st.pingTime))
	}
	if st.minPing >= 0 {
		add("minping", seconds(st.minPing))
	}
	if s.PingWait > 0 {
		add("pingwait", seconds(s.PingWait))
	}
	add("version", st.version)
	add("subver", st.userAgent)
	add("inbound", p.Inbound())
	add("bip152_hb_to", st.highBandTo)
	add("bip152_hb_from", st.highBandFrom)
	add("masternode", false)
	if slices.Contains(p.m.o.Config.Deprecated, "banscore") {
		add("banscore", s.MisbehaviorScore)
	}
	return append(o, p.syncInfo(s)...)
}

// syncInfo is the second half of getpeerinfo.
func (p *Peer) syncInfo(s PeerStats) rpccall.Object {
	heights := s.HeightsInFlight
	if heights == nil {
		heights = []int{}
	}
	sent, recv := p.perMessage()
	return rpccall.Object{
		{Key: "startingheight", Value: s.StartingHeight},
		{Key: "synced_headers", Value: s.SyncHeight},
		{Key: "synced_blocks", Value: s.CommonHeight},
		{Key: "inflight", Value: heights},
		{Key: "addr_relay_enabled", Value: s.AddrRelayEnabled},
		{Key: "addr_processed", Value: s.AddrProcessed},
		{Key: "addr_rate_limited", Value: s.AddrRateLimited},
		{Key: "permissions", Value: p.perms.Strings()},
		{Key: "bytessent_per_msg", Value: counters(sent)},
		{Key: "bytesrecv_per_msg", Value: counters(recv)},
		{Key: "connection_type", Value: p.kind.String()},
		{Key: "transport_protocol_type", Value: "v1"},
		{Key: "session_id", Value: ""},
	}
}
