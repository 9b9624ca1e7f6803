package consensus

import (
	"errors"
	"testing"

	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// specialTx is a transaction with a payload.
func specialTx(p wire.Payload) *wire.Tx {
	tx := simpleTx(1)
	tx.Version, tx.Type, tx.ExtraPayload = 3, p.TxType(), p.Append(nil)
	switch p.TxType() {
	case wire.TxAssetUnlock:
		tx.Inputs = nil
	case wire.TxCoinbase:
		tx.Inputs[0].PrevOut = wire.OutPoint{Index: wire.NullIndex}
	}
	return tx
}

// TestUnverified: what takes a masternode list, a quorum or a BLS key passes
// nowhere, and gets no verdict either.
func TestUnverified(t *testing.T) {
	r := New(network(t, params.Regtest, params.Options{}), nil)
	chain := chainOf(442, 150, nil)
	prev := chain.tip()
	c := SpecialContext{Prev: prev, PrevCbTx: &wire.CbTx{}, Lookup: chain.lookup}
	cb := &wire.CbTx{Version: 3, Height: 442}
	cb.CreditPoolBalance, _ = r.CreditPoolAfter(nil, c)
	commitments := func() (txs []*wire.Tx) {
		for _, slot := range r.CommitmentsDue(prev) {
			txs = append(txs, slot.NullTx(r, prev))
		}
		return txs
	}
	block := func(cb *wire.CbTx, txs ...*wire.Tx) *wire.Block {
		return &wire.Block{Txs: append([]*wire.Tx{specialTx(cb)}, txs...)}
	}
	if err := r.CheckSpecialTxs(block(cb, commitments()...), c); err != nil {
		t.Fatalf("a valid block: %v", err)
	}
	sig, key, id := wire.BLSSignature{1}, wire.BLSPublicKey{1}, wire.KeyID{1}
	known := chain.at(100).Hash()
	locked := *cb
	locked.BestCLSignature = sig
	withKey := commitments()
	payload, err := wire.PayloadOf[*wire.QuorumCommitment](withKey[0])
	if err != nil {
		t.Fatal(err)
	}
	payload.Commitment.QuorumPublicKey = key
	withKey[0].ExtraPayload = payload.Append(nil)
	and := func(p wire.Payload) *wire.Block { return block(cb, append(commitments(), specialTx(p))...) }
	for name, b := range map[string]*wire.Block{
		"ChainLock":    block(&locked, commitments()...),
		"commitment":   block(cb, withKey...),
		"asset unlock": and(&wire.AssetUnlock{Version: 1, Fee: 1, QuorumHash: known, QuorumSig: sig}),
		"signal":       and(&wire.MnHfSignal{Version: 1, Bit: 12, QuorumHash: known, Signature: sig}),
		"registration": and(&wire.ProRegister{
			Version: 2, KeyIDOwner: id, KeyIDVoting: id, PubKeyOperator: key, ScriptPayout: trueOutput(),
		}),
		"service": and(&wire.ProUpService{
			Version: 2, Signature: sig, NetInfo: wire.NetInfo{Single: wire.Service{IP: [16]byte{10: 255, 11: 255, 12: 1}, Port: 9999}},
		}),
		"registrar": and(&wire.ProUpRegistrar{
			Version: 2, PubKeyOperator: key, KeyIDVoting: id, ScriptPayout: trueOutput(),
		}),
		"revoke": and(&wire.ProUpRevoke{Version: 2, Signature: sig}),
	} {
		for _, skip := range []bool{false, true} {
			c.SkipCbTx = skip
			err := r.CheckSpecialTxs(b, c)
			if !errors.Is(err, KindUnverified) || errors.Is(InBlock(err), KindConsensus) {
				t.Errorf("%s (coinbase left out: %v): %v", name, skip, err)
			}
		}
	}
}

// TestCbTxVersions: when each version of the coinbase's payload is required.
func TestCbTxVersions(t *testing.T) {
	r := New(network(t, params.Regtest, params.Options{
		DIP3Params: text("50:50"), TestActivationHeight: []string{"dip0008@60", "v20@70", "mn_rr@80"},
	}), nil)
	chain := chainOf(100, 600, nil)
	for height := 50; height < 90; height++ {
		for v := range uint16(5) {
			// DIP8 counts from the block after its first one here.
			want := v == 3
			if height < 70 {
				want = v == 2 || v == 1 && height <= 60
			}
			cb := &wire.CbTx{Version: v, Height: int32(height)}
			tx := specialTx(cb)
			if err := r.CheckSpecialTx(tx, SpecialContext{Prev: chain.at(height - 1)}); (err == nil) != want {
				t.Errorf("version %d at %d: %v", v, height, err)
			}
		}
	}
}

// TestBlockVersions: which header versions BIP34, 66 and 65 have left.
func TestBlockVersions(t *testing.T) {
	r := New(network(t, params.Regtest, params.Options{
		TestActivationHeight: []string{"bip34@10", "dersig@20", "cltv@30"},
	}), nil)
	chain := chainOf(40, 600, nil)
	for height := 1; height < 40; height++ {
		lowest := int32(-1 << 31)
		for at, v := range map[int]int32{10: 2, 20: 3, 30: 4} {
			if height >= at {
				lowest = max(lowest, v)
			}
		}
		prev := chain.at(height - 1)
		for v := int32(-1); v < 6; v++ {
			h := wire.Header{Version: v, Time: prev.Time() + 600, Bits: prev.Bits()}
			err := r.ContextualCheckHeader(&h, prev, HeaderContext{Now: int64(h.Time)})
			if (err == nil) != (v >= lowest) || err != nil && !errors.Is(err, KindInvalidHeader) {
				t.Errorf("version %d at %d: %v", v, height, err)
			}
		}
	}
}

// TestAssetUnlock: an asset unlock pays the fee it says, to at most 32 outputs.
func TestAssetUnlock(t *testing.T) {
	for _, want := range []uint32{1, 1 << 31, 1<<32 - 1} {
		if fee, err := CheckTxInputs(specialTx(&wire.AssetUnlock{Version: 1, Fee: want}), nil, 1); err != nil || fee != int64(want) {
			t.Errorf("%d: %d, %v", want, fee, err)
		}
	}
	if _, err := CheckTxInputs(specialTx(&wire.AssetUnlock{Version: 1}), nil, 1); reject(t, err) != "bad-txns-assetunlock-fee-outofrange" {
		t.Errorf("no fee: %v", err)
	}
	r := New(network(t, params.Regtest, params.Options{}), nil)
	chain := chainOf(450, 150, nil)
	tx := specialTx(&wire.AssetUnlock{Version: 1, Fee: 1})
	for n, want := range map[int]string{32: "bad-assetunlock-quorum-hash", 33: "bad-assetunlocktx-too-many-outs"} {
		tx.Outputs = make([]wire.TxOut, n)
		if got := reject(t, r.CheckSpecialTx(tx, SpecialContext{Prev: chain.tip(), Lookup: chain.lookup})); got != want {
			t.Errorf("%d outputs: %q", n, got)
		}
	}
	tx.ExtraPayload = tx.ExtraPayload[1:]
	if _, err := CheckTxInputs(tx, nil, 1); !errors.Is(err, KindBadSpecial) {
		t.Errorf("half a payload: %v", err)
	}
}

// TestDIP1Limits: sizes and signature operations before and after DIP1.
func TestDIP1Limits(t *testing.T) {
	r := New(network(t, params.Regtest, params.Options{TestActivationHeight: []string{"dip0001@10", "bip34@50"}}), nil)
	chain := chainOf(20, 600, nil)
	filled := func(n int, fill byte) *wire.Block {
		tx := coinbaseTx([]byte{1, 1})
		tx.Outputs[0].ScriptPubKey = make([]byte, n)
		for i := range tx.Outputs[0].ScriptPubKey {
			tx.Outputs[0].ScriptPubKey[i] = fill
		}
		return &wire.Block{Header: wire.Header{Time: 1}, Txs: []*wire.Tx{tx}}
	}
	for _, c := range []struct {
		name         string
		block        *wire.Block
		before, from string
	}{
		{"large transaction", filled(100_001, 0), "", "bad-txns-oversize"},
		{"large block", filled(1_000_001, 0), "bad-blk-length", "bad-txns-oversize"},
		{"20,000 operations", filled(20_000, byte(script.OpCheckSig)), "", ""},
		{"20,001 operations", filled(20_001, byte(script.OpCheckSig)), "bad-blk-sigops", ""},
		{"40,000 operations", filled(40_000, byte(script.OpCheckSig)), "bad-blk-sigops", ""},
		{"40,001 operations", filled(40_001, byte(script.OpCheckSig)), "bad-blk-sigops", "bad-blk-sigops"},
	} {
		for height, want := range map[int]string{9: c.before, 10: c.from} {
			if got := reject(t, r.ContextualCheckBlock(c.block, chain.at(height-1))); got != want {
				t.Errorf("%s at %d: %q, want %q", c.name, height, got, want)
			}
		}
	}
	for height, limit := range map[int]int{9: 20_000, 10: 40_000} {
		if r.CheckBlockSigOps(limit, height) != nil || reject(t, r.CheckBlockSigOps(limit+1, height)) != "bad-blk-sigops" {
			t.Errorf("operations with redeem scripts at %d", height)
		}
	}
}
