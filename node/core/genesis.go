package core

import (
	"context"
	"errors"
	"fmt"

	"dashmp/node/storage"
	"dashmp/node/wire"
)

// genesisBlocks are the blocks that a chain begins with: one, or two on a
// devnet.
func (c *Core) genesisBlocks() []*wire.Block {
	blocks := []*wire.Block{c.o.Params.Genesis}
	if d := c.o.Params.DevnetGenesis; d != nil {
		blocks = append(blocks, d)
	}
	return blocks
}

func (c *Core) network() []byte { return network(c.o.ChainName, c.o.Params.GenesisHash) }

// loadOrBegin reads the block index, or writes the first one.
//
// The order on disk is: blocks, index, chain state. A chain state without an
// index therefore never comes from a crash.
func (c *Core) loadOrBegin(ctx context.Context) error {
	if c.index.Fresh() {
		if !c.chainstate.Fresh() {
			return startError(ErrLoad, "there is a chain state, but no block index")
		}
		if err := c.begin(ctx); err != nil {
			return err
		}
	}
	blocks, err := loadIndex(c.index, c.network())
	var start *StartError
	if err != nil && !errors.As(err, &start) {
		return startError(ErrLoad, "%w", err)
	}
	c.blocks = blocks
	if err != nil {
		return err
	}
	return c.checkGenesis(ctx)
}

// begin writes the genesis blocks one after the other into blk00000.dat, then
// their index entries.
func (c *Core) begin(ctx context.Context) error {
	c.o.Log.Info("Initializing databases...")
	var entries []*entry
	offset := uint32(0)
	for height, b := range c.genesisBlocks() {
		body := b.Append(nil)
		e := &entry{hash: b.Header.Hash(), header: b.Header, height: height, txs: len(b.Txs),
			size: uint32(len(body)), pos: filePos{0, offset + recordHeader}}
		err := c.files.place(ctx, e.pos, body)
		switch {
		case errors.Is(err, errForeign):
			return startError(ErrInit, "%w: blk00000.dat does not begin with this network's genesis block", err)
		case err != nil:
			return fmt.Errorf("write the genesis block: %w", err)
		}
		entries = append(entries, e)
		offset = e.pos.offset + uint32(len(body))
	}
	if err := writeIndex(c.index, c.network(), entries); err != nil {
		return startError(ErrInit, "%w", err)
	}
	return nil
}

// checkGenesis reads the genesis blocks back (Dash Core does the same for all
// of the last -checkblocks blocks, which here are these).
func (c *Core) checkGenesis(ctx context.Context) error {
	for height, b := range c.genesisBlocks() {
		hash := b.Header.Hash()
		e := c.blocks[hash]
		if e == nil || e.height != height {
			return startError(ErrGenesis, "block %s is not in the index at height %d", hash, height)
		}
		if e.header != b.Header {
			return startError(ErrLoad, "the index has another header for %s", hash)
		}
		if _, _, err := c.files.read(ctx, e.pos, hash); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return startError(ErrCorrupted, "%w", err)
		}
	}
	return nil
}

// loadTip reads the best block from the chain state, or writes the first one,
// and sets the active chain.
func (c *Core) loadTip() error {
	if c.chainstate.Fresh() {
		genesis := c.o.Params.GenesisHash
		err := c.chainstate.Update(func(tx *storage.Tx) error {
			return errors.Join(putMeta(tx, c.network()), tx.Put(bucketMeta, []byte(keyBest), genesis[:]))
		})
		if err != nil {
			return startError(ErrInit, "%w", err)
		}
	}
	var best []byte
	err := c.chainstate.View(func(tx *storage.Tx) error {
		if err := checkMeta(tx, c.network(), ErrInit); err != nil {
			return err
		}
		var err error
		best, err = tx.Get(bucketMeta, []byte(keyBest))
		return err
	})
	var start *StartError
	if errors.As(err, &start) {
		return err
	}
	if err != nil || len(best) != wire.HashSize {
		return startError(ErrInit, "best block: %w", errOr(err, "wrong length"))
	}
	tip := c.blocks[wire.Hash(best)]
	if tip == nil {
		return startError(ErrInit, "the chain state is that of %x, which is not in the index", best)
	}
	c.active = make([]*entry, tip.height+1)
	for e := tip; e != nil; e = e.parent {
		c.active[e.height] = e
	}
	return nil
}

// sizeOnDisk is what the block files hold, in bytes, without what is allocated
// ahead (Dash Core: BlockManager::CalculateCurrentUsage).
func (c *Core) sizeOnDisk() int64 {
	var total int64
	for _, e := range c.blocks {
		total += recordHeader + int64(e.size)
	}
	return total
}
