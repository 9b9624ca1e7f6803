package pow

import (
	"errors"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/arith"
	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/wire"
)

// checkRun checks the target of every block that has the history its rule
// needs, and returns how many those were.
func checkRun(t *testing.T, r run) (checked int) {
	p := network(t, r.network)
	link(t, p, r.first, r.raw, func(tip *node, h *wire.Header) {
		if r.first > 0 && tip.height < r.first+23 {
			return
		}
		checked++
		if err := CheckBits(tip, h, p); err != nil {
			t.Fatalf("%s %d: bits %08x, rule says %08x", r.network, tip.height+1, h.Bits, NextBits(tip, h.Time, &p.Consensus))
		}
		wrong := *h
		if wrong.Bits++; !errors.Is(CheckBits(tip, &wrong, p), ErrDiffBits) {
			t.Fatalf("%s %d: wrong bits pass", r.network, tip.height+1)
		}
	})
	return checked
}

func TestSampleHeaders(t *testing.T) {
	for _, r := range sampleRuns(t) {
		if n := checkRun(t, r); n < 1900 {
			t.Errorf("%s from %d: only %d checked", r.network, r.first, n)
		}
	}
}

func TestAllHeaders(t *testing.T) {
	if testing.Short() {
		t.Skip("45,000 headers: not in short mode")
	}
	total := 0
	for _, r := range allRuns(t) {
		total += checkRun(t, r)
	}
	t.Logf("%d targets recomputed", total)
	if total < 42000 {
		t.Errorf("only %d checked", total)
	}
}

// TestWindows checks the 25th header of windows all over the chains. Mainnet
// windows below the first exact height are checked as Dash Core does, but only
// where Dark Gravity Wave needs no more than 24 blocks.
func TestWindows(t *testing.T) {
	sample := realdata.Read(t, filepath.Join("..", "x11", "testdata", "headers", "mainnet_windows25_first60.bin"))
	t.Run("sample", func(t *testing.T) { checkWindows(t, params.Main, sample, 40) })
	t.Run("mainnet", func(t *testing.T) {
		checkWindows(t, params.Main, realdata.Read(t, realdata.Path(t, "headers", "mainnet_windows25.bin")), 410)
	})
	t.Run("testnet", func(t *testing.T) {
		checkWindows(t, params.Test, realdata.Read(t, realdata.Path(t, "headers", "testnet_windows25.bin")), 100)
	})
}

func checkWindows(t *testing.T, name string, raw []byte, least int) {
	p := network(t, name)
	checked := 0
	for _, w := range windows(t, raw) {
		link(t, p, w.first, w.raw, func(tip *node, h *wire.Header) {
			if tip.height+1 < w.first+24 || tip.height+1 < p.Consensus.PowDGWHeight {
				return
			}
			checked++
			if err := CheckBits(tip, h, p); err != nil {
				t.Errorf("%s %d: bits %08x, rule says %08x", name, tip.height+1, h.Bits, NextBits(tip, h.Time, &p.Consensus))
			}
		})
	}
	if checked < least {
		t.Errorf("only %d checked", checked)
	}
}

// syntheticChain makes the chain of a seed and calls visit after each block.
// Block times come from a 64-bit linear congruential generator; the mean
// spacing drifts with height, so that both event horizons are met.
func syntheticChain(seed uint64, visit func(height int, bits uint32)) {
	c := params.Consensus{
		PowLimit:         arith.FromUint64(1).Lsh(236).Sub(arith.FromUint64(1)),
		PowTargetSpacing: 150, PowTargetTimespan: 86400,
		PowAllowMinDifficultyBlocks: seed > 4,
		PowKGWHeight:                1300, PowDGWHeight: 7000,
	}
	if seed > 4 {
		c.PowDGWHeight = 1300
	}
	state := seed
	random := func() uint32 {
		state = state*6364136223846793005 + 1442695040888963407
		return uint32(state >> 33)
	}
	tip := &node{header: wire.Header{Time: 1400000000, Bits: 0x1c0ffff0}}
	for height := 1; height < 8000; height++ {
		mean := uint32(15 + height/97*37%260)
		r := random()
		step := int64(r % (2*mean + 1))
		if r%53 == 0 {
			step = -int64(random() % 600)
		}
		if r%211 == 0 {
			step += int64(random() % 9000)
		}
		time := uint32(int64(tip.Time()) + step)
		tip = &node{tip, height, wire.Header{Time: time, Bits: NextBits(tip, time, &c)}}
		visit(height, tip.Bits())
	}
}

// TestAgainstDashCore compares the targets of synthetic chains with those that
// Dash Core's own code computed: all three rules, negative time steps, late
// blocks, difficulties from the limit to 2^150.
func TestAgainstDashCore(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(realdata.Read(t, filepath.Join("testdata", "chains.txt")))), "\n")
	if len(lines) != 90 {
		t.Fatalf("%d lines", len(lines))
	}
	for seed := uint64(1); seed <= 6; seed++ {
		sum := fnv.New64a()
		syntheticChain(seed, func(height int, bits uint32) {
			sum.Write([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)})
			if height%500 != 0 {
				return
			}
			want := lines[0]
			lines = lines[1:]
			if got := fmt.Sprintf("%d %d %08x %016x", seed, height, bits, sum.Sum64()); got != want {
				t.Fatalf("got %s, want %s", got, want)
			}
		})
	}
}

func TestEarlyTolerance(t *testing.T) {
	p := network(t, params.Main)
	var tip *node
	for h := range 60001 {
		tip = &node{tip, h, wire.Header{Time: uint32(1400000000 + 150*h), Bits: 0x1b100000}}
	}
	for _, tc := range []struct {
		bits uint32
		ok   bool
	}{{0x1b100000, true}, {0x1b0c0000, true}, {0x1b160000, true}, {0x1b190000, false}, {0x1b070000, false}} {
		h := wire.Header{Time: tip.Time() + 150, Bits: tc.bits}
		if err := CheckBits(tip, &h, p); (err == nil) != tc.ok {
			t.Errorf("%08x (rule %08x): %v", tc.bits, NextBits(tip, h.Time, &p.Consensus), err)
		}
	}
}

func TestNoRetargeting(t *testing.T) {
	p := network(t, params.Regtest)
	tip := &node{nil, 0, p.Genesis.Header}
	for h := 1; h < 16000; h++ {
		tip = &node{tip, h, wire.Header{Time: tip.Time() + 1, Bits: NextBits(tip, tip.Time()+1, &p.Consensus)}}
		if tip.Bits() != 0x207fffff {
			t.Fatalf("height %d: %08x", h, tip.Bits())
		}
	}
}

func TestMinimumDifficultyBlocks(t *testing.T) {
	n := int64(100)
	p, err := params.Select(params.Devnet, params.Options{MinimumDifficultyBlocks: &n})
	if err != nil {
		t.Fatal(err)
	}
	tip := &node{nil, 98, wire.Header{Bits: 0x1b000001}}
	if got := NextBits(&node{tip, 99, tip.header}, 1, &p.Consensus); got != 0x207fffff {
		t.Errorf("inside: %08x", got)
	}
	if got := NextBits(&node{tip, 100, tip.header}, 1, &p.Consensus); got != 0x1b000001 {
		t.Errorf("after: %08x", got)
	}
}

// TestLateBlocks: on test networks the target eases for a block more than four
// spacings late, and falls to the limit for one more than two hours late.
func TestLateBlocks(t *testing.T) {
	p := network(t, params.Test)
	var tip *node
	for h := range 30 {
		tip = &node{tip, 600000 + h, wire.Header{Time: uint32(150 * h), Bits: 0x1c0fffff}}
	}
	normal := NextBits(tip, tip.Time()+1, &p.Consensus)
	for _, tc := range []struct{ late, want uint32 }{
		{600, normal}, {601, 0x1d009fff}, {7200, 0x1d009fff}, {7201, 0x1e0fffff},
	} {
		if got := NextBits(tip, tip.Time()+tc.late, &p.Consensus); got != tc.want {
			t.Errorf("%d seconds late: %08x, want %08x", tc.late, got, tc.want)
		}
	}
	if normal == 0x1d009fff {
		t.Error("the rule for late blocks makes no difference here")
	}
}

// TestHugeSpacing: Dash Core multiplies by a 32-bit factor, so a devnet whose
// spacing is beyond all measure wraps around, and must do so here.
func TestHugeSpacing(t *testing.T) {
	spacing := "536870912" // a third of 24 of them is 2^32 seconds
	p, err := params.Select(params.Devnet, params.Options{PowTargetSpacing: &spacing})
	if err != nil {
		t.Fatal(err)
	}
	var tip *node
	for h := range 30 {
		tip = &node{tip, 5000 + h, wire.Header{Time: uint32(150 * h), Bits: 0x1c0fffff}}
	}
	if got := NextBits(tip, tip.Time()+1, &p.Consensus); got != 0 {
		t.Errorf("%08x, want 0", got)
	}
	// Below the Kimoto height the interval would be no block at all.
	tip = &node{nil, 0, p.Genesis.Header}
	if got := NextBits(tip, tip.Time()+1, &p.Consensus); got == 0 {
		t.Error("no target after genesis")
	}
}

func BenchmarkDarkGravityWave(b *testing.B) {
	p := network(b, params.Main)
	var tip *node
	for h := range 40 {
		tip = &node{tip, 1000000 + h, wire.Header{Time: uint32(150 * h), Bits: 0x1b100000}}
	}
	for b.Loop() {
		NextBits(tip, 7000, &p.Consensus)
	}
}
