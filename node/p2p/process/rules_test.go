package process

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"dashmp/node/mempool"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/wire"
)

// version is a version message of a test peer.
func (n *node) version(change func(*msg.Version)) []byte {
	v := msg.Version{Version: msg.ProtocolVersion, Services: plain, Time: n.clock.Now().Unix(), Nonce: 5, UserAgent: "/peer/", Relay: true, Fields: msg.VersionFields}
	if change != nil {
		change(&v)
	}
	return v.Append(nil)
}

// TestHandshake: what is sent, in which order, and who is refused.
func TestHandshake(t *testing.T) {
	n := newNode(t, newClock(), nil)
	l := n.connect(conn.Inbound, nil)
	if len(l.sent) != 0 {
		t.Error("an inbound peer is greeted first")
	}
	n.give(l, msg.TypePing, msg.AppendNonce(nil, 1))
	n.mustLog(`non-version message before version handshake. Message \"ping\" from peer=1`)
	n.give(l, msg.TypeVersion, n.version(nil))
	n.give(l, msg.TypePing, msg.AppendNonce(nil, 1))
	n.mustLog(`Unsupported message \"ping\" prior to verack from peer=1`)
	n.give(l, msg.TypeVerack, nil)
	var got []string
	for _, m := range l.sent {
		got = append(got, m.Type)
	}
	want := "[version sendaddrv2 verack sendheaders sendcmpct senddsq ping getheaders]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	n.give(l, msg.TypeVersion, n.version(nil))
	n.mustLog("redundant version message from peer=1")
	n.give(l, msg.TypeVerack, nil)
	n.mustLog("ignoring redundant verack message from peer=1")
	n.give(l, msg.TypeSendAddrV2, nil)
	if !l.gone {
		t.Error("sendaddrv2 after verack is taken")
	}
}

func TestRefusedVersions(t *testing.T) {
	n := newNode(t, newClock(), nil)
	n.net.nonces[77] = true
	for name, c := range map[string]struct {
		kind   conn.Kind
		change func(*msg.Version)
		log    string
	}{
		"obsolete":    {conn.Inbound, func(v *msg.Version) { v.Version = 31799 }, "using obsolete version 31799; disconnecting"},
		"self":        {conn.Inbound, func(v *msg.Version) { v.Nonce = 77 }, "connected to self at"},
		"masternode":  {conn.Inbound, func(v *msg.Version) { v.Masternode = true }, ""},
		"no services": {conn.FullRelay, func(v *msg.Version) { v.Services = 0 }, "does not offer the expected services"},
		"feeler":      {conn.Feeler, func(*msg.Version) {}, "feeler connection completed"},
	} {
		l := n.connect(c.kind, nil)
		n.give(l, msg.TypeVersion, n.version(c.change))
		if !l.gone {
			t.Errorf("%s: stays", name)
		}
		n.mustLog(c.log)
	}
}

func TestWrongDevnet(t *testing.T) {
	n := newNode(t, newClock(), func(o *Options) { o.DevnetName = "devnet-a" })
	l := n.connect(conn.Inbound, nil)
	n.give(l, msg.TypeVersion, n.version(nil))
	ok := n.connect(conn.Inbound, nil)
	n.give(ok, msg.TypeVersion, n.version(func(v *msg.Version) { v.UserAgent = "/Dash Core:23.1.2(devnet.devnet-a)/" }))
	if !l.gone || ok.gone {
		t.Error("the wrong one stays")
	}
	n.mustLog("connected to wrong devnet. Reported version is /peer/, expected devnet name is devnet-a")
}

// TestPing: time-outs and odd pongs, with Dash Core's texts.
func TestPing(t *testing.T) {
	n := newNode(t, newClock(), nil)
	l := n.peer(conn.Inbound)
	nonce, _ := msg.DecodeNonce(l.take(msg.TypePing)[0])
	n.give(l, msg.TypePong, msg.AppendNonce(nil, nonce+1))
	n.mustLog("pong peer=1: Nonce mismatch")
	n.clock.add(7 * time.Second)
	n.give(l, msg.TypePong, msg.AppendNonce(nil, nonce))
	if l.pong != 7*time.Second {
		t.Errorf("the ping took %v", l.pong)
	}
	n.give(l, msg.TypePong, msg.AppendNonce(nil, 0))
	n.mustLog("pong peer=1: Unsolicited pong without ping, 0 expected, 0 received, 8 bytes")
	for _, c := range []struct {
		p   []byte
		log string
	}{{[]byte{1}, "Short payload"}, {make([]byte, 8), "Nonce zero"}} {
		n.SendPings()
		n.turn(l)
		n.give(l, msg.TypePong, c.p)
		n.mustLog("pong peer=1: " + c.log)
	}
	n.SendPings()
	n.turn(l)
	n.clock.add(1201 * time.Second)
	n.turn(l)
	if !l.gone {
		t.Error("a peer that does not answer stays")
	}
	n.mustLog("ping timeout: 1201.000000s")
}

// TestScores: what costs how much.
func TestScores(t *testing.T) {
	n := newNode(t, newClock(), nil)
	n.mine(20)
	header := func(i int) wire.Header { return n.block(i).Header }
	orphan := wire.Header{PrevBlock: wire.Hash{1}}
	bad := header(20)
	bad.Nonce++
	for bad.Hash()[31] < 0x80 {
		bad.Nonce++
	}
	for name, c := range map[string]struct {
		typ   string
		p     []byte
		score int
	}{
		"too many invs":         {msg.TypeInv, msg.AppendInv(nil, make([]msg.Inv, msg.MaxInv+1)), 20},
		"too many getdata":      {msg.TypeGetData, msg.AppendInv(nil, make([]msg.Inv, msg.MaxInv+1)), 20},
		"too many addrs":        {msg.TypeAddr, msg.AppendAddr(nil, make([]netaddr.Entry, msg.MaxAddr+1), false), 20},
		"too many headers":      {msg.TypeHeaders, msg.AppendHeaders(nil, make([]wire.Header, msg.MaxHeaders+1)), 20},
		"unconnected headers":   {msg.TypeHeaders, msg.AppendHeaders(nil, bytesHeaders(orphan, 9)), 10},
		"few unconnected":       {msg.TypeHeaders, msg.AppendHeaders(nil, []wire.Header{orphan}), 0},
		"not continuous":        {msg.TypeHeaders, msg.AppendHeaders(nil, []wire.Header{header(3), header(5)}), 20},
		"no work":               {msg.TypeHeaders, msg.AppendHeaders(nil, []wire.Header{bad}), 100},
		"unasked mnlistdiff":    {msg.TypeMNListDiff, nil, 100},
		"quorum contribution":   {msg.TypeQContrib, nil, 10},
		"large filter":          {msg.TypeFilterLoad, (&msg.FilterLoad{Data: make([]byte, 36001), Functions: 1}).Append(nil), 100},
		"filteradd without":     {msg.TypeFilterAdd, wire.AppendVarBytes(nil, []byte{1}), 100},
		"garbage":               {msg.TypeInv, []byte{0xff, 1}, 0},
		"unknown":               {"nonsense", []byte{1}, 0},
		"out of bounds":         {msg.TypeGetBlockTxn, (&msg.GetBlockTxn{Block: n.chain.Tip().Hash(), Indexes: []uint16{0, 7}}).Append(nil), 100},
		"headers2 of 8001":      {msg.TypeHeaders2, append([]byte{0xfd, 0x41, 0x1f}, make([]byte, 100)...), 20},
		"block that is mutated": {msg.TypeBlock, mutated(n.block(20)), 100},
	} {
		t.Run(name, func(t *testing.T) {
			l := n.connect(conn.Inbound, nil)
			n.give(l, msg.TypeVersion, n.version(nil))
			n.give(l, msg.TypeVerack, nil)
			n.mu.Lock()
			s := n.peers[l.id]
			n.mu.Unlock()
			n.message(l.id, conn.Message{Type: c.typ, Payload: c.p})
			if s.score != c.score {
				t.Errorf("%d points, want %d", s.score, c.score)
			}
			n.turn(l)
			if punished := len(n.net.punished) > 0; punished != (c.score >= 100) || l.gone != punished {
				t.Errorf("punished %v, gone %v", punished, l.gone)
			}
			n.net.punished = nil
			n.disconnected(l)
		})
	}
}

func bytesHeaders(h wire.Header, count int) (list []wire.Header) {
	for i := range count {
		h.Nonce = uint32(i)
		list = append(list, h)
	}
	return list
}

// mutated repeats the last transaction of a block, which leaves its root.
func mutated(b *wire.Block) []byte {
	c := *b
	c.Txs = append(append([]*wire.Tx(nil), b.Txs...), b.Txs[len(b.Txs)-1])
	return c.Append(nil)
}

// TestNoban: who may not be punished is warned about; who is local is only
// disconnected.
func TestNoban(t *testing.T) {
	n := newNode(t, newClock(), nil)
	for _, c := range []struct {
		kind  conn.Kind
		perms conn.Permissions
		addr  string
		gone  bool
		log   string
	}{
		{conn.Inbound, conn.NoBan, "8.8.8.8:1", false, "Warning: not punishing noban peer"},
		{conn.Manual, 0, "8.8.8.8:1", false, "Warning: not punishing manually connected peer"},
		{conn.Inbound, 0, "127.0.0.1:1", true, "Warning: disconnecting but not discouraging local peer"},
	} {
		l := n.peerWith(c.kind, plain, func(l *fakeLink) {
			l.perms = c.perms
			l.addr, _ = netaddr.ParseService(c.addr, 0)
		})
		n.give(l, msg.TypeMNListDiff, nil)
		if l.gone != c.gone || len(n.net.punished) > 0 {
			t.Errorf("%s: gone %v, punished %v", c.log, l.gone, n.net.punished)
		}
		n.mustLog(c.log)
	}
}

// TestUnconnectedHeaders: ten announcements in a row that do not connect cost 20
// points; each is answered with a question, but not more often than in two
// minutes.
func TestUnconnectedHeaders(t *testing.T) {
	n := newNode(t, newClock(), nil)
	l := n.peer(conn.Inbound)
	l.take(msg.TypeGetHeaders)
	for i := range 10 {
		n.give(l, msg.TypeHeaders, msg.AppendHeaders(nil, []wire.Header{{PrevBlock: wire.Hash{byte(i + 1)}}}))
	}
	if asked := len(l.take(msg.TypeGetHeaders)); asked != 10 {
		t.Errorf("asked %d times", asked)
	}
	if st, _ := n.PeerStats(l.id); st.MisbehaviorScore != 20 {
		t.Errorf("%d points", st.MisbehaviorScore)
	}
	n.mustLog("10 non-connecting headers")
}

// TestMinimumWork: below the minimum nothing is served, no block is asked for,
// and an outbound peer with such a chain is dropped.
func TestMinimumWork(t *testing.T) {
	c := newClock()
	src := newNode(t, c, nil)
	src.mine(5)
	n := newNode(t, c, func(o *Options) { o.MinimumChainWork = o.MinimumChainWork.Add(src.chain.Tip().Work()).Lsh(1) })
	l := n.peer(conn.FullRelay)
	l.take(msg.TypeGetHeaders)
	var list []wire.Header
	for i := 1; i <= 5; i++ {
		list = append(list, src.block(i).Header)
	}
	n.give(l, msg.TypeHeaders, msg.AppendHeaders(nil, list))
	if len(l.invs(t, msg.TypeGetData)) != 0 {
		t.Error("blocks of a weak chain were asked for")
	}
	asker := n.peer(conn.Inbound)
	asker.sent = nil
	n.give(asker, msg.TypeGetHeaders, (&msg.GetHeaders{Locator: []wire.Hash{n.chain.Tip().Hash()}}).Append(nil))
	if got := asker.take(msg.TypeHeaders); len(got) != 1 || !bytes.Equal(got[0], []byte{0}) {
		t.Errorf("answered %x", got)
	}
}

// TestServeBlocks: blocks beside the chain, old ones and limits.
func TestServeBlocks(t *testing.T) {
	c := newClock()
	n := newNode(t, c, nil)
	n.mine(10)
	l := n.peer(conn.Inbound)
	ask := func(typ msg.InvType, h wire.Hash) {
		n.give(l, msg.TypeGetData, msg.AppendInv(nil, []msg.Inv{{Type: typ, Hash: h}}))
		for range 5 {
			n.turn(l)
		}
	}
	ask(msg.InvBlock, n.chain.ActiveAt(3).Hash())
	if len(l.take(msg.TypeBlock)) != 1 {
		t.Error("no block")
	}
	ask(msg.InvCmpctBlock, n.chain.Tip().Hash())
	ask(msg.InvCmpctBlock, n.chain.ActiveAt(2).Hash())
	if len(l.take(msg.TypeCmpctBlock)) != 1 || len(l.take(msg.TypeBlock)) != 1 {
		t.Error("compact blocks by depth")
	}
	ask(msg.InvBlock, wire.Hash{1})
	ask(msg.InvTx, wire.Hash{1})
	if got := l.invs(t, msg.TypeNotFound); len(got) != 1 || got[0].Type != msg.InvTx {
		t.Errorf("not found: %v", got)
	}
	// What left the chain is served while it is young, not after a month.
	old := n.chain.Tip()
	if err := n.chain.Invalidate(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	n.mine(2)
	if err := n.chain.Reconsider(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	ask(msg.InvBlock, old.Hash())
	if len(l.take(msg.TypeBlock)) != 1 {
		t.Error("a young block beside the chain is not served")
	}
	c.add(31 * 24 * time.Hour)
	n.mine(2)
	l = n.peer(conn.Inbound)
	ask(msg.InvBlock, old.Hash())
	if len(l.take(msg.TypeBlock)) != 0 {
		t.Error("an old block beside the chain is served")
	}
	n.net.target = true
	ask(msg.InvBlock, n.chain.ActiveAt(3).Hash())
	if !l.gone {
		t.Error("the upload target is not kept")
	}
	n.mustLog("historical block serving limit reached")
}

// TestBlocksOnly: a peer that sends transactions all the same is dropped.
func TestBlocksOnly(t *testing.T) {
	n := newNode(t, newClock(), func(o *Options) { o.BlocksOnly = true })
	tx := spendOf(&wire.Tx{Outputs: []wire.TxOut{{}}})
	for name, p := range map[string][]byte{msg.TypeTx: tx.Append(nil), msg.TypeInv: msg.AppendInv(nil, []msg.Inv{{Type: msg.InvTx, Hash: wire.Hash{0x34, 0x12}}})} {
		l := n.peer(conn.Inbound)
		n.give(l, name, p)
		if !l.gone {
			t.Errorf("%s is taken", name)
		}
	}
	n.mustLog("tx sent in violation of protocol peer=")
	n.mustLog("tx (0000000000000000000000000000000000000000000000000000000000001234) inv sent in violation of protocol, disconnecting peer")
	l := n.peerWith(conn.Inbound, plain, func(l *fakeLink) { l.perms = conn.Relay })
	n.give(l, msg.TypeTx, tx.Append(nil))
	if l.gone {
		t.Error("one that may relay is dropped")
	}
}

// TestTxNotLeaked: a transaction is served only to those it was announced to, or
// when it is old.
func TestTxNotLeaked(t *testing.T) {
	n := newNode(t, newClock(), nil)
	n.mine(110)
	tx := spendOf(n.block(1).Txs[0])
	if r, err := n.mem.Accept(t.Context(), tx, mempool.How{}); err != nil || r.Err != nil {
		t.Fatal(err, r.Err)
	}
	l := n.peer(conn.Inbound)
	ask := msg.AppendInv(nil, []msg.Inv{{Type: msg.InvTx, Hash: tx.ID()}})
	n.give(l, msg.TypeGetData, ask)
	if len(l.take(msg.TypeTx)) != 0 || len(l.invs(t, msg.TypeNotFound)) != 1 {
		t.Error("leaked")
	}
	n.clock.add(unconditionalRelay)
	n.give(l, msg.TypeGetData, ask)
	if len(l.take(msg.TypeTx)) != 1 {
		t.Error("not served when it is old")
	}
}

// TestOrphans: a child waits for its parent, which is asked for; both are taken.
func TestOrphans(t *testing.T) {
	n := newNode(t, newClock(), nil)
	n.mine(110)
	parent := spendOf(n.block(1).Txs[0])
	child := spendOf(parent)
	l := n.peer(conn.FullRelay)
	n.give(l, msg.TypeTx, child.Append(nil))
	n.mustLog("stored orphan tx " + child.ID().String())
	got := l.invs(t, msg.TypeGetData)
	asked := false
	for _, inv := range got {
		asked = asked || inv == msg.Inv{Type: msg.InvTx, Hash: parent.ID()}
	}
	if !asked {
		t.Errorf("asked for %v", got)
	}
	n.give(l, msg.TypeTx, parent.Append(nil))
	n.turn(l)
	if !n.mem.Has(child.ID()) || !n.mem.Has(parent.ID()) || n.orphans.Len() != 0 {
		t.Error("the family is not together")
	}
}

// TestStalling: a peer that holds up the window is dropped after two seconds, and
// the next one gets twice as long.
func TestStalling(t *testing.T) {
	c := newClock()
	src := newNode(t, c, nil)
	src.mine(1200)
	n := newNode(t, c, nil)
	var list []wire.Header
	for i := 1; i <= 1200; i++ {
		list = append(list, src.chain.ActiveAt(i).Header())
	}
	slow, fast := n.peer(conn.FullRelay), n.peer(conn.FullRelay)
	n.give(slow, msg.TypeHeaders, msg.AppendHeaders(nil, list))
	n.give(fast, msg.TypeHeaders, msg.AppendHeaders(nil, list))
	if got := len(slow.invs(t, msg.TypeGetData)); got != maxInFlight {
		t.Fatalf("%d blocks asked of the first", got)
	}
	for {
		asked := fast.invs(t, msg.TypeGetData)
		if len(asked) == 0 {
			break
		}
		for _, inv := range asked {
			b, _ := src.chain.RawBlock(t.Context(), src.chain.Lookup(inv.Hash))
			n.give(fast, msg.TypeBlock, b)
		}
	}
	n.mustLog("Stall started peer=1")
	c.add(1900 * time.Millisecond)
	n.turn(slow)
	if slow.gone {
		t.Fatal("dropped too early")
	}
	c.add(200 * time.Millisecond)
	n.turn(slow)
	if !slow.gone {
		t.Fatal("not dropped")
	}
	n.mustLog("Increased stalling timeout temporarily to 4 seconds")
}

// TestChainSync: an outbound peer that stays behind is asked once, then dropped.
func TestChainSync(t *testing.T) {
	c := newClock()
	n := newNode(t, c, nil)
	n.mine(5)
	l := n.peer(conn.BlockRelay)
	l.take(msg.TypeGetHeaders)
	c.add(chainSyncTimeout / 2)
	n.turn(l)
	for _, p := range l.take(msg.TypePing) {
		n.give(l, msg.TypePong, p)
	}
	c.add(chainSyncTimeout/2 + time.Second)
	n.turn(l)
	if len(l.take(msg.TypeGetHeaders)) != 1 || l.gone {
		t.Fatal("not asked")
	}
	c.add(headersResponse + time.Second)
	n.turn(l)
	if !l.gone {
		t.Error("not dropped")
	}
	n.mustLog("Disconnecting outbound peer 1 for old chain, best known block = <none>")
}

// TestAddresses: rate limit, relay to two peers, one answer to getaddr.
func TestAddresses(t *testing.T) {
	c := newClock()
	n := newNode(t, c, nil)
	n.mine(1)
	var list []netaddr.Entry
	for i := range 5 {
		s, _ := netaddr.ParseService(fmt.Sprintf("9.9.9.%d:9999", i+1), 0)
		list = append(list, netaddr.Entry{Service: s, Services: uint64(plain), Time: uint32(c.Now().Unix())})
	}
	n.net.known = list
	from := n.peerWith(conn.Inbound, plain, func(l *fakeLink) { l.perms = conn.Addr })
	var others []*fakeLink
	for range 6 {
		l := n.peer(conn.Inbound)
		n.give(l, msg.TypeGetAddr, nil)
		n.give(l, msg.TypeGetAddr, nil)
		others = append(others, l)
	}
	n.mustLog(`Ignoring repeated \"getaddr\"`)
	c.add(10 * time.Minute)
	n.turns()
	for _, l := range others {
		if got := l.take(msg.TypeAddr); len(got) != 1 {
			t.Errorf("getaddr was answered %d times", len(got))
		}
	}
	s, _ := netaddr.ParseService("9.9.8.1:9999", 0)
	fresh := netaddr.Entry{Service: s, Services: uint64(plain), Time: uint32(c.Now().Unix())}
	n.give(from, msg.TypeAddr, msg.AppendAddr(nil, []netaddr.Entry{fresh}, false))
	c.add(10 * time.Minute)
	n.turns()
	told := 0
	for _, l := range others {
		told += len(l.take(msg.TypeAddr))
	}
	if told != 2 {
		t.Errorf("told to %d peers", told)
	}
	limited := n.peer(conn.Inbound)
	n.give(limited, msg.TypeAddr, msg.AppendAddr(nil, list, false))
	if st, _ := n.PeerStats(limited.id); st.AddrProcessed != 1 || st.AddrRateLimited != 4 {
		t.Errorf("%d processed, %d refused", st.AddrProcessed, st.AddrRateLimited)
	}
}
