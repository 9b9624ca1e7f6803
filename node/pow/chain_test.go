package pow

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/wire"
)

// node is a block of a test chain.
type node struct {
	prev   *node
	height int
	header wire.Header
}

func (n *node) Prev() *node  { return n.prev }
func (n *node) Height() int  { return n.height }
func (n *node) Time() uint32 { return n.header.Time }
func (n *node) Bits() uint32 { return n.header.Bits }

func network(t testing.TB, name string) *params.Params {
	t.Helper()
	p, err := params.Select(name, params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run is a contiguous run of real headers.
type run struct {
	network string
	first   int
	raw     []byte
}

func sampleRuns(t testing.TB) []run {
	read := func(name string) []byte {
		return realdata.Read(t, filepath.Join("..", "x11", "testdata", "headers", name))
	}
	return []run{
		{params.Test, 0, read("testnet_0_5999.bin")},
		{params.Test, 530000, read("testnet_530000_531999_slow_and_mindiff.bin")},
		{params.Main, 980000, read("mainnet_980000_981999.bin")},
	}
}

func allRuns(t testing.TB) (runs []run) {
	var index []struct {
		File, Network string
		First         int `json:"first_height"`
		Count         int
	}
	realdata.JSON(t, realdata.Path(t, "headers", "index.json"), &index)
	for _, e := range index {
		name := map[string]string{"mainnet": params.Main, "testnet": params.Test}[e.Network]
		r := run{name, e.First, realdata.Read(t, realdata.Path(t, "headers", e.File))}
		if len(r.raw) != e.Count*wire.HeaderSize {
			t.Fatalf("%s: %d bytes", e.File, len(r.raw))
		}
		runs = append(runs, r)
	}
	return runs
}

// window is 25 contiguous main or test network headers.
type window struct {
	first int
	raw   []byte
}

func windows(t testing.TB, b []byte) (ws []window) {
	const size = 4 + 25*wire.HeaderSize
	if len(b)%size != 0 {
		t.Fatalf("%d bytes of windows", len(b))
	}
	for ; len(b) > 0; b = b[size:] {
		ws = append(ws, window{int(binary.LittleEndian.Uint32(b)), b[4:size]})
	}
	return ws
}

// link makes a chain of raw headers and checks work and links. It calls check
// with each block's predecessor, once enough of them are there.
func link(t testing.TB, p *params.Params, first int, raw []byte, check func(tip *node, h *wire.Header)) {
	t.Helper()
	var tip *node
	var tipHash wire.Hash
	for height := first; len(raw) > 0; height++ {
		h, err := wire.DecodeHeader(raw[:wire.HeaderSize])
		if err != nil {
			t.Fatal(err)
		}
		raw = raw[wire.HeaderSize:]
		hash := h.Hash()
		if !Check(hash, h.Bits, p.Consensus.PowLimit) {
			t.Fatalf("%s %d: %s misses its target %08x", p.Network, height, hash, h.Bits)
		}
		if tip != nil {
			if h.PrevBlock != tipHash {
				t.Fatalf("%s %d: does not follow %s", p.Network, height, tipHash)
			}
			check(tip, &h)
		}
		tip, tipHash = &node{tip, height, h}, hash
	}
}
