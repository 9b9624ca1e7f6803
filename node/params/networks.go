package params

import (
	"dashmp/node/arith"
	"dashmp/node/wire"
)

func mustHash(s string) wire.Hash {
	h, err := wire.ParseHash(s)
	if err != nil {
		panic("params: " + err.Error())
	}
	return h
}

func mustNumber(s string) arith.Uint256 { return arith.FromHash(mustHash(s)) }

const (
	powLimitMain = "00000fffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	powLimitTest = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
)

func testBase58() Base58 {
	return Base58{
		PubKeyHash: 140, ScriptHash: 19, SecretKey: 239,
		ExtPublic: [4]byte{0x04, 0x35, 0x87, 0xcf},
		ExtSecret: [4]byte{0x04, 0x35, 0x83, 0x94},
		CoinType:  1,
	}
}

func testDummy(start int64) Deployment {
	return Deployment{Bit: 28, StartTime: start, Timeout: NoTimeout}
}

func v24(start, window, thresholdStart, thresholdMin int64) Deployment {
	return Deployment{
		Bit: 12, StartTime: start, Timeout: NoTimeout,
		WindowSize: window, ThresholdStart: thresholdStart, ThresholdMin: thresholdMin,
		FalloffCoeff: 5, UseEHF: true,
	}
}

func mainParams() *Params {
	p := &Params{
		Network: Main,
		Magic:   [4]byte{0xbf, 0x0c, 0x6b, 0xbd},
		P2PPort: 9999, RPCPort: 9998, OnionPort: 9996, PlatformP2PPort: 26656, PlatformHTTPPort: 443,
		DNSSeeds: []string{"dnsseed.dash.org."},
		Base58: Base58{
			PubKeyHash: 76, ScriptHash: 16, SecretKey: 204,
			ExtPublic: [4]byte{0x04, 0x88, 0xb2, 0x1e},
			ExtSecret: [4]byte{0x04, 0x88, 0xad, 0xe4},
			CoinType:  5,
		},
		Checkpoints:               mainCheckpoints(),
		TxStats:                   TxStats{Time: 1770962602, Count: 64859329, Rate: 0.9523581589072819},
		RequireStandard:           true,
		RequireRoutableExternalIP: true,
		PruneAfterHeight:          100000,
		AssumedBlockchainSize:     57, AssumedChainStateSize: 1,
		PoolMinParticipants: 3, PoolMaxParticipants: 20,
		FulfilledRequestExpireTime: 60 * 60, LLMQConnectionRetryTimeout: 60,
		SporkAddresses: []string{"Xgtyuk76vhuFW2iT7UAiHgNdWXCf3J34wh"}, MinSporkKeys: 1,
		CreditPoolPeriodBlocks: 576,
		Consensus:              mainConsensus(),
	}
	p.Genesis = genesisBlock(1390095618, 28917698, 0x1e0ffff0)
	return p
}

func mainConsensus() Consensus {
	return Consensus{
		SubsidyHalvingInterval:       210240,
		MasternodePaymentsStartBlock: 100000, MasternodePaymentsIncreaseBlock: 158000, MasternodePaymentsIncreasePeriod: 576 * 30,
		InstantSendConfirmations: 6, InstantSendKeepLock: 24,
		BudgetPaymentsStartBlock: 328008, BudgetPaymentsCycleBlocks: 16616, BudgetPaymentsWindowBlocks: 100,
		SuperblockStartBlock: 614820,
		SuperblockStartHash:  mustHash("0000000000020cb27c7ef164d21003d5d20cdca2f54dd9a9ca6d45f4d47f8aa3"),
		SuperblockCycle:      16616, SuperblockMaturityWindow: 1662,
		GovernanceMinQuorum: 10, GovernanceFilterElements: 20000, MasternodeMinimumConfirmations: 15,
		BIP34Height: 951, BIP34Hash: mustHash("000001f35e70f7c5705f64c6c5cc3dea9449e74d5b5c7cf74dad1bcca14a8012"),
		BIP65Height: 619382, BIP66Height: 245817, BIP147Height: 939456, CSVHeight: 622944,
		DIP0001Height: 782208, DIP0003Height: 1028160, DIP0003EnforcementHeight: 1047200,
		DIP0003EnforcementHash: mustHash("000000000000002d1734087b4c5afc3133e4e1c3e1a89218f62bcd9bb3d17f81"),
		DIP0008Height:          1088640, BRRHeight: 1374912, DIP0020Height: 1516032,
		DIP0024Height: 1737792, DIP0024QuorumsHeight: 1738698,
		V19Height: 1899072, V20Height: 1987776, MNRRHeight: 2128896, WithdrawalsHeight: 2201472,
		MinBIP9WarningHeight:          2201472 + 2016,
		RuleChangeActivationThreshold: 1815, MinerConfirmationWindow: 2016,
		Deployments: [NumDeployments]Deployment{testDummy(NeverActive), v24(NeverActive, 4032, 3226, 2420)},
		PowLimit:    mustNumber(powLimitMain), PowTargetSpacing: 150, PowTargetTimespan: 86400,
		PowKGWHeight: 15200, PowDGWHeight: 34140,
		MinimumChainWork:  mustNumber("00000000000000000000000000000000000000000000b567e2d53a06de194061"),
		AssumeValid:       mustHash("00000000000000018fb7d55a2d7ab5f3d1369cf0d7eef25db727bf8c9ca7d4b2"),
		HighSubsidyFactor: 1,
		LLMQs:             llmqs(LLMQ50_60, LLMQ60_75, LLMQ400_60, LLMQ400_85, LLMQ100_67),
		LLMQChainLocks:    LLMQ400_60, LLMQDIP0024InstantSend: LLMQ60_75,
		LLMQPlatform: LLMQ100_67, LLMQMnhf: LLMQ400_85,
	}
}

func testParams() *Params {
	p := &Params{
		Network: Test, DataDir: "testnet3",
		Magic:   [4]byte{0xce, 0xe2, 0xca, 0xff},
		P2PPort: 19999, RPCPort: 19998, OnionPort: 19996, PlatformP2PPort: 22000, PlatformHTTPPort: 22001,
		DNSSeeds:                  []string{"testnet-seed.dashdot.io."},
		Base58:                    testBase58(),
		Checkpoints:               testCheckpoints(),
		TxStats:                   TxStats{Time: 1765334452, Count: 8182713, Rate: 0.1796716675173412},
		RequireRoutableExternalIP: true,
		IsTestChain:               true,
		PruneAfterHeight:          1000,
		AssumedBlockchainSize:     10, AssumedChainStateSize: 1,
		PoolMinParticipants: 2, PoolMaxParticipants: 20,
		FulfilledRequestExpireTime: 5 * 60, LLMQConnectionRetryTimeout: 60,
		SporkAddresses: []string{"yjPtiKh2uwk3bDutTEA2q9mCtXyiZRWn55"}, MinSporkKeys: 1,
		CreditPoolPeriodBlocks: 576,
		Consensus:              testConsensus(),
	}
	p.Genesis = genesisBlock(1390666206, 3861367235, 0x1e0ffff0)
	return p
}

// testTimings are the payment and governance parameters that test and devnet share.
func testTimings() Consensus {
	return Consensus{
		SubsidyHalvingInterval:       210240,
		MasternodePaymentsStartBlock: 4010, MasternodePaymentsIncreaseBlock: 4030, MasternodePaymentsIncreasePeriod: 10,
		InstantSendConfirmations: 2, InstantSendKeepLock: 6,
		BudgetPaymentsStartBlock: 4100, BudgetPaymentsCycleBlocks: 50, BudgetPaymentsWindowBlocks: 10,
		SuperblockStartBlock: 4200, SuperblockCycle: 24, SuperblockMaturityWindow: 8,
		GovernanceMinQuorum: 1, GovernanceFilterElements: 500, MasternodeMinimumConfirmations: 1,
		RuleChangeActivationThreshold: 1512, MinerConfirmationWindow: 2016,
		PowAllowMinDifficultyBlocks: true,
		PowTargetSpacing:            150, PowTargetTimespan: 86400,
		HighSubsidyFactor: 1,
	}
}

func testConsensus() Consensus {
	c := testTimings()
	c.BIP34Height = 76
	c.BIP34Hash = mustHash("000008ebb1db2598e897d17275285767717c6acfeac4c73def49fbea1ddcbcb6")
	c.BIP65Height, c.BIP66Height, c.BIP147Height, c.CSVHeight = 2431, 2075, 4300, 8064
	c.DIP0001Height, c.DIP0003Height, c.DIP0003EnforcementHeight = 5500, 7000, 7300
	c.DIP0003EnforcementHash = mustHash("00000055ebc0e974ba3a3fb785c5ad4365a39637d4df168169ee80d313612f8f")
	c.DIP0008Height, c.BRRHeight, c.DIP0020Height = 78800, 387500, 414100
	c.DIP0024Height, c.DIP0024QuorumsHeight = 769700, 770730
	c.V19Height, c.V20Height, c.MNRRHeight, c.WithdrawalsHeight = 850100, 905100, 1066900, 1148500
	c.MinBIP9WarningHeight = 1148500 + 2016
	c.Deployments = [NumDeployments]Deployment{testDummy(NeverActive), v24(NeverActive, 100, 80, 60)}
	c.PowLimit = mustNumber(powLimitMain)
	c.PowKGWHeight, c.PowDGWHeight = 4002, 4002
	c.MinimumChainWork = mustNumber("000000000000000000000000000000000000000000000000036c8f738da818d2")
	c.AssumeValid = mustHash("000000541a23f9db7411cddbe50f9f1ebd4aa7108ebdcad62214753f648c0239")
	c.LLMQs = llmqs(LLMQ50_60, LLMQ60_75, LLMQ400_60, LLMQ400_85, LLMQ100_67, LLMQ25_67)
	c.LLMQChainLocks, c.LLMQDIP0024InstantSend = LLMQ50_60, LLMQ60_75
	c.LLMQPlatform, c.LLMQMnhf = LLMQ25_67, LLMQ50_60
	return c
}

// devnetParams makes the parameters of the devnet with the full name "devnet"
// or "devnet-NAME".
func devnetParams(name string) *Params {
	p := &Params{
		Network: Devnet, DataDir: name,
		Magic:   [4]byte{0xe2, 0xca, 0xff, 0xce},
		P2PPort: 19799, RPCPort: 19798, OnionPort: 19796, PlatformP2PPort: 22100, PlatformHTTPPort: 22101,
		Base58:                    testBase58(),
		RequireRoutableExternalIP: true,
		IsTestChain:               true, AllowMultipleAddressesFromGroup: true,
		PruneAfterHeight:    1000,
		PoolMinParticipants: 2, PoolMaxParticipants: 20,
		FulfilledRequestExpireTime: 5 * 60, LLMQConnectionRetryTimeout: 60,
		SporkAddresses: []string{"yjPtiKh2uwk3bDutTEA2q9mCtXyiZRWn55"}, MinSporkKeys: 1,
		CreditPoolPeriodBlocks: 576,
		Consensus:              devnetConsensus(),
	}
	p.Genesis = genesisBlock(1417713337, 1096447, 0x207fffff)
	p.GenesisHash = p.Genesis.Header.Hash()
	p.DevnetGenesis, p.DevnetGenesisHash = devnetGenesis(p.Genesis, p.GenesisHash, name)
	p.Checkpoints = []Checkpoint{{0, p.GenesisHash}, {1, p.DevnetGenesisHash}}
	p.TxStats = TxStats{Time: int64(p.DevnetGenesis.Header.Time), Count: 2, Rate: 0.01}
	return p
}

func devnetConsensus() Consensus {
	c := testTimings()
	c.BIP34Height, c.BIP65Height, c.BIP66Height, c.BIP147Height, c.CSVHeight = 1, 1, 1, 1, 1
	c.DIP0001Height, c.DIP0003Height, c.DIP0003EnforcementHeight = 2, 2, 2
	c.DIP0008Height, c.BRRHeight, c.DIP0020Height, c.DIP0024Height, c.DIP0024QuorumsHeight = 2, 2, 2, 2, 2
	c.V19Height, c.V20Height, c.MNRRHeight, c.WithdrawalsHeight = 2, 2, 2, 2
	c.MinBIP9WarningHeight = 2 + 2016
	// 1751328000 is 1 July 2025.
	c.Deployments = [NumDeployments]Deployment{testDummy(NeverActive), v24(1751328000, 120, 96, 72)}
	c.PowLimit = mustNumber(powLimitTest)
	c.PowKGWHeight, c.PowDGWHeight = 4001, 4001
	c.LLMQs = llmqs(LLMQ50_60, LLMQ60_75, LLMQ400_60, LLMQ400_85, LLMQ100_67,
		LLMQDevnet, LLMQDevnetDIP0024, LLMQDevnetPlatform)
	c.LLMQChainLocks, c.LLMQDIP0024InstantSend = LLMQDevnet, LLMQDevnetDIP0024
	c.LLMQPlatform, c.LLMQMnhf = LLMQDevnetPlatform, LLMQDevnet
	return c
}

func regtestParams() *Params {
	p := &Params{
		Network: Regtest, DataDir: "regtest",
		Magic:   [4]byte{0xfc, 0xc1, 0xb7, 0xdc},
		P2PPort: 19899, RPCPort: 19898, OnionPort: 19896, PlatformP2PPort: 22200, PlatformHTTPPort: 22201,
		DNSSeeds: []string{"dummySeed.invalid."},
		Base58:   testBase58(),
		AssumeUTXO: []AssumeUTXO{
			{110, mustHash("9b2a277a3e3b979f1a539d57e949495d7f8247312dbc32bce6619128c192b44b"), 110},
			{200, mustHash("8a5bdd92252fc6b24663244bbe958c947bb036dc1f94ccd15439f48d8d1cb4e3"), 200},
		},
		DefaultConsistencyChecks: true, RequireStandard: true,
		IsTestChain: true, IsMockable: true, AllowMultipleAddressesFromGroup: true,
		PruneAfterHeight:    1000,
		PoolMinParticipants: 2, PoolMaxParticipants: 20,
		FulfilledRequestExpireTime: 5 * 60,
		// Shorter than a signing session, so that tests see failures at once.
		LLMQConnectionRetryTimeout: 1,
		SporkAddresses:             []string{"yj949n1UH6fDhw6HtVE5VMj2iSTaSWBMcW"}, MinSporkKeys: 1,
		CreditPoolPeriodBlocks: 100,
		Consensus:              regtestConsensus(),
	}
	p.Genesis = genesisBlock(1417713337, 1096447, 0x207fffff)
	p.GenesisHash = p.Genesis.Header.Hash()
	p.Checkpoints = []Checkpoint{{0, p.GenesisHash}}
	return p
}

func regtestConsensus() Consensus {
	c := testTimings()
	c.SubsidyHalvingInterval = 150
	c.MasternodePaymentsStartBlock, c.MasternodePaymentsIncreaseBlock = 240, 350
	c.BudgetPaymentsStartBlock = 1000
	c.SuperblockStartBlock, c.SuperblockCycle, c.SuperblockMaturityWindow = 1500, 20, 10
	c.GovernanceFilterElements = 100
	c.BIP34Height, c.BIP65Height, c.BIP66Height, c.BIP147Height, c.CSVHeight = 1, 1, 1, 0, 1
	c.DIP0001Height, c.DIP0003Height, c.DIP0003EnforcementHeight = 1, 432, 500
	c.DIP0008Height, c.BRRHeight, c.DIP0020Height, c.DIP0024Height, c.DIP0024QuorumsHeight = 1, 1, 1, 1, 1
	c.V19Height, c.V20Height, c.MNRRHeight, c.WithdrawalsHeight = 1, 432, 432, 600
	c.RuleChangeActivationThreshold, c.MinerConfirmationWindow = 108, 144
	c.Deployments = [NumDeployments]Deployment{testDummy(0), v24(0, 250, 200, 150)}
	c.PowLimit = mustNumber(powLimitTest)
	c.PowNoRetargeting = true
	c.PowKGWHeight, c.PowDGWHeight = 15200, 34140
	c.LLMQs = llmqs(LLMQTest, LLMQTestInstantSend, LLMQTestV17, LLMQTestDIP0024, LLMQTestPlatform)
	c.LLMQChainLocks, c.LLMQDIP0024InstantSend = LLMQTest, LLMQTestDIP0024
	c.LLMQPlatform, c.LLMQMnhf = LLMQTestPlatform, LLMQTest
	return c
}
