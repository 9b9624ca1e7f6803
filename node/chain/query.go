package chain

import (
	"context"
	"errors"
	"fmt"

	"dashmp/node/coins"
	"dashmp/node/wire"
)

// Info is what changes about an Index.
type Info struct {
	Status Status
	// Transactions is the number in the block, 0 until it was here.
	Transactions int
	// ChainTransactions is the number up to the block, 0 until all were here.
	ChainTransactions uint64
	// File is the number of the blk file, and Offset that of the block's first
	// byte in it, if HaveData.
	File, Offset uint32
}

// Info returns what is known of x now.
func (m *Manager) Info(x *Index) Info {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return Info{x.status & storedMask, int(x.txs), x.chainTxs, x.file, x.data}
}

// Lookup returns a known header, nil if it is unknown.
func (m *Manager) Lookup(hash wire.Hash) *Index {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.blocks[hash]
}

// ActiveAt returns the block of the active chain at a height, nil if there is
// none.
func (m *Manager) ActiveAt(height int) *Index {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if height < 0 || height >= len(m.active) {
		return nil
	}
	return m.active[height]
}

// Contains reports whether x is in the active chain.
func (m *Manager) Contains(x *Index) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.contains(x)
}

// BestHeader is the valid header with the most work.
func (m *Manager) BestHeader() *Index {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.bestHeader
}

// Headers calls f with every known header, in no order, until it returns false.
// f must not call the Manager.
func (m *Manager) Headers(f func(*Index, Info) bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, x := range m.blocks {
		if !f(x, Info{x.status & storedMask, int(x.txs), x.chainTxs, x.file, x.data}) {
			return
		}
	}
}

// ChainTip is the end of a branch.
type ChainTip struct {
	Index *Index
	// BranchLength is the distance to the active chain.
	BranchLength int
	// Status is active, invalid, conflicting, headers-only, valid-fork,
	// valid-headers or unknown.
	Status string
}

// Tips returns the ends of all branches, and the tip, in no order (getchaintips).
func (m *Manager) Tips() []ChainTip {
	m.mu.RLock()
	defer m.mu.RUnlock()
	parents := map[*Index]bool{}
	for _, x := range m.blocks {
		if !m.contains(x) {
			parents[x.parent] = true
		}
	}
	var tips []ChainTip
	tip := m.Tip()
	for _, x := range m.blocks {
		if x == tip || !m.contains(x) && !parents[x] {
			fork := m.fork(x)
			length := int(x.height) + 1
			if fork != nil {
				length = int(x.height - fork.height)
			}
			tips = append(tips, ChainTip{x, length, m.tipStatus(x)})
		}
	}
	return tips
}

func (m *Manager) tipStatus(x *Index) string {
	switch {
	case m.contains(x):
		return "active"
	case x.status&failedMask != 0:
		return "invalid"
	case x.status&ConflictChainLock != 0:
		return "conflicting"
	case x.chainTxs == 0:
		return "headers-only"
	case x.valid(ValidScripts):
		return "valid-fork"
	case x.valid(ValidTree):
		return "valid-headers"
	}
	return "unknown"
}

// RawBlock returns the bytes of a block, whose header is checked.
func (m *Manager) RawBlock(ctx context.Context, x *Index) ([]byte, error) {
	m.mu.RLock()
	pos, have := x.pos(), x.status&HaveData != 0
	m.mu.RUnlock()
	if !have {
		return nil, fmt.Errorf("%w: %s", ErrNoData, x.hash)
	}
	return m.readRaw(ctx, x, pos)
}

// Block reads a block: its header and the merkle root are checked.
func (m *Manager) Block(ctx context.Context, x *Index) (*wire.Block, error) {
	raw, err := m.RawBlock(ctx, x)
	if err != nil {
		return nil, err
	}
	return decodeBlock(raw, x)
}

// Undo reads what a block spent.
func (m *Manager) Undo(ctx context.Context, x *Index) (coins.BlockUndo, error) {
	m.mu.RLock()
	file, at, have := x.file, x.undo, x.status&HaveUndo != 0
	m.mu.RUnlock()
	if x.parent == nil || !have {
		return nil, fmt.Errorf("%w: undo data of %s", ErrNoData, x.hash)
	}
	raw, err := m.files.ReadUndo(ctx, file, at, x.parent.hash)
	if err != nil {
		return nil, err
	}
	return coins.DecodeBlockUndo(raw)
}

// Usage is how many bytes the block files hold.
func (m *Manager) Usage() uint64 { return m.files.Usage() }

// View is the set of unspent outputs at the tip, whatever the tip is at each
// call. Use With for several calls about one tip.
func (m *Manager) View() coins.View { return tipView{m} }

type tipView struct{ m *Manager }

func (v tipView) Coin(o wire.OutPoint) (coins.Coin, bool, error) {
	v.m.mu.Lock() // reading fills the cache
	defer v.m.mu.Unlock()
	return v.m.coins.Coin(o)
}

func (v tipView) BestBlock() wire.Hash {
	v.m.mu.RLock()
	defer v.m.mu.RUnlock()
	return v.m.coins.BestBlock()
}

// With calls f with the tip and the set at it, which do not change before f
// returns. f must not call the Manager.
func (m *Manager) With(f func(tip *Index, view coins.View) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return f(m.Tip(), m.coins)
}

// Stats writes the set down and describes it, at the height of its best block.
func (m *Manager) Stats(ctx context.Context, kind coins.HashKind) (coins.Stats, *Index, error) {
	if err := m.Flush(FlushAlways); err != nil {
		return coins.Stats{}, nil, err
	}
	m.activation.Lock() // nobody writes while the walk lasts
	defer m.activation.Unlock()
	st, err := m.store.Stats(ctx, kind)
	if err != nil {
		return st, nil, err
	}
	x := m.Lookup(st.BestBlock)
	if x == nil {
		return st, nil, fmt.Errorf("%w: the coins are of an unknown block", ErrLoad)
	}
	return st, x, nil
}

// Walk writes the set down and calls f with each of its coins in the order of
// the database.
func (m *Manager) Walk(ctx context.Context, f func(o wire.OutPoint, c coins.Coin) error) (*Index, error) {
	if err := m.Flush(FlushAlways); err != nil {
		return nil, err
	}
	m.activation.Lock()
	defer m.activation.Unlock()
	err := m.store.ForEach(func(o wire.OutPoint, c coins.Coin, _ int) error {
		return errors.Join(ctx.Err(), f(o, c))
	})
	return m.Lookup(m.store.BestBlock()), err
}

// Snapshot is Stats and Walk in one: begin hears of the set before each hears
// of its coins, all of one block, which is returned.
func (m *Manager) Snapshot(ctx context.Context, kind coins.HashKind, begin func(coins.Stats) error,
	each func(o wire.OutPoint, c coins.Coin) error) (*Index, error) {
	if err := m.Flush(FlushAlways); err != nil {
		return nil, err
	}
	m.activation.Lock()
	defer m.activation.Unlock()
	st, err := m.store.Stats(ctx, kind)
	if err == nil {
		err = begin(st)
	}
	if err != nil {
		return nil, err
	}
	err = m.store.ForEach(func(o wire.OutPoint, c coins.Coin, _ int) error {
		return errors.Join(ctx.Err(), each(o, c))
	})
	return m.Lookup(st.BestBlock), err
}

// AnyOf returns the block of a transaction that has an unspent output at the
// tip, nil if it has none.
func (m *Manager) AnyOf(id wire.Hash) (*Index, error) {
	m.mu.Lock() // reading fills the cache
	defer m.mu.Unlock()
	c, ok, err := m.coins.AnyOf(id)
	if !ok || err != nil || int(c.Height) >= len(m.active) {
		return nil, err
	}
	return m.active[c.Height], nil
}
