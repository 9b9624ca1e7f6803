// Command dash-node-rpc is the rpc role: HTTP and JSON-RPC for clients. It is
// started by dash-node, which hands it everything it works with.
//
//	rpclistener/N ─ rpc.NewListener ─┐
//	option/rpccookie ─ Credentials ──┤
//	supervisor ─ broker.RPC ─────────┼─ rpc.Server
//	core, wallet, signer ─ proxies ──┘   SetNode, SetWallet, SetSecrets
//
// Clients are told that the node is warming up until every sibling has been
// connected once, or the core has been there for a few seconds. A sibling that
// goes is set to nil, which makes its methods fail at once with its name, and
// replaced when the supervisor connects its successor.
//
// Privileges: see package policy, role rpc, and the section of the same name in
// package rpc.
package main
