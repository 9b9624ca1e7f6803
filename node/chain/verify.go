package chain

import (
	"context"
	"fmt"

	"dashmp/node/coins"
	"dashmp/node/consensus"
)

// Verify checks the last depth blocks (all, if depth is 0) at a level from 0 to
// 4, each of which includes those below: 0 reads blocks, 1 judges each by
// itself, 2 reads what they spent, 3 disconnects them from a copy of the coins
// in memory, 4 connects them again. Damage is ErrVerify.
//
// Source: CVerifyDB::VerifyDB. Level 3 ends early when the copy exceeds the
// cache's size; level 4 is then left out.
func (m *Manager) Verify(ctx context.Context, level, depth int) error {
	m.activation.Lock()
	defer m.activation.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	tip := m.Tip()
	if tip.parent == nil {
		return nil
	}
	if depth <= 0 || depth > int(tip.height) {
		depth = int(tip.height)
	}
	level = min(max(level, 0), 4)
	m.o.Log.Info(fmt.Sprintf("Verifying last %d blocks at level %d", depth, level))
	view := coins.NewCache(m.coins)
	x, skipped := tip, false
	for ; x.parent != nil && int(x.height) > int(tip.height)-depth; x = x.parent {
		if err := ctx.Err(); err != nil || m.stopping.Load() {
			return err
		}
		// A block cannot be connected again without its parent's coinbase.
		if m.pruned.Load() && (x.status&HaveData == 0 || level >= 4 && x.parent.status&HaveData == 0) {
			m.o.Log.Info(fmt.Sprintf("VerifyDB(): block verification stopping at height %d (pruning, no data)", x.height))
			break
		}
		memory := level < 3 || view.Bytes()+m.coins.Bytes() <= m.o.CacheBytes
		if err := m.verifyDown(ctx, x, level, memory, view); err != nil {
			return err
		}
		skipped = skipped || !memory
	}
	if skipped {
		m.o.Log.Info("Skipped verification of level >=3 (insufficient database cache size). Consider increasing -dbcache.")
	}
	for level >= 4 && !skipped && x != tip && !m.stopping.Load() {
		if err := ctx.Err(); err != nil {
			return err
		}
		x = m.active[x.height+1]
		b, err := m.readBlock(ctx, x)
		if err == nil {
			_, err = m.connectBlock(ctx, b, x, view, connectOptions{justCheck: true})
		}
		if err != nil {
			return fmt.Errorf("%w: *** found unconnectable block at %d, hash=%s (%w)", ErrVerify, x.height, x.hash, err)
		}
	}
	m.o.Log.Info(fmt.Sprintf("Verification: No coin database inconsistencies in last %d blocks", depth))
	return nil
}

func (m *Manager) verifyDown(ctx context.Context, x *Index, level int, memory bool, view *coins.Cache) error {
	fail := func(what string, err error) error {
		return fmt.Errorf("%w: *** %s at %d, hash=%s (%w)", ErrVerify, what, x.height, x.hash, err)
	}
	b, err := m.readBlock(ctx, x)
	if err != nil {
		return fail("ReadBlockFromDisk failed", err)
	}
	if level >= 1 {
		if err := m.o.Rules.CheckBlock(b, x.hash, consensus.AllChecks); err != nil {
			return fail("found bad block", err)
		}
	}
	if level < 2 {
		return nil
	}
	undo, err := m.readUndo(ctx, x)
	if err != nil {
		return fail("found bad undo data", err)
	}
	if level < 3 || !memory {
		return nil
	}
	clean, err := view.Disconnect(b, uint32(x.height), undo)
	if err != nil {
		return fail("irrecoverable inconsistency in block data", err)
	}
	if !clean {
		return fail("coin database inconsistencies found", coins.ErrUndo)
	}
	return nil
}
