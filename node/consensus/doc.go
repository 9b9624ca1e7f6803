// Package consensus holds the rules by which a Dash node accepts a transaction,
// a header or a block: as pure functions with Dash Core's order of checks,
// reject reasons and debug texts.
//
// # Invariants
//
// A rule sees only its arguments. Ancestors come through Block, spent coins as
// a slice; the caller finds them. Every refusal is an *Error, whose Kind says
// who is to blame and whether the hash may be remembered as invalid.
//
// What needs a masternode list, a quorum or a BLS signature is refused with
// KindUnverified, and never accepted: such a block must not be connected, and
// must not be marked invalid. A chain on which every block has passed therefore
// has no masternodes and no quorums, and the rules rely on that: the merkle
// roots of both lists are zero, every commitment is null, nobody but the miner
// and the credit pool is paid, no bit is signalled by masternodes.
//
// # The order of a block's checks
//
//	AcceptBlockHeader   CheckHeader, ContextualCheckHeader
//	AcceptBlock         CheckBlock, ContextualCheckBlock
//	ConnectBlock        CheckBlock
//	                    CheckBIP30 if EnforceBIP30, CheckSuperblockStart
//	                    CheckSpecialTxs
//	                    each transaction: CheckTxInputs, AddFees,
//	                      SequenceLocks, SigOps with CheckBlockSigOps, scripts
//	                    CheckCoinbase
//
// # What it must not do
//
// It runs no script, reads no file, keeps no coins and does not log. Work and
// reward are node/pow's.
//
// # Concurrency
//
// Everything is safe for concurrent use; only VersionBits has state, under a
// lock of its own.
package consensus
