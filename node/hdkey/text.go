package hdkey

import (
	"bytes"
	"encoding/binary"

	"github.com/btcsuite/btcd/btcec/v2"

	"dashmp/node/address"
	"dashmp/node/params"
)

// Lengths of serialised extended keys, version bytes included.
const (
	Size     = 78
	wideSize = 107
)

// Version bytes of keys with 256-bit numbers (DIP14): the main network, and all
// others.
var (
	wideMainPublic = [4]byte{0x0e, 0xec, 0xef, 0xc5}
	wideMainSecret = [4]byte{0x0e, 0xec, 0xf0, 0x2e}
	wideTestPublic = [4]byte{0x0e, 0xed, 0x27, 0x0b}
	wideTestSecret = [4]byte{0x0e, 0xed, 0x27, 0x74}
	mainPublic     = [4]byte{0x04, 0x88, 0xb2, 0x1e}
)

// versions are the version bytes for a key at p.
func (p *position) versions(b58 params.Base58) (public, secret [4]byte) {
	switch {
	case !p.Wide:
		return b58.ExtPublic, b58.ExtSecret
	case b58.ExtPublic == mainPublic:
		return wideMainPublic, wideMainSecret
	}
	return wideTestPublic, wideTestSecret
}

// append serialises a key with version bytes; data is 33 bytes.
func (p *position) append(b []byte, version [4]byte, data []byte) []byte {
	b = append(b, version[:]...)
	b = append(b, p.Depth)
	b = append(b, p.Parent[:]...)
	if p.Wide {
		hardened := byte(0)
		if p.WideHardened {
			hardened = 1
		}
		b = append(append(b, hardened), p.WideNumber[:]...)
	} else {
		b = binary.BigEndian.AppendUint32(b, p.Number)
	}
	b = append(b, p.Chain[:]...)
	return append(b, data...)
}

// Serialize is the binary form with version bytes.
func (p *Public) Serialize(b58 params.Base58) []byte {
	version, _ := p.versions(b58)
	return p.append(make([]byte, 0, wideSize), version, p.Key[:])
}

// Text is the form that begins with xpub, tpub, dpmp or dptp.
func (p *Public) Text(b58 params.Base58) string { return address.EncodeCheck(p.Serialize(b58)) }

// Append appends the form that begins with xprv, tprv, dpms or dpts to dst.
// The caller wipes it; a copy stays in the garbage of the encoder.
func (s *Secret) Append(dst []byte, b58 params.Base58) []byte {
	_, version := s.versions(b58)
	var data [KeySize]byte
	copy(data[1:], s.key[:])
	defer clear(data[:])
	raw := s.append(make([]byte, 0, wideSize), version, data[:])
	defer clear(raw)
	return append(dst, address.EncodeCheck(raw)...)
}

// decode splits a serialised key into its position and the 33 bytes of the key.
func decode(b []byte, wide bool) (p position, data []byte) {
	p.Depth = b[4]
	copy(p.Parent[:], b[5:])
	b = b[9:]
	if wide {
		p.Wide, p.WideHardened = true, b[0] != 0
		copy(p.WideNumber[:], b[1:])
		b = b[1+HashSize:]
	} else {
		p.Number = binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	copy(p.Chain[:], b)
	return p, b[HashSize:]
}

// sane refuses a master key that claims to be a child.
func (p *position) sane() bool {
	return p.Depth != 0 || p.Number == 0 && p.Parent == [4]byte{} && !p.Wide
}

// ParsePublic reads an extended public key (DecodeExtPubKey), also one of DIP14.
func ParsePublic(text string, b58 params.Base58) (*Public, error) {
	raw, err := address.DecodeCheck(text, wideSize)
	if err != nil {
		return nil, ErrFormat
	}
	return DecodePublic(raw, b58)
}

// DecodePublic reads the binary form with version bytes.
func DecodePublic(raw []byte, b58 params.Base58) (*Public, error) {
	wide := len(raw) == wideSize
	if len(raw) != Size && !wide || wide && raw[9] > 1 {
		return nil, ErrFormat
	}
	p, data := decode(raw, wide)
	version, _ := p.versions(b58)
	if !bytes.HasPrefix(raw, version[:]) || !p.sane() {
		return nil, ErrFormat
	}
	if _, err := btcec.ParsePubKey(data); err != nil {
		return nil, ErrFormat
	}
	return &Public{position: p, Key: [KeySize]byte(data)}, nil
}

// ParseSecret reads an extended private key (DecodeExtKey), also one of DIP14.
func ParseSecret(text string, b58 params.Base58) (*Secret, error) {
	raw, err := address.DecodeCheck(text, wideSize)
	if err != nil {
		return nil, ErrFormat
	}
	defer clear(raw)
	wide := len(raw) == wideSize
	if len(raw) != Size && !wide || wide && raw[9] > 1 {
		return nil, ErrFormat
	}
	p, data := decode(raw, wide)
	_, version := p.versions(b58)
	if !bytes.HasPrefix(raw, version[:]) || !p.sane() || data[0] != 0 {
		return nil, ErrFormat
	}
	s := &Secret{position: p, key: [HashSize]byte(data[1:])}
	if !address.ValidSecret(&s.key) {
		s.Wipe()
		return nil, ErrFormat
	}
	return s, nil
}
