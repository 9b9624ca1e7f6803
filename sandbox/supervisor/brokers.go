package supervisor

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"dashmp/ipc"
	"dashmp/ipc/proxy/brokerproxy"
	"dashmp/node"
	"dashmp/policy"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/notify"
	"dashmp/sandbox/logd"
)

// Rates of the verbs, per second and at once. They are far above what a role
// does and bound what one that has been taken over can do to the disk.
const (
	fileRate, fileBurst     = 200, 2000
	createRate, createBurst = 5, 500
	echoRate, echoBurst     = 50, 100
	setRate, setBurst       = 200, 2000
)

// brokerFor returns the object that a new instance of a role gets: its verbs,
// with rates of its own.
func (t *Tree) brokerFor(r policy.Role) *ipc.Object {
	g := granter{log: t.log.With("role", string(r)), open: newRate(fileRate, fileBurst), create: newRate(createRate, createBurst)}
	switch r {
	case policy.Core:
		return brokerproxy.NewCoreObject(&coreBroker{granter: g, t: t, dir: t.hold.Dir, notify: t.hold.Notify}, nil)
	case policy.RPC:
		return brokerproxy.NewRPCObject(&rpcBroker{t: t, echo: newRate(echoRate, echoBurst), set: newRate(setRate, setBurst)}, nil)
	case policy.Wallet:
		return brokerproxy.NewWalletObject(&walletBroker{granter: g, dir: t.hold.Dir, startup: t.hold.Startup}, nil)
	case policy.Signer:
		return brokerproxy.NewSignerObject(&signerBroker{granter: g, dir: t.hold.Dir}, nil)
	}
	return nil
}

var (
	_ broker.Core   = (*coreBroker)(nil)
	_ broker.RPC    = (*rpcBroker)(nil)
	_ broker.Wallet = (*walletBroker)(nil)
	_ broker.Signer = (*signerBroker)(nil)
)

// granter hands out files: rate, log, conversion.
type granter struct {
	log          *slog.Logger
	open, create *rate
}

// file runs an opener and turns its file into a descriptor for the role.
func (g *granter) file(verb string, limit *rate, open func() (*os.File, error)) (ipc.FD, error) {
	return g.fileFor(verb, policy.ReadWrite, limit, open)
}

// fileFor is file for one that is opened in a given mode.
func (g *granter) fileFor(verb string, mode policy.AccessMode, limit *rate, open func() (*os.File, error)) (ipc.FD, error) {
	if err := limit.take(verb); err != nil {
		return ipc.FD{}, err
	}
	f, err := open()
	if err != nil {
		level := slog.LevelWarn
		if errors.Is(err, datadir.ErrNotFound) {
			level = slog.LevelInfo // an ordinary answer
		}
		g.log.Log(context.Background(), level, "refused: "+err.Error(), "verb", verb)
		return ipc.FD{}, sayable(err)
	}
	g.log.Info("grant", "verb", verb, "file", f.Name(), "kind", string(policy.KindRegular), "mode", string(mode))
	fd, err := ipc.FromFile(f)
	if err != nil {
		return ipc.FD{}, sayable(err)
	}
	return fd, nil
}

// sayable is an error as a role may see it: kind and text of the data
// directory, nothing of the operating system but that it refused.
func sayable(err error) error {
	var own *ipc.Error
	if errors.As(err, &own) {
		return own
	}
	var e *datadir.Error
	if errors.As(err, &e) && e.Kind != datadir.ErrAccess {
		return &ipc.Error{Kind: ipc.Kind(e.Kind), Text: e.Text}
	}
	return ipc.Errorf(ipc.Kind(datadir.ErrAccess), "the operating system refused; see debug.log")
}

type coreBroker struct {
	granter
	t      *Tree
	dir    *datadir.Dir
	notify *notify.Runner
}

// OpenBlockFile opens a flat file and creates it if it is missing. Creating has
// a rate of its own: a file is 128 MiB on the main network.
func (b *coreBroker) OpenBlockFile(_ context.Context, kind broker.BlockFileKind, n uint32) (ipc.FD, error) {
	if kind != broker.BlockFile && kind != broker.UndoFile {
		return ipc.FD{}, ipc.Errorf(ipc.Kind(datadir.ErrName), "no kind of block file has number %d", kind)
	}
	undo := kind == broker.UndoFile
	return b.file("OpenBlockFile", b.open, func() (*os.File, error) {
		f, err := b.dir.FlatFile(undo, n, false)
		if !errors.Is(err, datadir.ErrNotFound) {
			return f, err
		}
		if err := b.create.take("OpenBlockFile"); err != nil {
			return nil, err
		}
		return b.dir.FlatFile(undo, n, true)
	})
}

// NotifyBlock runs -blocknotify.
func (b *coreBroker) NotifyBlock(_ context.Context, hash node.Hash) error {
	b.notify.Post(notify.Block, notify.BlockValues(hash))
	return nil
}

// NotifyAlert runs -alertnotify.
func (b *coreBroker) NotifyAlert(_ context.Context, text string) error {
	b.notify.Post(notify.Alert, notify.AlertValues(text))
	return nil
}

// RemoveBlockFile removes a flat file that the core has pruned.
func (b *coreBroker) RemoveBlockFile(_ context.Context, kind broker.BlockFileKind, n uint32) error {
	if kind != broker.BlockFile && kind != broker.UndoFile {
		return ipc.Errorf(ipc.Kind(datadir.ErrName), "no kind of block file has number %d", kind)
	}
	if err := b.open.take("RemoveBlockFile"); err != nil {
		return err
	}
	name, err := b.dir.RemoveFlatFile(kind == broker.UndoFile, n)
	if err != nil {
		b.log.Warn("refused: "+err.Error(), "verb", "RemoveBlockFile")
		return sayable(err)
	}
	b.log.Info("removed", "verb", "RemoveBlockFile", "file", name)
	return nil
}

// StopNode asks for the stop of the tree.
func (b *coreBroker) StopNode(_ context.Context, reason string) error {
	b.t.askStop("core: " + logd.Quote(reason))
	return nil
}

// AbortNode asks for it because of an error, which the operator is shown.
func (b *coreBroker) AbortNode(_ context.Context, message string) error {
	b.t.abort(logd.Quote(message))
	return nil
}

type walletBroker struct {
	granter
	dir     *datadir.Dir
	startup func(name string, load bool) error
}

// ListWallets lists what is in the wallet directory.
func (b *walletBroker) ListWallets(context.Context) ([]string, error) {
	if err := b.open.take("ListWallets"); err != nil {
		return nil, err
	}
	names, err := b.dir.ListWallets()
	if err != nil {
		return nil, sayable(err)
	}
	return names, nil
}

// CreateWallet makes a new wallet's database.
func (b *walletBroker) CreateWallet(_ context.Context, name string) (ipc.FD, error) {
	return b.file("CreateWallet", b.create, func() (*os.File, error) { return b.dir.CreateWallet(name) })
}

// OpenWallet opens a wallet's database.
func (b *walletBroker) OpenWallet(_ context.Context, name string) (ipc.FD, error) {
	return b.file("OpenWallet", b.open, func() (*os.File, error) { return b.dir.OpenWallet(name) })
}

// SetStartup changes the list of wallets that are loaded at start-up.
func (b *walletBroker) SetStartup(_ context.Context, name string, load bool) error {
	if err := b.create.take("SetStartup"); err != nil {
		return err
	}
	if err := b.dir.WalletExists(name); load && err != nil {
		return sayable(err)
	}
	b.log.Info("grant", "verb", "SetStartup", "wallet", name, "load", load)
	if b.startup == nil {
		return ipc.Errorf(ipc.Kind(datadir.ErrAccess), "there is no settings file")
	}
	if err := b.startup(name, load); err != nil {
		return sayable(err)
	}
	return nil
}

type signerBroker struct {
	granter
	dir *datadir.Dir
}

// OpenKeyStore opens or creates the key store of a wallet.
func (b *signerBroker) OpenKeyStore(_ context.Context, wallet string, create bool) (ipc.FD, error) {
	if create {
		return b.file("OpenKeyStore", b.create, func() (*os.File, error) { return b.dir.CreateKeyStore(wallet) })
	}
	return b.file("OpenKeyStore", b.open, func() (*os.File, error) { return b.dir.OpenKeyStore(wallet) })
}

// OpenStoreKey opens the file of a key store's key.
func (b *signerBroker) OpenStoreKey(_ context.Context, wallet string) (ipc.FD, error) {
	return b.file("OpenStoreKey", b.open, func() (*os.File, error) { return b.dir.StoreKey(wallet) })
}

type rpcBroker struct {
	t    *Tree
	echo *rate
	set  *rate // of SetLogging and SetMockTime
}

// SpawnEcho starts an echo process for the caller.
func (b *rpcBroker) SpawnEcho(ctx context.Context) (ipc.FD, error) {
	if err := b.echo.take("SpawnEcho"); err != nil {
		return ipc.FD{}, err
	}
	return b.t.spawnEcho(ctx)
}

// maxStopWait is the longest wait before a stop that a caller may ask for.
const maxStopWait = time.Hour

// Stop asks for the stop of the tree.
func (b *rpcBroker) Stop(_ context.Context, waitMillis uint32) error {
	wait := min(time.Duration(waitMillis)*time.Millisecond, maxStopWait)
	b.t.log.Info("stop asked for by RPC", "wait", wait)
	time.AfterFunc(wait, func() { b.t.askStop("RPC") })
	return nil
}

// askStop asks for the stop of the tree; only the first asks.
func (t *Tree) askStop(reason string) {
	select {
	case t.asked <- reason:
	default:
	}
}

// abort asks for the stop of the tree because of an error; the first one counts.
func (t *Tree) abort(message string) {
	select {
	case t.aborted <- message:
	default:
	}
	t.askStop("an error")
}

// Isolation returns the JSON of getisolationinfo.
func (b *rpcBroker) Isolation(context.Context) ([]byte, error) { return b.t.IsolationJSON() }
