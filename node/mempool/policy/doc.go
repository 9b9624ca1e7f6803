// Package policy holds what a node relays and mines beyond what consensus
// allows: the forms of standard transactions, fee rates, and packages.
//
// # Invariants
//
// The order of checks and the reject reasons are those of Dash Core's
// src/policy/policy.cpp and src/policy/packages.cpp.
//
// # What it must not do
//
// Keep state, look at the chain or at the mempool, run signatures.
//
// # Concurrency
//
// All functions are pure; a Policy is read-only once made.
package policy
