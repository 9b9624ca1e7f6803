package mempool

import (
	"fmt"

	"dashmp/node/wire"
)

// Limits bound the pool.
type Limits struct {
	// MaxUsage is -maxmempool in bytes.
	MaxUsage int64
	// Expiry is -mempoolexpiry in seconds.
	Expiry int64
	// The counts and sizes of a transaction with its ancestors, and of an
	// ancestor with its descendants; sizes in bytes.
	AncestorCount, DescendantCount int
	AncestorSize, DescendantSize   int64
}

// DefaultLimits are those without options.
func DefaultLimits() Limits {
	return Limits{
		MaxUsage: 300_000_000, Expiry: 336 * 60 * 60,
		AncestorCount: 25, DescendantCount: 25, AncestorSize: 101_000, DescendantSize: 101_000,
	}
}

// extraSize is what one more descendant may have in bytes if it has but one
// ancestor: parties that do not trust each other may each spend an output of
// one transaction (EXTRA_DESCENDANT_TX_SIZE_LIMIT).
const extraSize = 10_000

// parents are the entries that transactions spend from. Which limit they exceed
// is the error.
func (g *graph) parentsOf(txs []*wire.Tx, l Limits) (set, error) {
	parents := set{}
	for _, tx := range txs {
		for i := range tx.Inputs {
			p := g.entries[tx.Inputs[i].PrevOut.Hash]
			if p == nil || parents.has(p) {
				continue
			}
			parents[p] = struct{}{}
			if len(parents)+len(txs) > l.AncestorCount {
				return nil, fmt.Errorf("too many unconfirmed parents [limit: %d]", l.AncestorCount)
			}
		}
	}
	return parents, nil
}

// limitedAncestors are all entries on which transactions with these parents
// depend. The error is the limit that count transactions of size bytes together
// would exceed (CalculateAncestorsAndCheckLimits).
func (g *graph) limitedAncestors(parents set, count int, size int64, l Limits) (set, error) {
	found, total := set{}, size
	stage := set{}
	for p := range parents {
		stage[p] = struct{}{}
	}
	for len(stage) > 0 {
		e := least(stage)
		delete(stage, e)
		found[e] = struct{}{}
		total += int64(e.size)
		switch {
		case e.desc.Size+size > l.DescendantSize:
			return nil, fmt.Errorf("exceeds descendant size limit for tx %s [limit: %d]", e.id, l.DescendantSize)
		case e.desc.Count+count > l.DescendantCount:
			return nil, fmt.Errorf("too many descendants for tx %s [limit: %d]", e.id, l.DescendantCount)
		case total > l.AncestorSize:
			return nil, fmt.Errorf("exceeds ancestor size limit [limit: %d]", l.AncestorSize)
		}
		for p := range e.parents {
			if !found.has(p) {
				stage[p] = struct{}{}
			}
			if len(stage)+len(found)+count > l.AncestorCount {
				return nil, fmt.Errorf("too many unconfirmed ancestors [limit: %d]", l.AncestorCount)
			}
		}
	}
	return found, nil
}

// least is the entry that Dash Core would look at first: texts name it.
func least(s set) (e *entry) {
	for m := range s {
		if e == nil || m.id.Compare(e.id) < 0 {
			e = m
		}
	}
	return e
}

// ancestorsOfNew are the ancestors of a transaction that is to enter, within
// limits (CalculateMemPoolAncestors).
func (g *graph) ancestorsOfNew(tx *wire.Tx, size int, l Limits) (set, error) {
	parents, err := g.parentsOf([]*wire.Tx{tx}, l)
	if err != nil {
		return nil, err
	}
	return g.limitedAncestors(parents, 1, int64(size), l)
}

// chainLimits is ancestorsOfNew with the exception for a small one with one
// ancestor whose descendants are at their limit.
func (g *graph) chainLimits(tx *wire.Tx, size int, l Limits) (set, error) {
	found, err := g.ancestorsOfNew(tx, size, l)
	if err == nil || size > extraSize {
		return found, err
	}
	l.AncestorCount = 2
	l.DescendantCount++
	l.DescendantSize += extraSize
	if found, again := g.ancestorsOfNew(tx, size, l); again == nil {
		return found, nil
	}
	return nil, err
}

// packageLimits holds all transactions of a package together to the limits, as
// if each depended on every ancestor of any (CheckPackageLimits).
func (g *graph) packageLimits(txs []*wire.Tx, l Limits) error {
	size := int64(0)
	for _, tx := range txs {
		size += int64(tx.Size())
	}
	parents, err := g.parentsOf(txs, l)
	if err != nil {
		return err
	}
	if _, err := g.limitedAncestors(parents, len(txs), size, l); err != nil {
		return fmt.Errorf("possibly %w", err)
	}
	return nil
}
