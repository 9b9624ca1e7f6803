package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"dashmp/node"
	"dashmp/node/params"
	"dashmp/node/rpccall"
	"dashmp/node/storage"
	"dashmp/node/wire"
	"dashmp/sandbox/broker"
)

// Options are what a Core works with.
type Options struct {
	// Params are those of the network.
	Params *params.Params
	// ChainName is what RPCs call the network: its name, or devnet-NAME.
	ChainName string
	// BlockIndex and ChainState are the databases. The Core owns them.
	BlockIndex, ChainState *os.File
	// Broker opens block files.
	Broker broker.Core
	// MaxTipAge is -maxtipage in seconds: with an older tip the node counts as
	// still downloading.
	MaxTipAge int64
	// Now is the node's clock, which follows mock time; WallClock does not.
	Now, WallClock func() time.Time
	// Log receives what goes to debug.log.
	Log *slog.Logger
}

// Core is the node. It implements node.Node and node.Chain.
type Core struct {
	o          Options
	index      *storage.DB
	chainstate *storage.DB
	files      *flatFiles
	methods    rpccall.Methods
	followers  *followers

	// blocks is the block index, active the chain by height. Neither changes
	// after Open in this build.
	blocks map[wire.Hash]*entry
	active []*entry
	// synced latches: once the initial download is over, it is over.
	synced atomic.Bool
}

var (
	_ node.Node  = (*Core)(nil)
	_ node.Chain = (*Core)(nil)
)

// expectedGenesis are the genesis hashes as they are displayed (Dash Core:
// chainparams.cpp asserts them).
func expectedGenesis(network string) string {
	switch network {
	case params.Main:
		return "00000ffd590b1485b3caadc19b22e6379c733355108f107a430458cdf3407ab6"
	case params.Test:
		return "00000bafbc94add76cb75e2ec92894837288a481e5c005f6563d91623bf8bc2c"
	case params.Devnet, params.Regtest:
		return "000008ca1832a4baf228eb1553c03d3a2c8e02399550dd6ea8d65cec3ef23d2e"
	}
	return ""
}

// Open loads the chain, or begins it if there is none. The error is a
// *StartError, except for what ends ctx or comes from the broker. Open takes
// over the databases also when it fails.
func Open(ctx context.Context, o Options) (*Core, error) {
	c := &Core{o: o, followers: newFollowers(o.Log), files: newFlatFiles(o.Broker, o.Params.Magic)}
	c.methods = c.rpcMethods()
	if err := c.open(ctx); err != nil {
		var start *StartError
		if errors.As(err, &start) {
			first, _, _ := strings.Cut(start.Text, "\n")
			o.Log.Error(fmt.Sprintf("%s (%v)", first, start.Cause))
		}
		return nil, errors.Join(err, c.Close())
	}
	tip := c.tip()
	o.Log.Info(fmt.Sprintf("Loaded best chain: hashBestChain=%s height=%d date=%s progress=%f", tip.hash, tip.height,
		time.Unix(int64(tip.header.Time), 0).UTC().Format("2006-01-02T15:04:05Z"), float64(c.progress(tip))))
	return c, nil
}

func (c *Core) open(ctx context.Context) (err error) {
	c.o.Log.Info("init message: Loading block index…")
	c.index, err = storage.Open(c.o.BlockIndex, storage.Options{Name: "block index"})
	if err != nil {
		c.o.ChainState.Close()
		return startError(ErrOpen, "%w", err)
	}
	c.chainstate, err = storage.Open(c.o.ChainState, storage.Options{Name: "chain state"})
	if err != nil {
		return startError(ErrOpen, "%w", err)
	}
	p := c.o.Params
	if got := p.Genesis.Header.Hash(); got.String() != expectedGenesis(p.Network) {
		return startError(ErrGenesis, "the genesis header hashes to %s", got)
	}
	if err := c.loadOrBegin(ctx); err != nil {
		return err
	}
	return c.loadTip()
}

// Close ends the followers, then closes the files. Calls in progress must have
// returned.
func (c *Core) Close() error {
	c.followers.close()
	errs := []error{c.files.close()}
	for _, db := range []*storage.DB{c.chainstate, c.index} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// tip is the last block of the active chain.
func (c *Core) tip() *entry { return c.active[len(c.active)-1] }

func (e *entry) ref() node.BlockRef {
	return node.BlockRef{Hash: node.Hash(e.hash), Height: int32(e.height), Time: e.header.Time}
}

// Tip returns the tip of the active chain.
func (c *Core) Tip(context.Context) (node.BlockRef, error) { return c.tip().ref(), nil }

// ExecuteRPC runs one RPC that the core owns.
func (c *Core) ExecuteRPC(ctx context.Context, req node.RPCRequest) (node.RPCReply, error) {
	return c.methods.Execute(ctx, req)
}
