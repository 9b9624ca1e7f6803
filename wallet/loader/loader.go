package loader

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpccall"
	"dashmp/sandbox/broker"
	"dashmp/wallet"
	"dashmp/wallet/account"
)

// maxLoaded bounds the wallets that are loaded at the same time; it is the
// number of databases that the role's policy allows.
const maxLoaded = 256

// Kinds of the broker's errors that decide about the RPC code.
const (
	kindNotFound = ipc.Kind("datadir.notfound")
	kindExists   = ipc.Kind("datadir.exists")
)

// Options are what a Loader works with.
type Options struct {
	// Network is the chain's name: main, test, devnet-NAME or regtest.
	Network string
	// Broker opens wallet databases.
	Broker broker.Wallet
	// Base58 are the network's version bytes.
	Base58 params.Base58
	// KeyPool is -keypool; MnemonicBits -mnemonicbits; MaxTxFee -maxtxfee and
	// FallbackFee -fallbackfee in duffs, the latter per 1000 bytes.
	KeyPool, MnemonicBits uint32
	MaxTxFee, FallbackFee int64
	// Now is the node's clock.
	Now func() time.Time
	// Log receives what goes to debug.log.
	Log *slog.Logger
}

// Loader implements wallet.Loader.
type Loader struct {
	o       Options
	methods rpccall.Methods

	// changing is held while a wallet is made, loaded or unloaded.
	changing sync.Mutex
	// telling is held from learning a tip to having told it to all wallets, so
	// that no wallet goes back. It is taken after changing and before mu.
	telling sync.Mutex
	mu      sync.RWMutex // guards the rest
	loaded  []*openWallet
	signer  wallet.Signer
	tip     *node.BlockRef // nil while the core is not there
	follow  *following     // nil while the core is not there
	closed  bool
}

var _ wallet.Loader = (*Loader)(nil)

// New returns a Loader without wallets.
func New(o Options) *Loader {
	l := &Loader{o: o}
	l.methods = l.rpcMethods()
	return l
}

// ExecuteRPC runs one RPC that the wallet owns.
func (l *Loader) ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
	return l.methods.Execute(ctx, req)
}

// LoadAtStart loads the wallets that the configuration names (Dash Core:
// VerifyWallets, LoadWallets), and the unnamed one, if it exists, when it names
// none. What is missing or named twice is a warning, all else an error.
func (l *Loader) LoadAtStart(ctx context.Context, names []string, given bool) (warnings []string, err error) {
	if !given {
		if names, err = l.unnamed(ctx); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			warnings = append(warnings, fmt.Sprintf("Ignoring duplicate -wallet %s.", name))
			continue
		}
		seen[name] = true
		_, err := l.load(ctx, name)
		switch {
		case err == nil:
		case isNotFound(err):
			text := strings.TrimPrefix(message(err), verificationFailed)
			warnings = append(warnings, "Skipping -wallet path that doesn't exist. "+text)
		default:
			return warnings, errors.New(strings.TrimPrefix(message(err), verificationFailed))
		}
	}
	return warnings, nil
}

// unnamed is the list of wallets to load when the configuration names none.
func (l *Loader) unnamed(ctx context.Context) ([]string, error) {
	names, err := l.o.Broker.ListWallets(ctx)
	if err != nil {
		return nil, err
	}
	if slices.Contains(names, "") {
		// From now on it is named, so that naming others keeps it (VerifyWallets).
		if err := l.o.Broker.SetStartup(ctx, "", true); err != nil {
			l.o.Log.Warn("the unnamed wallet is not put into the settings file: " + err.Error())
		}
		return []string{""}, nil
	}
	return nil, nil
}

func isNotFound(err error) bool {
	var e *rpcerr.Error
	return errors.As(err, &e) && e.Code == rpcerr.WalletNotFound
}

// message is the text of an error without its code.
func message(err error) string {
	var e *rpcerr.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// Close stops following and closes all wallets.
func (l *Loader) Close(ctx context.Context) error {
	err := l.Unfollow(ctx)
	l.changing.Lock()
	defer l.changing.Unlock()
	l.mu.Lock()
	all := l.loaded
	l.loaded, l.closed = nil, true
	l.mu.Unlock()
	errs := []error{err}
	for _, w := range all {
		errs = append(errs, w.close())
	}
	return errors.Join(errs...)
}

// Prefixes of Dash Core's texts (CreateWallet, LoadWallet).
const (
	verificationFailed = "Wallet file verification failed. "
	creationFailed     = "Wallet creation failed. "
	loadingFailed      = "Wallet loading failed. "
)

// create makes a wallet and loads it.
func (l *Loader) create(ctx context.Context, c *creation) error {
	name, flags := c.name, c.flags
	l.changing.Lock()
	defer l.changing.Unlock()
	if err := l.room(); err != nil {
		return err
	}
	tip, ok := l.currentTip()
	if !ok {
		return rpcerr.Errorf(rpcerr.Wallet, creationFailed+"The core process is not there; try again when it is.")
	}
	fd, err := l.o.Broker.CreateWallet(ctx, name)
	if errors.Is(err, kindExists) {
		// What a crash left of an earlier creation holds nothing yet.
		if unfinished, ok := l.unfinished(ctx, name); ok {
			fd, err = unfinished, nil
		}
	}
	if err != nil {
		return brokerError(err, rpcerr.Wallet)
	}
	w, err := createWallet(fd, name, meta{network: l.o.Network, flags: flags, created: l.o.Now().Unix(), best: tip})
	if err == nil {
		err = w.withAccount(l.accountOptions())
	}
	if err != nil {
		l.o.Log.Error(err.Error())
		return rpcerr.Errorf(rpcerr.Wallet, creationFailed+"The database could not be written.")
	}
	if w.hasKeys() {
		if err := l.makeKeys(ctx, w, c); err != nil {
			return errors.Join(signerError(err), w.close())
		}
	}
	return l.add(ctx, w)
}

func (l *Loader) accountOptions() account.Options {
	return account.Options{Base58: l.o.Base58, Signer: l.Signer, KeyPool: l.o.KeyPool, Now: l.o.Now, Log: l.o.Log}
}

// unfinished opens a wallet whose database holds nothing.
func (l *Loader) unfinished(ctx context.Context, name string) (ipc.FD, bool) {
	if l.find(name) != nil {
		return ipc.FD{}, false
	}
	fd, err := l.o.Broker.OpenWallet(ctx, name)
	if err != nil {
		return ipc.FD{}, false
	}
	w, err := openDatabase(fd, name)
	if err != nil {
		return ipc.FD{}, false
	}
	fresh := w.Fresh()
	if err := w.Close(); err != nil || !fresh {
		return ipc.FD{}, false
	}
	// Opened again: the database took the descriptor over.
	fd, err = l.o.Broker.OpenWallet(ctx, name)
	return fd, err == nil
}

// load opens a wallet that exists.
func (l *Loader) load(ctx context.Context, name string) (*openWallet, error) {
	l.changing.Lock()
	defer l.changing.Unlock()
	if err := l.room(); err != nil {
		return nil, err
	}
	if l.find(name) != nil {
		return nil, rpcerr.Errorf(rpcerr.WalletAlreadyLoaded, "Wallet \"%s\" is already loaded.", name)
	}
	fd, err := l.o.Broker.OpenWallet(ctx, name)
	if err != nil {
		return nil, brokerError(err, rpcerr.WalletNotFound)
	}
	w, err := loadWallet(fd, name)
	if err == nil {
		if err = w.withAccount(l.accountOptions()); err != nil {
			w.close()
		}
	}
	if err != nil {
		l.o.Log.Error(err.Error())
		return nil, rpcerr.Errorf(rpcerr.Wallet, loadingFailed+"Error loading %s: Wallet corrupted", name)
	}
	if w.meta.network != l.o.Network {
		return nil, errors.Join(rpcerr.Errorf(rpcerr.Wallet, loadingFailed+
			"Wallet files should not be reused across chains. Restart dashd with -walletcrosschain to override."), w.close())
	}
	if err := l.openKeys(ctx, w); err != nil {
		return nil, errors.Join(rpcerr.Errorf(rpcerr.Wallet, loadingFailed+"Error loading %s: %v", name, signerError(err)), w.close())
	}
	return w, l.add(ctx, w)
}

// unload closes a wallet. An RPC that is still using it has what it needs in
// memory.
func (l *Loader) unload(ctx context.Context, name string) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	w := l.find(name)
	if w == nil {
		return errNotLoaded()
	}
	l.mu.Lock()
	l.loaded = slices.DeleteFunc(l.loaded, func(o *openWallet) bool { return o == w })
	l.mu.Unlock()
	w.stopScan.Store(true)
	if s := l.Signer(); s != nil && w.hasKeys() {
		if err := s.CloseKeyStore(ctx, name); err != nil && !errors.Is(err, kindNotOpen) {
			l.o.Log.Error(fmt.Sprintf("wallet %q: its key store: %v", name, err))
		}
	}
	if err := w.close(); err != nil {
		return rpcerr.Errorf(rpcerr.Wallet, "The wallet could not be closed: %v", err)
	}
	return nil
}

func errNotLoaded() error {
	return rpcerr.Errorf(rpcerr.WalletNotFound, "Requested wallet does not exist or is not loaded")
}

func (l *Loader) room() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return rpcerr.Errorf(rpcerr.Wallet, "The wallet process is stopping.")
	}
	if len(l.loaded) >= maxLoaded {
		return rpcerr.Errorf(rpcerr.Wallet, "No more than %d wallets can be loaded at the same time.", maxLoaded)
	}
	return nil
}

// add puts a wallet among the loaded ones and lets it catch up with the tip.
func (l *Loader) add(ctx context.Context, w *openWallet) error {
	l.telling.Lock()
	l.mu.Lock()
	l.loaded = append(l.loaded, w)
	tip, f := l.tip, l.follow
	l.mu.Unlock()
	var err error
	if f != nil {
		err = f.catchUp(ctx, w, *tip)
	}
	l.telling.Unlock()
	if err == nil && f != nil {
		// What the others know of the mempool changes nothing for them.
		if err = f.chain.RequestMempool(ctx, f); errors.Is(err, node.ErrNoPool) {
			err = nil
		}
	}
	if err != nil {
		l.o.Log.Error(err.Error())
		return rpcerr.Errorf(rpcerr.Wallet, "The wallet could not catch up with the chain: %v", err)
	}
	return nil
}

func (l *Loader) find(name string) *openWallet {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, w := range l.loaded {
		if w.name == name {
			return w
		}
	}
	return nil
}

func (l *Loader) list() []*openWallet {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.loaded)
}

// brokerError makes an RPC error of a refusal by the broker, whose texts are
// Dash Core's. A missing wallet has its own code when one is to be loaded.
func brokerError(err error, ifMissing rpcerr.Code) error {
	code := rpcerr.Wallet
	if errors.Is(err, kindNotFound) {
		code = ifMissing
	}
	text := err.Error()
	var e *ipc.Error
	if errors.As(err, &e) {
		text = e.Text
	}
	return rpcerr.Errorf(code, "%s", verificationFailed+text)
}
