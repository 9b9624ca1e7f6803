package x11

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"

	"dashmp/node/internal/realdata"
)

// chained checks a run of headers by its links alone: each names the hash of
// the one before. It returns the number of links.
func chained(t *testing.T, name string, raw []byte) int {
	t.Helper()
	hashes := make([][Size]byte, len(raw)/HeaderSize)
	SumHeaders(hashes, raw)
	for i := 1; i < len(hashes); i++ {
		if prev := raw[i*HeaderSize+4:][:Size]; !bytes.Equal(prev, hashes[i-1][:]) {
			t.Fatalf("%s: header %d follows %x, hash of the one before is %x", name, i, prev, hashes[i-1])
		}
	}
	return len(hashes) - 1
}

func windows(t *testing.T, name string, raw []byte) (links int) {
	t.Helper()
	const record = 4 + 25*HeaderSize
	if len(raw)%record != 0 {
		t.Fatalf("%s: %d bytes", name, len(raw))
	}
	for ; len(raw) > 0; raw = raw[record:] {
		links += chained(t, name, raw[4:record])
	}
	return links
}

func TestSampleHeaders(t *testing.T) {
	dir := filepath.Join("testdata", "headers")
	links := 0
	for _, name := range []string{
		"testnet_0_5999.bin", "testnet_530000_531999_slow_and_mindiff.bin", "mainnet_980000_981999.bin",
	} {
		links += chained(t, name, realdata.Read(t, filepath.Join(dir, name)))
	}
	const sample = "mainnet_windows25_first60.bin"
	links += windows(t, sample, realdata.Read(t, filepath.Join(dir, sample)))
	if links != 5999+1999+1999+60*24 {
		t.Errorf("%d links", links)
	}
}

// TestAllHeaders hashes every real header of the collection: contiguous runs,
// windows, and isolated headers whose hash is on record.
func TestAllHeaders(t *testing.T) {
	if testing.Short() {
		t.Skip("62,000 headers: not in short mode")
	}
	var index []struct{ File string }
	realdata.JSON(t, realdata.Path(t, "headers", "index.json"), &index)
	links := 0
	for _, e := range index {
		links += chained(t, e.File, realdata.Read(t, realdata.Path(t, "headers", e.File)))
	}
	for _, name := range []string{"mainnet_windows25.bin", "testnet_windows25.bin"} {
		links += windows(t, name, realdata.Read(t, realdata.Path(t, "headers", name)))
	}
	hashes := 0
	for _, name := range []string{"checkpoints_mainnet.json.gz", "checkpoints_testnet.json.gz"} {
		var points []struct {
			Height       int
			Hash, Header hexBytes
		}
		realdata.JSON(t, realdata.Path(t, "headers", name), &points)
		for _, p := range points {
			got := Sum(p.Header)
			for i := range got {
				if got[i] != p.Hash[Size-1-i] {
					t.Fatalf("%s %d: %x, want %x reversed", name, p.Height, got, []byte(p.Hash))
				}
			}
			hashes++
		}
	}
	t.Logf("%d links, %d hashes on record", links, hashes)
	if links < 57000 || hashes < 4100 {
		t.Errorf("%d links, %d hashes on record", links, hashes)
	}
}

func TestSumHeaders(t *testing.T) {
	for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 5*chunk + 3} {
		raw := make([]byte, n*HeaderSize)
		for i := range n {
			binary.LittleEndian.PutUint32(raw[i*HeaderSize:], uint32(i))
		}
		got := make([][Size]byte, n)
		SumHeaders(got, raw)
		for i := range got {
			if got[i] != Sum(raw[i*HeaderSize:][:HeaderSize]) {
				t.Fatalf("%d headers: digest %d differs", n, i)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic for lengths that do not match")
		}
	}()
	SumHeaders(make([][Size]byte, 2), make([]byte, HeaderSize))
}

func BenchmarkSumHeaders(b *testing.B) {
	raw := make([]byte, 2000*HeaderSize)
	dst := make([][Size]byte, 2000)
	for b.Loop() {
		SumHeaders(dst, raw)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2000, "ns/header")
}
