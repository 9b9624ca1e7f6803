package params

import "math"

// DeploymentPos indexes the version-bits deployments.
type DeploymentPos int

// The deployments that miners still signal for.
const (
	DeploymentTestDummy DeploymentPos = iota
	// DeploymentV24 doubles the withdrawal limit and brings extended addresses.
	DeploymentV24
	NumDeployments
)

// Name is the deployment's name in RPC results and -vbparams.
func (d DeploymentPos) Name() string {
	return [NumDeployments]string{"testdummy", "v24"}[d]
}

// Special values of Deployment.StartTime, and the Timeout that never comes.
const (
	AlwaysActive = -1
	NeverActive  = -2
	NoTimeout    = math.MaxInt64
)

// Deployment is a rule change by version bits (BIP9) with Dash's falling
// threshold and its signal by masternodes (EHF).
type Deployment struct {
	Bit                 int
	StartTime           int64 // median time, or a special value
	Timeout             int64 // median time
	MinActivationHeight int
	// WindowSize and the thresholds are in blocks; 0 means the network's default.
	WindowSize     int64
	ThresholdStart int64
	ThresholdMin   int64
	FalloffCoeff   int64
	// UseEHF: a masternode quorum must signal before miners' signals count.
	UseEHF bool
}

// Buried names a rule whose activation height is fixed in the parameters.
type Buried int

// The buried deployments in the order of Dash Core's enumeration.
const (
	BIP34 Buried = iota
	BIP66
	BIP65
	BIP147
	CSV
	DIP0001
	DIP0003
	DIP0008
	DIP0020
	DIP0024
	BRR
	V19
	V20
	MNRR
	Withdrawals
	numBuried
)

// Name is the rule's name in the softforks object of getblockchaininfo.
func (b Buried) Name() string {
	return [numBuried]string{
		"bip34", "bip66", "bip65", "bip147", "csv", "dip0001", "dip0003", "dip0008",
		"dip0020", "dip0024", "realloc", "v19", "v20", "mn_rr", "withdrawals",
	}[b]
}

// BuriedDeployments lists all buried rules.
func BuriedDeployments() []Buried {
	all := make([]Buried, numBuried)
	for i := range all {
		all[i] = Buried(i)
	}
	return all
}

// DeploymentHeight is the height from which a buried rule holds.
func (c *Consensus) DeploymentHeight(b Buried) int {
	return [numBuried]int{
		c.BIP34Height, c.BIP66Height, c.BIP65Height, c.BIP147Height, c.CSVHeight,
		c.DIP0001Height, c.DIP0003Height, c.DIP0008Height, c.DIP0020Height, c.DIP0024Height,
		c.BRRHeight, c.V19Height, c.V20Height, c.MNRRHeight, c.WithdrawalsHeight,
	}[b]
}

// ActiveAt reports whether a buried rule holds for the block at height
// (DeploymentActiveAt; DeploymentActiveAfter is ActiveAt of the next height).
func (c *Consensus) ActiveAt(b Buried, height int) bool { return height >= c.DeploymentHeight(b) }

// MNActivation is the answer to whether masternodes may signal a version bit.
type MNActivation struct {
	Known   bool // a deployment on this bit was in its time range
	Allowed bool
}

// ValidMNActivation judges an EHF signal for a version bit at a block whose
// previous median time is timePast. A bit no deployment knows is allowed, so
// that old nodes follow new deployments (CChainParams::IsValidMNActivation).
func (p *Params) ValidMNActivation(bit int, timePast int64) MNActivation {
	for _, d := range p.Consensus.Deployments {
		if d.Bit != bit || timePast > d.Timeout || timePast < d.StartTime {
			continue
		}
		return MNActivation{Known: true, Allowed: d.UseEHF}
	}
	return MNActivation{Allowed: true}
}
