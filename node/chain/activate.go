package chain

import (
	"context"
	"fmt"
	"math"
	"time"

	"dashmp/node/consensus"
	"dashmp/node/wire"
)

// Activate makes the best chain of what is here the active one. The node calls
// it once after Open and after each Import.
func (m *Manager) Activate(ctx context.Context) error {
	return m.activate(context.WithoutCancel(ctx), nil, wire.Hash{})
}

// activate moves to the best chain step by step (ActivateBestChain). b, if not
// nil, has the given hash and passed CheckBlock.
func (m *Manager) activate(ctx context.Context, b *wire.Block, hash wire.Hash) error {
	m.activation.Lock()
	defer m.activation.Unlock()
	return m.activateLocked(ctx, b, hash)
}

func (m *Manager) activateLocked(ctx context.Context, b *wire.Block, hash wire.Hash) error {
	var most *Index
	for {
		moved, err := m.activateRound(ctx, &most, b, hash)
		m.events.deliver()
		if err != nil {
			return err
		}
		tip := m.Tip()
		if m.o.StopAtHeight > 0 && moved && int(tip.height) >= m.o.StopAtHeight && m.o.Stop != nil {
			m.Interrupt()
			m.o.Stop()
		}
		if !moved || tip == most || m.stopping.Load() {
			break
		}
	}
	return m.Flush(FlushPeriodic)
}

// activateRound moves until the tip is better than it was, or nothing is left
// to do, with the lock held throughout. most is where to, nil if not known.
func (m *Manager) activateRound(ctx context.Context, most **Index, b *wire.Block, hash wire.Hash) (moved bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(); err != nil {
		return false, err
	}
	start := m.Tip()
	for {
		if *most == nil {
			*most = m.findMostWork()
		}
		if *most == nil || *most == m.Tip() {
			break
		}
		own := b
		if hash != (*most).hash {
			own = nil
		}
		failed, err := m.step(ctx, *most, own)
		if err != nil {
			return moved, err
		}
		moved = true
		if failed {
			*most = nil // perhaps another branch now
		}
		if tip := m.Tip(); tip != nil && (start == nil || !worse(tip, start)) {
			break
		}
	}
	if !moved {
		return false, nil
	}
	if fork := Fork(start, m.Tip()); fork != m.Tip() {
		m.events.add(Event{Kind: UpdatedTip, Index: m.Tip(), Fork: fork, Initial: m.InitialDownload()})
	}
	return true, nil
}

// findMostWork is the best candidate whose way from the active chain is not
// known to be closed. Candidates with a closed way are dropped
// (FindMostWorkChain).
func (m *Manager) findMostWork() *Index {
	for {
		best := m.candidates.best()
		if best == nil {
			return nil
		}
		x := best
		for x != nil && !m.contains(x) && x.status&(failedMask|ConflictChainLock|unverified) == 0 && x.status&HaveData != 0 {
			x = x.parent
		}
		if x == nil || m.contains(x) {
			return best
		}
		m.dropCandidates(best, x)
	}
}

// dropCandidates takes away the way from best down to closed.
func (m *Manager) dropCandidates(best, closed *Index) {
	if closed.status&failedMask != 0 && (m.bestInvalid == nil || best.work.Cmp(m.bestInvalid.work) > 0) {
		m.bestInvalid = best
	}
	for x := best; x != closed; x = x.parent {
		switch {
		case closed.status&failedMask != 0:
			m.change(x, x.status|FailedChild)
		case closed.status&ConflictChainLock != 0:
			m.change(x, x.status|ConflictChainLock)
		case closed.status&unverified != 0:
			x.status |= unverified
		default: // wait for the block that was pruned
			m.unlinked[x.parent] = append(m.unlinked[x.parent], x)
		}
		m.candidates.remove(x)
	}
	m.candidates.remove(closed)
}

// connectAhead is how many blocks are listed at a time on the way to a tip.
const connectAhead = 32

// step leaves what is not on the way to most, then connects blocks until the
// tip has more work than before (ActivateBestChainStep).
func (m *Manager) step(ctx context.Context, most *Index, b *wire.Block) (failed bool, err error) {
	old := m.Tip()
	fork := m.fork(most)
	for m.Tip() != nil && m.Tip() != fork {
		if err := m.disconnectTip(ctx); err != nil {
			return false, err
		}
	}
	height := -1
	if fork != nil {
		height = int(fork.height)
	}
	for height < int(most.height) {
		to := min(height+connectAhead, int(most.height))
		last := most.AncestorAt(to)
		path := make([]*Index, to-height)
		for x, i := last, len(path)-1; i >= 0; x, i = x.parent, i-1 {
			path[i] = x
		}
		height = to
		for _, x := range path {
			own := b
			if x != most {
				own = nil
			}
			if err := m.connectTip(ctx, x, own, own != nil); err != nil {
				e := refusal(err)
				if e == nil {
					return false, err
				}
				if e.Kind != consensus.KindMutated && e.Kind != consensus.KindUnverified {
					m.invalidChain(last)
				}
				return true, nil
			}
			m.candidates.prune(m.Tip())
			if old == nil || m.Tip().work.Cmp(old.work) > 0 {
				return false, nil
			}
		}
	}
	return false, nil
}

// blockFailed remembers why a block could not be connected (InvalidBlockFound).
// What this build cannot verify is only put aside.
func (m *Manager) blockFailed(x *Index, e *consensus.Error) {
	m.o.Log.Error(fmt.Sprintf("ConnectTip: ConnectBlock %s failed, %v", x.hash, e))
	m.candidates.remove(x)
	switch e.Kind {
	case consensus.KindMutated, consensus.KindUnverified:
		x.status |= unverified
		return
	}
	m.change(x, x.status|FailedValid)
	m.failed[x] = struct{}{}
	m.invalidChain(x)
}

// invalidChain keeps track of the best invalid block, and of the best header
// (InvalidChainFound).
func (m *Manager) invalidChain(x *Index) {
	if m.bestInvalid == nil || x.work.Cmp(m.bestInvalid.work) > 0 {
		m.bestInvalid = x
	}
	if m.bestHeader.AncestorAt(int(x.height)) == x {
		m.bestHeader = m.Tip()
	}
	m.o.Log.Info(fmt.Sprintf("InvalidChainFound: invalid block=%s  height=%d  log2_work=%f  date=%s",
		x.hash, x.height, log2(x), date(x)))
}

func log2(x *Index) float64 { return math.Log2(x.work.Float64()) }

func date(x *Index) string { return time.Unix(int64(x.time), 0).UTC().Format(time.RFC3339) }

// logTip writes the line that operators follow (UpdateTip).
func (m *Manager) logTip(x *Index) {
	m.o.Log.Info(fmt.Sprintf("UpdateTip: new best=%s height=%d version=0x%08x log2_work=%f tx=%d date='%s' progress=%f cache=%.1fMiB(%dtxo)",
		x.hash, x.height, uint32(x.version), log2(x), x.chainTxs, date(x), m.progress(x),
		float64(m.coins.Bytes())/(1<<20), m.coins.Len()))
}

// Progress estimates which part of all transactions up to now lies up to x
// (GuessVerificationProgress).
func (m *Manager) Progress(x *Index) float64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.progress(x)
}

func (m *Manager) progress(x *Index) float64 {
	if x == nil {
		return 0
	}
	stats := m.o.Params.TxStats
	now := m.o.Now().Unix()
	total := float64(stats.Count) + float64(now-stats.Time)*stats.Rate
	if x.chainTxs > uint64(stats.Count) {
		total = float64(x.chainTxs) + float64(now-int64(x.time))*stats.Rate
	}
	return min(float64(x.chainTxs)/total, 1)
}
