package chain

import (
	"context"
	"fmt"
	"math"
)

// Invalidate marks x and all that builds on it as invalid and leaves them; the
// best remaining chain becomes active (InvalidateBlock). It is on disk when the
// call returns.
func (m *Manager) Invalidate(ctx context.Context, x *Index) error {
	ctx = context.WithoutCancel(ctx)
	if x.height == 0 {
		return ErrGenesis
	}
	m.activation.Lock()
	defer m.activation.Unlock()
	candidates := m.otherCandidates(x)
	for last := (*Index)(nil); ; {
		more, err := m.invalidateStep(ctx, x, &last, candidates)
		m.events.deliver()
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if err := m.activateLocked(ctx, nil, x.hash); err != nil {
		return err
	}
	return m.Flush(FlushIndex)
}

// otherCandidates are the blocks outside the active chain that may become the
// tip once x is gone. What is inside is found on the way.
func (m *Manager) otherCandidates(x *Index) (list []*Index) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, c := range m.blocks {
		if !m.contains(c) && !worse(c, x.parent) && m.mayBeTip(c) {
			list = append(list, c)
		}
	}
	return list
}

// mayBeTip reports whether a block and its ancestors are here and not refused.
func (m *Manager) mayBeTip(x *Index) bool {
	return x.valid(ValidTransactions) && x.status&ConflictChainLock == 0 && x.chainTxs > 0
}

// invalidateStep disconnects one block, or when there is none left marks x. last
// is the block that was disconnected before.
func (m *Manager) invalidateStep(ctx context.Context, x *Index, last **Index, others []*Index) (more bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(); err != nil {
		return false, err
	}
	if !m.contains(x) {
		m.markInvalid(x, *last)
		return false, nil
	}
	tip := m.Tip()
	if err := m.disconnectTip(ctx); err != nil {
		return false, err
	}
	if m.bestHeader == tip || m.bestHeader == x {
		m.bestInvalid, m.bestHeader = m.bestHeader, tip.parent
	}
	// At once, so that a crash in between leaves no candidate that is not wanted.
	m.change(tip, tip.status|FailedValid)
	m.candidates.remove(tip)
	m.candidates.add(tip.parent)
	if *last != nil { // only the lowest failed by itself
		m.change(*last, (*last).status&^FailedValid|FailedChild)
	}
	for _, c := range others {
		if !worse(c, tip.parent) {
			m.candidates.add(c)
		}
	}
	*last = tip
	return true, nil
}

func (m *Manager) markInvalid(x, last *Index) {
	m.change(x, x.status|FailedValid)
	m.failed[x] = struct{}{}
	m.candidates.remove(x)
	for _, c := range m.blocks {
		// Dash Core marks other branches on x when it meets them; until then it
		// takes blocks on them, which a restart would forget.
		if c != x && c.status&failedMask == 0 && c.AncestorAt(int(x.height)) == x {
			m.change(c, c.status|FailedChild)
			m.candidates.remove(c)
		}
		if m.mayBeTip(c) && c.status&unverified == 0 && !worse(c, m.Tip()) {
			m.candidates.add(c)
		}
	}
	m.invalidChain(x)
	if last != nil {
		m.events.add(Event{Kind: UpdatedTip, Index: m.Tip(), Initial: m.InitialDownload()})
	}
}

// Reconsider forgets that x, its ancestors and what builds on it are invalid,
// and moves to the best chain (ResetBlockFailureFlags). It is on disk when the
// call returns.
func (m *Manager) Reconsider(ctx context.Context, x *Index) error {
	m.mu.Lock()
	err := m.usable()
	if err == nil {
		m.forgive(x)
	}
	m.mu.Unlock()
	if err != nil {
		return err
	}
	if err := m.Activate(ctx); err != nil {
		return err
	}
	return m.Flush(FlushIndex)
}

// ReconsiderAhead does so for the best failed block if that builds on the tip,
// as Dash Core does at the start once the end of the chain has been verified:
// what an operator invalidated comes back then. The next Activate moves there.
func (m *Manager) ReconsiderAhead() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	x, tip := m.bestInvalid, m.Tip()
	if x == nil || x == tip || x.AncestorAt(int(tip.height)) != tip {
		return nil
	}
	if err := m.usable(); err != nil {
		return err
	}
	m.o.Log.Info(fmt.Sprintf("ResetBlockFailureFlags: the best known invalid block (%s) is ahead of our tip, reconsidering", x.hash))
	m.forgive(x)
	return nil
}

func (m *Manager) forgive(x *Index) {
	related := func(c *Index) bool {
		return c.AncestorAt(int(x.height)) == x || x.AncestorAt(int(c.height)) == c
	}
	for _, c := range m.blocks {
		if c.status&(failedMask|unverified) == 0 || !related(c) {
			continue
		}
		c.status &^= unverified
		m.change(c, c.status&^failedMask)
		delete(m.failed, c)
		if c == m.bestInvalid {
			m.bestInvalid = nil
		}
		if m.mayBeTip(c) && worse(m.Tip(), c) {
			m.candidates.add(c)
		}
	}
	m.keepSiblingsFailed()
	for _, c := range m.blocks {
		if c.valid(ValidTree) && (m.bestHeader == nil || worse(m.bestHeader, c)) {
			m.bestHeader = c
		}
	}
}

// keepSiblingsFailed makes each block that failed by its ancestors fail by
// itself if its parent no longer does.
func (m *Manager) keepSiblingsFailed() {
	for _, c := range m.blocks {
		if c.status&FailedChild != 0 && c.status&FailedValid == 0 && c.parent.status&failedMask == 0 {
			m.change(c, c.status|FailedValid)
			m.failed[c] = struct{}{}
			m.candidates.remove(c)
		}
	}
}

// Precious prefers x among blocks with the same work, as if it had been the
// first (PreciousBlock). It does not outlast a restart.
func (m *Manager) Precious(ctx context.Context, x *Index) error {
	m.mu.Lock()
	tip := m.Tip()
	if x.work.Cmp(tip.work) < 0 {
		m.mu.Unlock()
		return nil
	}
	if tip.work.Cmp(m.preciousWork) > 0 {
		m.precious = -1
	}
	m.preciousWork = tip.work
	m.candidates.remove(x)
	x.sequence = m.precious
	if m.precious > math.MinInt32 {
		m.precious--
	}
	if m.mayBeTip(x) {
		m.candidates.add(x)
		m.candidates.prune(tip)
	}
	m.mu.Unlock()
	return m.Activate(ctx)
}
