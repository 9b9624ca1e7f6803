package core

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashmp/node/params"
	"dashmp/node/wire"
)

// TestFilesOnDisk: the block file is Dash Core's.
func TestFilesOnDisk(t *testing.T) {
	dir := t.TempDir()
	s := setup{params.Devnet, "x", "devnet-x", 1795371972}
	c := s.open(t, dir)
	var want []byte
	for _, b := range []*wire.Block{c.o.Params.Genesis, c.o.Params.DevnetGenesis} {
		raw := b.Append(nil)
		want = append(want, c.o.Params.Magic[:]...)
		want = append(binary.LittleEndian.AppendUint32(want, uint32(len(raw))), raw...)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	blk := filepath.Join(dir, "blk00000.dat")
	got, err := os.ReadFile(blk)
	if err != nil || used(got) != string(want) {
		t.Errorf("blk00000.dat: %x, %v", got, err)
	}
	// Dash Core's own file begins e2caffce 32010000 (magic, 306 bytes).
	if !bytes.HasPrefix(got, []byte{0xe2, 0xca, 0xff, 0xce, 0x32, 1, 0, 0, 1, 0, 0, 0}) {
		t.Errorf("it begins %x", got[:12])
	}
}

// TestSecondStart writes nothing. (On a devnet it does: there the second block
// fails, and is tried again at each start.)
func TestSecondStart(t *testing.T) {
	dir := t.TempDir()
	if err := regtest().open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, dir)
	if err := regtest().open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, snapshot(t, dir)); d != "" {
		t.Errorf("it changed %s", d)
	}
}

// used is a block file without what is allocated ahead: a block ends in the four
// zeros of a lock time.
func used(b []byte) string { return strings.TrimRight(string(b), "\x00") + "\x00\x00\x00\x00" }

func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{"blk00000.dat", "index", "chainstate"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(b)
		if name == "blk00000.dat" {
			all[name] = used(b)
		}
	}
	return all
}
