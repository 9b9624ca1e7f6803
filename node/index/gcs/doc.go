// Package gcs makes Golomb-coded sets and of them the basic compact filters of
// blocks (BIP 158), by which a light client finds out whether a block may concern
// it.
//
// A set of n elements becomes n numbers below n·784931, by SipHash keyed with the
// block's hash; their sorted differences are written with a Golomb-Rice code of
// parameter 19. A client that asks for an element which is not in the set is told
// otherwise once in 784931 times.
//
// # Invariants
//
// Filters are byte for byte those of Dash Core's src/blockfilter.cpp, which adds
// fields of special transactions to what BIP 158 lists
// (src/evo/specialtx_filter.cpp).
//
// # What it must not do
//
// Read or store anything.
//
// # Concurrency
//
// All functions are pure.
package gcs
