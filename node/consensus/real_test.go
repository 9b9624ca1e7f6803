package consensus

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"dashmp/node/internal/realdata"
	"dashmp/node/params"
	"dashmp/node/script"
	"dashmp/node/wire"
)

// TestRealBlocks: real blocks of all networks pass what needs no context, and
// so does every one of their transactions by itself.
func TestRealBlocks(t *testing.T) {
	dir := filepath.Join("..", "wire", "testdata", "blocks")
	names, err := filepath.Glob(filepath.Join(dir, "*.hex*"))
	if err != nil || len(names) < 30 {
		t.Fatalf("%d blocks: %v", len(names), err)
	}
	txs := 0
	for _, name := range names {
		file := filepath.Base(name)
		b, err := wire.DecodeBlock(unhex(t, strings.TrimSpace(string(realdata.Read(t, name)))))
		if err != nil {
			t.Fatal(err)
		}
		// Devnets and the first test network had the test network's limit.
		chain := params.Test
		if strings.HasPrefix(file, "mainnet") {
			chain = params.Main
		}
		r := New(network(t, chain, params.Options{}), nil)
		hash := b.Header.Hash()
		checks := AllChecks
		checks.Work = !strings.HasPrefix(file, "devnet")
		if err := r.CheckBlock(b, hash, checks); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		txs += len(b.Txs)
		b.Header.MerkleRoot[0] ^= 1
		if err := r.CheckBlock(b, hash, checks); !errors.Is(err, KindMutated) {
			t.Errorf("%s with another merkle root: %v", file, err)
		}
		hash[31] |= 0x80
		if err := r.CheckBlock(b, hash, AllChecks); reject(t, err) != "high-hash" {
			t.Errorf("%s with too little work: %v", file, err)
		}
	}
	t.Logf("%d blocks with %d transactions", len(names), txs)
}

// TestRealHeaders: the first headers of the test network, under all rules for
// headers, and a few changes that they do not survive.
func TestRealHeaders(t *testing.T) {
	raw := realdata.Read(t, filepath.Join("..", "x11", "testdata", "headers", "testnet_0_5999.bin"))
	p := network(t, params.Test, params.Options{})
	r := New(p, nil)
	chain := &fakeChain{}
	for height := 0; len(raw) > 0; height++ {
		h, err := wire.DecodeHeader(raw[:wire.HeaderSize])
		if err != nil {
			t.Fatal(err)
		}
		raw = raw[wire.HeaderSize:]
		hash := h.Hash()
		if height > 0 {
			checkRealHeader(t, r, chain.tip(), h, hash)
		}
		chain.add(h, hash)
	}
	if len(chain.headers) != 6000 {
		t.Errorf("%d headers", len(chain.headers))
	}
}

func checkRealHeader(t *testing.T, r *Rules, prev Block, h wire.Header, hash wire.Hash) {
	t.Helper()
	now := HeaderContext{Now: int64(h.Time)}
	if err := errors.Join(r.CheckHeader(&h, hash, true), r.ContextualCheckHeader(&h, prev, now)); err != nil {
		t.Fatalf("%d: %v", prev.Height()+1, err)
	}
	changed := h
	changed.Bits++
	if err := r.ContextualCheckHeader(&changed, prev, now); reject(t, err) != "bad-diffbits" {
		t.Fatalf("%d with other bits: %v", prev.Height()+1, err)
	}
	now.Checkpoint = prev.Height() + 2
	if err := r.ContextualCheckHeader(&h, prev, now); !errors.Is(err, KindCheckpoint) {
		t.Fatalf("%d below a checkpoint: %v", prev.Height()+1, err)
	}
	if now.Checkpoint--; r.ContextualCheckHeader(&h, prev, now) != nil {
		t.Fatalf("%d at a checkpoint", prev.Height()+1)
	}
	now.Now -= MaxFutureBlockTime + 1
	if err := r.ContextualCheckHeader(&h, prev, now); !errors.Is(err, KindTimeFuture) && prev.Height() < 4000 {
		t.Fatalf("%d from the future: %v", prev.Height()+1, err)
	}
}

// masternodeChains are chains with masternodes that Dash Core's functional
// tests made, and their parameters.
var masternodeChains = []struct {
	name    string
	options params.Options
	// refused is the height of the first block this build cannot verify.
	refused int
}{
	{"asset_locks", params.Options{
		DIP3Params: text("2:2"), LLMQTestInstantSendDIP24: text("llmq_test_instantsend"),
		TestActivationHeight: []string{"mn_rr@560", "v20@100"},
	}, 130},
	{"dip3_deterministicmns", params.Options{BudgetParams: text("10:10:10"), DIP3Params: text("135:150")}, 152},
	{"llmq_evo", params.Options{DIP3Params: text("2:2"), TestActivationHeight: []string{"mn_rr@320", "v20@100"}}, 131},
}

func text(s string) *string { return &s }

// TestMasternodeChains: all blocks of chains with masternodes pass what needs no
// list of them; they connect up to the first registration, which is refused
// without a verdict, and nothing connects after it.
func TestMasternodeChains(t *testing.T) {
	for _, c := range masternodeChains {
		t.Run(c.name, func(t *testing.T) {
			blocks := decodeBlocks(t, realdata.Read(t, realdata.Path(t, "regtest", "chain_feature_"+c.name+".bin.gz")))
			l := newLedger(network(t, params.Regtest, c.options))
			refused := 0
			for height, b := range blocks[1:] {
				prev, hash := l.chain.tip(), b.Header.Hash()
				if err := errors.Join(
					l.rules.ContextualCheckHeader(&b.Header, prev, HeaderContext{Now: int64(b.Header.Time)}),
					l.rules.CheckBlock(b, hash, AllChecks), l.rules.ContextualCheckBlock(b, prev),
				); err != nil {
					t.Fatalf("%d: %v", height+1, err)
				}
				if refused == 0 {
					err := l.test(b, int64(b.Header.Time), true)
					if err == nil {
						l.add(t, b)
						continue
					}
					if !errors.Is(err, KindUnverified) || !registers(b) {
						t.Fatalf("%d: %v", height+1, err)
					}
					refused = height + 1
				}
				context := SpecialContext{Prev: prev, PrevCbTx: l.cb, Lookup: l.chain.lookup}
				if l.rules.CheckSpecialTxs(b, context) == nil && b.Txs[0].ExtraPayload != nil {
					cb, _ := wire.PayloadOf[*wire.CbTx](b.Txs[0])
					if !cb.MerkleRootMNList.IsZero() {
						t.Fatalf("%d passes with masternodes", height+1)
					}
				}
				l.chain.add(b.Header, hash)
				l.cb, _ = wire.PayloadOf[*wire.CbTx](b.Txs[0])
			}
			t.Logf("%d of %d blocks connect", refused-1, len(blocks)-1)
			if refused != c.refused {
				t.Errorf("refused at %d, want %d", refused, c.refused)
			}
		})
	}
}

func registers(b *wire.Block) bool {
	for _, tx := range b.Txs {
		if tx.Type == wire.TxProRegister {
			return true
		}
	}
	return false
}

// TestTriviallyInvalid: Dash Core's vectors of masternodes' transactions; the
// valid ones are not accepted either, but left undecided.
func TestTriviallyInvalid(t *testing.T) {
	p := network(t, params.Regtest, params.Options{
		TestActivationHeight: []string{"v19@100"}, DIP3Params: text("50:50"),
	})
	r := New(p, nil)
	chain := chainOf(110, 600, nil)
	read := func(path string) (rows [][]json.RawMessage) { realdata.JSON(t, path, &rows); return rows[1:] }
	rows := append(read(realdata.Path(t, "core", "trivially_invalid.json")),
		read(realdata.Path(t, "core", "trivially_valid.json"))...)
	n := 0
	for i, row := range rows {
		var f [4]string
		for j := range f {
			if err := json.Unmarshal(row[j], &f[j]); err != nil {
				t.Fatal(err)
			}
		}
		want := Unverified
		if len(row) > 4 {
			if err := json.Unmarshal(row[4], &want); err != nil {
				t.Fatal(err)
			}
		}
		if want == "gettxpayload-fail" {
			want = "bad-protx-payload"
		}
		prev := chain.at(98)
		if f[2] == "basic" {
			prev = chain.at(100)
		}
		n++
		if got := reject(t, r.CheckSpecialTx(decodeTx(t, f[3]), SpecialContext{Prev: prev})); got != want {
			t.Errorf("%d %s %s: %q, want %q", i, f[1], f[2], got, want)
		}
	}
	if n != 8+17 {
		t.Errorf("%d vectors", n)
	}
}

// TestMinedCommitments: the null commitments of a chain that Dash Core mined are
// those due, byte for byte and in order.
func TestMinedCommitments(t *testing.T) {
	l := newLedger(network(t, params.Regtest, params.Options{}))
	n := 0
	for _, b := range readBlocks(t, filepath.Join("testdata", "regtest.blocks.gz")) {
		var got, want []byte
		for _, tx := range b.Txs {
			if tx.Type == wire.TxQuorumCommitment {
				got = tx.Append(got)
				n++
			}
		}
		for _, slot := range l.rules.CommitmentsDue(l.chain.tip()) {
			want = slot.NullTx(l.rules, l.chain.tip()).Append(want)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("height %d: %x, want %x", l.chain.tip().Height()+1, want, got)
		}
		cb, err := wire.PayloadOf[*wire.CbTx](b.Txs[0])
		balance, ok := l.rules.CreditPoolAfter(b.Txs, SpecialContext{Prev: l.chain.tip(), PrevCbTx: l.cb})
		if ok != (err == nil) || ok && balance != cb.CreditPoolBalance {
			t.Fatalf("height %d: credit pool %d %v", l.chain.tip().Height()+1, balance, ok)
		}
		l.add(t, b)
	}
	if n < 100 {
		t.Errorf("only %d commitments", n)
	}
}

func TestScriptFlags(t *testing.T) {
	r := New(network(t, params.Main, params.Options{}), nil)
	flags := script.VerifyP2SH
	for _, c := range []struct {
		height int
		flag   script.Flags
	}{
		{245817, script.VerifyDERSig}, {619382, script.VerifyCheckLockTime}, {622944, script.VerifyCheckSequence},
		{939456, script.VerifyNullDummy},
	} {
		if got := r.ScriptFlags(c.height - 1); got != flags {
			t.Errorf("%d: %x, want %x", c.height-1, got, flags)
		}
		flags |= c.flag
		if got := r.ScriptFlags(c.height); got != flags {
			t.Errorf("%d: %x, want %x", c.height, got, flags)
		}
	}
}

// TestChainRules: rules that hold the chain to known blocks.
func TestChainRules(t *testing.T) {
	p := network(t, params.Main, params.Options{})
	r := New(p, nil)
	c := &p.Consensus
	if r.CheckSuperblockStart(c.SuperblockStartBlock, c.SuperblockStartHash) != nil ||
		r.CheckSuperblockStart(c.SuperblockStartBlock-1, fakeHash(1)) != nil {
		t.Error("a right block is refused")
	}
	if err := r.CheckSuperblockStart(c.SuperblockStartBlock, fakeHash(1)); reject(t, err) != "bad-sb-start" {
		t.Errorf("another superblock start: %v", err)
	}
	chain := chainOf(c.BIP34Height+10, 150, nil)
	if !r.EnforceBIP30(chain.tip()) {
		t.Error("BIP30 is not enforced on another chain")
	}
	chain.hashes[c.BIP34Height] = c.BIP34Hash
	if r.EnforceBIP30(chain.tip()) || !r.EnforceBIP30(chain.at(c.BIP34Height-1)) {
		t.Error("BIP30 after BIP34")
	}
	known := map[wire.Hash]bool{p.Checkpoints[2].Hash: true, p.Checkpoints[4].Hash: true}
	if got := r.LastCheckpoint(func(h wire.Hash) bool { return known[h] }); got != p.Checkpoints[4].Height {
		t.Errorf("last checkpoint at %d", got)
	}
	if got := r.LastCheckpoint(func(wire.Hash) bool { return false }); got != 0 {
		t.Errorf("no checkpoint, at %d", got)
	}
	dev := network(t, params.Devnet, params.Options{DevnetName: "x"})
	h := wire.Header{PrevBlock: dev.GenesisHash}
	if err := New(dev, nil).CheckHeader(&h, fakeHash(1), false); reject(t, err) != "devnet-genesis" {
		t.Errorf("another devnet genesis: %v", err)
	}
	if err := New(dev, nil).CheckHeader(&h, dev.DevnetGenesisHash, false); err != nil {
		t.Error(err)
	}
}

func TestSuperblockPayments(t *testing.T) {
	l := newLedger(network(t, params.Regtest, params.Options{BudgetParams: &budget}))
	for _, b := range readBlocks(t, filepath.Join("testdata", "budget.blocks.gz"))[:379] {
		l.add(t, b)
	}
	prev, r := l.chain.tip(), l.rules
	limit := r.Subsidy(prev)
	cb := coinbaseTx([]byte{1, 1})
	for _, c := range []struct {
		paid int64
		g    Governance
		want string
	}{
		{limit, Governance{Synced: true, SuperblocksEnabled: true}, ""},
		{limit + 1, Governance{Synced: true, SuperblocksEnabled: true}, "bad-cb-amount"},
		{limit + 1, Governance{Synced: true}, "bad-cb-amount"},
		{limit + 1, Governance{}, Unverified},
		{limit + r.SuperblockLimit(380), Governance{}, Unverified},
		{limit + r.SuperblockLimit(380) + 1, Governance{}, "bad-cb-amount"},
	} {
		cb.Outputs[0].Value = c.paid
		if got := reject(t, r.CheckCoinbase(cb, prev, 0, c.g)); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if r.SuperblockLimit(379) != 0 || r.SuperblockLimit(380) <= 0 {
		t.Error("limits of superblocks")
	}
}

// BenchmarkCheckBlock is a real block of 999 transactions, its ids known.
func BenchmarkCheckBlock(b *testing.B) {
	raw := realdata.Read(b, filepath.Join("..", "wire", "testdata", "blocks", "mainnet_813851_047acf83.hex.gz"))
	block, err := wire.DecodeBlock(unhex(b, strings.TrimSpace(string(raw))))
	if err != nil {
		b.Fatal(err)
	}
	r, hash := New(network(b, params.Main, params.Options{}), nil), block.Header.Hash()
	b.ReportAllocs()
	for b.Loop() {
		if err := r.CheckBlock(block, hash, AllChecks); err != nil {
			b.Fatal(err)
		}
	}
}
