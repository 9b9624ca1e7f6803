package loader

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/wallet"
)

// handleArgument is the handle of a secret that the rpc role deposited, 0 for an
// empty text.
func handleArgument(call *rpccall.Call, i int) (uint64, error) {
	s, err := call.String(i)
	if err != nil || s == "" {
		return 0, err
	}
	return parseHandle(s)
}

func parseHandle(s string) (uint64, error) {
	digits, ok := strings.CutPrefix(s, "secret:")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil {
		return 0, rpcerr.Errorf(rpcerr.Internal, "a secret was not passed as a handle")
	}
	return n, nil
}

// synced is requested for calls whose result must show what the caller could
// have learnt before: the wallets have heard of everything (Dash Core:
// BlockUntilSyncedToCurrentChain).
func (l *Loader) synced(ctx context.Context, call *rpccall.Call) (*openWallet, error) {
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if f := l.current(); f != nil {
		if err := f.chain.SyncNotifications(ctx); err != nil {
			return nil, rpcerr.Errorf(rpcerr.Wallet, "dash-node-core: %v", err)
		}
	}
	return w, nil
}

// following is the core, or the error that it is not there.
func (l *Loader) chain() (*following, error) {
	if f := l.current(); f != nil {
		return f, nil
	}
	return nil, rpcerr.Errorf(rpcerr.Wallet, "dash-node-core is not running: try again")
}

// keyStore is the state of a wallet's key store.
func (l *Loader) keyStore(ctx context.Context, w *openWallet) (wallet.Signer, wallet.KeyStoreInfo, error) {
	s := l.Signer()
	if s == nil {
		return nil, wallet.KeyStoreInfo{}, rpcerr.Errorf(rpcerr.Wallet, "dash-signer is not running: try again")
	}
	info, err := s.KeyStore(ctx, w.name)
	return s, info, signerError(err)
}

func (l *Loader) encryptWallet(ctx context.Context, call *rpccall.Call) (any, error) {
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if err := call.Count(1, 1); err != nil {
		return nil, err
	}
	if !w.hasKeys() {
		return nil, rpcerr.Errorf(rpcerr.EncryptionFailed, "Error: wallet does not contain private keys, nothing to encrypt.")
	}
	s, info, err := l.keyStore(ctx, w)
	if err != nil {
		return nil, err
	}
	if info.Encrypted {
		return nil, rpcerr.Errorf(rpcerr.WrongEncState, "Error: running with an encrypted wallet, but encryptwallet was called.")
	}
	h, err := passphraseArgument(call, 0)
	if err != nil {
		return nil, err
	}
	if err := s.Encrypt(ctx, w.name, h); err != nil {
		return nil, signerError(err)
	}
	return "wallet encrypted; The keypool has been flushed. You need to make a new backup.", nil
}

func passphraseArgument(call *rpccall.Call, i int) (uint64, error) {
	h, err := handleArgument(call, i)
	if err == nil && h == 0 {
		err = rpcerr.Errorf(rpcerr.InvalidParameter, "passphrase cannot be empty")
	}
	return h, err
}

func (l *Loader) walletPassphrase(ctx context.Context, call *rpccall.Call) (any, error) {
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if err := call.Count(2, 3); err != nil {
		return nil, err
	}
	s, info, err := l.keyStore(ctx, w)
	if err != nil {
		return nil, err
	}
	if !info.Encrypted {
		return nil, rpcerr.Errorf(rpcerr.WrongEncState, "Error: running with an unencrypted wallet, but walletpassphrase was called.")
	}
	seconds, err := call.Int(1)
	if err != nil {
		return nil, err
	}
	if seconds < 0 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Timeout cannot be negative.")
	}
	h, err := passphraseArgument(call, 0)
	if err != nil {
		return nil, err
	}
	if err := s.Unlock(ctx, w.name, h, int64(seconds)); err != nil {
		return nil, signerError(err)
	}
	if err := w.TopUp(ctx); err != nil {
		return nil, signerError(err)
	}
	return nil, nil
}

func (l *Loader) walletPassphraseChange(ctx context.Context, call *rpccall.Call) (any, error) {
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if err := call.Count(2, 2); err != nil {
		return nil, err
	}
	s, info, err := l.keyStore(ctx, w)
	if err != nil {
		return nil, err
	}
	if !info.Encrypted {
		return nil, rpcerr.Errorf(rpcerr.WrongEncState, "Error: running with an unencrypted wallet, but walletpassphrasechange was called.")
	}
	old, err := passphraseArgument(call, 0)
	if err != nil {
		return nil, err
	}
	next, err := passphraseArgument(call, 1)
	if err != nil {
		return nil, err
	}
	return nil, signerError(s.ChangePassphrase(ctx, w.name, old, next))
}

func (l *Loader) walletLock(ctx context.Context, call *rpccall.Call) (any, error) {
	w, err := l.requested(call)
	if err != nil {
		return nil, err
	}
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	s, info, err := l.keyStore(ctx, w)
	if err != nil {
		return nil, err
	}
	if !info.Encrypted {
		return nil, rpcerr.Errorf(rpcerr.WrongEncState, "Error: running with an unencrypted wallet, but walletlock was called.")
	}
	return nil, signerError(s.Lock(ctx, w.name))
}

// unlocked refuses what needs keys while they are locked (EnsureWalletIsUnlocked).
func (l *Loader) unlocked(ctx context.Context, w *openWallet) error {
	if !w.hasKeys() {
		return nil
	}
	_, info, err := l.keyStore(ctx, w)
	if err == nil && !info.Unlocked {
		err = errLocked()
	}
	return err
}

func (l *Loader) getWalletInfo(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	w, err := l.synced(ctx, call)
	if err != nil {
		return nil, err
	}
	mine, _ := w.Balances(0)
	external, internal := w.KeyPoolSize()
	o := rpccall.Object{
		{Key: "walletname", Value: w.name},
		{Key: "walletversion", Value: walletVersion},
		{Key: "format", Value: "bbolt"},
		{Key: "balance", Value: rpccall.Amount(mine.Trusted)},
		{Key: "coinjoin_balance", Value: rpccall.Amount(0)}, // there is no CoinJoin in this build
		{Key: "unconfirmed_balance", Value: rpccall.Amount(mine.Pending)},
		{Key: "immature_balance", Value: rpccall.Amount(mine.Immature)},
		{Key: "txcount", Value: w.Count()},
		{Key: "keypoolsize", Value: external},
		{Key: "keypoolsize_hd_internal", Value: internal},
		{Key: "keys_left", Value: 0},
	}
	if w.hasKeys() {
		if _, info, err := l.keyStore(ctx, w); err == nil && info.Encrypted {
			o = append(o, rpccall.Member{Key: "unlocked_until", Value: info.Until})
		} else if err != nil && !errors.Is(err, kindNotOpen) && l.Signer() != nil {
			return nil, err
		}
	}
	best := w.Best()
	return append(o, rpccall.Object{
		{Key: "paytxfee", Value: rpccall.Amount(w.payRate.Load())},
		{Key: "private_keys_enabled", Value: w.hasKeys()},
		{Key: "avoid_reuse", Value: w.has(flagAvoidReuse)},
		{Key: "scanning", Value: w.scanState()},
		{Key: "descriptors", Value: w.has(flagDescriptors)},
		{Key: "external_signer", Value: false},
		{Key: "lastprocessedblock", Value: rpccall.Object{
			{Key: "hash", Value: displayed(best.Hash)},
			{Key: "height", Value: best.Height},
		}},
	}...), nil
}
