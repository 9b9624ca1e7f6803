package process

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"

	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/p2p/netaddr"
	"dashmp/node/wire"
)

// TestHostilePeers: what one peer can make this node keep, message by message,
// without end. keep is the bound in bytes that holds whatever it sends; the
// numbers in the package's documentation are checked beside it.
func TestHostilePeers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	hash := func() (h wire.Hash) {
		for i := 0; i < len(h); i += 8 {
			binary.LittleEndian.PutUint64(h[i:], r.Uint64())
		}
		return h
	}
	invs := func(typ msg.InvType, n int) []byte {
		list := make([]msg.Inv, n)
		for i := range list {
			list[i] = msg.Inv{Type: typ, Hash: hash()}
		}
		return msg.AppendInv(nil, list)
	}
	for name, c := range map[string]struct {
		count int
		make  func(n *node) (string, []byte)
		keep  int
		check func(*node, *peer) bool
	}{
		"garbage": {2000, func(*node) (string, []byte) {
			names := msg.Names()
			p := make([]byte, r.IntN(3000))
			for i := range p {
				p[i] = byte(r.Uint32())
			}
			return names[r.IntN(len(names))], p
		}, 8 << 20, nil},
		"bombs": {2000, func(*node) (string, []byte) {
			names := msg.Names()
			return names[r.IntN(len(names))], append([]byte{0xfe, 0xff, 0xff, 0xff, 0x01}, make([]byte, 200)...)
		}, 8 << 20, nil},
		"announcements": {4, func(*node) (string, []byte) { return msg.TypeInv, invs(msg.InvTx, msg.MaxInv) }, 64 << 20, func(_ *node, s *peer) bool {
			return s.objects.InFlight() <= 100
		}},
		"questions while it takes no answers": {5, func(*node) (string, []byte) { return msg.TypeGetData, invs(msg.InvTx, msg.MaxInv) }, 16 << 20, func(_ *node, s *peer) bool {
			return len(s.getdata) <= msg.MaxInv
		}},
		"addresses": {400, func(n *node) (string, []byte) {
			list := make([]netaddr.Entry, msg.MaxAddr)
			for i := range list {
				s := netaddr.FromLegacy([16]byte{10: 0xff, 11: 0xff, 12: 9, 13: byte(r.Uint32()), 14: byte(r.Uint32()), 15: byte(r.Uint32())})
				list[i] = netaddr.Entry{Service: netaddr.Service{Addr: s, Port: 9999}, Services: 1, Time: uint32(n.clock.Now().Unix())}
			}
			return msg.TypeAddr, msg.AppendAddr(nil, list, false)
		}, 4 << 20, func(_ *node, s *peer) bool { return len(s.addr.toSend) <= msg.MaxAddr }},
		"orphans": {400, func(*node) (string, []byte) {
			tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Hash: hash()}}}, Outputs: []wire.TxOut{{Value: 1, ScriptPubKey: make([]byte, 90000)}}}
			return msg.TypeTx, append(tx.Append(nil), make([]byte, 500000)...) // what follows is not kept
		}, 40 << 20, func(n *node, _ *peer) bool { return n.orphans.Len() <= 112 }},
		"headers without a parent": {200, func(*node) (string, []byte) {
			return msg.TypeHeaders, msg.AppendHeaders(nil, []wire.Header{{PrevBlock: hash()}})
		}, 4 << 20, nil},
		"compact blocks without a parent": {50, func(*node) (string, []byte) {
			c := msg.CompactBlock{Header: wire.Header{PrevBlock: hash(), Bits: 1}, ShortIDs: make([]uint64, 60000)}
			return msg.TypeCmpctBlock, c.Append(nil)
		}, 4 << 20, nil},
		"blocks without a parent": {100, func(n *node) (string, []byte) {
			b := *n.block(5)
			b.Header.PrevBlock = hash()
			return msg.TypeBlock, b.Append(nil)
		}, 4 << 20, nil},
		"locators": {500, func(*node) (string, []byte) {
			g := msg.GetHeaders{Locator: make([]wire.Hash, 101)}
			return msg.TypeGetHeaders, g.Append(nil)
		}, 4 << 20, nil},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, newClock(), nil)
			n.mine(10)
			l := n.peerWith(conn.Inbound, plain, func(l *fakeLink) { l.perms = conn.NoBan }) // it may go on
			before := inUse()
			for range c.count {
				l.full = name == "questions while it takes no answers"
				typ, p := c.make(n)
				n.log.reset()
				// The transport delivers nothing while there is a backlog.
				if !n.backlog(l.id) {
					n.message(l.id, conn.Message{Type: typ, Payload: p})
				}
				n.tick(l.id)
				l.sent = nil
			}
			if kept := inUse() - before; kept > c.keep {
				t.Errorf("%d bytes are kept, %d promised", kept, c.keep)
			}
			n.mu.Lock()
			defer n.mu.Unlock()
			s := n.peers[l.id]
			if c.check != nil && !c.check(n, s) || len(s.inFlight) > maxInFlight || len(s.getdata) > msg.MaxInv {
				t.Error("a bound is broken")
			}
		})
	}
}

// inUse is how many bytes are in use, after a collection.
func inUse() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func (l *logBuffer) reset() { l.mu.Lock(); defer l.mu.Unlock(); l.b.Reset() }

// FuzzMessage: a peer after its handshake may send anything.
func FuzzMessage(f *testing.F) {
	for i, name := range msg.Names() {
		f.Add(uint8(i), []byte(name))
		f.Add(uint8(i), make([]byte, 200))
	}
	n := newNode(f, newClock(), nil)
	n.mine(3)
	names := msg.Names()
	f.Fuzz(func(_ *testing.T, i uint8, p []byte) {
		l := n.peer(conn.Inbound)
		n.give(l, names[int(i)%len(names)], p)
		n.turn(l)
		n.disconnected(l)
		n.log.reset()
	})
}

// TestNothingStays: peers that come, ask, announce and go leave nothing behind.
func TestNothingStays(t *testing.T) {
	n := newNode(t, newClock(), nil)
	n.mine(10)
	r := rand.New(rand.NewPCG(7, 8))
	crowd := func() {
		var links []*fakeLink
		for range 20 {
			l := n.peer(conn.Inbound)
			list := make([]msg.Inv, 200)
			for i := range list {
				list[i].Type = msg.InvTx
				binary.LittleEndian.PutUint64(list[i].Hash[:], r.Uint64())
			}
			n.give(l, msg.TypeInv, msg.AppendInv(nil, list))
			n.give(l, msg.TypeGetData, msg.AppendInv(nil, list))
			n.give(l, msg.TypeGetAddr, nil)
			n.give(l, msg.TypeGetData, msg.AppendInv(nil, []msg.Inv{{Type: msg.InvBlock, Hash: n.chain.ActiveAt(7).Hash()}}))
			links = append(links, l)
		}
		for _, l := range links {
			n.disconnected(l)
		}
		n.log.reset()
	}
	for range 5 {
		crowd()
	}
	before := inUse()
	for range 40 {
		crowd()
	}
	if kept := inUse() - before; kept > 1<<20 {
		t.Errorf("800 peers left %d bytes", kept)
	}
}
