package blockfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"dashmp/node/wire"
)

// scanWindow is how much of a file a Scanner reads at a time.
const scanWindow = 1 << 20

// Record is something in a file that begins as a block does.
type Record struct {
	// Offset is that of the content, behind magic and length.
	Offset int64
	// Content has the announced length; it is valid until the next call.
	Content []byte
}

// Scanner finds blocks in a file that may hold anything between them. It does
// as Dash Core does (LoadExternalBlockFile): what does not begin with magic and
// a possible length is skipped byte by byte; a record that the file does not
// hold to its end is the last thing looked at.
type Scanner struct {
	r     io.ReaderAt
	magic [4]byte
	// at is where the next search begins.
	at int64
	// window holds bytes of the file from start on.
	window []byte
	start  int64
	buf    []byte
	ended  bool
}

// NewScanner scans r from offset on.
func NewScanner(r io.ReaderAt, magic [4]byte, offset int64) *Scanner {
	return &Scanner{r: r, magic: magic, at: offset, buf: make([]byte, scanWindow)}
}

// Next returns the next record; ok is false at the end. The error is one of
// reading.
func (s *Scanner) Next() (rec Record, ok bool, err error) {
	for !s.ended {
		found, err := s.find()
		if err != nil || !found {
			s.ended = true
			return Record{}, false, err
		}
		head, err := s.peek(s.at, headerSize)
		if err != nil || len(head) < headerSize {
			s.ended = true
			return Record{}, false, err
		}
		begin := s.at
		s.at++ // whatever follows, never look at this byte again
		n := binary.LittleEndian.Uint32(head[4:])
		if [4]byte(head[:4]) != s.magic || n < wire.HeaderSize || n > MaxBlockSize {
			continue
		}
		content, err := s.content(begin+headerSize, int(n))
		if err != nil || content == nil {
			s.ended = true
			return Record{}, false, err
		}
		s.at = begin + headerSize + int64(n)
		return Record{Offset: begin + headerSize, Content: content}, true, nil
	}
	return Record{}, false, nil
}

// Resume continues the search at an offset inside the last record, as is done
// when a block ends before its announced length.
func (s *Scanner) Resume(offset int64) {
	if offset < s.at && !s.ended {
		s.at = offset
	}
}

// find moves to the next byte that the magic begins with.
func (s *Scanner) find() (bool, error) {
	for {
		b, err := s.peek(s.at, 1)
		if err != nil || len(b) == 0 {
			return false, err
		}
		rest := s.window[s.at-s.start:]
		if i := bytes.IndexByte(rest, s.magic[0]); i >= 0 {
			s.at += int64(i)
			return true, nil
		}
		s.at += int64(len(rest))
	}
}

// peek returns up to n bytes at offset at, fewer only at the end of the file.
// n is at most the window.
func (s *Scanner) peek(at int64, n int) ([]byte, error) {
	if at < s.start || at+int64(n) > s.start+int64(len(s.window)) {
		got, err := s.r.ReadAt(s.buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		s.start, s.window = at, s.buf[:got]
	}
	b := s.window[at-s.start:]
	return b[:min(n, len(b))], nil
}

// content reads n bytes, nil if they are not all there.
func (s *Scanner) content(at int64, n int) ([]byte, error) {
	if b, err := s.peek(at, min(n, scanWindow)); err != nil || len(b) == n {
		return b, err
	} else if len(b) < min(n, scanWindow) {
		return nil, nil
	}
	b := make([]byte, n)
	if got, err := s.r.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if got < n {
		return nil, nil
	}
	return b, nil
}
