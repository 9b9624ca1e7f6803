package blockfile

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var regtest = [4]byte{0xfc, 0xc1, 0xb7, 0xdc}

// inDir opens files in a directory, and counts them.
func inDir(dir string, opened *int) Opener {
	return func(_ context.Context, kind Kind, n uint32) (File, error) {
		if opened != nil {
			*opened++
		}
		f, err := os.OpenFile(filepath.Join(dir, handleKey{kind, n}.String()), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		return OSFile(f), nil
	}
}

func block(fill byte, size int) []byte { return bytes.Repeat([]byte{fill}, size) }

// TestFormat holds the bytes of a block and of undo data as Dash Core writes
// them.
func TestFormat(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	s := New(Options{Magic: regtest, Open: inDir(dir, nil)})
	defer s.Close()
	pos, _, err := s.Append(ctx, block(0xab, 80), 7, 1000)
	if err != nil || pos != (Pos{0, 8}) {
		t.Fatal(pos, err)
	}
	if pos, _, err = s.Append(ctx, block(0xcd, 100), 6, 2000); err != nil || pos != (Pos{0, 96}) {
		t.Fatal(pos, err)
	}
	at, _, err := s.AppendUndo(ctx, 0, []byte{0}, wire.Hash{1})
	if err != nil || at != 8 {
		t.Fatal(at, err)
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	blk, err := os.ReadFile(filepath.Join(dir, "blk00000.dat"))
	if err != nil || len(blk) != BlockChunkSize {
		t.Fatal(len(blk), err)
	}
	want := "fcc1b7dc50000000" + hex.EncodeToString(block(0xab, 80)) + "fcc1b7dc64000000" + hex.EncodeToString(block(0xcd, 100))
	if got := hex.EncodeToString(blk[:8+80+8+100]); got != want {
		t.Errorf("blk00000.dat holds %s", got)
	}
	rev, err := os.ReadFile(filepath.Join(dir, "rev00000.dat"))
	if err != nil || len(rev) != UndoChunkSize {
		t.Fatal(len(rev), err)
	}
	sum := wire.DoubleSHA256(append([]byte{1}, make([]byte, 32)...))
	if got := rev[:41]; !bytes.Equal(got, append([]byte{0xfc, 0xc1, 0xb7, 0xdc, 1, 0, 0, 0, 0}, sum[:]...)) {
		t.Errorf("rev00000.dat holds %x", got)
	}
	info := Info{Blocks: 2, Size: 196, UndoSize: 41, HeightFirst: 6, HeightLast: 7, TimeFirst: 1000, TimeLast: 2000}
	if d := cmp.Diff([]Info{info}, s.Info()); d != "" {
		t.Error(d)
	}
	if s.Usage() != 237 {
		t.Error(s.Usage())
	}
	if back, err := DecodeInfo(info.Append(nil)); err != nil || back != info {
		t.Error(back, err)
	}
	if _, err := DecodeInfo(info.Append([]byte{1})); !errors.Is(err, ErrInfo) {
		t.Error(err)
	}
}

// TestRollover fills small files: none exceeds its size, and one that is left
// is cut to what it holds.
func TestRollover(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	opened := 0
	s := New(Options{Magic: regtest, Open: inDir(dir, &opened), Sizes: Sizes{FastPruneFile, FastPruneChunk, TinyChunk}})
	defer s.Close()
	var at []Pos
	for i := range 200 {
		pos, _, err := s.Append(ctx, block(byte(i), 30_000), uint32(i), 0)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, pos)
		if _, _, err := s.AppendUndo(ctx, pos.File, block(byte(i), 10), wire.Hash{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Info()) != 100 {
		t.Fatalf("%d files", len(s.Info()))
	}
	for i, pos := range at {
		if b, err := s.Read(ctx, pos); err != nil || !bytes.Equal(b, block(byte(i), 30_000)) {
			t.Fatal(i, err)
		}
		undo, err := s.ReadUndo(ctx, pos.File, uint32(8+i%2*50), wire.Hash{byte(i)})
		if err != nil || !bytes.Equal(undo, block(byte(i), 10)) {
			t.Fatal(i, err)
		}
	}
	for n := range 100 {
		st, err := os.Stat(filepath.Join(dir, fmt.Sprintf("blk%05d.dat", n)))
		if err != nil {
			t.Fatal(err)
		}
		want := int64(60_016)
		if n == 99 {
			want = 4 * FastPruneChunk
		}
		if st.Size() != want {
			t.Errorf("file %d has %d bytes", n, st.Size())
		}
	}
	if len(s.files.all) > maxOpen || opened <= 200 {
		t.Errorf("%d files are open, %d were opened", len(s.files.all), opened)
	}
	if changed := s.TakeDirty(); len(changed) != 100 {
		t.Errorf("%d descriptions changed", len(changed))
	}
	if changed := s.TakeDirty(); len(changed) != 0 {
		t.Errorf("%d descriptions changed twice", len(changed))
	}
}

func TestDamage(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	s := New(Options{Magic: regtest, Open: inDir(dir, nil), Sizes: Sizes{BlockChunk: 512, UndoChunk: 512}})
	defer s.Close()
	pos, _, err := s.Append(ctx, block(1, 200), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	at, _, err := s.AppendUndo(ctx, 0, block(2, 100), wire.Hash{9})
	if err != nil {
		t.Fatal(err)
	}
	damage := func(name string, offset int64, b ...byte) {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt(b, offset); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.ReadUndo(ctx, 0, at, wire.Hash{8}); !errors.Is(err, ErrChecksum) {
		t.Errorf("another previous block: %v", err)
	}
	damage("rev00000.dat", 50, 3)
	if _, err := s.ReadUndo(ctx, 0, at, wire.Hash{9}); !errors.Is(err, ErrChecksum) {
		t.Errorf("a changed byte: %v", err)
	}
	for name, b := range map[string][]byte{"a huge length": {0xff, 0xff, 0xff, 0xff}, "beyond the file": {0, 2, 0, 0}} {
		damage("blk00000.dat", 4, b...)
		if _, err := s.Read(ctx, pos); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
	damage("blk00000.dat", 0, 0)
	for _, p := range []Pos{pos, {0, 0}, {0, 7}, {0, 600}, {5, 8}} {
		if _, err := s.Read(ctx, p); !errors.Is(err, ErrRecord) {
			t.Errorf("%v: %v", p, err)
		}
	}
	for _, size := range []int{0, 79, MaxBlockSize + 1} {
		if _, _, err := s.Append(ctx, make([]byte, size), 0, 0); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// failing is a file whose writes fail.
type failing struct{ File }

func (failing) WriteAt([]byte, int64) (int, error) { return 0, errors.New("no space left") }

// TestFailedWrite: what could not be written is not counted.
func TestFailedWrite(t *testing.T) {
	ctx, fail := t.Context(), true
	real := inDir(t.TempDir(), nil)
	s := New(Options{Magic: regtest, Open: func(ctx context.Context, k Kind, n uint32) (File, error) {
		f, err := real(ctx, k, n)
		if fail && err == nil {
			return failing{f}, nil
		}
		return f, err
	}})
	if _, _, err := s.Append(ctx, block(1, 100), 0, 0); err == nil || s.Usage() != 0 {
		t.Fatal(err, s.Usage())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Append(ctx, block(1, 100), 0, 0); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestConcurrent reads while blocks are written and files are evicted.
func TestConcurrent(t *testing.T) {
	ctx := t.Context()
	s := New(Options{Magic: regtest, Open: inDir(t.TempDir(), nil), Sizes: Sizes{File: 1000, BlockChunk: 100, UndoChunk: 100}})
	defer s.Close()
	known := make(chan Pos, 300)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for pos := range known {
				b, err := s.Read(ctx, pos)
				if err != nil || len(b) != 300 || b[0] != byte(pos.File) {
					t.Errorf("%v: %d bytes, %v", pos, len(b), err)
				}
			}
		})
	}
	for i := range 150 {
		pos, _, err := s.Append(ctx, block(byte(i/3), 300), uint32(i), 0)
		if err != nil {
			t.Fatal(err)
		}
		known <- pos
		known <- Pos{0, 8}
	}
	close(known)
	group.Wait()
}

// scanned is what a Scanner finds, with resume after each record.
func scanned(t testing.TB, r io.ReaderAt, resume func(Record) int64) (found [][2]int64) {
	s := NewScanner(r, regtest, 0)
	for {
		rec, ok, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return found
		}
		found = append(found, [2]int64{rec.Offset, int64(len(rec.Content))})
		s.Resume(resume(rec))
	}
}

// naive finds the same in a byte slice, as the rule says it.
func naive(b []byte, resume func(Record) int64) (found [][2]int64) {
	for at := int64(0); at+8 <= int64(len(b)); {
		n := int64(b[at+4]) | int64(b[at+5])<<8 | int64(b[at+6])<<16 | int64(b[at+7])<<24
		if !bytes.Equal(b[at:at+4], regtest[:]) || n < wire.HeaderSize || n > MaxBlockSize {
			at++
			continue
		}
		if at+8+n > int64(len(b)) {
			return found
		}
		rec := Record{at + 8, b[at+8 : at+8+n]}
		found = append(found, [2]int64{rec.Offset, n})
		at = min(resume(rec), at+8+n)
	}
	return found
}

// halfway resumes in the middle of some records.
func halfway(r Record) int64 {
	if r.Content[0]&1 == 1 {
		return r.Offset + int64(len(r.Content))/2
	}
	return r.Offset + int64(len(r.Content))
}

func record(content []byte) []byte {
	s := Store{magic: regtest}
	return s.record(content)
}

func TestScan(t *testing.T) {
	inner := append(block(1, 110), record(block(4, 90))...)
	file := bytes.Join([][]byte{
		{0, 0, 0xfc}, record(block(2, 80)), regtest[:3], regtest[:], {1, 0, 0, 0}, // a length too short
		record(block(4, 2_000_000)), regtest[:], {0x81, 0x84, 0x1e, 0}, // one too long
		make([]byte, scanWindow), record(inner), record(block(6, 81)), make([]byte, 1000),
		regtest[:], {0, 1, 0, 0}, record(block(8, 80)), // a record that ends the file too early
	}, nil)
	got := scanned(t, bytes.NewReader(file), halfway)
	if d := cmp.Diff(naive(file, halfway), got); d != "" {
		t.Error(d)
	}
	if len(got) != 5 {
		t.Errorf("%d records: %v", len(got), got)
	}
	rapid.Check(t, func(rt *rapid.T) {
		var file []byte
		for range rapid.IntRange(0, 12).Draw(rt, "parts") {
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 0:
				file = append(file, record(rapid.SliceOfN(rapid.Byte(), 80, 200).Draw(rt, "content"))...)
			case 1:
				file = append(file, regtest[:rapid.IntRange(1, 4).Draw(rt, "part")]...)
			case 2:
				file = append(file, rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(rt, "garbage")...)
			case 3:
				file = append(file, make([]byte, scanWindow-rapid.IntRange(0, 100).Draw(rt, "short"))...)
			}
		}
		if d := cmp.Diff(naive(file, halfway), scanned(t, bytes.NewReader(file), halfway)); d != "" {
			rt.Fatal(d)
		}
	})
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("\xfc\xc1\xb7\xdc"), uint32(80))
	f.Add(append(record(block(1, 100)), record(block(2, 90))...), uint32(3))
	f.Add(record(append(block(1, 80), record(block(3, 80))...)), uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, pad uint32) {
		b = append(make([]byte, pad%(2*scanWindow)), b...)
		if d := cmp.Diff(naive(b, halfway), scanned(t, bytes.NewReader(b), halfway)); d != "" {
			t.Fatal(d)
		}
	})
}

// TestScanReadError: an error of the file is no end of it.
func TestScanReadError(t *testing.T) {
	s := NewScanner(broken{}, regtest, 0)
	if _, _, err := s.Next(); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

// TestFileMovedAway: a file that is renamed or deleted while it is open is not
// read or written any more; one that comes back is.
func TestFileMovedAway(t *testing.T) {
	dir := t.TempDir()
	s := New(Options{Magic: regtest, Sizes: Sizes{BlockChunk: 0x1000}, Open: func(_ context.Context, k Kind, n uint32) (File, error) {
		f, err := os.OpenFile(filepath.Join(dir, handleKey{k, n}.String()), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		return OSFile(f), nil
	}})
	defer s.Close()
	ctx := t.Context()
	pos, _, err := s.Append(ctx, block(0xab, 200), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	blk, aside := filepath.Join(dir, "blk00000.dat"), filepath.Join(dir, "aside")
	for range 2 {
		if _, err := s.Read(ctx, pos); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(blk, aside); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(ctx, pos); !errors.Is(err, ErrRecord) {
			t.Errorf("moved away: %v", err)
		}
		if _, _, err := s.Append(ctx, block(0xcd, 200), 1, 0); err == nil {
			t.Error("a block was written behind nothing")
		}
		if err := os.Rename(aside, blk); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Read(ctx, pos); err != nil {
		t.Errorf("back again: %v", err)
	}
	next, _, err := s.Append(ctx, block(0xcd, 200), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Read(ctx, next); err != nil || len(got) != 200 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
