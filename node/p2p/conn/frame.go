package conn

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// MaxPayload is the longest payload of a message in bytes
// (MAX_PROTOCOL_MESSAGE_LENGTH).
const MaxPayload = 3 << 20

// headerSize: magic 4, type 12, length 4 (little-endian), checksum 4.
const (
	headerSize = 24
	typeSize   = 12
)

// growth is how far memory may run ahead of what has come (V1Transport::readData).
const growth = 256 << 10

// Reasons for which a connection is dropped while reading.
var (
	errMagic = errors.New("wrong magic")
	errSize  = errors.New("size too large")
)

// frame is a message as it came.
type frame struct {
	msgType string
	payload []byte
	// bad says why the message is dropped although the connection goes on: its
	// checksum or its type is wrong.
	bad string
}

// Values of frame.bad.
const (
	wrongChecksum = "wrong checksum"
	invalidType   = "invalid message type"
)

// size is what the message took on the wire.
func (f *frame) size() int { return headerSize + len(f.payload) }

// framer reads messages from a stream.
type framer struct {
	magic [4]byte
	r     io.Reader
	// got is told of each read.
	got func(n int)
	// buf[from:to] has been read and not used.
	buf      [readBuffer]byte
	from, to int
}

const readBuffer = 8 << 10

func newFramer(magic [4]byte, r io.Reader, got func(int)) *framer {
	return &framer{magic: magic, r: r, got: got}
}

// more reads once behind what buf holds, which is less than a header.
func (f *framer) more() error {
	if len(f.buf)-f.from < headerSize {
		f.from, f.to = 0, copy(f.buf[:], f.buf[f.from:f.to])
	}
	n, err := f.r.Read(f.buf[f.to:])
	f.to += n
	if n > 0 {
		f.got(n)
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// next reads one message. Its errors are errMagic and errSize, with the header
// that is wrong, and those of the stream.
func (f *framer) next() (frame, [headerSize]byte, error) {
	var h [headerSize]byte
	for f.to-f.from < headerSize {
		if err := f.more(); err != nil {
			return frame{}, h, err
		}
	}
	copy(h[:], f.buf[f.from:f.to])
	if !bytes.Equal(h[:4], f.magic[:]) {
		return frame{}, h, errMagic
	}
	size := sizeOf(h)
	if size > MaxPayload {
		return frame{}, h, errSize
	}
	f.from += headerSize
	payload, err := f.payload(int(size))
	if err != nil {
		return frame{}, h, err
	}
	msg := frame{msgType: typeOf(h), payload: payload}
	switch sum := checksum(payload); {
	case !bytes.Equal(sum[:], h[20:]):
		msg.bad = wrongChecksum
	case !validType(h[4 : 4+typeSize]):
		msg.bad = invalidType
	}
	return msg, h, nil
}

// payload reads size bytes and never holds more than growth beyond them.
func (f *framer) payload(size int) ([]byte, error) {
	first := min(size, f.to-f.from)
	p := make([]byte, 0, min(size, first+growth))
	p = append(p, f.buf[f.from:f.from+first]...)
	f.from += first
	for len(p) < size {
		if len(p) == cap(p) {
			p = slices.Grow(p, min(size-len(p), growth))
		}
		n, err := f.r.Read(p[len(p):min(cap(p), size)])
		p = p[:len(p)+n]
		if n > 0 {
			f.got(n)
			continue
		}
		if err == nil {
			err = io.ErrNoProgress
		}
		return nil, err
	}
	return p, nil
}

func sizeOf(h [headerSize]byte) uint32 { return binary.LittleEndian.Uint32(h[16:]) }

// typeOf is the type up to its first NUL (CMessageHeader::GetCommand).
func typeOf(h [headerSize]byte) string {
	name, _, _ := bytes.Cut(h[4:4+typeSize], []byte{0})
	return string(name)
}

// validType wants printable ASCII, then only NULs (IsCommandValid).
func validType(b []byte) bool {
	name, rest, _ := bytes.Cut(b, []byte{0})
	for _, c := range name {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return bytes.Count(rest, []byte{0}) == len(rest)
}

// checksum is the first four bytes of the double SHA-256.
func checksum(p []byte) [4]byte {
	h := sha256.Sum256(p)
	h = sha256.Sum256(h[:])
	return [4]byte(h[:4])
}

// appendHeader appends the header of a message.
func appendHeader(b []byte, magic [4]byte, msgType string, payload []byte) []byte {
	var name [typeSize]byte
	if copy(name[:], msgType) != len(msgType) {
		panic("message type too long: " + msgType)
	}
	b = append(append(b, magic[:]...), name[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	sum := checksum(payload)
	return append(b, sum[:]...)
}
