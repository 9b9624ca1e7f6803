package proxy_test

import (
	"context"
	"fmt"

	"dashmp/ipc"
	"dashmp/ipc/proxy/walletproxy"
	"dashmp/wallet"
)

var _ wallet.Signer = signImpl{}

// aDescriptor is what the signer tells in these tests.
var aDescriptor = wallet.PublicDescriptor{
	ID: wallet.DescriptorID{1, 31: 9}, Text: "pkh(xpub)#0", Normalized: "n", Keys: 2, Complete: true, FromSeed: true,
}

func (c signImpl) Status(context.Context) (wallet.SignerStatus, error) {
	c.calls.Add(1)
	return wallet.SignerStatus{SecretMemory: "memfd_secret", KeyStores: 3}, nil
}

func (c signImpl) OpenKeyStore(_ context.Context, _ string, create bool) (wallet.KeyStoreInfo, error) {
	c.calls.Add(1)
	return wallet.KeyStoreInfo{Encrypted: create, Unlocked: true, Until: -1, Mnemonic: true, Descriptors: []wallet.PublicDescriptor{aDescriptor}}, nil
}

func (c signImpl) CloseKeyStore(context.Context, string) error { c.calls.Add(1); return nil }

func (c signImpl) KeyStore(ctx context.Context, name string) (wallet.KeyStoreInfo, error) {
	return c.OpenKeyStore(ctx, name, false)
}

func (c signImpl) AddSeed(_ context.Context, _ string, r wallet.SeedRequest) ([]wallet.PublicDescriptor, error) {
	c.calls.Add(1)
	d := aDescriptor
	d.Text = fmt.Sprint(r.Mnemonic, r.Passphrase, r.Bits, r.Method)
	return []wallet.PublicDescriptor{d}, nil
}

func (c signImpl) ParseDescriptor(context.Context, string, uint64) (wallet.PublicDescriptor, error) {
	c.calls.Add(1)
	return aDescriptor, nil
}

func (c signImpl) AddDescriptor(_ context.Context, _, method string, h uint64) (wallet.PublicDescriptor, error) {
	return c.ParseDescriptor(context.Background(), method, h)
}

func (c signImpl) Expand(_ context.Context, _ string, id wallet.DescriptorID, first, n uint32) ([]wallet.DerivedKey, error) {
	c.calls.Add(1)
	return []wallet.DerivedKey{{Kind: wallet.DerivedChild, Expression: first, Position: n, Key: id[:1]}}, nil
}

func (c signImpl) ExpandDeposited(ctx context.Context, _ string, _ uint64, first, n uint32) ([]wallet.DerivedKey, error) {
	return c.Expand(ctx, "", wallet.DescriptorID{7}, first, n)
}

func (c signImpl) SignTransaction(_ context.Context, _ string, r wallet.SignRequest) ([]wallet.InputSignature, error) {
	c.calls.Add(1)
	in := r.Inputs[0]
	return []wallet.InputSignature{{Input: r.Change[0].Index, PubKey: in.PubKeyScript, Signature: append(in.Previous, in.SigHash)}}, nil
}

func (c signImpl) SignMessage(_ context.Context, _ string, k wallet.KeyPath, message string) ([]byte, error) {
	c.calls.Add(1)
	return fmt.Append(nil, k.Position, message), nil
}

func (c signImpl) Encrypt(context.Context, string, uint64) error { c.calls.Add(1); return nil }
func (c signImpl) ChangePassphrase(context.Context, string, uint64, uint64) error {
	c.calls.Add(1)
	return nil
}
func (c signImpl) Unlock(context.Context, string, uint64, int64) error { c.calls.Add(1); return nil }
func (c signImpl) Lock(context.Context, string) error                  { c.calls.Add(1); return nil }

func (c signImpl) Export(_ context.Context, _ string, r wallet.ExportRequest) (uint64, error) {
	c.calls.Add(1)
	return uint64(r.Kind) + uint64(r.Position), nil
}

// same reports an error, or that a value did not arrive as it was sent.
func same(err error, got, want any) error {
	if err == nil && fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		err = fmt.Errorf("got %+v, want %+v", got, want)
	}
	return err
}

// callSigner calls each method of the signer once.
func callSigner(ctx context.Context, r *ipc.Ref, did func(error)) {
	s := walletproxy.NewSignerClient(r.AddRef())
	status, err := s.Status(ctx)
	did(same(err, status, wallet.SignerStatus{SecretMemory: "memfd_secret", KeyStores: 3}))
	store := wallet.KeyStoreInfo{Encrypted: true, Unlocked: true, Until: -1, Mnemonic: true, Descriptors: []wallet.PublicDescriptor{aDescriptor}}
	info, err := s.OpenKeyStore(ctx, "w", true)
	did(same(err, info, store))
	store.Encrypted = false
	info, err = s.KeyStore(ctx, "w")
	did(same(err, info, store))
	did(s.CloseKeyStore(ctx, "w"))
	seeds, err := s.AddSeed(ctx, "w", wallet.SeedRequest{Mnemonic: 1, Passphrase: 2, Bits: 128, Method: "createwallet"})
	made := aDescriptor
	made.Text = "1 2 128createwallet"
	did(same(err, seeds, []wallet.PublicDescriptor{made}))
	d, err := s.ParseDescriptor(ctx, "importdescriptors", 3)
	did(same(err, d, aDescriptor))
	d, err = s.AddDescriptor(ctx, "w", "importdescriptors", 3)
	did(same(err, d, aDescriptor))
	keys, err := s.Expand(ctx, "w", wallet.DescriptorID{7}, 5, 6)
	did(same(err, keys, []wallet.DerivedKey{{Kind: wallet.DerivedChild, Expression: 5, Position: 6, Key: []byte{7}}}))
	keys, err = s.ExpandDeposited(ctx, "m", 3, 5, 6)
	did(same(err, keys, []wallet.DerivedKey{{Kind: wallet.DerivedChild, Expression: 5, Position: 6, Key: []byte{7}}}))
	sigs, err := s.SignTransaction(ctx, "w", wallet.SignRequest{
		Transaction: []byte{1}, Change: []wallet.OwnOutput{{Index: 4, Path: wallet.KeyPath{Position: 2}}},
		Inputs: []wallet.SignInput{{Previous: []byte{8}, Amount: -1, PubKeyScript: []byte{3}, Keys: []wallet.KeyPath{{Position: 1}}, SigHash: 0x81}},
	})
	did(same(err, sigs, []wallet.InputSignature{{Input: 4, PubKey: []byte{3}, Signature: []byte{8, 0x81}}}))
	text, err := s.SignMessage(ctx, "w", wallet.KeyPath{Position: 6}, "hello")
	did(same(err, string(text), "6hello"))
	did(s.Encrypt(ctx, "w", 1))
	did(s.ChangePassphrase(ctx, "w", 1, 2))
	did(s.Unlock(ctx, "w", 1, 60))
	did(s.Lock(ctx, "w"))
	handle, err := s.Export(ctx, "w", wallet.ExportRequest{Kind: wallet.ExportKey, Position: 5, Method: "dumpprivkey"})
	did(same(err, handle, 9))
}
