package params

import "testing"

func str(s string) *string { return &s }
func num(n int64) *int64   { return &n }

func TestOverrideErrors(t *testing.T) {
	for _, tc := range []struct {
		network string
		o       Options
		want    string
	}{
		{Regtest, Options{TestActivationHeight: []string{"bip34"}}, "Invalid format (bip34) for -testactivationheight=name@height."},
		{Regtest, Options{TestActivationHeight: []string{"bip34@-1"}}, "Invalid height value (bip34@-1) for -testactivationheight=name@height."},
		{Regtest, Options{TestActivationHeight: []string{"bip34@2147483647"}}, "Invalid height value (bip34@2147483647) for -testactivationheight=name@height."},
		{Regtest, Options{TestActivationHeight: []string{"bip34@ 1"}}, "Invalid height value (bip34@ 1) for -testactivationheight=name@height."},
		{Regtest, Options{TestActivationHeight: []string{"dip0020@1"}}, "Invalid name (dip0020@1) for -testactivationheight=name@height."},
		{Regtest, Options{VBParams: []string{"v24:1"}}, "Version bits parameters malformed, expecting <deployment>:<start>:<end> or <deployment>:<start>:<end>:<min_activation_height> or <deployment>:<start>:<end>:<min_activation_height>:<window>:<threshold> or <deployment>:<start>:<end>:<min_activation_height>:<window>:<thresholdstart>:<thresholdmin>:<falloffcoeff>:<useehf>"},
		{Regtest, Options{VBParams: []string{"v24:x:1"}}, "Invalid nStartTime (x)"},
		{Regtest, Options{VBParams: []string{"v24:1:y"}}, "Invalid nTimeout (y)"},
		{Regtest, Options{VBParams: []string{"v24:1:2:9999999999"}}, "Invalid min_activation_height (9999999999)"},
		{Regtest, Options{VBParams: []string{"v24:1:2:3:a:5"}}, "Invalid nWindowSize (a)"},
		{Regtest, Options{VBParams: []string{"v24:1:2:3:4:"}}, "Invalid nThresholdStart ()"},
		{Regtest, Options{VBParams: []string{"v24:1:2:3:4:5:b:7:8"}}, "Invalid nThresholdMin (b)"},
		{Regtest, Options{VBParams: []string{"v24:1:2:3:4:5:6:c:8"}}, "Invalid nFalloffCoeff (c)"},
		{Regtest, Options{VBParams: []string{"v24:1:2:3:4:5:6:7:d"}}, "Invalid nUseEHF (d)"},
		{Regtest, Options{VBParams: []string{"v99:1:2"}}, "Invalid deployment (v99)"},
		{Regtest, Options{DIP3Params: str("1")}, "DIP3 parameters malformed, expecting <activation>:<enforcement>"},
		{Regtest, Options{DIP3Params: str("a:1")}, "Invalid activation height (a)"},
		{Regtest, Options{DIP3Params: str("1:b")}, "Invalid enforcement height (b)"},
		{Regtest, Options{BudgetParams: str("1:2")}, "Budget parameters malformed, expecting <masternode>:<budget>:<superblock>"},
		{Regtest, Options{BudgetParams: str("a:2:3")}, "Invalid masternode start height (a)"},
		{Regtest, Options{BudgetParams: str("1:b:3")}, "Invalid budget start block (b)"},
		{Regtest, Options{BudgetParams: str("1:2:c")}, "Invalid superblock start height (c)"},
		{Regtest, Options{LLMQTestParams: str("5")}, "LLMQ_TEST parameters malformed, expecting <size>:<threshold>"},
		{Regtest, Options{LLMQTestInstantSendParams: str("x:1")}, "Invalid LLMQ_TEST_INSTANTSEND size (x)"},
		{Regtest, Options{LLMQTestPlatformParams: str("1:x")}, "Invalid LLMQ_TEST_PLATFORM threshold (x)"},
		{Regtest, Options{LLMQTestInstantSendDIP24: str("llmq_50_60")}, "Invalid LLMQ type specified for -llmqtestinstantsenddip0024."},
		{Devnet, Options{LLMQChainLocks: str("llmq_60_75")}, "LLMQ type specified for -llmqchainlocks must NOT use rotation"},
		{Devnet, Options{LLMQChainLocks: str("nope")}, "Invalid LLMQ type specified for -llmqchainlocks."},
		{Devnet, Options{LLMQInstantSendDIP24: str("llmq_50_60")}, "LLMQ type specified for -llmqinstantsenddip0024 must use rotation"},
		{Devnet, Options{LLMQPlatform: str("")}, "Invalid LLMQ type specified for -llmqplatform."},
		{Devnet, Options{LLMQMnhf: str("llmq_test")}, "Invalid LLMQ type specified for -llmqmnhf."},
		{Devnet, Options{LLMQDevnetParams: str("::")}, "LLMQ_DEVNET parameters malformed, expecting <size>:<threshold>"},
		{Devnet, Options{PowTargetSpacing: str("1.5")}, "Invalid parsing of powTargetSpacing (1.5)"},
		{Devnet, Options{PowTargetSpacing: str("0")}, "Invalid value of powTargetSpacing (0)"},
		{Regtest, Options{TestActivationHeight: []string{"v20@100"}}, "consensus.V20Height >= consensus.DIP0003Height"},
		{Regtest, Options{DIP3Params: str("2:2"), TestActivationHeight: []string{"v20@100", "mn_rr@99"}}, "consensus.MN_RRHeight >= consensus.V20Height"},
	} {
		_, err := Select(tc.network, tc.o)
		if err == nil || err.Error() != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
}

func TestOverridesApply(t *testing.T) {
	p := mustSelect(t, Regtest, Options{
		FastPrune:                true,
		TestActivationHeight:     []string{"v20@100", "mn_rr@+101", "dip0024@9", "brr@3", "dersig@102", "cltv@111"},
		VBParams:                 []string{"testdummy:5:6", "v24:0:999999999999:300:12:12:12:5:0"},
		DIP3Params:               str("2:3"),
		BudgetParams:             str("10:20:30"),
		LLMQTestParams:           str("5:3"),
		LLMQTestInstantSendDIP24: str("llmq_test_instantsend"),
	})
	c := &p.Consensus
	for name, got := range map[string][2]int{
		"prune": {p.PruneAfterHeight, 100}, "v20": {c.V20Height, 100}, "mn_rr": {c.MNRRHeight, 101},
		"dip24": {c.DIP0024Height, 9}, "dip24 quorums": {c.DIP0024QuorumsHeight, 9}, "brr": {c.BRRHeight, 3},
		"dersig": {c.BIP66Height, 102}, "cltv": {c.BIP65Height, 111},
		"dip3": {c.DIP0003Height, 2}, "dip3 enforcement": {c.DIP0003EnforcementHeight, 3},
		"masternode": {c.MasternodePaymentsStartBlock, 10}, "budget": {c.BudgetPaymentsStartBlock, 20}, "superblock": {c.SuperblockStartBlock, 30},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d, want %d", name, got[0], got[1])
		}
	}
	if d := c.Deployments[DeploymentTestDummy]; d != (Deployment{Bit: 28, StartTime: 5, Timeout: 6}) {
		t.Errorf("testdummy %+v", d)
	}
	if d := c.Deployments[DeploymentV24]; d != (Deployment{12, 0, 999999999999, 300, 12, 12, 12, 5, false}) {
		t.Errorf("v24 %+v", d)
	}
	if q, _ := c.LLMQ(LLMQTest); q.Size != 5 || q.MinSize != 3 || q.Threshold != 3 || q.DKGBadVotesThreshold != 3 {
		t.Errorf("llmq_test %+v", q)
	}
	if c.LLMQDIP0024InstantSend != LLMQTestInstantSend {
		t.Errorf("InstantSend quorum %d", c.LLMQDIP0024InstantSend)
	}

	d := mustSelect(t, Devnet, Options{
		MinimumDifficultyBlocks: num(11), HighSubsidyBlocks: num(22), HighSubsidyFactor: num(33),
		PowTargetSpacing: str("30"), LLMQChainLocks: str("llmq_50_60"), LLMQDevnetParams: str("7:4"),
	})
	c = &d.Consensus
	if c.MinimumDifficultyBlocks != 11 || c.HighSubsidyBlocks != 22 || c.HighSubsidyFactor != 33 ||
		c.PowTargetSpacing != 30 || c.DifficultyAdjustmentInterval() != 2880 || c.LLMQChainLocks != LLMQ50_60 {
		t.Errorf("devnet %+v", c)
	}
}

// TestForeignOptions: each network ignores the other networks' overrides, even
// malformed ones.
func TestForeignOptions(t *testing.T) {
	o := Options{DIP3Params: str("nonsense"), TestActivationHeight: []string{"nonsense"}}
	for _, network := range []string{Main, Test, Devnet} {
		mustSelect(t, network, o)
	}
	mustSelect(t, Regtest, Options{PowTargetSpacing: str("nonsense"), LLMQChainLocks: str("nonsense")})
}

func TestLLMQEnabled(t *testing.T) {
	main, regtest := mustSelect(t, Main, Options{}), mustSelect(t, Regtest, Options{})
	for _, tc := range []struct {
		name  string
		p     *Params
		q     LLMQType
		prev  int
		dummy bool
		want  bool
	}{
		{"50_60 before rotation", main, LLMQ50_60, 1737790, false, true},
		{"50_60 until the first rotated quorums", main, LLMQ50_60, 1738697, false, true},
		{"50_60 replaced", main, LLMQ50_60, 1738698, false, false},
		{"60_75 before", main, LLMQ60_75, 1737790, false, false},
		{"60_75 from", main, LLMQ60_75, 1737791, false, true},
		{"100_67 before DIP20", main, LLMQ100_67, 1516030, false, false},
		{"100_67 from DIP20", main, LLMQ100_67, 1516031, false, true},
		{"v17 waits for testdummy", regtest, LLMQTestV17, 500, false, false},
		{"v17 with testdummy", regtest, LLMQTestV17, 500, true, true},
		{"test_instantsend replaced", regtest, LLMQTestInstantSend, 500, false, false},
		{"unknown", regtest, LLMQNone, 500, true, false},
	} {
		if got := tc.p.LLMQEnabled(tc.q, tc.prev, tc.dummy); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

func TestValidMNActivation(t *testing.T) {
	p := mustSelect(t, Regtest, Options{})
	for _, tc := range []struct {
		bit  int
		want MNActivation
	}{
		{12, MNActivation{Known: true, Allowed: true}},
		{28, MNActivation{Known: true, Allowed: false}},
		{3, MNActivation{Allowed: true}},
	} {
		if got := p.ValidMNActivation(tc.bit, 1000); got != tc.want {
			t.Errorf("bit %d: %+v, want %+v", tc.bit, got, tc.want)
		}
	}
}
