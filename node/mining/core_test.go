package mining

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"dashmp/node/params"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/wire"

	"github.com/google/go-cmp/cmp"
)

// coreBin names the directory of Dash Core's programs.
const coreBin = "DASH_CORE_BIN"

// coreNode is a running dashd on a regtest network of its own.
type coreNode struct{ url string }

func startCore(t testing.TB, args ...string) *coreNode {
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
	n := &coreNode{url: "http://" + addr.String()}
	cmd := exec.Command(filepath.Join(bin, "dashd"), append([]string{
		"-regtest", "-datadir=" + t.TempDir(), fmt.Sprintf("-rpcport=%d", addr.Port), "-rpcuser=u", "-rpcpassword=p",
		"-listen=0", "-dnsseed=0", "-fixedseeds=0", "-printtoconsole=0", fmt.Sprintf("-mocktime=%d", startTime),
	}, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
		http.DefaultClient.CloseIdleConnections()
	})
	deadline := time.After(time.Minute)
	for n.call(nil, "getblockcount") != nil {
		select {
		case err := <-done:
			done <- err
			t.Fatalf("dashd ended: %v", err)
		case <-deadline:
			t.Fatal("dashd does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return n
}

// call calls an RPC method and decodes its result into out.
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
		Error  *struct{ Message string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return errors.New(method + ": " + answer.Error.Message)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, out)
}

func (n *coreNode) must(t testing.TB, out any, method string, args ...any) {
	t.Helper()
	if err := n.call(out, method, args...); err != nil {
		t.Fatal(err)
	}
}

func hexBlock(t testing.TB, f *fixture, height int) string {
	t.Helper()
	raw, err := f.chain.RawBlock(t.Context(), f.chain.ActiveAt(height))
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(raw)
}

// TestBlocksOfCore mines with Dash Core and with this package at the same mock
// times, and compares every byte; alternately one of them mines on what the
// other one made.
func TestBlocksOfCore(t *testing.T) {
	dip3 := "2:2"
	for name, c := range map[string]struct {
		o      params.Options
		args   []string
		height int
		change func(*Options)
	}{
		"default": {height: 730},
		"early": {
			o:      params.Options{DIP3Params: &dip3, TestActivationHeight: []string{"v20@100", "mn_rr@100"}},
			args:   []string{"-dip3params=2:2", "-testactivationheight=v20@100", "-testactivationheight=mn_rr@100"},
			height: 260,
		},
		"mn_rr later": {
			o:      params.Options{TestActivationHeight: []string{"v20@440", "mn_rr@450", "dip0008@436", "v19@446", "dip0024@448"}},
			args:   []string{"-testactivationheight=v20@440", "-testactivationheight=mn_rr@450", "-testactivationheight=dip0008@436", "-testactivationheight=v19@446", "-testactivationheight=dip0024@448"},
			height: 480,
		},
		"version": {
			args: []string{"-blockversion=536870919"}, height: 160,
			change: func(o *Options) { v := int32(536870919); o.Version = &v },
		},
	} {
		t.Run(name, func(t *testing.T) {
			core, f := startCore(t, c.args...), newFixture(t, c.o, c.change)
			for h, now := 1, int64(startTime); h <= c.height; h++ {
				core.must(t, nil, "setmocktime", now)
				f.clock(now)
				var hashes []string
				core.must(t, &hashes, "generatetoaddress", 1, minerAddress)
				var theirs string
				core.must(t, &theirs, "getblock", hashes[0], 0)
				if got := f.mine(t, 1); got[0] != hashes[0] {
					t.Fatalf("height %d:\nours   %s\ntheirs %s", h, hexBlock(t, f, h), theirs)
				}
				if ours := hexBlock(t, f, h); ours != theirs {
					t.Fatalf("height %d:\nours   %s\ntheirs %s", h, ours, theirs)
				}
				now += goldenStep(h)
			}
		})
	}
}

var (
	pollCount = regexp.MustCompile(`"([0-9a-f]{64})\d+"`)
	warning   = regexp.MustCompile(`"warnings":"[^"]*"`)
)

// compare calls an RPC on both and holds the text of results and errors to Dash
// Core's.
func compare(t *testing.T, core *coreNode, f *fixture, method string, args ...any) {
	t.Helper()
	var want, got json.RawMessage
	wantErr, gotErr := core.call(&want, method, args...), f.call(t, &got, method, args...)
	text := func(err error) string {
		var e *rpcerr.Error
		if errors.As(err, &e) {
			return method + ": " + e.Message
		}
		return fmt.Sprint(err)
	}
	if text(wantErr) != text(gotErr) {
		t.Errorf("%s %.200v: error %s, want %s", method, args, text(gotErr), text(wantErr))
	}
	var compact bytes.Buffer
	if len(want) > 0 {
		json.Compact(&compact, want)
	}
	// Without a pool nothing counts its changes; Dash Core warns of test builds.
	same := func(s string) string {
		return pollCount.ReplaceAllString(warning.ReplaceAllString(s, `"warnings":""`), `"$1-"`)
	}
	if d := cmp.Diff(same(compact.String()), same(string(got))); d != "" {
		t.Errorf("%s %.200v:\n%s", method, args, d)
	}
}

// templates are requests for a template, good and bad.
func templates(tip string) [][]any {
	object := func(pairs ...any) []any {
		m := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return []any{m}
	}
	return [][]any{
		nil, object("rules", []string{"csv", "testdummy"}), object("mode", 1), object("mode", "x"), object("rules", []int{1}),
		object("mode", "proposal"), object("mode", "proposal", "data", "zz"), object("mode", "proposal", "data", 7),
		object("longpollid", "abc"), object("longpollid", tip[:63]+"z"), object("longpollid", tip[:60]+"00000"), object("longpollid", tip[1:]+"fx7"), {5},
	}
}

// TestRPCsOfCore compares results and errors with Dash Core's on the same chain.
func TestRPCsOfCore(t *testing.T) {
	core, f := startCore(t), newFixture(t, params.Options{}, nil)
	tip := f.p.GenesisHash.String()
	for h, now := 0, int64(startTime); h < 610; {
		step := map[bool]int{true: 1, false: 47}[h < 3 || h > 430 && h < 446]
		for range step {
			now += 37
			core.must(t, nil, "setmocktime", now)
			f.clock(now)
			var hashes []string
			core.must(t, &hashes, "generatetoaddress", 1, minerAddress)
			if tip = f.mine(t, 1)[0]; tip != hashes[0] {
				t.Fatalf("height %d differs", h)
			}
			h++
		}
		for _, args := range templates(tip) {
			compare(t, core, f, "getblocktemplate", args...)
		}
		compare(t, core, f, "getmininginfo")
		for _, args := range [][]any{{}, {1}, {-1}, {0}, {1000}, {10, 20}, {10, 100000}, {10, -5}, {"x"}, {nil, 3}} {
			compare(t, core, f, "getnetworkhashps", args...)
		}
		compareSubmissions(t, core, f)
	}
}

// compareSubmissions offers both blocks and headers that fail.
func compareSubmissions(t *testing.T, core *coreNode, f *fixture) {
	t.Helper()
	tmpl, err := f.Template(t.Context(), payTo(t, f.p), true)
	if err != nil {
		t.Fatal(err)
	}
	offer := func(b *wire.Block) {
		raw := hex.EncodeToString(b.Append(nil))
		compare(t, core, f, "submitblock", raw)
		compare(t, core, f, "submitblock", raw) // twice: it may be known now
		compare(t, core, f, "getblocktemplate", map[string]string{"mode": "proposal", "data": raw})
		compare(t, core, f, "submitheader", raw[:160])
	}
	solved := func(change func(*wire.Block)) *wire.Block {
		b := &wire.Block{Header: tmpl.Block.Header}
		for _, tx := range tmpl.Block.Txs {
			b.Txs = append(b.Txs, tx.Clone())
		}
		change(b)
		tries := uint64(DefaultMaxTries)
		f.solve(t.Context(), b, &tries)
		return b
	}
	offer(solved(func(b *wire.Block) { b.Txs[0].Outputs[0].Value += 1 }))
	offer(solved(func(b *wire.Block) { b.Txs[0].Inputs[0].ScriptSig = []byte{0x51, 0x51} }))
	offer(solved(func(b *wire.Block) { b.Header.Version = 1 }))
	offer(solved(func(b *wire.Block) { b.Header.PrevBlock[3] ^= 1 }))
	offer(solved(func(b *wire.Block) { b.Header.Time = f.chain.Tip().Parent().Time() - 1_000_000 }))
	offer(solved(func(b *wire.Block) { b.Header.Time += 3 * 60 * 60 }))
	offer(solved(func(b *wire.Block) { b.Header.Bits = 0x207ffffe }))
	offer(solved(func(b *wire.Block) { b.Txs = append(b.Txs, b.Txs[0]) }))
	offer(solved(func(b *wire.Block) { b.Txs = append(b.Txs, &wire.Tx{Version: 1}) }))
	bad := solved(func(*wire.Block) {})
	bad.Header.MerkleRoot[0] ^= 1
	offer(bad)
	bad = solved(func(*wire.Block) {})
	bad.Header.Nonce += 1 << 20
	offer(bad)
	parent := f.block(t, f.chain.Tip())
	offer(parent)
	for _, raw := range []string{"", "zz", "00", hexBlock(t, f, 1) + "00", hexBlock(t, f, 1)[:162]} {
		compare(t, core, f, "submitblock", raw)
		compare(t, core, f, "submitheader", raw)
		compare(t, core, f, "getblocktemplate", map[string]string{"mode": "proposal", "data": raw})
	}
}

// TestGenerateOfCore compares the errors of what generates blocks.
func TestGenerateOfCore(t *testing.T) {
	core, f := startCore(t), newFixture(t, params.Options{}, nil)
	const key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	both := func(method string, args ...any) { compare(t, core, f, method, args...) }
	for _, out := range []string{
		minerAddress, "x", "", "pkh(" + key + ")", "pk(" + key + ")", "combo(" + key + ")", "raw(51)", "raw(51)#8lvh9jxk", "raw(51)#8lvh9jxx",
		"pkh(", "addr(" + minerAddress + ")", "sh(multi(1," + key + "))",
		"pkh(tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B/1/*)",
	} {
		both("generatetodescriptor", 1, out)
		both("generatetodescriptor", 1, out, 1000)
		both("generateblock", out, []string{})
		both("generatetoaddress", 1, out)
	}
	for _, txs := range []any{
		[]string{"00"}, []string{""}, []string{"zz"}, []int{1}, "x", []string{f.p.GenesisHash.String()},
		[]string{hex.EncodeToString(f.block(t, f.chain.ActiveAt(1)).Txs[0].Append(nil))},
	} {
		both("generateblock", minerAddress, txs)
	}
	for _, args := range [][]any{{0, minerAddress}, {-1, minerAddress}, {"1", minerAddress}, {1, 5}, {2, minerAddress, 0}, {1, minerAddress, -1}, {1.5, minerAddress}} {
		both("generatetoaddress", args...)
	}
	var want string
	core.must(t, &want, "getbestblockhash")
	if tip := f.chain.Tip().Hash().String(); tip != want {
		t.Errorf("the tip is %s, want %s", tip, want)
	}
}

// TestSubmitToCore gives every block of ours to Dash Core and the other way
// round.
func TestSubmitToCore(t *testing.T) {
	core, f := startCore(t), newFixture(t, params.Options{}, nil)
	f.clock(startTime)
	for h := 1; h <= 620; h++ {
		if h%2 == 0 {
			f.mine(t, 1)
			var verdict any
			if core.must(t, &verdict, "submitblock", hexBlock(t, f, h)); verdict != nil {
				t.Fatalf("Dash Core says %v of our block %d", verdict, h)
			}
			continue
		}
		var hashes []string
		core.must(t, &hashes, "generatetodescriptor", 1, "raw(51)")
		var raw string
		core.must(t, &raw, "getblock", hashes[0], 0)
		var verdict any
		if f.must(t, &verdict, "submitblock", raw); verdict != nil {
			t.Fatalf("%v of Dash Core's block %d", verdict, h)
		}
		if f.chain.Tip().Hash().String() != hashes[0] {
			t.Fatalf("Dash Core's block %d is not our tip", h)
		}
	}
}
