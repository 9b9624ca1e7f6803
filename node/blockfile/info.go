package blockfile

import (
	"encoding/binary"
	"fmt"
)

// Info describes one pair of files (Dash Core: CBlockFileInfo).
type Info struct {
	// Blocks is how many blocks the blk file holds.
	Blocks uint32
	// Size and UndoSize are the bytes in use, without what is allocated ahead.
	Size, UndoSize uint32
	// HeightFirst and HeightLast are the lowest and highest height in it.
	HeightFirst, HeightLast uint32
	// TimeFirst and TimeLast are the earliest and latest header time, in
	// seconds since the epoch.
	TimeFirst, TimeLast uint64
}

const infoSize = 5*4 + 2*8

// add counts a block.
func (i *Info) add(height uint32, time uint64) {
	if i.Blocks == 0 || height < i.HeightFirst {
		i.HeightFirst = height
	}
	if i.Blocks == 0 || time < i.TimeFirst {
		i.TimeFirst = time
	}
	i.Blocks++
	i.HeightLast = max(i.HeightLast, height)
	i.TimeLast = max(i.TimeLast, time)
}

// Append appends a fixed-size encoding, little-endian, in the order of the
// fields.
func (i *Info) Append(b []byte) []byte {
	for _, v := range []uint32{i.Blocks, i.Size, i.UndoSize, i.HeightFirst, i.HeightLast} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = binary.LittleEndian.AppendUint64(b, i.TimeFirst)
	return binary.LittleEndian.AppendUint64(b, i.TimeLast)
}

// DecodeInfo reads what Append wrote, all of b.
func DecodeInfo(b []byte) (i Info, err error) {
	if len(b) != infoSize {
		return i, fmt.Errorf("%w: %d bytes", ErrInfo, len(b))
	}
	le := binary.LittleEndian
	for j, p := range []*uint32{&i.Blocks, &i.Size, &i.UndoSize, &i.HeightFirst, &i.HeightLast} {
		*p = le.Uint32(b[4*j:])
	}
	i.TimeFirst, i.TimeLast = le.Uint64(b[20:]), le.Uint64(b[28:])
	return i, nil
}
