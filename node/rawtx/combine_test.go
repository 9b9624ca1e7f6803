package rawtx

import (
	"context"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

// signer has one key.
type signer struct {
	standard.None
	key *btcec.PrivateKey
}

func (s *signer) Sign(id standard.ID, code []byte) ([]byte, bool) {
	if address.Hash160(s.key.PubKey().SerializeCompressed()) != id {
		return nil, false
	}
	h := script.SigHash(s.Tx, s.Index, code, script.SigHashAll)
	return append(ecdsa.Sign(s.key, h[:]).Serialize(), script.SigHashAll), true
}

// TestCombine gives combinerawtransaction the halves that two signers of a bare
// 2 of 2 made, in both orders.
func TestCombine(t *testing.T) {
	var keys [][]byte
	var privs []*btcec.PrivateKey
	for i := byte(1); i <= 2; i++ {
		priv, pub := btcec.PrivKeyFromBytes([]byte{i})
		privs, keys = append(privs, priv), append(keys, pub.SerializeCompressed())
	}
	out := &wire.TxOut{Value: 1000, ScriptPubKey: standard.MultisigScript(2, keys)}
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Index: 7}, Sequence: wire.SequenceFinal}}, Outputs: []wire.TxOut{{Value: 900}}}
	var halves []string
	for _, priv := range privs {
		data := standard.NewSignatureData()
		if standard.Produce(standard.None{}, &signer{standard.None{Tx: tx}, priv}, out.ScriptPubKey, data) {
			t.Fatal("one of two is complete")
		}
		half := tx.Clone()
		half.Inputs[0].ScriptSig = data.ScriptSig
		halves = append(halves, encodeHex(half))
	}
	spent := false
	m := Methods(Options{Base58: base58(t, params.Regtest), Coin: func(_ context.Context, o wire.OutPoint) (*wire.TxOut, bool, error) {
		return out, o.Index == 7 && !spent, nil
	}})
	for _, list := range [][2]string{{halves[0], halves[1]}, {halves[1], halves[0]}} {
		args := "[[" + quote(list[0]) + "," + quote(list[1]) + "]]"
		got := run(t, m, "combinerawtransaction", args)
		whole, ok := DecodeHex(got[1 : len(got)-1])
		if !ok {
			t.Fatalf("%s", got)
		}
		if err := script.Verify(whole.Inputs[0].ScriptSig, out.ScriptPubKey, standard.VerifyFlags, &script.TxChecker{Tx: whole}); err != nil {
			t.Errorf("combined: %v", err)
		}
	}
	spent = true
	if got := run(t, m, "combinerawtransaction", "[["+quote(halves[0])+"]]"); got != "-25: Input not found or already spent" {
		t.Error(got)
	}
	if _, ok := Methods(Options{})["combinerawtransaction"]; ok {
		t.Error("without coins it is offered")
	}
}
