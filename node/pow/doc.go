// Package pow holds the rules of work and reward in Dash: what a target is,
// which target a block must have (Bitcoin's rule, Kimoto Gravity Well, Dark
// Gravity Wave), how much work a chain holds, and what a block may pay to its
// miner, its masternode, the treasury and the credit pool.
//
// # Invariants
//
// All results equal Dash Core's to the bit, where it computes in double
// precision too: every product that Go might fuse with a sum is rounded first
// by a conversion, and the one power that is not a square comes from a table.
// Functions depend on nothing but their arguments.
//
// # What it must not do
//
// It does not look at transactions or decide who is paid; it keeps no state.
// Deployments are decided by the caller, who passes their outcome.
//
// # Concurrency
//
// All functions are pure.
package pow
