package netaddr

import (
	"encoding/binary"
	"fmt"

	"dashmp/node/wire"
)

// Entry is a peer as addr messages and peers.dat tell of it (CAddress).
type Entry struct {
	Service
	// Services are the bits of what the peer offers.
	Services uint64
	// Time is when it was last heard of, in seconds since the epoch.
	Time uint32
}

// UnknownTime is the Time of an entry that nobody dated (CAddress::TIME_INIT).
const UnknownTime = 100000000

// AppendV1 appends the 30 bytes of an entry of an addr message.
func (e Entry) AppendV1(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, e.Time)
	b = binary.LittleEndian.AppendUint64(b, e.Services)
	return e.Service.AppendV1(b)
}

// AppendV2 appends an entry of an addrv2 message.
func (e Entry) AppendV2(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, e.Time)
	b = wire.AppendCompactSize(b, e.Services)
	return e.Service.AppendV2(b)
}

// ReadEntryV1 reads an entry of an addr message.
func ReadEntryV1(b []byte) (e Entry, rest []byte, err error) {
	if len(b) < 12 {
		return e, nil, ErrShort
	}
	e.Time, e.Services = binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint64(b[4:])
	e.Service, rest, err = ReadV1(b[12:])
	return e, rest, err
}

// ReadEntryV2 reads an entry of an addrv2 message. Its services are a compact
// size of any value.
func ReadEntryV2(b []byte) (e Entry, rest []byte, err error) {
	if len(b) < 4 {
		return e, nil, ErrShort
	}
	e.Time = binary.LittleEndian.Uint32(b)
	if e.Services, rest, err = readCompact(b[4:]); err != nil {
		return e, nil, err
	}
	e.Service, rest, err = ReadV2(rest)
	return e, rest, err
}

// The format word before each entry on disk.
const (
	diskVersion = 220000
	diskIgnore  = 1<<19 - 1
	diskV2      = 1 << 29
)

// AppendDisk appends an entry as peers.dat and anchors.dat hold it.
func (e Entry) AppendDisk(b []byte) []byte {
	return e.AppendV2(binary.LittleEndian.AppendUint32(b, diskVersion|diskV2))
}

// ReadEntryDisk reads an entry of a file whose format allows addrv2 or not.
func ReadEntryDisk(b []byte, v2 bool) (Entry, []byte, error) {
	if len(b) < 4 {
		return Entry{}, nil, ErrShort
	}
	switch format := binary.LittleEndian.Uint32(b) &^ diskIgnore; {
	case format == 0:
		return ReadEntryV1(b[4:])
	case format == diskV2 && v2:
		return ReadEntryV2(b[4:])
	}
	return Entry{}, nil, fmt.Errorf("%w: Unsupported CAddress disk format version", ErrFormat)
}
