package consensus

import "fmt"

// Kind is the class of a failure: who is to blame, and whether the same hash
// could ever be valid. It is compared with errors.Is. The names follow
// BlockValidationResult and TxValidationResult in Dash Core's
// src/consensus/validation.h.
type Kind string

const (
	// KindConsensus: the block or transaction breaks a rule and always will.
	KindConsensus Kind = "consensus.invalid"
	// KindUnset: Dash Core refuses but blames nobody, since the node might
	// lack governance data (BLOCK_RESULT_UNSET).
	KindUnset Kind = "consensus.unset"
	// KindRecentChange: invalid by a rule newer than some deployment.
	KindRecentChange Kind = "consensus.recent"
	// KindCachedInvalid: known to be invalid, the reason forgotten.
	KindCachedInvalid Kind = "consensus.cached"
	// KindInvalidHeader: too little work, or a header field is wrong.
	KindInvalidHeader Kind = "consensus.header"
	// KindMutated: the transactions are not those the header commits to. The
	// header's hash must not be remembered as invalid.
	KindMutated Kind = "consensus.mutated"
	// KindMissingPrev and KindInvalidPrev: the parent is unknown or invalid.
	KindMissingPrev Kind = "consensus.prev.missing"
	KindInvalidPrev Kind = "consensus.prev.invalid"
	// KindTimeFuture: too far ahead of the clock; it may become valid.
	KindTimeFuture Kind = "consensus.time.future"
	// KindCheckpoint: a fork below the last checkpoint.
	KindCheckpoint Kind = "consensus.checkpoint"
	// KindChainLock: conflicts with a ChainLock.
	KindChainLock Kind = "consensus.chainlock"

	// KindInputsNotStandard and KindNotStandard: policy refuses a transaction.
	KindInputsNotStandard Kind = "tx.inputs.nonstandard"
	KindNotStandard       Kind = "tx.nonstandard"
	// KindMissingInputs: an input is unknown or spent.
	KindMissingInputs Kind = "tx.inputs.missing"
	// KindPrematureSpend: a coinbase or a lock is spent too early.
	KindPrematureSpend Kind = "tx.premature"
	// KindBadSpecial: a special transaction is invalid, which is no ground for
	// punishing the peer: it may not know what this node knows.
	KindBadSpecial Kind = "tx.special"
	// KindConflict and KindConflictLock: conflicts with the mempool or a lock.
	KindConflict     Kind = "tx.conflict"
	KindConflictLock Kind = "tx.conflict.lock"
	// KindMempoolPolicy: violates the mempool's limits.
	KindMempoolPolicy Kind = "tx.mempool"

	// KindUnverified: the rules that decide need what this build lacks, a
	// masternode list, a quorum or a BLS signature. Such a block must not be
	// connected and must not be marked invalid either.
	KindUnverified Kind = "consensus.unverified"
)

func (k Kind) Error() string { return string(k) }

// Unverified is the reject text of every error of KindUnverified.
const Unverified = "unverified-by-this-build"

// Error is the refusal of a block or a transaction.
type Error struct {
	Kind Kind
	// Reject is Dash Core's reject reason, as in RPC results.
	Reject string
	// Debug is Dash Core's debug message, often empty.
	Debug string
	// Log is what Dash Core writes to its log only.
	Log string
}

// Error is the text of ValidationState::ToString.
func (e *Error) Error() string {
	if e.Debug == "" {
		return e.Reject
	}
	return e.Reject + ", " + e.Debug
}

// Is reports whether target is e's kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

func invalid(k Kind, reject string) *Error { return &Error{Kind: k, Reject: reject} }

func invalidf(k Kind, reject, format string, args ...any) *Error {
	return &Error{Kind: k, Reject: reject, Debug: fmt.Sprintf(format, args...)}
}

// unverified names what would be needed to decide.
func unverified(need string) *Error {
	return &Error{Kind: KindUnverified, Reject: Unverified, Debug: need + " cannot be verified by this build yet"}
}

// blockError turns the failure of a transaction into that of its block. What
// cannot be verified stays so.
func blockError(e *Error, format string, args ...any) *Error {
	if e.Kind == KindUnverified {
		return e
	}
	return &Error{
		Kind: KindConsensus, Reject: e.Reject, Log: e.Log,
		Debug: fmt.Sprintf(format, args...) + " " + e.Debug,
	}
}

// InBlock is the failure of a transaction as that of the block it is in: what
// ConnectBlock makes of CheckTxInputs. Errors of other kinds than *Error, and
// what cannot be verified, stay as they are.
func InBlock(err error) error {
	e, ok := err.(*Error)
	if !ok || e.Kind == KindUnverified {
		return err
	}
	return &Error{Kind: KindConsensus, Reject: e.Reject, Debug: e.Debug, Log: e.Log}
}

// asError makes an error of a possibly nil *Error.
func asError(e *Error) error {
	if e == nil {
		return nil
	}
	return e
}
