package params

// LLMQType is the id of a kind of long-living masternode quorum (DIP6).
type LLMQType uint8

// The quorum types of Dash Core's src/llmq/params.h.
const (
	LLMQ50_60           LLMQType = 1
	LLMQ400_60          LLMQType = 2
	LLMQ400_85          LLMQType = 3
	LLMQ100_67          LLMQType = 4
	LLMQ60_75           LLMQType = 5
	LLMQ25_67           LLMQType = 6
	LLMQTest            LLMQType = 100
	LLMQDevnet          LLMQType = 101
	LLMQTestV17         LLMQType = 102
	LLMQTestDIP0024     LLMQType = 103
	LLMQTestInstantSend LLMQType = 104
	LLMQDevnetDIP0024   LLMQType = 105
	LLMQTestPlatform    LLMQType = 106
	LLMQDevnetPlatform  LLMQType = 107
	LLMQNone            LLMQType = 0xff
)

// TestnetLLMQ25_67ActivationHeight is the testnet height after which quorums
// of type LLMQ25_67 form.
const TestnetLLMQ25_67ActivationHeight = 847_000

// LLMQ configures a quorum type and its key generation. Intervals and windows
// are in blocks, counted from the start of a key generation.
type LLMQ struct {
	Type        LLMQType
	Name        string
	UseRotation bool // DIP24

	Size      int
	MinSize   int // valid members a commitment needs
	Threshold int // shares a signature needs

	DKGInterval          int
	DKGPhaseBlocks       int
	DKGMiningWindowStart int
	DKGMiningWindowEnd   int
	DKGBadVotesThreshold int

	SigningActiveQuorumCount int
	KeepOldConnections       int
	KeepOldKeys              int
	RecoveryMembers          int
}

// llmqs makes the parameters of the given types, in their order.
func llmqs(types ...LLMQType) []LLMQ {
	out := make([]LLMQ, 0, len(types))
	for _, t := range types {
		for _, q := range llmqTable() {
			if q.Type == t {
				out = append(out, q)
			}
		}
	}
	if len(out) != len(types) {
		panic("params: quorum type without parameters")
	}
	return out
}

// llmqTable has one row per type: id, name, rotation; size, minimum, threshold;
// interval, phase, mining window, bad votes; active, connections, keys, recovery.
func llmqTable() []LLMQ {
	return []LLMQ{
		{LLMQTest, "llmq_test", false, 3, 2, 2, 24, 2, 10, 18, 2, 2, 3, 4, 3},
		{LLMQTestInstantSend, "llmq_test_instantsend", false, 3, 2, 2, 24, 2, 10, 18, 2, 2, 3, 4, 3},
		{LLMQTestV17, "llmq_test_v17", false, 3, 2, 2, 24, 2, 10, 18, 2, 2, 3, 4, 3},
		{LLMQTestDIP0024, "llmq_test_dip0024", true, 4, 4, 3, 24, 2, 12, 20, 2, 2, 4, 4, 3},
		{LLMQTestPlatform, "llmq_test_platform", false, 3, 2, 2, 24, 2, 10, 18, 2, 2, 4, 1440, 3},
		{LLMQDevnet, "llmq_devnet", false, 12, 7, 6, 24, 2, 10, 18, 7, 4, 5, 8, 6},
		{LLMQDevnetDIP0024, "llmq_devnet_dip0024", true, 8, 6, 4, 48, 2, 12, 20, 7, 2, 4, 4, 4},
		{LLMQDevnetPlatform, "llmq_devnet_platform", false, 12, 9, 8, 24, 2, 10, 18, 7, 4, 5, 1440, 6},
		{LLMQ50_60, "llmq_50_60", false, 50, 40, 30, 24, 2, 10, 18, 40, 24, 25, 48, 25},
		{LLMQ60_75, "llmq_60_75", true, 60, 50, 45, 288, 2, 42, 50, 48, 32, 64, 64, 25},
		{LLMQ400_60, "llmq_400_60", false, 400, 300, 240, 288, 4, 20, 28, 300, 4, 5, 8, 100},
		{LLMQ400_85, "llmq_400_85", false, 400, 350, 340, 576, 4, 20, 48, 300, 4, 5, 8, 100},
		{LLMQ100_67, "llmq_100_67", false, 100, 80, 67, 24, 2, 10, 18, 80, 24, 25, 1440, 50},
		{LLMQ25_67, "llmq_25_67", false, 25, 22, 17, 24, 2, 10, 18, 22, 24, 25, 1440, 12},
	}
}

// LLMQEnabled reports whether quorums of type t form and count for the block
// after the one at prevHeight; testDummyActive is the state of that deployment
// for the same block (ChainstateManager::IsQuorumTypeEnabled).
func (p *Params) LLMQEnabled(t LLMQType, prevHeight int, testDummyActive bool) bool {
	c := &p.Consensus
	rotating := c.ActiveAt(DIP0024, prevHeight+1)
	replaced := rotating && prevHeight >= c.DIP0024QuorumsHeight
	switch t {
	case LLMQ50_60:
		return !replaced || p.Network == Test || p.Network == Devnet
	case LLMQTestInstantSend:
		return !replaced || c.LLMQDIP0024InstantSend == LLMQTestInstantSend
	case LLMQDevnet, LLMQTest, LLMQTestPlatform, LLMQ400_60, LLMQ400_85, LLMQDevnetPlatform:
		return true
	case LLMQTestV17:
		return testDummyActive
	case LLMQ100_67:
		return c.ActiveAt(DIP0020, prevHeight+1)
	case LLMQ60_75, LLMQDevnetDIP0024, LLMQTestDIP0024:
		return rotating
	case LLMQ25_67:
		return prevHeight >= TestnetLLMQ25_67ActivationHeight
	default:
		return false
	}
}
