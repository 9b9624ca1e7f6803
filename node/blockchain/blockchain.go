package blockchain

import (
	"context"
	"encoding/hex"
	"errors"
	"sync/atomic"

	"dashmp/node/chain"
	"dashmp/node/rawtx"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
	"dashmp/node/wire"
)

// object and member shorten the building of results.
type (
	object = rpccall.Object
	member = rpccall.Member
)

// RPCs are the RPCs about one chain.
type RPCs struct {
	o      Options
	json   rawtx.JSON
	latest *latest
	scan   scanner
	// unsubscribe ends the hearing of the chain's events.
	unsubscribe func()
	closed      atomic.Bool
}

// New makes the RPCs of a chain. Close ends what they wait for.
func New(o Options) *RPCs {
	r := &RPCs{o: o, json: rawtx.JSON{Base58: o.Params.Base58, ServiceFields: o.ServiceFields}}
	r.latest = newLatest(o.Chain.Tip())
	r.unsubscribe = o.Chain.Subscribe(func(e chain.Event) {
		if e.Kind == chain.UpdatedTip {
			r.latest.set(e.Index)
		}
	})
	r.latest.set(o.Chain.Tip())
	return r
}

// Close ends calls that wait for blocks, and the scan of the coins.
func (r *RPCs) Close() {
	if !r.closed.Swap(true) {
		r.unsubscribe()
		r.latest.close()
		r.scan.abort()
	}
}

// Methods returns the RPCs by name.
func (r *RPCs) Methods() rpccall.Methods {
	return rpccall.Methods{
		"dumptxoutset":                     r.dumpTxOutSet,
		"getbestblockhash":                 r.getBestBlockHash,
		"getbestchainlock":                 r.getBestChainLock,
		"getblock":                         r.getBlock,
		"getblockchaininfo":                r.getBlockchainInfo,
		"getblockcount":                    r.getBlockCount,
		"getblockfilter":                   r.getBlockFilter,
		"getblockfrompeer":                 r.getBlockFromPeer,
		"getblockhash":                     r.getBlockHash,
		"getblockhashes":                   r.getBlockHashes,
		"getblockheader":                   r.getBlockHeader,
		"getblockheaders":                  r.getBlockHeaders,
		"getblockstats":                    r.getBlockStats,
		"getchaintips":                     r.getChainTips,
		"getchaintxstats":                  r.getChainTxStats,
		"getdifficulty":                    r.getDifficulty,
		"getindexinfo":                     r.getIndexInfo,
		"getislocks":                       r.getISLocks,
		"getmerkleblocks":                  r.getMerkleBlocks,
		"getrawtransaction":                r.getRawTransaction,
		"getrawtransactionmulti":           r.getRawTransactionMulti,
		"getspecialtxes":                   r.getSpecialTxes,
		"gettxchainlocks":                  r.getTxChainLocks,
		"gettxout":                         r.getTxOut,
		"gettxoutproof":                    r.getTxOutProof,
		"gettxoutsetinfo":                  r.getTxOutSetInfo,
		"invalidateblock":                  r.invalidateBlock,
		LookupCoins:                        r.lookupCoins,
		"preciousblock":                    r.preciousBlock,
		"pruneblockchain":                  r.pruneBlockchain,
		"reconsiderblock":                  r.reconsiderBlock,
		"scantxoutset":                     r.scanTxOutSet,
		"syncwithvalidationinterfacequeue": r.syncWithQueue,
		"verifychain":                      r.verifyChain,
		"verifytxoutproof":                 r.verifyTxOutProof,
		"waitforblock":                     r.waitForBlock,
		"waitforblockheight":               r.waitForBlockHeight,
		"waitfornewblock":                  r.waitForNewBlock,
	}
}

// hash reads parameter i as a hash that errors call name.
func hash(call *rpccall.Call, i int, name string) (wire.Hash, error) {
	return rpcvalue.Hash(call.Value(i), name)
}

func blockNotFound() error {
	return rpcerr.Errorf(rpcerr.InvalidAddressOrKey, "Block not found")
}

// lookUp returns a known block.
func (r *RPCs) lookUp(h wire.Hash) (*chain.Index, error) {
	if x := r.o.Chain.Lookup(h); x != nil {
		return x, nil
	}
	return nil, blockNotFound()
}

// block reads parameter i as the hash of a known block.
func (r *RPCs) block(call *rpccall.Call, i int, name string) (*chain.Index, error) {
	h, err := hash(call, i, name)
	if err != nil {
		return nil, err
	}
	return r.lookUp(h)
}

// intOr reads parameter i as an integer of 32 bits, def if it is not given.
func intOr(call *rpccall.Call, i, def int) (int, error) {
	if !call.Given(i) {
		return def, nil
	}
	return call.Int(i)
}

// hashOrHeight reads parameter i as a known block or a height of the active
// chain (ParseHashOrHeight).
func (r *RPCs) hashOrHeight(call *rpccall.Call, i int) (*chain.Index, error) {
	if call.Kind(i) != univalue.Number {
		return r.block(call, i, "hash_or_height")
	}
	height, err := call.Int(i)
	if err != nil {
		return nil, err
	}
	if height < 0 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Target block height %d is negative", height)
	}
	for {
		if x := r.o.Chain.ActiveAt(height); x != nil {
			return x, nil
		}
		if tip := r.o.Chain.Tip().Height(); height > tip {
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Target block height %d after current tip %d", height, tip)
		}
	}
}

// pruned reports whether a block was here and has been deleted (IsBlockPruned).
func (r *RPCs) pruned(x *chain.Index) bool {
	if r.o.Pruner == nil {
		return false
	}
	info := r.o.Chain.Info(x)
	return info.Status&chain.HaveData == 0 && info.Transactions > 0
}

// readBlock reads a block (GetBlockChecked).
func (r *RPCs) readBlock(ctx context.Context, x *chain.Index) (*wire.Block, error) {
	raw, err := r.readRaw(ctx, x)
	if err != nil {
		return nil, err
	}
	b, err := wire.DecodeBlock(raw)
	if err != nil {
		return nil, r.notOnDisk(ctx, err)
	}
	return b, nil
}

func (r *RPCs) readRaw(ctx context.Context, x *chain.Index) ([]byte, error) {
	if r.pruned(x) {
		return nil, rpcerr.Errorf(rpcerr.Misc, "Block not available (pruned data)")
	}
	raw, err := r.o.Chain.RawBlock(ctx, x)
	if err != nil {
		return nil, r.notOnDisk(ctx, err)
	}
	return raw, nil
}

// notOnDisk is the error of a block that cannot be read; damage is logged.
func (r *RPCs) notOnDisk(ctx context.Context, err error) error {
	if !errors.Is(err, chain.ErrNoData) && ctx.Err() == nil {
		r.o.Log.Error(err.Error())
	}
	return rpcerr.Errorf(rpcerr.Misc, "Block not found on disk")
}

// next is the block after x in the active chain, nil if there is none.
func (r *RPCs) next(x *chain.Index) *chain.Index {
	if n := r.o.Chain.ActiveAt(x.Height() + 1); n != nil && n.Parent() == x {
		return n
	}
	return nil
}

func (r *RPCs) chainLocked(x *chain.Index) bool {
	return r.o.Locks != nil && r.o.Locks.HasChainLock(x.Height(), x.Hash())
}

func (r *RPCs) instantLocked(id wire.Hash) bool {
	return r.o.Locks != nil && r.o.Locks.InstantLock(id) != nil
}

func appendHexString(b, data []byte) []byte {
	return append(hex.AppendEncode(append(b, '"'), data), '"')
}
