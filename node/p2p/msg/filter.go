package msg

import (
	"encoding/binary"

	"dashmp/node/wire"
)

// FilterLoad sets a peer's Bloom filter (BIP37).
type FilterLoad struct {
	Data      []byte
	Functions uint32
	Tweak     uint32
	Flags     uint8
}

// DecodeFilterLoad decodes a filterload message.
func DecodeFilterLoad(p []byte) (*FilterLoad, error) {
	r := wire.NewReader(p)
	f := &FilterLoad{r.VarBytes(), r.Uint32(), r.Uint32(), r.Uint8()}
	return f, r.Err()
}

// Append appends the encoding of f.
func (f *FilterLoad) Append(b []byte) []byte {
	b = wire.AppendVarBytes(b, f.Data)
	b = binary.LittleEndian.AppendUint32(b, f.Functions)
	b = binary.LittleEndian.AppendUint32(b, f.Tweak)
	return append(b, f.Flags)
}

// DecodeFilterAdd decodes the data of a filteradd message.
func DecodeFilterAdd(p []byte) ([]byte, error) {
	r := wire.NewReader(p)
	data := r.VarBytes()
	return data, r.Err()
}

// MerkleBlock is a header and a proof that some transactions are in the block
// (BIP37). Flags are the bits of the walk through the tree, the lowest first.
type MerkleBlock struct {
	Header       wire.Header
	Transactions uint32
	Hashes       []wire.Hash
	Flags        []byte
}

// DecodeMerkleBlock decodes a merkleblock message.
func DecodeMerkleBlock(p []byte) (*MerkleBlock, error) {
	r := wire.NewReader(p)
	m := &MerkleBlock{wire.ReadHeader(r), r.Uint32(), readHashes(r), r.VarBytes()}
	return m, r.Err()
}

// Append appends the encoding of m.
func (m *MerkleBlock) Append(b []byte) []byte {
	b = m.Header.Append(b)
	b = binary.LittleEndian.AppendUint32(b, m.Transactions)
	b = appendHashes(b, m.Hashes)
	return wire.AppendVarBytes(b, m.Flags)
}

// GetCFilters asks for the compact filters, or their headers, of the blocks from
// a height to a block (getcfilters and getcfheaders, BIP157).
type GetCFilters struct {
	Filter uint8
	Start  uint32
	Stop   wire.Hash
}

// DecodeGetCFilters decodes a getcfilters or getcfheaders message.
func DecodeGetCFilters(p []byte) (g GetCFilters, err error) {
	r := wire.NewReader(p)
	g = GetCFilters{r.Uint8(), r.Uint32(), r.Hash()}
	return g, r.Err()
}

// Append appends the encoding of g.
func (g GetCFilters) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, g.Filter), g.Start)
	return append(b, g.Stop[:]...)
}

// CFilter is the compact filter of a block.
type CFilter struct {
	Filter uint8
	Block  wire.Hash
	Data   []byte
}

// DecodeCFilter decodes a cfilter message.
func DecodeCFilter(p []byte) (*CFilter, error) {
	r := wire.NewReader(p)
	c := &CFilter{r.Uint8(), r.Hash(), r.VarBytes()}
	return c, r.Err()
}

// Append appends the encoding of c.
func (c *CFilter) Append(b []byte) []byte {
	b = append(append(b, c.Filter), c.Block[:]...)
	return wire.AppendVarBytes(b, c.Data)
}

// CFHeaders are the hashes of the filters up to a block, and the filter header
// before the first.
type CFHeaders struct {
	Filter   uint8
	Stop     wire.Hash
	Previous wire.Hash
	Hashes   []wire.Hash
}

// DecodeCFHeaders decodes a cfheaders message.
func DecodeCFHeaders(p []byte) (*CFHeaders, error) {
	r := wire.NewReader(p)
	c := &CFHeaders{r.Uint8(), r.Hash(), r.Hash(), readHashes(r)}
	return c, r.Err()
}

// Append appends the encoding of c.
func (c *CFHeaders) Append(b []byte) []byte {
	b = append(append(b, c.Filter), c.Stop[:]...)
	b = append(b, c.Previous[:]...)
	return appendHashes(b, c.Hashes)
}

// GetCFCheckpt asks for the filter headers of every thousandth block up to one.
type GetCFCheckpt struct {
	Filter uint8
	Stop   wire.Hash
}

// DecodeGetCFCheckpt decodes a getcfcheckpt message.
func DecodeGetCFCheckpt(p []byte) (g GetCFCheckpt, err error) {
	r := wire.NewReader(p)
	g = GetCFCheckpt{r.Uint8(), r.Hash()}
	return g, r.Err()
}

// Append appends the encoding of g.
func (g GetCFCheckpt) Append(b []byte) []byte {
	return append(append(b, g.Filter), g.Stop[:]...)
}

// CFCheckpt answers GetCFCheckpt.
type CFCheckpt struct {
	Filter  uint8
	Stop    wire.Hash
	Headers []wire.Hash
}

// DecodeCFCheckpt decodes a cfcheckpt message.
func DecodeCFCheckpt(p []byte) (*CFCheckpt, error) {
	r := wire.NewReader(p)
	c := &CFCheckpt{r.Uint8(), r.Hash(), readHashes(r)}
	return c, r.Err()
}

// Append appends the encoding of c.
func (c *CFCheckpt) Append(b []byte) []byte {
	return appendHashes(append(append(b, c.Filter), c.Stop[:]...), c.Headers)
}
