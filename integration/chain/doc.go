// Package chain tests the block chain of whole nodes: real processes on
// regtest, their files between two starts, and what a kill leaves of them. It
// has tests only.
//
// The programs are those in DASH_PROGRAMS, or are built. DASH_KILL_ROUNDS is how
// often nodes are killed (10).
package chain
