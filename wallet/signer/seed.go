package signer

import (
	"context"
	"crypto/rand"
	"fmt"

	"dashmp/ipc"
	"dashmp/node/descriptor"
	"dashmp/node/hdkey"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/bip39"
	"dashmp/wallet/signer/internal/keystore"
	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// ErrMnemonic: a text is no mnemonic sentence.
const ErrMnemonic = ipc.Kind("signer.mnemonic")

// maxPassphrase bounds a mnemonic's passphrase, in bytes; what exceeds 248 would
// not count (see package bip39).
const maxPassphrase = 256

// defaultPaths are where Dash Core's default descriptors lie below the master
// key: receiving, change, CoinJoin (SetupDescriptorGeneration). The verb is the
// coin type.
var defaultPaths = [3]string{"44'/%d'/0'/0", "44'/%d'/0'/1", "9'/%d'/4'/0'/0"}

// AddSeed makes the default descriptors of a mnemonic, which it keeps.
func (s *Signer) AddSeed(_ context.Context, name string, req wallet.SeedRequest) ([]wallet.PublicDescriptor, error) {
	k, err := s.ring(name)
	if err != nil {
		return nil, err
	}
	words, pass, err := s.seedSecrets(req)
	if err != nil {
		return nil, err
	}
	defer secretly.Collect()
	defer words.Close()
	if pass != nil {
		defer pass.Close()
	}
	var out []wallet.PublicDescriptor
	secretly.Do(func() { out, err = s.addSeed(k, words, pass) })
	if err != nil {
		return nil, s.storeError(name, err)
	}
	return out, nil
}

// seedSecrets are the sentence and its passphrase, the latter nil if it is empty.
func (s *Signer) seedSecrets(req wallet.SeedRequest) (words, pass *lockbox.Region, err error) {
	if req.Mnemonic == 0 {
		words, err = newMnemonic(int(req.Bits))
	} else {
		words, err = s.takeDeposited(req.Method, req.Mnemonic)
	}
	if err != nil {
		return nil, nil, err
	}
	switch {
	case !bip39.Valid(words.Bytes()):
		err = ipc.Errorf(ErrMnemonic, "invalid mnemonic")
	case req.Passphrase != 0:
		pass, err = s.takeDeposited(req.Method, req.Passphrase)
	}
	if err == nil && pass != nil && len(pass.Bytes()) > maxPassphrase {
		err = ipc.Errorf(ErrMnemonic, "mnemonic passphrase must be at most %d bytes", maxPassphrase)
		pass.Close()
	}
	if err != nil {
		words.Close()
		return nil, nil, err
	}
	return words, pass, nil
}

// newMnemonic makes a sentence of bits of entropy.
func newMnemonic(bits int) (*lockbox.Region, error) {
	if bits%8 != 0 || !bip39.ValidEntropy(bits/8) {
		return nil, ipc.Errorf(ErrRequest, "a mnemonic has 128 to 256 bits in steps of 32, not %d", bits)
	}
	work, err := lockbox.New(bip39.MaxEntropy + bip39.MaxSentence)
	if err != nil {
		return nil, err
	}
	defer work.Close()
	entropy := work.Bytes()[:bits/8]
	if _, err := rand.Read(entropy); err != nil {
		return nil, err
	}
	var sentence []byte
	secretly.Do(func() { sentence = bip39.Append(work.Bytes()[bip39.MaxEntropy:bip39.MaxEntropy], entropy) })
	out, err := lockbox.New(len(sentence))
	if err != nil {
		return nil, err
	}
	copy(out.Bytes(), sentence)
	return out, nil
}

// master is the master key of a sentence. It lies on the heap.
func master(words, pass *lockbox.Region) (*hdkey.Secret, error) {
	region, err := lockbox.New(bip39.SeedSize)
	if err != nil {
		return nil, err
	}
	defer region.Close()
	seed := (*[bip39.SeedSize]byte)(region.Bytes())
	var text []byte
	if pass != nil {
		text = pass.Bytes()
	}
	if err := bip39.Seed(seed, words.Bytes(), text); err != nil {
		return nil, err
	}
	return hdkey.Master(seed[:])
}

func (s *Signer) addSeed(k *keyring, words, pass *lockbox.Region) ([]wallet.PublicDescriptor, error) {
	root, err := master(words, pass)
	if err != nil {
		return nil, err
	}
	defer root.Wipe()
	public := root.Public()
	more := []keystore.Record{{Bucket: bucketSeed, Key: []byte(seedMnemonic), Secret: words}}
	stored, err := storedPassphrase(pass)
	if err != nil {
		return nil, err
	}
	defer stored.Close()
	more = append(more, keystore.Record{Bucket: bucketSeed, Key: []byte(seedPassphrase), Secret: stored})
	var out []wallet.PublicDescriptor
	for _, path := range defaultPaths {
		text := fmt.Sprintf("pkh(%s/"+path+"/*)", public.Text(s.o.Base58), s.o.Base58.CoinType)
		d, err := descriptor.ParsePublic(text, s.o.Base58, false)
		if err != nil {
			return nil, err
		}
		secrets := &descriptor.Secrets{}
		key := root.Bytes()
		secrets.Add(public.ID(), key, true)
		clear(key[:])
		p, err := k.keep(&parsed{d, secrets}, true, more...)
		secrets.Wipe()
		if err != nil {
			return nil, err
		}
		out, more = append(out, p), nil
	}
	return out, nil
}

// storedPassphrase is the record of a mnemonic's passphrase, which may be empty,
// as a secret may not.
func storedPassphrase(pass *lockbox.Region) (*lockbox.Region, error) {
	n := 0
	if pass != nil {
		n = len(pass.Bytes())
	}
	r, err := lockbox.New(1 + n)
	if err != nil {
		return nil, err
	}
	r.Bytes()[0] = '='
	if pass != nil {
		copy(r.Bytes()[1:], pass.Bytes())
	}
	return r, nil
}
