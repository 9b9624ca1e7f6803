// Package spv is what light clients with Bloom filters use (BIP37): the filter
// that a client sends, and proofs that transactions are in a block.
//
// # Invariants
//
// What matches, and how a filter grows by what it matched, is what Dash Core's
// CBloomFilter (src/common/bloom.cpp) does, special transactions included;
// proofs are those of CMerkleBlock (src/merkleblock.cpp). Work and memory are
// bounded by the size of filter and block.
//
// # What it must not do
//
// Know of connections; package msg has the encodings.
//
// # Concurrency
//
// Functions are pure. A Filter belongs to one caller at a time.
package spv
