package chain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"dashmp/node/blockfile"
	"dashmp/node/wire"
)

// ErrImporting: blocks cannot be taken while block files are being reindexed.
const ErrImporting ErrorKind = "chain: block files are being reindexed"

// importer takes blocks out of one file after the other (LoadExternalBlockFile).
type importer struct {
	m *Manager
	// own: the files are our own, so that blocks stay where they are.
	own bool
	// waiting are blocks whose parent has not come yet, by parent.
	waiting map[wire.Hash][]blockfile.Pos
	loaded  int
}

// scan takes the blocks of file n, or of a foreign one, from offset on. lock is
// set unless the caller has the lock.
func (im *importer) scan(ctx context.Context, r io.ReaderAt, n uint32, offset int64, lock bool) error {
	s := blockfile.NewScanner(r, im.m.o.Params.Magic, offset)
	for {
		rec, ok, err := s.Next()
		if err != nil || !ok {
			return err
		}
		if err := errors.Join(ctx.Err(), im.m.usable()); err != nil {
			return err
		}
		if im.own && rec.Offset+int64(len(rec.Content)) > math.MaxUint32 {
			return nil // positions have 32 bits
		}
		if lock {
			im.m.mu.Lock()
		}
		end, err := im.record(ctx, rec, n)
		if lock {
			im.m.mu.Unlock()
		}
		if err != nil {
			return err
		}
		s.Resume(rec.Offset + int64(end))
	}
}

// record looks at one record. end is where in it the search goes on.
func (im *importer) record(ctx context.Context, rec blockfile.Record, n uint32) (end int, err error) {
	all := len(rec.Content)
	h, err := wire.DecodeHeader(rec.Content[:wire.HeaderSize])
	if err != nil {
		return all, nil
	}
	m, hash := im.m, h.Hash()
	pos := blockfile.Pos{File: n, Offset: uint32(rec.Offset)}
	if hash != m.o.Params.GenesisHash && m.blocks[h.PrevBlock] == nil {
		m.o.Log.Debug(fmt.Sprintf("LoadExternalBlockFile: Out of order block %s, parent %s not known", hash, h.PrevBlock), "category", "reindex")
		if im.own {
			im.waiting[h.PrevBlock] = append(im.waiting[h.PrevBlock], pos)
		}
		return all, nil
	}
	if x := m.blocks[hash]; x == nil || x.status&HaveData == 0 {
		reader := wire.NewReader(rec.Content)
		b := wire.ReadBlock(reader)
		if reader.Err() != nil {
			return all, nil // garbage that looks like a block
		}
		end = all - reader.Len()
		if err := im.accept(ctx, b, hash, pos); err != nil {
			return end, err
		}
	} else {
		end = all
	}
	return end, im.successors(ctx, hash)
}

// accept takes a block; one that is refused is only logged.
func (im *importer) accept(ctx context.Context, b *wire.Block, hash wire.Hash, pos blockfile.Pos) error {
	o := acceptOptions{requested: true}
	if im.own {
		o.at = &pos
	}
	_, isNew, err := im.m.acceptBlock(ctx, b, hash, o)
	switch {
	case err == nil && isNew:
		im.loaded++
	case err != nil && refusal(err) == nil:
		return err
	case err != nil:
		im.m.o.Log.Error(fmt.Sprintf("AcceptBlock: %v", err))
	}
	return nil
}

// successors takes the blocks that waited for hash, and so on.
func (im *importer) successors(ctx context.Context, hash wire.Hash) error {
	for queue := []wire.Hash{hash}; len(queue) > 0; queue = queue[1:] {
		positions := im.waiting[queue[0]]
		delete(im.waiting, queue[0])
		for _, pos := range positions {
			raw, err := im.m.files.Read(ctx, pos)
			if err != nil {
				return err
			}
			r := wire.NewReader(raw)
			b := wire.ReadBlock(r)
			if r.Err() != nil {
				continue
			}
			child := b.Header.Hash()
			im.m.o.Log.Debug(fmt.Sprintf("LoadExternalBlockFile: Processing out of order child %s of %s", child, queue[0]), "category", "reindex")
			if err := im.accept(ctx, b, child, pos); err != nil {
				return err
			}
			if im.m.blocks[child] != nil {
				queue = append(queue, child)
			}
		}
	}
	return nil
}

// recover takes blocks that are in the files behind what the index knows: a
// process that was killed had accepted them but not yet written the index.
func (m *Manager) recover(ctx context.Context) error {
	im := &importer{m: m, own: true, waiting: map[wire.Hash][]blockfile.Pos{}}
	for n := uint32(len(m.files.Info()) - 1); ; n++ {
		from := int64(0)
		if infos := m.files.Info(); int(n) < len(infos) {
			from = int64(infos[n].Size)
		}
		err := m.files.File(ctx, n, func(r io.ReaderAt, _ int64) error { return im.scan(ctx, r, n, from, false) })
		if err != nil {
			return systemError(fmt.Sprintf("read blk%05d.dat", n), err)
		}
		if !m.files.MayContinue(n) {
			break
		}
	}
	if im.loaded > 0 {
		m.o.Log.Info(fmt.Sprintf("Found %d blocks that were not in the index", im.loaded))
	}
	return nil
}

// Importing reports whether block files are being reindexed, or are to be.
func (m *Manager) Importing() bool { return m.importing.Load() }

// Reindex imports the block files from the first on, if Importing; Activate
// then connects what they hold. It may be interrupted and goes on at the next
// start.
func (m *Manager) Reindex(ctx context.Context) error {
	if !m.importing.Load() {
		return nil
	}
	im := &importer{m: m, own: true, waiting: map[wire.Hash][]blockfile.Pos{}}
	for n := uint32(0); ; n++ {
		empty := false
		err := m.files.File(ctx, n, func(r io.ReaderAt, size int64) error {
			if empty = size == 0; empty {
				return nil
			}
			m.o.Log.Info(fmt.Sprintf("Reindexing block file blk%05d.dat...", n))
			return im.scan(ctx, r, n, 0, true)
		})
		if err != nil {
			return err
		}
		if empty {
			break
		}
		if err := m.Flush(FlushPeriodic); err != nil {
			return err
		}
	}
	if err := m.Flush(FlushIndex); err != nil {
		return err
	}
	m.importing.Store(false)
	if err := m.writeFlags(0); err != nil {
		return m.abort("Failed to write to block index database", err)
	}
	m.o.Log.Info(fmt.Sprintf("Reindexing finished, %d blocks loaded", im.loaded))
	return nil
}

// Import appends the blocks of a foreign file that are new (-loadblock), and
// returns how many there were; Activate then connects them.
func (m *Manager) Import(ctx context.Context, r io.ReaderAt) (int, error) {
	im := &importer{m: m}
	err := im.scan(ctx, r, 0, 0, true)
	m.o.Log.Info(fmt.Sprintf("Loaded %d blocks from external file", im.loaded))
	return im.loaded, err
}
