package policy

import (
	"testing"

	"dashmp/node/consensus"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// tx makes a transaction that spends output n of others, of a size.
func tx(size int, from ...wire.OutPoint) *wire.Tx {
	t := &wire.Tx{Version: 2, Outputs: []wire.TxOut{{Value: 1, ScriptPubKey: []byte{0x51}}}}
	for _, o := range from {
		t.Inputs = append(t.Inputs, wire.TxIn{PrevOut: o})
	}
	if rest := size - t.Size(); rest > 4 {
		t.Outputs[0].ScriptPubKey = make([]byte, rest)
	}
	return t
}

func of(t *wire.Tx, n uint32) wire.OutPoint { return wire.OutPoint{Hash: t.ID(), Index: n} }

func TestCheckPackage(t *testing.T) {
	other := func(n byte) wire.OutPoint { return wire.OutPoint{Hash: wire.Hash{n}} }
	a := tx(0, other(1))
	b := tx(0, of(a, 0))
	var many []*wire.Tx
	for n := range MaxPackageCount + 1 {
		many = append(many, tx(0, other(byte(n))))
	}
	for _, c := range []struct {
		name string
		txs  []*wire.Tx
		want string
	}{
		{"one", []*wire.Tx{a}, ""},
		{"parent and child", []*wire.Tx{a, b}, ""},
		{"child and parent", []*wire.Tx{b, a}, "package-not-sorted"},
		{"itself twice", []*wire.Tx{a, a}, "conflict-in-package"},
		{"25", many[1:], ""},
		{"26", many, "package-too-many-transactions"},
		{"one that is too large", []*wire.Tx{tx(102_000, other(1))}, ""},
		{"too large together", []*wire.Tx{tx(60_000, other(1)), tx(42_000, other(2))}, "package-too-large"},
		{"just not too large", []*wire.Tx{tx(60_000, other(1)), tx(40_900, other(2))}, ""},
		{"conflict", []*wire.Tx{a, tx(200, other(1))}, "conflict-in-package"},
		{"one that conflicts with itself", []*wire.Tx{a, tx(0, other(2), other(2))}, ""},
	} {
		if got := CheckPackage(c.txs); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestIsChildWithParents(t *testing.T) {
	a, b := tx(0, wire.OutPoint{Hash: wire.Hash{1}}), tx(0, wire.OutPoint{Hash: wire.Hash{2}})
	child := tx(0, of(a, 0), of(b, 0))
	for _, c := range []struct {
		name string
		txs  []*wire.Tx
		want bool
	}{
		{"alone", []*wire.Tx{child}, false},
		{"one parent", []*wire.Tx{a, child}, true},
		{"both", []*wire.Tx{a, b, child}, true},
		{"a stranger", []*wire.Tx{a, tx(0, wire.OutPoint{Hash: wire.Hash{3}}), child}, false},
		{"a grandchild", []*wire.Tx{a, child, tx(0, of(child, 0))}, false},
	} {
		if got := IsChildWithParents(c.txs); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestInputsStandard runs input scripts as far as that decides.
func TestInputsStandard(t *testing.T) {
	hash := append([]byte{byte(script.OpHash160), 20}, append(make([]byte, 20), byte(script.OpEqual))...)
	sigOps := func(n int) []byte {
		s := make([]byte, n)
		for i := range s {
			s[i] = byte(script.OpCheckSig)
		}
		return s
	}
	for _, c := range []struct {
		name     string
		out, sig []byte
		want     bool
	}{
		{"no template", []byte{byte(script.Op1)}, nil, false},
		{"fifteen operations", hash, script.AppendPush(nil, sigOps(15)), true},
		{"sixteen operations", hash, script.AppendPush(nil, sigOps(16)), false},
		{"only the last push counts", hash, script.AppendPush(script.AppendPush(nil, sigOps(16)), sigOps(1)), true},
		{"a number as redeem script", hash, []byte{byte(script.Op16)}, true},
		{"nothing", hash, nil, false},
		{"reserved", hash, []byte{byte(script.OpReserved)}, false},
		{"an operation", hash, []byte{byte(script.Op1), byte(script.OpDup)}, false},
		{"too large an element", hash, script.AppendPush(nil, make([]byte, 521)), false},
		{"too many elements", hash, make([]byte, 1001), false},
		{"cut off", hash, []byte{5, 1}, false},
	} {
		spend := &wire.Tx{Inputs: []wire.TxIn{{ScriptSig: c.sig}}}
		if got := InputsStandard(spend, []consensus.Coin{{Out: wire.TxOut{ScriptPubKey: c.out}}}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
