package index

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashmp/node/wire"
)

// coreBin names the directory of Dash Core's programs.
const coreBin = "DASH_CORE_BIN"

// dashd is a running Dash Core on a regtest network of its own.
type dashd struct {
	t    *testing.T
	bin  string
	args []string
}

func startCore(t *testing.T, args ...string) *dashd {
	t.Helper()
	bin := os.Getenv(coreBin)
	if bin == "" {
		t.Skipf("set %s to the directory of Dash Core's dashd and dash-cli", coreBin)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	c := &dashd{t: t, bin: bin, args: []string{"-regtest", "-datadir=" + t.TempDir(), fmt.Sprintf("-rpcport=%d", port)}}
	cmd := exec.Command(filepath.Join(bin, "dashd"), append(append(c.args, "-listen=0", "-fallbackfee=0.0001"), args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	c.call("-rpcwait", "-rpcwaittimeout=60", "getblockcount")
	return c
}

// call runs dash-cli and returns what it prints.
func (c *dashd) call(args ...string) string {
	c.t.Helper()
	out, err := exec.Command(filepath.Join(c.bin, "dash-cli"), append(append([]string{}, c.args...), args...)...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (c *dashd) json(out any, args ...string) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.call(args...)), out); err != nil {
		c.t.Fatal(err)
	}
}

// amount prints duffs as Dash Core prints DASH.
func amount(duffs int64) json.Number {
	return json.Number(fmt.Sprintf("%d.%08d", duffs/1e8, duffs%1e8))
}

// statsOfCore is gettxoutsetinfo with an index.
type statsOfCore struct {
	TxOuts, Bogosize uint64
	Muhash           string
	Total            json.Number `json:"total_amount"`
	Unspendable      json.Number `json:"total_unspendable_amount"`
	Info             struct {
		PrevoutSpent json.Number `json:"prevout_spent"`
		Coinbase     json.Number
		New          json.Number `json:"new_outputs_ex_coinbase"`
		Unspendable  json.Number
		Unspendables struct {
			Genesis   json.Number `json:"genesis_block"`
			Scripts   json.Number
			Unclaimed json.Number `json:"unclaimed_rewards"`
		}
	} `json:"block_info"`
}

// same fills statsOfCore from ours; p are the stats of the parent.
func same(s, p Stats) (c statsOfCore) {
	c.TxOuts, c.Bogosize, c.Muhash, c.Total, c.Unspendable = s.Outputs, s.Bogo, s.Muhash.String(), amount(s.Amount), amount(s.Unspendable)
	c.Info.PrevoutSpent, c.Info.Coinbase = amount(s.PrevoutSpent-p.PrevoutSpent), amount(s.Coinbase-p.Coinbase)
	c.Info.New, c.Info.Unspendable = amount(s.NewOutputsExCoinbase-p.NewOutputsExCoinbase), amount(s.Unspendable-p.Unspendable)
	c.Info.Unspendables.Genesis = amount(s.UnspendableGenesis - p.UnspendableGenesis)
	c.Info.Unspendables.Scripts = amount(s.UnspendableScripts - p.UnspendableScripts)
	c.Info.Unspendables.Unclaimed = amount(s.UnspendableUnclaimedRewards - p.UnspendableUnclaimedRewards)
	return c
}

// TestAgainstCore takes blocks with wallet spends, data outputs, unclaimed
// rewards and the payloads of later heights from Dash Core, and compares the
// statistics and filters of each.
func TestAgainstCore(t *testing.T) {
	c := startCore(t, "-coinstatsindex", "-blockfilterindex")
	c.call("createwallet", "w")
	address := c.call("getnewaddress")
	c.call("generatetoaddress", "110", address)
	for i := range 12 {
		for range 4 {
			c.call("sendtoaddress", c.call("getnewaddress"), fmt.Sprintf("%d.%04d", 1+i, i))
		}
		var raw struct{ Hex string }
		c.json(&raw, "fundrawtransaction", c.call("createrawtransaction", "[]", `[{"data":"00010203"}]`))
		c.json(&raw, "signrawtransactionwithwallet", raw.Hex)
		c.call("sendrawtransaction", raw.Hex)
		c.call("generatetoaddress", "1", address)
	}
	c.call("generatetoaddress", "330", address)
	f := newFixture(t)
	f.now = time.Now().Unix()
	s := f.open(t, t.TempDir())
	const tip = 452
	for h := 1; h <= tip; h++ {
		raw, err := hex.DecodeString(c.call("getblock", c.call("getblockhash", fmt.Sprint(h)), "0"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := wire.DecodeBlock(raw)
		if err != nil {
			t.Fatal(err)
		}
		if isNew, err := f.ProcessBlock(t.Context(), b, true); err != nil || !isNew {
			t.Fatal(isNew, err)
		}
	}
	f.check(t, s)
	var before Stats
	for h := range tip + 1 {
		x := f.ActiveAt(h)
		stats, ok := s.stats.Stats(x)
		var want statsOfCore
		if c.json(&want, "gettxoutsetinfo", "muhash", fmt.Sprint(h)); !ok || same(stats, before) != want {
			t.Fatalf("height %d: %+v\nwant %+v", h, same(stats, before), want)
		}
		before = stats
		filter, header, ok := s.filter.Filter(x)
		var theirs struct{ Filter, Header string }
		if c.json(&theirs, "getblockfilter", x.Hash().String()); !ok || hex.EncodeToString(filter) != theirs.Filter || header.String() != theirs.Header {
			t.Fatalf("height %d: filter %x, header %s, want %v", h, filter, header, theirs)
		}
	}
}
