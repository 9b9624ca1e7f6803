package chain

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"dashmp/node/blockfile"
	"dashmp/node/coins"
	"dashmp/node/storage"
	"dashmp/node/wire"
)

// The records of the index; numbers are little-endian, coins has the other
// database's.
//
//	both:  meta/schema   version of this layout (uint32)
//	       meta/network  Options.Network
//	index: meta/flags    flagReindexing, flagPruned (uint32)
//	       block/HASH    header (80 bytes), height, status, transactions, file,
//	                     offset of the block, offset of the undo data (uint32 each)
//	       file/N        blockfile.Info; N is big-endian
const (
	schema = 2

	bucketMeta  = "meta"
	bucketBlock = "block"
	bucketFile  = "file"

	keySchema  = "schema"
	keyNetwork = "network"
	keyFlags   = "flags"

	flagReindexing = 1
	flagPruned     = 2

	recordSize = wire.HeaderSize + 6*4
)

func (x *Index) encode(b []byte) []byte {
	h := x.Header()
	b = h.Append(b)
	for _, n := range []uint32{uint32(x.height), uint32(x.status & storedMask), x.txs, x.file, x.data, x.undo} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// stored is a record as it is read, before it is linked.
type stored struct {
	hash   wire.Hash
	header wire.Header
	rest   [6]uint32
}

func decodeStored(key, value []byte) (s stored, err error) {
	if len(key) != wire.HashSize || len(value) != recordSize {
		return s, fmt.Errorf("%w: an entry of %d and %d bytes", ErrLoad, len(key), len(value))
	}
	s.hash = wire.Hash(key)
	if s.header, err = wire.DecodeHeader(value[:wire.HeaderSize]); err != nil {
		return s, fmt.Errorf("%w: %w", ErrLoad, err)
	}
	for i := range s.rest {
		s.rest[i] = binary.LittleEndian.Uint32(value[wire.HeaderSize+4*i:])
	}
	return s, nil
}

func (s *stored) height() uint32 { return s.rest[0] }

// apply sets the changing part of an entry.
func (s *stored) apply(x *Index) {
	x.status, x.txs, x.file, x.data, x.undo = Status(s.rest[1])&storedMask|onDisk, s.rest[2], s.rest[3], s.rest[4], s.rest[5]
}

// begin writes or checks what a database begins with.
func (m *Manager) begin(db *storage.DB) error {
	version := binary.LittleEndian.AppendUint32(nil, schema)
	if db.Fresh() {
		return db.Update(func(tx *storage.Tx) error {
			return errors.Join(tx.Put(bucketMeta, []byte(keySchema), version),
				tx.Put(bucketMeta, []byte(keyNetwork), m.o.Network))
		})
	}
	return db.View(func(tx *storage.Tx) error {
		got, err := tx.Get(bucketMeta, []byte(keySchema))
		if err != nil {
			return fmt.Errorf("%w: schema: %w", ErrLoad, err)
		}
		if !bytes.Equal(got, version) {
			return fmt.Errorf("%w: schema %x", ErrVersion, got)
		}
		if got, err = tx.Get(bucketMeta, []byte(keyNetwork)); err != nil {
			return fmt.Errorf("%w: network: %w", ErrLoad, err)
		}
		if !bytes.Equal(got, m.o.Network) {
			return fmt.Errorf("%w: %q", ErrNetwork, got)
		}
		return nil
	})
}

// readIndex reads all records.
func (m *Manager) readIndex() (all []stored, files []blockfile.Info, flags uint32, err error) {
	err = m.o.IndexDB.View(func(tx *storage.Tx) error {
		b, err := tx.Get(bucketMeta, []byte(keyFlags))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if len(b) == 4 {
			flags = binary.LittleEndian.Uint32(b)
		}
		err = tx.ForEach(bucketFile, func(key, value []byte) error {
			info, err := blockfile.DecodeInfo(value)
			if err != nil || len(key) != 4 || binary.BigEndian.Uint32(key) != uint32(len(files)) {
				return fmt.Errorf("%w: description %d of a file", ErrLoad, len(files))
			}
			files = append(files, info)
			return nil
		})
		if err != nil {
			return err
		}
		return tx.ForEach(bucketBlock, func(key, value []byte) error {
			s, err := decodeStored(key, value)
			all = append(all, s)
			return err
		})
	})
	return all, files, flags, err
}

// writeIndex stores all changed entries and descriptions in one transaction.
func (m *Manager) writeIndex() error {
	files := m.files.TakeDirty()
	if len(files) == 0 && len(m.dirty) == 0 {
		return nil
	}
	err := m.o.IndexDB.Update(func(tx *storage.Tx) error {
		for n, info := range files {
			key := binary.BigEndian.AppendUint32(nil, n)
			if err := tx.Put(bucketFile, key, info.Append(nil)); err != nil {
				return err
			}
		}
		var b []byte
		for x := range m.dirty {
			b = x.encode(b[:0])
			if err := tx.Put(bucketBlock, x.hash[:], b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		m.files.Restore(files)
		return err
	}
	for x := range m.dirty {
		x.status |= onDisk
	}
	clear(m.dirty)
	return nil
}

// writeFlags stores what is true beyond a restart.
func (m *Manager) writeFlags(flags uint32) error {
	if m.pruned.Load() {
		flags |= flagPruned
	}
	if m.importing.Load() {
		flags |= flagReindexing
	}
	return m.o.IndexDB.Update(func(tx *storage.Tx) error {
		return tx.Put(bucketMeta, []byte(keyFlags), binary.LittleEndian.AppendUint32(nil, flags))
	})
}

// FlushMode says what is to be written.
type FlushMode uint8

const (
	// FlushIfNeeded writes all if the cache is too large.
	FlushIfNeeded FlushMode = iota
	// FlushPeriodic also if it is nearly so, or after a long time.
	FlushPeriodic
	// FlushIndex writes blocks and the index, but not the coins.
	FlushIndex
	// FlushAlways writes everything.
	FlushAlways
)

const (
	// writeInterval and flushInterval are Dash Core's DATABASE_WRITE_INTERVAL
	// and DATABASE_FLUSH_INTERVAL, in seconds.
	writeInterval = 3600
	flushInterval = 24 * 3600
	// blockCoins is how much the cache may grow by one block, in bytes.
	blockCoins = 10 << 20
)

// Flush writes what mode says.
func (m *Manager) Flush(mode FlushMode) error {
	m.mu.Lock()
	err := m.flush(mode)
	m.mu.Unlock()
	m.events.deliver()
	return err
}

// flush writes in the order that a crash can be made good of: block files,
// index, coins (FlushStateToDisk).
func (m *Manager) flush(mode FlushMode) error {
	if err := m.broken.Load(); err != nil {
		return *err
	}
	if m.Pruning() && m.checkPrune && !m.importing.Load() && m.Tip() != nil {
		m.checkPrune = false
		if files := m.filesOverTarget(); len(files) > 0 {
			return m.flushPruning(context.Background(), files)
		}
	}
	now := m.o.Steady()
	total := m.o.CacheBytes
	if m.o.Spare != nil {
		total += max(m.o.Spare(), 0)
	}
	used := m.coins.Bytes()
	large := used > max(total/10*9, total-blockCoins)
	all := mode == FlushAlways || mode == FlushIfNeeded && used > total ||
		mode == FlushPeriodic && (large || now.Sub(m.lastFlush).Seconds() > flushInterval)
	if !all && mode != FlushIndex && (mode != FlushPeriodic || now.Sub(m.lastWrite).Seconds() <= writeInterval) {
		return nil
	}
	return m.write(all)
}

// write writes block files and index, and the coins if all is set.
func (m *Manager) write(all bool) error {
	if err := m.files.Sync(); err != nil {
		return m.abort("Flushing block file to disk failed. This is likely the result of an I/O error.", err)
	}
	if err := m.writeIndex(); err != nil {
		return m.abort("Failed to write to block index database", err)
	}
	m.lastWrite = m.o.Steady()
	if !all || m.coins.BestBlock().IsZero() {
		return nil
	}
	if m.coins.Len() == 0 && m.coins.BestBlock() == m.store.BestBlock() {
		return nil // nothing changed
	}
	if err := m.coins.Flush(m.store); err != nil {
		return m.abort("Failed to write to coin database", err)
	}
	m.lastFlush = m.lastWrite
	m.events.add(Event{Kind: Flushed, Index: m.Tip()})
	return nil
}

// readRaw reads a block and checks that its header is that of x.
func (m *Manager) readRaw(ctx context.Context, x *Index, pos blockfile.Pos) ([]byte, error) {
	raw, err := m.files.Read(ctx, pos)
	if err != nil {
		return nil, err
	}
	h := x.Header()
	if !bytes.HasPrefix(raw, h.Append(nil)) {
		return nil, fmt.Errorf("%w: another block lies where %s should", blockfile.ErrRecord, x.hash)
	}
	return raw, nil
}

// decodeBlock decodes a block whose header is right and checks that its
// transactions are those the header commits to.
func decodeBlock(raw []byte, x *Index) (*wire.Block, error) {
	b, err := wire.DecodeBlock(raw)
	if err != nil {
		return nil, fmt.Errorf("block %s: %w", x.hash, err)
	}
	if root, _ := b.MerkleRoot(); root != x.merkle {
		return nil, fmt.Errorf("%w: the transactions of %s are not its own", blockfile.ErrRecord, x.hash)
	}
	return b, nil
}

// readBlock reads a block under the lock.
func (m *Manager) readBlock(ctx context.Context, x *Index) (*wire.Block, error) {
	if x.status&HaveData == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoData, x.hash)
	}
	raw, err := m.readRaw(ctx, x, x.pos())
	if err != nil {
		return nil, err
	}
	return decodeBlock(raw, x)
}

// readUndo reads undo data under the lock.
func (m *Manager) readUndo(ctx context.Context, x *Index) (coins.BlockUndo, error) {
	if x.parent == nil || x.status&HaveUndo == 0 {
		return nil, fmt.Errorf("%w: undo data of %s", ErrNoData, x.hash)
	}
	raw, err := m.files.ReadUndo(ctx, x.file, x.undo, x.parent.hash)
	if err != nil {
		return nil, err
	}
	return coins.DecodeBlockUndo(raw)
}
