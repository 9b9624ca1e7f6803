package core

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// indexFile opens the database of an index as the supervisor does.
func indexFile(t *testing.T, dir, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func openIndexed(t *testing.T, dir string) (*Core, error) {
	t.Helper()
	o, err := regtest().options(dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o.Indexes = IndexFiles{
		Tx: indexFile(t, dir, "tx"), Filter: indexFile(t, dir, "filter"), CoinStats: indexFile(t, dir, "stats"),
	}
	c, err := Open(context.Background(), o)
	if err == nil {
		<-c.loaded
	}
	return c, err
}

// indexInfo waits until all indexes are at a height.
func indexInfo(t *testing.T, c *Core, height int) {
	t.Helper()
	want := map[string]struct {
		Synced bool
		Height int `json:"best_block_height"`
	}{}
	for _, name := range []string{"txindex", "basic block filter index", "coinstatsindex"} {
		s := want[name]
		s.Synced, s.Height = true, height
		want[name] = s
	}
	got := ""
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		info := map[string]struct {
			Synced bool
			Height int `json:"best_block_height"`
		}{}
		result(t, c, &info, "getindexinfo", "[]")
		if got = fmt.Sprint(info); got == fmt.Sprint(want) {
			return
		}
	}
	t.Fatalf("indexes are at %s, want %v", got, want)
}

// TestIndexes: indexes follow the chain, answer RPCs, and go on after a restart
// from where they were.
func TestIndexes(t *testing.T) {
	dir := t.TempDir()
	c, err := openIndexed(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	const pay = `"yWziQMcwmKjRdzi7eWjwiQX8EjWcd6dSg6"`
	var hashes []string
	result(t, c, &hashes, "generatetoaddress", `[12,`+pay+`]`)
	indexInfo(t, c, 12)
	ask := func() string {
		var block struct{ Tx []string }
		result(t, c, &block, "getblock", `["`+hashes[4]+`"]`)
		var raw, stats, filter any
		result(t, c, &raw, "getrawtransaction", `["`+block.Tx[0]+`"]`)
		result(t, c, &stats, "gettxoutsetinfo", `["muhash",7]`)
		result(t, c, &filter, "getblockfilter", `["`+hashes[9]+`"]`)
		return fmt.Sprint(raw, stats, filter)
	}
	before := ask()
	closed(t, c)
	if c, err = openIndexed(t, dir); err != nil {
		t.Fatal(err)
	}
	indexInfo(t, c, 12)
	if after := ask(); after != before {
		t.Errorf("after a restart:\n%s\nbefore:\n%s", after, before)
	}
	closed(t, c)
	// Without their databases there are none.
	c = openWith(t, dir)
	defer closed(t, c)
	var info map[string]any
	if result(t, c, &info, "getindexinfo", "[]"); len(info) != 0 {
		t.Errorf("indexes that are switched off: %v", info)
	}
}

// TestDamagedIndex: what is no database ends the start with a hint.
func TestDamagedIndex(t *testing.T) {
	for _, name := range []string{"tx", "filter", "stats"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte("no database"), 10_000), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := openIndexed(t, dir)
		if !errors.Is(err, ErrIndex) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			closed(t, c)
		}
	}
}
