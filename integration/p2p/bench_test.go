package p2p

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// BenchmarkSync measures the initial synchronisation of 5,000 blocks from one of
// Dash Core's nodes: ours, and another of Dash Core's. "core/ours" above 1 means
// that ours is faster.
func BenchmarkSync(b *testing.B) {
	source := theirs(b, "source")
	source.mine(5000)
	for b.Loop() {
		a := ours(b, "ours")
		a.connect(source)
		mine := a.meets(source)
		a.stop()
		c := theirs(b, "theirs")
		c.connect(source)
		core := c.meets(source)
		c.stop()
		b.ReportMetric(mine.Seconds(), "s/ours")
		b.ReportMetric(core.Seconds(), "s/core")
		b.ReportMetric(core.Seconds()/mine.Seconds(), "core/ours")
	}
}

// BenchmarkRelay measures how long a block needs from one node to the last of
// eight that are connected to it: all ours, and all Dash Core's.
func BenchmarkRelay(b *testing.B) {
	for name, make := range map[string]func(testing.TB, string, ...string) *daemon{"ours": ours, "core": theirs} {
		b.Run(name, func(b *testing.B) {
			coreBin(b)
			hub := make(b, "hub")
			hub.mine(20)
			var leaves []*daemon
			for i := range 8 {
				l := make(b, fmt.Sprintf("leaf %d", i))
				l.connect(hub)
				l.meets(hub)
				leaves = append(leaves, l)
			}
			var all []time.Duration
			for b.Loop() {
				hub.mine(1)
				start := time.Now()
				for _, l := range leaves {
					l.meets(hub)
				}
				all = append(all, time.Since(start))
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Milliseconds()), "ms/median")
			b.ReportMetric(float64(all[len(all)-1].Milliseconds()), "ms/worst")
		})
	}
}
