package chain

import (
	"context"
	"errors"
	"fmt"
	"math"

	"dashmp/node/blockfile"
)

// PruneManually is a target that is never exceeded: only PruneTo prunes.
const PruneManually = math.MaxUint64

// MinBlocksToKeep is how many blocks below the tip are never pruned
// (MIN_BLOCKS_TO_KEEP).
const MinBlocksToKeep = minBlocksToKeep

// ErrNotPruning: the node keeps all blocks.
const ErrNotPruning ErrorKind = "chain: not in prune mode"

// pruneBuffer is kept below the target for what is allocated before the next
// look, in bytes.
const pruneBuffer = blockfile.BlockChunkSize + blockfile.UndoChunkSize

// Pruning reports whether the node may prune; Pruned whether it ever has.
func (m *Manager) Pruning() bool { return m.o.PruneTarget > 0 }

// Pruned reports whether block files have ever been pruned.
func (m *Manager) Pruned() bool { return m.pruned.Load() }

// PruneTo removes the files whose blocks all lie at or below a height, keeping
// MinBlocksToKeep blocks, and writes everything down (PruneBlockFilesManual).
func (m *Manager) PruneTo(ctx context.Context, height int) error {
	if !m.Pruning() {
		return ErrNotPruning
	}
	m.mu.Lock()
	err := m.usable()
	if err == nil && m.importing.Load() {
		err = ErrImporting
	}
	if err == nil {
		err = m.flushPruning(ctx, m.filesBelow(height))
	}
	m.mu.Unlock()
	m.events.deliver()
	return err
}

// FirstStored is the lowest block from which on all blocks up to x are on disk,
// x itself at the least (GetFirstStoredBlock).
func (m *Manager) FirstStored(x *Index) *Index {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if !m.pruned.Load() && m.contains(x) {
		return m.active[0]
	}
	for x.parent != nil && x.parent.status&HaveData != 0 {
		x = x.parent
	}
	return x
}

// lastPrunable is the highest block that may be pruned: some blocks are kept for
// reorganisations, and what others still need (Options.PruneLock).
func (m *Manager) lastPrunable() int {
	tip := int(m.Tip().height)
	last := tip - minBlocksToKeep
	if m.o.PruneLock != nil {
		if lock := max(m.o.PruneLock(), 1); lock < tip {
			m.o.Log.Debug(fmt.Sprintf("an index limited pruning to height %d", lock), "category", "prune")
			last = min(last, lock)
		}
	}
	return last
}

// filesBelow lists the files that end at or below a height (FindFilesToPruneManual).
func (m *Manager) filesBelow(height int) []uint32 {
	last := min(height, m.lastPrunable())
	var list []uint32
	infos := m.files.Info()
	for n := range infos[:len(infos)-1] {
		if infos[n].Size > 0 && int(infos[n].HeightLast) <= last {
			list = append(list, uint32(n))
		}
	}
	m.o.Log.Info(fmt.Sprintf("Prune (Manual): prune_height=%d removed %d blk/rev pairs", last, len(list)))
	return list
}

// filesOverTarget lists the oldest files, as many as make the rest fit into the
// target (FindFilesToPrune).
func (m *Manager) filesOverTarget() []uint32 {
	target := m.o.PruneTarget
	tip := m.Tip()
	if target == PruneManually || tip == nil || int(tip.height) <= m.o.Params.PruneAfterHeight {
		return nil
	}
	last, usage, buffer := m.lastPrunable(), m.files.Usage(), uint64(pruneBuffer)
	var list []uint32
	if usage+buffer >= target {
		if m.InitialDownload() {
			buffer += target / 10 // each pruning writes all coins: not too often
		}
		infos := m.files.Info()
		for n := range infos[:len(infos)-1] {
			if usage+buffer < target {
				break
			}
			if infos[n].Size == 0 || int(infos[n].HeightLast) > last {
				continue
			}
			list = append(list, uint32(n))
			usage -= uint64(infos[n].Size) + uint64(infos[n].UndoSize)
		}
	}
	m.o.Log.Debug(fmt.Sprintf("target=%dMiB actual=%dMiB diff=%dMiB max_prune_height=%d removed %d blk/rev pairs",
		target>>20, usage>>20, (int64(target)-int64(usage))>>20, last, len(list)), "category", "prune")
	return list
}

// flushPruning writes everything with these files forgotten, and then removes
// them: an index entry never names a file that is gone.
func (m *Manager) flushPruning(ctx context.Context, files []uint32) error {
	if len(files) == 0 {
		return nil
	}
	if !m.pruned.Load() {
		if err := m.writeFlags(flagPruned); err != nil {
			return m.abort("Failed to write to block index database", err)
		}
		m.pruned.Store(true)
	}
	gone := map[uint32]bool{}
	for _, n := range files {
		gone[n] = true
		m.files.Forget(n)
	}
	for _, x := range m.blocks {
		if x.status&HaveData == 0 || !gone[x.file] {
			continue
		}
		m.change(x, x.status&^(HaveData|HaveUndo))
		x.file, x.data, x.undo = 0, 0, 0
		m.forgetUnlinked(x)
	}
	if err := m.write(true); err != nil {
		return err
	}
	return m.removeFiles(ctx, files)
}

// forgetUnlinked drops a pruned block from those that wait for an ancestor: it
// would have to be here again to matter.
func (m *Manager) forgetUnlinked(x *Index) {
	var rest []*Index
	for _, other := range m.unlinked[x.parent] {
		if other != x {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(m.unlinked, x.parent)
		return
	}
	m.unlinked[x.parent] = rest
}

func (m *Manager) removeFiles(ctx context.Context, files []uint32) error {
	var errs []error
	for _, n := range files {
		for _, kind := range []blockfile.Kind{blockfile.Blocks, blockfile.Undo} {
			errs = append(errs, m.o.Remove(ctx, kind, n))
		}
		m.o.Log.Debug(fmt.Sprintf("Prune: UnlinkPrunedFiles deleted blk/rev (%05d)", n), "category", "blockstore")
	}
	if err := errors.Join(errs...); err != nil {
		// What stays is only space lost until the next start.
		m.o.Log.Warn("Prune: " + err.Error())
	}
	return ctx.Err()
}

// removeLeft removes the files that a crash kept from being removed.
func (m *Manager) removeLeft(ctx context.Context) error {
	if !m.pruned.Load() || m.importing.Load() || !m.Pruning() {
		return nil
	}
	var list []uint32
	infos := m.files.Info()
	for n := range infos[:len(infos)-1] {
		if infos[n].Size == 0 {
			list = append(list, uint32(n))
		}
	}
	return m.removeFiles(ctx, list)
}
