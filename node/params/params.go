package params

import (
	"dashmp/node/arith"
	"dashmp/node/wire"
)

// Coin is one DASH in duffs.
const Coin = 100_000_000

// The names of the networks, as in dash.conf's sections and -chain.
const (
	Main    = "main"
	Test    = "test"
	Devnet  = "devnet"
	Regtest = "regtest"
)

// Params are the parameters of one network.
type Params struct {
	// Network is Main, Test, Devnet or Regtest.
	Network string
	// DataDir is the sub-directory of the data directory, "" on main.
	DataDir string

	Magic            [4]byte // in wire order
	P2PPort          uint16
	RPCPort          uint16
	OnionPort        uint16
	PlatformP2PPort  uint16
	PlatformHTTPPort uint16
	DNSSeeds         []string

	Base58 Base58

	Genesis     *wire.Block
	GenesisHash wire.Hash
	// DevnetGenesis is the second, derived genesis block of a devnet at
	// height 1; nil elsewhere.
	DevnetGenesis     *wire.Block
	DevnetGenesisHash wire.Hash

	Checkpoints []Checkpoint // ascending
	AssumeUTXO  []AssumeUTXO // ascending
	TxStats     TxStats

	// DefaultConsistencyChecks is the default of -checkmempool and -checkblockindex.
	DefaultConsistencyChecks bool
	RequireStandard          bool
	// RequireRoutableExternalIP refuses unroutable -externalip addresses.
	RequireRoutableExternalIP bool
	// IsTestChain is true for every network but main.
	IsTestChain bool
	// IsMockable permits setmocktime, mockscheduler and their like.
	IsMockable bool
	// AllowMultipleAddressesFromGroup lets several masternodes share a network group.
	AllowMultipleAddressesFromGroup bool
	PruneAfterHeight                int
	// AssumedBlockchainSize and AssumedChainStateSize are in GB.
	AssumedBlockchainSize int
	AssumedChainStateSize int

	PoolMinParticipants        int
	PoolMaxParticipants        int
	FulfilledRequestExpireTime int // seconds
	LLMQConnectionRetryTimeout int // seconds
	SporkAddresses             []string
	MinSporkKeys               int
	// CreditPoolPeriodBlocks is the window of the asset-unlock limit.
	CreditPoolPeriodBlocks int

	Consensus Consensus
}

// Base58 holds the version bytes of the text forms of keys and addresses.
type Base58 struct {
	PubKeyHash byte
	ScriptHash byte
	SecretKey  byte
	// ExtPublic and ExtSecret are the BIP32 versions.
	ExtPublic [4]byte
	ExtSecret [4]byte
	// CoinType is the BIP44 coin type.
	CoinType uint32
}

// Checkpoint is a block every chain must contain.
type Checkpoint struct {
	Height int
	Hash   wire.Hash
}

// AssumeUTXO is a UTXO snapshot that may be loaded.
type AssumeUTXO struct {
	Height int
	// Hash is hash_serialized of the set.
	Hash wire.Hash
	// ChainTx is the number of transactions up to the height.
	ChainTx uint64
}

// TxStats estimates the progress of verification.
type TxStats struct {
	Time  int64 // seconds since the epoch
	Count int64 // transactions up to Time
	Rate  float64
}

// Consensus are the parameters that decide which blocks are valid.
type Consensus struct {
	SubsidyHalvingInterval int

	MasternodePaymentsStartBlock     int
	MasternodePaymentsIncreaseBlock  int
	MasternodePaymentsIncreasePeriod int
	InstantSendConfirmations         int
	InstantSendKeepLock              int
	BudgetPaymentsStartBlock         int
	BudgetPaymentsCycleBlocks        int
	BudgetPaymentsWindowBlocks       int
	SuperblockStartBlock             int
	SuperblockStartHash              wire.Hash // zero: not checked
	SuperblockCycle                  int
	SuperblockMaturityWindow         int
	GovernanceMinQuorum              int
	GovernanceFilterElements         int
	MasternodeMinimumConfirmations   int

	BIP34Height              int
	BIP34Hash                wire.Hash
	BIP65Height              int
	BIP66Height              int
	BIP147Height             int
	CSVHeight                int
	DIP0001Height            int
	DIP0003Height            int
	DIP0003EnforcementHeight int
	DIP0003EnforcementHash   wire.Hash
	DIP0008Height            int
	BRRHeight                int
	DIP0020Height            int
	DIP0024Height            int
	DIP0024QuorumsHeight     int
	V19Height                int
	V20Height                int
	MNRRHeight               int
	WithdrawalsHeight        int
	MinBIP9WarningHeight     int

	// RuleChangeActivationThreshold and MinerConfirmationWindow are the
	// defaults of deployments that name none.
	RuleChangeActivationThreshold int
	MinerConfirmationWindow       int
	Deployments                   [NumDeployments]Deployment

	PowLimit                    arith.Uint256
	PowAllowMinDifficultyBlocks bool
	PowNoRetargeting            bool
	PowTargetSpacing            int64 // seconds
	PowTargetTimespan           int64 // seconds
	PowKGWHeight                int   // Kimoto Gravity Well from here
	PowDGWHeight                int   // Dark Gravity Wave from here
	MinimumChainWork            arith.Uint256
	AssumeValid                 wire.Hash // zero: none
	MinimumDifficultyBlocks     int       // devnet override
	HighSubsidyBlocks           int       // devnet override
	HighSubsidyFactor           int       // devnet override
	LLMQs                       []LLMQ
	LLMQChainLocks              LLMQType
	LLMQDIP0024InstantSend      LLMQType
	LLMQPlatform                LLMQType
	LLMQMnhf                    LLMQType
}

// DifficultyAdjustmentInterval is in blocks.
func (c *Consensus) DifficultyAdjustmentInterval() int64 {
	return c.PowTargetTimespan / c.PowTargetSpacing
}

// LLMQ returns the parameters of a quorum type that the network knows.
func (c *Consensus) LLMQ(t LLMQType) (LLMQ, bool) {
	for _, q := range c.LLMQs {
		if q.Type == t {
			return q, true
		}
	}
	return LLMQ{}, false
}
