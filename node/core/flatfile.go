package core

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"dashmp/node/wire"
	"dashmp/sandbox/broker"
)

const (
	// recordHeader precedes each block in a flat file: the network's magic and
	// the length of the block, little-endian (Dash Core: WriteBlockToDisk).
	recordHeader = 8
	// maxBlockSize bounds a block on disk: consensus allows 2 MB.
	maxBlockSize = 2_000_000
	// maxOpenFiles is how many flat files are kept open; the least recently
	// used goes first. The policy allows 64.
	maxOpenFiles = 32
)

// filePos is where a block lies: after its record header, at offset in file.
type filePos struct {
	file   uint32
	offset uint32
}

// flatFiles reads and writes blk?????.dat through descriptors of the broker.
type flatFiles struct {
	broker broker.Core
	magic  [4]byte

	// writing is held from looking at what a file holds to having written it.
	writing sync.Mutex
	mu      sync.Mutex // guards open and order
	open    map[uint32]*os.File
	order   []uint32 // least recently used first
}

func newFlatFiles(b broker.Core, magic [4]byte) *flatFiles {
	return &flatFiles{broker: b, magic: magic, open: map[uint32]*os.File{}}
}

// use runs f with file n, which it opens, and creates, if need be. No lock is
// held meanwhile: a file that is evicted during f stays usable until f returns,
// since os.File counts its users, and one that is evicted before f begins is
// opened again.
func (s *flatFiles) use(ctx context.Context, n uint32, f func(*os.File) error) error {
	for {
		file, err := s.file(ctx, n)
		if err != nil {
			return err
		}
		if err := f(file); !errors.Is(err, os.ErrClosed) {
			return err
		}
		if err := s.forget(n, file); err != nil {
			return err
		}
	}
}

// forget drops a file that turned out to be closed; after close it is an error.
func (s *flatFiles) forget(n uint32, file *os.File) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return os.ErrClosed
	}
	if s.open[n] == file {
		delete(s.open, n)
		s.order = slices.DeleteFunc(s.order, func(m uint32) bool { return m == n })
	}
	return nil
}

func (s *flatFiles) file(ctx context.Context, n uint32) (*os.File, error) {
	if file, err := s.recall(n); file != nil || err != nil {
		return file, err
	}
	fd, err := s.broker.OpenBlockFile(ctx, broker.BlockFile, n)
	if err != nil {
		return nil, fmt.Errorf("open block file %d: %w", n, err)
	}
	file := fd.File(fmt.Sprintf("blk%05d.dat", n))
	if file == nil {
		return nil, fmt.Errorf("open block file %d: no descriptor", n)
	}
	return s.keep(n, file)
}

// recall returns an open file, nil if it is not open.
func (s *flatFiles) recall(n uint32) (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return nil, os.ErrClosed
	}
	file := s.open[n]
	if file != nil {
		s.touch(n)
	}
	return file, nil
}

// keep remembers a file that was just opened, unless another caller was faster.
func (s *flatFiles) keep(n uint32, file *os.File) (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		file.Close()
		return nil, os.ErrClosed
	}
	if other := s.open[n]; other != nil {
		file.Close()
		return other, nil
	}
	for len(s.order) >= maxOpenFiles {
		s.open[s.order[0]].Close()
		delete(s.open, s.order[0])
		s.order = s.order[1:]
	}
	s.open[n] = file
	s.touch(n)
	return file, nil
}

// touch makes n the most recently used.
func (s *flatFiles) touch(n uint32) {
	s.order = append(slices.DeleteFunc(s.order, func(m uint32) bool { return m == n }), n)
}

func (s *flatFiles) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, f := range s.open {
		errs = append(errs, f.Close())
	}
	s.open, s.order = nil, nil
	return errors.Join(errs...)
}

// record returns a block in the form of the flat files.
func (s *flatFiles) record(block []byte) []byte {
	b := append([]byte{}, s.magic[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(block)))
	return append(b, block...)
}

// errForeign: there are other bytes where a block should be written.
var errForeign = errors.New("the block file holds something else")

// place writes a block's record at pos and waits for the disk, unless it is
// there already. It refuses to overwrite anything but zeros and the beginning
// of the same record: the first is space that Dash Core allocates ahead, the
// second what a crash left of an earlier attempt.
func (s *flatFiles) place(ctx context.Context, pos filePos, block []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	want := s.record(block)
	at := int64(pos.offset) - recordHeader
	return s.use(ctx, pos.file, func(f *os.File) error {
		got := make([]byte, len(want))
		n, err := f.ReadAt(got, at)
		if err != nil && err != io.EOF {
			return err
		}
		same := 0
		for same < n && got[same] == want[same] {
			same++
		}
		if same == len(want) {
			return nil
		}
		// Sectors reach the disk in any order, so zeros may come before the same.
		for i := same; i < n; i++ {
			if got[i] != 0 && got[i] != want[i] {
				return errForeign
			}
		}
		if _, err := f.WriteAt(want, at); err != nil {
			return err
		}
		return sync1(f)
	})
}

// sync1 is fdatasync, which the sandbox allows for block files.
func sync1(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var syncErr error
	if err := raw.Control(func(fd uintptr) { syncErr = unix.Fdatasync(int(fd)) }); err != nil {
		return err
	}
	return syncErr
}

// read returns the block at pos, checked against its record header and hash.
func (s *flatFiles) read(ctx context.Context, pos filePos, hash wire.Hash) (*wire.Block, []byte, error) {
	var body []byte
	err := s.use(ctx, pos.file, func(f *os.File) error {
		var head [recordHeader]byte
		if pos.offset < recordHeader {
			return fmt.Errorf("no block at offset %d", pos.offset)
		}
		if _, err := f.ReadAt(head[:], int64(pos.offset)-recordHeader); err != nil {
			return err
		}
		size := binary.LittleEndian.Uint32(head[4:])
		if !bytes.Equal(head[:4], s.magic[:]) || size < wire.HeaderSize || size > maxBlockSize {
			return errors.New("no block of this network")
		}
		body = make([]byte, size)
		_, err := f.ReadAt(body, int64(pos.offset))
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read block %s: %w", hash, err)
	}
	b, err := wire.DecodeBlock(body)
	if err != nil {
		return nil, nil, fmt.Errorf("read block %s: %w", hash, err)
	}
	if got := b.Header.Hash(); got != hash {
		return nil, nil, fmt.Errorf("read block %s: its hash is %s", hash, got)
	}
	// The header commits to the transactions by the merkle root.
	if root, _ := b.MerkleRoot(); root != b.Header.MerkleRoot {
		return nil, nil, fmt.Errorf("read block %s: its transactions are not its own", hash)
	}
	return b, body, nil
}
