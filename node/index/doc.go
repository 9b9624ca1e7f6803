// Package index keeps the optional indexes of the chain: where transactions are
// (txindex), the compact filters of blocks (BIP 157, BIP 158), and the statistics
// of unspent outputs after each block (coinstatsindex).
//
//	chain events ─ wake, recent blocks ─► worker ── connect, disconnect ──► pending
//	blocks on disk ─────────────────────►   │                                 │
//	                                      commit: records, state, best block ─► bbolt
//	RPCs ── WaitSynced, queries ──────────────── pending, then bbolt ◄────────┘
//
// The behaviour is that of Dash Core's src/index.
//
// # Invariants
//
//   - On disk are always the records up to one block and that block's locator:
//     both are written by the same transaction. After a crash an index goes on
//     from there.
//   - An index moves along the tree of blocks, one block at a time: what a
//     reorganisation takes away it leaves in reverse order before it goes on.
//     Records of blocks that were left stay, under their own hash.
//   - What a query returns counts the blocks that are not written yet.
//
// # What it must not do
//
// Open files by name, or hold up the chain: a worker of its own follows the chain,
// and whoever needs it to have arrived waits.
//
// # Concurrency
//
// An index is safe for concurrent use. Its worker is the only one to change it;
// Start begins it, Stop ends it and waits for it.
package index
