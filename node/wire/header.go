package wire

import "dashmp/node/x11"

// HeaderSize is the length of an encoded Header in bytes.
const HeaderSize = 80

// Header is a block header.
type Header struct {
	Version    int32
	PrevBlock  Hash
	MerkleRoot Hash
	// Time is in seconds since the epoch.
	Time uint32
	// Bits is the target in compact form.
	Bits  uint32
	Nonce uint32
}

// ReadHeader takes a header from r.
func ReadHeader(r *Reader) Header {
	return Header{
		Version:    int32(r.Uint32()),
		PrevBlock:  r.Hash(),
		MerkleRoot: r.Hash(),
		Time:       r.Uint32(),
		Bits:       r.Uint32(),
		Nonce:      r.Uint32(),
	}
}

// DecodeHeader decodes exactly the 80 bytes of b.
func DecodeHeader(b []byte) (Header, error) {
	r := NewReader(b)
	h := ReadHeader(r)
	if err := r.Finish(); err != nil {
		return Header{}, err
	}
	return h, nil
}

// Append appends the encoding of h to b.
func (h *Header) Append(b []byte) []byte {
	b = appendUint32(b, uint32(h.Version))
	b = append(b, h.PrevBlock[:]...)
	b = append(b, h.MerkleRoot[:]...)
	b = appendUint32(b, h.Time)
	b = appendUint32(b, h.Bits)
	return appendUint32(b, h.Nonce)
}

// Hash is X11 of the encoded header. It takes some microseconds: keep it.
func (h *Header) Hash() Hash {
	var buf [HeaderSize]byte
	return x11.Sum(h.Append(buf[:0]))
}
