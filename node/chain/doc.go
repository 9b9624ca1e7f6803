// Package chain is the state of the block chain: the tree of all known headers,
// the active chain in it, the unspent outputs at its tip, and the blocks on disk.
//
//	          headers, blocks                 queries
//	                │                            │
//	Rules ◄──── accept ── tree of Index ─────────┤  mu
//	  ▲             │          │                 │
//	  │        blockfile   activate ── coins ────┘  activation, then mu
//	  └─────────────┼────── connect, disconnect
//	                ▼          │
//	           flush: 1 block files, 2 index, 3 coins
//	                           │
//	                        events ──► subscribers, in order
//
// The behaviour is that of Dash Core's src/validation.cpp and
// src/node/blockstorage.cpp; where a function here has a counterpart there its
// comment names it.
//
// # Invariants
//
//   - On disk a block precedes the index entry that names it, and the index
//     precedes the coins that rest on it. A crash at any point leaves a state
//     that Open completes: an interrupted write of coins is replayed, and blocks
//     that are in the files but not in the index are found again, so that a
//     killed process loses no block it had accepted.
//   - The active chain is the valid one with the most work of those whose blocks
//     are all here; among equals the first seen, unless an operator said
//     otherwise.
//   - A block whose rules this build cannot verify is never connected, and is
//     not marked invalid.
//   - What is marked invalid stays so over a restart, until reconsidered.
//   - An index entry never names a file that was pruned: the index is written
//     first, then the file is removed; what a crash leaves goes at the next start.
//     The last 288 blocks, and what an index still needs, stay.
//   - After an error of the system (disk, database) nothing is changed any more,
//     in memory or on disk; every call that would returns that error.
//   - Subscribers hear of every connected and disconnected block in order, each
//     event before the call that caused it returns.
//
// # What it must not do
//
// Know a rule: Rules does. Open files by name, know of connections, of the
// mempool or of wallets.
//
// # Concurrency
//
// A Manager is safe for concurrent use. Its lock mu is held for each step; the
// lock activation, taken before it, keeps the active chain from moving under a
// caller that takes several steps. Subscribers run with activation held and mu
// free: they may ask, but must not call what changes the chain. An Index may be
// read without a lock, except for what Manager.Info returns.
package chain
