package deptest

import "testing"

// The programs that have no test of their own for this; the core, the wallet,
// the signer, dashd and the supervisor have theirs beside their main.
func TestOtherPrograms(t *testing.T) {
	for _, p := range []struct {
		pkg    string
		rules  Rules
		needed string
	}{
		{"dashmp/cmd/dash-node-rpc", Role().With(Rules{
			"dashmp/node/core":         "consensus runs in the core",
			"dashmp/node/wire":         "the rpc role decodes no blocks",
			"dashmp/wallet/loader":     "wallets are read in their role",
			"dashmp/wallet/signer/...": "keys live in the signer; here they pass through in a buffer that is wiped",
			"go.etcd.io/bbolt":         "the rpc role has no database",
			"dashmp/node/options/...":  "the rpc role is told its options",
			"crypto/tls":               "RPC is plain HTTP on the operator's own machine, as in Dash Core",
		}), "dashmp/node/rpc"},
		{"dashmp/cmd/dash-echo", Role().With(Rules{
			"dashmp/node/core":         "the echo role has no component",
			"dashmp/node/rpc/...":      "the echo role has no component",
			"dashmp/wallet/loader":     "the echo role has no component",
			"dashmp/wallet/signer/...": "the echo role has no component",
			"go.etcd.io/bbolt":         "the echo role has no database",
		}), "dashmp/sandbox/role"},
		{"dashmp/cmd/dash-cli", Rules{
			"runtime/cgo":                   "the client is pure Go",
			"os/exec":                       "the client starts no program",
			"dashmp/sandbox/supervisor/...": "the client speaks to a node, it is none",
			"dashmp/node/core":              "the client speaks to a node, it is none",
			"dashmp/wallet/signer/...":      "the client holds no keys",
			"go.etcd.io/bbolt":              "the client reads no database",
		}, "dashmp/node/options"},
	} {
		Check(t, p.pkg, p.rules, p.needed)
	}
}
