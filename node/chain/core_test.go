package chain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashmp/node/coins"
)

// coreBin names the directory of Dash Core's programs.
const coreBin = "DASH_CORE_BIN"

// dashd is a running Dash Core on a regtest network of its own.
type dashd struct {
	t    *testing.T
	bin  string
	dir  string
	args []string
	cmd  *exec.Cmd
}

func startCore(t *testing.T, dir string, args ...string) *dashd {
	t.Helper()
	bin := os.Getenv(coreBin)
	if bin == "" {
		t.Skipf("set %s to the directory of Dash Core's dashd and dash-cli", coreBin)
	}
	port := 20000 + os.Getpid()%20000
	c := &dashd{t: t, bin: bin, dir: dir, args: []string{"-regtest", "-datadir=" + dir, fmt.Sprintf("-rpcport=%d", port)}}
	c.cmd = exec.Command(filepath.Join(bin, "dashd"), append(append(c.args, "-listen=0", "-fallbackfee=0.0001"), args...)...)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cmd.Process.Kill(); c.cmd.Wait() })
	c.call("-rpcwait", "getblockcount")
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

func (c *dashd) stop() {
	c.t.Helper()
	c.call("stop")
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatal(err)
	}
}

// setInfo is Dash Core's answer about the whole set.
type setInfo struct {
	Height       int
	BestBlock    string
	TxOuts       uint64
	Bogosize     uint64
	Muhash       string
	Serialized   string      `json:"hash_serialized_2"`
	Total        json.Number `json:"total_amount"`
	Transactions uint64
}

func (c *dashd) set(kind string) (s setInfo) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.call("gettxoutsetinfo", kind)), &s); err != nil {
		c.t.Fatal(err)
	}
	return s
}

// compareSets holds every digest and count to Dash Core's.
func compareSets(t *testing.T, c *dashd, n *node) {
	t.Helper()
	want := c.set("hash_serialized_2")
	got := n.stats(t, coins.HashSerialized2)
	if got.Hash.String() != want.Serialized || got.BestBlock.String() != want.BestBlock || n.Tip().Height() != want.Height ||
		got.Outputs != want.TxOuts || got.Bogo != want.Bogosize || got.Transactions != want.Transactions {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if text := fmt.Sprintf("%d.%08d", got.Amount/1e8, got.Amount%1e8); text != want.Total.String() {
		t.Errorf("amount %s, want %s", text, want.Total)
	}
	if got := n.stats(t, coins.HashMuhash).Hash.String(); got != c.set("muhash").Muhash {
		t.Errorf("muhash %s, want %s", got, c.set("muhash").Muhash)
	}
}

// busyChain makes Dash Core mine wallet spends, scripts of all kinds and a
// reorganisation, past the activation of everything.
func busyChain(c *dashd) {
	c.call("createwallet", "w")
	address := c.call("getnewaddress")
	c.call("generatetoaddress", "110", address)
	var key struct{ Pubkey string }
	json.Unmarshal([]byte(c.call("getaddressinfo", address)), &key)
	var multi struct{ Address string }
	json.Unmarshal([]byte(c.call("createmultisig", "1", `["`+key.Pubkey+`"]`)), &multi)
	for i := range 40 {
		for range 5 {
			c.call("sendtoaddress", c.call("getnewaddress"), fmt.Sprintf("%d.%04d", 1+i, i))
		}
		c.call("sendtoaddress", multi.Address, "3")
		c.call("generatetoaddress", "1", address)
	}
	hash := c.call("getblockhash", "145")
	c.call("invalidateblock", hash)
	c.call("generatetoaddress", "10", c.call("getnewaddress"))
	c.call("reconsiderblock", hash)
	c.call("generatetoaddress", "470", address)
}

// TestAgainstCore imports the block files of Dash Core and compares the digests
// of the set; then Dash Core reindexes ours, and writes the same undo files.
func TestAgainstCore(t *testing.T) {
	dir := t.TempDir()
	c := startCore(t, dir)
	busyChain(c)
	tip := c.call("getbestblockhash")
	c.call("gettxoutsetinfo") // it flushes the block files
	theirs, err := os.ReadFile(filepath.Join(dir, "regtest", "blocks", "blk00000.dat"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDisk(t, t.TempDir())
	d.change = func(o *Options) {
		o.Now = time.Now
		o.Sizes.BlockChunk, o.Sizes.UndoChunk = 0, 0
	}
	n := d.run(t)
	if _, err := n.Import(t.Context(), bytes.NewReader(theirs)); err != nil {
		t.Fatal(err)
	}
	if err := n.Activate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n.Tip().Hash().String() != tip {
		t.Fatalf("the tip is %s at %d, want %s", n.Tip().Hash(), n.Tip().Height(), tip)
	}
	compareSets(t, c, n)
	n.verify(t)
	height := n.Tip().Height()
	c.stop()
	n.stop(t)

	other := t.TempDir()
	blocks := filepath.Join(other, "regtest", "blocks")
	if err := os.MkdirAll(blocks, 0o700); err != nil {
		t.Fatal(err)
	}
	ours := map[string][]byte{}
	for _, name := range []string{"blk00000.dat", "rev00000.dat"} {
		if ours[name], err = os.ReadFile(filepath.Join(d.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(blocks, "blk00000.dat"), ours["blk00000.dat"], 0o600); err != nil {
		t.Fatal(err)
	}
	c = startCore(t, other, "-reindex")
	c.call("waitforblockheight", fmt.Sprint(height), "60000") // it reindexes while it serves
	if got := c.call("getbestblockhash"); got != tip {
		t.Errorf("Dash Core's tip is %s, want %s", got, tip)
	}
	n = d.run(t)
	compareSets(t, c, n)
	n.stop(t)
	c.stop()
	for name, want := range ours {
		got, err := os.ReadFile(filepath.Join(blocks, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not the same: %d and %d bytes, %v", name, len(got), len(want), err)
		}
	}
}
