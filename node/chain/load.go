package chain

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"dashmp/node/blockfile"
	"dashmp/node/coins"
	"dashmp/node/pow"
	"dashmp/node/wire"
)

// Sequence numbers of blocks from disk: the active chain comes first, so that
// no start changes to another chain with the same work.
const (
	sequenceActive = 0
	sequenceLoaded = 1
	sequenceFirst  = 2
)

// Open loads the chain, or begins it with the genesis block. It completes what
// a crash interrupted, finds blocks that are in the files but not in the index,
// and does not yet look for a better tip: Activate does.
func Open(ctx context.Context, o Options) (*Manager, error) {
	if o.Steady == nil {
		o.Steady = time.Now
	}
	o.Threads = max(o.Threads, 1)
	m := &Manager{
		o: o, blocks: map[wire.Hash]*Index{}, unlinked: map[*Index][]*Index{},
		dirty: map[*Index]struct{}{}, failed: map[*Index]struct{}{},
		nextSequence: sequenceFirst, precious: -1, lastWrite: o.Steady(), lastFlush: o.Steady(),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.open(ctx); err != nil {
		if m.files != nil {
			m.files.Close()
		}
		return nil, err
	}
	return m, nil
}

func (m *Manager) open(ctx context.Context) error {
	if err := m.begin(m.o.IndexDB); err != nil {
		return err
	}
	if err := m.begin(m.o.CoinsDB); err != nil {
		return err
	}
	all, infos, flags, err := m.readIndex()
	if err != nil {
		return err
	}
	if m.store, err = coins.OpenStore(m.o.CoinsDB, m.o.BatchBytes); err != nil {
		return err
	}
	m.files = blockfile.New(blockfile.Options{Magic: m.o.Params.Magic, Sizes: m.o.Sizes, Open: m.o.Files, Info: infos})
	m.coins = coins.NewCache(m.store)
	if err := m.link(all); err != nil {
		return err
	}
	if err := m.checkFiles(ctx); err != nil {
		return err
	}
	m.importing.Store(m.o.Reindex || flags&flagReindexing != 0)
	m.pruned.Store(flags&flagPruned != 0)
	m.checkPrune = true
	if m.pruned.Load() && !m.Pruning() {
		return ErrPruned
	}
	if m.o.Reindex {
		if err := m.writeFlags(0); err != nil {
			return err
		}
	}
	if err := m.replay(ctx); err != nil {
		return err
	}
	if err := m.loadTip(ctx); err != nil {
		return err
	}
	if err := m.loadGenesis(ctx); err != nil {
		return err
	}
	if m.importing.Load() {
		return nil
	}
	if err := m.recover(ctx); err != nil {
		return err
	}
	return m.removeLeft(ctx)
}

// checkFiles makes sure that the block files are as long as what the index has in
// them (LoadBlockIndexDB).
func (m *Manager) checkFiles(ctx context.Context) error {
	m.o.Log.Info("Checking all blk files are present...")
	for n, info := range m.files.Info() {
		if info.Blocks == 0 {
			continue
		}
		err := m.files.File(ctx, uint32(n), func(_ io.ReaderAt, size int64) error {
			if size < int64(info.Size) {
				return fmt.Errorf("%w: blk%05d.dat has %d bytes, not %d", ErrLoad, n, size, info.Size)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// link rebuilds the tree from its records (BlockManager::LoadBlockIndex).
func (m *Manager) link(all []stored) error {
	slices.SortFunc(all, func(a, b stored) int { return cmp.Compare(a.height(), b.height()) })
	limit := m.o.Params.Consensus.PowLimit
	for i := range all {
		s := &all[i]
		parent := m.blocks[s.header.PrevBlock]
		switch {
		case s.height() == 0 && s.hash != m.o.Params.GenesisHash:
			return fmt.Errorf("%w: %s is at height 0", ErrNetwork, s.hash)
		case s.height() > 0 && (parent == nil || uint32(parent.height)+1 != s.height()):
			return fmt.Errorf("%w: block %s has no parent", ErrLoad, s.hash)
		case !pow.Check(s.hash, s.header.Bits, limit):
			return fmt.Errorf("%w: block %s has too little work", ErrLoad, s.hash)
		}
		x := newIndex(s.hash, &s.header, parent)
		s.apply(x)
		m.blocks[s.hash] = x
		m.linkData(x)
	}
	return nil
}

// linkData sets what follows from an entry and its parent.
func (m *Manager) linkData(x *Index) {
	if x.parent != nil && x.parent.status&failedMask != 0 && x.status&failedMask == 0 {
		m.change(x, x.status|FailedChild)
	}
	if x.status&FailedValid != 0 {
		m.failed[x] = struct{}{}
	}
	if x.txs > 0 {
		switch {
		case x.parent == nil:
			x.chainTxs = uint64(x.txs)
		case x.parent.chainTxs > 0:
			x.chainTxs = x.parent.chainTxs + uint64(x.txs)
		default:
			m.unlinked[x.parent] = append(m.unlinked[x.parent], x)
		}
	}
	x.sequence = sequenceLoaded
	if x.status&failedMask != 0 && (m.bestInvalid == nil || x.work.Cmp(m.bestInvalid.work) > 0) {
		m.bestInvalid = x
	}
	if x.valid(ValidTree) && (m.bestHeader == nil || worse(m.bestHeader, x)) {
		m.bestHeader = x
	}
}

// loadTip finds the active chain that the coins are those of (LoadChainTip).
func (m *Manager) loadTip(ctx context.Context) error {
	best := m.coins.BestBlock()
	tip := m.blocks[best]
	if !best.IsZero() && tip == nil {
		return fmt.Errorf("%w: the coins are of block %s, which is not in the index", ErrLoad, best)
	}
	if tip != nil {
		m.active = make([]*Index, tip.height+1)
		for x := tip; x != nil; x = x.parent {
			x.sequence = sequenceActive
			m.active[x.height] = x
		}
		m.tip.Store(tip)
		// A crash may have come between writing that a block is invalid and
		// writing the coins without it.
		for tip.status&failedMask != 0 {
			if err := m.disconnectTip(ctx); err != nil {
				return err
			}
			tip = m.Tip()
		}
	}
	for _, x := range m.blocks {
		if m.mayBeTip(x) && (tip == nil || !worse(x, tip)) {
			m.candidates.add(x)
		}
	}
	if tip != nil {
		m.candidates.add(tip)
		m.o.Log.Info(fmt.Sprintf("Loaded best chain: hashBestChain=%s height=%d date=%s progress=%f",
			tip.hash, tip.height, date(tip), m.progress(tip)))
	}
	return nil
}

// loadGenesis takes the genesis block, and a devnet's second one, into files,
// index and chain.
func (m *Manager) loadGenesis(ctx context.Context) error {
	p := m.o.Params
	if m.blocks[p.GenesisHash] == nil {
		at, err := m.placeGenesis(ctx)
		if err != nil {
			return err
		}
		if _, _, err := m.acceptBlock(ctx, p.Genesis, p.GenesisHash, acceptOptions{requested: true, checked: true, at: at}); err != nil {
			return err
		}
	}
	if m.Tip() == nil {
		if err := m.connectTip(ctx, m.blocks[p.GenesisHash], p.Genesis, true); err != nil {
			return err
		}
	}
	if d := p.DevnetGenesis; d != nil && m.blocks[p.DevnetGenesisHash] == nil && !m.importing.Load() {
		// Before it is written again: a crash may have left it in the file.
		if err := m.recover(ctx); err != nil {
			return err
		}
		if m.blocks[p.DevnetGenesisHash] == nil {
			_, _, err := m.acceptBlock(ctx, d, p.DevnetGenesisHash, acceptOptions{requested: true})
			return err
		}
	}
	return nil
}

// placeGenesis looks at the beginning of the first block file: where the
// genesis block lies there, or nil if nothing does. Parts of it among zeros are
// what a crash leaves. Anything else is only accepted on a reindex, and then
// left alone.
func (m *Manager) placeGenesis(ctx context.Context) (at *blockfile.Pos, err error) {
	want := append([]byte{}, m.o.Params.Magic[:]...)
	body := m.o.Params.Genesis.Append(nil)
	want = append(want, byte(len(body)), byte(len(body)>>8), 0, 0)
	want = append(want, body...)
	got, size := make([]byte, len(want)), int64(0)
	err = m.files.File(ctx, 0, func(r io.ReaderAt, n int64) error {
		size = n
		k, err := r.ReadAt(got, 0)
		got = got[:k]
		if err == io.EOF {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, systemError("read blk00000.dat", err)
	}
	if bytes.Equal(got, want) {
		return &blockfile.Pos{File: 0, Offset: 8}, nil
	}
	for i, b := range got {
		if b == 0 || b == want[i] {
			continue
		}
		if !m.importing.Load() {
			return nil, ErrForeign
		}
		m.files.Skip(0, uint32(min(size, blockfile.MaxFileSize)))
		return nil, nil
	}
	return nil, nil
}

// replay completes a write of coins that was interrupted (ReplayBlocks).
func (m *Manager) replay(ctx context.Context) error {
	next, old, ok := m.store.Heads()
	if !ok {
		return nil
	}
	m.o.Log.Info("Replaying blocks")
	to := m.blocks[next]
	if to == nil {
		return fmt.Errorf("%w: reorganization to unknown block requested", ErrLoad)
	}
	var from, fork *Index
	if !old.IsZero() {
		if from = m.blocks[old]; from == nil {
			return fmt.Errorf("%w: reorganization from unknown block requested", ErrLoad)
		}
		fork = Fork(from, to)
	}
	cache := coins.NewCache(m.store)
	for x := from; x != fork; x = x.parent {
		if err := m.rollBack(ctx, cache, x); err != nil {
			return fmt.Errorf("%w: roll back %s: %w", ErrLoad, x.hash, err)
		}
	}
	height := 0 // the genesis block changes nothing
	if fork != nil {
		height = int(fork.height)
	}
	for height < int(to.height) {
		height++
		x := to.AncestorAt(height)
		m.o.Log.Info(fmt.Sprintf("Rolling forward %s (%d)", x.hash, x.height))
		b, err := m.readBlock(ctx, x)
		if err == nil {
			err = cache.Redo(b, uint32(x.height))
		}
		if err != nil {
			return fmt.Errorf("%w: roll forward %s: %w", ErrLoad, x.hash, err)
		}
	}
	cache.SetBestBlock(next)
	if err := cache.Flush(m.store); err != nil {
		return err
	}
	m.coins = coins.NewCache(m.store)
	return nil
}

func (m *Manager) rollBack(ctx context.Context, cache *coins.Cache, x *Index) error {
	if x.parent == nil {
		return nil
	}
	m.o.Log.Info(fmt.Sprintf("Rolling back %s (%d)", x.hash, x.height))
	b, err := m.readBlock(ctx, x)
	if err != nil {
		return err
	}
	undo, err := m.readUndo(ctx, x)
	if err != nil {
		return err
	}
	// What was never applied is missing here, which is no damage.
	_, err = cache.Disconnect(b, uint32(x.height), undo)
	return err
}
