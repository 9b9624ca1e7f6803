package main

import (
	"testing"

	"dashmp/cmd/internal/deptest"
)

func TestForbiddenImports(t *testing.T) {
	deptest.Check(t, "dashmp/cmd/dash-wallet", deptest.Role().With(deptest.Rules{
		"dashmp/wallet/signer/...":     "keys and what handles them are the signer's",
		"dashmp/node/core":             "the chain is the core's; the wallet asks for it",
		"dashmp/node/rpc":              "HTTP and its parsers belong to the rpc role",
		"dashmp/node/rpc/internal/...": "HTTP and its parsers belong to the rpc role",
		"crypto/tls":                   "the wallet role speaks to its siblings only",
	}), "dashmp/wallet/loader", "dashmp/sandbox/role")
}
