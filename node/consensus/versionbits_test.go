package consensus

import (
	"math"
	"slices"
	"sync"
	"testing"

	"dashmp/node/params"

	"pgregory.net/rapid"
)

// plainBIP9 works states out from the first period on, without memory.
type plainBIP9 struct {
	chain  *fakeChain
	d      params.Deployment
	signal int
	// states and since are by the number of the period.
	states []State
	since  []int
}

func (p *plainBIP9) threshold(attempt int) int {
	d := p.d
	if d.ThresholdMin == 0 || d.FalloffCoeff == 0 {
		return int(d.ThresholdStart)
	}
	fallen := int(d.ThresholdStart) - attempt*attempt*int(d.WindowSize)/100/int(d.FalloffCoeff)
	return max(fallen, int(d.ThresholdMin))
}

func (p *plainBIP9) count(from, to int) (n int) {
	for h := from; h < to; h++ {
		v := uint32(p.chain.headers[h].Version)
		if v>>29 == 1 && v>>p.d.Bit&1 == 1 {
			n++
		}
	}
	return n
}

func (p *plainBIP9) run() {
	period := int(p.d.WindowSize)
	state, since, attempt := StateDefined, 0, 0
	p.states, p.since = []State{state}, []int{0}
	for end := period; end <= len(p.chain.headers); end += period {
		median := MedianTimePast(p.chain.at(end - 1))
		next := state
		switch state {
		case StateDefined:
			if median >= p.d.StartTime && end-1 >= p.signal {
				next = StateStarted
			}
		case StateStarted:
			if p.count(end-period, end) >= p.threshold(attempt) {
				next = StateLockedIn
			} else if median >= p.d.Timeout {
				next = StateFailed
			}
			attempt++
		case StateLockedIn:
			if end >= p.d.MinActivationHeight {
				next = StateActive
			}
		}
		if next != state {
			state, since = next, end
		}
		p.states, p.since = append(p.states, state), append(p.since, since)
	}
}

// TestVersionBits compares the state machine, asked in any order, with one that
// starts at the first block each time.
func TestVersionBits(t *testing.T) {
	seen := make(map[State]int)
	rapid.Check(t, func(t *rapid.T) {
		window := rapid.Int64Range(3, 9).Draw(t, "window")
		n := rapid.IntRange(1, 90).Draw(t, "blocks")
		start := int64(1_417_713_337)
		d := params.Deployment{
			Bit: 5, WindowSize: window,
			StartTime:           start + rapid.Int64Range(-100, 2000).Draw(t, "start"),
			Timeout:             start + rapid.Int64Range(0, 9000).Draw(t, "timeout"),
			ThresholdStart:      rapid.Int64Range(1, window).Draw(t, "threshold"),
			ThresholdMin:        rapid.Int64Range(0, 2).Draw(t, "min"),
			FalloffCoeff:        rapid.Int64Range(0, 1).Draw(t, "falloff"),
			MinActivationHeight: rapid.IntRange(0, 60).Draw(t, "activation"),
			UseEHF:              rapid.Bool().Draw(t, "ehf"),
		}
		signalAt := rapid.SampledFrom([]int{0, 1, 10, 30, math.MaxInt}).Draw(t, "signal")
		many := rapid.IntRange(0, 4).Draw(t, "many")
		chain := chainOf(n, 100, func(h int) int32 {
			v := rapid.SampledFrom([]int32{4, 0x20000000, 0x60000020, 0x20000020, 0x20000020, 0x20000021})
			return v.Draw(t, "version") | int32(many/4)<<5
		})
		p := &params.Params{}
		p.Consensus.Deployments[params.DeploymentTestDummy] = d
		p.Consensus.Deployments[params.DeploymentV24].StartTime = params.NeverActive
		p.Consensus.MinerConfirmationWindow = 1 << 20 // of the warnings
		plain := &plainBIP9{chain: chain, d: d}
		if d.UseEHF {
			plain.signal = signalAt
		}
		plain.run()
		bits := NewVersionBits(p, func(prev Block) map[int]int {
			if prev.Height() < signalAt {
				return nil
			}
			return map[int]int{d.Bit: signalAt}
		})
		order := rapid.Permutation(seq(n)).Draw(t, "order")
		for _, h := range order[:min(n, 12)] {
			checkVersionBits(t, bits, plain, h)
		}
		seen[plain.states[len(plain.states)-1]]++
	})
	if len(seen) != 5 {
		t.Errorf("only the states %v were reached", seen)
	}
}

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func checkVersionBits(t *rapid.T, bits *VersionBits, plain *plainBIP9, h int) {
	const pos = params.DeploymentTestDummy
	tip, period := plain.chain.at(h), int(plain.d.WindowSize)
	k := (h + 1) / period
	if got := bits.State(pos, tip); got != plain.states[k] {
		t.Fatalf("%d: %s, want %s", h, got, plain.states[k])
	}
	if got := bits.Since(pos, tip); got != plain.since[k] {
		t.Fatalf("%d: since %d, want %d", h, got, plain.since[k])
	}
	wantVersion := int32(0x20000000)
	if s := plain.states[k]; s == StateStarted || s == StateLockedIn {
		wantVersion |= 1 << plain.d.Bit
	}
	if got := bits.BlockVersion(tip); got != wantVersion {
		t.Fatalf("%d: version %x", h, got)
	}
	if plain.states[k] != StateStarted {
		return
	}
	want := Statistics{Period: period, Elapsed: h + 1 - k*period, Count: plain.count(k*period, h+1)}
	// A finished period counts as the coming one, of which nothing has passed.
	want.Threshold = plain.threshold((k*period - plain.since[k]) / period)
	want.Possible = period-want.Threshold >= want.Elapsed-want.Count
	if got := bits.Statistics(pos, tip); got != want {
		t.Fatalf("%d: %+v, want %+v", h, got, want)
	}
}

// TestFallingThreshold holds the thresholds of v24 to Dash Core's: from 80 to
// 60 percent on test networks, slowly at first.
func TestFallingThreshold(t *testing.T) {
	p := network(t, params.Regtest, params.Options{})
	threshold := NewVersionBits(p, nil).deployed[params.DeploymentV24].threshold
	var got []int
	for attempt := range 12 {
		got = append(got, threshold(int64(attempt)))
	}
	if want := []int{200, 200, 198, 196, 192, 188, 182, 176, 168, 160, 150, 150}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestEHF: without the masternodes' signal v24 never starts.
func TestEHF(t *testing.T) {
	p := network(t, params.Regtest, params.Options{})
	const window = 250
	chain := chainOf(4*window, 600, func(int) int32 { return 0x20001000 })
	signalled := 0
	signals := func(prev Block) map[int]int {
		if signalled > 0 && prev.Height() >= signalled {
			return map[int]int{12: signalled}
		}
		return nil
	}
	for _, c := range []struct {
		signal, tip int
		want        State
	}{
		{0, 4*window - 1, StateDefined},
		{window - 1, window - 1, StateStarted},
		{window, 2*window - 1, StateStarted},
		{window, 3*window - 1, StateLockedIn},
		{window, 4*window - 1, StateActive},
		{window - 1, 3*window - 1, StateActive},
	} {
		signalled = c.signal
		r := New(p, signals)
		if got := r.VersionBits().State(params.DeploymentV24, chain.at(c.tip)); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
		for _, f := range r.SoftForks(chain.at(c.tip)) {
			want := -1
			if c.signal > 0 {
				want = c.signal
			}
			if f.Name != "v24" {
				continue
			}
			if f.BIP9.EHFHeight != want {
				t.Errorf("%+v: signalled at %d", c, f.BIP9.EHFHeight)
			}
			if active := f.BIP9.ActivationHeight; (active == c.tip+1+window) != (c.want == StateLockedIn) {
				t.Errorf("%+v: active at %d", c, active)
			}
		}
	}
}

// TestUnknownBits: bits of no deployment, but not those that a deployment asks
// miners for.
func TestUnknownBits(t *testing.T) {
	p := network(t, params.Regtest, params.Options{})
	chain := chainOf(432, 600, func(int) int32 { return 0x20000000 | 1<<7 | 1<<28 })
	bits := NewVersionBits(p, nil)
	active, locked := bits.Unknown(chain.at(287))
	if !slices.Contains(locked, 7) || len(active) != 0 {
		t.Errorf("at 287: active %v, locked in %v", active, locked)
	}
	active, _ = bits.Unknown(chain.at(431))
	if !slices.Contains(active, 7) {
		t.Errorf("at 431: active %v", active)
	}
	if _, locked := bits.Unknown(chain.at(143)); len(locked) != 0 {
		t.Errorf("at 143: locked in %v", locked)
	}
}

// TestConcurrentUse asks one set of rules from many goroutines, for the race
// detector, and compares with rules asked by one.
func TestConcurrentUse(t *testing.T) {
	p := network(t, params.Regtest, params.Options{})
	chain := chainOf(600, 150, func(int) int32 { return 0x30000000 })
	shared := New(p, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			own := New(p, nil)
			for h := i; h < 600; h += 37 {
				b := chain.at(h)
				if got, want := shared.VersionBits().BlockVersion(b), own.VersionBits().BlockVersion(b); got != want {
					t.Errorf("%d: %x, want %x", h, got, want)
				}
				if got, want := len(shared.CommitmentsDue(b)), len(own.CommitmentsDue(b)); got != want {
					t.Errorf("%d: %d due, want %d", h, got, want)
				}
				shared.SoftForks(b)
				shared.VersionBits().Unknown(b)
			}
		})
	}
	wg.Wait()
}
