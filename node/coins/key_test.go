package coins

import (
	"bytes"
	"testing"

	"dashmp/node/wire"
)

func FuzzDecodeKey(f *testing.F) {
	f.Add(appendKey(nil, wire.OutPoint{Hash: wire.Hash{1}, Index: 16512}))
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := decodeKey(b); err == nil && !bytes.Equal(appendKey(nil, o), b) {
			t.Fatalf("%x became %x", b, appendKey(nil, o))
		}
	})
}
