package loader

import (
	"context"
	"errors"
	"fmt"

	"dashmp/ipc"
	"dashmp/node/rpc/rpcerr"
	"dashmp/wallet"
	"dashmp/wallet/account"
)

// Kinds of errors of the signer that decide about the RPC code; they are those
// of package wallet/signer, which this process must not link.
const (
	kindLocked     = ipc.Kind("signer.locked")
	kindPassphrase = ipc.Kind("signer.passphrase")
	kindState      = ipc.Kind("signer.state")
	kindNotOpen    = ipc.Kind("signer.notopen")
	kindNoKey      = ipc.Kind("signer.nokey")
	kindDescriptor = ipc.Kind("signer.descriptor")
	kindMnemonic   = ipc.Kind("signer.mnemonic")
)

// SetSigner tells which signer there is, nil for none. The key stores of loaded
// wallets are opened.
func (l *Loader) SetSigner(ctx context.Context, s wallet.Signer) {
	l.mu.Lock()
	l.signer = s
	l.mu.Unlock()
	if s == nil {
		return
	}
	for _, w := range l.list() {
		if err := l.openKeys(ctx, w); err != nil {
			l.o.Log.Error(fmt.Sprintf("wallet %q: its key store: %v", w.name, err))
		}
	}
}

// Signer is the signer, nil while it is not there.
func (l *Loader) Signer() wallet.Signer {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.signer
}

// hasKeys reports whether a wallet has a key store.
func (w *openWallet) hasKeys() bool { return !w.has(flagDisablePrivateKeys) }

// openKeys opens a wallet's key store and takes in what a crash kept the wallet
// from learning of it.
func (l *Loader) openKeys(ctx context.Context, w *openWallet) error {
	s := l.Signer()
	if s == nil || !w.hasKeys() {
		return nil
	}
	info, err := s.OpenKeyStore(ctx, w.name, false)
	if errors.Is(err, kindState) {
		info, err = s.KeyStore(ctx, w.name) // open already
	}
	if err != nil {
		return err
	}
	if err := l.reconcile(ctx, w, s, info); err != nil {
		return err
	}
	return ignoreLocked(w.TopUp(ctx))
}

func ignoreLocked(err error) error {
	if errors.Is(err, kindLocked) {
		return nil
	}
	return err
}

// reconcile adds the seed's descriptors that the wallet does not have.
func (l *Loader) reconcile(ctx context.Context, w *openWallet, s wallet.Signer, info wallet.KeyStoreInfo) error {
	known := map[wallet.DescriptorID]bool{}
	for _, d := range w.Descriptors() {
		known[d.ID] = true
	}
	n := 0
	for _, d := range info.Descriptors {
		if !d.FromSeed {
			continue
		}
		if !known[d.ID] {
			if err := l.addSeedDescriptor(w, d, n); err != nil {
				return err
			}
		}
		n++
	}
	return nil
}

// addSeedDescriptor adds default descriptor i: receiving, change, CoinJoin.
func (l *Loader) addSeedDescriptor(w *openWallet, d wallet.PublicDescriptor, i int) error {
	return w.AddDescriptor(account.NewDescriptor{
		Public: d, Created: l.o.Now().Unix(), Active: i < 2, Internal: i == 1, Keys: true, End: l.o.KeyPool,
	})
}

// makeKeys makes the key store of a new wallet, with a seed unless it is blank.
func (l *Loader) makeKeys(ctx context.Context, w *openWallet, c *creation) error {
	s := l.Signer()
	if s == nil {
		return rpcerr.Errorf(rpcerr.Wallet, creationFailed+"%v", account.ErrSigner)
	}
	info, err := s.OpenKeyStore(ctx, w.name, true)
	if err != nil {
		return err
	}
	if c.flags&flagBlank == 0 && !info.Mnemonic {
		if _, err := s.AddSeed(ctx, w.name, wallet.SeedRequest{Bits: l.o.MnemonicBits, Method: "createwallet"}); err != nil {
			return err
		}
		if info, err = s.KeyStore(ctx, w.name); err != nil {
			return err
		}
	}
	if err := l.reconcile(ctx, w, s, info); err != nil {
		return err
	}
	if c.passphrase != 0 {
		return s.Encrypt(ctx, w.name, c.passphrase)
	}
	return nil
}

// signerError makes an RPC error of a refusal by the signer.
func signerError(err error) error {
	var rpc *rpcerr.Error
	var own *ipc.Error
	switch {
	case err == nil || errors.As(err, &rpc):
		return err
	case errors.Is(err, account.ErrSigner):
		return rpcerr.Errorf(rpcerr.Wallet, "%v", err)
	case errors.Is(err, kindLocked):
		return errLocked()
	case errors.Is(err, kindPassphrase):
		return rpcerr.Errorf(rpcerr.PassphraseIncorrect, "Error: The wallet passphrase entered was incorrect.")
	case errors.Is(err, kindDescriptor) && errors.As(err, &own):
		return rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "%s", own.Text)
	case errors.Is(err, ipc.ErrDisconnected):
		return rpcerr.Errorf(rpcerr.Wallet, "%v", account.ErrSigner)
	case errors.As(err, &own):
		return rpcerr.Errorf(rpcerr.Wallet, "dash-signer: %s: %s", own.Kind, own.Text)
	}
	return rpcerr.Errorf(rpcerr.Wallet, "%v", err)
}

func errLocked() error {
	return rpcerr.Errorf(rpcerr.UnlockNeeded, "Error: Please enter the wallet passphrase with walletpassphrase first.")
}
