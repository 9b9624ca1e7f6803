package p2p

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"dashmp/node/wire"
)

// pair starts one of each.
func pair(t testing.TB) (a, b *daemon) {
	t.Helper()
	coreBin(t)
	return ours(t, "ours"), theirs(t, "theirs")
}

// TestInitialSync: 5,000 blocks from Dash Core to us, and from us to Dash Core.
func TestInitialSync(t *testing.T) {
	a, b := pair(t)
	b.mine(5000)
	a.connect(b)
	t.Logf("ours took %v for 5,000 blocks of theirs", a.meets(b))
	c := theirs(t, "another of theirs")
	c.connect(a)
	t.Logf("theirs took %v for 5,000 blocks of ours", c.meets(a))
	d := ours(t, "another of ours")
	d.connect(a)
	t.Logf("ours took %v for 5,000 blocks of ours", d.meets(a))
}

// TestReorganisation: a branch of 50 blocks gives way to one of 51, whoever has
// the longer one.
func TestReorganisation(t *testing.T) {
	for _, longer := range []string{"ours", "theirs"} {
		t.Run(longer, func(t *testing.T) {
			a, b := pair(t)
			a.mine(10)
			b.connect(a)
			b.meets(a)
			disconnect(a, b)
			if longer == "ours" {
				a.mine(51)
				b.mine(50)
			} else {
				a.mine(50)
				b.mine(51)
			}
			a.connect(b)
			a.meets(b)
			if h := a.height(); h != 61 {
				t.Errorf("height %d", h)
			}
		})
	}
}

func disconnect(a, b *daemon) {
	a.t.Helper()
	for _, d := range []*daemon{a, b} {
		d.must(nil, "setnetworkactive", false)
	}
	for _, d := range []*daemon{a, b} {
		d.eventually("all connections to end", func() bool { var n int; d.must(&n, "getconnectioncount"); return n == 0 })
		d.must(nil, "setnetworkactive", true)
	}
}

// relayTime is what relay of a block or transaction may take.
const relayTime = time.Second

// TestRelay: blocks and transactions pass in both directions within a second. As
// the permission noban is for inbound peers only, there is a connection each way.
func TestRelay(t *testing.T) {
	a, b := pair(t)
	a.mine(120)
	a.connect(b)
	b.connect(a)
	a.meets(b)
	for round := range 5 {
		for _, d := range []*daemon{a, b} {
			from, to := d, b
			if d == b {
				to = a
			}
			height := 1 + 2*round
			if d == b {
				height++
			}
			tx := spend(from, height)
			start := time.Now()
			var id string
			from.must(&id, "sendrawtransaction", hex.EncodeToString(tx.Append(nil)))
			to.eventually("the transaction", func() bool { return has(to, id) })
			if took := time.Since(start); took > relayTime {
				t.Errorf("a transaction from %s took %v", from.name, took)
			}
			from.mine(1)
			if took := to.meets(from); took > relayTime {
				t.Errorf("a block from %s took %v", from.name, took)
			}
		}
	}
}

func has(d *daemon, id string) bool {
	var list []string
	d.must(&list, "getrawmempool")
	for _, have := range list {
		if have == id {
			return true
		}
	}
	return false
}

// spend spends the coinbase of a block of the chain.
func spend(d *daemon, height int) *wire.Tx {
	d.t.Helper()
	var hash, raw string
	d.must(&hash, "getblockhash", height)
	d.must(&raw, "getblock", hash, 0)
	bin, err := hex.DecodeString(raw)
	if err != nil {
		d.t.Fatal(err)
	}
	b, err := wire.DecodeBlock(bin)
	if err != nil {
		d.t.Fatal(err)
	}
	return spendOutput(b.Txs[0])
}

// spendOutput spends output 0 of a transaction, which pays payTo.
func spendOutput(tx *wire.Tx) *wire.Tx {
	out := tx.Outputs[0]
	return &wire.Tx{
		Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Hash: tx.ID()}, ScriptSig: []byte{1, 0x51}, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{{Value: out.Value - 10000, ScriptPubKey: bytes.Clone(out.ScriptPubKey)}},
	}
}
