package main

import (
	"testing"

	"dashmp/cmd/internal/deptest"
)

// TestForbiddenImports: dashd starts notify commands and itself, so it may link
// os/exec; that is all it has beyond what its components have.
func TestForbiddenImports(t *testing.T) {
	deptest.Check(t, "dashmp/cmd/dashd", deptest.Rules{
		"runtime/cgo":                   "dashd is pure Go, like the roles whose code it runs",
		"net/http/...":                  "the rpc component has a server of its own",
		"plugin":                        "nothing loads code",
		"dashmp/policy/compile":         "there is no sandbox to compile a filter for",
		"dashmp/sandbox":                "there is no sandbox to enter",
		"dashmp/sandbox/supervisor/...": "there are no processes to supervise",
		"dashmp/ipc/proxy/...":          "components are called directly: a proxy would hide a difference from dash-node",
	}, "dashmp/node/core", "dashmp/wallet/loader", "dashmp/wallet/signer", "dashmp/node/rpc")
}
