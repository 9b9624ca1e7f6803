package supervisor

import (
	"context"
	"log/slog"
	"os"
	"time"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox"
	"dashmp/sandbox/broker/datadir"
	"dashmp/sandbox/broker/notify"
	"dashmp/sandbox/broker/peers"
	"dashmp/sandbox/logd"
	"dashmp/sandbox/role/config"
)

// Config is what a tree is made of. It stays the caller's and must outlive the
// tree.
type Config struct {
	Build string
	Mode  sandbox.Mode
	// Roles are the members; the echo role is always available.
	Roles []policy.Role
	// Programs holds the program of each member and of the echo role.
	Programs map[policy.Role]Program
	// Filters holds the compiled filter of each of them; empty if Mode is off.
	Filters map[policy.Role]policy.Program
	// Configs is what each member is told.
	Configs map[policy.Role]config.Config
	Log     *logd.Service
	// ExportDir is where RPCs may have new files written; "" is the network
	// directory.
	ExportDir string
	// LogIPs: the log may name peers' addresses.
	LogIPs bool
	Logger *slog.Logger
	// StopTimes are the deadlines of the orderly stop; a missing one is its
	// default.
	StopTimes map[policy.Role]time.Duration
}

// Holdings is what a tree grants from. They are acquired after New and Check,
// so that a node that cannot run confined leaves no trace. The tree owns the
// listeners; everything else stays the caller's.
type Holdings struct {
	Dir *datadir.Dir
	// Rebuild is what the core's first start is to do besides.
	Rebuild Rebuild
	// Indexes are the optional indexes of the chain that are on, by the names of
	// package datadir.
	Indexes []string
	// Listeners are the bound RPC sockets.
	Listeners []*os.File
	// Secrets are the values of secret options, by option, of each member; made
	// by host.SecretFile.
	Secrets map[policy.Role]map[string]*os.File
	Notify  *notify.Runner
	// Startup changes whether a wallet is loaded at start-up; nil if there is no
	// settings file.
	Startup func(wallet string, load bool) error
	// PeerListeners are the bound sockets for peers. The tree owns them too.
	PeerListeners []*os.File
	// Peers decides whom the core connects to.
	Peers *peers.Guard
}

// stopOrder is the order of the orderly stop: whoever brings work first, and
// whoever others call last.
func stopOrder() []policy.Role {
	return []policy.Role{policy.RPC, policy.Wallet, policy.Core, policy.Signer}
}

// stopTime is how long a role may take to stop. The core may have gigabytes to
// write; killing it loses nothing acknowledged but makes the next start slow.
func (c *Config) stopTime(r policy.Role) time.Duration {
	if d, ok := c.StopTimes[r]; ok {
		return d
	}
	switch r {
	case policy.Core:
		return 10 * time.Minute
	case policy.RPC:
		return 15 * time.Second
	}
	return time.Minute
}

// process is what the tree needs of a sandbox.Child.
type process interface {
	PID() int
	TakeSocket() *os.File
	Send(ctx context.Context, g sandbox.Grant) error
	AwaitReady(ctx context.Context) (sandbox.SelfReport, error)
	Done() <-chan struct{}
	Wait(ctx context.Context) (sandbox.ExitState, error)
	Kill() error
	Close() error
}

// link is a connection to an instance: broker.Role and its end.
type link interface {
	Connect(ctx context.Context, peer string, socket ipc.FD) error
	Started(ctx context.Context) error
	Stop(ctx context.Context) error
	SetLogging(ctx context.Context, enabled []string) error
	SetMockTime(ctx context.Context, seconds int64) error
	Close() error
}

// outside is everything the tree does to the world; tests replace it.
type outside struct {
	start        func(ctx context.Context, c sandbox.Command) (process, error)
	observe      func(pid int) (sandbox.Observation, error)
	verify       func(o sandbox.Observation, s *policy.Spec, m sandbox.Mode) []string
	verifyReport func(r sandbox.SelfReport, g sandbox.Grant, o sandbox.Observation) []string
	decode       func(ctx context.Context, pid int) (sandbox.Violation, bool)
	dial         func(r policy.Role, socket *os.File, offer *ipc.Object) (link, error)
	close        func()
}
