package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dashmp/node"
	"dashmp/node/blockchain"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/p2p/process"
	"dashmp/node/params"
	"dashmp/node/rpccall"
	"dashmp/node/storage"
	"dashmp/sandbox/broker"
	"dashmp/sandbox/role/config"
)

// Options are what a Core works with.
type Options struct {
	// Params are those of the network.
	Params *params.Params
	// Config is the role's part of the operator's configuration.
	Config *config.Config
	// BlockIndex and ChainState are the databases. The Core owns them.
	BlockIndex, ChainState *os.File
	// Indexes are the databases of the optional indexes. The Core owns them.
	Indexes IndexFiles
	// LoadBlocks are files of blocks to import (-loadblock). The Core owns them.
	LoadBlocks []ImportFile
	// PeerListeners are the bound sockets for peers. The Core owns them.
	PeerListeners []*os.File
	// Broker opens block files, runs notifications and stops the node.
	Broker broker.Core
	// Now is the node's clock, which follows mock time; WallClock does not.
	Now, WallClock func() time.Time
	// Random is a source of secret random numbers.
	Random io.Reader
	// Log receives what goes to debug.log.
	Log *slog.Logger
}

// ImportFile is a file of blocks and what the log calls it.
type ImportFile struct {
	Name string
	*os.File
}

// Core is the node. It implements node.Node and node.Chain.
type Core struct {
	o        Options
	settings *settings
	rules    *consensus.Rules
	scripts  *chain.ScriptCache
	index    *storage.DB
	coins    *storage.DB
	chain    *chain.Manager

	methods rpccall.Methods
	parts   []part
	mempool *mempool.Pool
	saving  sync.Mutex // held while mempool.dat is written
	pool    Pool       // nil without a mempool
	// spare is memory, in bytes, that the cache of coins may use besides its own
	// share, as an empty mempool leaves it; nil means none. It is called under
	// the lock of the chain.
	spare func() int64
	// pruneLocks are the highest blocks that indexes do not need any more; each
	// is called under the lock of the chain.
	pruneLocks []func() int
	indexes    blockchain.Indexes
	peers      *process.Processor
	// connections is the number of peers.
	connections func() int
	followers   *followers
	notifier    *notifier

	// background ends with Close, which waits for running.
	background context.Context
	cancel     context.CancelFunc
	running    sync.WaitGroup
	loaded     chan struct{} // closed when the load in the background is over
	activated  chan struct{} // closed when the best chain of what is on disk is active, or cannot be
	closing    sync.Once
	// asking are requests to the broker that nobody waits for.
	asking sync.WaitGroup
	// misc is what the operator is warned of; alerted, that a command has run.
	misc    atomic.Pointer[string]
	alerted atomic.Bool
}

var (
	_ node.Node  = (*Core)(nil)
	_ node.Chain = (*Core)(nil)
)

// Open loads the chain, or begins it if there is none, and opens the parts that
// live on it. What may take hours, importing files and catching up with what is
// on disk, goes on in the background; it is waited for a few seconds only. The
// error is a *StartError, except for what ends ctx or comes from the broker. Open
// takes over the databases also when it fails.
func Open(ctx context.Context, o Options) (*Core, error) {
	c := &Core{o: o, followers: newFollowers(o.Log), loaded: make(chan struct{}), activated: make(chan struct{})}
	c.background, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.notifier = newNotifier(c)
	err := c.open(ctx)
	if err == nil {
		err = c.openParts(ctx)
	}
	if err != nil {
		var start *StartError
		if errors.As(err, &start) {
			if c.settings != nil && c.settings.reindex {
				start.Text = strings.TrimSuffix(start.Text, recoverable)
			}
			first, _, _ := strings.Cut(start.Text, "\n")
			o.Log.Error(fmt.Sprintf("%s (%v)", first, start.Cause))
		}
		return nil, errors.Join(err, c.Close())
	}
	c.chain.Subscribe(c.event)
	c.running.Go(c.load)
	c.settle(ctx)
	return c, nil
}

// open opens databases and chain.
func (c *Core) open(ctx context.Context) (err error) {
	c.o.Log.Info("init message: Loading block index…")
	c.index, err = storage.Open(c.o.BlockIndex, storage.Options{Name: "block index"})
	if err != nil {
		c.o.ChainState.Close()
		return startError(ErrOpen, "%w", err)
	}
	c.coins, err = storage.Open(c.o.ChainState, storage.Options{Name: "chain state"})
	if err != nil {
		return startError(ErrOpen, "%w", err)
	}
	p := c.o.Params
	if got := p.Genesis.Header.Hash(); got.String() != expectedGenesis(p.Network) {
		return startError(ErrGenesis, "the genesis header hashes to %s", got)
	}
	if c.index.Fresh() && !c.coins.Fresh() {
		return startError(ErrLoad, "there is a chain state, but no block index")
	}
	c.rules = consensus.New(p, nil)
	return c.openChain(ctx)
}

// pruneLock is the highest block that no index needs any more.
func (c *Core) pruneLock() int {
	last := math.MaxInt
	for _, lock := range c.pruneLocks {
		last = min(last, lock())
	}
	return last
}

// event passes on what happens to the chain.
func (c *Core) event(ev chain.Event) {
	switch ev.Kind {
	case chain.BlockConnected:
		c.followers.publish(notice{kind: blockConnected, block: ref(ev.Index), source: ev.Block})
	case chain.BlockDisconnected:
		c.followers.publish(notice{kind: blockDisconnected, block: ref(ev.Index), source: ev.Block})
	case chain.UpdatedTip:
		c.followers.publish(notice{kind: updatedTip, block: ref(ev.Index)})
		c.notifier.tip(ev)
		c.checkUnknownRules(ev)
	}
}

func ref(x *chain.Index) node.BlockRef {
	return node.BlockRef{Hash: node.Hash(x.Hash()), Height: int32(x.Height()), Time: x.Time()}
}

// Tip returns the tip of the active chain.
func (c *Core) Tip(context.Context) (node.BlockRef, error) { return ref(c.chain.Tip()), nil }

// ExecuteRPC runs one RPC that the core owns.
func (c *Core) ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
	return c.methods.Execute(ctx, req)
}

// ExecuteRPCs runs a part of a batch.
func (c *Core) ExecuteRPCs(ctx context.Context, reqs []node.RPCRequest) ([]node.RPCReply, error) {
	return node.Batch(ctx, reqs, c.methods.Execute)
}

// Close ends what runs in the background, the followers and the parts, writes
// the chain down and closes the files. Calls in progress must have returned.
func (c *Core) Close() error {
	var errs []error
	c.closing.Do(func() {
		c.cancel()
		if c.chain != nil {
			c.chain.Interrupt()
		}
		c.running.Wait()
		errs = append(errs, c.closeParts())
		c.followers.close()
		c.notifier.close()
		if c.chain != nil {
			errs = append(errs, c.chain.Close(context.Background()))
		}
		c.asking.Wait()
		for _, f := range c.o.LoadBlocks {
			f.Close()
		}
		c.o.Indexes.close() // those that nobody took over
		for _, db := range []*storage.DB{c.coins, c.index} {
			if db != nil {
				errs = append(errs, db.Close())
			}
		}
	})
	return errors.Join(errs...)
}
