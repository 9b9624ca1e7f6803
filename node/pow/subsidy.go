package pow

import "dashmp/node/params"

// Reward is what a block creates, in duffs.
type Reward struct {
	// Block is what the coinbase may pay besides fees (GetBlockSubsidyInner).
	Block int64
	// Treasury is the part kept back for superblocks (GetSuperblockSubsidyInner).
	Treasury int64
}

// Subsidy is the reward of the block after one with prevBits at prevHeight;
// v20 tells whether that deployment is active for it. It is not for the
// genesis block, whose coinbase pays 50 DASH that nobody can spend.
//
// Source of the rule: GetBlockSubsidyHelper in Dash Core's src/validation.cpp.
func Subsidy(prevBits uint32, prevHeight int, v20 bool, p *params.Params) Reward {
	c := &p.Consensus
	amount := baseSubsidy(prevBits, prevHeight, v20, p) * params.Coin
	// About 7 percent less each year.
	for h := c.SubsidyHalvingInterval; h <= prevHeight; h += c.SubsidyHalvingInterval {
		amount -= amount / 14
	}
	if p.Network == params.Devnet && prevHeight < c.HighSubsidyBlocks {
		amount *= int64(c.HighSubsidyFactor)
	}
	var treasury int64
	if prevHeight > c.BudgetPaymentsStartBlock {
		treasury = amount / 10
		if v20 {
			treasury = amount / 5
		}
	}
	return Reward{Block: amount - treasury, Treasury: treasury}
}

// baseSubsidy is the reward in whole DASH before the yearly decline. It
// depended on difficulty until v20 fixed it.
func baseSubsidy(prevBits uint32, prevHeight int, v20 bool, p *params.Params) int64 {
	if v20 || p.Network == params.Devnet && prevHeight >= p.Consensus.HighSubsidyBlocks {
		return 5
	}
	var d float64
	if prevHeight <= 4500 && p.Network == params.Main {
		// The exponent was forgotten at first, and that is history now.
		d = 0xffff / float64(prevBits&0x00ffffff)
	} else {
		d = Difficulty(prevBits)
	}
	switch {
	case prevHeight < 5465:
		return clamp(1111/square(d+1), 1, 500)
	case prevHeight < 17000 || d <= 75 && prevHeight < 24000:
		return clamp(11111/square((d+51)/6), 25, 500)
	default:
		return clamp(2222222/square((d+2600)/9), 5, 25)
	}
}

func square(x float64) float64 { return x * x }

// clamp truncates x to a whole number, then limits it.
func clamp(x float64, low, high int64) int64 { return min(max(int64(x), low), high) }

// reallocation is the masternode's share of a block in permille in each period
// of three superblock cycles after BRR; it rose from a half to three fifths.
var reallocation = [...]int64{
	513, 526, 533, 540, 546, 552, 557, 562, 567, 572,
	577, 582, 585, 588, 591, 594, 597, 599, 600,
}

// MasternodePayment is the masternode's part of value, which is the block's
// reward with or without fees, in duffs.
//
// Source of the rule: GetMasternodePayment in Dash Core's src/validation.cpp.
func MasternodePayment(height int, value int64, v20 bool, c *params.Consensus) int64 {
	start := c.BRRHeight - c.BRRHeight%c.SuperblockCycle + c.SuperblockCycle
	if height < c.BRRHeight || height < start {
		return earlyMasternodePayment(height, value, c)
	}
	if v20 {
		// Three fifths of everything, of which the treasury's fifth is gone.
		return value * 3 / 4
	}
	period := min((height-start)/(c.SuperblockCycle*3), len(reallocation)-1)
	return value * reallocation[period] / 1000
}

// earlyMasternodePayment rises from a fifth to a half; the eighth step was left out.
func earlyMasternodePayment(height int, value int64, c *params.Consensus) int64 {
	ret := value / 5
	for _, step := range [...]struct{ periods, part int }{
		{0, 20}, {1, 20}, {2, 20}, {3, 40}, {4, 40}, {5, 40}, {6, 40}, {7, 40}, {9, 40},
	} {
		if height > c.MasternodePaymentsIncreaseBlock+c.MasternodePaymentsIncreasePeriod*step.periods {
			ret += value / int64(step.part)
		}
	}
	return ret
}

// PlatformShare is the part of a masternode's reward, fees excluded, that goes
// to the credit pool from MN_RR on, in duffs.
func PlatformShare(masternodeReward int64) int64 { return masternodeReward * 375 / 1000 }

// Split is the coinbase's division of a block's reward and fees.
type Split struct {
	Miner      int64
	Masternode int64 // to the payee and its operator; to the miner if there is none
	Platform   int64 // to the credit pool, by an output with OP_RETURN
}

// SplitReward divides the reward of the block at height plus its fees. Before
// v20 nothing goes to Platform even if MN_RR is active, since there is no
// credit pool yet.
//
// Source of the rule: CMNPaymentsProcessor::GetBlockTxOuts in Dash Core's
// src/masternode/payments.cpp.
func SplitReward(height int, subsidy, fees int64, c *params.Consensus) Split {
	v20 := c.ActiveAt(params.V20, height)
	masternode := MasternodePayment(height, subsidy+fees, v20, c)
	s := Split{Miner: subsidy + fees - masternode}
	if v20 && c.ActiveAt(params.MNRR, height) {
		s.Platform = PlatformShare(MasternodePayment(height, subsidy, v20, c))
	}
	s.Masternode = masternode - s.Platform
	return s
}
