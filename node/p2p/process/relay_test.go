package process

import (
	"testing"
	"time"

	"dashmp/node/mempool"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

// cmpct is a peer that understands compact blocks.
func (n *node) cmpct(kind conn.Kind, high bool) *fakeLink {
	l := n.peer(kind)
	n.give(l, msg.TypeSendCmpct, msg.SendCmpct{HighBandwidth: high, Version: msg.CmpctVersion}.Append(nil))
	return l
}

// TestHighBandwidth: the last three peers that gave a new block announce
// compactly, and an inbound one does not take the last outbound one's place.
func TestHighBandwidth(t *testing.T) {
	c := newClock()
	src, n := newNode(t, c, nil), newNode(t, c, nil)
	w := join(n, src, 0)
	src.mine(1)
	pump(t, w)
	n.disconnected(w.linkA)
	n.sync.highBandwidth = nil
	out := n.cmpct(conn.FullRelay, false)
	in := []*fakeLink{n.cmpct(conn.Inbound, false), n.cmpct(conn.Inbound, false), n.cmpct(conn.Inbound, false)}
	deliver := func(l *fakeLink) {
		src.mine(1)
		b := src.block(src.chain.Tip().Height())
		n.give(l, msg.TypeHeaders, msg.AppendHeaders(nil, []wire.Header{b.Header}))
		n.give(l, msg.TypeBlock, b.Append(nil))
	}
	for _, l := range []*fakeLink{out, in[0], in[1], in[2]} {
		deliver(l)
		if !l.to {
			t.Fatalf("peer %d was not chosen", l.id)
		}
	}
	if !out.to || in[0].to || !in[1].to || len(n.sync.highBandwidth) != 3 {
		t.Errorf("outbound %v, first inbound %v, second %v", out.to, in[0].to, in[1].to)
	}
}

// TestAnnounce: how a new block is announced depends on what the peer asked for
// and has.
func TestAnnounce(t *testing.T) {
	c := newClock()
	n := newNode(t, c, nil)
	n.mine(3)
	know := func(l *fakeLink) *fakeLink { // it has the tip
		n.give(l, msg.TypeHeaders, msg.AppendHeaders(nil, []wire.Header{n.chain.Tip().Header()}))
		l.sent = nil
		return l
	}
	plainly, headers, headers2 := n.peer(conn.Inbound), n.peer(conn.Inbound), n.peerWith(conn.Inbound, plain|msg.ServiceHeadersCompressed, nil)
	compactly, stranger := n.cmpct(conn.Inbound, true), n.peer(conn.Inbound)
	n.give(headers, msg.TypeSendHeaders, nil)
	n.give(stranger, msg.TypeSendHeaders, nil)
	n.give(headers2, msg.TypeSendHeaders2, nil)
	for _, l := range []*fakeLink{plainly, headers, headers2, compactly} {
		know(l)
	}
	stranger.sent = nil
	n.mine(1)
	n.turns()
	for name, c := range map[string]struct {
		l    *fakeLink
		want string
	}{
		"by inv": {plainly, msg.TypeInv}, "by headers": {headers, msg.TypeHeaders}, "by headers2": {headers2, msg.TypeHeaders2},
		"compactly": {compactly, msg.TypeCmpctBlock}, "to one that lacks the parent": {stranger, msg.TypeInv},
	} {
		if got := len(c.l.take(c.want)); got != 1 {
			t.Errorf("%s: %d announcements; %v", name, got, c.l.sent)
		}
	}
	n.mine(maxAnnounce + 1)
	n.turns()
	if len(headers.take(msg.TypeHeaders)) != 0 || len(headers.invs(t, msg.TypeInv)) != 1 {
		t.Error("more than eight blocks are not announced by one inv")
	}
}

// TestMempoolMessage: BIP35, and who may not.
func TestMempoolMessage(t *testing.T) {
	for name, bloom := range map[string]bool{"offered": true, "not offered": false} {
		n := newNode(t, newClock(), func(o *Options) {
			if !bloom {
				o.Services &^= msg.ServiceBloom
			}
		})
		n.mine(110)
		tx := spendOf(n.block(1).Txs[0])
		if r, err := n.mem.Accept(t.Context(), tx, mempool.How{}); err != nil || r.Err != nil {
			t.Fatal(err, r.Err)
		}
		l := n.peer(conn.Inbound)
		n.clock.add(time.Minute)
		n.give(l, msg.TypeMempool, nil)
		n.clock.add(time.Minute)
		n.turn(l)
		if l.gone == bloom {
			t.Errorf("%s: gone %v", name, l.gone)
		}
		if got := l.invs(t, msg.TypeInv); bloom && (len(got) != 1 || got[0].Hash != tx.ID()) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestExtraPeers: of too many outbound peers the one that least recently
// announced a block goes, and of block-relay-only ones the youngest without one.
func TestExtraPeers(t *testing.T) {
	c := newClock()
	n := newNode(t, c, nil)
	full := []*fakeLink{n.peer(conn.FullRelay), n.peer(conn.FullRelay), n.peer(conn.FullRelay)}
	blocks := []*fakeLink{n.peer(conn.BlockRelay), n.peer(conn.BlockRelay), n.peer(conn.BlockRelay)}
	n.mu.Lock()
	n.peers[full[0].id].lastBlockAt = 500
	n.peers[full[1].id].lastBlockAt = 400
	n.peers[full[2].id].lastBlockAt = 600
	n.mu.Unlock()
	blocks[2].lastBlk = 7
	n.net.full, n.net.blockRelay = 1, 1
	n.turn(full[0])
	c.add(taskInterval + time.Second)
	n.turn(full[0])
	for i, l := range full {
		if l.gone != (i == 1) {
			t.Errorf("full-relay peer %d: gone %v", i, l.gone)
		}
	}
	for i, l := range blocks {
		if l.gone != (i == 1) {
			t.Errorf("block-relay peer %d: gone %v", i, l.gone)
		}
	}
}

// TestStaleTip: without blocks for long one more connection is tried, until one
// comes.
func TestStaleTip(t *testing.T) {
	c := newClock()
	n := newNode(t, c, nil)
	n.mine(1)
	l := n.peer(conn.Manual)
	for range 40 {
		c.add(taskInterval)
		n.SendPings()
		n.turn(l)
		for _, p := range l.take(msg.TypePing) {
			n.give(l, msg.TypePong, p)
		}
	}
	if !n.net.trying {
		t.Fatal("no extra peer is tried")
	}
	n.mustLog("Potential stale tip detected, will try using extra outbound peer")
	n.mine(1)
	for range 5 {
		c.add(taskInterval)
		n.turn(l)
	}
	if n.net.trying {
		t.Error("an extra peer is still tried")
	}
}

// TestHeadersTimeout: a peer with which headers are synchronised and that does
// not answer is dropped if there is another one.
func TestHeadersTimeout(t *testing.T) {
	for name, perms := range map[string]conn.Permissions{"dropped": 0, "noban": conn.NoBan} {
		c := newClock() // the chain is years behind it
		n := newNode(t, c, nil)
		change := func(l *fakeLink) { l.perms = perms }
		a, b := n.peerWith(conn.Manual, plain, change), n.peerWith(conn.Manual, plain, change)
		if len(a.take(msg.TypeGetHeaders)) != 1 || len(b.take(msg.TypeGetHeaders)) != 0 {
			t.Fatal("headers are not asked of one peer")
		}
		answer := func() {
			for _, l := range []*fakeLink{a, b} {
				n.turn(l)
				for _, p := range l.take(msg.TypePing) {
					n.give(l, msg.TypePong, p)
				}
			}
		}
		answer()
		for range 400 { // 15 minutes, and 1 ms for each of some million blocks
			c.add(10 * time.Second)
			answer()
		}
		if a.gone {
			n.disconnected(a)
			n.turn(b)
		}
		if a.gone != (perms == 0) || len(b.take(msg.TypeGetHeaders)) == 0 && perms == 0 {
			t.Errorf("%s: gone %v", name, a.gone)
		}
		n.mustLog("Timeout downloading headers from")
	}
}

// TestRebroadcast: what nobody asked for is announced again, and mockscheduler's
// Forward makes that come earlier.
func TestRebroadcast(t *testing.T) {
	c := newClock()
	n := newNode(t, c, nil)
	n.mine(110)
	tx := spendOf(n.block(1).Txs[0])
	if r, err := n.mem.Accept(t.Context(), tx, mempool.How{}); err != nil || r.Err != nil {
		t.Fatal(err, r.Err)
	}
	n.mem.AddUnbroadcast(tx.ID())
	l := n.peerWith(conn.Inbound, plain, func(l *fakeLink) { l.perms = conn.NoBan })
	n.turn(l)
	if len(l.invs(t, msg.TypeInv)) != 0 {
		t.Fatal("announced at once")
	}
	n.forward(16 * time.Minute)
	c.add(time.Second)
	n.turn(l)
	if got := l.invs(t, msg.TypeInv); len(got) != 1 || got[0].Hash != tx.ID() {
		t.Fatalf("announced %v", got)
	}
	n.give(l, msg.TypeGetData, msg.AppendInv(nil, []msg.Inv{{Type: msg.InvTx, Hash: tx.ID()}}))
	if len(n.mem.Unbroadcast()) != 0 {
		t.Error("still counted as not sent")
	}
}

// TestCompactFilters: questions that end the connection.
func TestCompactFilters(t *testing.T) {
	n := newNode(t, newClock(), func(o *Options) { o.Services |= msg.ServiceCompactFilters })
	n.mine(5)
	tip := n.chain.Tip().Hash()
	for name, c := range map[string]struct {
		typ  string
		p    []byte
		gone bool
	}{
		"no index":     {msg.TypeGetCFilters, msg.GetCFilters{Stop: tip}.Append(nil), false},
		"other filter": {msg.TypeGetCFilters, msg.GetCFilters{Filter: 1, Stop: tip}.Append(nil), true},
		"backwards":    {msg.TypeGetCFHeaders, msg.GetCFilters{Start: 6, Stop: tip}.Append(nil), true},
		"unknown":      {msg.TypeGetCFCheckpt, msg.GetCFCheckpt{Stop: wire.Hash{1}}.Append(nil), true},
	} {
		l := n.peer(conn.Inbound)
		if n.give(l, c.typ, c.p); l.gone != c.gone {
			t.Errorf("%s: gone %v", name, l.gone)
		}
	}
}

// TestDecodingTexts: what cannot be decoded costs nothing, and is logged in Dash
// Core's words.
func TestDecodingTexts(t *testing.T) {
	n := newNode(t, newClock(), nil)
	l := n.peer(conn.Inbound)
	for text, p := range map[string][]byte{
		"non-canonical ReadCompactSize()":   {0xfd, 1, 0},
		"ReadCompactSize(): size too large": {0xfe, 1, 0, 0, 2},
		"CDataStream::read(): end of data":  {5, 1},
	} {
		n.give(l, msg.TypeInv, p)
		n.mustLog("Exception '" + text)
	}
	if st, _ := n.PeerStats(l.id); st.MisbehaviorScore != 0 || l.gone {
		t.Error("it was punished")
	}
}
