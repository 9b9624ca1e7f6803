package node

import (
	"context"

	"dashmp/ipc"
)

// Kinds of errors of Chain.
const (
	// ErrUnknownBlock: no block of that hash is known, or the active chain has
	// none at that height.
	ErrUnknownBlock = ipc.Kind("chain.block.unknown")
	// ErrNoBlockData: the block is known, but is not on disk: it was pruned, or
	// never arrived.
	ErrNoBlockData = ipc.Kind("chain.block.nodata")
	// ErrNoPool: the core has no mempool (yet).
	ErrNoPool = ipc.Kind("chain.pool")
	// ErrArgument: a request makes no sense, or asks for too much.
	ErrArgument = ipc.Kind("chain.argument")
)

// BlockRef names a block of the active chain.
type BlockRef struct {
	Hash   Hash
	Height int32
	// Time is the header's time in seconds since the epoch.
	Time uint32
}

// BlockInfo describes a known block. Times are in seconds since the epoch.
type BlockInfo struct {
	Hash Hash
	// Parent is zero for the genesis block.
	Parent Hash
	Height int32
	// Time is the header's, MedianTime the median time past at the block,
	// MaxTime the latest header time of the block and its ancestors.
	Time       uint32
	MedianTime int64
	MaxTime    uint32
	// Active: it is in the active chain now.
	Active bool
	// HasData: the block is on disk now.
	HasData bool
}

// BlockPosition is where a block lies in blk?????.dat.
type BlockPosition struct {
	Hash Hash
	// File is the number in the name. Offset is that of the block's first byte;
	// the eight bytes before it are the network's magic and the length
	// (little-endian).
	File, Offset uint32
}

// ChainState is what a wallet must know of the node as a whole.
type ChainState struct {
	Tip BlockRef
	// InitialDownload: the chain is still being downloaded.
	InitialDownload bool
	// Pruned: blocks may be missing; PruneHeight is the lowest height from which
	// on all blocks up to the tip are on disk.
	Pruned      bool
	PruneHeight int32
	// Progress estimates which part of all transactions is validated, 0 to 1.
	Progress float64
	// Importing: block files are being reindexed or loaded.
	Importing bool
}

// OutPoint names an output: transaction id and index.
type OutPoint struct {
	TxID  Hash
	Index uint32
}

// Coin is an unspent output, of the chain or of the mempool.
type Coin struct {
	// Found is false if there is no such output, or it is spent; the rest is
	// then zero.
	Found bool
	// Value is in duffs.
	Value    int64
	Script   []byte
	Height   int32 // -1 in the mempool
	Coinbase bool
}

// FeeRates are in duffs per 1000 bytes.
type FeeRates struct {
	// MempoolMin is what the mempool asks now, RelayMin -minrelaytxfee,
	// Incremental -incrementalrelayfee, Dust -dustrelayfee.
	MempoolMin, RelayMin, Incremental, Dust int64
}

// FeeEstimate is an answer of estimatesmartfee.
type FeeEstimate struct {
	// Rate is in duffs per 1000 bytes; 0 if there is no estimate.
	Rate int64
	// Blocks is the target that the estimate holds for.
	Blocks int32
	// Reason is Dash Core's text for how it came about (StringForFeeReason).
	Reason string
}

// TxOutcome is what became of a transaction that was handed in.
type TxOutcome struct {
	TxID Hash
	// Reject is empty if it is in the mempool now, else why it is not (Dash
	// Core's text, as in sendrawtransaction).
	Reject string
	// Code is the JSON-RPC error code that belongs to Reject, or 0.
	Code int32
}

// PoolEntry is what the mempool knows of a transaction. Counts and sizes include
// the transaction itself; all is zero if it is not there.
type PoolEntry struct {
	Found                  bool
	Ancestors, Descendants uint32
	// AncestorSize is in bytes, AncestorFees in duffs.
	AncestorSize, AncestorFees int64
}

// RemovalReason is why a transaction left the mempool.
type RemovalReason uint8

// The reasons (Dash Core: MemPoolRemovalReason).
const (
	RemovedExpiry RemovalReason = iota
	RemovedSizeLimit
	RemovedReorg
	RemovedBlock
	RemovedConflict
	RemovedReplaced
	RemovedManual
)

// Notifications is implemented by whoever follows the chain. The core calls it
// in the order of events, one call at a time; an error ends the registration. A
// follower that is too far behind loses its registration too: it registers
// again, asks for the tip and catches up by ReadBlock.
type Notifications interface {
	// UpdatedBlockTip tells the current tip, once at registration and then
	// after each change, when the blocks that led there have been told.
	UpdatedBlockTip(ctx context.Context, tip BlockRef) error
	// BlockConnected tells that block is the new tip; data is the serialised
	// block.
	BlockConnected(ctx context.Context, block BlockRef, data []byte) error
	// BlockDisconnected tells that block was the tip and is not in the active
	// chain any more.
	BlockDisconnected(ctx context.Context, block BlockRef, data []byte) error
	// TransactionAdded tells of a transaction that entered the mempool.
	TransactionAdded(ctx context.Context, tx []byte) error
	// TransactionRemoved tells that one left it. Those that left because a block
	// has them are not told: BlockConnected says so.
	TransactionRemoved(ctx context.Context, tx []byte, reason RemovalReason) error
}

// Chain is what the wallet role may ask the core. Its spirit is that of Dash
// Core's interfaces::Chain.
type Chain interface {
	// Tip returns the tip of the active chain.
	Tip(ctx context.Context) (BlockRef, error)
	// HandleNotifications registers n until the handler is disconnected or
	// released, or the connection ends.
	HandleNotifications(ctx context.Context, n Notifications) (ipc.Handler, error)
	// SyncNotifications returns when all followers have been told everything
	// that had happened at the time of the call. It must not be called from a
	// notification.
	SyncNotifications(ctx context.Context) error

	// State tells how the node as a whole is doing.
	State(ctx context.Context) (ChainState, error)
	// FindBlock describes a known block (ErrUnknownBlock).
	FindBlock(ctx context.Context, hash Hash) (BlockInfo, error)
	// BlockAt describes the block of the active chain at a height
	// (ErrUnknownBlock).
	BlockAt(ctx context.Context, height int32) (BlockInfo, error)
	// FindFork describes the last block that the way to a known block has in
	// common with the active chain (ErrUnknownBlock).
	FindFork(ctx context.Context, hash Hash) (BlockInfo, error)
	// FindFirstBlock describes the first block of the active chain from a height
	// on whose MaxTime is at least minTime (ErrUnknownBlock).
	FindFirstBlock(ctx context.Context, minTime int64, minHeight int32) (BlockInfo, error)
	// ReadBlock returns a serialised block (ErrUnknownBlock, ErrNoBlockData).
	ReadBlock(ctx context.Context, hash Hash) ([]byte, error)
	// BlockPositions tells where the blocks of the active chain lie, from a
	// height on, up to the tip, the first that is not on disk, or count, which
	// is at most 10000 (ErrArgument).
	BlockPositions(ctx context.Context, height int32, count uint32) ([]BlockPosition, error)
	// FindCoins looks up to 10000 outputs up, those of the mempool included; the
	// answers are in the order of outs.
	FindCoins(ctx context.Context, outs []OutPoint) ([]Coin, error)

	// BroadcastTransaction puts a serialised transaction into the mempool if its
	// fee is at most maxFee duffs (0: any), and announces it to peers if relay is
	// set.
	BroadcastTransaction(ctx context.Context, tx []byte, maxFee int64, relay bool) (TxOutcome, error)
	// TestTransaction judges it without keeping it.
	TestTransaction(ctx context.Context, tx []byte, maxFee int64) (TxOutcome, error)
	// RequestMempool has n told of every transaction in the mempool, by
	// TransactionAdded, before it returns.
	RequestMempool(ctx context.Context, n Notifications) error
	// PoolEntry tells what the mempool knows of a transaction.
	PoolEntry(ctx context.Context, txid Hash) (PoolEntry, error)
	// FeeRates are those that relay and mempool ask for.
	FeeRates(ctx context.Context) (FeeRates, error)
	// EstimateFee estimates the rate for confirmation within blocks.
	EstimateFee(ctx context.Context, blocks int32, conservative bool) (FeeEstimate, error)
}
