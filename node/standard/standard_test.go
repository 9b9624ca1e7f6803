package standard

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

const (
	key1 = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	key3 = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
	// a script may hold what only has the length of a key
	notKey = "02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	hash   = "1111111111111111111111111111111111111111"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSolve(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         Type
		keys         int
	}{
		{"empty", "", NonStandard, 0},
		{"key", "21" + key1 + "ac", PubKey, 1},
		{"uncompressed key", "41" + key3 + "ac", PubKey, 1},
		{"key off the curve", "21" + notKey + "ac", PubKey, 1},
		{"key by PUSHDATA1", "4c21" + key1 + "ac", NonStandard, 0},
		{"key of a wrong kind", "21 05" + key1[2:] + "ac", NonStandard, 0},
		{"hash", "76a914" + hash + "88ac", PubKeyHash, 0},
		{"script hash", "a914" + hash + "87", ScriptHash, 0},
		{"script hash with another end", "a914" + hash + "88", NonStandard, 0},
		{"data", "6a0401020304", NullData, 0},
		{"return alone", "6a", NullData, 0},
		{"data by a small number", "6a51", NullData, 0},
		{"return, then an operation", "6aac", NonStandard, 0},
		{"return, then a cut push", "6a04", NonStandard, 0},
		{"1 of 2", "51 21" + key1 + "41" + key3 + "52ae", Multisig, 2},
		{"1 of 1 by PUSHDATA1", "51 4c21" + key1 + "51ae", Multisig, 1},
		{"too few keys", "51 21" + key1 + "52ae", NonStandard, 0},
		{"more required than there are", "52 21" + key1 + "51ae", NonStandard, 0},
		{"none required", "00 21" + key1 + "51ae", NonStandard, 0},
		{"something after", "51 21" + key1 + "51aeae", NonStandard, 0},
		{"the end is data", "51 21" + key1 + "51 01ae", NonStandard, 0},
		{"number not shortest", "0101 21" + key1 + "51ae", NonStandard, 0},
		{"17 of 17", "0111" + strings.Repeat("21"+key1, 17) + "0111ae", Multisig, 17},
		{"20 of 20", "0114" + strings.Repeat("21"+key1, 20) + "0114ae", Multisig, 20},
		{"21 of 21", "0115" + strings.Repeat("21"+key1, 21) + "0115ae", NonStandard, 0},
	} {
		s := unhex(t, c.script)
		got := Solve(s)
		if got.Type != c.want || len(got.Keys) != c.keys {
			t.Errorf("%s: %s with %d keys, want %s with %d", c.name, got.Type, len(got.Keys), c.want, c.keys)
		}
		list, _ := Destinations(s)
		if want := map[Type]int{PubKey: 1, PubKeyHash: 1, ScriptHash: 1, Multisig: c.keys}[c.want]; len(list) != want {
			t.Errorf("%s pays %d, want %d", c.name, len(list), want)
		}
	}
}

func TestAsm(t *testing.T) {
	const sig = "304402207fa7a6d1e0ee81132a269ad84e68d695483745cde8b541e3bf630749894e342a022100c1f7ab20e13e22fb95281a870f3dcf38d782e53023ee313d741ad0cfbc0c509001"
	good := "3045" + sig[4:] // 0x45 bytes follow
	for _, c := range []struct{ script, plain, sigHash string }{
		{"", "", ""},
		{"00 51 60 4f 50 61 b1 ba ff", "0 1 16 -1 OP_RESERVED OP_NOP OP_CHECKLOCKTIMEVERIFY OP_CHECKDATASIG OP_INVALIDOPCODE", ""},
		{"01 80", "0", ""},
		{"02 e803 04 ffffffff 04 ffffff7f 01 85", "1000 -2147483647 2147483647 -5", ""},
		{"05 0102030405", "0102030405", ""},
		{"4b", "[error]", ""},
		{"76 02 01", "OP_DUP [error]", ""},
		{"48" + good, good, good[:len(good)-2] + "[ALL]"},
		{"48" + good[:len(good)-2] + "83", good[:len(good)-2] + "83", good[:len(good)-2] + "[SINGLE|ANYONECANPAY]"},
		{"48" + good[:len(good)-2] + "04", good[:len(good)-2] + "04", good[:len(good)-2] + "04"},
		{"6a 48" + good, "OP_RETURN " + good, "OP_RETURN " + good},
	} {
		if c.sigHash == "" {
			c.sigHash = c.plain
		}
		s := unhex(t, c.script)
		if got := Asm(s, false); got != c.plain {
			t.Errorf("%s is %q, want %q", c.script, got, c.plain)
		}
		if got := Asm(s, true); got != c.sigHash {
			t.Errorf("%s with types is %q, want %q", c.script, got, c.sigHash)
		}
	}
	for _, name := range []string{"ALL", "NONE", "SINGLE", "ALL|ANYONECANPAY", "NONE|ANYONECANPAY", "SINGLE|ANYONECANPAY"} {
		if b, ok := ParseSigHash(name); !ok || SigHashName(b) != name {
			t.Errorf("%s is %d", name, b)
		}
	}
	if _, ok := ParseSigHash("all"); ok {
		t.Error("all is taken")
	}
}

func TestParseAsm(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "0": "00", "1 16 17 -1": "51600111" + "4f", "0x0102 DUP OP_DUP": "01027676",
		"'ab' RESERVED": "02616250", "4294967295": "05ffffffff00", "CHECKDATASIGVERIFY\tNOP10\nNOP": "bbb961",
	} {
		if got, err := ParseAsm(text); err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%q is %x (%v), want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"4294967296": ErrNumber, "-4294967296": ErrNumber, "99999999999999999999": ErrNumber,
		"OP_FOO": ErrOpcode, "-": ErrOpcode, "0x0": ErrOpcode, "OP_1": ErrOpcode, "PUSHDATA1": ErrOpcode,
	} {
		if _, err := ParseAsm(text); err != want {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func TestBIP67(t *testing.T) {
	var cases []struct {
		Keys            []string
		Script, Address string
	}
	b, err := os.ReadFile("testdata/rpc_bip67.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	regtest, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		var keys [][]byte
		for _, k := range c.Keys {
			keys = append(keys, unhex(t, k))
		}
		slices.SortFunc(keys, CompareKeys)
		s := MultisigScript(2, keys)
		d := address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(s)}
		if hex.EncodeToString(s) != c.Script || address.Encode(d, regtest.Base58) != c.Address {
			t.Errorf("%v: %x, %s", c.Keys, s, address.Encode(d, regtest.Base58))
		}
	}
}

func TestPolicy(t *testing.T) {
	p2pkh := &wire.TxOut{ScriptPubKey: unhex(t, "76a914"+hash+"88ac")}
	if got := DustThreshold(p2pkh, DustRelayFee); got != 546 {
		t.Errorf("dust of P2PKH is %d, want 546", got)
	}
	if got := DustThreshold(&wire.TxOut{ScriptPubKey: unhex(t, "6a")}, DustRelayFee); got != 0 {
		t.Errorf("dust of data is %d", got)
	}
	for _, c := range []struct {
		script string
		want   bool
	}{
		{"51" + strings.Repeat("21"+key1, 3) + "53ae", true}, {"51" + strings.Repeat("21"+key1, 4) + "54ae", false},
		{"6a4c50" + strings.Repeat("00", 80), true}, {"6a4c51" + strings.Repeat("00", 81), false}, {"51", false},
	} {
		if _, ok := IsStandard(unhex(t, c.script), MaxDataCarrier); ok != c.want {
			t.Errorf("%s: standard %v", c.script[:8], ok)
		}
	}
	for _, c := range [][3]int64{{1000, 1, 1}, {1, 1, 1}, {0, 5, 0}, {-1, 5, -1}, {3000, 182, 546}} {
		if got := Fee(c[0], int(c[1])); got != c[2] {
			t.Errorf("fee of %d bytes at %d is %d, want %d", c[1], c[0], got, c[2])
		}
	}
}

// signer signs with keys it has.
type signer struct {
	None
	keys map[ID]*btcec.PrivateKey
}

func (s *signer) Sign(id ID, code []byte) ([]byte, bool) {
	k := s.keys[id]
	if k == nil {
		return nil, false
	}
	h := script.SigHash(s.Tx, s.Index, code, script.SigHashAll)
	return append(ecdsa.Sign(k, h[:]).Serialize(), script.SigHashAll), true
}

// TestProduce lets three signers of a 2 of 3 work one after the other, over
// incomplete input scripts.
func TestProduce(t *testing.T) {
	var keys [][]byte
	var privs []*btcec.PrivateKey
	for i := byte(1); i <= 3; i++ {
		priv, pub := btcec.PrivKeyFromBytes([]byte{i})
		privs, keys = append(privs, priv), append(keys, pub.SerializeCompressed())
	}
	redeem := MultisigScript(2, keys)
	out := wire.TxOut{ScriptPubKey: address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(redeem)}.Script()}
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{Sequence: wire.SequenceFinal}}, Outputs: []wire.TxOut{{Value: 1}}}
	parts := make([]*wire.Tx, 3)
	for i := range parts {
		s := &signer{None{Tx: tx}, map[ID]*btcec.PrivateKey{address.Hash160(keys[i]): privs[i]}}
		pub, data := NewPublic(), NewSignatureData()
		pub.AddScript(redeem)
		if Produce(pub, s, out.ScriptPubKey, data) || len(data.MissingSigs) != 2 {
			t.Fatalf("one of two: complete, or %d missing", len(data.MissingSigs))
		}
		parts[i] = tx.Clone()
		parts[i].Inputs[0].ScriptSig = data.ScriptSig
	}
	for _, pair := range [][2]int{{0, 1}, {1, 2}, {2, 0}} {
		data := Extract(parts[pair[0]], 0, &out)
		data.Merge(Extract(parts[pair[1]], 0, &out))
		if !Produce(None{}, None{Tx: tx}, out.ScriptPubKey, data) {
			t.Errorf("%v do not make a complete input", pair)
		}
		whole := tx.Clone()
		whole.Inputs[0].ScriptSig = data.ScriptSig
		if !Extract(whole, 0, &out).Complete {
			t.Errorf("%v: the complete input is not found complete", pair)
		}
	}
	data := NewSignatureData()
	if Produce(None{}, None{Tx: tx}, out.ScriptPubKey, data) || data.MissingRedeem != address.Hash160(redeem) {
		t.Errorf("without the redeem script %x is missing", data.MissingRedeem)
	}
}

// TestExtractKeepsAll finds both signatures of an incomplete 3 of 3, the first
// key's among them.
func TestExtractKeepsAll(t *testing.T) {
	var keys [][]byte
	all := map[ID]*btcec.PrivateKey{}
	for i := byte(1); i <= 3; i++ {
		priv, pub := btcec.PrivKeyFromBytes([]byte{i})
		keys = append(keys, pub.SerializeCompressed())
		if i < 3 {
			all[address.Hash160(keys[i-1])] = priv
		}
	}
	out := wire.TxOut{ScriptPubKey: MultisigScript(3, keys)}
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{Sequence: wire.SequenceFinal}}, Outputs: []wire.TxOut{{Value: 1}}}
	data := NewSignatureData()
	Produce(None{}, &signer{None{Tx: tx}, all}, out.ScriptPubKey, data)
	half := tx.Clone()
	half.Inputs[0].ScriptSig = data.ScriptSig
	if got := len(Extract(half, 0, &out).Signatures); got != 2 {
		t.Errorf("%d signatures, want 2", got)
	}
}

func FuzzAsm(f *testing.F) {
	for _, s := range []string{"76a914" + hash + "88ac", "51 21" + key1 + "51ae", "6a4c", "04ffffffff"} {
		f.Add(unhex(f, s), "DUP 'a' 0x00 -5")
	}
	f.Fuzz(func(t *testing.T, s []byte, text string) {
		Asm(s, true)
		sol := Solve(s)
		if sol.Type == Multisig && (sol.Required < 1 || sol.Required > len(sol.Keys)) {
			t.Errorf("%d of %d", sol.Required, len(sol.Keys))
		}
		if d, ok := Destination(s); ok && sol.Type != PubKey && !bytes.Equal(d.Script(), s) {
			t.Errorf("%x pays what has another script", s)
		}
		if parsed, err := ParseAsm(text); err == nil && len(parsed) > 3*len(text)+9 {
			t.Errorf("%q grew to %d bytes", text, len(parsed))
		}
	})
}
