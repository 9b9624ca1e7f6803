package signer

import (
	"context"
	"encoding/hex"

	"dashmp/ipc"
	"dashmp/node/address"
	"dashmp/node/descriptor"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/bip39"
	"dashmp/wallet/signer/internal/keystore"
	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// Export puts a secret where the rpc role finds it. The handle is 0 if the
// secret is the empty text.
func (s *Signer) Export(_ context.Context, name string, req wallet.ExportRequest) (uint64, error) {
	k, err := s.ring(name)
	if err != nil {
		return 0, err
	}
	defer secretly.Collect()
	var r *lockbox.Region
	secretly.Do(func() { r, err = s.exported(k, &req) })
	if err != nil {
		return 0, s.storeError(name, err)
	}
	if r == nil {
		return 0, nil
	}
	return s.export(r)
}

// exported is the text of a secret, nil if it is empty.
func (s *Signer) exported(k *keyring, req *wallet.ExportRequest) (*lockbox.Region, error) {
	switch req.Kind {
	case wallet.ExportMnemonic:
		return k.store.Secret(bucketSeed, []byte(seedMnemonic))
	case wallet.ExportMnemonicPassphrase:
		return k.passphrase()
	case wallet.ExportSeed:
		return k.seed()
	case wallet.ExportDescriptor, wallet.ExportKey:
	default:
		return nil, ipc.Errorf(ErrRequest, "nothing of kind %d can be exported", req.Kind)
	}
	h, err := k.find(req.Descriptor)
	if err != nil {
		return nil, err
	}
	secrets, err := k.secrets(h)
	if err != nil {
		return nil, err
	}
	defer secrets.Wipe()
	if req.Kind == wallet.ExportDescriptor {
		// One with some keys is shown with those, as Dash Core does not.
		text, ok := h.desc.AppendPrivate(nil, secrets)
		defer clear(text)
		if !ok {
			return nil, keystore.ErrNotFound
		}
		return keep(text)
	}
	return s.exportKey(h, req.Position, secrets)
}

// exportKey is the only key of a descriptor at a position.
func (s *Signer) exportKey(h *held, pos uint32, secrets *descriptor.Secrets) (*lockbox.Region, error) {
	at := h.desc.PrivateKeys(pos, secrets)
	defer at.Wipe()
	ids := at.IDs()
	if len(ids) != 1 {
		return nil, keystore.ErrNotFound
	}
	key, compressed, _ := at.Key(ids[0])
	defer clear(key[:])
	text := address.AppendSecret(nil, &key, compressed, s.o.Base58)
	defer clear(text)
	return keep(text)
}

// passphrase is the mnemonic's.
func (k *keyring) passphrase() (*lockbox.Region, error) {
	r, err := k.store.Secret(bucketSeed, []byte(seedPassphrase))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if len(r.Bytes()) <= 1 {
		return nil, nil
	}
	return keep(r.Bytes()[1:])
}

// seed is that of the mnemonic, in hex.
func (k *keyring) seed() (*lockbox.Region, error) {
	words, err := k.store.Secret(bucketSeed, []byte(seedMnemonic))
	if err != nil {
		return nil, err
	}
	defer words.Close()
	pass, err := k.passphrase()
	if err != nil {
		return nil, err
	}
	var text []byte
	if pass != nil {
		defer pass.Close()
		text = pass.Bytes()
	}
	raw, err := lockbox.New(bip39.SeedSize)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	if err := bip39.Seed((*[bip39.SeedSize]byte)(raw.Bytes()), words.Bytes(), text); err != nil {
		return nil, err
	}
	out, err := lockbox.New(2 * bip39.SeedSize)
	if err == nil {
		hex.Encode(out.Bytes(), raw.Bytes())
	}
	return out, err
}

// keep copies a text into secret memory.
func keep(text []byte) (*lockbox.Region, error) {
	r, err := lockbox.New(len(text))
	if err == nil {
		copy(r.Bytes(), text)
	}
	return r, err
}
