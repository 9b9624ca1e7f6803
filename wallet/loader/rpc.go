package loader

import (
	"context"
	"strings"

	"dashmp/node"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
)

// walletVersion is the only version that wallets have (Dash Core: FEATURE_HD).
const walletVersion = 120200

// rpcMethods is the table of what the wallet executes. Texts, codes and the
// order of checks are those of Dash Core's src/wallet/rpc/wallet.cpp.
func (l *Loader) rpcMethods() rpccall.Methods {
	return rpccall.Methods{
		"abandontransaction":           l.abandonTransaction,
		"abortrescan":                  l.abortRescan,
		"createwallet":                 l.createWallet,
		"encryptwallet":                l.encryptWallet,
		"getaddressesbylabel":          l.getAddressesByLabel,
		"getaddressinfo":               l.getAddressInfo,
		"getbalance":                   l.getBalance,
		"getbalances":                  l.getBalances,
		"getnewaddress":                l.getNewAddress,
		"getrawchangeaddress":          l.getRawChangeAddress,
		"getreceivedbyaddress":         l.getReceivedByAddress,
		"getreceivedbylabel":           l.getReceivedByLabel,
		"gettransaction":               l.getTransaction,
		"getunconfirmedbalance":        l.getUnconfirmedBalance,
		"getwalletinfo":                l.getWalletInfo,
		"importdescriptors":            l.importDescriptors,
		"keypoolrefill":                l.keypoolRefill,
		"listdescriptors":              l.listDescriptors,
		"listlabels":                   l.listLabels,
		"listlockunspent":              l.listLockUnspent,
		"listreceivedbyaddress":        l.listReceivedByAddress,
		"listreceivedbylabel":          l.listReceivedByLabel,
		"listsinceblock":               l.listSinceBlock,
		"listtransactions":             l.listTransactions,
		"listunspent":                  l.listUnspent,
		"listwalletdir":                l.listWalletDir,
		"listwallets":                  l.listWallets,
		"loadwallet":                   l.loadWallet,
		"lockunspent":                  l.lockUnspent,
		"rescanblockchain":             l.rescanBlockchain,
		"sendmany":                     l.sendMany,
		"sendtoaddress":                l.sendToAddress,
		"setlabel":                     l.setLabel,
		"settxfee":                     l.setTxFee,
		"signmessage":                  l.signMessage,
		"signrawtransactionwithwallet": l.signRawTransactionWithWallet,
		"unloadwallet":                 l.unloadWallet,
		"walletlock":                   l.walletLock,
		"walletpassphrase":             l.walletPassphrase,
		"walletpassphrasechange":       l.walletPassphraseChange,
	}
}

func (l *Loader) listWallets(_ context.Context, call *rpccall.Call) (any, error) {
	names := []string{}
	for _, w := range l.list() {
		names = append(names, w.name)
	}
	return names, call.Count(0, 0)
}

func (l *Loader) listWalletDir(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	names, err := l.o.Broker.ListWallets(ctx)
	if err != nil {
		return nil, rpcerr.Errorf(rpcerr.Wallet, "The wallet directory cannot be read.")
	}
	wallets := []rpccall.Object{}
	for _, n := range names {
		wallets = append(wallets, rpccall.Object{{Key: "name", Value: n}})
	}
	return rpccall.Object{{Key: "wallets", Value: wallets}}, nil
}

// creation is what createwallet was asked for.
type creation struct {
	name  string
	flags uint64
	// passphrase is the handle of the deposited secret, 0 for none.
	passphrase uint64
	warnings   []string
	onStartup  *bool
}

// The parameters of createwallet by position.
const (
	argName = iota
	argDisablePrivateKeys
	argBlank
	argPassphrase
	argAvoidReuse
	argDescriptors
	argLoadOnStartup
	argExternalSigner
	createArgs
)

func creationArguments(call *rpccall.Call) (*creation, error) {
	c := &creation{}
	var err error
	if err = call.Count(1, createArgs); err != nil {
		return nil, err
	}
	if c.name, err = call.String(argName); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		arg  int
		flag uint64
		def  bool
	}{
		{argDisablePrivateKeys, flagDisablePrivateKeys, false}, {argBlank, flagBlank, false},
		{argAvoidReuse, flagAvoidReuse, false}, {argDescriptors, flagDescriptors, true}, {argExternalSigner, flagExternalSigner, false},
	} {
		on, err := call.BoolOr(f.arg, f.def)
		if err != nil {
			return nil, err
		}
		if on {
			c.flags |= f.flag
		}
	}
	if call.Given(argPassphrase) {
		if c.passphrase, err = handleArgument(call, argPassphrase); err != nil {
			return nil, err
		}
		if c.passphrase == 0 {
			c.warnings = append(c.warnings, "Empty string given as passphrase, wallet will not be encrypted.")
		}
	}
	if call.Given(argDescriptors) && !call.Given(argLoadOnStartup) {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "The createwallet RPC requires specifying the 'load_on_startup' flag when param 'descriptors' is specified. "+
			"Dash Core v21 introduced this requirement due to breaking changes in the createwallet RPC.")
	}
	c.onStartup, err = startupArgument(call, argLoadOnStartup)
	return c, err
}

// possible refuses what this build cannot do, by Dash Core's own refusals where
// it has them.
func (c *creation) possible() error {
	has := func(f uint64) bool { return c.flags&f != 0 }
	switch {
	case has(flagExternalSigner):
		return rpcerr.Errorf(rpcerr.Wallet, "Compiled without external signing support (required for external signing)")
	case !has(flagDescriptors):
		return rpcerr.Errorf(rpcerr.Wallet, "Compiled without bdb support (required for legacy wallets)")
	case c.passphrase != 0 && has(flagDisablePrivateKeys):
		return rpcerr.Errorf(rpcerr.Wallet, "Passphrase provided but private keys are disabled. "+
			"A passphrase is only used to encrypt private keys, so cannot be used for wallets with private keys disabled.")
	}
	return nil
}

// startupArgument reads load_on_startup: nil leaves the setting as it is.
func startupArgument(call *rpccall.Call, i int) (*bool, error) {
	if !call.Given(i) {
		return nil, nil
	}
	v, err := call.Bool(i)
	return &v, err
}

// setStartup changes whether a wallet is loaded at start-up, nil for not at all,
// and returns the warning if that cannot be done (UpdateWalletSetting).
func (l *Loader) setStartup(ctx context.Context, name string, load *bool) []string {
	if load == nil {
		return nil
	}
	err := l.o.Broker.SetStartup(ctx, name, *load)
	switch {
	case err == nil:
		return nil
	case *load:
		return []string{"Wallet load on startup setting could not be updated, so wallet may not be loaded next node startup."}
	}
	return []string{"Wallet load on startup setting could not be updated, so wallet may still be loaded next node startup."}
}

func named(name string, warnings []string) rpccall.Object {
	return rpccall.Object{{Key: "name", Value: name}, {Key: "warning", Value: strings.Join(warnings, "\n")}}
}

func (l *Loader) createWallet(ctx context.Context, call *rpccall.Call) (any, error) {
	c, err := creationArguments(call)
	if err != nil {
		return nil, err
	}
	if err := c.possible(); err != nil {
		return nil, err
	}
	if err := l.create(ctx, c); err != nil {
		return nil, err
	}
	return named(c.name, append(c.warnings, l.setStartup(ctx, c.name, c.onStartup)...)), nil
}

func (l *Loader) loadWallet(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	name, err := call.String(0)
	if err != nil {
		return nil, err
	}
	onStartup, err := startupArgument(call, 1)
	if err != nil {
		return nil, err
	}
	if _, err := l.load(ctx, name); err != nil {
		return nil, err
	}
	return named(name, l.setStartup(ctx, name, onStartup)), nil
}

func (l *Loader) unloadWallet(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 2); err != nil {
		return nil, err
	}
	name := call.Wallet
	if !call.HasWallet || call.Given(0) {
		given, err := call.String(0)
		if err != nil {
			return nil, err
		}
		if call.HasWallet && given != name {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "RPC endpoint wallet and wallet_name parameter specify different wallets")
		}
		name = given
	}
	onStartup, err := startupArgument(call, 1)
	if err != nil {
		return nil, err
	}
	if err := l.unload(ctx, name); err != nil {
		return nil, err
	}
	return rpccall.Object{{Key: "warning", Value: strings.Join(l.setStartup(ctx, name, onStartup), "\n")}}, nil
}

// requested is the wallet that a call is about: the one its path names, or the
// only one (GetWalletForJSONRPCRequest).
func (l *Loader) requested(call *rpccall.Call) (*openWallet, error) {
	if call.HasWallet {
		w := l.find(call.Wallet)
		if w == nil {
			return nil, errNotLoaded()
		}
		return w, nil
	}
	switch all := l.list(); len(all) {
	case 1:
		return all[0], nil
	case 0:
		return nil, rpcerr.Errorf(rpcerr.WalletNotFound, "No wallet is loaded. Load a wallet using loadwallet or create a new one with createwallet. "+
			"(Note: A default wallet is no longer automatically created)")
	}
	return nil, rpcerr.Errorf(rpcerr.WalletNotSpecified, "Wallet file not specified (must request wallet RPC through /wallet/<filename> uri-path).")
}

// displayed is a hash in the order in which it is shown.
func displayed(h node.Hash) string {
	const hex = "0123456789abcdef"
	var b [2 * len(h)]byte
	for i, v := range h {
		at := 2 * (len(h) - 1 - i)
		b[at], b[at+1] = hex[v>>4], hex[v&15]
	}
	return string(b[:])
}
