package main

import (
	"testing"

	"dashmp/cmd/internal/deptest"
)

// TestForbiddenImports: it works without a node and without a network.
func TestForbiddenImports(t *testing.T) {
	deptest.Check(t, "dashmp/cmd/dash-util", deptest.Rules{
		"net":                 "it connects to nobody",
		"net/...":             "it connects to nobody",
		"os/exec":             "it starts no program",
		"dashmp/wallet/...":   "keys of wallets are the signer's",
		"dashmp/node/chain":   "it has no chain",
		"dashmp/node/storage": "it has no database",
	}, "dashmp/node/x11")
}
