package chain

import (
	"context"
	"fmt"

	"dashmp/node/coins"
	"dashmp/node/consensus"
	"dashmp/node/pow"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// connectOptions say how a block is connected.
type connectOptions struct {
	// checked: CheckBlock passed and need not be repeated.
	checked bool
	// justCheck: nothing is kept, and what verifies is remembered.
	justCheck bool
}

// connectBlock judges a block on the set view, the state of its parent, and
// makes view the state after it. It returns what the block spent; it writes
// nothing (ConnectBlock).
func (m *Manager) connectBlock(ctx context.Context, b *wire.Block, x *Index, view *coins.Cache, o connectOptions) (coins.BlockUndo, error) {
	if !o.checked {
		if err := m.o.Rules.CheckBlock(b, x.hash, consensus.AllChecks); err != nil {
			return nil, err
		}
	}
	if x.parent == nil { // what the genesis block creates cannot be spent
		view.SetBestBlock(x.hash)
		return nil, nil
	}
	if view.BestBlock() != x.parent.hash {
		return nil, m.abort("ConnectBlock", fmt.Errorf("the coins are those of %s, not of %s", view.BestBlock(), x.parent.hash))
	}
	ids, outs := make([]wire.Hash, len(b.Txs)), 0
	for i, tx := range b.Txs {
		ids[i] = tx.ID()
		outs += len(tx.Outputs)
	}
	if err := m.checkOverwrite(b, x, view, ids, outs); err != nil {
		return nil, err
	}
	if err := m.prefetch(b, view, ids); err != nil {
		return nil, m.abort("Error reading from database", err)
	}
	assumed := m.assumedValid(x)
	c, err := m.o.Rules.Connect(b, x, Context{
		View: view, Lookup: func(h wire.Hash) *Index { return m.blocks[h] },
		Read:         func(x *Index) (*wire.Block, error) { return m.readBlock(ctx, x) },
		AssumedValid: assumed, JustCheck: o.justCheck,
	})
	if err != nil {
		return nil, err
	}
	run := m.scripts(c.Flags(), assumed, o.justCheck)
	undo, err := m.applyTransactions(b, ids, x, view, c, run)
	if err == nil {
		err = run.wait()
	}
	if err == nil {
		err = c.Finish()
	}
	if err != nil {
		return nil, err
	}
	view.SetBestBlock(x.hash)
	return undo, nil
}

// checkOverwrite refuses transactions that exist (BIP30).
func (m *Manager) checkOverwrite(b *wire.Block, x *Index, view *coins.Cache, ids []wire.Hash, n int) error {
	if !m.o.Rules.EnforceBIP30(x.parent) {
		return nil
	}
	outs := make([]wire.OutPoint, 0, n)
	for i, tx := range b.Txs {
		for j := range tx.Outputs {
			outs = append(outs, wire.OutPoint{Hash: ids[i], Index: uint32(j)})
		}
	}
	exist, err := view.AnyExist(outs)
	if err != nil {
		return m.abort("Error reading from database", err)
	}
	if exist {
		return refuse(consensus.KindConsensus, "bad-txns-BIP30")
	}
	return nil
}

// prefetch reads in one go what the block spends of other blocks.
func (m *Manager) prefetch(b *wire.Block, view *coins.Cache, ids []wire.Hash) error {
	if len(b.Txs) < 2 {
		return nil
	}
	own := make(map[wire.Hash]struct{}, len(ids))
	for _, id := range ids {
		own[id] = struct{}{}
	}
	var outs []wire.OutPoint
	for _, tx := range b.Txs[1:] {
		for i := range tx.Inputs {
			if _, here := own[tx.Inputs[i].PrevOut.Hash]; !here {
				outs = append(outs, tx.Inputs[i].PrevOut)
			}
		}
	}
	if err := m.coins.Prefetch(outs); err != nil {
		return err
	}
	return view.Prefetch(outs)
}

// scripts prepares the verification of a block's scripts.
func (m *Manager) scripts(flags script.Flags, off, justCheck bool) *scriptRun {
	run := &scriptRun{flags: flags, threads: m.o.Threads, known: m.o.Scripts, off: off}
	switch {
	case m.o.Scripts == nil:
	case justCheck:
		run.cache = m.o.Scripts
	default:
		run.cache = readOnly{m.o.Scripts}
	}
	return run
}

// assumedValidAge is how much work, as time at the best header's rate in
// seconds, must lie on a block before its scripts may be taken for valid.
const assumedValidAge = 60 * 60 * 24 * 7 * 2

// assumedValid reports whether scripts of x need not be verified: it is an
// ancestor of -assumevalid's block, both are on the way to the best header,
// that has the work a known chain must have, and two weeks of it lie on x.
func (m *Manager) assumedValid(x *Index) bool {
	if m.o.AssumeValid.IsZero() || m.bestHeader == nil {
		return false
	}
	to := m.blocks[m.o.AssumeValid]
	if to == nil || to.AncestorAt(int(x.height)) != x || m.bestHeader.AncestorAt(int(x.height)) != x ||
		m.bestHeader.work.Cmp(m.o.MinimumChainWork) < 0 {
		return false
	}
	spacing := m.o.Params.Consensus.PowTargetSpacing
	return pow.EquivalentTime(m.bestHeader.work, x.work, m.bestHeader.bits, spacing) > assumedValidAge
}

func (m *Manager) applyTransactions(b *wire.Block, ids []wire.Hash, x *Index, view *coins.Cache, c Connection, run *scriptRun) (coins.BlockUndo, error) {
	undo := make(coins.BlockUndo, 0, len(b.Txs)-1)
	for i, tx := range b.Txs {
		var spent coins.TxUndo
		missing := false
		if !tx.IsCoinbase() {
			spent = make(coins.TxUndo, 0, len(tx.Inputs))
			for j := range tx.Inputs {
				coin, ok, err := view.Spend(tx.Inputs[j].PrevOut)
				if err != nil {
					return nil, m.abort("Error reading from database", err)
				}
				missing = missing || !ok
				spent = append(spent, coin)
			}
		}
		if err := c.Transaction(i, tx, spent, missing); err != nil {
			return nil, err
		}
		if missing {
			return nil, refuse(consensus.KindConsensus, "bad-txns-inputs-missingorspent")
		}
		if len(spent) > 0 {
			if err := run.add(tx, ids[i], func(j int) []byte { return spent[j].Out.ScriptPubKey }); err != nil {
				return nil, err
			}
		}
		if i > 0 {
			undo = append(undo, spent)
		}
		if err := view.AddOutputs(tx, ids[i], uint32(x.height), false); err != nil {
			return nil, m.abort("ConnectBlock", err)
		}
	}
	return undo, nil
}

// connectTip connects the block after the tip; b is nil if it must be read
// (ConnectTip). An error that is no refusal ends everything.
func (m *Manager) connectTip(ctx context.Context, x *Index, b *wire.Block, checked bool) error {
	if b == nil {
		var err error
		if b, err = m.readBlock(ctx, x); err != nil {
			return m.abort("Failed to read block", err)
		}
		checked = false
	}
	view := coins.NewCache(m.coins)
	undo, err := m.connectBlock(ctx, b, x, view, connectOptions{checked: checked})
	m.events.add(Event{Kind: BlockChecked, Index: x, Block: b, Err: err})
	if err != nil {
		if e := refusal(err); e == nil {
			return m.abort("ConnectBlock", err)
		}
		m.blockFailed(x, refusal(err))
		return err
	}
	if err := m.writeUndo(ctx, x, undo); err != nil {
		return m.abort("Failed to write undo data", err)
	}
	if x.raise(ValidScripts) {
		m.dirty[x] = struct{}{}
	}
	if err := m.coins.Merge(view); err != nil {
		return m.abort("ConnectTip", err)
	}
	if err := m.flush(FlushIfNeeded); err != nil {
		return err
	}
	m.setTip(x)
	m.logTip(x)
	m.events.add(Event{Kind: BlockConnected, Index: x, Block: b, Undo: undo})
	return nil
}

func (m *Manager) writeUndo(ctx context.Context, x *Index, undo coins.BlockUndo) error {
	if x.parent == nil || x.status&HaveUndo != 0 {
		return nil
	}
	at, grown, err := m.files.AppendUndo(ctx, x.file, undo.Append(nil), x.parent.hash)
	if err != nil {
		return err
	}
	m.checkPrune = m.checkPrune || grown
	x.undo = at
	m.change(x, x.status|HaveUndo)
	return nil
}

// disconnectTip takes the last block off (DisconnectTip).
func (m *Manager) disconnectTip(ctx context.Context) error {
	x := m.Tip()
	b, err := m.readBlock(ctx, x)
	var undo coins.BlockUndo
	if err == nil {
		undo, err = m.readUndo(ctx, x)
	}
	if err != nil {
		m.intact.Store(m.broken.Load() == nil)
		return m.abort("Failed to disconnect block; see debug.log for details", err)
	}
	view := coins.NewCache(m.coins)
	clean, err := view.Disconnect(b, uint32(x.height), undo)
	if err == nil && !clean {
		err = fmt.Errorf("the coins are not those that block %s left", x.hash)
	}
	if err == nil {
		err = m.coins.Merge(view)
	}
	if err != nil {
		return m.abort("Failed to disconnect block; see debug.log for details", err)
	}
	if err := m.flush(FlushIfNeeded); err != nil {
		return err
	}
	m.setTip(x.parent)
	m.logTip(x.parent)
	m.events.add(Event{Kind: BlockDisconnected, Index: x, Block: b, Undo: undo})
	return nil
}

// TestBlock judges a block that would follow the tip, without keeping anything
// (TestBlockValidity). A block on another parent is ErrTip.
func (m *Manager) TestBlock(ctx context.Context, b *wire.Block, do consensus.Checks) error {
	hash := b.Header.Hash()
	m.mu.Lock()
	defer m.mu.Unlock()
	tip := m.Tip()
	if b.Header.PrevBlock != tip.hash {
		return ErrTip
	}
	if err := m.o.Rules.CheckHeaderInChain(&b.Header, tip, m.o.Now().Unix(), m.checkpoint()); err != nil {
		return err
	}
	if err := m.o.Rules.CheckBlock(b, hash, do); err != nil {
		return err
	}
	if err := m.o.Rules.CheckBlockInChain(b, tip); err != nil {
		return err
	}
	x := newIndex(hash, &b.Header, tip)
	_, err := m.connectBlock(ctx, b, x, coins.NewCache(m.coins), connectOptions{checked: true, justCheck: true})
	return err
}
