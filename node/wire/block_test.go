package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/internal/realdata"
)

func readHex(t testing.TB, path string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimSpace(string(realdata.Read(t, path))))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return b
}

type blockVector struct {
	File, Network, Hash, Prev, Merkleroot, Bits string
	Height, Size                                int
	Version                                     int32
	Time, Nonce                                 uint32
	Txs                                         []txVector
}

// txVector is [id, version, type, size, inputs, outputs, value].
type txVector struct {
	id                        string
	version, typ, size        int
	inputs, outputs, valueOut int64
}

func (v *txVector) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&v.id, &v.version, &v.typ, &v.size, &v.inputs, &v.outputs, &v.valueOut})
}

func blockVectors(t testing.TB) []blockVector {
	var vs []blockVector
	realdata.JSON(t, filepath.Join("testdata", "blocks.json.gz"), &vs)
	if len(vs) != 31 {
		t.Fatalf("%d blocks", len(vs))
	}
	return vs
}

func TestRealBlocks(t *testing.T) {
	for _, v := range blockVectors(t) {
		t.Run(fmt.Sprintf("%s/%d", v.Network, v.Height), func(t *testing.T) {
			raw := readHex(t, filepath.Join("testdata", "blocks", v.File))
			b, err := DecodeBlock(raw)
			if err != nil {
				t.Fatal(err)
			}
			h := b.Header
			if h.Hash().String() != v.Hash || h.PrevBlock.String() != v.Prev || h.Version != v.Version ||
				h.Time != v.Time || h.Nonce != v.Nonce || fmt.Sprintf("%08x", h.Bits) != v.Bits {
				t.Errorf("header %+v with hash %s", h, h.Hash())
			}
			if root, mutated := b.MerkleRoot(); root != h.MerkleRoot || mutated || root.String() != v.Merkleroot {
				t.Errorf("merkle root %s, mutated %v", root, mutated)
			}
			if b.Size() != v.Size || !bytes.Equal(b.Append(nil), raw) {
				t.Error("encoding differs")
			}
			if len(b.Txs) != len(v.Txs) {
				t.Fatalf("%d transactions, want %d", len(b.Txs), len(v.Txs))
			}
			for i, tx := range b.Txs {
				checkTx(t, tx, v.Txs[i])
				if tx.IsCoinbase() != (i == 0) {
					t.Errorf("transaction %d: IsCoinbase %v", i, tx.IsCoinbase())
				}
			}
		})
	}
}

func checkTx(t *testing.T, tx *Tx, v txVector) {
	t.Helper()
	var value int64
	for _, o := range tx.Outputs {
		value += o.Value
	}
	got := txVector{tx.ID().String(), int(tx.Version), int(tx.Type), tx.Size(), int64(len(tx.Inputs)), int64(len(tx.Outputs)), value}
	if got != v {
		t.Errorf("got %+v, want %+v", got, v)
	}
	if c := tx.Clone(); c.ID() != tx.ID() {
		t.Errorf("clone's id %s, want %s", c.ID(), tx.ID())
	}
}

// TestTruncated: no prefix of a block decodes, and no longer input either.
func TestTruncated(t *testing.T) {
	raw := readHex(t, filepath.Join("testdata", "blocks", "mainnet_599999_f896f2f4.hex"))
	for n := range raw {
		if _, err := DecodeBlock(raw[:n]); err == nil {
			t.Fatalf("%d of %d bytes decode", n, len(raw))
		}
	}
	if _, err := DecodeBlock(append(bytes.Clone(raw), 0)); err == nil {
		t.Fatal("a trailing byte decodes")
	}
}

func BenchmarkDecodeBlock(b *testing.B) {
	raw := readHex(b, filepath.Join("testdata", "blocks", "mainnet_813851_047acf83.hex.gz"))
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeBlock(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMerkleRoot(b *testing.B) {
	blk, err := DecodeBlock(readHex(b, filepath.Join("testdata", "blocks", "mainnet_813851_047acf83.hex.gz")))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		blk.MerkleRoot()
	}
}
