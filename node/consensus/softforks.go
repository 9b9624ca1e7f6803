package consensus

import (
	"math"

	"dashmp/node/params"
)

// SoftFork is an entry of softforks in getblockchaininfo.
type SoftFork struct {
	Name   string
	Active bool
	// Height is the first at which the rule holds; -1 if that is open.
	Height int
	// BIP9 is nil for a buried rule.
	BIP9 *BIP9Info
}

// BIP9Info is what getblockchaininfo tells of a deployment by version bits.
type BIP9Info struct {
	Status State
	// Bit is signalled while started or locked in, else it is -1.
	Bit                 int
	StartTime           int64
	Timeout             int64
	MinActivationHeight int
	EHF                 bool
	// EHFHeight is that of the masternodes' signal, -1 without one.
	EHFHeight int
	Since     int
	// Statistics is nil unless started or locked in, and without a threshold in
	// the latter case.
	Statistics *Statistics
	// ActivationHeight is -1 unless locked in.
	ActivationHeight int
}

// SoftForks lists the rules that can become active and how they stand for the
// block after tip, in the order of getblockchaininfo.
func (r *Rules) SoftForks(tip Block) (list []SoftFork) {
	for _, b := range softForkOrder {
		h := r.p.Consensus.DeploymentHeight(b)
		if h == math.MaxInt32 || h == math.MaxInt {
			continue
		}
		list = append(list, SoftFork{Name: b.Name(), Active: nextHeight(tip) >= h, Height: h})
	}
	for _, pos := range [...]params.DeploymentPos{params.DeploymentV24, params.DeploymentTestDummy} {
		if d := &r.p.Consensus.Deployments[pos]; d.StartTime != params.NeverActive {
			list = append(list, r.softFork(pos, d, tip))
		}
	}
	return list
}

// softForkOrder is that of getblockchaininfo, by height on the main network.
var softForkOrder = [...]params.Buried{
	params.BIP34, params.BIP66, params.BIP65, params.BIP147, params.CSV, params.DIP0001, params.DIP0003,
	params.DIP0008, params.DIP0020, params.DIP0024, params.BRR, params.V19, params.V20, params.MNRR,
	params.Withdrawals,
}

func (r *Rules) softFork(pos params.DeploymentPos, d *params.Deployment, tip Block) SoftFork {
	v := r.bits
	info := &BIP9Info{
		Status: v.State(pos, tip), Bit: -1, StartTime: d.StartTime, Timeout: d.Timeout,
		MinActivationHeight: d.MinActivationHeight, EHF: d.UseEHF, EHFHeight: -1,
		Since: v.Since(pos, tip), ActivationHeight: -1,
	}
	if v.signals != nil && tip != nil {
		if h, ok := v.signals(tip)[d.Bit]; ok {
			info.EHFHeight = h
		}
	}
	if info.Status == StateStarted || info.Status == StateLockedIn {
		info.Bit = d.Bit
		st := v.Statistics(pos, tip)
		info.Statistics = &st
	}
	if info.Status == StateLockedIn {
		// Dash Core adds the deployment's own window, even when it has none.
		info.ActivationHeight = info.Since + int(d.WindowSize)
	}
	fork := SoftFork{Name: pos.Name(), Active: info.Status == StateActive, Height: -1, BIP9: info}
	if fork.Active {
		fork.Height = info.Since
	}
	return fork
}
