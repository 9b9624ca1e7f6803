package core

import (
	"context"
	"errors"

	"dashmp/node/blockchain"
	"dashmp/node/chain"
	"dashmp/node/p2p/process"
	"dashmp/node/wire"
)

// fetcher asks peers for blocks (RPC getblockfrompeer).
type fetcher struct{ c *Core }

// FetchBlock implements blockchain.Peers.
func (f fetcher) FetchBlock(_ context.Context, peer int64, x *chain.Index) error {
	if why := f.c.peers.FetchBlock(peer, x); why != "" {
		return errors.New(why)
	}
	return nil
}

// peerFilters are the compact filters that peers may ask for, nil if none.
func (c *Core) peerFilters() process.Filters {
	if x := c.indexes.Filters["basic"]; x != nil && c.o.Config.Bool("peerblockfilters") {
		return peerFilters{x}
	}
	return nil
}

// peerFilters is the index of compact filters as peers ask it.
type peerFilters struct{ index blockchain.FilterIndex }

// each calls f with the filters from a height to a block, in ascending order.
func (p peerFilters) each(start int, stop *chain.Index, f func(x *chain.Index, filter []byte)) bool {
	for h := start; h <= stop.Height(); h++ {
		x := stop.AncestorAt(h)
		filter, _, ok := p.index.Filter(x)
		if !ok {
			return false
		}
		f(x, filter)
	}
	return true
}

// Range implements process.Filters.
func (p peerFilters) Range(_ context.Context, start int, stop *chain.Index) (filters [][]byte, blocks []wire.Hash, ok bool) {
	ok = p.each(start, stop, func(x *chain.Index, filter []byte) {
		filters, blocks = append(filters, filter), append(blocks, x.Hash())
	})
	return filters, blocks, ok
}

// Hashes implements process.Filters.
func (p peerFilters) Hashes(_ context.Context, start int, stop *chain.Index) (list []wire.Hash, ok bool) {
	ok = p.each(start, stop, func(_ *chain.Index, filter []byte) { list = append(list, wire.DoubleSHA256(filter)) })
	return list, ok
}

// Header implements process.Filters.
func (p peerFilters) Header(_ context.Context, x *chain.Index) (wire.Hash, bool) {
	_, header, ok := p.index.Filter(x)
	return header, ok
}
