package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// canned serves fixed replies, by path and method or by method alone; what it
// does not know is an error -32601. It returns the port.
func canned(t *testing.T, replies map[string]string) int {
	t.Helper()
	answer := func(path string, call map[string]json.RawMessage) string {
		method := strings.Trim(string(call["method"]), `"`)
		reply, ok := replies[path+" "+method]
		if !ok {
			reply, ok = replies[method]
		}
		if !ok {
			reply = `"result":null,"error":{"code":-32601,"message":"Method not found"}`
		}
		if reply == "params" {
			reply = `"result":` + string(call["params"]) + `,"error":null`
		}
		return `{` + reply + `,"id":` + string(call["id"]) + `}`
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&body)
		var calls []map[string]json.RawMessage
		if json.Unmarshal(body, &calls) == nil {
			var out []string
			for _, c := range calls {
				out = append([]string{answer(r.URL.Path, c)}, out...) // not in order: the ids count
			}
			_, _ = w.Write([]byte("[" + strings.Join(out, ",") + "]"))
			return
		}
		var call map[string]json.RawMessage
		_ = json.Unmarshal(body, &call)
		_, _ = w.Write([]byte(answer(r.URL.Path, call)))
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// replies are the replies of a node with peers, proxies and one wallet.
var replies = map[string]string{
	"getnetworkinfo": `"result":{"version":230102,"subversion":"/Dash Core:23.1.2/","protocolversion":70238,"timeoffset":-3,
		"connections_in":2,"connections_out":5,"connections":7,"connections_mn_in":0,"connections_mn_out":1,"connections_mn":1,
		"networks":[{"name":"ipv4","reachable":true,"proxy":"127.0.0.1:9050"},{"name":"ipv6","reachable":true,"proxy":""},
			{"name":"onion","reachable":false,"proxy":"127.0.0.1:9050"},{"name":"i2p","reachable":true,"proxy":"127.0.0.1:7656"},{"name":"odd","reachable":true,"proxy":""}],
		"relayfee":0.00001000,"warnings":"","localaddresses":[{"address":"1.2.3.4","port":9999,"score":1},{"address":"2001:db8::1","port":19999,"score":12}]},"error":null`,
	"getblockchaininfo": `"result":{"chain":"regtest","blocks":101,"headers":102,"difficulty":4.656542373906925e-10,"verificationprogress":0.4321987},"error":null`,
	"getwalletinfo":     `"result":{"walletname":"","coinjoin_balance":0.00000000,"keypoolsize":1000,"unlocked_until":0,"paytxfee":0.00001000},"error":null`,
	"getbalances":       `"result":{"mine":{"trusted":50.10000000}},"error":null`,
	"listwallets":       `"result":[""],"error":null`,
	"getpeerinfo": `"result":[
		{"id":0,"addr":"10.0.0.1:9999","network":"ipv4","inbound":false,"connection_type":"outbound-full-relay","relaytxes":true,"lastsend":0,"lastrecv":0,"last_transaction":0,"last_block":0,"conntime":0,"minping":0.0234,"pingtime":0.1,"version":70238,"subver":"/Dash Core:23.1.2/","transport_protocol_type":"v2","addr_processed":1000,"addr_rate_limited":0,"addr_relay_enabled":true,"bip152_hb_from":true,"bip152_hb_to":false},
		{"id":12,"addr":"[2001:db8::2]:9999","network":"ipv6","inbound":false,"connection_type":"block-relay-only","relaytxes":false,"lastsend":0,"lastrecv":0,"last_transaction":0,"last_block":0,"conntime":0,"minping":0.0102,"pingtime":1001,"version":70238,"subver":"/Dash Core:23.1.2/","transport_protocol_type":"v1","addr_processed":0,"addr_rate_limited":123456789,"addr_relay_enabled":false,"bip152_hb_from":false,"bip152_hb_to":true},
		{"id":3,"addr":"127.0.0.1:40000","network":"not_publicly_routable","inbound":true,"connection_type":"inbound","lastsend":0,"lastrecv":0,"last_transaction":0,"last_block":0,"conntime":0,"version":0,"subver":"","transport_protocol_type":"detecting","bip152_hb_from":false,"bip152_hb_to":false},
		{"id":4,"addr":"x","network":"ipv4","inbound":false,"connection_type":"manual","mapped_as":64512,"lastsend":0,"lastrecv":0,"last_transaction":0,"last_block":0,"conntime":0,"version":1,"subver":"","bip152_hb_from":false,"bip152_hb_to":false},
		{"id":5,"addr":"y.onion:9999","network":"other","inbound":false,"connection_type":"feeler"}],"error":null`,
	"getnodeaddresses":   `"result":[{"network":"ipv4"},{"network":"ipv4"},{"network":"onion"},{"network":"odd"},{"network":"internal"}],"error":null`,
	"getnewaddress":      `"result":"yAddress","error":null`,
	"generatetoaddress":  "params",
	"echo":               "params",
	"/wallet/a%20b echo": `"result":"encoded","error":null`,
	"/wallet/a b echo":   `"result":"decoded","error":null`,
}

// with is replies with some replies replaced.
func with(changes map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range replies {
		out[k] = v
	}
	for k, v := range changes {
		out[k] = v
	}
	return out
}

const missing = `"result":null,"error":{"code":-18,"message":"No wallet is loaded."}`

var overviews = []struct {
	name   string
	canned map[string]string
	args   []string
}{
	{"getinfo", replies, []string{"-getinfo"}},
	{"getinfo-colour", replies, []string{"-getinfo", "-color=always"}},
	{"getinfo-plain", replies, []string{"-getinfo", "-color=never"}},
	{"getinfo-bad-colour", replies, []string{"-getinfo", "-color=foo"}},
	{"getinfo-argument", replies, []string{"-getinfo", "help"}},
	{"getinfo-off", replies, []string{"-getinfo=0"}},
	{"getinfo-no-wallet", with(map[string]string{"getwalletinfo": missing, "getbalances": missing, "listwallets": `"result":[],"error":null`}), []string{"-getinfo"}},
	{"getinfo-wallets", with(map[string]string{
		"getwalletinfo": missing, "getbalances": missing, "listwallets": `"result":["","big one"],"error":null`,
		"/wallet/ getbalances": `"result":{"mine":{"trusted":1.00000000}},"error":null`, "/wallet/big one getbalances": `"result":{"mine":{"trusted":12345678.00000000}},"error":null`,
	}), []string{"-getinfo"}},
	{"getinfo-one-of-them", replies, []string{"-getinfo", "-rpcwallet=w"}},
	{"getinfo-synced", with(map[string]string{"getblockchaininfo": `"result":{"chain":"main","blocks":2,"headers":2,"difficulty":1,"verificationprogress":1},"error":null`}), []string{"-getinfo"}},
	{"getinfo-odd", with(map[string]string{"getblockchaininfo": `"result":{},"error":null`}), []string{"-getinfo"}},
	{"getinfo-error", with(map[string]string{"getblockchaininfo": `"result":null,"error":{"code":-28,"message":"Loading…"}`}), []string{"-getinfo"}},
	{"netinfo", replies, []string{"-netinfo"}},
	{"netinfo-1", replies, []string{"-netinfo", "1"}},
	{"netinfo-2", replies, []string{"-netinfo", "2"}},
	{"netinfo-3", replies, []string{"-netinfo", "3"}},
	{"netinfo-4", replies, []string{"-netinfo", "4", "x"}},
	{"netinfo-255", replies, []string{"-netinfo", "255"}},
	{"netinfo-256", replies, []string{"-netinfo", "256"}},
	{"netinfo-word", replies, []string{"-netinfo", "x"}},
	{"netinfo-alone", with(map[string]string{"getpeerinfo": `"result":[],"error":null`, "getnetworkinfo": `"result":{"version":200000,"subversion":"/x/","protocolversion":1,"networks":[],"localaddresses":[]},"error":null`}), []string{"-netinfo", "1"}},
	{"netinfo-old", with(map[string]string{"getnetworkinfo": `"result":{"version":190000},"error":null`}), []string{"-netinfo"}},
	{"netinfo-error", with(map[string]string{"getpeerinfo": missing}), []string{"-netinfo"}},
	{"addrinfo", replies, []string{"-addrinfo"}},
	{"addrinfo-argument", replies, []string{"-addrinfo", "x"}},
	{"addrinfo-old", with(map[string]string{"getnodeaddresses": `"result":[{}],"error":null`}), []string{"-addrinfo"}},
	{"addrinfo-error", with(map[string]string{"getnodeaddresses": missing}), []string{"-addrinfo"}},
	{"generate", replies, []string{"-generate"}},
	{"generate-zero", replies, []string{"-generate", "0"}},
	{"generate-many", replies, []string{"-generate", "1", "2", "3"}},
	{"generate-no-wallet", with(map[string]string{"getnewaddress": missing}), []string{"-generate", "0"}},
	{"rpcwallet", replies, []string{"-rpcwallet=a b", "echo"}},
	{"nothing", replies, []string{"-named"}},
	{"named", replies, []string{"-named", "echo", "a", "arg1=1", "arg1=2"}},
}

// cliArgs puts what every run has in front.
func cliArgs(t *testing.T, port int, args []string) []string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dash.conf"), []byte("regtest=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return append([]string{"-datadir=" + dir, "-rpcuser=u", "-rpcpassword=p", "-rpcport=" + strconv.Itoa(port)}, args...)
}

// TestOverviews compares what is printed with testdata/overview; -update is
// DASH_UPDATE=1. TestOverviewsAreDashCores says that the files are right.
func TestOverviews(t *testing.T) {
	for _, c := range overviews {
		t.Run(c.name, func(t *testing.T) {
			got := runHere(t, canned(t, c.canned), c.args)
			path := filepath.Join("testdata", "overview", c.name)
			if os.Getenv("DASH_UPDATE") != "" {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// runHere returns the exit code and the two outputs of this dash-cli.
func runHere(t *testing.T, port int, args []string) string {
	var out, errs bytes.Buffer
	code := run(context.Background(), cliArgs(t, port, args), stdio{os.Stdin, &out, &errs})
	return "exit " + strconv.Itoa(code&0xff) + "\n" + out.String() + "-- stderr --\n" + errs.String()
}

// TestOverviewsAreDashCores runs Dash Core's dash-cli against the same server.
func TestOverviewsAreDashCores(t *testing.T) {
	dir := os.Getenv("DASH_CORE_BIN")
	if dir == "" {
		t.Skip("DASH_CORE_BIN names no directory of Dash Core programs")
	}
	for _, c := range overviews {
		t.Run(c.name, func(t *testing.T) {
			port := canned(t, c.canned)
			var out, errs bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, filepath.Join(dir, "dash-cli"), cliArgs(t, port, c.args)...)
			cmd.Stdout, cmd.Stderr = &out, &errs
			var exit *exec.ExitError
			if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			want := "exit " + strconv.Itoa(cmd.ProcessState.ExitCode()) + "\n" + out.String() + "-- stderr --\n" + errs.String()
			got := runHere(t, port, c.args)
			want, got = withoutVersion(want), withoutVersion(got)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("- Dash Core, + here: %s", d)
			}
		})
	}
}

// withoutVersion blanks what differs between builds of Dash Core: the program's
// version, and the column of the transport version, which v23.1 does not fill.
func withoutVersion(s string) string {
	s = regexp.MustCompile(`(?m)^(Dash Core client) v\S+`).ReplaceAllString(s, "$1 v")
	return regexp.MustCompile(`(?m)^((?: in|out) {1,8}[a-z]* +[0-9a-z]+  )[ 0-9e]`).ReplaceAllString(s, "$1 ")
}
