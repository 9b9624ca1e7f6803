package process

import (
	"testing"
	"time"

	"dashmp/node/mempool"
	"dashmp/node/p2p/conn"
	"dashmp/node/p2p/msg"
	"dashmp/node/wire"
)

func newClock() *clock { return &clock{now: time.Unix(1_750_000_000, 0)} }

func (n *node) tipIs(want wire.Hash) {
	n.t.Helper()
	if tip := n.chain.Tip(); tip.Hash() != want {
		n.t.Errorf("tip is %s at %d, want %s", tip.Hash(), tip.Height(), want)
	}
}

// TestInitialSync: a new node takes the whole chain, with and without compressed
// headers, and both agree afterwards in both directions.
func TestInitialSync(t *testing.T) {
	for name, services := range map[string]msg.Services{"headers2": msg.ServiceHeadersCompressed, "headers": 0} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			with := func(o *Options) { o.Services = o.Services&^msg.ServiceHeadersCompressed | services }
			a, b := newNode(t, c, with), newNode(t, c, with)
			a.mine(300)
			w := join(b, a, 0)
			pump(t, w)
			b.tipIs(a.chain.Tip().Hash())
			// New blocks go both ways.
			b.mine(1)
			pump(t, w)
			a.tipIs(b.chain.Tip().Hash())
			a.mine(1)
			pump(t, w)
			b.tipIs(a.chain.Tip().Hash())
			used := a.logged("sending headers2") || b.logged("received: headers2")
			if used != (services != 0) {
				t.Errorf("compressed headers: %v", used)
			}
		})
	}
}

// TestReorg: two chains meet, and both nodes end on the longer one.
func TestReorg(t *testing.T) {
	c := newClock()
	a, b := newNode(t, c, nil), newNode(t, c, nil)
	a.mine(10)
	w := join(a, b, 0)
	pump(t, w)
	a.disconnected(w.linkA)
	b.disconnected(w.linkB)
	a.mine(50)
	c.add(time.Minute)
	b.mine(51)
	w = join(a, b, 0)
	pump(t, w)
	a.tipIs(b.chain.Tip().Hash())
}

// TestThreeSources: blocks come from several peers at once, and the window and
// the limits per peer hold.
func TestThreeSources(t *testing.T) {
	c := newClock()
	src := newNode(t, c, nil)
	src.mine(120)
	var wires []*wireUp
	sink := newNode(t, c, nil)
	first := join(sink, src, 0)
	pump(t, first)
	wires = append(wires, first)
	for range 2 {
		other := newNode(t, c, nil)
		w := join(other, src, 0)
		pump(t, w)
		other.tipIs(src.chain.Tip().Hash())
		wires = append(wires, join(sink, other, 0))
	}
	src.mine(1)
	pump(t, wires...)
	sink.tipIs(src.chain.Tip().Hash())
}

// TestRelayTx: transactions reach the other node; with noban at once, without
// after the trickle.
func TestRelayTx(t *testing.T) {
	for name, perms := range map[string]conn.Permissions{"noban": conn.NoBan, "trickle": 0} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			a, b := newNode(t, c, nil), newNode(t, c, nil)
			a.mine(110)
			w := join(a, b, perms)
			pump(t, w)
			tx := spendOf(a.block(1).Txs[0])
			if r, err := a.mem.Accept(t.Context(), tx, mempool.How{}); err != nil || r.Err != nil {
				t.Fatal(err, r.Err)
			}
			a.RelayTransaction(tx.ID())
			for range 60 {
				c.add(time.Second)
				pump(t, w)
				if perms != 0 {
					break
				}
			}
			if !b.mem.Has(tx.ID()) {
				t.Error("not relayed")
			}
			// It is in the next block, which comes compact.
			a.mine(1)
			pump(t, w)
			b.mine(1)
			pump(t, w)
			a.mine(1)
			pump(t, w)
			b.tipIs(a.chain.Tip().Hash())
			if !b.logged("received: cmpctblock") {
				t.Error("no compact block was used")
			}
		})
	}
}

// spendOf spends an output that anyone may.
func spendOf(tx *wire.Tx) *wire.Tx {
	return &wire.Tx{
		Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Hash: tx.ID()}, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{{Value: tx.Outputs[0].Value - 100000, ScriptPubKey: anyone}},
	}
}
