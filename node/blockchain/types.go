package blockchain

import (
	"context"
	"io"
	"log/slog"
	"time"

	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/params"
	"dashmp/node/wire"
)

// Options are what the RPCs depend on. Whatever may be absent is nil then.
type Options struct {
	Chain  *chain.Manager
	Params *params.Params
	// ChainName is what getblockchaininfo calls the network: its name, or the
	// devnet's.
	ChainName string
	// Rules tell the state of deployments.
	Rules *consensus.Rules
	// Now is the node's clock; it is for intervals only.
	Now func() time.Time
	Log *slog.Logger
	// ServiceFields adds the fields that -deprecatedrpc=service asks for.
	ServiceFields bool

	// Mempool is the pool of unconfirmed transactions; without it RPCs that need
	// it answer as if it were switched off.
	Mempool Mempool
	// Locks are InstantSend and ChainLocks; without them nothing is locked.
	Locks Locks
	// Peers fetch blocks; without them there are none.
	Peers Peers
	// Pruner deletes old blocks; nil unless -prune is set.
	Pruner Pruner
	// Exports are files that RPCs write.
	Exports Exports
	// Warnings is the text of what is wrong with the node; nil for nothing.
	Warnings func() string
	Indexes  Indexes
}

// Indexes are the optional indexes, nil where switched off.
type Indexes struct {
	// Tx is -txindex.
	Tx TxIndex
	// CoinStats is -coinstatsindex.
	CoinStats CoinStatsIndex
	// Filters are -blockfilterindex by the name of their type ("basic").
	Filters map[string]FilterIndex
	// Timestamps is -timestampindex.
	Timestamps TimestampIndex
	// Spent is -spentindex.
	Spent SpentIndex
}

// Mempool is the pool of unconfirmed transactions.
type Mempool interface {
	// Transaction returns a transaction of the pool, nil if it has none with
	// that id.
	Transaction(id wire.Hash) *wire.Tx
	// IsSpent reports whether a transaction of the pool spends an output.
	IsSpent(o wire.OutPoint) bool
}

// ChainLock is the signature of a quorum that keeps a block in the chain.
type ChainLock struct {
	Height    int
	Hash      wire.Hash
	Signature wire.BLSSignature
}

// InstantLock is the signature of a quorum that keeps a transaction.
type InstantLock struct {
	ID, TxID, CycleHash wire.Hash
	Inputs              []wire.OutPoint
	Signature           wire.BLSSignature
	// Raw is its encoding.
	Raw []byte
}

// Locks are what quorums have signed.
type Locks interface {
	// BestChainLock is the highest ChainLock, nil if none is known.
	BestChainLock() *ChainLock
	// HasChainLock reports whether a ChainLock holds the block of a height.
	HasChainLock(height int, hash wire.Hash) bool
	// InstantLock is that of a transaction, nil if none is known.
	InstantLock(id wire.Hash) *InstantLock
}

// Peers are the connections to other nodes.
type Peers interface {
	// FetchBlock asks a peer for a block of which the header is known. The text
	// of the error is the caller's (PeerManager::FetchBlock).
	FetchBlock(ctx context.Context, peer int64, x *chain.Index) error
}

// Pruner deletes old blocks.
type Pruner interface {
	// PruneTo deletes block files that have no block above a height
	// (PruneBlockFilesManual).
	PruneTo(ctx context.Context, height int) error
	// FirstStored is the lowest block of the active chain from which on up to
	// the tip all blocks are there (GetFirstStoredBlock).
	FirstStored() *chain.Index
	// Target is how many bytes block files may take, 0 if they are deleted on
	// demand only (-prune=1).
	Target() uint64
}

// Exports are the files that an RPC of the caller's names.
type Exports interface {
	// Take hands out the new file that the rpc role has asked for. It can be
	// taken once.
	Take(ctx context.Context, handle uint64) (io.WriteCloser, error)
}

// Index is what all indexes have in common.
type Index interface {
	// Summary tells how far the index is.
	Summary() IndexSummary
	// WaitSynced waits until the index knows the chain as it is at the time of
	// the call. It reports false at once if the index is not up to date with
	// the chain yet (BlockUntilSyncedToCurrentChain).
	WaitSynced(ctx context.Context) bool
}

// IndexSummary is the state of an index (IndexSummary).
type IndexSummary struct {
	// Name is as getindexinfo shows it.
	Name   string
	Synced bool
	// Height is that of the last block in the index.
	Height int
}

// TxIndex finds transactions.
type TxIndex interface {
	Index
	// Transaction returns a transaction and the hash of its block; nil if the
	// index has none.
	Transaction(ctx context.Context, id wire.Hash) (*wire.Tx, wire.Hash, error)
}

// CoinStats describe the set of unspent outputs after a block, amounts in
// duffs; totals are from the genesis block on (CCoinsStats).
type CoinStats struct {
	Outputs, Bogo uint64
	// Muhash is in the byte order of a hash.
	Muhash wire.Hash
	Amount int64

	Unspendable, PrevoutSpent, NewOutputsExCoinbase, Coinbase int64
	UnspendableGenesis, UnspendableBIP30, UnspendableScripts  int64
	UnspendableUnclaimedRewards                               int64
}

// CoinStatsIndex knows the set after each block.
type CoinStatsIndex interface {
	Index
	// Stats are those after a block; false if the index has none.
	Stats(x *chain.Index) (CoinStats, bool)
}

// FilterIndex knows the compact filter of each block (BIP157).
type FilterIndex interface {
	Index
	// Filter is a block's filter as it is encoded, and the header of the chain
	// of filters; false if the index has none.
	Filter(x *chain.Index) (filter []byte, header wire.Hash, ok bool)
}

// TimestampIndex finds blocks by their time.
type TimestampIndex interface {
	// Hashes are those of blocks with a time from low up to below high, in the
	// order of time and hash.
	Hashes(high, low uint32) ([]wire.Hash, error)
}

// Spent is by whom an output was spent (CSpentIndexValue).
type Spent struct {
	TxID   wire.Hash
	Input  uint32
	Height int
	// Amount is the output's, in duffs.
	Amount int64
	// ScriptPubKey is the output's script.
	ScriptPubKey []byte
}

// SpentIndex knows who spent an output.
type SpentIndex interface {
	// Spent returns who spent an output, in a block or in the pool; false if
	// nobody did.
	Spent(o wire.OutPoint) (Spent, bool)
}
