// Package compact makes compact blocks, and blocks out of them and of
// transactions that are here already (BIP152).
//
// A Partial holds the message it was made from and references to transactions;
// its own memory is at most 16 bytes for each of the block's transactions. It is
// not safe for concurrent use.
//
// Source: Dash Core's src/blockencodings.cpp.
package compact
