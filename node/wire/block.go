package wire

// Block is a header and its transactions, the coinbase first.
type Block struct {
	Header Header
	Txs    []*Tx
}

// ReadBlock takes a block from r. The result shares r's input.
func ReadBlock(r *Reader) *Block {
	b := &Block{Header: ReadHeader(r)}
	n := r.Count(minTxSize)
	if n == 0 {
		return b
	}
	b.Txs = make([]*Tx, 0, min(n, 4096))
	for range n {
		if r.err != nil {
			break
		}
		b.Txs = append(b.Txs, ReadTx(r))
	}
	return b
}

// DecodeBlock decodes a block that takes up all of p. The limit on a block's
// size is for the caller to apply to len(p).
func DecodeBlock(p []byte) (*Block, error) {
	r := NewReader(p)
	b := ReadBlock(r)
	if err := r.Finish(); err != nil {
		return nil, err
	}
	return b, nil
}

// Append appends the encoding of b to p.
func (b *Block) Append(p []byte) []byte {
	p = b.Header.Append(p)
	p = AppendCompactSize(p, uint64(len(b.Txs)))
	for _, t := range b.Txs {
		p = t.Append(p)
	}
	return p
}

// Size is the length of the encoding in bytes.
func (b *Block) Size() int {
	n := HeaderSize + CompactSizeLen(uint64(len(b.Txs)))
	for _, t := range b.Txs {
		n += t.Size()
	}
	return n
}

// MerkleRoot is the root of the transaction ids; see [MerkleRoot] for mutated.
func (b *Block) MerkleRoot() (root Hash, mutated bool) {
	ids := make([]Hash, len(b.Txs))
	for i, t := range b.Txs {
		ids[i] = t.ID()
	}
	return MerkleRoot(ids)
}
