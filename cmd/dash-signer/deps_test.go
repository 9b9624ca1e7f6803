package main

import (
	"testing"

	"dashmp/cmd/internal/deptest"
)

func TestForbiddenImports(t *testing.T) {
	deptest.Check(t, "dashmp/cmd/dash-signer", deptest.Role().With(deptest.Rules{
		"crypto/tls":                   "the signer has no connection beyond its siblings' sockets",
		"net/url":                      "the signer parses nothing that comes from a network",
		"dashmp/node/core":             "the signer follows no chain",
		"dashmp/node/chain":            "the signer follows no chain; transactions it signs come in the request",
		"dashmp/node/consensus":        "the signer judges no blocks",
		"dashmp/node/coins":            "the signer has no coins",
		"dashmp/node/rawtx":            "RPCs without keys belong to the core",
		"dashmp/node/psbt":             "PSBTs come with the wallet",
		"dashmp/node/p2p/...":          "the signer reads nothing from peers",
		"dashmp/node/rpc":              "HTTP and its parsers belong to the rpc role",
		"dashmp/node/rpc/internal/...": "HTTP and its parsers belong to the rpc role",
		"dashmp/node/options/...":      "the signer is told its options and reads no configuration",
		"dashmp/ipc/proxy/nodeproxy":   "the signer has no object of the core to call",
		"dashmp/wallet/loader":         "the signer has no wallet code",
		"encoding/gob":                 "nothing is decoded into types of its choice",
	}), "dashmp/wallet/signer", "dashmp/sandbox/role")
}

// TestNetIsTheIPCs: package net is linked for the unix sockets of package ipc
// and its runtime alone; no package of the signer's own imports it.
func TestNetIsTheIPCs(t *testing.T) {
	for _, pkg := range []string{"dashmp/wallet/signer", "dashmp/wallet/signer/internal/lockbox", "dashmp/node/rpccall", "dashmp/wallet", "dashmp/node"} {
		for _, imported := range deptest.Imports(t, pkg) {
			if imported == "net" {
				t.Errorf("%s imports net", pkg)
			}
		}
	}
}
