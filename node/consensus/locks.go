package consensus

import "dashmp/node/wire"

// Locks are the last height and the last median time at which the relative
// lock times of a transaction forbid it; -1 means none (BIP68).
type Locks struct {
	Height int
	// Time is in seconds since the epoch.
	Time int64
}

// SequenceLocks works out the relative lock times of tx in a block after prev.
// heights are those of the blocks that hold the coins it spends, in the order
// of its inputs; a coin of the mempool or of the block itself has the height
// after prev. active tells whether BIP68 holds (CSV).
//
// Source of the rule: CalculateSequenceLocks in Dash Core's
// src/consensus/tx_verify.cpp.
func SequenceLocks(tx *wire.Tx, active bool, heights []int, prev Block) Locks {
	l := Locks{Height: -1, Time: -1}
	// A negative version is a large one here.
	if !active || tx.Version >= 0 && tx.Version < 2 {
		return l
	}
	for i := range tx.Inputs {
		seq := tx.Inputs[i].Sequence
		if seq&wire.SequenceLockDisable != 0 {
			continue
		}
		value := seq & wire.SequenceLockMask
		if seq&wire.SequenceLockSeconds == 0 {
			l.Height = max(l.Height, heights[i]+int(value)-1)
			continue
		}
		// Time counts from the median time before the block with the coin.
		start := MedianTimePast(prev.Ancestor(max(heights[i]-1, 0)))
		l.Time = max(l.Time, start+int64(value<<wire.SequenceLockGranularity)-1)
	}
	return l
}

// Satisfied reports whether the block after prev may hold a transaction with
// locks l (EvaluateSequenceLocks).
func (l Locks) Satisfied(prev Block) bool {
	return l.Height < prev.Height()+1 && l.Time < MedianTimePast(prev)
}

// NonFinal is the refusal of a block for a transaction whose relative lock
// times are not satisfied.
func NonFinal() error { return invalid(KindConsensus, "bad-txns-nonfinal") }
