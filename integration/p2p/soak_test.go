package p2p

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dashmp/node/wire"
)

// soak is a network of several nodes that changes at random.
type soak struct {
	t     *testing.T
	nodes []*daemon
	rand  *rand.Rand
	// coins can be spent: coinbases that are old enough, and what was made of
	// them.
	coins  []*wire.Tx
	height int
	counts map[string]int
}

// TestSoak runs DASH_P2P_SOAK random events over three of our nodes and two of
// Dash Core's: blocks, transactions, lost connections, restarts in order and
// kills. After every 50 all nodes must agree on the tip and on the mempool. It
// logs what it did and how long agreeing took.
func TestSoak(t *testing.T) {
	events, err := strconv.Atoi(os.Getenv("DASH_P2P_SOAK"))
	if err != nil {
		t.Skip("DASH_P2P_SOAK is not a number of events")
	}
	coreBin(t)
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("DASH_P2P_SEED"); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("DASH_P2P_SEED=%d", seed)
	s := &soak{t: t, rand: rand.New(rand.NewPCG(seed, 1)), counts: map[string]int{}}
	for i := range 5 {
		if i < 3 {
			s.nodes = append(s.nodes, ours(t, fmt.Sprintf("ours %d", i), "-persistmempool=0"))
		} else {
			s.nodes = append(s.nodes, theirs(t, fmt.Sprintf("theirs %d", i), "-persistmempool=0"))
		}
	}
	s.reconnect()
	s.nodes[0].mine(150)
	s.agree()
	s.height = 150
	for h := 1; h <= 45; h++ {
		s.addCoinbase(s.nodes[0], h)
	}
	var waits []time.Duration
	for i := range events {
		s.event()
		if i%50 == 49 {
			s.reconnect()
			s.nodes[0].mine(1)
			waits = append(waits, s.agree())
		}
	}
	slices.Sort(waits)
	if len(waits) > 0 {
		t.Logf("%d events: %v; agreeing took %v (median), %v (worst); height %d", events, s.counts, waits[len(waits)/2],
			waits[len(waits)-1], s.nodes[0].height())
	}
}

func (s *soak) pick() *daemon { return s.nodes[s.rand.IntN(len(s.nodes))] }

// event does one thing.
func (s *soak) event() {
	s.t.Helper()
	switch n := s.rand.IntN(100); {
	case n < 45:
		s.counts["blocks"]++
		s.pick().mine(1)
	case n < 85:
		s.spend()
	case n < 92:
		s.counts["lost connections"]++
		s.lose(s.pick())
	case n < 96:
		s.counts["restarts"]++
		d := s.pick()
		d.stop()
		d.start()
		s.join(d)
	case n < 98:
		s.counts["kills"]++
		d := s.pick()
		d.kill()
		d.start()
		s.join(d)
	default:
		s.counts["branches"]++
		s.branch()
	}
}

// spend sends a transaction to a node that may know its parent.
func (s *soak) spend() {
	s.t.Helper()
	if len(s.coins) == 0 {
		return
	}
	i := s.rand.IntN(len(s.coins))
	tx := spendOutput(s.coins[i])
	// A node that has not heard of the parent refuses it; then it stays a coin.
	if _, err := s.pick().call("sendrawtransaction", hex.EncodeToString(tx.Append(nil))); err != nil {
		s.counts["transactions refused"]++
		return
	}
	s.counts["transactions"]++
	s.coins[i] = tx
}

func (s *soak) addCoinbase(d *daemon, height int) {
	s.t.Helper()
	var hash, raw string
	d.must(&hash, "getblockhash", height)
	d.must(&raw, "getblock", hash, 0)
	bin, _ := hex.DecodeString(raw)
	b, err := wire.DecodeBlock(bin)
	if err != nil {
		s.t.Fatal(err)
	}
	s.coins = append(s.coins, b.Txs[0])
}

// lose ends all connections of a node and makes some anew.
func (s *soak) lose(d *daemon) {
	s.t.Helper()
	d.must(nil, "setnetworkactive", false)
	d.eventually("its connections to end", func() bool { var n int; d.must(&n, "getconnectioncount"); return n == 0 })
	d.must(nil, "setnetworkactive", true)
	s.join(d)
}

// join connects a node with two others, in both directions.
func (s *soak) join(d *daemon) {
	s.t.Helper()
	for _, i := range s.rand.Perm(len(s.nodes))[:3] {
		o := s.nodes[i]
		if o == d {
			continue
		}
		if s.rand.IntN(2) == 0 {
			d, o = o, d
		}
		_, _ = d.call("addnode", fmt.Sprintf("127.0.0.1:%d", o.p2p), "onetry")
	}
}

// branch lets a node mine alone and come back.
func (s *soak) branch() {
	s.t.Helper()
	d := s.pick()
	d.must(nil, "setnetworkactive", false)
	d.mine(1 + s.rand.IntN(6))
	d.must(nil, "setnetworkactive", true)
	s.join(d)
}

// reconnect makes a ring of connections, each way.
func (s *soak) reconnect() {
	s.t.Helper()
	for i, d := range s.nodes {
		o := s.nodes[(i+1)%len(s.nodes)]
		_, _ = d.call("addnode", fmt.Sprintf("127.0.0.1:%d", o.p2p), "onetry")
		_, _ = o.call("addnode", fmt.Sprintf("127.0.0.1:%d", d.p2p), "onetry")
	}
}

// agree waits until all have one tip. Mempools may differ until then: what is
// lost with a connection or a restart is not announced again at once. A block
// that holds what anyone knows settles that.
func (s *soak) agree() time.Duration {
	s.t.Helper()
	start := time.Now()
	s.nodes[0].eventually("one tip", func() bool {
		var tips []string
		for _, d := range s.nodes {
			tips = append(tips, d.tip())
		}
		slices.Sort(tips)
		if len(slices.Compact(tips)) == 1 {
			return true
		}
		if time.Since(start) > 20*time.Second { // two branches of one length
			s.nodes[s.rand.IntN(len(s.nodes))].mine(1)
			s.reconnect()
		}
		return false
	})
	return time.Since(start)
}

// TestHundredPeers keeps a hundred connections of test peers to one of our nodes
// for DASH_P2P_PEERS (a duration), which come and go, ask and announce. At the
// end descriptors, threads and memory must be back where they were.
func TestHundredPeers(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("DASH_P2P_PEERS"))
	if err != nil {
		t.Skip("DASH_P2P_PEERS is not a duration")
	}
	d := ours(t, "ours")
	d.mine(200)
	core := d.role("dash-node-core")
	rest := func() usage {
		d.eventually("all connections to end", func() bool { var n int; d.must(&n, "getconnectioncount"); return n == 0 })
		time.Sleep(settle)
		return measure(t, core)
	}
	for range 20 { // so that pools, maps and buffers have their usual size
		crowd(t, d, 100, time.Second)
	}
	before := rest()
	start := time.Now()
	rounds := 0
	for ; time.Since(start) < length; rounds++ {
		crowd(t, d, 100, time.Second)
	}
	after := rest()
	t.Logf("%d rounds of 100 peers in %v: before %+v, after %+v", rounds, time.Since(start), before, after)
	if after.descriptors > before.descriptors || after.rss > before.rss+32<<20 || after.threads > before.threads+8 {
		t.Error("something stayed")
	}
}

// settle is how long the runtime of Go may take to collect and to give memory
// back: it collects every two minutes if nothing else makes it.
const settle = 150 * time.Second

// usage is what a process holds.
type usage struct {
	descriptors, threads int
	rss                  int // bytes
}

func measure(t *testing.T, pid int) (u usage) {
	t.Helper()
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	u.descriptors = len(fds)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		switch {
		case len(f) > 1 && f[0] == "RssAnon:": // mapped files are not its own
			kb, _ := strconv.Atoi(f[1])
			u.rss = kb << 10
		case len(f) > 1 && f[0] == "Threads:":
			u.threads, _ = strconv.Atoi(f[1])
		}
	}
	return u
}

// role is the process of one of the node's roles.
func (d *daemon) role(name string) int {
	d.t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", d.cmd.Process.Pid, d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	all, _ := os.ReadDir("/proc")
	for _, e := range all {
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		f := strings.Fields(string(stat))
		if len(f) > 3 && f[3] == strconv.Itoa(d.cmd.Process.Pid) && strings.HasPrefix("("+name, strings.TrimSuffix(f[1], ")")) {
			pid, _ := strconv.Atoi(f[0])
			return pid
		}
	}
	d.t.Fatalf("no process %s among the children %s", name, children)
	return 0
}
