package chain

import (
	"encoding/binary"
	"encoding/hex"
	"path/filepath"
	"testing"
	"time"

	"dashmp/node/coins"
	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// TestBlockStatsChain connects the blocks of Dash Core's rpc_getblockstats.py
// under all rules and compares the growth of the set with the one it names.
func TestBlockStatsChain(t *testing.T) {
	var data struct {
		Blocks   []string
		MockTime int64
		Stats    []struct {
			Height       int
			Subsidy      int64
			UTXOIncrease int `json:"utxo_increase"`
			Blockhash    string
		}
	}
	realdata.JSON(t, filepath.Join("testdata", "rpc_getblockstats.json.gz"), &data)
	d := newDisk(t, t.TempDir())
	d.change = func(o *Options) { o.Now = func() time.Time { return time.Unix(data.MockTime, 0) } }
	n := d.run(t)
	sizes := map[int]int{0: 0}
	for _, text := range data.Blocks[1:] {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		b, err := wire.DecodeBlock(raw)
		if err != nil {
			t.Fatal(err)
		}
		x := n.accept(t, b)
		if n.Tip() != x {
			t.Fatalf("block %d is not connected", x.Height())
		}
		sizes[x.Height()] = len(n.coinSet(t))
	}
	if len(data.Stats) < 3 {
		t.Fatal("no statistics")
	}
	for _, s := range data.Stats {
		if got := n.ActiveAt(s.Height).Hash().String(); got != s.Blockhash {
			t.Errorf("height %d is %s, want %s", s.Height, got, s.Blockhash)
		}
		if s.Height == 0 {
			continue // its output counts there, but is never in the set
		}
		if got := sizes[s.Height] - sizes[s.Height-1]; got != s.UTXOIncrease {
			t.Errorf("height %d: %d coins more, want %d", s.Height, got, s.UTXOIncrease)
		}
	}
	n.verify(t)
	n.stop(t)
}

// lenient leaves out what needs masternodes and quorums. Headers, work, merkle
// roots, coins and scripts are checked.
type lenient struct{ Rules }

func (lenient) CheckHeaderInChain(*wire.Header, *Index, int64, int) error { return nil }
func (lenient) CheckBlockInChain(*wire.Block, *Index) error               { return nil }

func (l lenient) Connect(_ *wire.Block, x *Index, _ Context) (Connection, error) {
	return lenientConnection{l.Rules.(*Consensus).r.ScriptFlags(x.Height())}, nil
}

type lenientConnection struct{ flags script.Flags }

func (c lenientConnection) Flags() script.Flags                                 { return c.flags }
func (c lenientConnection) Finish() error                                       { return nil }
func (c lenientConnection) Transaction(int, *wire.Tx, []coins.Coin, bool) error { return nil }

// recorded are the blocks of a file of whole chains.
func recorded(t testing.TB, path string) (blocks []*wire.Block) {
	t.Helper()
	for raw := realdata.Read(t, path); len(raw) > 0; {
		size := binary.LittleEndian.Uint32(raw)
		b, err := wire.DecodeBlock(raw[4 : 4+size])
		if err != nil {
			t.Fatal(err)
		}
		blocks, raw = append(blocks, b), raw[4+size:]
	}
	return blocks
}

// TestRecordedChains connects whole chains of Dash Core's with special
// transactions of all types, takes them apart to the genesis block and puts
// them together again, twice: once in memory and once for real.
func TestRecordedChains(t *testing.T) {
	for name, path := range map[string]func(t *testing.T) string{
		"feature_llmq_evo":               local("chain_feature_llmq_evo.bin.gz"),
		"feature_dip3_deterministicmns":  local("chain_feature_dip3_deterministicmns.bin.gz"),
		"feature_asset_locks (not here)": collected("chain_feature_asset_locks.bin.gz"),
	} {
		t.Run(name, func(t *testing.T) {
			blocks := recorded(t, path(t))
			d := newDisk(t, t.TempDir())
			d.rules = lenient{d.rules}
			n := d.run(t)
			for _, b := range blocks[1:] {
				if x := n.accept(t, b); n.Tip() != x {
					t.Fatalf("block %d is not connected", x.Height())
				}
			}
			n.verify(t)
			tip := n.Tip()
			want := n.stats(t, coins.HashMuhash)
			if err := n.Invalidate(t.Context(), n.ActiveAt(1)); err != nil || n.Tip().Height() != 0 {
				t.Fatal(n.Tip().Height(), err)
			}
			if empty := n.coinSet(t); len(empty) != 0 {
				t.Errorf("%d coins at the genesis block", len(empty))
			}
			if err := n.Reconsider(t.Context(), n.Lookup(blocks[1].Header.Hash())); err != nil || n.Tip() != tip {
				t.Fatal(n.Tip().Height(), err)
			}
			if got := n.stats(t, coins.HashMuhash); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			n.stop(t)
		})
	}
}

func local(name string) func(t *testing.T) string {
	return func(*testing.T) string { return filepath.Join("testdata", name) }
}

func collected(name string) func(t *testing.T) string {
	return func(t *testing.T) string { return realdata.Path(t, "regtest", name) }
}

// TestUnverifiedForReal: under the real rules a chain with masternodes is
// connected up to the first block that this build cannot verify, or refuses it;
// it never goes on.
func TestUnverifiedForReal(t *testing.T) {
	blocks := recorded(t, filepath.Join("testdata", "chain_feature_dip3_deterministicmns.bin.gz"))
	d := diskOf(t.TempDir(), regtestParams(t, params.Options{DIP3Params: pointer("135:150"), BudgetParams: pointer("10:10:10")}))
	d.change = func(o *Options) { o.Now = func() time.Time { return time.Unix(2_000_000_000, 0) } }
	n := d.run(t)
	first := 0
	for i, b := range blocks {
		for _, tx := range b.Txs {
			if first == 0 && tx.HasExtraPayload() && tx.Type == wire.TxProRegister {
				first = i
			}
		}
	}
	var refused error
	cancel := n.Subscribe(func(e Event) {
		if e.Kind == BlockChecked && e.Err != nil {
			refused = e.Err
		}
	})
	defer cancel()
	for _, b := range blocks[1:] {
		if _, err := n.ProcessBlock(t.Context(), b, true); err != nil {
			t.Fatal(err)
		}
	}
	if first == 0 || n.Tip().Height() != first-1 || !IsUnverified(refused) {
		t.Errorf("the chain stops at %d, the first masternode is in %d: %v", n.Tip().Height(), first, refused)
	}
	if s := n.Info(n.Lookup(blocks[first].Header.Hash())).Status; s&failedMask != 0 {
		t.Errorf("status %b", s)
	}
	n.verify(t)
	n.stop(t)
}

func pointer[T any](v T) *T { return &v }
