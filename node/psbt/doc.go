// Package psbt is BIP174's partially signed transaction as Dash Core v23.1 has
// it: version 0, without the fields of segwit.
//
//	Decode/Encode ── PSBT ──┬── Merge, Join            combiner
//	                        ├── Update…, SignInput     updater, signer's other half
//	                        ├── Finalize, Extract      finalizer, extractor
//	                        └── Analyze                what is missing, size and fee
//
// # Invariants
//
// Decode accepts what Dash Core's Unserialize (src/psbt.h) accepts and fails
// with its texts; Encode writes the bytes that it would write. Maps are written
// in the order of their keys. A length is checked against the input before
// anything is allocated by it.
//
// # What it must not do
//
// It holds no private key: signatures come from a standard.Creator.
//
// # Concurrency
//
// A PSBT belongs to one caller at a time. Decoded values share the input.
package psbt
