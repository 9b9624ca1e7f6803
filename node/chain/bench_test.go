package chain

import (
	"testing"

	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// payToHash is a script of the commonest form.
func payToHash(n int) []byte {
	s := append([]byte{byte(script.OpDup), byte(script.OpHash160), 20}, make([]byte, 20)...)
	s[3], s[4] = byte(n), byte(n>>8)
	return append(s, byte(script.OpEqualVerify), byte(script.OpCheckSig))
}

// benchNode is a node with enough mature coins.
func benchNode(b *testing.B) (*disk, *node) {
	d := diskOf(b.TempDir(), regtestParams(b, longChain()))
	d.change = func(o *Options) { o.CacheBytes = 300 << 20 }
	n := d.run(b)
	n.extend(b, 300, 0)
	return d, n
}

// benchOutputs is how many outputs a block of the benchmarks has.
const benchOutputs = 2000

// fanOut makes blocks that each spend one coinbase into many outputs.
func fanOut(b *testing.B, d *disk, n *node, blocks int, scripts func(int) []byte) (list []*wire.Block, ids []wire.Hash) {
	at := after(n.Tip())
	for i := range blocks {
		source, err := n.Block(b.Context(), n.ActiveAt(i+1))
		if err != nil {
			b.Fatal(err)
		}
		tx := spend(wire.OutPoint{Hash: source.Txs[0].ID()}, source.Txs[0].Outputs[0].Value, benchOutputs)
		for j := range tx.Outputs {
			tx.Outputs[j].ScriptPubKey = scripts(j)
		}
		block := mine(d.p, at, 1, tx)
		at = afterBlock(block, at.height+1)
		list, ids = append(list, decoded(b, block)), append(ids, tx.ID())
	}
	return list, ids
}

// decoded is a block as it comes from a peer.
func decoded(b *testing.B, block *wire.Block) *wire.Block {
	again, err := wire.DecodeBlock(block.Append(nil))
	if err != nil {
		b.Fatal(err)
	}
	return again
}

// BenchmarkConnectOutputs connects blocks of 2,000 outputs, the writing of
// coins at the end included.
func BenchmarkConnectOutputs(b *testing.B) {
	const blocks = 100
	for b.Loop() {
		b.StopTimer()
		d, n := benchNode(b)
		list, _ := fanOut(b, d, n, blocks, payToHash)
		b.StartTimer()
		for _, block := range list {
			n.accept(b, block)
		}
		if err := n.Flush(FlushAlways); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		n.stop(b)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*blocks*benchOutputs), "ns/output")
}

// BenchmarkConnectInputs connects blocks that spend 2,000 coins from disk with
// scripts that cost nothing.
func BenchmarkConnectInputs(b *testing.B) {
	const blocks = 100
	for b.Loop() {
		b.StopTimer()
		d, n := benchNode(b)
		list, ids := fanOut(b, d, n, blocks, func(int) []byte { return anyone })
		for _, block := range list {
			n.accept(b, block)
		}
		if err := n.Flush(FlushAlways); err != nil {
			b.Fatal(err)
		}
		var spends []*wire.Block
		at := after(n.Tip())
		for _, id := range ids {
			tx := &wire.Tx{Version: 1, Outputs: []wire.TxOut{{Value: 1, ScriptPubKey: anyone}}}
			for i := range uint32(benchOutputs) {
				tx.Inputs = append(tx.Inputs, wire.TxIn{PrevOut: wire.OutPoint{Hash: id, Index: i}, Sequence: wire.SequenceFinal})
			}
			block := mine(d.p, at, 2, tx)
			at = afterBlock(block, at.height+1)
			spends = append(spends, decoded(b, block))
		}
		b.StartTimer()
		for _, block := range spends {
			n.accept(b, block)
		}
		if err := n.Flush(FlushAlways); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		n.stop(b)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*blocks*benchOutputs), "ns/input")
}

// BenchmarkOpen opens a chain of 100,000 headers.
func BenchmarkOpen(b *testing.B) {
	d := diskOf(b.TempDir(), regtestParams(b, params.Options{}))
	d.rules = lenient{d.rules}
	n := d.run(b)
	headers := make([]wire.Header, 0, 100_000)
	for at := after(n.Tip()); len(headers) < cap(headers); {
		block := &wire.Block{Header: wire.Header{Version: 4, PrevBlock: at.hash, Time: at.time + 1, Bits: at.bits}}
		solve(d.p, block)
		headers = append(headers, block.Header)
		at = afterBlock(block, len(headers))
	}
	b.Run("process", func(b *testing.B) {
		for b.Loop() {
			if _, err := n.ProcessHeaders(b.Context(), headers); err != nil {
				b.Fatal(err)
			}
		}
	})
	n.stop(b)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			d.run(b).crash()
		}
	})
}
