package integration

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// regtestGenesis is the time of regtest's genesis block in seconds.
const regtestGenesis = 1417713337

// number calls a method whose result is a number.
func (n *testNode) number(method string) int64 {
	n.t.Helper()
	res, err := n.call(n.t.Context(), method)
	if err != nil {
		n.t.Fatal(err)
	}
	v, err := strconv.ParseInt(string(res), 10, 64)
	if err != nil {
		n.t.Fatal(err)
	}
	return v
}

// downloading returns initialblockdownload, which depends on the core's clock.
func (n *testNode) downloading() bool {
	n.t.Helper()
	res, err := n.call(n.t.Context(), "getblockchaininfo")
	var info struct{ InitialBlockDownload *bool }
	if err == nil {
		err = json.Unmarshal(res, &info)
	}
	if err != nil || info.InitialBlockDownload == nil {
		n.t.Fatalf("getblockchaininfo: %s, %v", res, err)
	}
	return *info.InitialBlockDownload
}

// restart kills a role and waits until another process of it answers calls.
func (n *testNode) restart(program string) {
	n.t.Helper()
	before, _ := n.processes()
	if err := syscall.Kill(before[program], syscall.SIGKILL); err != nil {
		n.t.Fatal(err)
	}
	n.eventually("another "+program, func() bool {
		now, _ := n.processes()
		if now[program] == 0 || now[program] == before[program] {
			return false
		}
		_, err := n.call(n.t.Context(), "getblockcount")
		return err == nil
	})
}

// TestSettingsReachEveryProcess: what one RPC changes is so in the others, and
// in those that are started afterwards.
func TestSettingsReachEveryProcess(t *testing.T) {
	n := launch(t)
	if n.number("uptime") < 0 || !n.downloading() {
		t.Fatal("the clocks do not begin with the system's")
	}
	if _, err := n.call(t.Context(), "setmocktime", regtestGenesis+60); err != nil {
		t.Fatal(err)
	}
	if n.downloading() {
		t.Error("the core's clock did not follow")
	}
	if up := n.number("uptime"); up >= 0 {
		t.Errorf("rpc's clock did not follow: uptime %d", up)
	}
	httpLines := func() int {
		log, err := os.ReadFile(filepath.Join(n.dir, "regtest", "debug.log"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(log), "[http] ")
	}
	if k := httpLines(); k != 0 {
		t.Errorf("%d records of http before it was switched on", k)
	}
	if _, err := n.call(t.Context(), "logging", []string{"http"}); err != nil {
		t.Fatal(err)
	}
	n.number("uptime")
	n.eventually("records of http", func() bool { return httpLines() > 0 })

	n.restart("dash-node-rpc")
	if up := n.number("uptime"); up >= 0 {
		t.Errorf("the new rpc's clock does not stand: uptime %d", up)
	}
	seen := httpLines()
	n.number("uptime")
	n.eventually("records of http by the new rpc", func() bool { return httpLines() > seen })
	n.restart("dash-node-core")
	if n.downloading() {
		t.Error("the new core's clock does not stand")
	}
	if _, err := n.call(t.Context(), "setmocktime", 0); err != nil {
		t.Fatal(err)
	}
	if n.number("uptime") < 0 {
		t.Error("the clocks do not run again")
	}
}
