package blockfile

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"dashmp/node/wire"
)

const (
	// headerSize precedes each record: magic and length.
	headerSize = 8
	// undoOverhead is what surrounds undo data: header and checksum.
	undoOverhead = headerSize + wire.HashSize
	// MaxBlockSize bounds a block, in bytes (Dash Core: MaxBlockSize).
	MaxBlockSize = 2_000_000
	// maxFiles is how many names five digits give.
	maxFiles = 100_000
	// maxUndoSize bounds undo data: it describes at most the inputs of one
	// block, 41 bytes each at least, with scripts of at most 10,000 bytes.
	maxUndoSize = 1 << 30
)

// Sizes are in bytes; the zero value of each means Dash Core's.
type Sizes struct {
	// File is where a blk file is full.
	File uint32
	// BlockChunk and UndoChunk are what is allocated at a time.
	BlockChunk, UndoChunk uint32
}

// The sizes of Dash Core, and those of -fastprune and -tinyblk.
const (
	MaxFileSize    = 0x8000000
	BlockChunkSize = 0x1000000
	UndoChunkSize  = 0x100000
	FastPruneFile  = 0x10000
	FastPruneChunk = 0x4000
	TinyChunk      = 0x10000
)

func (s Sizes) orDefault() Sizes {
	if s.File == 0 {
		s.File = MaxFileSize
	}
	if s.BlockChunk == 0 {
		s.BlockChunk = BlockChunkSize
	}
	if s.UndoChunk == 0 {
		s.UndoChunk = UndoChunkSize
	}
	return s
}

// Pos is where a record's content lies.
type Pos struct {
	File, Offset uint32
}

// Store appends to the files and reads from them.
type Store struct {
	magic [4]byte
	sizes Sizes
	files handles

	mu    sync.Mutex // guards what follows; held while a record is written
	info  []Info
	dirty map[uint32]bool // descriptions changed since TakeDirty
}

// Options configure a Store.
type Options struct {
	Magic [4]byte
	Sizes Sizes
	Open  Opener
	// Info are the descriptions of all files so far.
	Info []Info
}

// New returns a store. It opens no file yet.
func New(o Options) *Store {
	info := slices.Clone(o.Info)
	if len(info) == 0 {
		info = make([]Info, 1)
	}
	return &Store{
		magic: o.Magic, sizes: o.Sizes.orDefault(), info: info, dirty: map[uint32]bool{},
		files: handles{open: o.Open, all: map[handleKey]*handle{}},
	}
}

// Close closes the files; it does not wait for the disk.
func (s *Store) Close() error { return s.files.close() }

// Sync waits until everything written is on disk.
func (s *Store) Sync() error { return s.files.sync() }

// Info returns the descriptions of all files.
func (s *Store) Info() []Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.info)
}

// Usage is how many bytes the files hold, without what is allocated ahead
// (Dash Core: CalculateCurrentUsage).
func (s *Store) Usage() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n uint64
	for i := range s.info {
		n += uint64(s.info[i].Size) + uint64(s.info[i].UndoSize)
	}
	return n
}

// TakeDirty returns the descriptions that changed since it was last called.
// Restore undoes it when they could not be stored.
func (s *Store) TakeDirty() map[uint32]Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := map[uint32]Info{}
	for n := range s.dirty {
		changed[n] = s.info[n]
	}
	clear(s.dirty)
	return changed
}

// Restore marks descriptions as changed again.
func (s *Store) Restore(changed map[uint32]Info) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range maps.Keys(changed) {
		s.dirty[n] = true
	}
}

// Append writes a block behind the last one and returns its position, and
// whether the file has grown on disk. height and time (seconds since the epoch)
// are for the description.
func (s *Store) Append(ctx context.Context, block []byte, height, time uint32) (pos Pos, grown bool, err error) {
	if len(block) < wire.HeaderSize || len(block) > MaxBlockSize {
		return Pos{}, false, fmt.Errorf("%w: a block of %d bytes", ErrTooLarge, len(block))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	add := uint32(len(block)) + headerSize
	n, err := s.fileFor(ctx, add)
	if err != nil {
		return Pos{}, false, err
	}
	at := s.info[n].Size
	if grown, err = s.write(ctx, handleKey{Blocks, n}, at, s.record(block), s.sizes.BlockChunk); err != nil {
		return Pos{}, false, err
	}
	s.info[n].Size = at + add
	s.info[n].add(height, uint64(time))
	s.dirty[n] = true
	return Pos{n, at + headerSize}, grown, nil
}

// fileFor is the number of the file that has room for a record of size bytes.
// A file that is left is cut to what it holds.
func (s *Store) fileFor(ctx context.Context, size uint32) (uint32, error) {
	n := len(s.info) - 1
	if uint64(s.info[n].Size)+uint64(size) < uint64(s.sizes.File) || s.info[n].Size == 0 {
		return uint32(n), nil
	}
	if n+1 >= maxFiles {
		return 0, ErrFull
	}
	key := handleKey{Blocks, uint32(n)}
	err := s.files.use(ctx, key, true, func(f File) error { return f.Truncate(int64(s.info[n].Size)) })
	if err != nil {
		return 0, fmt.Errorf("truncate %s: %w", key, err)
	}
	s.info = append(s.info, Info{})
	s.dirty[uint32(n+1)] = true
	return uint32(n + 1), nil
}

func (s *Store) record(content []byte) []byte {
	b := make([]byte, 0, len(content)+undoOverhead)
	b = append(b, s.magic[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(content)))
	return append(b, content...)
}

// write puts b at offset at, growing the file by whole chunks.
func (s *Store) write(ctx context.Context, k handleKey, at uint32, b []byte, chunk uint32) (grown bool, err error) {
	err = s.files.use(ctx, k, true, func(f File) error {
		size, err := f.Size()
		if err != nil {
			return err
		}
		if size < int64(at) {
			return fmt.Errorf("what lies before is gone: %d of %d bytes", size, at)
		}
		end := int64(at) + int64(len(b))
		if end > size {
			whole := (end + int64(chunk) - 1) / int64(chunk) * int64(chunk)
			if err := f.Truncate(whole); err != nil {
				return err
			}
			grown = true
		}
		_, err = f.WriteAt(b, int64(at))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("write %s: %w", k, err)
	}
	return grown, nil
}

// Know counts a block that is already at pos, as -reindex finds it.
func (s *Store) Know(pos Pos, size int, height, time uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grow(pos.File)
	i := &s.info[pos.File]
	i.Size = max(i.Size, pos.Offset+uint32(size))
	i.add(height, uint64(time))
	s.dirty[pos.File] = true
}

// Skip makes bytes up to end of file n count as used.
func (s *Store) Skip(n, end uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grow(n)
	if end > s.info[n].Size {
		s.info[n].Size = end
		s.dirty[n] = true
	}
}

// Forget closes blk file n and rev file n, which are to be removed: nothing is
// in them any more.
func (s *Store) Forget(n uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grow(n)
	s.info[n] = Info{}
	s.dirty[n] = true
	s.files.forget(handleKey{Blocks, n})
	s.files.forget(handleKey{Undo, n})
}

func (s *Store) grow(n uint32) {
	for uint32(len(s.info)) <= n {
		s.dirty[uint32(len(s.info))] = true
		s.info = append(s.info, Info{})
	}
}

// AppendUndo writes undo data of a block in blk file n whose previous block is
// prev, and returns the offset in rev file n, and whether that has grown on disk.
func (s *Store) AppendUndo(ctx context.Context, n uint32, undo []byte, prev wire.Hash) (offset uint32, grown bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grow(n)
	at := s.info[n].UndoSize
	if uint64(at)+uint64(len(undo))+undoOverhead > maxUndoSize {
		return 0, false, fmt.Errorf("%w: %d bytes of undo data", ErrTooLarge, len(undo))
	}
	sum := undoChecksum(prev, undo)
	b := append(s.record(undo), sum[:]...)
	if grown, err = s.write(ctx, handleKey{Undo, n}, at, b, s.sizes.UndoChunk); err != nil {
		return 0, false, err
	}
	s.info[n].UndoSize = at + uint32(len(b))
	s.dirty[n] = true
	return at + headerSize, grown, nil
}

func undoChecksum(prev wire.Hash, undo []byte) wire.Hash {
	b := make([]byte, 0, wire.HashSize+len(undo))
	return wire.DoubleSHA256(append(append(b, prev[:]...), undo...))
}

// Read returns the block at pos. Its hash is for the caller to check.
func (s *Store) Read(ctx context.Context, pos Pos) ([]byte, error) {
	return s.read(ctx, handleKey{Blocks, pos.File}, pos.Offset, MaxBlockSize, 0)
}

// ReadUndo returns the undo data at offset of rev file n, checked against the
// hash of the previous block.
func (s *Store) ReadUndo(ctx context.Context, n, offset uint32, prev wire.Hash) ([]byte, error) {
	b, err := s.read(ctx, handleKey{Undo, n}, offset, maxUndoSize, wire.HashSize)
	if err != nil {
		return nil, err
	}
	undo := b[:len(b)-wire.HashSize]
	if undoChecksum(prev, undo) != wire.Hash(b[len(undo):]) {
		return nil, fmt.Errorf("%w: rev%05d.dat offset %d", ErrChecksum, n, offset)
	}
	return undo, nil
}

// read returns a record's content and the extra bytes behind it.
func (s *Store) read(ctx context.Context, k handleKey, offset, limit uint32, extra int64) (b []byte, err error) {
	bad := func(why string) error { return fmt.Errorf("%w: %s offset %d: %s", ErrRecord, k, offset, why) }
	err = s.files.use(ctx, k, false, func(f File) error {
		var head [headerSize]byte
		if offset < headerSize {
			return bad("no room for a header")
		}
		size, err := f.Size() // first: it notices a file that is not there any more
		if err != nil {
			return err
		}
		if _, err := f.ReadAt(head[:], int64(offset)-headerSize); err != nil {
			return shortIs(err, bad("end of file"))
		}
		n := binary.LittleEndian.Uint32(head[4:])
		if [4]byte(head[:4]) != s.magic {
			return bad("other magic")
		}
		if n > limit || int64(offset)+int64(n)+extra > size {
			return bad("impossible length")
		}
		b = make([]byte, int64(n)+extra)
		_, err = f.ReadAt(b, int64(offset))
		return shortIs(err, bad("end of file"))
	})
	return b, err
}

// shortIs replaces the end of the file by another error.
func shortIs(err, other error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return other
	}
	return err
}

// File gives f the blk file n to read from, as a scan does.
func (s *Store) File(ctx context.Context, n uint32, f func(r io.ReaderAt, size int64) error) error {
	return s.files.use(ctx, handleKey{Blocks, n}, false, func(file File) error {
		size, err := file.Size()
		if err != nil {
			return err
		}
		return f(file, size)
	})
}

// MayContinue reports whether file n is so full that blocks which a crash made
// unknown may be in file n+1.
func (s *Store) MayContinue(n uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n+1 >= maxFiles || int(n) >= len(s.info) {
		return false
	}
	return int(n)+1 < len(s.info) || uint64(s.info[n].Size)+MaxBlockSize+headerSize >= uint64(s.sizes.File)
}
