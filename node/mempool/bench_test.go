package mempool_test

import (
	"testing"

	"dashmp/node/mempool"
	"dashmp/node/wire"
)

// BenchmarkAccept measures everything but signatures.
func BenchmarkAccept(b *testing.B) {
	f := newFixture(b, func(s *settings) { s.pool.CheckEvery = 0 })
	var txs []*wire.Tx
	wide := spend(2_000_000, 2000, f.funds(b, 1)...)
	f.add(b, wide)
	f.mine(b, 1)
	for _, c := range outputs(wide) {
		txs = append(txs, chainOf(c, 10)...)
	}
	b.ResetTimer()
	for n := range b.N {
		if n%len(txs) == 0 && n > 0 {
			b.StopTimer()
			empty(b, f)
			b.StartTimer()
		}
		if r, err := f.Accept(b.Context(), txs[n%len(txs)], mempool.How{}); err != nil || r.Err != nil {
			b.Fatal(err, r.Err)
		}
	}
}

// BenchmarkForMining measures the copy that a block is made from.
func BenchmarkForMining(b *testing.B) {
	f := newFixture(b, func(s *settings) { s.pool.CheckEvery = 0 })
	wide := spend(2_000_000, 2000, f.funds(b, 1)...)
	f.add(b, wide)
	f.mine(b, 1)
	for _, c := range outputs(wide) {
		f.add(b, chainOf(c, 10)...)
	}
	for b.Loop() {
		f.ForMining()
	}
}
