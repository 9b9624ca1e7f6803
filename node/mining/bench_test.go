package mining

import (
	"testing"

	"dashmp/node/params"
)

// benchBlocks is how many blocks one call makes.
const benchBlocks = 500

// BenchmarkGenerate measures generatetoaddress from height 600 on, where every
// kind of coinbase payload is due, and if DASH_CORE_BIN is set how long Dash Core
// takes for the same blocks: "core/ours" above 1 means that this package is
// faster. Neither side crosses a process or writes more than its block files;
// Dash Core's time includes one HTTP request.
func BenchmarkGenerate(b *testing.B) {
	f := newFixture(b, params.Options{}, nil)
	f.mine(b, 600)
	b.ResetTimer()
	for b.Loop() {
		f.mine(b, benchBlocks)
	}
	ours := b.Elapsed().Seconds() / float64(b.N) / benchBlocks
	b.StopTimer()
	b.Run("core", func(b *testing.B) {
		core := startCore(b, "-disablewallet", "-txindex=0")
		core.must(b, nil, "generatetoaddress", 600, minerAddress)
		for b.Loop() {
			core.must(b, nil, "generatetoaddress", benchBlocks, minerAddress)
		}
		theirs := b.Elapsed().Seconds() / float64(b.N) / benchBlocks
		b.ReportMetric(theirs*1e6, "core-µs/block")
		b.ReportMetric(ours*1e6, "ours-µs/block")
		b.ReportMetric(theirs/ours, "core/ours")
	})
}
