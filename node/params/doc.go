// Package params holds the chain parameters of Dash's four networks, as in
// Dash Core v23.1 (src/chainparams.cpp, src/chainparamsbase.cpp,
// src/llmq/params.h).
//
// # Invariants
//
// [Select] returns a value of the caller's own: nothing in the package is
// shared or changes after it is built. The genesis blocks are made from their
// parts, and a test compares their hashes with the ones Dash Core asserts.
//
// Heights are those of the first block for which a rule holds. Amounts are in
// duffs, times in seconds, hashes in wire order.
//
// # What it must not do
//
// It applies no rule and reads no configuration: overrides come in as
// [Options], whose texts the caller took from the command line. Fixed seed
// addresses are not here.
package params
