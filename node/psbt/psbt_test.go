package psbt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"

	"dashmp/node/address"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
)

type vectors struct {
	Invalid, Valid []string
	Signer         []struct {
		PrivKeys     []string
		PSBT, Result string
	}
	Combiner []struct {
		Combine []string
		Result  string
	}
	Finalizer []struct{ Finalize, Result string }
	Extractor []struct{ Extract, Result string }
}

func load(t testing.TB) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("testdata/rpc_psbt.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func decode(t testing.TB, text string) *PSBT {
	t.Helper()
	p, err := Decode(raw(t, text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func raw(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encode(p *PSBT) string { return base64.StdEncoding.EncodeToString(p.Append(nil)) }

func TestVectors(t *testing.T) {
	v := load(t)
	for _, text := range v.Valid {
		p := decode(t, text)
		if again := decode(t, encode(p)); encode(again) != encode(p) {
			t.Errorf("%s does not come back", text)
		}
	}
	for _, text := range v.Invalid {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(b); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
	for _, c := range v.Combiner {
		p := decode(t, c.Combine[0])
		for _, other := range c.Combine[1:] {
			if !p.Merge(decode(t, other)) {
				t.Error("another transaction")
			}
		}
		if got := encode(p); got != c.Result {
			t.Errorf("combined:\n%s, want\n%s", got, c.Result)
		}
	}
	for _, c := range v.Finalizer {
		p := decode(t, c.Finalize)
		p.Finalize()
		if got := encode(p); got != c.Result {
			t.Errorf("finalised:\n%s, want\n%s", got, c.Result)
		}
	}
}

// signer signs with private keys in wallet import format.
type signer struct {
	standard.None
	keys map[standard.ID]*btcec.PrivateKey
}

func (s *signer) Sign(id standard.ID, code []byte) ([]byte, bool) {
	k := s.keys[id]
	if k == nil {
		return nil, false
	}
	h := script.SigHash(s.Tx, s.Index, code, script.SigHashAll)
	return append(ecdsa.Sign(k, h[:]).Serialize(), script.SigHashAll), true
}

func newSigner(t *testing.T, wifs []string, p *PSBT, i int) *signer {
	t.Helper()
	regtest, err := params.Select(params.Regtest, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &signer{standard.None{Tx: p.Tx, Index: i}, map[standard.ID]*btcec.PrivateKey{}}
	for _, w := range wifs {
		var key [32]byte
		if _, err := address.DecodeSecret([]byte(w), regtest.Base58, &key); err != nil {
			t.Fatal(err)
		}
		priv, pub := btcec.PrivKeyFromBytes(key[:])
		s.keys[address.Hash160(pub.SerializeCompressed())] = priv
	}
	return s
}

// TestSigner signs the PSBTs of the vectors and sees that a Finalizer takes what
// it made; the vectors' own results hold signatures of Bitcoin's segwit inputs.
func TestSigner(t *testing.T) {
	signed := 0
	for _, c := range load(t).Signer {
		p, want := decode(t, c.PSBT), decode(t, c.Result)
		for i := range p.Inputs {
			before := p.Inputs[i].Sigs
			p.SignInput(i, standard.None{}, newSigner(t, c.PrivKeys, p, i), false)
			for _, s := range p.Inputs[i].Sigs {
				if _, isNew := insert(before, s, bySigner); !isNew {
					continue
				}
				signed++
				out, ok := p.Spent(i)
				if !ok {
					t.Fatal("signed without the output")
				}
				code := out.ScriptPubKey
				if script.IsPayToScriptHash(code) {
					code = p.Inputs[i].Redeem
				}
				checker := &script.TxChecker{Tx: p.Tx, Index: i}
				if !checker.CheckSig(s.Sig, s.Key, code) {
					t.Errorf("input %d: a signature does not verify", i)
				}
			}
			if len(p.Inputs[i].Sigs) < len(want.Inputs[i].Sigs) && want.Inputs[i].UTXO != nil {
				t.Errorf("input %d: %d signatures, want %d", i, len(p.Inputs[i].Sigs), len(want.Inputs[i].Sigs))
			}
		}
	}
	if signed == 0 {
		t.Error("nothing was signed")
	}
}

// made is a PSBT of one input that pays to a 2 of 2 by script hash.
func made(t *testing.T) (*PSBT, *standard.Public, []*btcec.PrivateKey) {
	t.Helper()
	var keys [][]byte
	var privs []*btcec.PrivateKey
	pub := standard.NewPublic()
	for i := byte(1); i <= 2; i++ {
		priv, k := btcec.PrivKeyFromBytes([]byte{i})
		key := k.SerializeCompressed()
		privs, keys = append(privs, priv), append(keys, key)
		pub.Origins[address.Hash160(key)] = standard.KeyOrigin{Key: key, Origin: standard.Origin{Path: []uint32{uint32(i)}}}
	}
	redeem := standard.MultisigScript(2, keys)
	pub.AddScript(redeem)
	spk := address.Destination{Kind: address.ScriptHash, Hash: address.Hash160(redeem)}.Script()
	prev := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{}}, Outputs: []wire.TxOut{{Value: 100000, ScriptPubKey: spk}}}
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Hash: prev.ID()}, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{{Value: 90000, ScriptPubKey: spk}}}
	p := New(tx)
	p.Inputs[0].UTXO = prev
	return p, pub, privs
}

// TestRoles walks one PSBT through all roles.
func TestRoles(t *testing.T) {
	p, pub, privs := made(t)
	check := func(step string, next Role, missing int) {
		t.Helper()
		a := p.Analyze()
		if a.Error != "" || a.Next != next || len(a.Inputs[0].MissingSigs) != missing {
			t.Errorf("%s: next %v, %d missing, %q", step, a.Next, len(a.Inputs[0].MissingSigs), a.Error)
		}
		if again, err := Decode(p.Append(nil)); err != nil || !bytes.Equal(again.Append(nil), p.Append(nil)) {
			t.Errorf("%s: does not come back: %v", step, err)
		}
	}
	check("created", Updater, 0)
	p.SignInput(0, pub, standard.None{Tx: p.Tx}, false)
	p.UpdateOutput(0, pub)
	if len(p.Inputs[0].KeyPaths) != 2 || len(p.Outputs[0].KeyPaths) != 2 || len(p.Outputs[0].Redeem) == 0 {
		t.Error("the update is missing")
	}
	check("updated", Signer, 2)
	a := p.Analyze()
	if a.Fee == nil || *a.Fee != 10000 || a.Size == nil || *a.Size < 280 || *a.Size > 300 {
		t.Errorf("fee %v, size %v", a.Fee, a.Size)
	}
	var parts []*PSBT
	for _, priv := range privs {
		part, _ := Decode(p.Append(nil))
		id := address.Hash160(priv.PubKey().SerializeCompressed())
		part.SignInput(0, standard.None{}, &signer{standard.None{Tx: p.Tx}, map[standard.ID]*btcec.PrivateKey{id: priv}}, false)
		parts = append(parts, part)
	}
	before := parts[1].Append(nil)
	p = parts[0]
	check("signed once", Signer, 1)
	if !p.Merge(parts[1]) || !bytes.Equal(parts[1].Append(nil), before) {
		t.Error("merging failed or changed its argument")
	}
	check("signed twice", Finalizer, 0)
	if ok, _ := p.SignInput(0, standard.None{}, standard.None{Tx: p.Tx}, false); !ok || p.Inputs[0].Signed() || len(p.Inputs[0].Sigs) != 2 {
		t.Error("finalised without being asked to")
	}
	if !p.Finalize() {
		t.Error("not complete")
	}
	check("finalised", Extractor, 0)
	out, _ := p.Spent(0)
	tx := p.Extract()
	if err := script.Verify(tx.Inputs[0].ScriptSig, out.ScriptPubKey, standard.VerifyFlags, &script.TxChecker{Tx: tx}); err != nil {
		t.Errorf("the transaction is not valid: %v", err)
	}
	if _, twice := Join([]*PSBT{p, parts[1]}); twice == nil {
		t.Error("joined with itself")
	}
}

// TestDecodeErrors damages a good PSBT.
func TestDecodeErrors(t *testing.T) {
	p, _, _ := made(t)
	p.Inputs[0].UTXO = p.Inputs[0].UTXO.Clone()
	p.Inputs[0].UTXO.LockTime++
	if _, ok := p.Spent(0); ok {
		t.Error("an output of another transaction is taken")
	}
	good := New(p.Tx).Append(nil)
	for want, b := range map[string][]byte{
		"Non-witness UTXO does not match outpoint hash: iostream error":                         p.Append(nil),
		"Invalid PSBT magic bytes: iostream error":                                              append([]byte("psbu"), good[4:]...),
		"extra data after PSBT":                                                                 append(good[:len(good):len(good)], 0),
		"Outputs provided does not match the number of outputs in transaction.: iostream error": good[:len(good)-1],
		"Inputs provided does not match the number of inputs in transaction.: iostream error":   good[:len(good)-2],
		"Separator is missing at the end of the global map: iostream error":                     good[:len(good)-3],
		"DataStream::read(): end of data: iostream error":                                       good[:20],
		"No unsigned transaction was provided: iostream error":                                  []byte(magic + "\x00"),
	} {
		if _, err := Decode(b); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestLengths announces a key path of 32 MiB: nothing like it is allocated.
func TestLengths(t *testing.T) {
	b := append([]byte(magic), 0x4f, globalExtKey, 0x04, 0x88, 0xb2, 0x1e)
	b = append(b, make([]byte, 9+32)...)
	_, pub := btcec.PrivKeyFromBytes([]byte{1})
	b = append(append(b, pub.SerializeCompressed()...), 0xfe, 0, 0, 0, 2)
	if _, err := Decode(b); err == nil || err.Error() != "DataStream::read(): end of data: iostream error" {
		t.Fatalf("%v", err)
	}
	if got := testing.Benchmark(func(b2 *testing.B) {
		for b2.Loop() {
			_, _ = Decode(b)
		}
	}).AllocedBytesPerOp(); got > 1<<16 {
		t.Errorf("%d bytes are allocated", got)
	}
}

func TestInsertCopies(t *testing.T) {
	list := append(make([]int, 0, 8), 1, 3)
	shared := list[:3]
	order := func(a, b int) int { return a - b }
	longer, ok := insert(list, 2, order)
	if !ok || len(longer) != 3 || list[1] != 3 || shared[2] != 0 {
		t.Errorf("%v became %v", longer, shared)
	}
}

// TestUpdate fills in outputs, and leaves inputs alone whose output is known.
func TestUpdate(t *testing.T) {
	p, pub, _ := made(t)
	p.Update(pub)
	if len(p.Outputs[0].KeyPaths) != 2 || len(p.Outputs[0].Redeem) == 0 {
		t.Error("the output is not updated")
	}
	if len(p.Inputs[0].KeyPaths) != 0 {
		t.Error("the input is updated")
	}
}

func TestInvalid(t *testing.T) {
	p, _, _ := made(t)
	p.Inputs[0].UTXO.Outputs[0].Value = -1
	q := New(p.Tx.Clone())
	q.Tx.Inputs[0].PrevOut.Hash = p.Inputs[0].UTXO.Clone().ID()
	q.Inputs[0].UTXO = p.Inputs[0].UTXO.Clone()
	if a := q.Analyze(); a.Error != "PSBT is not valid. Input 0 has invalid value" || a.Next != Creator || a.Inputs != nil {
		t.Errorf("%+v", a)
	}
}

func FuzzDecode(f *testing.F) {
	v := load(f)
	for _, text := range append(v.Valid, v.Invalid...) {
		f.Add(raw(f, text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err != nil {
			return
		}
		first := p.Append(nil)
		again, err := Decode(first)
		if err != nil || !bytes.Equal(again.Append(nil), first) {
			t.Fatalf("what was written is not read: %v", err)
		}
		p.Analyze()
		if !bytes.Equal(p.Append(nil), first) {
			t.Fatal("Analyze changed the PSBT")
		}
		if !p.Merge(again) || !bytes.Equal(p.Append(nil), first) {
			t.Fatal("merging a PSBT with itself changed it")
		}
		p.Finalize()
	})
}
