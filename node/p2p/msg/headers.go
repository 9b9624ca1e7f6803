package msg

import (
	"encoding/binary"
	"math"
	"slices"

	"dashmp/node/wire"
)

// GetHeaders asks for what follows the last block of a locator that the receiver
// has: getheaders, getheaders2 and getblocks. Version is not used by anybody.
type GetHeaders struct {
	Version int32
	Locator []wire.Hash
	Stop    wire.Hash
}

// MaxLocator is how many hashes a locator may have (MAX_LOCATOR_SZ).
const MaxLocator = 101

// DecodeGetHeaders decodes a getheaders, getheaders2 or getblocks message.
func DecodeGetHeaders(p []byte) (*GetHeaders, error) {
	r := wire.NewReader(p)
	g := &GetHeaders{Version: int32(r.Uint32())}
	g.Locator = readHashes(r)
	g.Stop = r.Hash()
	return g, r.Err()
}

// Append appends the encoding of g.
func (g *GetHeaders) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(g.Version))
	b = appendHashes(b, g.Locator)
	return append(b, g.Stop[:]...)
}

func readHashes(r *wire.Reader) []wire.Hash {
	list := make([]wire.Hash, r.Count(wire.HashSize))
	for i := range list {
		list[i] = r.Hash()
	}
	return list
}

func appendHashes(b []byte, list []wire.Hash) []byte {
	b = wire.AppendCompactSize(b, uint64(len(list)))
	for i := range list {
		b = append(b, list[i][:]...)
	}
	return b
}

// MaxHeaders is how many headers a headers message may have, and headers2 before
// MoreHeaders2Version; MaxHeaders2 is how many headers2 may have from there on.
const (
	MaxHeaders  = 2000
	MaxHeaders2 = 8000
)

// Count is how many elements a message announces that is a list. It
// lets a limit be applied before the rest is decoded.
func Count(p []byte) (uint64, error) {
	r := wire.NewReader(p)
	n := r.CompactSize()
	return n, r.Err()
}

// DecodeHeaders decodes a headers message. The number of transactions that
// follows each header is ignored.
func DecodeHeaders(p []byte) ([]wire.Header, error) {
	r := wire.NewReader(p)
	list := make([]wire.Header, r.Count(wire.HeaderSize+1))
	for i := range list {
		list[i] = wire.ReadHeader(r)
		r.CompactSize()
	}
	return list, r.Err()
}

// AppendHeaders appends the encoding of a headers message.
func AppendHeaders(b []byte, list []wire.Header) []byte {
	b = wire.AppendCompactSize(b, uint64(len(list)))
	for i := range list {
		b = append(list[i].Append(b), 0)
	}
	return b
}

// The flags of a compressed header (DIP25). The lowest three bits are the place
// of its version among the last seven distinct ones, most recent first, counted
// from 1; 0 means that the version follows.
const (
	flagVersion  = 0x07
	flagPrevious = 0x08 // the parent's hash follows
	flagTime     = 0x10 // the whole time follows, else its distance in 16 bits
	flagBits     = 0x20 // the target follows
)

// minHeader2 is the shortest compressed header: flags, distance in time, merkle
// root, nonce.
const minHeader2 = 1 + 2 + wire.HashSize + 4

// versions are the last seven distinct versions, the most recent first.
type versions []int32

func (v *versions) add(version int32) {
	*v = slices.Insert(*v, 0, version)
	if len(*v) > 7 {
		*v = (*v)[:7]
	}
}

// use makes the version at place i the most recent one.
func (v *versions) use(i int) int32 {
	version := (*v)[i]
	*v = slices.Insert(slices.Delete(*v, i, i+1), 0, version)
	return version
}

// DecodeHeaders2 decodes a headers2 message. The first header must be whole in
// what it lacks a predecessor for: Dash Core reads zeros there, and so do we.
//
// Source: CompressibleBlockHeader in Dash Core's src/primitives/block.{h,cpp}.
func DecodeHeaders2(p []byte) ([]wire.Header, error) {
	r := wire.NewReader(p)
	list := make([]wire.Header, r.Count(minHeader2))
	var recent versions
	for i := range list {
		var last *wire.Header
		if i > 0 {
			last = &list[i-1]
		}
		list[i] = readHeader2(r, last, &recent)
		if r.Err() != nil {
			return nil, r.Err()
		}
	}
	return list, r.Err()
}

func readHeader2(r *wire.Reader, last *wire.Header, recent *versions) (h wire.Header) {
	flags := r.Uint8()
	if flags&flagVersion == 0 {
		h.Version = int32(r.Uint32())
	}
	if flags&flagPrevious != 0 {
		h.PrevBlock = r.Hash()
	}
	h.MerkleRoot = r.Hash()
	distance := int16(0)
	if flags&flagTime != 0 {
		h.Time = r.Uint32()
	} else {
		distance = int16(r.Uint16())
	}
	if flags&flagBits != 0 {
		h.Bits = r.Uint32()
	}
	h.Nonce = r.Uint32()
	if last == nil {
		recent.add(h.Version)
		return h
	}
	if place := int(flags & flagVersion); place == 0 {
		recent.add(h.Version)
	} else if place <= len(*recent) {
		h.Version = recent.use(place - 1)
	}
	if flags&flagPrevious == 0 && r.Err() == nil {
		h.PrevBlock = last.Hash()
	}
	if flags&flagTime == 0 {
		h.Time = last.Time + uint32(int32(distance))
	}
	if flags&flagBits == 0 {
		h.Bits = last.Bits
	}
	return h
}

// AppendHeaders2 appends the encoding of a headers2 message of headers each of
// which is the parent of the next. A step back in time is sent whole, as Dash
// Core does, whose difference is unsigned.
func AppendHeaders2(b []byte, list []wire.Header) []byte {
	b = wire.AppendCompactSize(b, uint64(len(list)))
	var recent versions
	for i := range list {
		var last *wire.Header
		if i > 0 {
			last = &list[i-1]
		}
		b = appendHeader2(b, &list[i], last, &recent)
	}
	return b
}

func appendHeader2(b []byte, h, last *wire.Header, recent *versions) []byte {
	flags, distance := byte(flagPrevious|flagTime|flagBits), uint32(0)
	place := -1
	if last != nil {
		flags &^= flagPrevious
		place = slices.Index(*recent, h.Version)
		if distance = h.Time - last.Time; distance <= math.MaxInt16 {
			flags &^= flagTime
		}
		if h.Bits == last.Bits {
			flags &^= flagBits
		}
	}
	if place < 0 {
		b = append(b, flags)
		b = binary.LittleEndian.AppendUint32(b, uint32(h.Version))
		recent.add(h.Version)
	} else {
		b = append(b, flags|byte(place+1))
		recent.use(place)
	}
	if flags&flagPrevious != 0 {
		b = append(b, h.PrevBlock[:]...)
	}
	b = append(b, h.MerkleRoot[:]...)
	if flags&flagTime != 0 {
		b = binary.LittleEndian.AppendUint32(b, h.Time)
	} else {
		b = binary.LittleEndian.AppendUint16(b, uint16(distance))
	}
	if flags&flagBits != 0 {
		b = binary.LittleEndian.AppendUint32(b, h.Bits)
	}
	return binary.LittleEndian.AppendUint32(b, h.Nonce)
}
