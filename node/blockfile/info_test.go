package blockfile

import (
	"bytes"
	"testing"
)

func FuzzDecodeInfo(f *testing.F) {
	f.Add((&Info{Blocks: 1, Size: 2, TimeLast: 1 << 40}).Append(nil))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, err := DecodeInfo(b); err == nil && !bytes.Equal(i.Append(nil), b) {
			t.Fatalf("%x became %x", b, i.Append(nil))
		}
	})
}
