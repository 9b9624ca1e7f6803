package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dashmp/node/blockfile"
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/params"
	"dashmp/node/storage"
	"dashmp/node/wire"
	"dashmp/sandbox/broker"
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

// network is what both databases say they belong to.
func network(name string, genesis wire.Hash) []byte {
	return append([]byte(name+"\x00"), genesis[:]...)
}

// openChain loads the chain and verifies the end of it.
func (c *Core) openChain(ctx context.Context) error {
	s, err := readSettings(c.o.Config, c.o.Params)
	if err != nil {
		return err
	}
	if c.scripts, err = chain.NewScriptCache(s.sigCache, c.o.Random); err != nil {
		return err
	}
	c.settings = s
	c.logSettings(s)
	o := s.chainOptions()
	o.Params, o.Log, o.Now, o.Scripts = c.o.Params, c.o.Log, c.o.Now, c.scripts
	o.Network = network(c.o.Config.ChainName, c.o.Params.GenesisHash)
	o.IndexDB, o.CoinsDB, o.Files = c.index, c.coins, c.openFile
	o.Rules = chain.NewConsensus(c.rules, c.governance)
	o.Fatal, o.Remove = c.fatal, c.removeFile
	o.Stop = func() { c.stopNode(fmt.Sprintf("the chain has reached height %d", s.stopAtHeight)) }
	o.Spare = func() int64 {
		if c.spare == nil {
			return 0
		}
		return c.spare()
	}
	o.PruneLock = c.pruneLock
	began := time.Now()
	c.chain, err = chain.Open(ctx, o)
	if err != nil {
		return loadError(ctx, err)
	}
	if !c.chain.Importing() {
		c.o.Log.Info("init message: Verifying blocks…")
		if err := c.verify(ctx, s); err != nil {
			return err
		}
	}
	c.o.Log.Info(fmt.Sprintf(" block index %15dms", time.Since(began).Milliseconds()))
	return nil
}

// maxFutureBlock is how far, in seconds, the time of a block may lie ahead of
// the clock (MAX_FUTURE_BLOCK_TIME).
const maxFutureBlock = 2 * 60 * 60

// verify looks at the end of the chain, and at its beginning.
func (c *Core) verify(ctx context.Context, s *settings) error {
	if g := c.chain.ActiveAt(0); c.chain.Info(g).Status&chain.HaveData != 0 {
		if _, err := c.chain.Block(ctx, g); err != nil && ctx.Err() == nil {
			return startError(ErrCorrupted, "%w", err)
		}
	}
	if tip := c.chain.Tip(); int64(tip.Time()) > c.o.Now().Unix()+maxFutureBlock {
		return startError(ErrFuture, "block %s has the time %d", tip.Hash(), tip.Time())
	}
	err := c.chain.Verify(ctx, s.checkLevel, s.checkBlocks)
	if errors.Is(err, chain.ErrVerify) {
		return startError(ErrCorrupted, "%w", err)
	}
	if err == nil && s.checkLevel >= 3 {
		err = c.chain.ReconsiderAhead()
	}
	return err
}

// loadError gives an error of chain.Open the text that Dash Core has for it.
func loadError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, chain.ErrNetwork):
		return startError(ErrGenesis, "%w", err)
	case errors.Is(err, chain.ErrVersion):
		return startError(ErrVersion, "%w", err)
	case errors.Is(err, chain.ErrPruned):
		return startError(ErrPruned, "%w", err)
	case errors.Is(err, chain.ErrForeign):
		return startError(ErrInit, "%w", err)
	case errors.Is(err, chain.ErrLoad), errors.Is(err, storage.ErrCorrupt):
		return startError(ErrLoad, "%w", err)
	case errors.Is(err, chain.ErrSystem), errors.Is(err, storage.ErrIO):
		return startError(ErrOpen, "%w", err)
	}
	return startError(ErrInit, "%w", err)
}

// openFile opens a flat file through the broker.
func (c *Core) openFile(ctx context.Context, kind blockfile.Kind, n uint32) (blockfile.File, error) {
	what, name := broker.BlockFile, fmt.Sprintf("blk%05d.dat", n)
	if kind == blockfile.Undo {
		what, name = broker.UndoFile, fmt.Sprintf("rev%05d.dat", n)
	}
	fd, err := c.o.Broker.OpenBlockFile(ctx, what, n)
	if err != nil {
		return nil, err
	}
	f := fd.File(name)
	if f == nil {
		return nil, fmt.Errorf("open %s: no descriptor", name)
	}
	return blockfile.OSFile(f), nil
}

// removeFile removes a pruned flat file through the broker.
func (c *Core) removeFile(ctx context.Context, kind blockfile.Kind, n uint32) error {
	what := broker.BlockFile
	if kind == blockfile.Undo {
		what = broker.UndoFile
	}
	return c.o.Broker.RemoveBlockFile(ctx, what, n)
}

// governance is what is known of superblocks: nothing, while there are no
// masternodes.
func (c *Core) governance() consensus.Governance { return consensus.Governance{} }

// load is the work after the start: what Dash Core's ThreadImport does.
func (c *Core) load() {
	defer close(c.loaded)
	c.o.Log.Info("loadblk thread start")
	defer c.o.Log.Info("loadblk thread exit")
	ctx := c.background
	err := c.chain.Reindex(ctx)
	if err == nil {
		err = c.importFiles(ctx)
	}
	if err == nil {
		err = c.chain.Activate(ctx)
	}
	close(c.activated)
	switch {
	case ctx.Err() != nil || errors.Is(err, chain.ErrClosed):
		c.o.Log.Info("Shutdown requested. Exit ThreadImport")
		return
	case err != nil:
		c.o.Log.Error(fmt.Sprintf("Failed to connect best block (%v)", err))
		c.stopNode("blocks on disk could not be connected")
		return
	}
	if c.settings.stopAfterImport {
		c.o.Log.Info("Stopping after block import")
		c.stopNode("block import is over")
		return
	}
	for _, p := range c.parts {
		if p.loaded != nil && ctx.Err() == nil {
			p.loaded(ctx)
		}
	}
}

// settleTime is how long a start waits for what goes on in the background. After
// a kill there are blocks to connect again that callers have been told of: most
// often they are a few, and nobody sees the chain without them.
const settleTime = 10 * time.Second

// settle waits until the best chain of what is on disk is the active one.
func (c *Core) settle(ctx context.Context) {
	timer := time.NewTimer(settleTime)
	defer timer.Stop()
	select {
	case <-c.activated:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// importFiles imports what -loadblock names.
func (c *Core) importFiles(ctx context.Context) error {
	for _, f := range c.o.LoadBlocks {
		c.o.Log.Info(fmt.Sprintf("Importing blocks file %s...", f.Name))
		if _, err := c.chain.Import(ctx, f); err != nil {
			return err
		}
	}
	return nil
}
