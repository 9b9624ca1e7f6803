// Package broker is the contract between a role and its supervisor: for each
// role just the verbs it may use. Requests are typed values, never a path plus
// flags and never a text to run; what they return is a descriptor.
package broker

import (
	"context"

	"dashmp/ipc"
	"dashmp/node"
)

// Kinds of errors of the verbs.
const (
	// ErrCategory: there is no log category of that name.
	ErrCategory = ipc.Kind("broker.log.category")
	// ErrRefused: the core may not connect there.
	ErrRefused = ipc.Kind("broker.dial.refused")
	// ErrUnreachable: the peer does not answer, or the name has no address.
	ErrUnreachable = ipc.Kind("broker.dial.unreachable")
	// ErrRegtest: only a regtest node has a clock that can be set.
	ErrRegtest = ipc.Kind("broker.regtest")
)

// BlockFileKind says which of the two flat file sequences is meant.
type BlockFileKind uint8

// The flat files of Dash Core's block directory.
const (
	BlockFile BlockFileKind = iota // blk?????.dat
	UndoFile                       // rev?????.dat
)

// StateFile is one of the files in which the core keeps what should survive it
// beside the databases.
type StateFile uint8

// The state files, by Dash Core's names.
const (
	PeersFile        StateFile = iota // peers.dat
	BanListFile                       // banlist.json
	AnchorsFile                       // anchors.dat
	MempoolFile                       // mempool.dat
	FeeEstimatesFile                  // fee_estimates.dat
)

// DialKind says what for the core connects to a peer; it is for the log.
type DialKind uint8

// The kinds of connections.
const (
	DialAutomatic DialKind = iota
	DialManual
	DialFeeler
	DialAddrFetch
)

// Core is the broker of dash-node-core.
type Core interface {
	// OpenBlockFile opens, and creates if it is missing, flat file n
	// (0 to 99999) for reading and writing.
	OpenBlockFile(ctx context.Context, kind BlockFileKind, n uint32) (ipc.FD, error)
	// NotifyBlock runs -blocknotify for a new tip.
	NotifyBlock(ctx context.Context, hash node.Hash) error
	// NotifyAlert runs -alertnotify with a warning; of its text only harmless
	// characters reach the command, and at most 1000 bytes.
	NotifyAlert(ctx context.Context, text string) error
	// RemoveBlockFile removes flat file n, which the core has pruned, and whose
	// descriptor it has closed. One that does not exist is no error.
	RemoveBlockFile(ctx context.Context, kind BlockFileKind, n uint32) error
	// DialPeer connects to a peer, whose address has 4 or 16 bytes, and returns
	// the socket: TCP, non-blocking, without delay. ErrRefused: the operator's
	// options and RPCs do not let the node connect there; ErrUnreachable: no
	// connection, for the reason that the text gives.
	DialPeer(ctx context.Context, address []byte, port uint32, kind DialKind) (ipc.FD, error)
	// ResolveHost looks up a name that options or an operator's RPC gave, or a
	// DNS seed of the network, and returns at most 256 addresses in text.
	ResolveHost(ctx context.Context, name string) ([]string, error)
	// OpenState opens a state file for reading.
	OpenState(ctx context.Context, file StateFile) (ipc.FD, error)
	// CreateState opens an empty file to be written beside a state file.
	CreateState(ctx context.Context, file StateFile) (ipc.FD, error)
	// CommitState puts the file of the last CreateState, once it is on disk, in
	// the place of the state file, so that there is the old content or the new.
	CommitState(ctx context.Context, file StateFile) error
	// RetireState takes a state file away: it is removed, or, if keep is set, gets
	// the suffix .bak. One that is not there is no error.
	RetireState(ctx context.Context, file StateFile, keep bool) error
	// TakeExport hands out, once, the new file that the rpc role asked for with
	// CreateExport.
	TakeExport(ctx context.Context, handle uint64) (ipc.FD, error)
	// StopNode asks for the orderly stop of the whole node, as its user would
	// (-stopatheight, -stopafterblockimport). reason is for the log. It returns
	// at once.
	StopNode(ctx context.Context, reason string) error
	// AbortNode asks for it because of an error that the node cannot go on
	// with; message is shown to the operator (Dash Core: AbortNode). It returns
	// at once.
	AbortNode(ctx context.Context, message string) error
}

// Export is a new file that is to be written.
type Export struct {
	Handle uint64
	// Path is where it will be, for display.
	Path string
}

// RPC is the broker of dash-node-rpc.
type RPC interface {
	// SpawnEcho starts a fresh echo process and returns the caller's end of its
	// IPC socket; the process ends when that is closed.
	SpawnEcho(ctx context.Context) (ipc.FD, error)
	// Stop asks for the orderly stop of the whole tree after wait milliseconds.
	// It returns at once.
	Stop(ctx context.Context, waitMillis uint32) error
	// Isolation returns the JSON of getisolationinfo.
	Isolation(ctx context.Context) ([]byte, error)
	// AllowPeer notes that the operator named a peer in an RPC, as ADDRESS,
	// NAME, or either with :PORT, so that the core may connect to it.
	AllowPeer(ctx context.Context, node string) error
	// CreateExport makes a new file that the operator named in an RPC, below the
	// data directory or -exportdir, for another role to take by its handle.
	CreateExport(ctx context.Context, path string) (Export, error)
	// FinishExport gives it its name once it is complete, or removes it.
	FinishExport(ctx context.Context, handle uint64, keep bool) error
	// SetLogging switches log categories on, then off, in every process and
	// returns those that are on, in alphabetical order. Names are those of
	// -debug; with an unknown one nothing changes (ErrCategory).
	SetLogging(ctx context.Context, include, exclude []string) ([]string, error)
	// SetMockTime sets the clocks of all processes to seconds since the epoch
	// and stops them there; 0 lets them run again. Only on regtest (ErrRegtest).
	SetMockTime(ctx context.Context, seconds int64) error
}

// Wallet is the broker of dash-wallet.
type Wallet interface {
	// ListWallets returns the names of the wallets in the wallet directory.
	ListWallets(ctx context.Context) ([]string, error)
	// CreateWallet makes the database of a new wallet; it must not exist.
	CreateWallet(ctx context.Context, name string) (ipc.FD, error)
	// OpenWallet opens the database of an existing wallet.
	OpenWallet(ctx context.Context, name string) (ipc.FD, error)
	// SetStartup puts an existing wallet into the list of those that are loaded
	// at start-up (settings.json), or takes one out of it.
	SetStartup(ctx context.Context, name string, load bool) error
}

// Signer is the broker of dash-signer.
type Signer interface {
	// OpenKeyStore opens the key store that belongs to the named wallet, and
	// creates it if create is set (then it must not exist).
	OpenKeyStore(ctx context.Context, wallet string, create bool) (ipc.FD, error)
	// OpenStoreKey opens the small file beside a key store that holds its key
	// while there is no passphrase, creating it if it is missing.
	OpenStoreKey(ctx context.Context, wallet string) (ipc.FD, error)
}

// Role is what the supervisor asks every role once it is ready.
type Role interface {
	// Connect hands over one end of a socket to the sibling role peer.
	Connect(ctx context.Context, peer string, socket ipc.FD) error
	// Stop begins the role's orderly stop; the process exits when it is done.
	Stop(ctx context.Context) error
	// Started returns when the role's component runs, which may take as long as
	// it takes to load its databases.
	Started(ctx context.Context) error
	// SetLogging replaces the set of log categories that are on.
	SetLogging(ctx context.Context, enabled []string) error
	// SetMockTime sets the role's clock; see RPC.SetMockTime.
	SetMockTime(ctx context.Context, seconds int64) error
}
