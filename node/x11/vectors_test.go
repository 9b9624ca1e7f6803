package x11

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"dashmp/node/x11/internal/blake512"
	"dashmp/node/x11/internal/bmw512"
	"dashmp/node/x11/internal/cubehash512"
	"dashmp/node/x11/internal/echo512"
	"dashmp/node/x11/internal/groestl512"
	"dashmp/node/x11/internal/jh512"
	"dashmp/node/x11/internal/keccak512"
	"dashmp/node/x11/internal/luffa512"
	"dashmp/node/x11/internal/shavite512"
	"dashmp/node/x11/internal/simd512"
	"dashmp/node/x11/internal/skein512"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

type stage struct {
	name string
	sum  func(*[64]byte, []byte)
}

// stages is the chain in its order.
var stages = []stage{
	{"blake512", blake512.Sum},
	{"bmw512", bmw512.Sum},
	{"groestl512", groestl512.Sum},
	{"skein512", skein512.Sum},
	{"jh512", jh512.Sum},
	{"keccak512", keccak512.Sum},
	{"luffa512", luffa512.Sum},
	{"cubehash512", cubehash512.Sum},
	{"shavite512", shavite512.Sum},
	{"simd512", simd512.Sum},
	{"echo512", echo512.Sum},
}

func load(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// TestStageVectors checks each stage alone, on published digests and on random
// inputs of 0 to 300 bytes, which cross every padding boundary.
func TestStageVectors(t *testing.T) {
	type vector struct {
		Stage         string
		Input, Output hexBytes
	}
	var all []vector
	for _, name := range []string{"stage_vectors_x11hashjs.json", "stage_vectors_generated.json"} {
		var v []vector
		load(t, name, &v)
		all = append(all, v...)
	}
	for _, st := range stages {
		t.Run(st.name, func(t *testing.T) {
			n := 0
			for _, v := range all {
				if v.Stage != st.name {
					continue
				}
				n++
				var out [64]byte
				st.sum(&out, v.Input)
				if !bytes.Equal(out[:], v.Output) {
					t.Errorf("%d bytes: got %x, want %x", len(v.Input), out, []byte(v.Output))
				}
			}
			if n < 32 {
				t.Fatalf("only %d vectors", n)
			}
		})
	}
}

// TestHeaderStageTraces follows real headers through all eleven stages.
func TestHeaderStageTraces(t *testing.T) {
	var traces []struct {
		Network string
		Height  int
		Header  hexBytes
		Stages  map[string]hexBytes
		Hash    hexBytes // display order
	}
	load(t, "header_stage_traces.json", &traces)
	if len(traces) < 20 {
		t.Fatalf("only %d traces", len(traces))
	}
	for _, tr := range traces {
		in := []byte(tr.Header)
		for _, st := range stages {
			var out [64]byte
			st.sum(&out, in)
			want := tr.Stages[st.name]
			if !bytes.Equal(out[:], want) {
				t.Fatalf("%s %d: %s: got %x, want %x", tr.Network, tr.Height, st.name, out, []byte(want))
			}
			in = want
		}
		got := Sum(tr.Header)
		for i := range got {
			if got[i] != tr.Hash[31-i] {
				t.Fatalf("%s %d: hash %x, want %x reversed", tr.Network, tr.Height, got, []byte(tr.Hash))
			}
		}
	}
}

func TestSumVectors(t *testing.T) {
	for _, name := range []string{"x11_vectors_x11hashjs.json", "x11_vectors_generated.json"} {
		var vs []struct{ Input, Hash hexBytes }
		load(t, name, &vs)
		if len(vs) == 0 {
			t.Fatalf("%s: empty", name)
		}
		for _, v := range vs {
			if got := Sum(v.Input); !bytes.Equal(got[:], v.Hash) {
				t.Errorf("%s: %d bytes: got %x, want %x", name, len(v.Input), got, []byte(v.Hash))
			}
		}
	}
}

func TestSumDoesNotAllocate(t *testing.T) {
	header := make([]byte, 80)
	if n := testing.AllocsPerRun(100, func() { Sum(header) }); n != 0 {
		t.Fatalf("%v allocations per hash", n)
	}
}

func BenchmarkSum(b *testing.B) {
	header := make([]byte, 80)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		header[76] = byte(i)
		Sum(header)
	}
}

func BenchmarkStage(b *testing.B) {
	for _, st := range stages {
		b.Run(st.name, func(b *testing.B) {
			var s [64]byte
			in := s[:]
			if st.name == "blake512" {
				in = make([]byte, 80)
			}
			for b.Loop() {
				st.sum(&s, in)
			}
		})
	}
}
