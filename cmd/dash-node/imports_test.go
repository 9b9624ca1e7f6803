package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The supervisor is the trusted base. C comes into it through policy/compile
// only, and what speaks to strangers stays out.
func TestImports(t *testing.T) {
	list := func(format string) []string {
		cmd := exec.Command("go", "list", "-deps", "-tags", "netgo,osusergo", "-f", format, "dashmp/cmd/dash-node")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(out))
	}
	allowed := map[string]string{
		"runtime/cgo":                                   "comes with C",
		"github.com/seccomp/libseccomp-golang":          "policy/compile",
		"kernel.org/pub/linux/libs/security/libcap/psx": "go-landlock under cgo; only children enter Landlock",
	}
	for _, p := range list("{{if .CgoFiles}}{{.ImportPath}}{{end}}") {
		if _, ok := allowed[p]; !ok {
			t.Errorf("%s brings C into the supervisor", p)
		}
	}
	forbidden := map[string]string{
		"net/http":                          "the supervisor reads no RPC body",
		"dashmp/node/rpc":                   "RPC is parsed in its role",
		"dashmp/node/core":                  "consensus runs in its role",
		"dashmp/wallet/loader":              "wallets are read in their role",
		"dashmp/wallet/signer":              "keys live in their role",
		"go.etcd.io/bbolt":                  "databases are read by their roles",
		"github.com/btcsuite/btcd/btcec/v2": "keys live in their role",
	}
	for _, p := range list("{{.ImportPath}}") {
		if why, bad := forbidden[p]; bad {
			t.Errorf("dash-node links %s: %s", p, why)
		}
	}
}
