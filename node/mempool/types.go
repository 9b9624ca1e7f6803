package mempool

import (
	"dashmp/node/chain"
	"dashmp/node/consensus"
	"dashmp/node/wire"
)

// How says how a transaction is judged.
type How struct {
	// Test judges only; nothing is kept.
	Test bool
	// BypassLimits lets in what pays too little, and evicts nothing.
	BypassLimits bool
}

// Result is what became of a transaction.
type Result struct {
	ID wire.Hash
	// Err is why it was refused, nil if it was not. KindMissingInputs is an
	// orphan; KindConflict with Reject "txn-already-in-mempool" and
	// "txn-already-known" are repetitions; KindUnverified may be valid, but
	// this build cannot tell.
	Err *consensus.Error
	// Already: it was in the pool before. Only packages are told so; Accept
	// refuses it.
	Already bool
	// Size is what it counts for against limits and fee rates, in bytes, and Fee
	// is its fee in duffs, without what an operator added. Both are 0 of what
	// was refused.
	Size int
	Fee  int64
	// Missing are the transactions that it spends from and that are neither in
	// the pool nor have that output unspent in the chain, each once. Only with
	// KindMissingInputs.
	Missing []wire.Hash
}

// PackageKind is the class of a package's failure.
type PackageKind uint8

// The classes (PackageValidationResult).
const (
	// PackageOK: the package as such was not refused.
	PackageOK PackageKind = iota
	// PackagePolicy: the package itself is not allowed.
	PackagePolicy
	// PackageTx: a transaction in it is not.
	PackageTx
)

// PackageResult is what became of a package.
type PackageResult struct {
	Kind PackageKind
	// Reject is Dash Core's reject reason, "" with PackageOK.
	Reject string
	// Txs are the results of those that were judged.
	Txs map[wire.Hash]Result
	// HasFeeRate: FeeRate is that of the package, in duffs per 1000 bytes.
	HasFeeRate bool
	FeeRate    int64
}

// Sums are totals over a set of entries.
type Sums struct {
	Count int
	// Size is in bytes, as Entry.Size.
	Size int64
	// Fees are modified ones, in duffs.
	Fees int64
	// SigOps is 0 where it is not kept.
	SigOps int64
}

// Entry is a copy of what the pool knows of a transaction. The transaction is
// shared and must not be changed.
type Entry struct {
	Tx *wire.Tx
	ID wire.Hash
	// Fee is in duffs; ModifiedFee is with what prioritisetransaction added.
	Fee, ModifiedFee int64
	// Size is the size in bytes, or what the signature operations count for if
	// that is more (GetVirtualTransactionSize).
	Size int
	// SigOps counts those of redeem scripts too.
	SigOps int
	// Time is when it came, in seconds since the epoch.
	Time int64
	// Height is that of the tip when it came.
	Height int
	// SpendsCoinbase: an input spends a coinbase.
	SpendsCoinbase bool
	// Locks are its relative lock times as the chain is now.
	Locks consensus.Locks
	// Ancestors and Descendants are in the pool, itself included. SigOps is
	// kept for ancestors only.
	Ancestors, Descendants Sums
	// Parents and Children are the direct ones in the pool, ordered by id.
	Parents, Children []wire.Hash
	// Unbroadcast: submitted here, and no peer has asked for it yet.
	Unbroadcast bool
}

// Info is what relay needs to know of a transaction (TxMempoolInfo).
type Info struct {
	Tx *wire.Tx
	ID wire.Hash
	// Time is when it came, in seconds since the epoch.
	Time int64
	// Fee is in duffs, FeeDelta what prioritisetransaction added.
	Fee, FeeDelta int64
	// Size is as Entry.Size; Fee*1000/Size is the fee rate for BIP 133.
	Size int
	// Sequence is the pool's sequence number when it entered: of two
	// transactions the one with the lower number was there first.
	Sequence uint64
}

// Snapshot is the pool at one moment.
type Snapshot struct {
	// Tip is the block that the entries may follow.
	Tip *chain.Index
	// Sequence is the pool's sequence number.
	Sequence uint64
	// Entries are ordered as requested.
	Entries []Entry
}

// Status is what getmempoolinfo tells.
type Status struct {
	Loaded bool
	Count  int
	// Bytes is the sum of Entry.Size, Usage an estimate of the memory used,
	// both in bytes.
	Bytes, Usage int64
	// TotalFee is the sum of Entry.Fee in duffs.
	TotalFee int64
	// MaxUsage is -maxmempool in bytes.
	MaxUsage int64
	// MinFeeRate and MinRelayFeeRate are in duffs per 1000 bytes.
	MinFeeRate, MinRelayFeeRate int64
	Unbroadcast                 int
}

// Reason is why a transaction left; the text is Dash Core's
// (RemovalReasonToString).
type Reason string

// The reasons.
const (
	ReasonExpiry    Reason = "expiry"
	ReasonSizeLimit Reason = "sizelimit"
	ReasonReorg     Reason = "reorg"
	ReasonBlock     Reason = "block"
	ReasonConflict  Reason = "conflict"
)

// Event is a change of the pool.
type Event struct {
	// Added: the transaction entered. Else it left for Reason.
	Added  bool
	Tx     *wire.Tx
	ID     wire.Hash
	Reason Reason
	// Sequence is the pool's sequence number of the change.
	Sequence uint64
	// Fee is in duffs, Size as Entry.Size.
	Fee  int64
	Size int
}
