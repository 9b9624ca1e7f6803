// Package hdkey derives hierarchies of keys: BIP32 with its 31-bit children, and
// DIP14's children with 256-bit numbers for DashPay.
//
//	Master(seed) ── Secret ── Child ── Child256 ── …
//	                  │ Public
//	                  └───── Public ── Child ── Child256 ── …   not hardened
//
// # Invariants
//
// What decodes encodes to the same text. A Secret prints as [redacted] in every
// form; its text is made only by Append, for the caller to wipe.
//
// # What it must not do
//
// It keeps no key beyond a call except in the values it returns; Secret.Wipe
// clears one. Its arithmetic is btcec's, which is not constant-time.
//
// # Concurrency
//
// All functions are pure; values are plain data.
//
// Sources of the rules: BIP32; DIP14; CExtKey and CExtPubKey of Dash Core's
// src/key.cpp and src/pubkey.cpp.
package hdkey
