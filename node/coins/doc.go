// Package coins holds unspent transaction outputs: the compact forms in which
// Dash Core stores them and what is spent, a cache in layers, a database of all
// of them, and the digests of the whole set.
//
//	block being judged ── Cache ──┐ Merge (or drop)
//	                              ▼
//	tip of the chain ──── Cache ──┐ Flush: sorted, in batches
//	                              ▼
//	                            Store ── bbolt, on a passed descriptor
//
// The encodings (src/compressor.h, src/undo.h) are those of the rev?????.dat
// files, which must stay readable by Dash Core. Decoders trust nothing: lengths
// are checked before allocation.
//
// # Invariants
//
//   - A Store is the state of exactly one block, its BestBlock; or, after a
//     crash between the batches of one Write, it has two heads and every coin is
//     as in the one or the other. Whoever owns it must then undo the way from
//     the old head to the fork and redo the way to the new one, which may be
//     done any number of times.
//   - An entry of a Cache is fresh only if the layer below has no unspent coin
//     under its name; such a coin that is spent again never reaches the disk.
//   - A Cache keeps no memory of the block a coin came from: scripts are copied.
//
// # What it must not do
//
// Judge anything: amounts, maturity and scripts pass through unchecked. Open,
// name or delete files.
//
// # Concurrency
//
// A Cache belongs to its owner's lock, reading included, since reading fills it.
// A Store is safe for concurrent use; a ForEach sees the state at its beginning,
// and a Write that must enlarge the file waits for it to end.
package coins
