package mempool_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"dashmp/node/consensus"
	"dashmp/node/mempool"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
)

// coreBin names the directory of Dash Core's programs.
const coreBin = "DASH_CORE_BIN"

// coreNode is a running dashd on a regtest network of its own.
type coreNode struct {
	url, dir string
	cmd      *exec.Cmd
	done     chan error
}

// startCore starts a dashd in a directory, at a time of its clock.
func startCore(t testing.TB, dir string, now int64, args ...string) *coreNode {
	t.Helper()
	bin := os.Getenv(coreBin)
	if bin == "" {
		t.Skipf("set %s to the directory of Dash Core's dashd", coreBin)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().(*net.TCPAddr)
	ln.Close()
	n := &coreNode{url: "http://" + addr.String(), dir: filepath.Join(dir, "regtest"), done: make(chan error, 1)}
	n.cmd = exec.Command(filepath.Join(bin, "dashd"), append([]string{
		"-regtest", "-datadir=" + dir, fmt.Sprintf("-rpcport=%d", addr.Port), "-rpcuser=u", "-rpcpassword=p",
		"-listen=0", "-dnsseed=0", "-fixedseeds=0", "-printtoconsole=0", fmt.Sprintf("-mocktime=%d", now),
	}, args...)...)
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { n.done <- n.cmd.Wait() }()
	t.Cleanup(func() {
		n.cmd.Process.Kill()
		n.wait()
		http.DefaultClient.CloseIdleConnections()
	})
	deadline := time.After(time.Minute)
	for n.call(nil, "getblockcount") != nil {
		select {
		case err := <-n.done:
			n.done <- err
			t.Fatalf("dashd ended: %v", err)
		case <-deadline:
			t.Fatal("dashd does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return n
}

// wait waits for its end.
func (n *coreNode) wait() { n.done <- <-n.done }

// call calls an RPC method and decodes its result into out. An error is an
// *rpcerr.Error, or one of the connection.
func (n *coreNode) call(out any, method string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	body, err := json.Marshal(map[string]any{"method": method, "params": args})
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, n.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth("u", "p")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Result json.RawMessage
		Error  *rpcerr.Error
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return answer.Error
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, out)
}

func (n *coreNode) must(t testing.TB, out any, method string, args ...any) {
	t.Helper()
	if err := n.call(out, method, args...); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

// pair is a node of ours and one of Dash Core on the same chain.
type pair struct {
	t    testing.TB
	f    *fixture
	core *coreNode
	r    *rand.Rand
	// coins can be spent, unless they were; seen are transactions that entered.
	coins []coin
	seen  []*wire.Tx
}

func newPair(t testing.TB, change func(*settings), args ...string) *pair {
	core := startCore(t, t.TempDir(), startTime, args...)
	p := &pair{t: t, f: newFixture(t, change), core: core, r: rand.New(rand.NewPCG(3, 1))}
	p.f.SetLoaded()
	return p
}

// same compares the answers of both, errors included.
func (p *pair) same(method string, args ...any) {
	p.t.Helper()
	var ours, theirs any
	ourErr, theirErr := p.f.call(p.t, &ours, method, args...), p.core.call(&theirs, method, args...)
	if d := cmp.Diff(theirErr, ourErr); d != "" {
		p.t.Fatalf("%s %.300v: errors (theirs, ours):\n%s", method, args, d)
	}
	if d := cmp.Diff(theirs, ours); d != "" {
		p.t.Fatalf("%s %.300v (theirs, ours):\n%s", method, args, d)
	}
}

// clock sets both clocks.
func (p *pair) clock(to int64) {
	p.f.clock(to)
	p.core.must(p.t, nil, "setmocktime", to)
}

// mine makes blocks here and hands them over.
func (p *pair) mine(count int) {
	p.t.Helper()
	for range count {
		p.clock(p.f.time().Unix() + 30)
		if _, err := p.f.miner.Generate(p.t.Context(), anyone(), 1, 1<<30); err != nil {
			p.t.Fatal(err)
		}
		raw, err := p.f.chain.RawBlock(p.t.Context(), p.f.chain.Tip())
		if err != nil {
			p.t.Fatal(err)
		}
		var reason *string
		p.core.must(p.t, &reason, "submitblock", hex.EncodeToString(raw))
		if reason != nil {
			p.t.Fatalf("their node refuses our block: %s", *reason)
		}
		b, err := wire.DecodeBlock(raw)
		if err != nil {
			p.t.Fatal(err)
		}
		p.coins = append(p.coins, coin{wire.OutPoint{Hash: b.Txs[0].ID()}, b.Txs[0].Outputs[0].Value})
	}
}

// begin makes a chain with coins that can be spent.
func (p *pair) begin(coins int) {
	p.mine(coins)
	mature := p.coins
	p.mine(consensus.CoinbaseMaturity)
	p.coins = mature
}

func (p *pair) pick() coin {
	if p.r.IntN(3) == 0 {
		return p.coins[p.r.IntN(len(p.coins))]
	}
	return p.coins[len(p.coins)-1-p.r.IntN(min(20, len(p.coins)))]
}

// random makes a transaction, sometimes a wrong one.
func (p *pair) random() *wire.Tx {
	var from []coin
	for range 1 + p.r.IntN(3) {
		from = append(from, p.pick())
	}
	fees := []int64{0, 90, 200, 500, 1000, 5000, 100_000}
	tx := spend(fees[p.r.IntN(len(fees))], 1+p.r.IntN(4), from...)
	switch p.r.IntN(12) {
	case 0:
		tx.LockTime, tx.Inputs[0].Sequence = uint32(p.f.chain.Tip().Height()+p.r.IntN(3)-1), 1
	case 1:
		tx.Inputs[0].Sequence = uint32(p.r.IntN(120))
	case 2:
		tx.Outputs[0].ScriptPubKey = bareMultisig(1 + p.r.IntN(4))
	case 3:
		tx.Outputs = append(tx.Outputs, wire.TxOut{ScriptPubKey: pushes(p.r.IntN(90))})
	case 4:
		tx.Inputs[0].PrevOut.Index += uint32(p.r.IntN(3))
	case 5:
		tx.Version = int16(p.r.IntN(5))
	case 6:
		tx.Inputs[0].ScriptSig = append([]byte{0x51}, tx.Inputs[0].ScriptSig...)
	case 7:
		tx.Outputs[0].Value = int64(p.r.IntN(1200) - 100)
	case 8:
		tx.Inputs = append(tx.Inputs, tx.Inputs[0])
	}
	return tx
}

// offer offers a transaction to both.
func (p *pair) offer(tx *wire.Tx) {
	p.t.Helper()
	raw := hex.EncodeToString(tx.Append(nil))
	p.same("testmempoolaccept", []string{raw}, 0)
	p.same("sendrawtransaction", raw, 0)
	if p.f.Has(tx.ID()) {
		p.seen = append(p.seen, tx)
		p.coins = append(p.coins, outputs(tx)...)
	}
}

// compare compares what both have.
func (p *pair) compare() {
	p.t.Helper()
	p.same("getmempoolinfo")
	p.same("getrawmempool", true)
	p.same("getrawmempool", false)
}

func TestRPCsOfCore(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		change func(*settings)
	}{
		"default": {},
		"strict": {[]string{"-datacarrier=0", "-permitbaremultisig=0", "-bytespersigop=150", "-limitancestorcount=4", "-limitdescendantcount=5",
			"-limitancestorsize=1", "-minrelaytxfee=0.00003", "-dustrelayfee=0.0001"}, func(s *settings) {
			p, l := &s.pool.Policy, &s.pool.Limits
			p.DataCarrier, p.BareMultisig, p.BytesPerSigOp, p.MinRelayFee, p.DustRelayFee = 0, false, 150, 3000, 10_000
			l.AncestorCount, l.DescendantCount, l.AncestorSize = 4, 5, 1000
		}},
		"liberal": {[]string{"-acceptnonstdtxn", "-datacarriersize=1000", "-minrelaytxfee=0", "-incrementalrelayfee=0.000001", "-mempoolexpiry=1"}, func(s *settings) {
			p := &s.pool.Policy
			p.RequireStandard, p.DataCarrier, p.MinRelayFee, p.IncrementalRelayFee = false, 1000, 0, 100
			s.pool.Limits.Expiry = 3600
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, c.change, c.args...)
			p.begin(60)
			p.compare()
			for round := range 40 {
				p.round(round)
			}
			t.Logf("%d transactions entered", len(p.seen))
		})
	}
}

// round offers transactions to both, and moves both chains.
func (p *pair) round(n int) {
	p.t.Helper()
	for range 25 {
		p.offer(p.random())
	}
	if len(p.seen) > 0 {
		id := p.seen[p.r.IntN(len(p.seen))].ID().String()
		p.same("prioritisetransaction", id, p.r.IntN(4000)-2000)
		p.same("getmempoolancestors", id, true)
		p.same("getmempooldescendants", id, false)
		p.same("getmempoolentry", id)
	}
	c := p.pick()
	p.same("gettxspendingprevout", []any{map[string]any{"txid": c.out.Hash.String(), "vout": c.out.Index}})
	p.offerPackage()
	p.compare()
	switch {
	case n%5 == 4:
		p.invalidate(1 + p.r.IntN(2))
	case n%2 == 1:
		p.mine(1)
		p.clock(p.f.time().Unix() + int64(p.r.IntN(2000)))
	}
	p.compare()
}

// offerPackage tests and submits a parent and a child.
func (p *pair) offerPackage() {
	p.t.Helper()
	parent := spend(int64(p.r.IntN(150)), 2, p.pick())
	child := spend(int64(p.r.IntN(600)), 1, outputs(parent)...)
	if child.Outputs[0].Value < 1000 {
		return
	}
	list := []string{hex.EncodeToString(parent.Append(nil)), hex.EncodeToString(child.Append(nil))}
	p.same("testmempoolaccept", list)
	p.same("testmempoolaccept", []string{list[1], list[0]})
	if !p.f.judgeable(p.t, parent) {
		return // Dash Core answers with an internal error then
	}
	p.same("submitpackage", list)
	if p.f.Has(child.ID()) {
		p.seen, p.coins = append(p.seen, parent, child), append(p.coins, outputs(child)...)
	}
}

// judgeable reports whether a transaction is right but for its fee.
func (f *fixture) judgeable(t testing.TB, tx *wire.Tx) bool {
	t.Helper()
	r, err := f.Accept(t.Context(), tx, mempool.How{Test: true})
	if err != nil {
		t.Fatal(err)
	}
	return r.Err == nil || r.Err.Kind == consensus.KindMempoolPolicy
}

// invalidate takes blocks off both chains.
func (p *pair) invalidate(depth int) {
	p.t.Helper()
	x := p.f.chain.ActiveAt(p.f.chain.Tip().Height() - depth + 1)
	if err := p.f.chain.Invalidate(p.t.Context(), x); err != nil {
		p.t.Fatal(err)
	}
	p.core.must(p.t, nil, "invalidateblock", x.Hash().String())
}

// TestEvictionOfCore fills both pools.
func TestEvictionOfCore(t *testing.T) {
	p := newPair(t, func(s *settings) { s.pool.Limits.MaxUsage = 5_000_000; s.pool.Policy.DataCarrier = 100_000 },
		"-maxmempool=5", "-datacarriersize=100000")
	p.begin(120)
	for i := range 115 {
		parent := spend(int64(60_000+1000*p.r.IntN(300)), 1, p.coins[i])
		parent.Outputs = append(parent.Outputs, wire.TxOut{ScriptPubKey: pushes(50_000 + p.r.IntN(40_000))})
		p.offer(parent)
		if p.r.IntN(3) == 0 {
			child := spend(int64(1000*p.r.IntN(50)), 1, outputs(parent)[0])
			child.Outputs = append(child.Outputs, wire.TxOut{ScriptPubKey: pushes(20_000)})
			p.offer(child)
		}
		if i%10 == 9 {
			p.compare()
		}
		if i == 99 {
			if p.f.MinFeeRate() == 0 {
				t.Error("nothing was evicted")
			}
			p.mine(1)
			p.clock(p.f.time().Unix() + 10_000)
			p.compare()
		}
	}
}

// TestFeesOfCore compares estimates after a history of blocks, and the file.
func TestFeesOfCore(t *testing.T) {
	dir := t.TempDir()
	p := &pair{t: t, f: newFixture(t, nil), core: startCore(t, dir, startTime), r: rand.New(rand.NewPCG(5, 5))}
	p.begin(80)
	wide := spend(200_000, 600, p.coins...)
	p.coins = nil
	p.offer(wide)
	p.mine(1)
	p.coins = outputs(wide)
	for height := range 150 {
		for range 4 + p.r.IntN(8) {
			if len(p.coins) == 0 {
				break
			}
			c := p.coins[0]
			p.coins = p.coins[1:]
			p.offer(spend(int64(200+p.r.IntN(200_000)), 1, c))
		}
		if height%3 == 0 {
			p.mineAbove(int64(1000 * p.r.IntN(1500)))
		} else {
			p.mine(1)
		}
		if height%10 == 9 {
			for _, target := range []int{1, 2, 5, 12, 13, 30, 60, 1008} {
				p.same("estimatesmartfee", target)
				p.same("estimatesmartfee", target, "economical")
				p.same("estimaterawfee", target, 0.6)
				p.same("estimaterawfee", target)
			}
		}
	}
	p.core.must(t, nil, "stop")
	p.core.wait()
	theirs, err := os.ReadFile(filepath.Join(dir, "regtest", "fee_estimates.dat"))
	if err != nil {
		t.Fatal(err)
	}
	p.f.fees.Flush()
	if ours := p.f.fees.Append(nil); !bytes.Equal(ours, theirs) {
		t.Errorf("fee_estimates.dat differs: %d bytes, theirs %d", len(ours), len(theirs))
	}
	if err := p.f.fees.Decode(theirs); err != nil || !bytes.Equal(p.f.fees.Append(nil), theirs) {
		t.Errorf("their file, read and written: %v", err)
	}
}

// mineAbove mines only what pays a rate.
func (p *pair) mineAbove(rate int64) {
	var cheap []wire.Hash
	for _, i := range p.f.InfoAll() {
		if i.Fee*1000/int64(i.Size) < rate {
			cheap = append(cheap, i.ID)
		}
	}
	const much = 1_000_000_000
	for _, id := range cheap {
		p.same("prioritisetransaction", id.String(), -much)
	}
	p.mine(1)
	for _, id := range cheap {
		p.same("prioritisetransaction", id.String(), much)
	}
}

// TestFilesOfCore has each node read the mempool.dat of the other.
func TestFilesOfCore(t *testing.T) {
	dir := t.TempDir()
	p := &pair{t: t, f: newFixture(t, nil), core: startCore(t, dir, startTime), r: rand.New(rand.NewPCG(8, 8))}
	p.begin(40)
	for range 60 {
		p.offer(p.random())
	}
	id := p.seen[2].ID()
	p.same("prioritisetransaction", id.String(), 1234)
	p.same("prioritisetransaction", wire.Hash{5}.String(), -77)
	p.core.must(t, nil, "savemempool")
	theirs, err := os.ReadFile(filepath.Join(dir, "regtest", "mempool.dat"))
	if err != nil {
		t.Fatal(err)
	}
	var ours bytes.Buffer
	if err := p.f.Dump(&ours); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours.Bytes(), theirs) {
		t.Errorf("mempool.dat differs: %d bytes, theirs %d", ours.Len(), len(theirs))
	}
	want := p.f.Snapshot()
	empty(t, p.f)
	p.f.methods = p.f.Methods(mempool.RPCOptions{Mockable: true})
	if err := p.f.Load(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	if got := p.f.Snapshot(); len(got.Entries) != len(want.Entries) {
		t.Errorf("%d of theirs, want %d", len(got.Entries), len(want.Entries))
	}
	p.core.must(t, nil, "stop")
	p.core.wait()
	if err := os.WriteFile(filepath.Join(dir, "regtest", "mempool.dat"), ours.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p.core = startCore(t, dir, p.f.time().Unix())
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var info struct{ Loaded bool }
		if p.core.must(t, &info, "getmempoolinfo"); info.Loaded {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("their node does not load our file")
		}
	}
	p.f.SetLoaded()
	p.compare()
}
