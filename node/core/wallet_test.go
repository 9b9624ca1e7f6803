package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"dashmp/node"
	"dashmp/node/wire"
)

// mined is a core with blocks, which pay to an address.
func mined(t *testing.T, blocks int) (*Core, []string) {
	t.Helper()
	c := regtest().open(t, t.TempDir())
	return c, mine(t, c, blocks)
}

func mine(t *testing.T, c *Core, blocks int) (hashes []string) {
	t.Helper()
	r := call(t, c, "generatetoaddress", fmt.Sprintf(`[%d,"yYdShjQSptFKitYLksFEUSwHe4hnbar5rf"]`, blocks))
	if err := json.Unmarshal(r.Result, &hashes); err != nil || len(hashes) != blocks {
		t.Fatalf("%+v, %v", r, err)
	}
	return hashes
}

func hashOf(t *testing.T, s string) node.Hash {
	t.Helper()
	h, err := wire.ParseHash(s)
	if err != nil {
		t.Fatal(err)
	}
	return node.Hash(h)
}

func TestChainOfTheWallet(t *testing.T) {
	c, hashes := mined(t, 12)
	ctx := t.Context()
	fifth := hashOf(t, hashes[4])
	at, err := c.BlockAt(ctx, 5)
	found, err2 := c.FindBlock(ctx, fifth)
	if err != nil || err2 != nil || at != found || at.Hash != fifth || at.Height != 5 || at.Parent != hashOf(t, hashes[3]) || !at.Active || !at.HasData {
		t.Errorf("%+v, %v, %+v, %v", at, err, found, err2)
	}
	first, err := c.FindFirstBlock(ctx, int64(at.MaxTime), 0)
	if err != nil || first.MaxTime < at.MaxTime || first.Height > 5 {
		t.Errorf("first block since %d: %+v, %v", at.MaxTime, first, err)
	}
	if before, err := c.BlockAt(ctx, first.Height-1); err != nil || before.MaxTime >= at.MaxTime {
		t.Errorf("%+v is not the first: %+v, %v", first, before, err)
	}
	if late, err := c.FindFirstBlock(ctx, 0, 9); err != nil || late.Height != 9 {
		t.Errorf("from height 9: %+v, %v", late, err)
	}
	raw, err := c.ReadBlock(ctx, fifth)
	if err != nil {
		t.Fatal(err)
	}
	b, err := wire.DecodeBlock(raw)
	if err != nil || node.Hash(b.Header.Hash()) != fifth {
		t.Errorf("%v, %v", b, err)
	}
	positions, err := c.BlockPositions(ctx, 10, 100)
	if err != nil || len(positions) != 3 || positions[0].Hash != hashOf(t, hashes[9]) || positions[0].Offset <= 8 {
		t.Errorf("%+v, %v", positions, err)
	}
	coinbase := node.Hash(b.Txs[0].ID())
	coins, err := c.FindCoins(ctx, []node.OutPoint{{TxID: coinbase}, {TxID: coinbase, Index: 9}})
	want := []node.Coin{{Found: true, Value: b.Txs[0].Outputs[0].Value, Script: b.Txs[0].Outputs[0].ScriptPubKey, Height: 5, Coinbase: true}, {}}
	if d := cmp.Diff(want, coins); d != "" || err != nil {
		t.Errorf("%s, %v", d, err)
	}
	state, err := c.State(ctx)
	if err != nil || state.Tip.Height != 12 || state.Pruned || state.PruneHeight != 0 || state.Importing {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestChainRefuses(t *testing.T) {
	c, _ := mined(t, 1)
	ctx := t.Context()
	for name, ask := range map[string]struct {
		kind error
		err  func() error
	}{
		"unknown block":  {node.ErrUnknownBlock, func() error { _, err := c.FindBlock(ctx, node.Hash{1}); return err }},
		"no such height": {node.ErrUnknownBlock, func() error { _, err := c.BlockAt(ctx, 2); return err }},
		"negative":       {node.ErrUnknownBlock, func() error { _, err := c.BlockAt(ctx, -1); return err }},
		"no such time":   {node.ErrUnknownBlock, func() error { _, err := c.FindFirstBlock(ctx, 1<<40, 0); return err }},
		"unknown fork":   {node.ErrUnknownBlock, func() error { _, err := c.FindFork(ctx, node.Hash{1}); return err }},
		"unknown data":   {node.ErrUnknownBlock, func() error { _, err := c.ReadBlock(ctx, node.Hash{1}); return err }},
		"too much":       {node.ErrArgument, func() error { _, err := c.FindCoins(ctx, make([]node.OutPoint, maxAsked+1)); return err }},
		"positions":      {node.ErrArgument, func() error { _, err := c.BlockPositions(ctx, -1, 1); return err }},
		"no transaction": {node.ErrArgument, func() error { _, err := c.BroadcastTransaction(ctx, []byte("x"), 0, false); return err }},
		"nobody":         {node.ErrArgument, func() error { return c.RequestMempool(ctx, nil) }},
	} {
		if err := ask.err(); !errors.Is(err, ask.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFollowersHearBlocks: connected, the tip, disconnected, each with its block;
// when SyncNotifications returns all has been told.
func TestFollowersHearBlocks(t *testing.T) {
	c, hashes := mined(t, 2)
	r := &recorder{}
	h, err := c.HandleNotifications(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	mine(t, c, 1)
	if got := call(t, c, "invalidateblock", `["`+hashes[1]+`"]`); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	if got := call(t, c, "syncwithvalidationinterfacequeue", `[]`); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	r.mu.Lock()
	events := strings.Join(r.events, "\n")
	for _, w := range []string{"connected 3, ", "disconnected 3, ", "disconnected 2, "} {
		if strings.Count(events, w) == 0 || strings.Contains(events, ", 0 bytes") {
			t.Errorf("%q is missing in\n%s", w, events)
		}
	}
	r.mu.Unlock()
	if got := r.list(); len(got) < 3 || got[0] != 2 || got[1] != 3 || got[len(got)-1] != 1 {
		t.Errorf("tips: %v", got)
	}
	fork, err := c.FindFork(t.Context(), hashOf(t, hashes[1]))
	if err != nil || fork.Height != 1 || !fork.Active {
		t.Errorf("fork: %+v, %v", fork, err)
	}
	if err := h.Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestStopsForAReason: at a height, and after an error of the system.
func TestStopsForAReason(t *testing.T) {
	o, err := regtest().options(t.TempDir(), t.Output(), "-stopatheight=3")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := call(t, c, "generatetoaddress", `[3,"yYdShjQSptFKitYLksFEUSwHe4hnbar5rf"]`); got.Code != 0 {
		t.Errorf("%+v", got)
	}
	stops := o.Broker.(*dirBroker).stops
	if got := <-stops; got != "stop: the chain has reached height 3" {
		t.Error(got)
	}
	c.fatal(fmt.Errorf("write: %w", unix.ENOSPC))
	c.fatal(errors.New("boom"))
	got := []string{<-stops, <-stops}
	if d := cmp.Diff(map[string]bool{"abort: Disk space is too low!": true, "abort: " + textFatal: true}, map[string]bool{got[0]: true, got[1]: true}); d != "" {
		t.Error(d)
	}
	if w := c.Warnings(); w != "boom" {
		t.Errorf("warnings: %q", w)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
