package signer

import (
	"bytes"
	"context"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2"

	"dashmp/ipc"
	"dashmp/node/descriptor"
	"dashmp/node/script"
	"dashmp/node/standard"
	"dashmp/node/wire"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/secretly"
)

// Bounds of a request; a transaction of 100,000 bytes, the largest that is
// relayed, has fewer than 700 inputs that need a signature.
const (
	maxTxSize   = 400_000
	maxInputs   = 3000
	maxPrevious = 2_000_000
	maxKeyPaths = 16
	maxMoney    = 21_000_000 * 100_000_000
)

// checked is a transaction of which the signer knows what it does.
type checked struct {
	tx     *wire.Tx
	inputs []checkedInput
	// own are the outputs that pay the key store itself.
	own []uint32
	// fee in duffs; leaving is what the key store gives away, fee included.
	fee, leaving int64
}

// checkedInput is an input whose output is known; it has keys if it is ours.
type checkedInput struct {
	out  wire.TxOut
	code []byte // what a signature commits to: output script or redeem script
	keys []ownKey
	hash byte
}

// ownKey is a key of the store that can sign an input.
type ownKey struct {
	h      *held
	pos    uint32
	id     keyID
	pubKey []byte
}

// SignTransaction signs what the signing policy allows: the fee, what leaves and
// to whom are recomputed from the transaction and those it spends.
func (s *Signer) SignTransaction(_ context.Context, name string, req wallet.SignRequest) ([]wallet.InputSignature, error) {
	k, err := s.ring(name)
	if err != nil {
		return nil, err
	}
	if !k.store.Unlocked() {
		return nil, ipc.Errorf(ErrLocked, "the key store is locked")
	}
	t, err := s.check(k, &req)
	if err != nil {
		return nil, err
	}
	if err := k.permit(&s.o.Policy, t, s.o.Now().Unix()); err != nil {
		return nil, s.storeError(name, err)
	}
	defer secretly.Collect()
	var out []wallet.InputSignature
	secretly.Do(func() { out, err = k.sign(t) })
	if err != nil {
		return nil, s.storeError(name, err)
	}
	return out, nil
}

// permit judges a transaction and records it, before anything is signed.
func (k *keyring) permit(p *Policy, t *checked, now int64) error {
	l := &k.spent
	l.mu.Lock()
	defer l.mu.Unlock()
	id := [32]byte(unsigned(t.tx).ID())
	now = l.clock(now)
	if l.knows(id) {
		now, t = l.latest, &checked{tx: t.tx, own: t.own, fee: t.fee} // its amount has been counted
	}
	if err := p.judge(t, l, now); err != nil {
		return err
	}
	if t.leaving <= 0 || p.PerHour == 0 && p.PerDay == 0 {
		return nil
	}
	return l.record(k.store, now, t.leaving, id)
}

// unsigned is a transaction without its input scripts.
func unsigned(tx *wire.Tx) *wire.Tx {
	tx = tx.Clone()
	for i := range tx.Inputs {
		tx.Inputs[i].ScriptSig = nil
	}
	return tx
}

// check recomputes what a transaction does.
func (s *Signer) check(k *keyring, req *wallet.SignRequest) (*checked, error) {
	bad := func(format string, args ...any) (*checked, error) {
		return nil, ipc.Errorf(PolicyMalformed, format, args...)
	}
	if len(req.Transaction) > maxTxSize {
		return bad("the transaction has %d bytes", len(req.Transaction))
	}
	tx, err := wire.DecodeTx(req.Transaction)
	if err != nil {
		return bad("the transaction cannot be read: %v", err)
	}
	if len(tx.Inputs) != len(req.Inputs) || len(tx.Inputs) == 0 || len(tx.Inputs) > maxInputs {
		return bad("%d inputs are described, the transaction has %d", len(req.Inputs), len(tx.Inputs))
	}
	t := &checked{tx: tx}
	var in, ours int64
	for i := range req.Inputs {
		c, err := s.checkInput(k, tx, i, &req.Inputs[i])
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(tx.Inputs[:i], func(o wire.TxIn) bool { return o.PrevOut == tx.Inputs[i].PrevOut }) {
			return bad("input %d spends what another does", i)
		}
		if in += c.out.Value; in > maxMoney {
			return bad("the inputs are worth more than there is")
		}
		if len(c.keys) > 0 {
			ours += c.out.Value
		}
		t.inputs = append(t.inputs, c)
	}
	var out int64
	for i := range tx.Outputs {
		if v := tx.Outputs[i].Value; v < 0 || v > maxMoney || out+v > maxMoney {
			return bad("output %d is worth %d duffs", i, v)
		}
		out += tx.Outputs[i].Value
	}
	back, err := k.checkOwn(t, req.Change)
	if err != nil {
		return nil, err
	}
	t.fee, t.leaving = in-out, ours-back
	return t, nil
}

// checkOwn finds that the outputs which are said to be ours are, and sums them.
func (k *keyring) checkOwn(t *checked, list []wallet.OwnOutput) (sum int64, err error) {
	for _, own := range list {
		if int(own.Index) >= len(t.tx.Outputs) || slices.Contains(t.own, own.Index) {
			return 0, ipc.Errorf(PolicyMalformed, "output %d is not there or named twice", own.Index)
		}
		out := &t.tx.Outputs[own.Index]
		_, scripts, _, err := k.expand(own.Path)
		if err != nil {
			return 0, err
		}
		if !slices.ContainsFunc(scripts, func(s []byte) bool { return bytes.Equal(s, out.ScriptPubKey) }) {
			return 0, ipc.Errorf(PolicyChange, "output %d does not pay the descriptor that it is said to pay", own.Index)
		}
		t.own = append(t.own, own.Index)
		sum += out.Value
	}
	return sum, nil
}

// checkInput finds what an input spends and which keys can sign for it.
func (s *Signer) checkInput(k *keyring, tx *wire.Tx, i int, in *wallet.SignInput) (c checkedInput, err error) {
	if c.out, err = s.spentOutput(tx, i, in); err != nil {
		return c, err
	}
	if len(in.Keys) == 0 {
		return c, nil
	}
	c.hash = in.SigHash
	if c.hash == 0 {
		c.hash = script.SigHashAll
	}
	switch base := c.hash &^ script.SigHashAnyoneCanPay; {
	case base < script.SigHashAll || base > script.SigHashSingle:
		return c, ipc.Errorf(PolicySigHash, "input %d: there is no signature hash type %d", i, c.hash)
	case c.hash != script.SigHashAll && !s.o.Policy.AnySigHash:
		return c, ipc.Errorf(PolicySigHash, "input %d: only signatures over the whole transaction are made, not of type %d", i, c.hash)
	}
	if len(in.Keys) > maxKeyPaths {
		return c, ipc.Errorf(PolicyMalformed, "input %d names %d keys", i, len(in.Keys))
	}
	for _, path := range in.Keys {
		if err := k.addKeys(&c, path, in.RedeemScript); err != nil {
			return c, err
		}
	}
	if len(c.keys) == 0 {
		return c, ipc.Errorf(PolicyKey, "no key that is named for input %d can sign what it spends", i)
	}
	return c, nil
}

// spentOutput is the output that an input spends: from the transaction that has
// it, or by the wallet's word where the policy allows that.
func (s *Signer) spentOutput(tx *wire.Tx, i int, in *wallet.SignInput) (wire.TxOut, error) {
	prev := tx.Inputs[i].PrevOut
	if len(in.Previous) == 0 {
		if !s.o.Policy.Unproven {
			return wire.TxOut{}, ipc.Errorf(PolicyPrevMissing, "input %d comes without the transaction that it spends", i)
		}
		if in.Amount < 0 || in.Amount > maxMoney {
			return wire.TxOut{}, ipc.Errorf(PolicyMalformed, "input %d is worth %d duffs", i, in.Amount)
		}
		return wire.TxOut{Value: in.Amount, ScriptPubKey: in.PubKeyScript}, nil
	}
	if len(in.Previous) > maxPrevious {
		return wire.TxOut{}, ipc.Errorf(PolicyMalformed, "the transaction that input %d spends has %d bytes", i, len(in.Previous))
	}
	from, err := wire.DecodeTx(in.Previous)
	switch {
	case err != nil:
		return wire.TxOut{}, ipc.Errorf(PolicyMalformed, "the transaction that input %d spends cannot be read: %v", i, err)
	case from.ID() != prev.Hash:
		return wire.TxOut{}, ipc.Errorf(PolicyPrevOther, "input %d comes with another transaction than it spends", i)
	case int64(prev.Index) >= int64(len(from.Outputs)):
		return wire.TxOut{}, ipc.Errorf(PolicyPrevOther, "the transaction that input %d spends has no output %d", i, prev.Index)
	}
	out := from.Outputs[prev.Index]
	if out.Value < 0 || out.Value > maxMoney {
		return wire.TxOut{}, ipc.Errorf(PolicyMalformed, "input %d is worth %d duffs", i, out.Value)
	}
	return out, nil
}

// expand returns what a descriptor has at a position. Descriptors with hardened
// steps are expanded with their private keys.
func (k *keyring) expand(path wallet.KeyPath) (h *held, scripts [][]byte, public *standard.Public, err error) {
	if h, err = k.find(path.Descriptor); err != nil {
		return nil, nil, nil, ipc.Errorf(PolicyKey, "no such descriptor is in the key store")
	}
	ok := false
	if d, parseErr := descriptor.ParsePublic(h.normalized, h.desc.Base58(), true); parseErr == nil && !d.NeedsSecrets() {
		scripts, public, ok = d.Expand(path.Position, nil, nil)
	} else {
		secretly.Do(func() {
			var secrets *descriptor.Secrets
			if secrets, err = k.secrets(h); err == nil {
				scripts, public, ok = h.desc.Expand(path.Position, secrets, nil)
				secrets.Wipe()
			}
		})
	}
	if err == nil && !ok {
		err = ipc.Errorf(PolicyKey, "the descriptor has nothing at position %d", path.Position)
	}
	return h, scripts, public, err
}

// addKeys adds the keys of a path that can sign an input.
func (k *keyring) addKeys(c *checkedInput, path wallet.KeyPath, redeem []byte) error {
	h, scripts, public, err := k.expand(path)
	if err != nil {
		return err
	}
	code := c.out.ScriptPubKey
	if sol := standard.Solve(code); sol.Type == standard.ScriptHash {
		inner, ok := public.Script(standard.ID(sol.Hash))
		if !ok && bytes.Equal(script.Hash160(redeem), sol.Hash) {
			inner, ok = redeem, true
		}
		if !ok {
			return nil
		}
		code = inner
	} else if len(redeem) == 0 && !slices.ContainsFunc(scripts, func(s []byte) bool { return bytes.Equal(s, code) }) {
		return nil
	}
	c.code = code
	sol := standard.Solve(code)
	for id, origin := range public.Origins {
		mine := sol.Type == standard.PubKeyHash && bytes.Equal(id[:], sol.Hash) ||
			slices.ContainsFunc(sol.Keys, func(p []byte) bool { return bytes.Equal(p, origin.Key) })
		if mine {
			c.keys = append(c.keys, ownKey{h: h, pos: path.Position, id: id, pubKey: origin.Key})
		}
	}
	return nil
}

// sign makes the signatures. It runs inside secretly.Do.
func (k *keyring) sign(t *checked) (out []wallet.InputSignature, err error) {
	loaded := map[*held]*descriptor.Secrets{}
	defer func() {
		for _, s := range loaded {
			s.Wipe()
		}
	}()
	for i := range t.inputs {
		in := &t.inputs[i]
		for _, own := range in.keys {
			secrets := loaded[own.h]
			if secrets == nil {
				if secrets, err = k.secrets(own.h); err != nil {
					return nil, err
				}
				loaded[own.h] = secrets
			}
			at := own.h.desc.PrivateKeys(own.pos, secrets)
			key, _, ok := at.Key(own.id)
			at.Wipe()
			if !ok {
				continue // one of a multisig that is somebody else's
			}
			private, _ := btcec.PrivKeyFromBytes(key[:])
			clear(key[:])
			sig := signLowR(private, script.SigHash(t.tx, i, in.code, uint32(in.hash)))
			private.Zero()
			out = append(out, wallet.InputSignature{Input: uint32(i), PubKey: own.pubKey, Signature: append(sig, in.hash)})
		}
	}
	return out, nil
}
