package mempool_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/script"
	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
)

func rawHex(tx *wire.Tx) string { return hex.EncodeToString(tx.Append(nil)) }

// TestRPCErrors compares codes and texts with those of Dash Core's dashd, which
// TestRPCsOfCore asks for more of them.
func TestRPCErrors(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 2)
	dear := rawHex(spend(100_000_000, 1, coins[0]))
	orphan := rawHex(spend(1000, 1, outputs(spend(1000, 1, coins[1]))...))
	free := rawHex(spend(0, 1, coins[1]))
	for _, c := range []struct {
		method string
		args   []any
		want   string
	}{
		{"sendrawtransaction", []any{dear}, "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate) (code -25)"},
		{"sendrawtransaction", []any{orphan}, "bad-txns-inputs-missingorspent (code -25)"},
		{"sendrawtransaction", []any{free}, "min relay fee not met, 0 < 85 (code -26)"},
		{"sendrawtransaction", []any{"00"}, "TX decode failed. Make sure the tx has at least one input. (code -22)"},
		{"sendrawtransaction", []any{7}, "JSON value of type number is not of expected type string (code -3)"},
		{"sendrawtransaction", []any{free, "x"}, "Invalid amount (code -3)"},
		{"testmempoolaccept", []any{"x"}, "JSON value of type string is not of expected type array (code -3)"},
		{"testmempoolaccept", []any{[]string{}}, "Array must contain between 1 and 25 transactions. (code -8)"},
		{"testmempoolaccept", []any{[]string{"ff"}}, "TX decode failed: ff Make sure the tx has at least one input. (code -22)"},
		{"submitpackage", []any{[]string{free}}, "package-not-child-with-parents (code -25)"},
		{"getmempoolentry", []any{"00"}, "parameter 1 must be of length 64 (not 2, for '00') (code -8)"},
		{"getmempoolentry", []any{wire.Hash{}.String()}, "Transaction not in mempool (code -5)"},
		{"getmempoolancestors", []any{wire.Hash{}.String()}, "Transaction not in mempool (code -5)"},
		{"getmempooldescendants", []any{wire.Hash{}.String(), true}, "Transaction not in mempool (code -5)"},
		{"getrawmempool", []any{true, true}, "Verbose results cannot contain mempool sequence values. (code -8)"},
		{"gettxspendingprevout", []any{[]any{}}, "Invalid parameter, outputs are missing (code -8)"},
		{"gettxspendingprevout", []any{[]any{map[string]any{"txid": wire.Hash{}.String()}}}, "Missing vout (code -3)"},
		{"gettxspendingprevout", []any{[]any{map[string]any{"txid": wire.Hash{}.String(), "vout": -1}}}, "Invalid parameter, vout cannot be negative (code -8)"},
		{"gettxspendingprevout", []any{[]any{map[string]any{"txid": wire.Hash{}.String(), "vout": 0, "n": 1}}}, "Unexpected key n (code -3)"},
		{"prioritisetransaction", []any{"zz", 1}, "txid must be of length 64 (not 2, for 'zz') (code -8)"},
		{"prioritisetransaction", []any{wire.Hash{}.String(), 1.5}, "JSON integer out of range (code -1)"},
		{"savemempool", nil, "The mempool was not loaded yet (code -1)"},
		{"estimatesmartfee", []any{0}, "Invalid conf_target, must be between 1 and 1008 (code -8)"},
		{"estimatesmartfee", []any{1, "fast"}, `Invalid estimate_mode parameter, must be one of: "unset", "economical", "conservative" (code -8)`},
		{"estimaterawfee", []any{1, 1.1}, "Invalid threshold (code -8)"},
	} {
		if err := f.call(t, nil, c.method, c.args...); fmt.Sprint(err) != c.want {
			t.Errorf("%s %.80v:\n%v, want\n%s", c.method, c.args, err, c.want)
		}
	}
}

// TestEntryRPC compares the whole of an entry.
func TestEntryRPC(t *testing.T) {
	f := newFixture(t, nil)
	list := chainOf(f.funds(t, 1)[0], 3)
	f.add(t, list...)
	f.Prioritise(list[1].ID(), 500)
	f.methods = f.Methods(mempool.RPCOptions{FeeFields: true})
	var got map[string]any
	if err := f.call(t, &got, "getmempoolentry", list[1].ID().String()); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"vsize": 85.0, "fee": 0.00001, "modifiedfee": 0.000015, "time": float64(f.time().Unix()), "height": 101.0,
		"descendantcount": 2.0, "descendantsize": 170.0, "descendantfees": 2500.0,
		"ancestorcount": 2.0, "ancestorsize": 170.0, "ancestorfees": 2500.0,
		"fees":    map[string]any{"base": 0.00001, "modified": 0.000015, "ancestor": 0.000025, "descendant": 0.000025},
		"depends": []any{list[0].ID().String()}, "spentby": []any{list[2].ID().String()}, "instantlock": "false", "unbroadcast": false,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var seq struct {
		TxIDs    []string
		Sequence int `json:"mempool_sequence"`
	}
	if err := f.call(t, &seq, "getrawmempool", false, true); err != nil || len(seq.TxIDs) != 3 || seq.Sequence != 4 {
		t.Errorf("%+v, %v", seq, err)
	}
}

// TestTestMempoolAccept shows what is told of several.
func TestTestMempoolAccept(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 2)
	parent := spend(1000, 1, coins[0])
	child := spend(1000, 1, outputs(parent)...)
	orphan := spend(1000, 1, coin{wire.OutPoint{Hash: wire.Hash{1}}, 1_000_000})
	allowed := func(tx *wire.Tx) map[string]any {
		return map[string]any{"txid": tx.ID().String(), "allowed": true, "vsize": 85.0, "fees": map[string]any{"base": 0.00001}}
	}
	refused := func(tx *wire.Tx, why string) map[string]any {
		return map[string]any{"txid": tx.ID().String(), "allowed": false, "reject-reason": why}
	}
	blank := func(tx *wire.Tx) map[string]any { return map[string]any{"txid": tx.ID().String()} }
	failed := func(tx *wire.Tx, why string) map[string]any {
		return map[string]any{"txid": tx.ID().String(), "package-error": why}
	}
	for _, c := range []struct {
		name string
		rate any
		txs  []*wire.Tx
		want []map[string]any
	}{
		{"one", 0.1, []*wire.Tx{parent}, []map[string]any{allowed(parent)}},
		{"an orphan", 0.1, []*wire.Tx{child}, []map[string]any{refused(child, "missing-inputs")}},
		{"a family", 0.1, []*wire.Tx{parent, child}, []map[string]any{allowed(parent), allowed(child)}},
		{"upside down", 0.1, []*wire.Tx{child, parent}, []map[string]any{failed(child, "package-not-sorted"), failed(parent, "package-not-sorted")}},
		{"one fails", 0.1, []*wire.Tx{parent, orphan, child}, []map[string]any{blank(parent), refused(orphan, "missing-inputs"), blank(child)}},
		{"too dear", 0.0001, []*wire.Tx{parent, child}, []map[string]any{refused(parent, "max-fee-exceeded"), blank(child)}},
	} {
		var raw []string
		for _, tx := range c.txs {
			raw = append(raw, rawHex(tx))
		}
		var got []map[string]any
		if err := f.call(t, &got, "testmempoolaccept", raw, c.rate); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestSpecialTransactions lets in what this build can verify, and nothing else.
func TestSpecialTransactions(t *testing.T) {
	f := newFixture(t, nil)
	coins := f.funds(t, 1)
	f.mine(t, 900) // all rules are active
	coins = append(coins, f.funds(t, 1)...)
	special := func(kind wire.TxType, payload []byte) *wire.Tx {
		tx := spend(1000, 1, coins[1])
		tx.Version, tx.Type, tx.ExtraPayload = 3, kind, payload
		return tx
	}
	lock := func(credit int64) *wire.Tx {
		credited := script.AppendPush([]byte{byte(script.OpDup), byte(script.OpHash160)}, make([]byte, 20))
		credited = append(credited, byte(script.OpEqualVerify), byte(script.OpCheckSig))
		tx := special(wire.TxAssetLock, (&wire.AssetLock{Version: 1, CreditOutputs: []wire.TxOut{{Value: credit, ScriptPubKey: credited}}}).Append(nil))
		tx.Outputs[0].Value -= 100_000
		tx.Outputs = append(tx.Outputs, wire.TxOut{Value: 100_000, ScriptPubKey: []byte{byte(script.OpReturn), 0}})
		tx.Outputs[0].Value -= 10_000
		return tx
	}
	unlock := &wire.AssetUnlock{Version: 1, Index: 1, Fee: 1000, QuorumSig: wire.BLSSignature{1}}
	withdraw := &wire.Tx{Version: 3, Type: wire.TxAssetUnlock, ExtraPayload: unlock.Append(nil), Outputs: []wire.TxOut{{Value: 100_000, ScriptPubKey: anyone()}}}
	for _, c := range []struct {
		name string
		tx   *wire.Tx
		want string
		kind consensus.Kind
	}{
		{"asset lock", lock(100_000), "", ""},
		{"asset lock of more than is burned", lock(100_001), "bad-assetlocktx-creditamount", consensus.KindBadSpecial},
		{"asset unlock", withdraw, consensus.Unverified, consensus.KindUnverified},
		{"registration without payload", special(wire.TxProRegister, nil), "bad-protx-payload", consensus.KindConsensus},
		{"coinbase type", special(wire.TxCoinbase, nil), "bad-cbtx-invalid", consensus.KindConsensus},
		{"unknown type", special(77, nil), "bad-txns-type", consensus.KindConsensus},
	} {
		r, err := f.Accept(t.Context(), c.tx, mempool.How{Test: true})
		if err != nil {
			t.Fatal(err)
		}
		got, kind := "", consensus.Kind("")
		if r.Err != nil {
			got, kind = r.Err.Reject, r.Err.Kind
		}
		if got != c.want || kind != c.kind {
			t.Errorf("%s: %q (%s), want %q (%s)", c.name, got, kind, c.want, c.kind)
		}
	}
	tx := lock(100_000)
	f.add(t, tx)
	f.mine(t, 1)
	if f.Has(tx.ID()) {
		t.Error("the lock was not mined")
	}
}
