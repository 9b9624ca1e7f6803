package gcs

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"dashmp/node/coins"
	"dashmp/node/wire"
)

// TestVectors uses Dash Core's src/test/data/blockfilters.json (MIT), without the
// two blocks that Dash's decoder refuses.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/blockfilters.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	text := func(r json.RawMessage) (s string) {
		json.Unmarshal(r, &s)
		return s
	}
	unhex := func(r json.RawMessage) []byte {
		b, err := hex.DecodeString(text(r))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	checked := 0
	for _, row := range rows[1:] {
		b, err := wire.DecodeBlock(unhex(row[2]))
		if err != nil {
			t.Fatalf("block %s: %v", row[0], err)
		}
		hash, err := wire.ParseHash(text(row[1]))
		if err != nil {
			t.Fatal(err)
		}
		var scripts []json.RawMessage
		json.Unmarshal(row[3], &scripts)
		spent := coins.TxUndo{}
		for _, s := range scripts {
			spent = append(spent, coins.Coin{Out: wire.TxOut{ScriptPubKey: unhex(s)}})
		}
		filter := Basic(hash, b, coins.BlockUndo{spent})
		if got := hex.EncodeToString(filter); got != text(row[5]) {
			t.Errorf("block %s: filter %s, want %s", row[0], got, text(row[5]))
		}
		previous, err := wire.ParseHash(text(row[4]))
		if err != nil {
			t.Fatal(err)
		}
		if got := Header(Hash(filter), previous).String(); got != text(row[6]) {
			t.Errorf("block %s: header %s, want %s", row[0], got, text(row[6]))
		}
		checked++
	}
	if checked != 5 {
		t.Errorf("%d vectors, want 5", checked)
	}
}

// TestSpecial: fields of payloads are in the filter, so that it differs from one
// without them.
func TestSpecial(t *testing.T) {
	key := wire.Hash{1}
	pay := func(tx *wire.Tx, p wire.Payload) *wire.Tx {
		tx.Version, tx.Type, tx.ExtraPayload = wire.SpecialTxVersion, p.TxType(), p.Append(nil)
		return tx
	}
	lock := pay(&wire.Tx{}, &wire.AssetLock{Version: 1, CreditOutputs: []wire.TxOut{
		{Value: 1, ScriptPubKey: []byte{0x51}}, {Value: 1, ScriptPubKey: []byte{0x6a}}, {Value: 2, ScriptPubKey: []byte{0x51}},
	}})
	if got, want := Basic(key, &wire.Block{Txs: []*wire.Tx{lock}}, nil), Encode(key, [][]byte{{0x51}}); string(got) != string(want) {
		t.Errorf("asset lock: %x, want %x", got, want)
	}
	revoke := pay(&wire.Tx{}, &wire.ProUpRevoke{Version: 1, ProTxHash: wire.Hash{7}})
	id := wire.Hash{7}
	if got, want := Basic(key, &wire.Block{Txs: []*wire.Tx{revoke}}, nil), Encode(key, [][]byte{id[:]}); string(got) != string(want) {
		t.Errorf("revocation: %x, want %x", got, want)
	}
	broken := &wire.Tx{Version: wire.SpecialTxVersion, Type: wire.TxProUpRevoke, ExtraPayload: []byte{1}}
	if got := Basic(key, &wire.Block{Txs: []*wire.Tx{broken}}, nil); len(got) != 1 || got[0] != 0 {
		t.Errorf("a payload that does not decode: %x", got)
	}
}
