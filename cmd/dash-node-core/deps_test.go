package main

import (
	"testing"

	"dashmp/cmd/internal/deptest"
)

func TestForbiddenImports(t *testing.T) {
	deptest.Check(t, "dashmp/cmd/dash-node-core", deptest.Role().With(deptest.Rules{
		"dashmp/wallet/...":            "the core, which reads strangers' bytes, has no wallet code to be turned against keys",
		"dashmp/ipc/proxy/walletproxy": "the core has no object of the wallet or the signer to call",
		"dashmp/node/rpc":              "HTTP and its parsers belong to the rpc role",
		"dashmp/node/rpc/internal/...": "HTTP and its parsers belong to the rpc role",
		"dashmp/node/options/...":      "the core is told its options and reads no configuration",
		"crypto/tls":                   "peers are spoken to in their own protocol",
	}), "dashmp/node/core", "dashmp/sandbox/role")
}
