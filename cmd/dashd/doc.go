// Command dashd is the node in one process: the same components as dash-node's
// roles, behind the same interfaces, called directly.
//
//	        ┌─ rpc.Server ─ node.Node ──────── core.Core ── block files, databases
//	dashd ──┼─ loader.Loader ─ node.Chain ────────┘
//	        └─ signer.Signer ─ wallet.SecretBox (one Box)
//
// It is the baseline to compare dash-node with, and promises none of the
// invariants of SECURITY.md: whoever takes it over has everything. It says so
// in its log, in getisolationinfo, and when it is asked for a sandbox. What the
// components ask of their brokers it does itself, by the same code that
// dash-node's supervisor uses.
//
// Invariants: components get the same configuration as roles do (package
// config, by the same policy), so that they cannot tell the difference.
//
// Concurrency: the components' own; dashd adds a goroutine for signals.
package main
