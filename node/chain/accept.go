package chain

import (
	"context"
	"fmt"
	"math"

	"dashmp/node/blockfile"
	"dashmp/node/consensus"
	"dashmp/node/wire"
)

// minBlocksToKeep is how far ahead of the tip an unrequested block may be
// (MIN_BLOCKS_TO_KEEP).
const minBlocksToKeep = 288

// checkpoint is the height of the last checkpoint that is known.
func (m *Manager) checkpoint() int {
	if m.o.NoCheckpoints {
		return 0
	}
	return m.o.Rules.LastCheckpoint(func(h wire.Hash) bool { return m.blocks[h] != nil })
}

// acceptHeader takes a header into the tree, or says what is wrong with it
// (AcceptBlockHeader).
func (m *Manager) acceptHeader(h *wire.Header, hash wire.Hash) (*Index, error) {
	genesis := hash == m.o.Params.GenesisHash
	if x := m.blocks[hash]; x != nil {
		switch {
		case genesis:
		case x.status&failedMask != 0:
			return x, refuse(consensus.KindCachedInvalid, "duplicate")
		case x.status&ConflictChainLock != 0:
			return x, refuse(consensus.KindChainLock, "duplicate")
		}
		return x, nil
	}
	if genesis {
		return m.addIndex(hash, h, nil), nil
	}
	if err := m.o.Rules.CheckHeader(h, hash); err != nil {
		return nil, err
	}
	parent := m.blocks[h.PrevBlock]
	switch {
	case parent == nil:
		return nil, refuse(consensus.KindMissingPrev, "prev-blk-not-found")
	case parent.status&failedMask != 0:
		return nil, refuse(consensus.KindInvalidPrev, "bad-prevblk")
	case parent.status&ConflictChainLock != 0:
		return nil, refuse(consensus.KindChainLock, "bad-prevblk-chainlock")
	}
	if err := m.o.Rules.CheckHeaderInChain(h, parent, m.o.Now().Unix(), m.checkpoint()); err != nil {
		return nil, err
	}
	if m.descendsFromFailed(parent) {
		return nil, refuse(consensus.KindInvalidPrev, "bad-prevblk")
	}
	x := m.addIndex(hash, h, parent)
	m.o.Log.Debug(fmt.Sprintf("Saw new header hash=%s height=%d", hash, x.height))
	return x, nil
}

// descendsFromFailed looks for a failed ancestor, and marks what lies between.
// Only failures that were met are remembered by their descendants otherwise.
func (m *Manager) descendsFromFailed(parent *Index) bool {
	if parent.valid(ValidScripts) {
		return false
	}
	for bad := range m.failed {
		if parent.AncestorAt(int(bad.height)) != bad {
			continue
		}
		for x := parent; x != bad; x = x.parent {
			m.change(x, x.status|FailedChild)
		}
		return true
	}
	return false
}

// change sets a status and remembers to store it.
func (m *Manager) change(x *Index, s Status) {
	x.status = s
	m.dirty[x] = struct{}{}
}

func (m *Manager) addIndex(hash wire.Hash, h *wire.Header, parent *Index) *Index {
	x := newIndex(hash, h, parent)
	x.raise(ValidTree)
	m.blocks[hash] = x
	m.dirty[x] = struct{}{}
	if m.bestHeader == nil || m.bestHeader.work.Cmp(x.work) < 0 {
		m.bestHeader = x
	}
	return x
}

// ProcessHeaders takes headers, each the parent of the next, and returns the
// last that was accepted. Hashes are computed before the lock is taken.
func (m *Manager) ProcessHeaders(_ context.Context, headers []wire.Header) (last *Index, err error) {
	hashes := make([]wire.Hash, len(headers))
	for i := range headers {
		hashes[i] = headers[i].Hash()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range headers {
		if err := m.usable(); err != nil {
			return last, err
		}
		x, err := m.acceptHeader(&headers[i], hashes[i])
		if err != nil {
			return last, err
		}
		last = x
	}
	return last, nil
}

// ProcessBlock takes a block and moves the chain if that makes a better one.
// isNew is false if it was known, or of no use. requested takes also one that
// does not promise a better tip. The error says why the block itself was
// refused; whether it could be connected is told by BlockChecked.
//
// Source: ProcessNewBlock.
func (m *Manager) ProcessBlock(ctx context.Context, b *wire.Block, requested bool) (isNew bool, err error) {
	ctx = context.WithoutCancel(ctx) // half a reorganisation helps nobody
	hash := b.Header.Hash()
	// A block that fails by itself never enters the tree: its header may have
	// other transactions that do not.
	if err := m.o.Rules.CheckBlock(b, hash, consensus.AllChecks); err != nil {
		return false, err
	}
	m.mu.Lock()
	if err = m.usable(); err == nil && m.importing.Load() {
		err = ErrImporting
	}
	if err == nil {
		_, isNew, err = m.acceptBlock(ctx, b, hash, acceptOptions{requested: requested, checked: true})
	}
	m.mu.Unlock()
	if err != nil {
		return isNew, err
	}
	return isNew, m.activate(ctx, b, hash)
}

type acceptOptions struct {
	requested bool
	// checked: CheckBlock passed.
	checked bool
	// at is where the block already lies, nil if nowhere.
	at *blockfile.Pos
}

// acceptBlock stores a block (AcceptBlock).
func (m *Manager) acceptBlock(ctx context.Context, b *wire.Block, hash wire.Hash, o acceptOptions) (x *Index, isNew bool, err error) {
	if x, err = m.acceptHeader(&b.Header, hash); err != nil {
		return x, false, err
	}
	if x.status&HaveData != 0 || !o.requested && !m.useful(x) {
		return x, false, nil
	}
	if !o.checked {
		err = m.o.Rules.CheckBlock(b, hash, consensus.AllChecks)
	}
	if err == nil && x.parent != nil {
		err = m.o.Rules.CheckBlockInChain(b, x.parent)
	}
	if err != nil {
		if e := refusal(err); e != nil && e.Kind != consensus.KindMutated && e.Kind != consensus.KindUnverified {
			m.change(x, x.status|FailedValid)
		}
		return x, false, err
	}
	if m.Tip() != nil && m.Tip() == x.parent && !m.InitialDownload() {
		m.events.add(Event{Kind: NewWork, Index: x, Block: b})
	}
	// After a crash a block is found in the files again if its parent is known.
	// One that came before its parent needs the parent's header on disk; that
	// takes one write for many headers.
	if x.parent != nil && x.parent.status&(HaveData|onDisk) == 0 {
		if err := m.flush(FlushIndex); err != nil {
			return x, false, err
		}
	}
	pos, err := m.place(ctx, b, x, o.at)
	if err != nil {
		return x, false, m.abort("Failed to write block", err)
	}
	m.received(x, len(b.Txs), pos)
	return x, true, nil
}

// useful reports whether an unrequested block may matter.
func (m *Manager) useful(x *Index) bool {
	tip := m.Tip()
	if x.txs != 0 || x.work.Cmp(m.o.MinimumChainWork) < 0 {
		return false // it was here once and was pruned, or its chain is too weak
	}
	return tip == nil || x.work.Cmp(tip.work) >= 0 && x.height <= tip.height+minBlocksToKeep
}

func (m *Manager) place(ctx context.Context, b *wire.Block, x *Index, at *blockfile.Pos) (blockfile.Pos, error) {
	if at != nil {
		m.files.Know(*at, b.Size(), uint32(x.height), x.time)
		return *at, nil
	}
	pos, grown, err := m.files.Append(ctx, b.Append(make([]byte, 0, b.Size())), uint32(x.height), x.time)
	m.checkPrune = m.checkPrune || grown
	return pos, err
}

// received counts a block as here, and all that only waited for it
// (ReceivedBlockTransactions).
func (m *Manager) received(x *Index, txs int, pos blockfile.Pos) {
	x.txs, x.chainTxs, x.file, x.data, x.undo = uint32(txs), 0, pos.File, pos.Offset, 0
	x.raise(ValidTransactions)
	m.change(x, (x.status|HaveData)&^HaveUndo)
	if x.parent != nil && x.parent.chainTxs == 0 {
		m.unlinked[x.parent] = append(m.unlinked[x.parent], x)
		return
	}
	for queue := []*Index{x}; len(queue) > 0; queue = queue[1:] {
		x := queue[0]
		x.chainTxs = uint64(x.txs)
		if x.parent != nil {
			x.chainTxs += x.parent.chainTxs
		}
		// A block that is a candidate under another order must not be lost.
		m.candidates.remove(x)
		x.sequence = m.nextSequence
		if m.nextSequence < math.MaxInt32 {
			m.nextSequence++
		}
		if (m.Tip() == nil || !worse(x, m.Tip())) && x.status&ConflictChainLock == 0 {
			m.candidates.add(x)
		}
		queue = append(queue, m.unlinked[x]...)
		delete(m.unlinked, x)
	}
}
