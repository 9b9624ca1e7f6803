package mempool_test

import (
	"bytes"
	"testing"

	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/mempool/policy"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// pushes is an output script that carries n bytes of data.
func pushes(n int) []byte {
	return script.AppendPush([]byte{byte(script.OpReturn)}, make([]byte, n))
}

// bareMultisig is a script of one of n keys.
func bareMultisig(n int) []byte {
	s := []byte{byte(script.Op1)}
	for range n {
		key := bytes.Repeat([]byte{0x79}, 33)
		key[0] = 2
		s = script.AppendPush(s, key)
	}
	return append(s, byte(script.Op1)+byte(n-1), byte(script.OpCheckMultisig))
}

// TestRefusals compares the reasons with those of Dash Core's
// test/functional/mempool_accept.py and src/policy/policy.cpp.
func TestRefusals(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 4)
	young := f.mine(t, 1)[0]
	parent := spend(1000, 1, coins[0])
	f.add(t, parent)
	base := func() *wire.Tx { return spend(1000, 1, coins[1]) }
	for _, c := range []struct {
		name   string
		change func(tx *wire.Tx)
		want   string
		kind   consensus.Kind
	}{
		{"right", func(*wire.Tx) {}, "", ""},
		{"no inputs", func(tx *wire.Tx) { tx.Inputs = nil }, "bad-txns-vin-empty", consensus.KindConsensus},
		{"no outputs", func(tx *wire.Tx) { tx.Outputs = nil }, "bad-txns-vout-empty", consensus.KindConsensus},
		{"negative output", func(tx *wire.Tx) { tx.Outputs[0].Value = -1 }, "bad-txns-vout-negative", consensus.KindConsensus},
		{"too much", func(tx *wire.Tx) { tx.Outputs[0].Value = consensus.MaxMoney + 1 }, "bad-txns-vout-toolarge", consensus.KindConsensus},
		{"same input twice", func(tx *wire.Tx) { tx.Inputs = append(tx.Inputs, tx.Inputs[0]) }, "bad-txns-inputs-duplicate", consensus.KindConsensus},
		{"too large", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = make([]byte, 100_000) }, "bad-txns-oversize", consensus.KindConsensus},
		{"coinbase", func(tx *wire.Tx) {
			tx.Inputs[0] = wire.TxIn{PrevOut: wire.OutPoint{Index: wire.NullIndex}, ScriptSig: []byte{1, 2}}
		}, "coinbase", consensus.KindConsensus},
		{"version 4", func(tx *wire.Tx) { tx.Version = 4 }, "version", consensus.KindNotStandard},
		{"version 0", func(tx *wire.Tx) { tx.Version = 0 }, "version", consensus.KindNotStandard},
		{"not only pushes", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = []byte{byte(script.OpHash160)} }, "scriptsig-not-pushonly", consensus.KindNotStandard},
		{"long input script", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = script.AppendPush(nil, make([]byte, 1648)) }, "scriptsig-size", consensus.KindNotStandard},
		{"unknown output script", func(tx *wire.Tx) { tx.Outputs[0].ScriptPubKey = []byte{byte(script.Op1)} }, "scriptpubkey", consensus.KindNotStandard},
		{"too much data", func(tx *wire.Tx) { tx.Outputs[0] = wire.TxOut{ScriptPubKey: pushes(81)} }, "scriptpubkey", consensus.KindNotStandard},
		{"data", func(tx *wire.Tx) {
			tx.Outputs[0].Value -= 1000
			tx.Outputs = append(tx.Outputs, wire.TxOut{ScriptPubKey: pushes(80)})
		}, "", ""},
		{"data twice", func(tx *wire.Tx) {
			tx.Outputs = append(tx.Outputs, wire.TxOut{ScriptPubKey: pushes(1)}, wire.TxOut{ScriptPubKey: pushes(1)})
		}, "multi-op-return", consensus.KindNotStandard},
		{"four keys", func(tx *wire.Tx) { tx.Outputs[0].ScriptPubKey = bareMultisig(4) }, "scriptpubkey", consensus.KindNotStandard},
		{"three keys", func(tx *wire.Tx) { tx.Outputs[0].ScriptPubKey = bareMultisig(3) }, "", ""},
		{"dust", func(tx *wire.Tx) { tx.Outputs[0].Value = 539 }, "dust", consensus.KindNotStandard},
		{"small", func(tx *wire.Tx) { tx.Outputs[0] = wire.TxOut{ScriptPubKey: pushes(1)} }, "tx-size-small", consensus.KindNotStandard},
		{"not final", func(tx *wire.Tx) { tx.LockTime, tx.Inputs[0].Sequence = 1000, 0 }, "non-final", consensus.KindPrematureSpend},
		{"relative lock", func(tx *wire.Tx) { tx.Inputs[0].Sequence = 300 }, "non-BIP68-final", consensus.KindPrematureSpend},
		{"relative lock over", func(tx *wire.Tx) { tx.Inputs[0].Sequence = 2 }, "", ""},
		{"conflict", func(tx *wire.Tx) { tx.Inputs[0].PrevOut, tx.Outputs[0].Value = coins[0].out, 1000 }, "txn-mempool-conflict", consensus.KindConflict},
		{"unknown input", func(tx *wire.Tx) { tx.Inputs[0].PrevOut.Hash[3] ^= 1 }, "bad-txns-inputs-missingorspent", consensus.KindMissingInputs},
		{"missing output", func(tx *wire.Tx) { tx.Inputs[0].PrevOut = wire.OutPoint{Hash: parent.ID(), Index: 1} }, "bad-txns-inputs-missingorspent", consensus.KindMissingInputs},
		{"immature", func(tx *wire.Tx) { tx.Inputs[0].PrevOut = young.out }, "bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth 1", consensus.KindPrematureSpend},
		{"more out than in", func(tx *wire.Tx) { tx.Outputs[0].Value = coins[1].value + 1 }, "bad-txns-in-belowout, value in (500.00) < value out (500.00000001)", consensus.KindConsensus},
		{"no fee", func(tx *wire.Tx) { tx.Outputs[0].Value = coins[1].value }, "min relay fee not met, 0 < 85", consensus.KindMempoolPolicy},
		{"wrong redeem script", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = script.AppendPush(nil, []byte{byte(script.Op1) + 1}) },
			"mandatory-script-verify-flag-failed (Script evaluated without error but finished with a false/empty top stack element)", consensus.KindConsensus},
		{"no redeem script", func(tx *wire.Tx) { tx.Inputs[0].ScriptSig = nil }, "bad-txns-nonstandard-inputs", consensus.KindInputsNotStandard},
		{"stack not clean", func(tx *wire.Tx) {
			tx.Inputs[0].ScriptSig = append([]byte{byte(script.Op1)}, script.AppendPush(nil, trueScript)...)
		}, "non-mandatory-script-verify-flag (Stack size must be exactly one after execution)", consensus.KindNotStandard},
		{"quorum commitment", func(tx *wire.Tx) {
			tx.Version, tx.Type, tx.ExtraPayload = 3, wire.TxQuorumCommitment, []byte{0}
		}, "qc-not-allowed", consensus.KindConsensus},
	} {
		t.Run(c.name, func(t *testing.T) {
			tx := base()
			c.change(tx)
			r, err := f.Accept(t.Context(), tx, mempool.How{Test: true})
			if err != nil {
				t.Fatal(err)
			}
			got, kind := "", consensus.Kind("")
			if r.Err != nil {
				got, kind = r.Err.Error(), r.Err.Kind
			}
			if got != c.want || kind != c.kind {
				t.Errorf("%q (%s), want %q (%s)", got, kind, c.want, c.kind)
			}
			if f.Has(tx.ID()) {
				t.Error("a test let it in")
			}
		})
	}
	if got := f.judge(t, parent, mempool.How{}); got != "txn-already-in-mempool" {
		t.Error(got)
	}
	f.mine(t, 1)
	if got := f.judge(t, parent, mempool.How{}); got != "txn-already-known" {
		t.Error(got)
	}
}

// TestPolicyOptions compares what options change.
func TestPolicyOptions(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*policy.Policy)
		tx     func(tx *wire.Tx)
		want   string
	}{
		{"nonstandard", func(p *policy.Policy) { p.RequireStandard = false }, func(tx *wire.Tx) { tx.Outputs[0].ScriptPubKey = bareMultisig(4) }, ""},
		{"too small all the same", func(p *policy.Policy) { p.RequireStandard = false }, func(tx *wire.Tx) { tx.Outputs[0] = wire.TxOut{ScriptPubKey: pushes(1)} }, "tx-size-small"},
		{"no data", func(p *policy.Policy) { p.DataCarrier = 0 }, func(tx *wire.Tx) { tx.Outputs[0] = wire.TxOut{ScriptPubKey: pushes(30)} }, "scriptpubkey"},
		{"more data", func(p *policy.Policy) { p.DataCarrier = 203 }, func(tx *wire.Tx) { tx.Outputs[0] = wire.TxOut{ScriptPubKey: pushes(200)} }, ""},
		{"no bare multisig", func(p *policy.Policy) { p.BareMultisig = false }, func(tx *wire.Tx) { tx.Outputs[0].ScriptPubKey = bareMultisig(2) }, "bare-multisig"},
		{"low dust", func(p *policy.Policy) { p.DustRelayFee = 1000 }, func(tx *wire.Tx) { tx.Outputs[0].Value = 180 }, ""},
		{"high fee", func(p *policy.Policy) { p.MinRelayFee = 100_000 }, func(*wire.Tx) {}, "min relay fee not met, 1000 < 8500"},
		{"dear operations", func(p *policy.Policy) { p.BytesPerSigOp = 200 }, func(tx *wire.Tx) { tx.Outputs[0].ScriptPubKey = bareMultisig(1) }, "min relay fee not met, 1000 < 4000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, func(s *settings) { c.change(&s.pool.Policy) })
			tx := spend(1000, 1, f.funds(t, 1)...)
			c.tx(tx)
			if got := f.judge(t, tx, mempool.How{Test: true}); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestMissing tells whose outputs are missing, for orphans.
func TestMissing(t *testing.T) {
	f := newFixture(t, nil)
	c := f.funds(t, 1)[0]
	parent := spend(1000, 2, c)
	child := spend(1000, 1, outputs(parent)...)
	r, err := f.Accept(t.Context(), child, mempool.How{})
	if err != nil || len(r.Missing) != 1 || r.Missing[0] != parent.ID() {
		t.Errorf("%v, missing %v", err, r.Missing)
	}
	f.add(t, parent, child)
}

// TestBypassLimits lets in what pays nothing.
func TestBypassLimits(t *testing.T) {
	f := newFixture(t, nil)
	tx := spend(0, 1, f.funds(t, 1)...)
	if got := f.judge(t, tx, mempool.How{}); got != "min relay fee not met, 0 < 85" {
		t.Error(got)
	}
	if got := f.judge(t, tx, mempool.How{BypassLimits: true}); got != "" {
		t.Error(got)
	}
}
