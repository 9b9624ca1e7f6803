//go:build goexperiment.runtimesecret

package signer

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"runtime"
	"slices"
	"testing"

	"dashmp/ipc"
	"dashmp/node/address"
	"dashmp/node/wire"
	"dashmp/wallet"
	"dashmp/wallet/signer/internal/bip39"
	"dashmp/wallet/signer/internal/lockbox"
	"dashmp/wallet/signer/internal/secretly"
)

// TestNoSeedRemains lives the life of a key store with words that exist only in
// secret memory: restored, encrypted, unlocked, used for 50 signatures. Between
// signatures, when it is locked and after it is closed, nothing of words, seed,
// master key, signing key and passphrase is anywhere else in the process. The
// control plants each and finds it.
func TestNoSeedRemains(t *testing.T) {
	vault, err := lockbox.New(4096)
	if err != nil {
		t.Fatal(err)
	}
	defer vault.Close()
	needles := plant(t, vault)
	s := newRig(t, t.TempDir(), strict())
	if _, err := s.OpenKeyStore(t.Context(), "w", true); err != nil {
		t.Fatal(err)
	}
	deposit := func(method string, secret []byte) uint64 {
		t.Helper()
		sec, err := ipc.NewSecret(secret)
		if err != nil {
			t.Fatal(err)
		}
		h, err := s.box.Deposit(t.Context(), method, sec)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	search := func(when string) {
		t.Helper()
		for name, needle := range needles {
			if n := count(t, needle); n != 0 {
				t.Errorf("%s: %d copies of the %s are in memory", when, n, name)
			}
		}
	}
	list, err := s.AddSeed(t.Context(), "w", wallet.SeedRequest{Mnemonic: deposit("upgradetohd", needles["words"]), Method: "upgradetohd"})
	if err != nil {
		t.Fatal(err)
	}
	search("restored")
	if err := s.Encrypt(t.Context(), "w", deposit("encryptwallet", needles["passphrase"])); err != nil {
		t.Fatal(err)
	}
	search("encrypted")
	if err := s.Unlock(t.Context(), "w", deposit("walletpassphrase", needles["passphrase"]), 1000); err != nil {
		t.Fatal(err)
	}
	search("unlocked")
	sc := &scene{rig: s, receive: list[0].ID, change: list[1].ID}
	sc.prev = &wire.Tx{Version: 2, Inputs: []wire.TxIn{{}}, Outputs: []wire.TxOut{{}, {Value: coin, ScriptPubKey: sc.script(t, list[0], 3)}}}
	for i := range 50 {
		if _, err := s.SignTransaction(t.Context(), "w", sc.payment(t, list, int64(1000+i), 1000)); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			search("between signatures")
		}
	}
	if _, err := s.SignMessage(t.Context(), "w", wallet.KeyPath{Descriptor: list[0].ID, Position: 3}, "m"); err != nil {
		t.Fatal(err)
	}
	search("a message signed")
	if h, err := s.Export(t.Context(), "w", wallet.ExportRequest{Kind: wallet.ExportDescriptor, Descriptor: list[0].ID}); err != nil || h == 0 {
		t.Fatal(err)
	}
	search("exported and not taken")
	if err := s.Lock(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	search("locked")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	search("closed")
	for name, needle := range needles {
		copied := bytes.Clone(needle)
		if count(t, needle) == 0 {
			t.Errorf("the search does not find the %s where it is", name)
		}
		clear(copied)
		runtime.KeepAlive(copied)
	}
}

// plant makes new words and what follows from them, in the vault.
func plant(t *testing.T, vault *lockbox.Region) map[string][]byte {
	t.Helper()
	free := vault.Bytes()
	part := func(n int) []byte { b := free[:n:n]; free = free[n:]; return b }
	entropy, pass := part(16), part(24)
	rand.Read(entropy)
	rand.Read(pass)
	for i := range pass {
		pass[i] = 'a' + pass[i]%26
	}
	n := 0
	room := part(bip39.MaxSentence)
	seed, seedHex := part(bip39.SeedSize), part(2*bip39.SeedSize)
	master32, key32, wif, xprv := part(32), part(32), part(52), part(111)
	secretly.Do(func() {
		n = len(bip39.Append(room[:0], entropy))
		words, err := lockbox.New(n)
		if err != nil {
			t.Error(err)
			return
		}
		defer words.Close()
		copy(words.Bytes(), room)
		if err := bip39.Seed((*[64]byte)(seed), words.Bytes(), nil); err != nil {
			t.Error(err)
			return
		}
		hex.Encode(seedHex, seed)
		key, err := master(words, nil)
		if err != nil {
			t.Error(err)
			return
		}
		b := key.Bytes()
		copy(master32, b[:])
		copy(xprv, key.Append(nil, regtestBase58(t)))
		for _, number := range []uint32{44 | 1<<31, 1 | 1<<31, 1 << 31, 0, 3} {
			if key, err = key.Child(number); err != nil {
				t.Error(err)
				return
			}
		}
		b = key.Bytes()
		copy(key32, b[:])
		copy(wif, address.AppendSecret(nil, &b, true, regtestBase58(t)))
		clear(b[:])
	})
	secretly.Collect()
	flip := func(b []byte) []byte { // as numbers lie in memory
		r := part(len(b))
		copy(r, b)
		slices.Reverse(r)
		return r
	}
	return map[string][]byte{
		"words": room[:n], "passphrase": pass, "seed": seed, "seed in hex": seedHex,
		"master key": master32, "signing key": key32, "signing key in wallet import format": wif, "extended master key": xprv,
		"master key, reversed": flip(master32), "signing key, reversed": flip(key32),
	}
}
