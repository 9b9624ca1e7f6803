package core

import (
	"context"
	"errors"
	"fmt"
	"os"

	"dashmp/node/blockchain"
	"dashmp/node/chain"
	"dashmp/node/index"
	"dashmp/node/storage"
	"dashmp/node/wire"
)

// IndexFiles are the databases of the optional indexes, nil of those that are
// switched off.
type IndexFiles struct{ Tx, Filter, CoinStats *os.File }

func (f *IndexFiles) close() {
	for _, file := range []*os.File{f.Tx, f.Filter, f.CoinStats} {
		if file != nil {
			file.Close()
		}
	}
}

// indexer is what all indexes have in common.
type indexer interface {
	Start()
	Stop()
	Summary() index.Summary
}

// openIndexes opens the indexes whose databases were granted. They begin to
// follow the chain when it has been loaded.
func (c *Core) openIndexes(context.Context) (part, error) {
	var all []indexer
	var dbs []*storage.DB
	open := func(file *os.File, name string, use func(index.Options) (indexer, error)) error {
		if file == nil {
			return nil
		}
		db, err := storage.Open(file, storage.Options{Name: name})
		if err != nil {
			return indexError(name, err)
		}
		dbs = append(dbs, db)
		x, err := use(index.Options{Chain: c.chain, DB: db, Log: c.o.Log, Fatal: c.fatal})
		if err != nil {
			return indexError(name, err)
		}
		all = append(all, x)
		return nil
	}
	files := c.o.Indexes
	c.o.Indexes = IndexFiles{}
	errs := []error{
		open(files.Tx, "txindex", func(o index.Options) (indexer, error) {
			x, err := index.NewTx(o)
			c.indexes.Tx = txIndex{x}
			return x, err
		}),
		open(files.Filter, "basic block filter index", func(o index.Options) (indexer, error) {
			x, err := index.NewFilter(o)
			c.indexes.Filters = map[string]blockchain.FilterIndex{"basic": filterIndex{x: x}}
			return x, err
		}),
		open(files.CoinStats, "coinstatsindex", func(o index.Options) (indexer, error) {
			x, err := index.NewCoinStats(o, c.rules)
			c.indexes.CoinStats = statsIndex{x}
			return x, err
		}),
	}
	for _, err := range errs {
		if err != nil {
			return part{}, errors.Join(err, closeAll(dbs))
		}
	}
	for _, x := range all {
		c.pruneLocks = append(c.pruneLocks, func() int { return x.Summary().Height - pruneLockBuffer - 1 })
	}
	each := func(do func(indexer)) {
		for _, x := range all {
			do(x)
		}
	}
	return part{
		name: "indexes", loaded: func(context.Context) { each(indexer.Start) }, stop: func() { each(indexer.Stop) }, close: func() error { return closeAll(dbs) },
	}, nil
}

func closeAll(dbs []*storage.DB) error {
	var errs []error
	for _, db := range dbs {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

// pruneLockBuffer is how many blocks below an index are kept, for it to leave
// them in a reorganisation (PRUNE_LOCK_BUFFER).
const pruneLockBuffer = 10

// indexError is why an index did not open.
func indexError(name string, err error) error {
	e := &StartError{Kind: ErrIndex, Cause: err}
	if e.Text = err.Error(); !errors.Is(err, index.ErrPruned) {
		e.Text = fmt.Sprintf("Error opening the database of %s. Please restart with -reindex to recover.", name)
	}
	return e
}

// txIndex, filterIndex and statsIndex are indexes as the RPCs see them.
type (
	txIndex     struct{ *index.Tx }
	filterIndex struct{ x *index.Filter }
	statsIndex  struct{ *index.CoinStats }
)

// Summary implements blockchain.Index.
func (x txIndex) Summary() blockchain.IndexSummary { return blockchain.IndexSummary(x.Tx.Summary()) }

// Summary implements blockchain.Index.
func (f filterIndex) Summary() blockchain.IndexSummary {
	return blockchain.IndexSummary(f.x.Summary())
}

// WaitSynced implements blockchain.Index.
func (f filterIndex) WaitSynced(ctx context.Context) bool { return f.x.WaitSynced(ctx) }

// Filter implements blockchain.FilterIndex.
func (f filterIndex) Filter(x *chain.Index) ([]byte, wire.Hash, bool) { return f.x.Filter(x) }

// Summary implements blockchain.Index.
func (x statsIndex) Summary() blockchain.IndexSummary {
	return blockchain.IndexSummary(x.CoinStats.Summary())
}

// Stats implements blockchain.CoinStatsIndex.
func (x statsIndex) Stats(at *chain.Index) (blockchain.CoinStats, bool) {
	s, ok := x.CoinStats.Stats(at)
	return blockchain.CoinStats{
		Outputs: s.Outputs, Bogo: s.Bogo, Muhash: s.Muhash, Amount: s.Amount,
		Unspendable: s.Unspendable, PrevoutSpent: s.PrevoutSpent, NewOutputsExCoinbase: s.NewOutputsExCoinbase, Coinbase: s.Coinbase,
		UnspendableGenesis: s.UnspendableGenesis, UnspendableScripts: s.UnspendableScripts,
		UnspendableUnclaimedRewards: s.UnspendableUnclaimedRewards,
	}, ok
}
