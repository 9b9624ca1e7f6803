package params

import (
	"strings"
	"testing"
)

// FuzzOverrides: texts from a command line never panic, and what is accepted
// keeps the order of activations that the rest of the node relies on.
func FuzzOverrides(f *testing.F) {
	f.Add("v20@500", "v24:0:999999999999:300:12:12:12:5:0", "2:3", "10:20:30", "5:3")
	f.Add("mn_rr@+600", "testdummy:0:-1", "432:500", "1:2:3", "3:2")
	f.Add("dip0024@0", ":::", "a:b", "", ":")
	f.Fuzz(func(t *testing.T, height, vb, dip3, budget, llmq string) {
		p, err := Select(Regtest, Options{
			TestActivationHeight: strings.Fields(height), VBParams: strings.Fields(vb),
			DIP3Params: &dip3, BudgetParams: &budget, LLMQTestParams: &llmq,
		})
		if err != nil {
			return
		}
		if c := p.Consensus; c.V20Height < c.DIP0003Height || c.MNRRHeight < c.V20Height {
			t.Errorf("dip3 %d, v20 %d, mn_rr %d", c.DIP0003Height, c.V20Height, c.MNRRHeight)
		}
	})
}

func FuzzDevnetOverrides(f *testing.F) {
	f.Add("150", "llmq_devnet", "llmq_devnet_dip0024", "12:6")
	f.Add("0", "llmq_60_75", "llmq_50_60", "")
	base, err := Select(Devnet, Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, spacing, chainlocks, instantsend, size string) {
		p := *base
		p.Consensus.LLMQs = append([]LLMQ(nil), base.Consensus.LLMQs...)
		err := p.applyDevnet(Options{
			PowTargetSpacing: &spacing, LLMQChainLocks: &chainlocks,
			LLMQInstantSendDIP24: &instantsend, LLMQDevnetParams: &size,
		})
		if err != nil {
			return
		}
		if p.Consensus.PowTargetSpacing < 1 {
			t.Error("spacing below a second")
		}
		if q, ok := p.Consensus.LLMQ(p.Consensus.LLMQChainLocks); !ok || q.UseRotation {
			t.Error("ChainLocks by a rotated or unknown quorum")
		}
		if q, ok := p.Consensus.LLMQ(p.Consensus.LLMQDIP0024InstantSend); !ok || !q.UseRotation {
			t.Error("InstantSend by an unrotated or unknown quorum")
		}
	})
}
