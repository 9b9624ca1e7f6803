// Package addrman remembers peers' addresses: where each was heard from, which
// of them answered, and which to try next. Tables, buckets, the choice and the
// file format (peers.dat) are Dash Core's (addrman.cpp), so that either node
// takes over the other's file.
//
// Invariants: an address is in the tried table at exactly one place, or in the
// new table at one to eight; positions follow from the secret key. Memory is
// bounded by the tables: 256 tried and 1024 new buckets of 64 entries.
//
// What it must not do: open a file, look up a name, or take the time or
// randomness from anywhere but its Options.
//
// Concurrency: an AddrMan is for use by any goroutine; one mutex guards all.
package addrman
