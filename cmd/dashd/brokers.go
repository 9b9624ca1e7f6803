package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/notify"
	"dashmp/sandbox/build"
)

var (
	_ broker.Core   = (*coreBroker)(nil)
	_ broker.Wallet = (*walletBroker)(nil)
	_ broker.Signer = (*signerBroker)(nil)
	_ broker.RPC    = (*rpcBroker)(nil)
)

// descriptor is an opened file as a component gets it; errors have the kinds
// that dash-node's supervisor gives them.
func descriptor(f *os.File, err error) (ipc.FD, error) {
	if err != nil {
		return ipc.FD{}, kinded(err)
	}
	return ipc.FromFile(f)
}

func kinded(err error) error {
	var e *datadir.Error
	if errors.As(err, &e) {
		return &ipc.Error{Kind: ipc.Kind(e.Kind), Text: e.Text}
	}
	return err
}

// coreBroker opens block files and runs -blocknotify.
type coreBroker struct {
	p      *process
	dir    *datadir.Dir
	notify *notify.Runner
}

// OpenBlockFile opens a flat file and creates it if it is missing.
func (b *coreBroker) OpenBlockFile(_ context.Context, kind broker.BlockFileKind, n uint32) (ipc.FD, error) {
	return descriptor(b.dir.FlatFile(kind == broker.UndoFile, n, true))
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

// RemoveBlockFile removes a flat file that has been pruned.
func (b *coreBroker) RemoveBlockFile(_ context.Context, kind broker.BlockFileKind, n uint32) error {
	_, err := b.dir.RemoveFlatFile(kind == broker.UndoFile, n)
	return kinded(err)
}

// DialPeer connects to a peer.
func (b *coreBroker) DialPeer(ctx context.Context, address []byte, port uint32, _ broker.DialKind) (ipc.FD, error) {
	f, _, err := b.p.peers.Dial(ctx, address, port)
	return descriptor(f, err)
}

// ResolveHost looks a name up.
func (b *coreBroker) ResolveHost(ctx context.Context, name string) ([]string, error) {
	return b.p.peers.Resolve(ctx, name)
}

// OpenState opens a state file.
func (b *coreBroker) OpenState(_ context.Context, file broker.StateFile) (ipc.FD, error) {
	return descriptor(b.dir.OpenState(file.Name()))
}

// CreateState opens a new file beside a state file.
func (b *coreBroker) CreateState(_ context.Context, file broker.StateFile) (ipc.FD, error) {
	return descriptor(b.dir.CreateState(file.Name()))
}

// CommitState puts it in the state file's place.
func (b *coreBroker) CommitState(_ context.Context, file broker.StateFile) error {
	return kinded(b.dir.CommitState(file.Name()))
}

// RetireState takes a state file away.
func (b *coreBroker) RetireState(_ context.Context, file broker.StateFile, keep bool) error {
	return kinded(b.dir.RetireState(file.Name(), keep))
}

// StopNode asks for the stop.
func (b *coreBroker) StopNode(_ context.Context, reason string) error {
	b.p.askStop("core: " + reason)
	return nil
}

// AbortNode asks for it and shows the operator why.
func (b *coreBroker) AbortNode(_ context.Context, message string) error {
	b.p.logger.Error("Error: " + message)
	fmt.Fprintln(b.p.std.err, "Error: "+message)
	b.p.askStop("an error")
	return nil
}

// walletBroker opens wallets.
type walletBroker struct {
	dir     *datadir.Dir
	startup func(wallet string, load bool) error
}

// ListWallets lists what is in the wallet directory.
func (b *walletBroker) ListWallets(context.Context) ([]string, error) {
	names, err := b.dir.ListWallets()
	if err != nil {
		return nil, kinded(err)
	}
	return names, nil
}

// SetStartup changes the list of wallets that are loaded at start-up.
func (b *walletBroker) SetStartup(_ context.Context, name string, load bool) error {
	if err := b.dir.WalletExists(name); load && err != nil {
		return kinded(err)
	}
	if b.startup == nil {
		return ipc.Errorf(ipc.Kind(datadir.ErrAccess), "there is no settings file")
	}
	return b.startup(name, load)
}

// CreateWallet makes a new wallet's database.
func (b *walletBroker) CreateWallet(_ context.Context, name string) (ipc.FD, error) {
	return descriptor(b.dir.CreateWallet(name))
}

// OpenWallet opens a wallet's database.
func (b *walletBroker) OpenWallet(_ context.Context, name string) (ipc.FD, error) {
	return descriptor(b.dir.OpenWallet(name))
}

// signerBroker opens key stores.
type signerBroker struct{ dir *datadir.Dir }

// OpenKeyStore opens or makes the key store of a wallet.
func (b *signerBroker) OpenKeyStore(_ context.Context, wallet string, create bool) (ipc.FD, error) {
	if create {
		return descriptor(b.dir.CreateKeyStore(wallet))
	}
	return descriptor(b.dir.OpenKeyStore(wallet))
}

// OpenStoreKey opens the file of a key store's key.
func (b *signerBroker) OpenStoreKey(_ context.Context, wallet string) (ipc.FD, error) {
	return descriptor(b.dir.StoreKey(wallet))
}

// rpcBroker stops the process and tells what it is.
type rpcBroker struct{ p *process }

// SpawnEcho is not offered: dashd starts no processes, and echoes itself.
func (b *rpcBroker) SpawnEcho(context.Context) (ipc.FD, error) {
	return ipc.FD{}, ipc.Errorf(ipc.ErrUnimplemented, "dashd starts no processes")
}

// maxStopWait is the longest wait before a stop that a caller may ask for.
const maxStopWait = time.Hour

// Stop asks for the stop after wait milliseconds.
func (b *rpcBroker) Stop(_ context.Context, waitMillis uint32) error {
	wait := min(time.Duration(waitMillis)*time.Millisecond, maxStopWait)
	time.AfterFunc(wait, func() { b.p.askStop("RPC") })
	return nil
}

// askStop asks for the stop; only the first asks.
func (p *process) askStop(reason string) {
	select {
	case p.asked <- reason:
	default:
	}
}

// AllowPeer notes that the operator named a peer.
func (b *rpcBroker) AllowPeer(_ context.Context, node string) error {
	b.p.peers.Name(node)
	return nil
}

// SetLogging switches log categories.
func (b *rpcBroker) SetLogging(_ context.Context, include, exclude []string) ([]string, error) {
	on, err := b.p.log.Categories().Change(include, exclude)
	if err != nil {
		return nil, ipc.Errorf(broker.ErrCategory, "%s", err.Error())
	}
	return on, nil
}

// SetMockTime sets the clock of all components.
func (b *rpcBroker) SetMockTime(_ context.Context, seconds int64) error {
	if b.p.c.Chain() != "regtest" || seconds < 0 {
		return ipc.Errorf(broker.ErrRegtest, "only a regtest node's clock can be set, and not to before the epoch")
	}
	b.p.clock.Set(seconds)
	return nil
}

// notIsolated is what the log and getisolationinfo say.
const notIsolated = "dashd runs everything in one process: nothing is isolated; dash-node runs the same in confined processes"

// isolation has the fields of dash-node's getisolationinfo.
type isolation struct {
	Mode       string     `json:"mode"`
	Warning    string     `json:"warning"`
	Build      string     `json:"build"`
	Supervisor unconfined `json:"supervisor"`
	Processes  []struct{} `json:"processes"`
}

type unconfined struct {
	PID       int    `json:"pid"`
	Sandboxed bool   `json:"sandboxed"`
	Note      string `json:"note"`
	UID       int    `json:"uid"`
	StartedAt int64  `json:"started_at"`
}

// Isolation returns the JSON of getisolationinfo.
func (b *rpcBroker) Isolation(context.Context) ([]byte, error) {
	return json.Marshal(isolation{
		Mode: "off", Warning: notIsolated, Build: build.ID(), Processes: []struct{}{},
		Supervisor: unconfined{
			PID: os.Getpid(), Note: "the one process, with all keys, sockets and files in it",
			UID: os.Getuid(), StartedAt: b.p.started.Unix(),
		},
	})
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}
