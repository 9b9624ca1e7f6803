package proxy_test

import (
	"context"
	"sync/atomic"

	"dashmp/ipc"
	"dashmp/ipc/proxy/nodeproxy"
	"dashmp/node"
)

// callChain calls the rest of node.Node, node.Chain and node.Notifications.
func callChain(ctx context.Context, r *ipc.Ref, did func(error)) {
	var none contract
	none.calls = new(atomic.Int64)
	tip, hash := node.BlockRef{Height: 5}, node.Hash{7}
	n := nodeproxy.NewNotificationsClient(r.AddRef())
	did(n.UpdatedBlockTip(ctx, tip))
	did(n.BlockConnected(ctx, tip, []byte("block")))
	did(n.BlockDisconnected(ctx, tip, []byte("block")))
	did(n.TransactionAdded(ctx, []byte("tx")))
	did(n.TransactionRemoved(ctx, []byte("tx"), node.RemovedReorg))
	_, err := nodeproxy.NewNodeClient(r.AddRef()).ExecuteRPCs(ctx, []node.RPCRequest{{Method: "a"}})
	did(err)
	c := nodeproxy.NewChainClient(r.AddRef())
	did(c.SyncNotifications(ctx))
	for _, ask := range []func() error{
		func() error { _, err := c.State(ctx); return err },
		func() error { _, err := c.FindBlock(ctx, hash); return err },
		func() error { _, err := c.BlockAt(ctx, 5); return err },
		func() error { _, err := c.FindFork(ctx, hash); return err },
		func() error { _, err := c.FindFirstBlock(ctx, 1<<40, 5); return err },
		func() error { _, err := c.ReadBlock(ctx, hash); return err },
		func() error { _, err := c.BlockPositions(ctx, 5, 6); return err },
		func() error { _, err := c.FindCoins(ctx, []node.OutPoint{{TxID: hash, Index: 1 << 31}}); return err },
		func() error { _, err := c.BroadcastTransaction(ctx, []byte("tx"), 1, true); return err },
		func() error { _, err := c.TestTransaction(ctx, []byte("tx"), 1); return err },
		func() error { return c.RequestMempool(ctx, tipImpl(none)) },
		func() error { _, err := c.PoolEntry(ctx, hash); return err },
		func() error { _, err := c.FeeRates(ctx); return err },
		func() error { _, err := c.EstimateFee(ctx, 6, true); return err },
	} {
		did(ask())
	}
}

func (c nodeImpl) ExecuteRPCs(ctx context.Context, reqs []node.RPCRequest) ([]node.RPCReply, error) {
	return node.Batch(ctx, reqs, c.ExecuteRPC)
}

func (c tipImpl) count() error { c.calls.Add(1); return nil }

func (c tipImpl) BlockConnected(context.Context, node.BlockRef, []byte) error    { return c.count() }
func (c tipImpl) BlockDisconnected(context.Context, node.BlockRef, []byte) error { return c.count() }
func (c tipImpl) TransactionAdded(context.Context, []byte) error                 { return c.count() }

func (c tipImpl) TransactionRemoved(context.Context, []byte, node.RemovalReason) error {
	return c.count()
}

// info is an answer with every field set.
func (c chainImpl) info() (node.BlockInfo, error) {
	c.calls.Add(1)
	return node.BlockInfo{
		Hash: node.Hash{1}, Parent: node.Hash{2}, Height: -3, Time: 1 << 31, MedianTime: -5, MaxTime: 6, Active: true, HasData: true,
	}, nil
}

func (c chainImpl) SyncNotifications(context.Context) error { c.calls.Add(1); return nil }

func (c chainImpl) State(context.Context) (node.ChainState, error) {
	c.calls.Add(1)
	return node.ChainState{Tip: node.BlockRef{Height: 1}, Pruned: true, PruneHeight: 2, Progress: 0.5}, nil
}

func (c chainImpl) FindBlock(context.Context, node.Hash) (node.BlockInfo, error) { return c.info() }
func (c chainImpl) BlockAt(context.Context, int32) (node.BlockInfo, error)       { return c.info() }
func (c chainImpl) FindFork(context.Context, node.Hash) (node.BlockInfo, error)  { return c.info() }

func (c chainImpl) FindFirstBlock(context.Context, int64, int32) (node.BlockInfo, error) {
	return c.info()
}

func (c chainImpl) ReadBlock(context.Context, node.Hash) ([]byte, error) {
	c.calls.Add(1)
	return []byte("block"), nil
}

func (c chainImpl) BlockPositions(context.Context, int32, uint32) ([]node.BlockPosition, error) {
	c.calls.Add(1)
	return []node.BlockPosition{{Hash: node.Hash{1}, File: 2, Offset: 3}}, nil
}

func (c chainImpl) FindCoins(context.Context, []node.OutPoint) ([]node.Coin, error) {
	c.calls.Add(1)
	return []node.Coin{{Found: true, Value: -1, Script: []byte("s"), Height: -1, Coinbase: true}}, nil
}

func (c chainImpl) BroadcastTransaction(context.Context, []byte, int64, bool) (node.TxOutcome, error) {
	c.calls.Add(1)
	return node.TxOutcome{Reject: "no", Code: -26}, nil
}

func (c chainImpl) TestTransaction(ctx context.Context, tx []byte, fee int64) (node.TxOutcome, error) {
	return c.BroadcastTransaction(ctx, tx, fee, false)
}

func (c chainImpl) RequestMempool(context.Context, node.Notifications) error {
	c.calls.Add(1)
	return nil
}

func (c chainImpl) PoolEntry(context.Context, node.Hash) (node.PoolEntry, error) {
	c.calls.Add(1)
	return node.PoolEntry{Found: true, Ancestors: 1, AncestorFees: -1}, nil
}

func (c chainImpl) FeeRates(context.Context) (node.FeeRates, error) {
	c.calls.Add(1)
	return node.FeeRates{MempoolMin: 1, Dust: 4}, nil
}

func (c chainImpl) EstimateFee(context.Context, int32, bool) (node.FeeEstimate, error) {
	c.calls.Add(1)
	return node.FeeEstimate{Rate: 1, Blocks: 2, Reason: "why"}, nil
}
