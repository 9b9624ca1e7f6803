package signer

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"dashmp/ipc"
	"dashmp/node/descriptor"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet"
)

const coin = 100_000_000

// scene is a key store with one coin of 1 DASH, and a payment from it.
type scene struct {
	*rig
	receive, change wallet.DescriptorID
	prev            *wire.Tx
	req             wallet.SignRequest
}

func newScene(t testing.TB, p Policy) *scene {
	t.Helper()
	s := &scene{rig: newRig(t, t.TempDir(), p)}
	list := s.seeded(t, "w")
	s.receive, s.change = list[0].ID, list[1].ID
	s.prev = &wire.Tx{Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Index: 7}}},
		Outputs: []wire.TxOut{{Value: 5, ScriptPubKey: []byte{0x51}}, {Value: coin, ScriptPubKey: s.script(t, list[0], 3)}}}
	s.req = s.payment(t, list, coin/4, 1000)
	return s
}

// script is what a descriptor has at a position.
func (s *scene) script(t testing.TB, d wallet.PublicDescriptor, pos uint32) []byte {
	t.Helper()
	desc, err := descriptor.ParsePublic(d.Normalized, regtestBase58(t), true)
	if err != nil {
		t.Fatal(err)
	}
	scripts, _, _ := desc.Expand(pos, nil, nil)
	return scripts[0]
}

var stranger = append(append([]byte{0x76, 0xa9, 0x14}, bytes.Repeat([]byte{7}, 20)...), 0x88, 0xac)

// payment pays a stranger and the rest, less a fee, to position 9 of change.
func (s *scene) payment(t testing.TB, list []wallet.PublicDescriptor, amount, fee int64) wallet.SignRequest {
	t.Helper()
	tx := &wire.Tx{Version: 2, Inputs: []wire.TxIn{{PrevOut: wire.OutPoint{Hash: s.prev.ID(), Index: 1}, Sequence: wire.SequenceFinal}},
		Outputs: []wire.TxOut{{Value: amount, ScriptPubKey: stranger}, {Value: coin - amount - fee, ScriptPubKey: s.script(t, list[1], 9)}}}
	return wallet.SignRequest{
		Transaction: tx.Append(nil),
		Inputs:      []wallet.SignInput{{Previous: s.prev.Append(nil), Keys: []wallet.KeyPath{{Descriptor: s.receive, Position: 3}}}},
		Change:      []wallet.OwnOutput{{Index: 1, Path: wallet.KeyPath{Descriptor: s.change, Position: 9}}},
	}
}

// edit changes the transaction of a request.
func edit(t testing.TB, req *wallet.SignRequest, change func(tx *wire.Tx)) {
	t.Helper()
	tx, err := wire.DecodeTx(req.Transaction)
	if err != nil {
		t.Fatal(err)
	}
	tx = tx.Clone()
	change(tx)
	req.Transaction = tx.Append(nil)
}

// strict is the policy of the main network, on regtest's keys.
func strict() Policy { return DefaultPolicy("main") }

func TestSignTransaction(t *testing.T) {
	s := newScene(t, strict())
	sigs, err := s.SignTransaction(t.Context(), "w", s.req)
	if err != nil || len(sigs) != 1 {
		t.Fatal(sigs, err)
	}
	tx, err := wire.DecodeTx(s.req.Transaction)
	if err != nil {
		t.Fatal(err)
	}
	tx = tx.Clone()
	tx.Inputs[0].ScriptSig = script.AppendPush(script.AppendPush(nil, sigs[0].Signature), sigs[0].PubKey)
	if err := script.Verify(tx.Inputs[0].ScriptSig, s.prev.Outputs[1].ScriptPubKey, standard.VerifyFlags, &script.TxChecker{Tx: tx}); err != nil {
		t.Error(err)
	}
	if n := len(sigs[0].Signature); n > 71 {
		t.Errorf("the signature has %d bytes: R is not low", n)
	}
	again, err := s.SignTransaction(t.Context(), "w", s.req)
	if err != nil || !bytes.Equal(again[0].Signature, sigs[0].Signature) {
		t.Errorf("another signature the second time (%v)", err)
	}
}

// TestRefusals is the compromise drill: a wallet that lies gets no signature.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		policy func(*Policy)
		lie    func(t *testing.T, s *scene)
		want   ipc.Kind
	}{
		"no previous transaction": {nil, func(t *testing.T, s *scene) {
			s.req.Inputs[0].Previous = nil
			s.req.Inputs[0].Amount, s.req.Inputs[0].PubKeyScript = coin, s.prev.Outputs[1].ScriptPubKey
		}, PolicyPrevMissing},
		"another previous transaction": {nil, func(t *testing.T, s *scene) {
			other := s.prev.Clone()
			other.Outputs[1].Value = coin / 2 // hides half a coin of fee
			s.req.Inputs[0].Previous = other.Append(nil)
		}, PolicyPrevOther},
		"an output that is not there": {nil, func(t *testing.T, s *scene) {
			edit(t, &s.req, func(tx *wire.Tx) { tx.Inputs[0].PrevOut.Index = 2 })
		}, PolicyPrevOther},
		"another's coin": {nil, func(t *testing.T, s *scene) {
			edit(t, &s.req, func(tx *wire.Tx) { tx.Inputs[0].PrevOut.Index = 0 })
		}, PolicyKey},
		"another position": {nil, func(t *testing.T, s *scene) { s.req.Inputs[0].Keys[0].Position = 4 }, PolicyKey},
		"another descriptor": {nil, func(t *testing.T, s *scene) {
			s.req.Inputs[0].Keys[0].Descriptor[0] ^= 1
		}, PolicyKey},
		"a position beyond all": {nil, func(t *testing.T, s *scene) { s.req.Inputs[0].Keys[0].Position = 1 << 31 }, PolicyKey},
		"a fee above the limit": {nil, func(t *testing.T, s *scene) {
			edit(t, &s.req, func(tx *wire.Tx) { tx.Outputs[1].Value -= DefaultMaxFee })
		}, PolicyFee},
		"more out than in": {nil, func(t *testing.T, s *scene) {
			edit(t, &s.req, func(tx *wire.Tx) { tx.Outputs[1].Value += 1001 })
		}, PolicyNegative},
		"change to a stranger": {nil, func(t *testing.T, s *scene) {
			edit(t, &s.req, func(tx *wire.Tx) { tx.Outputs[1].ScriptPubKey = stranger })
		}, PolicyChange},
		"the payment as change": {nil, func(t *testing.T, s *scene) { s.req.Change[0].Index = 0 }, PolicyChange},
		"change named twice": {nil, func(t *testing.T, s *scene) {
			s.req.Change = append(s.req.Change, s.req.Change[0])
		}, PolicyMalformed},
		"change that is not there": {nil, func(t *testing.T, s *scene) { s.req.Change[0].Index = 2 }, PolicyMalformed},
		"signature hash NONE":      {nil, func(t *testing.T, s *scene) { s.req.Inputs[0].SigHash = 2 }, PolicySigHash},
		"signature hash SINGLE":    {nil, func(t *testing.T, s *scene) { s.req.Inputs[0].SigHash = 3 }, PolicySigHash},
		"ANYONECANPAY":             {nil, func(t *testing.T, s *scene) { s.req.Inputs[0].SigHash = 0x81 }, PolicySigHash},
		"no such hash type": {func(p *Policy) { p.AnySigHash = true }, func(t *testing.T, s *scene) {
			s.req.Inputs[0].SigHash = 4
		}, PolicySigHash},
		"a digest for a transaction": {nil, func(t *testing.T, s *scene) { s.req.Transaction = bytes.Repeat([]byte{9}, 32) }, PolicyMalformed},
		"inputs left out":            {nil, func(t *testing.T, s *scene) { s.req.Inputs = nil }, PolicyMalformed},
		"the same coin twice": {nil, func(t *testing.T, s *scene) {
			edit(t, &s.req, func(tx *wire.Tx) { tx.Inputs = append(tx.Inputs, tx.Inputs[0]) })
			s.req.Inputs = append(s.req.Inputs, s.req.Inputs[0])
		}, PolicyMalformed},
		"a negative output": {nil, func(t *testing.T, s *scene) {
			edit(t, &s.req, func(tx *wire.Tx) { tx.Outputs[0].Value = -1 })
		}, PolicyMalformed},
		"an amount that overflows": {nil, func(t *testing.T, s *scene) {
			edit(t, &s.req, func(tx *wire.Tx) {
				for range 3 {
					tx.Outputs = append(tx.Outputs, wire.TxOut{Value: maxMoney, ScriptPubKey: stranger})
				}
			})
		}, PolicyMalformed},
		"too much at once": {func(p *Policy) { p.PerTx = coin / 4 }, nil, PolicyPerTx},
		"change left unnamed": {func(p *Policy) { p.PerTx = coin / 2 }, func(t *testing.T, s *scene) {
			s.req.Change = nil // then it counts as leaving
		}, PolicyPerTx},
		"too much in an hour": {func(p *Policy) { p.PerHour = coin / 4 }, nil, PolicyPerHour},
		"too much in a day":   {func(p *Policy) { p.PerDay = coin / 4 }, nil, PolicyPerDay},
		"not on the list":     {func(p *Policy) { p.Destinations = [][]byte{{0x51}} }, nil, PolicyDestination},
		"believed nowhere": {func(p *Policy) { p.Unproven = true }, func(t *testing.T, s *scene) {
			s.req.Inputs[0].Previous, s.req.Inputs[0].Amount = nil, -5
		}, PolicyMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			p := strict()
			if c.policy != nil {
				c.policy(&p)
			}
			s := newScene(t, p)
			if c.lie != nil {
				c.lie(t, s)
			}
			sigs, err := s.SignTransaction(t.Context(), "w", s.req)
			if len(sigs) != 0 || !errors.Is(err, c.want) {
				t.Errorf("%d signatures, %v, want %s", len(sigs), err, c.want)
			}
		})
	}
}

// TestAllowances: limits by time hold over restarts, over a clock that goes back
// and over the same transaction asked for again.
func TestAllowances(t *testing.T) {
	p := strict()
	p.PerHour, p.PerDay = coin/2, coin
	dir := t.TempDir()
	s := &scene{rig: newRig(t, dir, p)}
	list := s.seeded(t, "w")
	s.receive, s.change = list[0].ID, list[1].ID
	s.prev = &wire.Tx{Version: 2, Inputs: []wire.TxIn{{}}, Outputs: []wire.TxOut{{}, {Value: coin, ScriptPubKey: s.script(t, list[0], 3)}}}
	pay := func(amount int64, want error) {
		t.Helper()
		req := s.payment(t, list, amount, 0)
		if sigs, err := s.SignTransaction(t.Context(), "w", req); !errors.Is(err, want) || (want == nil) != (len(sigs) == 1) {
			t.Errorf("%d duffs: %d signatures, %v, want %v", amount, len(sigs), err, want)
		}
	}
	begin := s.now
	pay(coin/2-10, nil)
	pay(coin/2-10, nil) // the same again: it cannot be spent twice
	pay(11, PolicyPerHour)
	pay(10, nil)
	s.now = begin.Add(-48 * 3600e9)
	pay(9, PolicyPerHour)
	s.now = begin.Add(1800e9)
	pay(8, PolicyPerHour)

	// Another process, an hour and a little later.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.rig = newRig(t, dir, p)
	if _, err := s.OpenKeyStore(t.Context(), "w", false); err != nil {
		t.Fatal(err)
	}
	s.now = begin
	pay(7, PolicyPerHour)
	s.now = begin.Add(3601e9)
	pay(coin/2-20, nil)
	s.now = begin.Add(2 * 3601e9)
	pay(21, PolicyPerDay)
	pay(20, nil)
	s.now = begin.Add(25 * 3600e9)
	pay(coin/2-30, nil)
}

// TestMultisig: the store signs for its own keys of a P2SH output, no others.
func TestMultisig(t *testing.T) {
	s := newScene(t, strict())
	foreign := "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5" // 2G
	text := descriptor.AddChecksum("sh(multi(1," + foreign + "," + coreRoot + "/5/*))")
	d, err := s.AddDescriptor(t.Context(), "w", "importdescriptors", s.deposit(t, "importdescriptors", text))
	if err != nil || d.Complete || d.Keys != 1 {
		t.Fatal(d, err)
	}
	s.prev.Outputs[1].ScriptPubKey = s.script(t, d, 2)
	prev := s.prev.Clone()
	edit(t, &s.req, func(tx *wire.Tx) { tx.Inputs[0].PrevOut.Hash = prev.ID() })
	s.req.Inputs[0].Previous = prev.Append(nil)
	s.req.Inputs[0].Keys = []wallet.KeyPath{{Descriptor: d.ID, Position: 2}}
	sigs, err := s.SignTransaction(t.Context(), "w", s.req)
	if err != nil || len(sigs) != 1 {
		t.Fatal(len(sigs), err)
	}
	desc, _ := descriptor.ParsePublic(d.Text, regtestBase58(t), true)
	_, public, _ := desc.Expand(2, nil, nil)
	sol := standard.Solve(prev.Outputs[1].ScriptPubKey)
	redeem, _ := public.Script(standard.ID(sol.Hash))
	tx, _ := wire.DecodeTx(s.req.Transaction)
	tx = tx.Clone()
	tx.Inputs[0].ScriptSig = script.AppendPush(script.AppendPush([]byte{0}, sigs[0].Signature), redeem)
	if err := script.Verify(tx.Inputs[0].ScriptSig, prev.Outputs[1].ScriptPubKey, standard.VerifyFlags, &script.TxChecker{Tx: tx}); err != nil {
		t.Error(err)
	}
}

// TestLockedSignsNothing.
func TestLockedSignsNothing(t *testing.T) {
	s := newScene(t, strict())
	if err := s.Encrypt(t.Context(), "w", s.deposit(t, "encryptwallet", "p")); err != nil {
		t.Fatal(err)
	}
	if sigs, err := s.SignTransaction(t.Context(), "w", s.req); len(sigs) != 0 || !errors.Is(err, ErrLocked) {
		t.Errorf("%d signatures, %v", len(sigs), err)
	}
	if _, err := s.SignMessage(t.Context(), "w", s.req.Inputs[0].Keys[0], "m"); !errors.Is(err, ErrLocked) {
		t.Errorf("a message: %v", err)
	}
}

func TestSignMessage(t *testing.T) {
	s := newScene(t, strict())
	sig, err := s.SignMessage(t.Context(), "w", wallet.KeyPath{Descriptor: s.receive, Position: 1}, "hello")
	if err != nil || len(sig) != compactSize {
		t.Fatal(len(sig), err)
	}
	wif := s.exportText(t, "w", wallet.ExportRequest{Kind: wallet.ExportKey, Descriptor: s.receive, Position: 1})
	want, err := signCompact([]byte(wif), regtestWIF, messageHash("hello"))
	if err != nil || !slices.Equal(want[:], sig) {
		t.Errorf("another signature than with the exported key (%v)", err)
	}
}

func FuzzSignTransaction(f *testing.F) {
	s := newScene(f, strict())
	f.Add(s.req.Transaction, s.req.Inputs[0].Previous, uint32(3), byte(1))
	f.Add([]byte{}, []byte{}, uint32(0), byte(0))
	f.Fuzz(func(t *testing.T, tx, prev []byte, pos uint32, hash byte) {
		req := s.req
		req.Transaction = tx
		req.Inputs = []wallet.SignInput{{Previous: prev, SigHash: hash, Keys: []wallet.KeyPath{{Descriptor: s.receive, Position: pos}}}}
		sigs, err := s.SignTransaction(t.Context(), "w", req)
		if (err == nil) != (len(sigs) > 0) || len(sigs) > 0 && hash > 1 {
			t.Errorf("%d signatures, %v", len(sigs), err)
		}
	})
}

func BenchmarkSignTransaction(b *testing.B) {
	s := newScene(b, strict())
	for b.Loop() {
		if _, err := s.SignTransaction(b.Context(), "w", s.req); err != nil {
			b.Fatal(err)
		}
	}
}
