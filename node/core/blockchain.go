package core

import (
	"context"
	"maps"
	"slices"

	"dashmp/node/blockchain"
	"dashmp/node/chain"
	"dashmp/node/mempool"
	"dashmp/node/rawtx"
	"dashmp/node/rpccall"
	"dashmp/node/wire"
)

// openBlockchain serves what is known of blocks, coins and transactions, and
// moves the tip.
func (c *Core) openBlockchain(context.Context) (part, error) {
	service := slices.Contains(c.o.Config.Strings("deprecatedrpc"), "service")
	var prune blockchain.Pruner
	if c.chain.Pruning() {
		prune = pruner{c}
	}
	rpcs := blockchain.New(blockchain.Options{
		Chain: c.chain, Params: c.o.Params, ChainName: c.o.Config.ChainName, Rules: c.rules, Now: c.o.Now, Log: c.o.Log,
		ServiceFields: service, Mempool: poolView{c.mempool}, Indexes: c.indexes, Peers: fetcher{c},
		Pruner: prune, Warnings: c.Warnings, Exports: exports{c.o.Broker},
	})
	methods := rpcs.Methods()
	maps.Copy(methods, rawtx.Methods(rawtx.Options{Base58: c.o.Params.Base58, ServiceFields: service, Coin: rpcs.Coin}))
	methods["syncwithvalidationinterfacequeue"] = c.syncQueue
	return part{name: "blockchain", methods: methods, stop: rpcs.Close}, nil
}

// syncQueue returns when the wallet has been told of everything up to now; parts
// in this process hear of a change before the call that made it returns.
func (c *Core) syncQueue(ctx context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(0, 0); err != nil {
		return nil, err
	}
	return nil, c.followers.sync(ctx)
}

// pruner is -prune as the RPCs about the chain ask for it.
type pruner struct{ c *Core }

// PruneTo implements blockchain.Pruner.
func (p pruner) PruneTo(ctx context.Context, height int) error { return p.c.chain.PruneTo(ctx, height) }

// FirstStored implements blockchain.Pruner.
func (p pruner) FirstStored() *chain.Index { return p.c.chain.FirstStored(p.c.chain.Tip()) }

// Target implements blockchain.Pruner.
func (p pruner) Target() uint64 {
	if p.c.settings.pruneTarget == chain.PruneManually {
		return 0
	}
	return p.c.settings.pruneTarget
}

// poolView is the mempool as the RPCs about the chain ask it.
type poolView struct{ *mempool.Pool }

// Transaction implements blockchain.Mempool.
func (p poolView) Transaction(id wire.Hash) *wire.Tx { return p.Get(id) }

// IsSpent implements blockchain.Mempool.
func (p poolView) IsSpent(o wire.OutPoint) bool {
	_, spent := p.Spender(o)
	return spent
}
