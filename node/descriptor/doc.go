// Package descriptor is Dash's output descriptor language: pk, pkh, sh, combo,
// multi, sortedmulti, addr and raw, with key origins, extended keys with paths
// and wildcards, and the checksum.
//
//	text ── Parse ──┬── *Descriptor   public: extended public keys, scripts
//	                └── *Secrets      the private keys that stood in the text
//
// # Invariants
//
// A Descriptor never holds a private key: what a text has of them is in the
// Secrets alone, which print as [redacted], and which only callers that need
// hardened children or the private form pass back in. ParsePublic refuses a
// text with private keys.
//
// What parses, prints and derives is what Dash Core v23.1 does with the text,
// the texts of errors included (src/script/descriptor.cpp). They may repeat the
// part of the text that is wrong, as Dash Core's do: a process that must not
// show secrets does not pass them on.
//
// The length of the text bounds all work and memory. There is no recursion
// deeper than sh(…).
//
// # What it must not do
//
// It knows no chain, signs nothing and remembers nothing.
//
// # Concurrency
//
// All functions are pure; a parsed Descriptor is read-only.
package descriptor
