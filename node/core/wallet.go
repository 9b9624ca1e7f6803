package core

import (
	"context"
	"errors"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/node/chain"
	"dashmp/node/coins"
	"dashmp/node/wire"
)

// maxAsked bounds the outputs and positions of one question.
const maxAsked = 10_000

// State implements node.Chain.
func (c *Core) State(context.Context) (node.ChainState, error) {
	tip := c.chain.Tip()
	return node.ChainState{
		Tip: ref(tip), Pruned: c.chain.Pruned(), PruneHeight: int32(c.chain.FirstStored(tip).Height()), InitialDownload: c.chain.InitialDownload(), Progress: c.chain.Progress(tip),
		Importing: c.chain.Importing(),
	}, nil
}

func (c *Core) lookup(hash node.Hash) (*chain.Index, error) {
	if x := c.chain.Lookup(wire.Hash(hash)); x != nil {
		return x, nil
	}
	return nil, ipc.Errorf(node.ErrUnknownBlock, "no block %s is known", wire.Hash(hash))
}

func (c *Core) describe(x *chain.Index) node.BlockInfo {
	b := node.BlockInfo{
		Hash: node.Hash(x.Hash()), Height: int32(x.Height()), Time: x.Time(), MedianTime: x.MedianTime(), MaxTime: x.TimeMax(),
		Active: c.chain.Contains(x), HasData: c.chain.Info(x).Status&chain.HaveData != 0,
	}
	if p := x.Parent(); p != nil {
		b.Parent = node.Hash(p.Hash())
	}
	return b
}

// FindBlock implements node.Chain.
func (c *Core) FindBlock(_ context.Context, hash node.Hash) (node.BlockInfo, error) {
	x, err := c.lookup(hash)
	if err != nil {
		return node.BlockInfo{}, err
	}
	return c.describe(x), nil
}

// BlockAt implements node.Chain.
func (c *Core) BlockAt(_ context.Context, height int32) (node.BlockInfo, error) {
	x := c.chain.ActiveAt(int(height))
	if x == nil {
		return node.BlockInfo{}, ipc.Errorf(node.ErrUnknownBlock, "the active chain has no block %d", height)
	}
	return c.describe(x), nil
}

// FindFork implements node.Chain.
func (c *Core) FindFork(_ context.Context, hash node.Hash) (node.BlockInfo, error) {
	x, err := c.lookup(hash)
	if err != nil {
		return node.BlockInfo{}, err
	}
	return c.describe(chain.Fork(x, c.chain.Tip())), nil
}

// FindFirstBlock implements node.Chain. MaxTime never decreases along a chain.
func (c *Core) FindFirstBlock(ctx context.Context, minTime int64, minHeight int32) (node.BlockInfo, error) {
	tip := c.chain.Tip()
	low, high := max(int(minHeight), 0), tip.Height()+1
	for low < high {
		mid := low + (high-low)/2
		if int64(tip.AncestorAt(mid).TimeMax()) < minTime {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return c.BlockAt(ctx, int32(low))
}

// ReadBlock implements node.Chain.
func (c *Core) ReadBlock(ctx context.Context, hash node.Hash) ([]byte, error) {
	x, err := c.lookup(hash)
	if err != nil {
		return nil, err
	}
	raw, err := c.chain.RawBlock(ctx, x)
	if errors.Is(err, chain.ErrNoData) {
		return nil, ipc.Errorf(node.ErrNoBlockData, "block %s is not on disk", x.Hash())
	}
	return raw, err
}

// BlockPositions implements node.Chain.
func (c *Core) BlockPositions(_ context.Context, height int32, count uint32) ([]node.BlockPosition, error) {
	if height < 0 || count > maxAsked {
		return nil, ipc.Errorf(node.ErrArgument, "%d positions from height %d were asked for", count, height)
	}
	var list []node.BlockPosition
	for at := int(height); len(list) < int(count); at++ {
		x := c.chain.ActiveAt(at)
		if x == nil {
			break
		}
		i := c.chain.Info(x)
		if i.Status&chain.HaveData == 0 {
			break
		}
		list = append(list, node.BlockPosition{Hash: node.Hash(x.Hash()), File: i.File, Offset: i.Offset})
	}
	return list, nil
}

// FindCoins implements node.Chain.
func (c *Core) FindCoins(_ context.Context, outs []node.OutPoint) ([]node.Coin, error) {
	if len(outs) > maxAsked {
		return nil, ipc.Errorf(node.ErrArgument, "%d outputs were asked for", len(outs))
	}
	list := make([]node.Coin, len(outs))
	err := c.chain.With(func(_ *chain.Index, view coins.View) error {
		for i, o := range outs {
			coin, ok, err := view.Coin(wire.OutPoint{Hash: wire.Hash(o.TxID), Index: o.Index})
			if err != nil {
				return err
			}
			if ok {
				list[i] = node.Coin{
					Found: true, Value: coin.Out.Value, Script: coin.Out.ScriptPubKey,
					Height: int32(coin.Height), Coinbase: coin.Coinbase,
				}
			}
		}
		return nil
	})
	if err == nil && c.pool != nil {
		c.pool.Coins(outs, list)
	}
	return list, err
}

// SyncNotifications implements node.Chain.
func (c *Core) SyncNotifications(ctx context.Context) error { return c.followers.sync(ctx) }

// Pool is what the core asks the mempool for the wallet role; node/core/mempool.go
// sets it.
type Pool interface {
	// Coins replaces in list what is spent in the pool, and fills in its outputs.
	Coins(outs []node.OutPoint, list []node.Coin)
	// Submit judges a transaction, and keeps it unless test is set; see
	// node.Chain.
	Submit(ctx context.Context, tx *wire.Tx, maxFee int64, test, relay bool) (node.TxOutcome, error)
	// All calls f with every transaction, parents first, until it fails.
	All(f func(*wire.Tx) error) error
	Entry(txid wire.Hash) node.PoolEntry
	FeeRates() node.FeeRates
	EstimateFee(blocks int32, conservative bool) node.FeeEstimate
}

func (c *Core) needPool() (Pool, error) {
	if c.pool == nil {
		return nil, ipc.Errorf(node.ErrNoPool, "there is no mempool")
	}
	return c.pool, nil
}

func (c *Core) submit(ctx context.Context, raw []byte, maxFee int64, test, relay bool) (node.TxOutcome, error) {
	p, err := c.needPool()
	if err != nil {
		return node.TxOutcome{}, err
	}
	tx, err := wire.DecodeTx(raw)
	if err != nil {
		return node.TxOutcome{}, ipc.Errorf(node.ErrArgument, "that is no transaction")
	}
	return p.Submit(ctx, tx, maxFee, test, relay)
}

// BroadcastTransaction implements node.Chain.
func (c *Core) BroadcastTransaction(ctx context.Context, tx []byte, maxFee int64, relay bool) (node.TxOutcome, error) {
	return c.submit(ctx, tx, maxFee, false, relay)
}

// TestTransaction implements node.Chain.
func (c *Core) TestTransaction(ctx context.Context, tx []byte, maxFee int64) (node.TxOutcome, error) {
	return c.submit(ctx, tx, maxFee, true, false)
}

// RequestMempool implements node.Chain.
func (c *Core) RequestMempool(ctx context.Context, n node.Notifications) error {
	if n == nil {
		return ipc.Errorf(node.ErrArgument, "no object to notify")
	}
	if o, ok := n.(interface{ Close() error }); ok {
		defer o.Close() //nolint:errcheck // the caller's reference
	}
	p, err := c.needPool()
	if err != nil {
		return err
	}
	return p.All(func(tx *wire.Tx) error { return n.TransactionAdded(ctx, tx.Append(nil)) })
}

// PoolEntry implements node.Chain.
func (c *Core) PoolEntry(_ context.Context, txid node.Hash) (node.PoolEntry, error) {
	p, err := c.needPool()
	if err != nil {
		return node.PoolEntry{}, err
	}
	return p.Entry(wire.Hash(txid)), nil
}

// FeeRates implements node.Chain.
func (c *Core) FeeRates(context.Context) (node.FeeRates, error) {
	p, err := c.needPool()
	if err != nil {
		return node.FeeRates{}, err
	}
	return p.FeeRates(), nil
}

// EstimateFee implements node.Chain.
func (c *Core) EstimateFee(_ context.Context, blocks int32, conservative bool) (node.FeeEstimate, error) {
	p, err := c.needPool()
	if err != nil {
		return node.FeeEstimate{}, err
	}
	return p.EstimateFee(blocks, conservative), nil
}

// transactionAdded tells the followers; node/core/mempool.go calls it, as it does
// transactionRemoved.
func (c *Core) transactionAdded(tx *wire.Tx) {
	c.followers.publish(notice{kind: txAdded, data: tx.Append(nil)})
}

func (c *Core) transactionRemoved(tx *wire.Tx, reason node.RemovalReason) {
	c.followers.publish(notice{kind: txRemoved, data: tx.Append(nil), reason: reason})
}
