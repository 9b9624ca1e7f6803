package consensus

import (
	"encoding/hex"
	"testing"

	"dashmp/node/params"
	"dashmp/node/wire"
)

// fakeBlock is a block of a test chain.
type fakeBlock struct {
	chain  *fakeChain
	height int
}

// fakeChain is a chain of headers whose blocks are found by height.
type fakeChain struct {
	headers []wire.Header
	hashes  []wire.Hash
	known   map[wire.Hash]int
}

func (c *fakeChain) add(h wire.Header, hash wire.Hash) {
	if c.known == nil {
		c.known = make(map[wire.Hash]int)
	}
	c.known[hash] = len(c.headers)
	c.headers, c.hashes = append(c.headers, h), append(c.hashes, hash)
}

func (c *fakeChain) at(height int) Block {
	if height < 0 || height >= len(c.headers) {
		return nil
	}
	return &fakeBlock{c, height}
}

func (c *fakeChain) tip() Block { return c.at(len(c.headers) - 1) }

func (c *fakeChain) lookup(h wire.Hash) (Block, bool) {
	height, ok := c.known[h]
	if !ok {
		return nil, false
	}
	return c.at(height), true
}

func (b *fakeBlock) Prev() Block { return b.chain.at(b.height - 1) }
func (b *fakeBlock) Ancestor(h int) Block {
	if h > b.height {
		return nil
	}
	return b.chain.at(h)
}
func (b *fakeBlock) Height() int     { return b.height }
func (b *fakeBlock) Hash() wire.Hash { return b.chain.hashes[b.height] }
func (b *fakeBlock) Version() int32  { return b.chain.headers[b.height].Version }
func (b *fakeBlock) Time() uint32    { return b.chain.headers[b.height].Time }
func (b *fakeBlock) Bits() uint32    { return b.chain.headers[b.height].Bits }

// fakeHash is a distinct hash for each number; hashing headers takes too long.
func fakeHash(n int) wire.Hash {
	return wire.DoubleSHA256([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
}

// chainOf makes a chain of n blocks, one every spacing seconds.
func chainOf(n int, spacing uint32, version func(height int) int32) *fakeChain {
	c := &fakeChain{}
	for h := range n {
		header := wire.Header{Version: 4, Time: 1_417_713_337 + uint32(h)*spacing, Bits: 0x207fffff}
		if version != nil {
			header.Version = version(h)
		}
		c.add(header, fakeHash(h))
	}
	return c
}

func network(t testing.TB, name string, o params.Options) *params.Params {
	t.Helper()
	p, err := params.Select(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decodeTx(t testing.TB, s string) *wire.Tx {
	t.Helper()
	tx, err := wire.DecodeTx(unhex(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// reject is the reject reason of err, "" for none.
func reject(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("not an *Error: %v", err)
	}
	return e.Reject
}
