package consensus

import (
	"math"
	"sync"

	"dashmp/node/params"
	"dashmp/node/wire"
)

// Bits of a block's version that say it signals (BIP9).
const (
	versionBitsTopBits = 0x20000000
	versionBitsTopMask = 0xe0000000
	versionBitsCount   = 29
)

// State is where a deployment by version bits stands; its text is the status in
// getblockchaininfo.
type State string

// The states of BIP9.
const (
	StateDefined  State = "defined"
	StateStarted  State = "started"
	StateLockedIn State = "locked_in"
	StateActive   State = "active"
	StateFailed   State = "failed"
)

// Signals tells the heights at which masternodes signalled version bits (EHF),
// as known before the block after prev: expired signals are left out.
type Signals func(prev Block) map[int]int

// Statistics is how a period of signalling goes, all in blocks.
type Statistics struct {
	Period    int
	Threshold int
	Elapsed   int
	Count     int
	// Possible is false when too few blocks are left to reach the threshold.
	Possible bool
}

// VersionBits is the state machine of BIP9 with Dash's additions: a threshold
// that falls from period to period, and a start that waits for masternodes. It
// is safe for concurrent use.
//
// Source of the rules: Dash Core's src/versionbits.cpp.
type VersionBits struct {
	p       *params.Params
	signals Signals

	// mu guards deployed and warned.
	mu       sync.Mutex
	deployed [params.NumDeployments]*condition
	warned   [versionBitsCount]*condition
}

// NewVersionBits makes the state machines of a network; signals may be nil.
func NewVersionBits(p *params.Params, signals Signals) *VersionBits {
	v := &VersionBits{p: p, signals: signals}
	for i := range v.deployed {
		v.deployed[i] = v.deployment(&p.Consensus.Deployments[i])
	}
	for bit := range v.warned {
		v.warned[bit] = v.warning(bit)
	}
	return v
}

// State is the state of a deployment for the block after prev.
func (v *VersionBits) State(pos params.DeploymentPos, prev Block) State {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.deployed[pos].state(prev)
}

// Active reports whether a deployment holds for the block after prev.
func (v *VersionBits) Active(pos params.DeploymentPos, prev Block) bool {
	return v.State(pos, prev) == StateActive
}

// Since is the height of the first block of a deployment's current state, 0 for
// one that is always, never or not yet started.
func (v *VersionBits) Since(pos params.DeploymentPos, prev Block) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.deployed[pos].since(prev)
}

// Statistics counts the signals of the period that tip is in.
func (v *VersionBits) Statistics(pos params.DeploymentPos, tip Block) Statistics {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.deployed[pos].statistics(tip)
}

// BlockVersion is the version a miner gives the block after prev.
func (v *VersionBits) BlockVersion(prev Block) int32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.blockVersion(prev)
}

func (v *VersionBits) blockVersion(prev Block) int32 {
	version := int32(versionBitsTopBits)
	for i, c := range v.deployed {
		if s := c.state(prev); s == StateStarted || s == StateLockedIn {
			version |= 1 << v.p.Consensus.Deployments[i].Bit
		}
	}
	return version
}

// Unknown lists the version bits that this build knows no deployment for and
// that miners have made active, or locked in, at the block after tip.
//
// Source of the rule: WarningBitsConditionChecker in Dash Core's src/validation.cpp.
func (v *VersionBits) Unknown(tip Block) (active, lockedIn []int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for bit, c := range v.warned {
		switch c.state(tip) {
		case StateActive:
			active = append(active, bit)
		case StateLockedIn:
			lockedIn = append(lockedIn, bit)
		}
	}
	return active, lockedIn
}

func (v *VersionBits) deployment(d *params.Deployment) *condition {
	c := &condition{
		minWarning: v.p.Consensus.MinBIP9WarningHeight, start: d.StartTime, timeout: d.Timeout,
		minActivation: d.MinActivationHeight, period: int(d.WindowSize),
		states: make(map[wire.Hash]State),
	}
	if c.period == 0 {
		c.period = v.p.Consensus.MinerConfirmationWindow
	}
	c.threshold = func(attempt int64) int {
		switch {
		case d.ThresholdStart == 0:
			return v.p.Consensus.RuleChangeActivationThreshold
		case d.ThresholdMin == 0 || d.FalloffCoeff == 0:
			return int(d.ThresholdStart)
		}
		fallen := d.ThresholdStart - attempt*attempt*int64(c.period)/100/d.FalloffCoeff
		return int(max(d.ThresholdMin, fallen))
	}
	c.signals = func(b Block) bool { return signalsBit(b.Version(), d.Bit) }
	c.signalHeight = func(prev Block) int {
		if !d.UseEHF {
			return 0
		}
		if v.signals != nil && prev != nil {
			if h, ok := v.signals(prev)[d.Bit]; ok {
				return h
			}
		}
		return math.MaxInt
	}
	return c
}

func (v *VersionBits) warning(bit int) *condition {
	p := &v.p.Consensus
	return &condition{
		minWarning: p.MinBIP9WarningHeight, timeout: math.MaxInt64, period: p.MinerConfirmationWindow,
		threshold:    func(int64) int { return p.RuleChangeActivationThreshold },
		signalHeight: func(Block) int { return 0 },
		signals: func(b Block) bool {
			return b.Height() >= p.MinBIP9WarningHeight && signalsBit(b.Version(), bit) &&
				v.blockVersion(b.Prev())>>bit&1 == 0
		},
		states: make(map[wire.Hash]State),
	}
}

func signalsBit(version int32, bit int) bool {
	return uint32(version)&versionBitsTopMask == versionBitsTopBits && version>>bit&1 != 0
}

// condition is one state machine. Its states change only between periods, so
// they are remembered by the hash of the last block of a period.
type condition struct {
	minWarning     int
	start, timeout int64
	minActivation  int
	period         int
	threshold      func(attempt int64) int
	signals        func(Block) bool
	// signalHeight is the height of the masternodes' signal that miners have to
	// wait for.
	signalHeight func(prev Block) int
	states       map[wire.Hash]State
}

// periodEnd is the last block of the last complete period up to prev.
func (c *condition) periodEnd(prev Block) Block {
	if prev == nil {
		return nil
	}
	return prev.Ancestor(prev.Height() - (prev.Height()+1)%c.period)
}

// remembered is the state after the period that ends in b, if it is known
// without looking further back.
func (c *condition) remembered(b Block, signal int) (State, bool) {
	if b == nil {
		return StateDefined, true
	}
	if s, ok := c.states[b.Hash()]; ok {
		return s, true
	}
	if b.Height() < c.minWarning || MedianTimePast(b) < c.start || b.Height() < signal {
		c.states[b.Hash()] = StateDefined
		return StateDefined, true
	}
	return "", false
}

func (c *condition) state(prev Block) State {
	switch c.start {
	case params.AlwaysActive:
		return StateActive
	case params.NeverActive:
		return StateFailed
	}
	signal := c.signalHeight(prev)
	b := c.periodEnd(prev)
	var todo []Block
	s, known := c.remembered(b, signal)
	for !known {
		todo = append(todo, b)
		b = b.Ancestor(b.Height() - c.period)
		s, known = c.remembered(b, signal)
	}
	if len(todo) == 0 {
		return s
	}
	started := c.startHeight(b, s)
	for i := len(todo) - 1; i >= 0; i-- {
		b = todo[i]
		next := c.next(s, b, started, signal)
		if next == StateStarted && s != StateStarted {
			started = b.Height() + 1
		}
		s = next
		c.states[b.Hash()] = s
	}
	return s
}

// startHeight is the height at which signalling started if it is under way
// after the period that ends in b.
func (c *condition) startHeight(b Block, s State) int {
	height := math.MaxInt
	for s == StateStarted {
		height = min(height, b.Height()+1)
		b = b.Ancestor(b.Height() - c.period)
		// A started state was reached walking forward, so all before are known.
		s = StateDefined
		if b != nil {
			s = c.states[b.Hash()]
		}
	}
	return height
}

// next is the state after the period that ends in b, s being the one before.
func (c *condition) next(s State, b Block, started, signal int) State {
	switch s {
	case StateDefined:
		if MedianTimePast(b) >= c.start && b.Height() >= signal {
			return StateStarted
		}
	case StateStarted:
		threshold := c.threshold(int64((b.Height() - started) / c.period))
		count := 0
		for i, at := 0, b; i < c.period && count+c.period-i >= threshold; i, at = i+1, at.Prev() {
			if c.signals(at) {
				count++
			}
		}
		if count >= threshold {
			return StateLockedIn
		}
		if MedianTimePast(b) >= c.timeout {
			return StateFailed
		}
	case StateLockedIn:
		if b.Height()+1 >= c.minActivation {
			return StateActive
		}
	}
	return s
}

func (c *condition) since(prev Block) int {
	if c.start == params.AlwaysActive || c.start == params.NeverActive {
		return 0
	}
	first := c.state(prev)
	if first == StateDefined {
		return 0
	}
	b := c.periodEnd(prev)
	for {
		before := b.Ancestor(b.Height() - c.period)
		if before == nil || c.state(before) != first {
			return b.Height() + 1
		}
		b = before
	}
}

func (c *condition) statistics(tip Block) Statistics {
	st := Statistics{Period: c.period, Threshold: c.threshold(0)}
	if tip == nil {
		return st
	}
	end := c.periodEnd(tip)
	endHeight := -1
	if end != nil {
		endHeight = end.Height()
	}
	st.Elapsed = tip.Height() - endHeight
	if end != nil && c.state(end) == StateStarted {
		st.Threshold = c.threshold(int64((end.Height() + 1 - c.since(end)) / c.period))
	}
	for b := tip; b != nil && b.Height() > endHeight; b = b.Prev() {
		if c.signals(b) {
			st.Count++
		}
	}
	st.Possible = st.Period-st.Threshold >= st.Elapsed-st.Count
	return st
}
