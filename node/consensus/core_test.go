package consensus

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// update writes down what Dash Core says, from DASH_CORE_BIN.
var update = flag.Bool("update", false, "record testdata from Dash Core")

// recording is a chain that Dash Core made and what it said of other blocks.
type recording struct {
	name string
	// options of dashd, and the same for params.
	args    []string
	options params.Options
	// synced: the node has all governance objects there are.
	synced bool
	// blocks is the length of the chain.
	blocks int
	// tips are the heights at which other blocks are proposed.
	tips []int
}

var budget = "240:300:360"

var recordings = []recording{
	{
		name: "regtest", blocks: 700,
		tips: []int{0, 1, 17, 110, 143, 205, 430, 431, 432, 441, 443, 452, 499, 501, 600, 602, 664, 699},
	},
	{
		name: "budget", args: []string{"-budgetparams=" + budget}, options: params.Options{BudgetParams: &budget},
		blocks: 420, tips: []int{298, 299, 304, 309, 320, 349, 359, 360, 379, 400},
	},
	{
		name: "synced", args: []string{"-budgetparams=" + budget}, options: params.Options{BudgetParams: &budget},
		synced: true, blocks: 381, tips: []int{304, 320, 359, 379},
	},
}

// verdict is what Dash Core says of a proposed block.
type verdict struct {
	Tip    int
	Name   string
	Now    int64
	Reject string
	// Debug is the whole text of the state where the log has it.
	Debug string
	Block []byte
}

// TestRecordedVerdicts connects chains that Dash Core made and judges other
// blocks as it did.
func TestRecordedVerdicts(t *testing.T) {
	for _, rec := range recordings {
		t.Run(rec.name, func(t *testing.T) {
			blocks := readBlocks(t, filepath.Join("testdata", rec.name+".blocks.gz"))
			var verdicts []verdict
			realdata.JSON(t, filepath.Join("testdata", rec.name+".verdicts.json.gz"), &verdicts)
			compare(t, rec, blocks, verdicts)
		})
	}
}

func compare(t *testing.T, rec recording, blocks []*wire.Block, verdicts []verdict) {
	l := newLedger(network(t, params.Regtest, rec.options))
	l.governance.Synced = rec.synced
	byTip := make(map[int][]verdict)
	for _, v := range verdicts {
		byTip[v.Tip] = append(byTip[v.Tip], v)
	}
	reasons, undecided, debugs := make(map[string]int), 0, 0
	for height := range len(blocks) + 1 {
		for _, v := range byTip[height] {
			b, err := wire.DecodeBlock(v.Block)
			if err != nil {
				t.Fatal(err)
			}
			err = l.test(b, v.Now, false)
			if errors.Is(err, KindUnverified) {
				undecided++
				if v.Reject == "" && !mayBeValid(err) {
					t.Errorf("%d %s: a valid block is undecided: %v", v.Tip, v.Name, err)
				}
				continue
			}
			reasons[v.Reject]++
			got, full := "", ""
			if err != nil {
				got, full = err.(*Error).Reject, err.Error()
			}
			if got != v.Reject {
				t.Errorf("%d %s: %q (%v), want %q %s", v.Tip, v.Name, got, err, v.Reject, v.Debug)
			} else if v.Debug != "" {
				if debugs++; full != v.Debug {
					t.Errorf("%d %s: %q, want %q", v.Tip, v.Name, full, v.Debug)
				}
			}
		}
		if height < len(blocks) {
			l.add(t, blocks[height])
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("%5d %s", reasons[reason], reason)
	}
	t.Logf("%d blocks, %d verdicts of %d kinds, %d with their text, %d undecided", len(blocks), len(verdicts),
		len(reasons), debugs, undecided)
	if len(verdicts) < 600 || len(reasons) < 15 || debugs < 100 {
		t.Error("too few")
	}
}

// mayBeValid reports whether Dash Core can find valid what err leaves undecided
// on a chain without masternodes: a point in the legacy serialisation, which it
// reads as none once the basic one is in use, and a superblock that a node
// without governance data takes on trust.
func mayBeValid(err error) bool {
	return slices.ContainsFunc([]string{"ChainLock", "commitment", "superblock"}, func(s string) bool {
		return strings.Contains(err.Error(), s)
	})
}

// TestDashCore makes the chains anew with DASH_CORE_BIN's dashd and asks it.
func TestDashCore(t *testing.T) {
	bin := os.Getenv("DASH_CORE_BIN")
	if bin == "" {
		t.Skip("DASH_CORE_BIN is not set")
	}
	for _, rec := range recordings {
		t.Run(rec.name, func(t *testing.T) {
			n := startCore(t, bin, rec.args)
			l := newLedger(network(t, params.Regtest, rec.options))
			blocks := n.makeChain(t, rec, l)
			verdicts := n.judge(t, rec, blocks)
			if *update {
				writeBlocks(t, filepath.Join("testdata", rec.name+".blocks.gz"), blocks)
				j, err := json.Marshal(verdicts)
				if err != nil {
					t.Fatal(err)
				}
				writeGzip(t, filepath.Join("testdata", rec.name+".verdicts.json.gz"), j)
			}
			compare(t, rec, blocks, verdicts)
			n.judgeSubmitted(t, rec, blocks)
		})
	}
}

// makeChain lets Dash Core mine, and some blocks of our own with spends, while
// every block passes our rules.
func (n *coreNode) makeChain(t *testing.T, rec recording, l *ledger) (blocks []*wire.Block) {
	var decoded struct{ P2SH string }
	n.must(t, &decoded, "decodescript", fmt.Sprintf("%x", trueScript))
	if rec.synced {
		n.sync(t)
	}
	for h := 1; h <= rec.blocks; h++ {
		n.now += 150
		n.must(t, nil, "setmocktime", n.now)
		m := &mutator{l: l}
		var txs []string
		if coins := m.mature(); h%20 == 0 && len(coins) > 3 {
			one := m.spend(5000, coins[0])
			two := m.spend(7000, coins[1], coins[2])
			txs = append(txs, fmt.Sprintf("%x", one.Append(nil)), fmt.Sprintf("%x", two.Append(nil)))
			if h > 432 && h%40 == 0 {
				// generateblock does not count what it adds into the credit pool.
				n.must(t, nil, "sendrawtransaction", fmt.Sprintf("%x", m.lock(coins[3]).Append(nil)))
				txs = nil
			}
		}
		if txs == nil {
			n.must(t, nil, "generatetoaddress", 1, decoded.P2SH)
		} else {
			n.must(t, nil, "generateblock", decoded.P2SH, txs)
		}
		b := n.block(t, h)
		l.add(t, b)
		if h == 1 || h%50 == 0 || h > 425 && h < 450 {
			n.compareSoftForks(t, l)
		}
		if next := l.rules.VersionBits().BlockVersion(l.chain.at(h - 1)); next != b.Header.Version {
			t.Errorf("height %d has version %x, not %x", h, b.Header.Version, next)
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// sync tells Dash Core step by step that it has synchronised.
func (n *coreNode) sync(t *testing.T) {
	t.Helper()
	var status struct{ IsSynced bool }
	for range 10 {
		if n.must(t, &status, "mnsync", "status"); status.IsSynced {
			return
		}
		n.must(t, nil, "mnsync", "next")
	}
	t.Fatal("mnsync does not end")
}

// lock makes an asset lock.
func (m *mutator) lock(coin wire.OutPoint) *wire.Tx {
	pkh := append(append([]byte{0x76, 0xa9, 20}, make([]byte, 20)...), 0x88, 0xac)
	tx := m.spend(20_000, coin)
	tx.Version, tx.Type = 3, wire.TxAssetLock
	tx.Outputs = append(tx.Outputs, wire.TxOut{Value: 10_000, ScriptPubKey: []byte{byte(script.OpReturn), 0}})
	tx.ExtraPayload = (&wire.AssetLock{Version: 1, CreditOutputs: []wire.TxOut{{Value: 10_000, ScriptPubKey: pkh}}}).Append(nil)
	return tx
}

// compareSoftForks compares the deployments at the tip with getblockchaininfo.
func (n *coreNode) compareSoftForks(t *testing.T, l *ledger) {
	t.Helper()
	var info struct {
		SoftForks map[string]struct {
			Type   string
			Active bool
			Height *int
			BIP9   *struct {
				Status           State
				Bit              *int
				StartTime        int64 `json:"start_time"`
				Timeout          int64
				Since            int
				EHF              bool
				ActivationHeight *int `json:"activation_height"`
				Statistics       *Statistics
			}
		}
	}
	n.must(t, &info, "getblockchaininfo")
	forks := l.rules.SoftForks(l.chain.tip())
	if len(forks) != len(info.SoftForks) || len(forks) < 15 {
		t.Fatalf("%d forks, want %d", len(forks), len(info.SoftForks))
	}
	number := func(p *int) int {
		if p == nil {
			return -1
		}
		return *p
	}
	for _, f := range forks {
		want, ok := info.SoftForks[f.Name]
		if !ok || f.Active != want.Active || f.Height != number(want.Height) || (f.BIP9 == nil) != (want.Type == "buried") {
			t.Errorf("%d %+v, want %+v", l.chain.tip().Height(), f, want)
			continue
		}
		if f.BIP9 == nil {
			continue
		}
		w, g := want.BIP9, f.BIP9
		if g.Status != w.Status || g.Bit != number(w.Bit) || g.StartTime != w.StartTime || g.Timeout != w.Timeout ||
			g.Since != w.Since || g.EHF != w.EHF || g.ActivationHeight != number(w.ActivationHeight) {
			t.Errorf("%d %s %+v, want %+v", l.chain.tip().Height(), f.Name, g, w)
		}
		if (g.Statistics == nil) != (w.Statistics == nil) {
			t.Errorf("%d %s: statistics %v, want %v", l.chain.tip().Height(), f.Name, g.Statistics, w.Statistics)
		} else if s := g.Statistics; s != nil {
			got := *s
			if g.Status == StateLockedIn {
				got.Threshold, got.Possible = 0, false
			}
			if got != *w.Statistics {
				t.Errorf("%d %s: %+v, want %+v", l.chain.tip().Height(), f.Name, got, *w.Statistics)
			}
		}
	}
}

// judge goes back to each tip and proposes mutants of its successor.
func (n *coreNode) judge(t *testing.T, rec recording, blocks []*wire.Block) (list []verdict) {
	tips := slices.Clone(rec.tips)
	slices.Reverse(tips)
	log := &logTail{path: n.log}
	for _, tip := range tips {
		n.rewind(t, tip)
		l := newLedger(network(t, params.Regtest, rec.options))
		for _, b := range blocks[:tip] {
			l.add(t, b)
		}
		for _, m := range mutants(l, blocks[tip], n.now) {
			raw := m.block.Append(nil)
			v := verdict{Tip: tip, Name: m.name, Now: n.now, Block: raw}
			log.skip(t)
			err := n.call(&v.Reject, "getblocktemplate", map[string]string{"mode": "proposal", "data": fmt.Sprintf("%x", raw)})
			if err != nil || strings.HasPrefix(v.Reject, "duplicate") {
				// Dash Core does not decode it, or it is no mutant after all.
				continue
			}
			v.Debug = log.state(t)
			list = append(list, v)
		}
	}
	slices.Reverse(list)
	return list
}

// rewind makes the block at height the tip.
func (n *coreNode) rewind(t *testing.T, height int) {
	t.Helper()
	var count int
	n.must(t, &count, "getblockcount")
	if count > height {
		var hash string
		n.must(t, &hash, "getblockhash", height+1)
		n.must(t, nil, "invalidateblock", hash)
	}
	if n.must(t, &count, "getblockcount"); count != height {
		t.Fatalf("at height %d, not %d", count, height)
	}
}

// judgeSubmitted submits mined mutants at the last tip, which tests the work and
// what a node does with a block from outside.
func (n *coreNode) judgeSubmitted(t *testing.T, rec recording, blocks []*wire.Block) {
	tip := rec.tips[0]
	l := newLedger(network(t, params.Regtest, rec.options))
	l.governance.Synced = rec.synced
	for _, b := range blocks[:tip] {
		l.add(t, b)
	}
	count := 0
	for i, m := range mutants(l, blocks[tip], n.now) {
		b := m.block
		mine(l.rules, b, i%4 != 0)
		var got string
		if err := n.call(&got, "submitblock", fmt.Sprintf("%x", b.Append(nil))); err != nil {
			continue // without a coinbase it is not judged at all
		}
		if strings.HasPrefix(got, "duplicate") || got == "inconclusive" {
			continue
		}
		err := l.submit(b, n.now)
		if errors.Is(err, KindUnverified) {
			continue
		}
		if want := reject(t, err); got != want {
			t.Errorf("submitted %s: Dash Core says %q, we %q", m.name, got, want)
		}
		count++
		if got == "" {
			n.rewind(t, tip)
		}
	}
	if count < 30 {
		t.Errorf("only %d submitted blocks", count)
	}
}

// submit judges a block from outside: CheckBlock comes before the header's
// context is known.
func (l *ledger) submit(b *wire.Block, now int64) error {
	if err := l.rules.CheckBlock(b, b.Header.Hash(), AllChecks); err != nil {
		return err
	}
	return l.test(b, now, true)
}

// mine searches a nonce that satisfies the header's target, or does not.
func mine(r *Rules, b *wire.Block, satisfied bool) {
	for (r.CheckHeader(&b.Header, b.Header.Hash(), true) == nil) != satisfied {
		b.Header.Nonce++
		if b.Header.Bits != 0x207fffff {
			return
		}
	}
}

func readBlocks(t testing.TB, path string) (blocks []*wire.Block) {
	t.Helper()
	return decodeBlocks(t, realdata.Read(t, path))
}

// decodeBlocks reads blocks behind their lengths.
func decodeBlocks(t testing.TB, b []byte) (blocks []*wire.Block) {
	t.Helper()
	for len(b) > 0 {
		n := int(binary.LittleEndian.Uint32(b))
		block, err := wire.DecodeBlock(b[4 : 4+n])
		if err != nil {
			t.Fatal(err)
		}
		blocks, b = append(blocks, block), b[4+n:]
	}
	return blocks
}

func writeBlocks(t testing.TB, path string, blocks []*wire.Block) {
	var b []byte
	for _, block := range blocks {
		raw := block.Append(nil)
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(raw))), raw...)
	}
	writeGzip(t, path, b)
}

func writeGzip(t testing.TB, path string, b []byte) {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
