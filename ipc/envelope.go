package ipc

import (
	"encoding/binary"

	"capnproto.org/go/capnp/v3"
	"capnproto.org/go/capnp/v3/std/capnp/rpc"
)

// Nearly every message is a Call or a Return with results. Their envelopes are
// always the same few words, so these are copied from a template and patched;
// building them with the library's accessors costs ten times as much, which was
// a seventh of an empty call. TestEnvelopes reads them back with the library.
//
// A template begins its segment. All offsets are in bytes from there.
const (
	wordBytes = 8

	callQuestion  = 3 * wordBytes // Call.questionId
	callMethod    = callQuestion + 4
	callInterface = 4 * wordBytes
	callFlags     = 5 * wordBytes
	callTarget    = 9 * wordBytes // MessageTarget's data
	callPayload   = 11 * wordBytes
	callWords     = 13

	returnAnswer  = 3 * wordBytes // Return.answerId
	returnFlags   = returnAnswer + 4
	returnPayload = 6 * wordBytes
	returnWords   = 8

	// Bits of the word at callFlags, and of the one at returnFlags.
	flagNoPipelining = 1 << 1
	flagKeepParams   = 1 << 0 // releaseParamCaps is true by default
	flagNoFinish     = 1 << 1
)

// structPointer is a pointer to a struct that begins offset words behind it.
func structPointer(offset int, data, ptrs uint16) uint64 {
	return uint64(uint32(offset)<<2) | uint64(data)<<32 | uint64(ptrs)<<48
}

// callEnvelope: Message, Call, MessageTarget for an imported capability,
// Payload.
func callEnvelope(b []byte) {
	for i, w := range [callWords]uint64{
		structPointer(0, 1, 1), uint64(rpc.Message_Which_call), structPointer(0, 3, 3),
		0, 0, 0, // Call's data
		structPointer(2, 1, 1), structPointer(3, 0, 2), 0, // target, params
		0, 0, // MessageTarget
		0, 0, // Payload
	} {
		binary.LittleEndian.PutUint64(b[i*wordBytes:], w)
	}
}

// returnEnvelope: Message, Return with results, Payload.
func returnEnvelope(b []byte) {
	for i, w := range [returnWords]uint64{
		structPointer(0, 1, 1), uint64(rpc.Message_Which_return), structPointer(0, 2, 1),
		0, 0, structPointer(0, 0, 2),
		0, 0, // Payload
	} {
		binary.LittleEndian.PutUint64(b[i*wordBytes:], w)
	}
}

// lay begins the message anew with an envelope of the given words.
func (m *outMessage) lay(words int, fill func([]byte), payload int) error {
	m.msg.TraverseLimit = 1<<64 - 1
	m.fds = m.fds[:0]
	m.root = rpc.Message{}
	m.payloadAt = payload
	seg, err := m.msg.Reset(capnp.MultiSegment(nil))
	if err != nil {
		return err
	}
	m.seg = seg
	_, at, err := m.place(capnp.ObjectSize{DataSize: capnp.Size(words * wordBytes)})
	if err != nil || at != 0 {
		return Errorf(ErrFailed, "envelope at %d, %v", at, err)
	}
	fill(seg.Data())
	return nil
}

// place allocates a struct. at is its offset in the first segment, -1 if it
// lies in another.
func (m *outMessage) place(size capnp.ObjectSize) (s capnp.Struct, at int, err error) {
	at = len(m.seg.Data())
	s, err = capnp.NewStruct(m.seg, size)
	if err != nil || s.Segment() != m.seg {
		at = -1
	}
	return s, at, err
}

func (m *outMessage) put32(at int, v uint32) { binary.LittleEndian.PutUint32(m.seg.Data()[at:], v) }
func (m *outMessage) put64(at int, v uint64) { binary.LittleEndian.PutUint64(m.seg.Data()[at:], v) }

// newContent allocates the payload's content.
func (m *outMessage) newContent(size capnp.ObjectSize) (capnp.Struct, error) {
	s, at, err := m.place(size)
	if err != nil {
		return s, err
	}
	slot := m.payloadAt
	size = s.Size()
	switch {
	case size == capnp.ObjectSize{}:
		m.put64(slot, structPointer(-1, 0, 0))
	case at >= 0:
		m.put64(slot, structPointer((at-slot)/wordBytes-1, uint16(size.DataSize/wordBytes), size.PointerCount))
	default:
		p, err := m.payload()
		if err != nil {
			return s, err
		}
		return s, p.SetContent(s.ToPtr())
	}
	return s, nil
}

// payload is the envelope's Payload, for the library.
func (m *outMessage) payload() (rpc.Payload, error) {
	if m.payloadAt == callPayload {
		c, err := m.callStruct()
		if err != nil {
			return rpc.Payload{}, err
		}
		return c.Params()
	}
	root, err := rpc.ReadRootMessage(&m.msg)
	if err != nil {
		return rpc.Payload{}, err
	}
	r, err := root.Return()
	if err != nil {
		return rpc.Payload{}, err
	}
	return r.Results()
}

// callStruct is the envelope's Call, for the library.
func (m *outMessage) callStruct() (rpc.Call, error) {
	root, err := rpc.ReadRootMessage(&m.msg)
	if err != nil {
		return rpc.Call{}, err
	}
	return root.Call()
}

// capTable writes a capability table of n entries into the payload and returns
// their words, two each; nil if there is no room in the first segment.
func (m *outMessage) capTable(n int) ([]byte, error) {
	const most = 1 << 10
	if n > most {
		return nil, nil
	}
	_, at, err := m.place(capnp.ObjectSize{DataSize: capnp.Size((1 + 2*n) * wordBytes)})
	if err != nil || at < 0 {
		return nil, err
	}
	const compositeList = 1 | 7<<32
	slot := m.payloadAt + wordBytes
	m.put64(slot, compositeList|uint64(uint32((at-slot)/wordBytes-1)<<2)|uint64(2*n)<<35)
	m.put64(at, structPointer(n, 1, 1)) // the tag holds the count
	return m.seg.Data()[at+wordBytes : at+(1+2*n)*wordBytes], nil
}

// capWord is the data of a CapDescriptor.
func capWord(which rpc.CapDescriptor_Which, id uint32, fd uint8) uint64 {
	return uint64(which) | uint64(fd^noAttachedFD)<<16 | uint64(id)<<32
}
