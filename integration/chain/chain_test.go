package chain

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// dashCoreChain writes the blocks of Dash Core's rpc_getblockstats.py in the
// form of a block file, which -loadblock takes. It returns the file, the height
// and the hash of the tip, and the time when they were made.
func dashCoreChain(t *testing.T) (file string, height int, tip string, args []string) {
	t.Helper()
	var data struct {
		Blocks   []string
		MockTime int64
		Stats    []struct {
			Height    int
			Blockhash string
		}
	}
	f, err := os.Open(filepath.Join("..", "..", "node", "chain", "testdata", "rpc_getblockstats.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(z).Decode(&data)
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, text := range data.Blocks {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, 0xfc, 0xc1, 0xb7, 0xdc) // regtest's magic
		all = append(binary.LittleEndian.AppendUint32(all, uint32(len(raw))), raw...)
	}
	file = filepath.Join(t.TempDir(), "bootstrap.dat")
	if err := os.WriteFile(file, all, 0o600); err != nil {
		t.Fatal(err)
	}
	last := data.Stats[len(data.Stats)-1]
	return file, last.Height, last.Blockhash, []string{"-mocktime=" + strconv.FormatInt(data.MockTime, 10)}
}

// set describes all unspent outputs.
func (n *node) set() string {
	n.t.Helper()
	var s struct {
		Hash    string `json:"hash_serialized_2"`
		TxOuts  int
		Height  int
		Best    string `json:"bestblock"`
		Another string `json:"muhash"`
	}
	if err := json.Unmarshal([]byte(n.call("gettxoutsetinfo")), &s); err != nil {
		n.t.Fatal(err)
	}
	if s.Hash == "" || s.TxOuts == 0 {
		n.t.Fatalf("no description of the set: %+v", s)
	}
	return s.Hash + " " + strconv.Itoa(s.TxOuts) + " " + s.Best
}

// damage overwrites the end of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) / 2; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestChainOfDashCore takes a chain that Dash Core made through import, restart,
// a kill, both ways of reindexing, damage of each database, and recovery.
func TestChainOfDashCore(t *testing.T) {
	file, height, tip, args := dashCoreChain(t)
	dir := t.TempDir()
	n := start(t, dir, append(args, "-loadblock="+file, "-loadblock=/nonexistent/file")...)
	n.height(height)
	if got := n.call("getbestblockhash"); got != `"`+tip+`"` {
		t.Fatalf("the tip is %s, not %s", got, tip)
	}
	coins := n.set()
	n.stop()

	same := func(what string, more ...string) *node {
		t.Helper()
		n := start(t, dir, append(args, more...)...)
		n.height(height)
		if got := n.set(); got != coins {
			t.Errorf("%s: the coins are %s, not %s", what, got, coins)
		}
		return n
	}
	same("restart").kill()
	same("after a kill").stop()
	same("-reindex", "-reindex").kill()
	same("-reindex and a kill").stop()
	same("-reindex-chainstate", "-reindex-chainstate", "-txindex=0").stop()

	const advice = ".\nPlease restart with -reindex or -reindex-chainstate to recover.\n"
	for path, text := range map[string]string{
		"chainstate/chainstate.bolt":   ": Error opening block database" + advice,
		"blocks/index/blockindex.bolt": ": Error opening block database" + advice,
		"blocks/rev00000.dat":          ": Corrupted block database detected" + advice,
		"blocks/blk00000.dat":          ": Error loading block database" + advice,
	} {
		full := filepath.Join(dir, "regtest", path)
		whole, err := os.ReadFile(full)
		if err != nil {
			t.Fatal(err)
		}
		switch path {
		case "blocks/blk00000.dat":
			err = os.Truncate(full, 1000)
		case "blocks/rev00000.dat":
			err = os.Remove(full)
		default:
			damage(t, full)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := fails(t, dir, append(args, "-checklevel=4")...); got != text {
			t.Errorf("%s: %q, want %q", path, got, text)
		}
		if strings.HasSuffix(path, ".bolt") {
			same(path+" is rebuilt", "-reindex").stop()
			continue
		}
		if err := os.WriteFile(full, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		same(path + " is back").stop()
	}
}

// address is one of Dash Core's test framework.
const address = "yYdShjQSptFKitYLksFEUSwHe4hnbar5rf"

func rounds(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("DASH_KILL_ROUNDS"))
	if err != nil {
		if testing.Short() {
			return 2
		}
		return 10
	}
	return n
}

// TestKilledWhileMining kills a node that makes blocks, at whatever it is doing
// then: every block that it had told of is in the chain of the next start.
func TestKilledWhileMining(t *testing.T) {
	dir := t.TempDir()
	hashes := map[int]string{}
	for round := range rounds(t) {
		n := start(t, dir, "-dbcache=4", "-checklevel=4", "-checkblocks=20")
		for h, want := range hashes {
			if h > len(hashes)-50 || h%97 == 0 {
				if got := n.call("getblockhash", h); got != want {
					t.Fatalf("round %d: block %d is %s, the node had told of %s", round, h, got, want)
				}
			}
		}
		height, err := strconv.Atoi(n.call("getblockcount"))
		if err != nil || height < len(hashes) {
			t.Fatalf("round %d: the height is %d, it was %d: %v", round, height, len(hashes), err)
		}
		for h := len(hashes) + 1; h <= height; h++ { // made, but not told of
			hashes[h] = n.call("getblockhash", h)
		}
		made := make(chan struct{})
		go func() {
			defer close(made)
			for {
				r, err := n.try("generatetoaddress", 1, address)
				var list []string
				if err != nil || json.Unmarshal(r, &list) != nil || len(list) != 1 {
					return
				}
				hashes[len(hashes)+1] = `"` + list[0] + `"`
				if len(hashes)%(7+3*round%11) == 0 {
					_ = syscall.Kill(n.cmd.Process.Pid, syscall.SIGKILL)
				}
			}
		}()
		n.wait()
		<-made
	}
	n := start(t, dir)
	if got := n.call("verifychain", 4, 0); got != "true" {
		t.Errorf("verifychain: %s", got)
	}
	n.stop()
}

// TestStopAtHeight and at a failing file: the node ends by itself, in order, and
// says why.
func TestNodeEndsByItself(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, "-stopatheight=5")
	_, _ = n.try("generatetoaddress", 10, address)
	if code := n.wait(); code != 0 || n.stderr.Len() > 0 {
		t.Errorf("-stopatheight: exit code %d, stderr %q", code, n.stderr.String())
	}
	n = start(t, dir)
	n.height(5)
	n.call("generatetoaddress", 5, address)
	if err := os.Remove(filepath.Join(dir, "regtest", "blocks", "rev00000.dat")); err != nil {
		t.Fatal(err)
	}
	if _, err := n.try("invalidateblock", strings.Trim(n.call("getblockhash", 8), `"`)); err == nil {
		t.Error("a block was disconnected without what it spent")
	}
	want := "Error: A fatal internal error occurred, see debug.log for details\n"
	if code := n.wait(); code != 0 || n.stderr.String() != want {
		t.Errorf("a failing file: exit code %d, stderr %q", code, n.stderr.String())
	}
	log, err := os.ReadFile(filepath.Join(dir, "regtest", "debug.log"))
	if err != nil || !strings.Contains(string(log), "*** Failed to disconnect block") {
		t.Errorf("the log does not say why: %v", err)
	}
	if got := fails(t, dir); !strings.HasPrefix(got, ": Corrupted block database detected.") {
		t.Errorf("the next start says %q", got)
	}
	// From the block files everything can be made again.
	n = start(t, dir, "-reindex", "-stopafterblockimport=0")
	n.height(10)
	n.stop()
	n = begin(t, dir, "-reindex", "-stopafterblockimport")
	if code := n.wait(); code != 0 || n.stderr.Len() > 0 {
		t.Errorf("-stopafterblockimport: exit code %d, stderr %q", code, n.stderr.String())
	}
	start(t, dir).height(10)
}

// TestOptionsOfTheChain: what cannot be is an error of the start, in Dash Core's
// words; what can be has its effect.
func TestOptionsOfTheChain(t *testing.T) {
	for arg, want := range map[string]string{
		"-testactivationheight=v20":      "Error: Invalid format (v20) for -testactivationheight=name@height.\n",
		"-testactivationheight=no@5":     "Error: Invalid name (no@5) for -testactivationheight=name@height.\n",
		"-dip3params=2":                  "Error: DIP3 parameters malformed, expecting <activation>:<enforcement>\n",
		"-vbparams=testdummy":            "Error: Version bits parameters malformed, expecting <deployment>:<start>:<end> or",
		"-minimumchainwork=test":         "Error: Invalid non-hex (test) minimum chain work value specified\n",
		"-llmqtestparams=x:1":            "Error: Invalid LLMQ_TEST size (x)\n",
		"-testactivationheight=mn_rr@20": "Error: consensus.MN_RRHeight >= consensus.V20Height\n",
	} {
		if got := fails(t, t.TempDir(), arg); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", arg, got, want)
		}
	}
	n := start(t, t.TempDir(), "-testactivationheight=csv@33", "-minimumchainwork=0x65", "-fastprune", "-prune=1", "-txindex=0",
		"-maxtipage=999999999", "-par=1", "-dbcache=4", "-maxsigcachesize=1", "-assumevalid=0", "-checkpoints=0", "-dip3params=4000:4000",
		"-testactivationheight=v20@4000", "-testactivationheight=mn_rr@4000")
	var info struct {
		Pruned               bool
		InitialBlockDownload bool `json:"initialblockdownload"`
		SoftForks            map[string]struct{ Height int }
	}
	ask := func() {
		t.Helper()
		if err := json.Unmarshal([]byte(n.call("getblockchaininfo")), &info); err != nil {
			t.Fatal(err)
		}
	}
	if ask(); !info.Pruned || !info.InitialBlockDownload || info.SoftForks["csv"].Height != 33 || info.SoftForks["v20"].Height != 4000 {
		t.Errorf("%+v", info)
	}
	for range 10 {
		n.call("generatetoaddress", 100, address)
	}
	if ask(); info.InitialBlockDownload {
		t.Error("the download goes on with more work than was asked for")
	}
	if got := n.call("pruneblockchain", 600); got == "-1" || got == "0" {
		t.Errorf("pruneblockchain: %s", got)
	}
	if _, err := os.Stat(filepath.Join(n.dir, "regtest", "blocks", "blk00000.dat")); !os.IsNotExist(err) {
		t.Errorf("blk00000.dat is still there: %v", err)
	}
	n.call("stop")
	warning := "Warning: You are starting with governance validation disabled. This is expected because you are running a pruned node.\n"
	if code := n.wait(); code != 0 || n.stderr.String() != warning {
		t.Errorf("exit code %d, stderr %q", code, n.stderr.String())
	}
	if got := fails(t, n.dir); !strings.Contains(got, "You need to rebuild the database using -reindex to go back to unpruned mode") {
		t.Errorf("without -prune: %q", got)
	}
}
